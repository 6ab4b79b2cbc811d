"""Tables of cases by week or month, sex and age, with or without delay: already counted."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from estimator.data.ages import AgeBands
from estimator.data.periods import DAY, Resolution, check_seen, parse_day, period_index, period_start
from estimator.data.redaction import ignored_columns
from estimator.data.triangle import KEY, ReportingTriangle
from estimator.errors import DataError
from estimator.sources.columns import Table, find_columns, join_year
from estimator.sources.running_totals import SAY, check_not_running, read_new_counts
from estimator.sources.tables import TableFile, Tabular, name_of, read_table
from estimator.sources.vocabulary import ALIASES as COMMON
from estimator.sources.vocabulary import COUNTED

TABLE_ALIASES = {
    "cases": (*COUNTED["cases"][1:], "count"),
    "week": ("week_start", "week_of_death", "iso_week", "неделя", "неделя смерти"),
    "month": ("month_start", "month_of_death", "месяц", "месяц смерти"),
    "delay": ("delay_weeks", "delay_months", "lag", "задержка"),
}
ALL_ALIASES = TABLE_ALIASES | {name: COMMON[name] for name in ("year", "sex", "age", "age_low", "age_high")}
WEEK = 7
NEW_CASES = "Give the cases opened in each delay."
NO_DELAYS = "the table has no delays: all cases are at delay 0, as if complete"


def is_table(path: Tabular, encoding: str | None = None) -> bool:
    """Return whether a file holds counted cases or a saved triangle, not records."""
    if not isinstance(path, pd.DataFrame) and _is_saved(path):
        return True
    aliases = TABLE_ALIASES | {"death": ("death_date", "дата смерти")}
    columns = find_columns(TableFile(path, encoding=encoding).columns, aliases, name_of(path))
    return "cases" in columns and bool(columns.keys() & {"week", "month"}) and "death" not in columns


def read_triangle(
    path: str | Path | pd.DataFrame,
    *,
    extracted_on: date | str | None = None,
    source: str | None = None,
    cumulative: bool | None = None,
    encoding: str | None = None,
) -> ReportingTriangle:
    """Read a saved triangle, or a table of cases, one row a cell.

    Columns of a table: week or month of death (first day, ``YYYY-MM-DD``; a month also
    ``YYYY-MM``, a week ``2022-W08``, or numbers with a column year), sex, age (``20-24``) or age_low
    and age_high, cases and, if known, delay in whole weeks or months. Cells without a row are 0. Without
    delays, cases stand at delay 0.

    Parameters
    ----------
    path : str, Path or DataFrame
        CSV, TSV, gzipped or Parquet, or a table in memory.
    extracted_on : datetime.date or str, optional
        The day the registry was read; required for a table.
    source : str, optional
        Who counted, in words; by default the file's name.
    cumulative : bool, optional
        Whether cases are running totals: those opened up to each delay, not in it. By default cases that
        never fall along the delay are refused.
    encoding : str, optional
        Encoding of a text file, such as ``koi8-r``, where its contents do not decide.

    Raises
    ------
    DataError
        If the file cannot be read, a column is missing, or a value or date is not one; the message
        names file, column and row.
    """
    name = name_of(path)
    if not isinstance(path, pd.DataFrame) and _is_saved(path):
        return ReportingTriangle.load(path)
    if extracted_on is None:
        raise DataError(f"{name}: say extracted_on, the day on which the registry was read.")
    day = parse_day(extracted_on, "extraction date")
    check_seen(day, "extraction date")
    raw = read_table(path, encoding)
    table = join_year(Table.of(raw, ALL_ALIASES, name, ["sex", "cases"]))
    periods = [name for name in ("week", "month") if name in table]
    if len(periods) != 1:
        raise DataError(f"{name}: row 1: give one column, week or month (of death).")
    resolution: Resolution = "week" if periods == ["week"] else "month"
    died = _periods(table, resolution)
    sex = (table.sex(both=False)[0] == "male").to_numpy(int)
    bands, age = _bands(table)
    cases = table.number("cases", least=0).to_numpy()
    notes = (*raw.attrs["notes"], *ignored_columns(raw.columns, ALL_ALIASES))
    delay = np.zeros(len(cases), "int64")
    if "delay" in table:
        delay = table.number("delay", whole=True, least=0).to_numpy()
    else:
        notes = (*notes, NO_DELAYS)
    first, length = int(died.min()), int(np.ptp(died)) + 1
    shape = (2, len(bands), length, int(delay.max()) + 1)
    at = np.ravel_multi_index((sex, age, died - first, delay), shape)
    table.check(
        "cases", pd.Series(at).duplicated(),
        f"this {resolution}, sex, age and delay were given before", "Keep one row a cell.",
    )  # fmt: skip
    if cumulative and "delay" not in table:
        raise DataError(f"{name}: row 1: column delay is missing, and totals run along it.")
    numbers = table.assign(cases=cases, delay=delay, age=age, sex=sex)
    days = (delay.max() >= 2 * WEEK) & (delay % WEEK == 0).all() & (resolution == "week")
    numbers.check(
        "delay", np.full(len(delay), days), "delays are all multiples of 7, as days are",
        "Give the delay in whole weeks.",
    )  # fmt: skip
    for one in (0, 1) if cumulative is None else ():
        check_not_running(
            numbers.where(sex == one),
            "cases",
            [resolution, "age"],
            "delay",
            f"{NEW_CASES} {SAY.format('--', '--no-')}",
        )
    cases = read_new_counts(
        numbers, "cases", [resolution, "sex", "age"], "delay", cumulative=cumulative,
        remedy=NEW_CASES,
    )  # fmt: skip
    late = died + delay >= period_index(np.datetime64(day, "D") + DAY, resolution)
    table.check(
        "cases", late & (cases > 0).to_numpy(), f"cases opened in a {resolution} not over by {day}",
        "Leave out such rows, or correct the extraction date.",
    )  # fmt: skip
    values = np.bincount(at, cases.to_numpy(), minlength=int(np.prod(shape))).reshape(shape)
    return ReportingTriangle.from_array(
        values, first=period_start(first, resolution), ages=bands.labels,
        resolution=resolution, extracted_on=day, source=source or name, notes=notes,
    )  # fmt: skip


def _is_saved(path: str | Path) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return KEY in (pq.read_schema(path).metadata or {})
    except (pa.ArrowException, OSError, UnicodeError):
        return False


def _periods(table: Table, resolution: Resolution) -> np.ndarray:
    first = "a Monday, YYYY-MM-DD" if resolution == "week" else "the first of a month, or YYYY-MM"
    forms = ("%Y-%m", "%m.%Y") if resolution == "month" else ()
    days = table.days(resolution, *forms, weeks=resolution == "week", remedy=f"Write {first}.")
    starts = days.to_numpy().astype("datetime64[D]")
    index = period_index(starts, resolution)
    table.check(
        resolution, period_start(index, resolution) != starts, f"not the first day of a {resolution}",
        f"Write {first}.",
    )  # fmt: skip
    return index


def _bands(table: Table) -> tuple[AgeBands, np.ndarray]:
    """Return the age bands and each row's place among them."""
    if "age" not in table:
        if "age_low" not in table or "age_high" not in table:
            raise DataError(f"{table.name}: row 1: column age is missing. Give age, or age_low and age_high.")
        ends = ("-" + table["age_high"].astype("string")).fillna("+")
        table = table.assign(age=table["age_low"].astype("string") + ends)
    rows = table.bands()
    bands = rows.drop_duplicates().sort_values("age_low").astype(object)
    high = bands["age_high"].where(bands["age_high"].notna(), None)
    ages = AgeBands(tuple(bands["age_low"]), tuple(high))
    return ages, np.searchsorted(ages.low, rows["age_low"].to_numpy(int))
