"""`estimator ingest`, which reads registry records, and `estimator simulate`, which invents some."""

from __future__ import annotations

import sys
import warnings
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from estimator.cli.options import (
    Json,
    Quiet,
    Seed,
    check_ages,
    check_day,
    check_file,
    check_folder,
    first_and_last,
    print_json,
    shows_progress,
)
from estimator.errors import DataError

LARGEST = 100
"""Countries larger than this many Russias are a slip of the pen."""


class Period(StrEnum):
    """What deaths and delays are counted in."""

    WEEK = "week"
    MONTH = "month"


class January(StrEnum):
    """What to do with deaths on a 1 January that was made a default date."""

    KEEP = "keep"
    DROP = "drop"


class Future(StrEnum):
    """What to do with cases opened within a year after the extraction."""

    REFUSE = "refuse"
    DROP = "drop"


class Losses(StrEnum):
    """What to do where a rule leaves out more records than single faults explain."""

    REFUSE = "refuse"
    ACCEPT = "accept"


class Kind(StrEnum):
    """Format of the records."""

    CSV = "csv"
    PARQUET = "parquet"


def _check_bands(param: typer.CallbackParam, value: str) -> str:
    first, last = first_and_last(check_ages(param, value))
    if (last + 1 - first) % 5:
        raise DataError(f"--ages: {value!r}: write first:last of five-year bands, such as 15:69.")
    return f"{first}:{last}"


def _check_scale(value: float) -> float:
    if not 0 < value < LARGEST:
        raise DataError(
            f"--scale: {value:g} is not between 0 and {LARGEST}. Write 1 for Russia's size."
        )
    return value


def ingest(
    files: Annotated[
        list[Path], typer.Argument(help="CSV, TSV (or gzipped) or Parquet; one or several.")
    ],
    extracted_on: Annotated[
        str, typer.Option(help="The day on which the registry was read, YYYY-MM-DD.")
    ],
    out: Annotated[
        Path,
        typer.Option(callback=check_file, help="Where to write the triangle, such as t.parquet."),
    ],
    resolution: Annotated[Period, typer.Option(help="Of deaths and of delays.")] = Period.WEEK,
    ages: Annotated[
        str,
        typer.Option(callback=_check_bands, help="First and last age of five-year bands."),
    ] = "15:69",
    max_delay: Annotated[
        int | None, typer.Option(help="Longest delay to keep, in periods; three years by default.")
    ] = None,
    since: Annotated[
        str, typer.Option(help="Leave out earlier deaths: the beginning of the registry.")
    ] = "2013-12-30",
    patronymics: Annotated[
        Path | None, typer.Option(help="A frequency table: patronymic, sex (0, 1), count.")
    ] = None,
    january: Annotated[
        January, typer.Option(help="Deaths on a 1 January that was made a default date.")
    ] = January.KEEP,
    future_openings: Annotated[
        Future, typer.Option(help="Cases opened within a year after the extraction.")
    ] = Future.REFUSE,
    losses: Annotated[
        Losses, typer.Option(help="Many records left out by one rule, as by a column misread.")
    ] = Losses.REFUSE,
    timezone: Annotated[
        str | None, typer.Option(help="Time zone of dates written as instants: Europe/Moscow.")
    ] = None,
    cumulative: Annotated[
        bool, typer.Option("--cumulative", help="A table of cases holds running totals by delay.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read records of inheritance cases into a reporting triangle.

    Prints how many records each rule of cleaning touched, and writes the triangle as Parquet, or nothing
    if something is wrong. Names serve to infer sex and to find duplicates, and are not kept.
    """
    from estimator.progress import progress_bar
    from estimator.sources.registry.read import read_registry

    if any(out.exists() and file.exists() and out.samefile(file) for file in files):
        raise DataError(f"--out: {out.name} is one of the files to read. Choose another name.")
    size = sum(file.stat().st_size for file in files if file.is_file())
    bar = progress_bar("bytes read", size, shown=shows_progress(quiet))
    with warnings.catch_warnings(record=True) as caught, bar as advance:
        warnings.simplefilter("always")
        triangle, quality = read_registry(
            files, extracted_on=extracted_on, ages=_bands(ages), resolution=resolution.value,
            max_delay=max_delay, since=since, patronymics=patronymics, january=january.value,
            future_openings=future_openings.value, losses=losses.value, timezone=timezone,
            cumulative=cumulative, progress=advance,
        )  # fmt: skip
    triangle.save(out)
    messages = [str(warning.message) for warning in caught]
    for message in messages:
        sys.stderr.write(f"warning: {message}\n")
    if as_json:
        print_json(quality.to_dict() | {
            "triangle": str(out), "checksum": triangle.checksum, "resolution": triangle.resolution,
            "warnings": messages,
        })  # fmt: skip
        return
    typer.echo(f"{quality}\n{triangle}\nwrote {out}")


def _bands(ages: str) -> Any:
    from estimator.data.ages import AgeBands

    first, last = first_and_last(ages)
    low = range(first, last + 1, 5)
    return AgeBands(tuple(low), tuple(age + 4 for age in low))


def simulate(
    out: Annotated[
        Path,
        typer.Argument(
            callback=check_folder, help="Folder to write into; made if it is not there."
        ),
    ],
    seed: Seed = 1,
    extracted_on: Annotated[
        str,
        typer.Option(callback=check_day, help="Cases opened later are not in the extract."),
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
    scale: Annotated[
        float, typer.Option(callback=_check_scale, help="Size of the country; 1 is Russia.")
    ] = 1.0,
    kind: Annotated[Kind, typer.Option("--format", help="Of the records.")] = Kind.PARQUET,
    as_json: Json = False,
) -> None:
    """Simulate an inheritance registry with a war in it, and write its truth to a file of its own.

    Three files: registry (records), matched.csv (soldiers looked up) and truth.csv (war dead by date
    and age). Then: `estimator ingest OUT/registry.parquet --extracted-on 2023-06-25 --out t.parquet`.
    """
    from estimator.calibration.simulate.registry import simulate_registry

    made = simulate_registry(
        seed=seed, extracted_on=extracted_on, faults=fault or (), names=names, scale=scale
    )
    paths = made.write(out, kind=kind.value)
    if as_json:
        print_json({
            "files": [str(path) for path in paths], "records": made.records.height, "seed": seed,
            "extracted_on": made.extracted_on.isoformat(), "faults": list(made.faults),
            "war_dead_15_49": made.total(),
        })  # fmt: skip
        return
    typer.echo(f"{made.records.height:,} records, extracted on {made.extracted_on}")
    typer.echo(f"war dead aged 15-49: {made.total():,}")
    for path in paths:
        typer.echo(f"wrote {path}")
