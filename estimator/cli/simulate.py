"""Command line: `estimator simulate`, a registry whose truth is known."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from estimator.cli.options import print_json, refuse_place_of_folder
from estimator.errors import DataError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


LARGEST = 100
"""Countries larger than this many Russias are a slip of the pen."""


class Kind(StrEnum):
    """Format of the records."""

    CSV = "csv"
    PARQUET = "parquet"


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to write into; made if it is not there.")],
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same records.")] = 1,
    extracted_on: Annotated[
        str, typer.Option(help="Cases opened later are not in the extract.")
    ] = "2023-06-25",
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="A fault, or several: duplicates, missing_sex, heaping, late_batches, outage, "
            "share_change."
        ),
    ] = None,
    names: Annotated[
        bool, typer.Option("--names", help="Invented full names instead of sex.")
    ] = False,
    scale: Annotated[float, typer.Option(help="Size of the country; 1 is Russia.")] = 1.0,
    kind: Annotated[Kind, typer.Option("--format", help="Of the records.")] = Kind.PARQUET,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Simulate an inheritance registry with a war in it, and write the truth beside it.

    Three files: registry (records), matched.csv (soldiers looked up) and truth.csv (war dead by date
    and age). Then: `estimator ingest OUT/registry.parquet --extracted-on 2023-06-25 --out t.parquet`.
    """
    from estimator.calibration.simulate.registry import simulate_registry

    refuse_place_of_folder(out, "OUT")
    if not 0 < scale < LARGEST:
        raise DataError(
            f"--scale: {scale:g} is not between 0 and {LARGEST}. Write 1 for Russia's size."
        )

    made = simulate_registry(
        seed=seed, extracted_on=extracted_on, faults=fault or (), names=names, scale=scale
    )
    paths = made.write(out, kind=kind.value)
    found = {
        "files": [str(path) for path in paths],
        "records": made.records.height,
        "seed": seed,
        "extracted_on": made.extracted_on.isoformat(),
        "faults": list(made.faults),
        "war_dead_15_49": made.total(),
    }
    if as_json:
        print_json(found)
        return
    typer.echo(f"{made.records.height:,} records, extracted on {made.extracted_on}")
    typer.echo(f"war dead aged 15-49: {made.total():,}")
    for path in paths:
        typer.echo(f"wrote {path}")
