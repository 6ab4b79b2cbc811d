"""Anybody's count of confirmed dead, by day or week of death: a documented minimum."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from estimator.data.minimum import DocumentedMinimum
from estimator.data.periods import parse_vintage
from estimator.data.redaction import missing_column
from estimator.errors import DataError
from estimator.sources.columns import Table
from estimator.sources.plausibility import check_not_running
from estimator.sources.tables import name_of, read_table
from estimator.sources.vocabulary import UNKNOWN_AGE

COLUMNS = {
    "date": ("day", "date_of_death", "death_date", "дата", "день", "дата смерти", "дата гибели"),
    "week": ("week_start", "week_of_death", "неделя", "неделя смерти"),
    "count": ("named", "names", "deaths", "dead", "killed", "confirmed", "n", "число", "погибло",
              "погибшие", "количество"),
    "age": ("age_group", "age_band", "age_range", "возраст", "возрастная группа"),
}  # fmt: skip


def read_minimum(
    path: str | Path | pd.DataFrame,
    *,
    vintage: str,
    source: str | None = None,
    population: str = "as in the file",
) -> DocumentedMinimum:
    """Read anybody's count of confirmed dead.

    Columns, under these names or usual others in English and Russian: date (day of death) or week
    (its first day, or ``2022-W08``), count, and if known age (``20-24``, ``60+``). A row without a
    date, or of unknown age, counts in the total only. Days are added up by week, from Monday.
    Other columns are not read.

    Parameters
    ----------
    path : str, Path or DataFrame
        CSV, TSV (UTF-8 or cp1251), either of them gzipped, Parquet, or the same table as a data frame.
    vintage : str
        When the list was seen, ``YYYY-MM-DD``.
    source : str, optional
        Who keeps the list, in words; by default the file's name.
    population : str
        Whom the list covers.

    Returns
    -------
    DocumentedMinimum
        Names by week of death, and by age, where known.

    Raises
    ------
    DataError
        If the file cannot be read, a column is missing, a count, date or age cannot be read, a date
        is after the vintage, or a row repeats another; the message names file, column and row (the
        header is row 1) and says what to do.
    VintageError
        If the vintage is absent or not a date.
    """
    seen = parse_vintage(vintage)
    raw = read_table(path)
    table = Table.of(raw, COLUMNS, name_of(path), ["count"])
    if "date" in table and "week" in table:
        raise DataError(
            f"{table.name}: columns {table.columns['date']} and {table.columns['week']} both say when. "
            "Remove one."
        )
    if "date" not in table and "week" not in table:
        remedy = "Rename a column to date (day of death) or week (its first day)."
        raise missing_column("date", raw.columns, COLUMNS, table.name, remedy)
    counts = table.number(
        "count", whole=True, least=0, remedy="Write how many names, zero where there are none."
    )
    when = "date" if "date" in table else "week"
    days = _days(table, when, seen)
    weekday = days.dt.day_of_week
    weeks = days - pd.to_timedelta(weekday, unit="D") if when == "date" else days
    if when == "week":
        first = weekday.dropna().head(1).sum()
        table.check(
            when, days.notna() & (weekday != first),
            "{} is another day of the week than the first row's",
            "Write the first day of each week, or name the column date.", dates=True,
        )  # fmt: skip
    dated = table.assign(**{"count": counts, when: days}).where(days.notna())
    check_not_running(
        dated, "count", ["age"] if "age" in table else [], when,
        "Give the names of each day or week, not all names up to it.",
    )  # fmt: skip
    ages = _ages(table) if "age" in table else None
    # built under the file's name, which is where any fault of it lies
    minimum = DocumentedMinimum(
        total=int(counts.sum()),
        vintage=seen,
        source=table.name,
        population=population,
        by_week=counts.groupby(weeks).sum() if weeks.notna().any() else None,
        by_age=counts.groupby(ages).sum() if ages is not None and ages.notna().any() else None,
    )
    return replace(minimum, source=source or table.name)


def _days(table: Table, when: str, seen: date) -> pd.Series:
    """Return the days of death; refuse those after the vintage, or given twice."""
    days = table.days(
        when, weeks=True, blank=True,
        remedy="Write 2022-02-24, leave it empty where the date is unknown, and leave out totals.",
    )  # fmt: skip
    table.check(
        when, days > pd.Timestamp(seen), f"{{}} is after the vintage {seen}",
        "Correct it, or give the date at which the list was seen.", dates=True,
    )  # fmt: skip
    cell = [when, *(["age"] if "age" in table else [])]
    table.check(
        when, table.assign(**{when: days}).repeated_cells(*cell),
        f"{{}} is given twice{' for the same age' * ('age' in table)}",
        "Give one row each, with the counts added up.", dates=True,
    )  # fmt: skip
    return days


def _ages(table: Table) -> pd.Series:
    unknown = table["age"].str.casefold().isin(UNKNOWN_AGE)
    bands = table.assign(age=table["age"].mask(unknown, None)).bands(blank=True)
    low, high = (bands[end].astype("string") for end in ("age_low", "age_high"))
    return low + ("-" + high).fillna("+")
