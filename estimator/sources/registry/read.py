"""The registry of inheritance cases: from records, or tables of them, to a reporting triangle."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import polars as pl

from estimator.data.ages import AgeBands
from estimator.data.periods import DAY, Resolution, check_seen, parse_day, period_index, period_start
from estimator.data.redaction import ignored_columns
from estimator.data.triangle import ReportingTriangle
from estimator.errors import DataError, check_choice
from estimator.sources.columns import find_columns
from estimator.sources.days import FLOOR, REASONS, check_timezone, date_form
from estimator.sources.registry import cleaning
from estimator.sources.registry.patronymic import read_patronymics
from estimator.sources.registry.quality import QualityReport
from estimator.sources.registry.records import ALIASES, COMPACT, MISSING, compact_records
from estimator.sources.registry.tables import TABLE_ALIASES, is_table, read_triangle
from estimator.sources.tables import Progress, TableFile, Tabular, name_of

FIVE_YEAR = AgeBands(tuple(range(15, 70, 5)), tuple(range(19, 70, 5)))
SINCE = date(2013, 12, 30)
"""The registry began in 2014; published weekly series begin with this Monday."""
THREE_YEARS: Mapping[str, int] = {"week": 156, "month": 36}
WORKERS = 2
ALL_ALIASES = ALIASES | TABLE_ALIASES
YEARS_ALONE = (
    "of the birth only the year is known: one age in four may be a year off, one in twenty in the next band"
)
SAID = {"death": "date of death", "opened": "date of case opening", "birth": "date of birth"}


def read_registry(  # noqa: PLR0913, public: one argument a property of the extract
    paths: str | Path | pd.DataFrame | Iterable[str | Path | pd.DataFrame],
    *,
    extracted_on: date | str,
    ages: AgeBands = FIVE_YEAR,
    resolution: Resolution = "week",
    max_delay: int | None = None,
    since: date | str = SINCE,
    patronymics: str | Path | None = None,
    january: Literal["keep", "drop"] = "keep",
    future_openings: Literal["refuse", "drop"] = "refuse",
    losses: Literal["refuse", "accept"] = "refuse",
    timezone: str | None = None,
    cumulative: bool | None = None,
    encoding: str | None = None,
    source: str | None = None,
    progress: Progress | None = None,
) -> tuple[ReportingTriangle, QualityReport]:
    """Read records of inheritance cases into a reporting triangle, and say what was done to them.

    Columns are known by usual names in Russian and English: dates of death and of case opening
    (both required), date of birth or age, sex or full name (or patronymic), case number. Names
    serve to infer sex and to find duplicates, and are dropped block by block. Dates are
    ``YYYY-MM-DD`` or ``DD.MM.YYYY``, one way a column; ``YYYYMMDD`` and serial numbers of spreadsheets
    are read too, and a birth of which only the year is known is taken at its middle. Of several extracts
    the later corrects the earlier: a case is known by its number, else by name and day of opening. Records
    are read in blocks, so that memory holds 32 bytes of numbers a record and little else. A table of
    cases (week or month, sex, age, cases[, delay]) is read too, as by `read_triangle`.

    Parameters
    ----------
    paths : path or iterable of paths
        CSV or TSV, either gzipped, or Parquet. A person in two files counts once.
    extracted_on : datetime.date or str
        The day the registry was read, ``YYYY-MM-DD``.
    ages : AgeBands
        Bands to count in; five-year ones from 15 to 69 by default.
    resolution : {"week", "month"}
        Of deaths and of delays.
    max_delay : int, optional
        The longest delay to keep, in periods; three years by default. Later cases are left out.
    since : datetime.date or str
        Leave out deaths before the first whole period from this day: the early cases of older
        deaths are not in a registry that began later. Give the beginning of yours.
    patronymics : path, optional
        A frequency table for patronymics that endings do not tell; see `read_patronymics`.
    january : {"keep", "drop"}
        What to do with deaths on a 1 January that was made a default date.
    future_openings : {"refuse", "drop"}
        What to do with cases opened within a year after the extraction; later ones are left out.
    losses : {"refuse", "accept"}
        What to do where a rule leaves out more of a file's records than faults of single records
        explain, such as dates of another form; see `cleaning.LIMITS`.
    timezone : str, optional
        Time zone of the registry, such as ``Europe/Moscow``, for dates written as instants in UTC.
    cumulative : bool, optional
        Whether a table of cases holds running totals along the delay. By default one whose cases never fall
        is refused.
    encoding : str, optional
        Encoding of text files, such as ``koi8-r``, where their contents do not decide.
    source : str, optional
        Who keeps the registry, in words; by default the files' names.
    progress : callable, optional
        Called with the bytes dealt with.

    Returns
    -------
    ReportingTriangle
        Cases by sex, age, period of death and delay. Openings in the last period, if it was not
        over at the extraction, are not in it.
    QualityReport
        How many records each rule touched.

    Raises
    ------
    DataError
        If a file cannot be read, a date column is missing or written in two ways or with two-digit
        years, or cases were opened after the extraction. No message quotes a record.
    """
    one = isinstance(paths, str | Path | pd.DataFrame) or not isinstance(paths, Iterable)
    files: list[Tabular] = [paths] if one else list(paths)  # type: ignore[arg-type]
    if not files:
        raise DataError("no registry file was given. Name at least one.")
    names = tuple(name_of(file) for file in files)
    day = parse_day(extracted_on, "extraction date")
    first = parse_day(since, "since")
    for argument, value, known in (
        ("resolution", resolution, ("week", "month")), ("january", january, ("keep", "drop")),
        ("future_openings", future_openings, ("refuse", "drop")), ("losses", losses, ("refuse", "accept")),
    ):  # fmt: skip
        check_choice(argument, value, *known)
    if max_delay is not None and not (isinstance(max_delay, int) and max_delay > 0):
        raise DataError(f"max_delay: {max_delay!r} is no number of {resolution}s. Write one such as 104.")
    if not isinstance(ages, AgeBands):
        raise DataError("ages: no age bands. Write them as AgeBands.from_labels(['15-19', '20-24']).")
    if ages.high[-1] is None:
        raise DataError(f"ages: {ages.labels[-1]} is open-ended. Give closed bands, such as 15-69.")
    check_timezone(timezone)
    check_seen(day, "extraction date")
    if len(files) == 1 and is_table(files[0], encoding):
        triangle = read_triangle(
            files[0], extracted_on=day, source=source, cumulative=cumulative, encoding=encoding
        )
        kept = int(triangle.total)
        return triangle, QualityReport(names, kept, kept, (), day, notes=triangle.notes)
    if cumulative is not None:
        raise DataError(f"{names[0]}: records, no table of cases by delay. Omit cumulative (--cumulative).")
    table = read_patronymics(patronymics) if patronymics is not None else None
    records = _load(files, table, progress, timezone, encoding, strict=losses == "refuse")
    cleaning.clean_dates(records, day, drop_future=future_openings == "drop")
    opened = records["opened"][records.alive]
    openings = [cleaning.EPOCH + np.timedelta64(int(n), "D").item() for n in (opened.min(), opened.max())]
    if losses == "refuse":
        cleaning.check_dates(records, resolution)
    cleaning.drop_superseded(records)
    cleaning.drop_duplicates(records)
    sex = cleaning.find_sex(records)
    cleaning.clean_ages(records, ages.low[0], ages.high[-1])
    identified = cleaning.identified_share(records)
    longest = THREE_YEARS[resolution] if max_delay is None else max_delay
    read = len(records.alive)
    name = source or ", ".join(names[:3]) + ", …" * (len(names) > 3)
    triangle = _count(
        records, sex, ages, resolution, day, first, longest, name, identified,
        drop=january == "drop",
    )  # fmt: skip
    _note_left_truncation(records, triangle, openings[0])
    report = QualityReport(
        names, read, int(triangle.total), tuple(records.rules), day,
        openings[0], openings[1], tuple(records.notes),
    )  # fmt: skip
    return triangle, report


def _load(
    files: list[Tabular], table: Mapping[str, int] | None, progress: Progress | None,
    timezone: str | None, encoding: str | None, *, strict: bool,
) -> cleaning.Records:  # fmt: skip
    """Return the records of files as numbers, with what is known of each file."""
    parts: list[pl.DataFrame] = []
    ends: dict[str, int] = {}
    named: dict[str, dict[str, str]] = {}
    notes: list[str] = []
    years = 0
    several = len(files) > 1
    with ThreadPoolExecutor(WORKERS) as pool:
        for number, path in enumerate(files, 1):
            file = TableFile(path, progress, encoding=encoding)
            key = file.name if file.name not in ends else f"{file.name} ({number})"
            known = named[key] = _known_columns(file)
            forms: dict[str, str] = {}
            waiting: deque[Future[tuple[pl.DataFrame, int]]] = deque()
            done: list[tuple[pl.DataFrame, int]] = []
            for block in _blocks(file, known):
                if not forms:
                    forms = _forms(block, file.name)
                waiting.append(pool.submit(compact_records, block, forms, table, timezone, several))
                while len(waiting) > WORKERS:  # memory: no more blocks than workers
                    done.append(waiting.popleft().result())
            done += [block.result() for block in waiting]
            blocks = [block for block, _ in done]
            years += sum(n for _, n in done)
            _check_forms(blocks, forms, file.name)
            coded, blocks = cleaning.read_sex_codes(blocks)
            notes += ["sex 1 read as male, 2 as female"] * coded
            notes += ignored_columns(file.columns, ALL_ALIASES)
            parts += blocks
            ends[key] = sum(part.height for part in parts)
    columns = {name: np.concatenate([part[name].to_numpy() for part in parts]) for name in COMPACT}
    records = cleaning.Records(columns, ends, named, strict=strict, notes=list(dict.fromkeys(notes)))
    if years:
        records.repair("year of birth alone", years, YEARS_ALONE, "kept")
    return records


def _known_columns(file: TableFile) -> dict[str, str]:
    """Return the file's own names of known columns, as they are in its header."""
    columns = [column.strip('" \ufeff') for column in file.columns]
    known = find_columns(columns, ALL_ALIASES, file.name)
    inherited = known.pop("inheritance", None)  # by law on the day of death, article 1114
    if inherited is not None and "death" not in known:
        known["death"] = inherited
    return known


