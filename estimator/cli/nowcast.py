"""`estimator nowcast`: a named list of the user's own, carried forward."""

from typing import Annotated

from estimator.cli import options


def nowcast(
    file: options.ListArgument,
    as_of: options.AsOf = None,
    cumulative: options.ListCumulative = None,
    on: Annotated[str | None, options.day("The later day; by default a year after the vintage.")] = None,
    level: options.Level = 0.95,
    seed: options.Seed = 1,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Nowcast a named list: how many who died in each week will be on it at a later day."""
    from estimator.nowcast.documents import list_document, list_table, list_text
    from estimator.nowcast.list_growth import AHEAD, fit_list_growth
    from estimator.progress import progress_bar
    from estimator.report.console.synthesis import nowcast_table
    from estimator.sources.named_list_vintages import read_list_vintages

    vintages = read_list_vintages(file, cumulative=cumulative)
    with progress_bar("fitting the list", shown=options.shows_progress(quiet)):
        fit = fit_list_growth(vintages.as_of(as_of or vintages.vintage))
        result = fit.nowcast(on or fit.model.used.vintage + AHEAD, seed=seed)
    document = list_document(result, level)
    shown = list_text(result), nowcast_table(list_table(result, level))
    options.print_answer(document, shown, as_json=as_json)
