"""`estimator ingest`, which reads registry records, and `estimator simulate`, which invents some."""

import sys
import warnings
from pathlib import Path
from typing import Annotated, Any, Literal

from typer import Argument, CallbackParam, Option, echo

from estimator.cli import options
from estimator.errors import DataError

LARGEST = 100
"""Countries larger than this many Russias are a slip of the pen."""


def _check_bands(param: CallbackParam, value: str) -> str:
    first, last = options.first_and_last(options.check_ages(param, value))
    if (last + 1 - first) % 5:
        raise DataError(f"--ages: {value!r}: write first:last of five-year bands, such as 15:69.")
    return f"{first}:{last}"


def _check_scale(value: float) -> float:
    if not 0 < value < LARGEST:
        raise DataError(f"--scale: {value:g} is not between 0 and {LARGEST}. Write 1 for Russia's size.")
    return value


def ingest(
    files: Annotated[list[Path], Argument(help="CSV, TSV (or gzipped) or Parquet; one or more.")],
    extracted_on: Annotated[str, Option(help="The day when the registry was read, YYYY-MM-DD.")],
    out: Annotated[
        Path,
        Option(callback=options.check_parquet, help="Where to write the triangle, such as t.parquet."),
    ],
    resolution: Annotated[Literal["week", "month"], Option(help="Of deaths and delays.")] = "week",
    ages: Annotated[str, Option(callback=_check_bands, help="Ends of five-year bands.")] = "15:69",
    max_delay: Annotated[
        int | None, Option(min=1, help="Longest delay to keep, in periods; three years by default.")
    ] = None,
    since: Annotated[str, Option(help="Leave out deaths before this day.")] = "2013-12-30",
    patronymics: Annotated[
        Path | None, Option(help="A frequency table: patronymic, sex (0, 1), count.")
    ] = None,
    january: Annotated[
        Literal["keep", "drop"], Option(help="Deaths on a 1 January that was made a default date.")
    ] = "keep",
    future_openings: Annotated[
        Literal["refuse", "drop"], Option(help="Cases opened within a year after the extraction.")
    ] = "refuse",
    losses: Annotated[
        Literal["refuse", "accept"],
        Option(help="Many records left out by one rule, as by a column misread."),
    ] = "refuse",
    timezone: Annotated[str | None, Option(help="Zone of instants, such as Europe/Moscow.")] = None,
    cumulative: Annotated[
        bool | None,
        options.running_totals("A table of cases holds running totals by delay, or new cases"),
    ] = None,
    encoding: options.Encoding = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
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
    bar = progress_bar("bytes read", size, shown=options.shows_progress(quiet))
    with warnings.catch_warnings(record=True) as caught, bar as advance:
        warnings.simplefilter("always")
        triangle, quality = read_registry(
            files, extracted_on=extracted_on, ages=_bands(ages), resolution=resolution,
            max_delay=max_delay, since=since, patronymics=patronymics, january=january,
            future_openings=future_openings, losses=losses, timezone=timezone,
            cumulative=cumulative, encoding=encoding, progress=advance,
        )  # fmt: skip
    triangle.save(out)
    messages = [str(warning.message) for warning in caught]
    for message in messages:
        sys.stderr.write(f"warning: {message}\n")
    if as_json:
        options.print_json(quality.to_dict() | {
            "triangle": str(out), "checksum": triangle.checksum, "resolution": triangle.resolution,
            "warnings": messages,
        })  # fmt: skip
        return
    echo(f"{quality}\n{triangle}\nwrote {out}")


def _bands(ages: str) -> Any:
    from estimator.data.ages import AgeBands

    first, last = options.first_and_last(ages)
    low = range(first, last + 1, 5)
    return AgeBands(tuple(low), tuple(age + 4 for age in low))


def simulate(
    out: Annotated[
        Path,
        Argument(callback=options.check_folder, help="Folder to write into; made if it is not there."),
    ],
    seed: options.Seed = 1,
    extracted_on: Annotated[str, options.day("Cases opened later are left out.")] = "2023-06-25",
    fault: Annotated[
        list[str] | None,
        Option(
            help="A fault, or several: duplicates, missing_sex, heaping, late_batches, outage, share_change."
        ),
    ] = None,
    names: Annotated[bool, Option("--names", help="Invented full names instead of sex.")] = False,
    scale: Annotated[float, Option(callback=_check_scale, help="Size of the country; 1 is Russia.")] = 1.0,
    kind: Annotated[Literal["csv", "parquet"], Option("--format", help="Of records.")] = "parquet",
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Simulate an inheritance registry with a war in it, and write its truth to a file of its own.

    Three files: registry (records), matched.csv (soldiers looked up) and truth.csv (war dead by date
    and age). Then: `estimator ingest OUT/registry.parquet --extracted-on 2023-06-25 --out t.parquet`.
    """
    from estimator.calibration.simulate.registry import simulate_registry
    from estimator.progress import progress_bar

    written = (f"registry.{kind}", "matched.csv", "truth.csv")
    if not force and (there := next((name for name in written if (out / name).exists()), None)):
        raise DataError(f"OUT: {out.name} has {there} already. Choose another folder, or add --force.")
    with progress_bar("simulating cases", shown=options.shows_progress(quiet)):
        made = simulate_registry(
            seed=seed, extracted_on=extracted_on, faults=fault or (), names=names, scale=scale
        )
        paths = made.write(out, kind=kind)
    if as_json:
        options.print_json({
            "files": [str(path) for path in paths], "records": made.records.height, "seed": seed,
            "extracted_on": made.extracted_on.isoformat(), "faults": list(made.faults),
            "war_dead_15_49": made.total(),
        })  # fmt: skip
        return
    echo(f"{made.records.height:,} records, extracted on {made.extracted_on}")
    echo(f"war dead aged 15-49: {made.total():,}")
    for path in paths:
        echo(f"wrote {path}")
