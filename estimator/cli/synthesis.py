"""`estimator report`: how many have died by a day, ordinary and late, against the documented minimum."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import chain
from typing import Annotated

from typer import Context, Option

from estimator.cli import options
from estimator.cli.report import bundled_checksum, reproduce
from estimator.errors import DataError

TABLES = (
    "rnd2023_weekly_excess", "registry_estimate_vintages_weekly", "registry2026_weekly_decomposed",
    "published_figures", "named_list_vintages_weekly", "named_by_role_weekly_2026_05", "named_list_series",
    "named_totals_after_2026_05", "court_filings_by_period", "rosstat_deaths_russia",
)  # fmt: skip
"""Bundled tables that the answer is made from."""


def report(
    context: Context,
    as_of: Annotated[
        str | None,
        options.day("Use only what was known on this day, and count the dead to it; by default 2026-05-22."),
    ] = None,
    contributions: Annotated[
        bool,
        Option(
            "--contributions/--no-contributions",
            help="Fit without each source in turn: what it contributes, and where it conflicts.",
        ),
    ] = True,
    weeks: Annotated[bool, Option("--weeks", help="Print weeks of death too; JSON has them always.")] = False,
    level: options.Level = 0.95,
    jobs: options.Jobs = 2,
    seed: options.Seed = 1,
    out: options.Out = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Estimate how many have died in the war by a day, from all that was known on it.

    All dead are those of ordinary registration and those declared late, also the ones not yet declared on
    the day. Sources are published estimates of the inheritance registry, the named list, court filings
    and vital registration. `estimator report vital` and `estimator report registry` estimate from one
    source, yours or the bundled one.

    Exit codes: 0 done, 2 input or usage is wrong, 3 the posterior did not converge.
    """
    if context.invoked_subcommand is not None:
        return
    if out is not None and not contributions:
        raise DataError("--out: the page shows what sources contribute. Leave out --no-contributions.")
    from estimator.calibration import study
    from estimator.nowcast import contributions as sources
    from estimator.nowcast.answer import answer_document
    from estimator.nowcast.present import known_by, present
    from estimator.progress import progress_bar
    from estimator.report.console.synthesis import answer_parts

    pool = study.process_pool(jobs) if contributions and jobs > 1 else nullcontext()
    with progress_bar("fitting all sources", shown=options.shows_progress(quiet)), pool as executor:
        day, known = known_by(as_of, seed=seed)
        without = sources.Without.of(known, day, seed=seed, executor=executor) if contributions else None
        answer = present(as_of, seed=seed)
        contributed = None
        if without is not None:
            contributed = sources.contributions(answer, known, seed=seed, level=level, without=without)
        document = answer_document(answer, known, level=level, sources=contributed) | {
            "files": dict(map(bundled_checksum, TABLES)),
            "command": reproduce(context, as_of=answer.as_of, level=f"{level:g}"),
        }
    files = []
    if out is not None:
        from estimator.report.pages.synthesis import write_answer

        files = write_answer(document, answer, out, level=level, force=force)
    parts = chain(answer_parts(document, weeks=weeks), (f"wrote {path}" for path in files))
    options.print_answer(document, parts, as_json=as_json)
