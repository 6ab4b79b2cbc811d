"""`estimator nowcast`: a named list of the user's own, carried forward."""

from __future__ import annotations

from typing import Annotated

import typer

from estimator.cli.options import (
    AsOf,
    Json,
    Level,
    ListArgument,
    Quiet,
    Seed,
    check_day,
    print_json,
    shows_progress,
)


def nowcast(
    file: ListArgument,
    as_of: AsOf = None,
    on: Annotated[
        str | None,
        typer.Option(
            callback=check_day, help="The day foreseen; by default a year after the vintage."
        ),
    ] = None,
    level: Level = 0.95,
    seed: Seed = 1,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Foresee a named list: how many who died in each week will be on it at a later day."""
    from estimator.nowcast.documents import list_document, list_table, list_text
    from estimator.nowcast.list_growth import AHEAD, fit_list_growth
    from estimator.progress import progress_bar
    from estimator.report.console import show
    from estimator.report.console.synthesis import nowcast_table
    from estimator.sources.named_list_vintages import find_list_vintages

    vintages = find_list_vintages(file)
    with progress_bar("fitting the list", shown=shows_progress(quiet)):
        fit = fit_list_growth(vintages.as_of(as_of or vintages.vintage))
        result = fit.nowcast(on or fit.model.used.vintage + AHEAD, seed=seed)
    if as_json:
        print_json(list_document(result, level))
        return
    show(list_text(result), nowcast_table(list_table(result, level)))