def _blocks(file: TableFile, known: Mapping[str, str]) -> Iterator[pl.LazyFrame]:
    columns = [column.strip('" \ufeff') for column in file.columns]
    places = {str(columns.index(own)): name for name, own in known.items()}
    for block, _ in file.blocks([int(place) for place in places]):
        yield block.rename(places).lazy()


def _forms(block: pl.LazyFrame, name: str) -> dict[str, str]:
    """Return how each column of dates is written; refuse a file that lacks a column."""
    columns = set(block.collect_schema())
    known = f"known columns found: {', '.join(sorted(columns)) or 'none'}"
    for column in ("death", "opened"):
        if column not in columns:
            alone = " Deaths alone show no delays: count them by year, sex and age for read_counts."
            raise DataError(
                f"{name}: row 1: no column of the {SAID[column]}; {known}. Name one "
                f"{ALIASES[column][0]} or {ALIASES[column][-1]!r}.{alone * ('death' in columns)}"
            )
    if not columns & {"birth", "age"}:
        raise DataError(f"{name}: row 1: no date of birth and no age; {known}. Add one of them.")
    if not columns & {"sex", "name", "patronymic"}:
        raise DataError(f"{name}: row 1: no sex, full name or patronymic; {known}. Add one.")
    head = block.select(c for c in SAID if c in columns).head(1000).collect()
    return {column: date_form(head[column]) for column in head.columns}


