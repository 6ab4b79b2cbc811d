"""Command line: `estimator recover`, the registry model on registries with a known truth."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from estimator.cli.options import print_json, refuse_place_of_folder

if TYPE_CHECKING:
    from estimator.data.dates import Resolution
    from estimator.data.triangle import ReportingTriangle

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def recover(
    registries: Annotated[int, typer.Option(help="Simulated registries without faults.")] = 20,
    faulty: Annotated[int, typer.Option(help="Simulated registries with one fault each.")] = 20,
    first_seed: Annotated[
        int, typer.Option(min=0, help="Seed of the first; the others count on.")
    ] = 1,
    weekly: Annotated[bool, typer.Option("--weekly", help="The weekly model.")] = False,
    cut: Annotated[
        list[str] | None, typer.Option(help="Replay: truncate at this date; may be repeated.")
    ] = None,
    level: Annotated[float, typer.Option(help="Of the intervals: 0.5, 0.8, 0.9 or 0.95.")] = 0.9,
    jobs: Annotated[int, typer.Option(help="Worker processes.")] = 1,
    folder: Annotated[
        Path | None, typer.Option(help="Keep results here: a study begun again goes on.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Fit simulated registries and count how often intervals contain the truth.

    Each has its own seed and truth: level and course of the war, ages, capture, delays, the peacetime
    ratio. With --cut the triangle is cut at dates, and the last weeks before each are scored.
    """
    from estimator.calibration.recovery import study_recovery
    from estimator.calibration.recovery_scores import recovery_scores
    from estimator.calibration.study import process_pool

    refuse_place_of_folder(folder, "--folder")
    last = first_seed + registries
    with process_pool(jobs) as executor:
        results = study_recovery(
            range(first_seed, last),
            read=read_records,
            faulty=range(last, last + faulty),
            cuts=cut or (),
            resolution="week" if weekly else "month",
            executor=executor,
            folder=folder,
            progress=not quiet and sys.stderr.isatty(),
        )
    found = recovery_scores(results, level=level)
    if as_json:
        print_json(found)
        return
    from rich.console import Console

    from estimator.report.console.studies import recovery_tables

    console = Console()
    for table in recovery_tables(found):
        console.print(table)


def read_records(
    path: Path, extracted_on: date, resolution: Resolution
) -> tuple[ReportingTriangle, dict[str, Any]]:
    """Read simulated records, and return how many of them each rule touched."""
    from estimator.sources.registry.read import read_registry

    triangle, quality = read_registry(
        path, extracted_on=extracted_on, resolution=resolution, source="simulated registry"
    )
    return triangle, {rule.name: rule.records for rule in quality.rules if rule.records}
