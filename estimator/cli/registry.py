"""Command line of the registry route: `estimator ingest`."""

from __future__ import annotations

import json
import sys
import warnings
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from estimator.cli.options import age_span, refuse_place_of_file
from estimator.errors import DataError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

HELP = """Read records of inheritance cases into a reporting triangle.

Prints how many records each rule of cleaning touched, and writes the triangle as Parquet, or nothing
if something is wrong. Names serve to infer sex and to find duplicates, and are not kept.
"""


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


@app.command(help=HELP)
def ingest(
    files: Annotated[
        list[Path], typer.Argument(help="CSV, TSV (or gzipped) or Parquet; one or several.")
    ],
    extracted_on: Annotated[
        str, typer.Option(help="The day on which the registry was read, YYYY-MM-DD.")
    ],
    out: Annotated[Path, typer.Option(help="Where to write the triangle, such as t.parquet.")],
    resolution: Annotated[Period, typer.Option(help="Of deaths and of delays.")] = Period.WEEK,
    ages: Annotated[
        str, typer.Option(help="First and last age of five-year bands, first:last.")
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
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Read records into a reporting triangle, write it, and print the quality report.

    Parameters
    ----------
    files, extracted_on, out, resolution, ages, max_delay, since, patronymics, january,
    future_openings, as_json, quiet
        See ``estimator ingest --help``.

    Raises
    ------
    DataError
        As `read_registry`, or if the triangle cannot be written.
    """
    from estimator.sources.registry.read import read_registry

    refuse_place_of_file(out, "--out")
    if any(out.exists() and file.exists() and out.samefile(file) for file in files):
        raise DataError(f"--out: {out.name} is one of the files to read. Choose another name.")
    with warnings.catch_warnings(record=True) as told, _Progress(files, quiet=quiet) as progress:
        warnings.simplefilter("always")
        triangle, quality = read_registry(
            files, extracted_on=extracted_on, ages=_bands(ages), resolution=resolution.value,
            max_delay=max_delay, since=since, patronymics=patronymics, january=january.value,
            future_openings=future_openings.value, progress=progress,
        )  # fmt: skip
    triangle.save(out)
    messages = [str(warning.message) for warning in told]
    for message in messages:
        sys.stderr.write(f"warning: {message}\n")
    if as_json:
        document = quality.to_dict() | {
            "triangle": str(out), "checksum": triangle.checksum, "resolution": triangle.resolution,
            "warnings": messages,
        }  # fmt: skip
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return
    sys.stdout.write(f"{quality}\n{triangle}\nwrote {out}\n")


def _bands(text: str) -> Any:
    from estimator.data.ages import AgeBands

    first, last = age_span(text, "--ages")
    if (last + 1 - first) % 5:
        raise DataError(f"--ages: {text!r}: write first:last of five-year bands, such as 15:69.")
    low = range(first, last + 1, 5)
    return AgeBands(tuple(low), tuple(age + 4 for age in low))


class _Progress:
    """A bar on stderr where that is a terminal; nothing otherwise."""

    def __init__(self, files: list[Path], *, quiet: bool) -> None:
        self.bar: Any = None
        if not quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self.bar = Progress(console=Console(stderr=True), transient=True)
            total = sum(file.stat().st_size for file in files if file.is_file())
            self.task = self.bar.add_task("records", total=total)

    def __enter__(self) -> _Progress:
        if self.bar:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()

    def __call__(self, size: int) -> None:
        if self.bar:
            self.bar.advance(self.task, size)
