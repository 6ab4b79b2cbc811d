"""Command line of the present: how many by now."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from estimator.cli.options import print_json
from estimator.cli.progress import Quiet, counting, working
from estimator.cli.report import folder
from estimator.cli.synthesis import joint_report
from estimator.errors import DataError

if TYPE_CHECKING:
    from estimator.estimate.estimate import Estimate

app = typer.Typer()
ListFile = Annotated[
    Path | None,
    typer.Option(
        "--list",
        metavar="FILE",
        help="Names by vintage and week of death; by default the one in ESTIMATOR_DATA, else the "
        "bundled vintage of May 2026.",
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option(help="Same seed, same machine: same digits.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]

ABOVE_ONE = (
    "completeness: names at the list's vintage over deaths. It can exceed 1, mostly in early weeks: list "
    "and publications date deaths differently, and cover other men."
)


@app.command()
def flash(
    as_of: Annotated[
        str | None,
        typer.Option(help="Use only what was known then; by default the list's last vintage."),
    ] = None,
    through: Annotated[
        str | None,
        typer.Option(help="Last day of death; by default --as-of, or what the list reaches."),
    ] = None,
    file: ListFile = None,
    late: Annotated[
        bool,
        typer.Option("--late", help="Add deaths declared by courts, as known on that date."),
    ] = False,
    filings: Annotated[
        Path | None,
        typer.Option(help="With --late: your counts of court filings; by default the bundled."),
    ] = None,
    level: Annotated[float, typer.Option(help="Mass of intervals.")] = 0.95,
    weeks: Annotated[
        bool, typer.Option("--weeks", help="Print weeks of death, not years; JSON has them always.")
    ] = False,
    seed: Seed = 1,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Estimate the dead of the Russian side up to a date from the list as known then.

    Publications of other vintages that had appeared are used together, each with its own error.
    """
    from estimator.nowcast.documents import (
        flash_document,
        flash_text,
        total_document,
        total_text,
        weekly_table,
        yearly_table,
    )
    from estimator.nowcast.flash import flash as estimate_flash
    from estimator.sources.named_list_vintages import find_list_vintages
    from estimator.sources.published_deaths import load_evidence

    vintages = find_list_vintages(file, as_of)
    day = as_of or str(vintages.vintage)
    with working("fitting the list, then its completeness", quiet=quiet):
        result = estimate_flash(
            vintages, load_evidence(), as_of=day, through=through, seed=seed, mixed_vintages=True
        )
    whole = _with_declared(result, filings, seed) if late else None
    if as_json:
        added = {} if whole is None else {"with_late": total_document(whole, level)}
        print_json(flash_document(result, level) | added)
        return
    text = [flash_text(result)]
    if whole is not None:
        text.append(total_text(whole, list(whole.warnings[len(result.warnings) :])))
    table = (
        _weeks(weekly_table(result, level))
        if weeks
        else _narrow(yearly_table(result, level).round(2))
    )
    sys.stdout.write("\n".join([*text, "", table, ABOVE_ONE, ""]))