def _check_forms(blocks: list[pl.DataFrame], forms: Mapping[str, str], name: str) -> None:
    """Refuse dates that may be read in two ways."""
    for column in forms:
        days = np.concatenate([block[column].to_numpy() for block in blocks])
        for code, (text, remedy) in REASONS.items():
            if len(at := np.flatnonzero(days == FLOOR - code)):
                raise DataError(
                    f"{name}: {SAID[column]}, record {at[0] + 1} (row {at[0] + 2}): {len(at):,} of "
                    f"{np.count_nonzero(days > MISSING):,} dates are {text}. {remedy}"
                )


def _count(
    records: cleaning.Records, sex: np.ndarray, ages: AgeBands, resolution: Resolution, day: date,
    since: date, longest: int, source: str, identified: float, *, drop: bool,
) -> ReportingTriangle:  # fmt: skip
    begin = np.datetime64(since, "D")
    start = period_index(begin, resolution)
    start = start + (period_start(start, resolution) < begin)
    end = period_index(np.datetime64(day, "D") + DAY, resolution)
    died, opened = (_periods(records[name], resolution) for name in ("death", "opened"))
    began = period_start(start, resolution)
    records.leave_out("before the start", died < start, f"death before {began}")
    cleaning.heaping(records, drop=drop)
    over = f"opened in a {resolution} not over by {day}"
    records.leave_out("last period", opened >= end, over)
    late = f"opened more than {longest} {resolution}s after the {resolution} of death"
    records.leave_out("late", opened - died > longest, late)
    left = [rule for rule in records.rules if rule.action == "left out" and rule.records]
    keep = records.alive
    if not keep.any():
        why = ", ".join(f"{rule.name} {rule.records:,}" for rule in left)
        raise DataError(f"{source}: no record is left: {why}. Check ages, since and the columns.")
    first = int(died[keep].min())
    length = int(end) - first
    shape = (2, len(ages), length, min(longest + 1, length))
    band = np.searchsorted(ages.low, records["age"][keep], side="right") - 1
    place = (sex[keep], band, died[keep] - first, (opened - died)[keep])
    cases = np.bincount(np.ravel_multi_index(place, shape), minlength=int(np.prod(shape)))
    return ReportingTriangle.from_array(
        cases.reshape(shape), first=period_start(first, resolution), ages=ages.labels,
        resolution=resolution, extracted_on=day, source=source,
        notes=(*(f"{rule.records:,} left out: {rule.text}" for rule in left), *records.notes),
        identified=identified,
    )  # fmt: skip


def _periods(dates: np.ndarray, resolution: Resolution) -> np.ndarray:
    """Return the number of each day's period, by way of a calendar in which days stand once."""
    first, last = int(dates.min(where=dates > FLOOR, initial=0)), int(dates.max())
    calendar = period_index(np.arange(first, last + 1).astype("datetime64[D]"), resolution)
    return calendar.astype("int32")[np.maximum(dates, first) - first]


def _note_left_truncation(records: cleaning.Records, triangle: ReportingTriangle, opening: date) -> None:
    first = triangle.periods[0].astype("datetime64[D]").item()
    if (opening - first).days > 31:
        records.notes.append(
            f"deaths begin in the period of {first}, openings on {opening}: the early cases of "
            "deaths before that may be missing; if so, give since="
        )