@app.command("nowcast")
def nowcast(
    file: Annotated[Path, typer.Argument(help="Names by vintage and week of death.")],
    as_of: Annotated[
        str | None,
        typer.Option(help="Use only vintages up to this day; by default all."),
    ] = None,
    on: Annotated[
        str | None, typer.Option(help="The day foreseen; by default a year after the vintage.")
    ] = None,
    level: Annotated[float, typer.Option(help="Mass of intervals.")] = 0.95,
    seed: Seed = 1,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Foresee a named list: how many who died in each week will be on it at a later day."""
    from estimator.nowcast.documents import list_document, list_table, list_text
    from estimator.nowcast.list_growth import AHEAD, fit_list_growth
    from estimator.sources.named_list_vintages import find_list_vintages

    vintages = find_list_vintages(file)
    with working("fitting the list", quiet=quiet):
        fit = fit_list_growth(vintages.as_of(as_of or vintages.vintage))
        result = fit.nowcast(on or fit.model.used.vintage + AHEAD, seed=seed)
    if as_json:
        print_json(list_document(result, level))
        return
    table = list_table(result, level).round(0).astype(int)
    sys.stdout.write(f"{list_text(result)}\n\n{table.to_string()}\n")


@app.command("nowcast-backtest")
def nowcast_backtest(
    file: Annotated[Path, typer.Argument(help="Names by vintage and week of death.")],
    ahead: Annotated[int, typer.Option(min=30, help="Days between nowcast and score.")] = 365,
    every: Annotated[int, typer.Option(min=1, help="Take every n-th vintage.")] = 1,
    draws: Annotated[int, typer.Option(min=200, help="Draws of each nowcast.")] = 2000,
    seed: Seed = 1,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Issue the list's nowcast at every vintage, score it a year later, beside a chain ladder."""
    from datetime import timedelta

    from estimator.calibration.nowcast_backtest import list_backtest
    from estimator.sources.named_list_vintages import find_list_vintages

    with counting("vintages", quiet=quiet) as progress:
        result = list_backtest(
            find_list_vintages(file), seed=seed, ahead=timedelta(days=ahead), every=every, draws=draws,
            progress=progress,
        )  # fmt: skip
    document = result.to_dict()
    if as_json:
        print_json(document)
        return
    sys.stdout.write(f"{_vintages(document['vintages'])}\n\n{_told(document['summary'])}\n")


@app.command("joint")
def joint(
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Use only what was known then; by default 2025-12-05 if the list allows."
        ),
    ] = None,
    file: ListFile = None,
    level: Annotated[float, typer.Option(help="Mass of intervals.")] = 0.95,
    draws: Annotated[int | None, typer.Option(help="Posterior draws.")] = None,
    seed: Seed = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=folder, metavar="FOLDER", help="Folder for report.html, tables and figures."
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put vital registration, registry, list and courts together; show where they conflict."""
    joint_report(
        file, as_of, level=level, seed=seed, draws=draws, out=out, as_json=as_json, quiet=quiet
    )


@app.command("present-recovery")
def present_recovery(
    wars: Annotated[int, typer.Option(min=2, help="How many wars to simulate.")] = 60,
    missing: Annotated[float, typer.Option(help="Share of the dead without a body.")] = 0.25,
    overlap: Annotated[
        str, typer.Option(help="Prior of the overlap: the two parameters of a Beta, a:b.")
    ] = "2:8",
    seed: Seed = 1,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Simulate registry, list and courts of known wars, and recover totals, each man once."""
    from estimator.calibration.simulate.sources import recover_present
    from estimator.models.named_list.declared import DeclaredPriors

    with counting("wars", quiet=quiet) as progress:
        result = recover_present(
            wars, seed=seed, missing=missing, priors=DeclaredPriors(overlap=_beta(overlap)),
            progress=progress,
        )  # fmt: skip
    if as_json:
        print_json({"summary": result.summary(), "wars": result.table.to_dict("records")})
        return
    sys.stdout.write(f"{result}\n")


def _beta(text: str) -> tuple[float, float]:
    try:
        first, second = (float(part) for part in text.split(":"))
    except ValueError:
        raise DataError(f"--overlap: {text!r}: write two numbers, such as 2:8.") from None
    return first, second


def _with_declared(result: Estimate, filings: Path | None, seed: int) -> Estimate:
    from estimator.nowcast.total import with_declared
    from estimator.sources.court_filings import load_court_filings, read_court_filings

    counts = load_court_filings() if filings is None else read_court_filings(filings)
    return with_declared(result, counts, seed=seed)


def _weeks(table: Any) -> str:
    """Write a table of `weekly_table`."""
    deaths = [name for name in table if "completeness" not in name]
    table[deaths] = table[deaths].round(0).astype(int)
    bounds = ["completeness_lower", "completeness_upper"]  # in JSON; a line has no room for them
    return _narrow(table.drop(columns=bounds).round(2))


def _narrow(table: Any) -> str:
    """Write bounds beside what they bound without its name: a row is one line at 80 columns."""
    short = {name: name.rpartition("_")[2] for name in table if name.endswith(("_lower", "_upper"))}
    table = table.rename(columns={**short, "cumulative_deaths": "to date"})
    return str(table.to_string())


def _vintages(rows: list[dict[str, Any]]) -> str:
    import pandas as pd

    whole = ["named", "observed", "median", "lower", "upper", "chain_ladder"]
    weeks = ["weeks_covered", "weeks_crps", "weeks_chain_ladder_crps"]
    table = pd.DataFrame(rows)[["vintage", *whole, *weeks]]
    table[whole] = table[whole].round(0).astype(int)
    table[weeks] = table[weeks].round(2)
    short = ("later", "ladder", "covered", "CRPS", "ladder's")
    names = dict(zip(["observed", "chain_ladder", *weeks], short))
    return str(table.rename(columns=names).to_string(index=False))


def _told(summary: dict[str, Any]) -> str:
    return (
        f"{summary['vintages']} vintages, {summary['weeks']} weeks scored. 90% intervals cover "
        f"{summary['coverage_90']:.1%} of weeks and 95% intervals {summary['coverage_95']:.1%}; "
        f"CRPS {summary['crps']:.1f} against the chain ladder's {summary['chain_ladder_crps']:.1f}, "
        f"{summary['crps_gain']:.0%} better (its absolute error; that of our median is "
        f"{summary['median_error']:.1f})."
    )
