"""Anybody's count of confirmed dead, by day or week of death: a documented minimum."""

import warnings
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from estimator.data.minimum import DocumentedMinimum
from estimator.data.periods import check_seen, parse_vintage
from estimator.data.redaction import ignored_columns, missing_column
from estimator.errors import DataError, DataWarning
from estimator.sources.columns import Table, join_year
from estimator.sources.days import check_timezone
from estimator.sources.running_totals import read_new_counts
from estimator.sources.tables import name_of, read_table
from estimator.sources.vocabulary import UNKNOWN_AGE

COLUMNS = {
    "date": ("day", "date_of_death", "death_date", "дата", "день", "дата смерти", "дата гибели"),
    "week": ("week_start", "week_of_death", "iso_week", "неделя", "неделя смерти"),
    "year": ("iso_year", "год"),
    "count": ("named", "names", "deaths", "dead", "killed", "confirmed", "n", "число", "погибло",
              "погибшие", "количество"),
    "age": ("age_group", "age_band", "age_range", "возраст", "возрастная группа"),
}  # fmt: skip
WEEK_UNKNOWN = r"(?i)\d{4}[- ]?W(?:99|UNK)"
"""Of these dead the year alone is known: they are undated."""
LEAST_WEEKS = 4
FIRST_DAYS = "dates are all the first of a month: years and months are exact, the weeks in them are not known"


def read_minimum(
    path: str | Path | pd.DataFrame,
    *,
    vintage: str,
    source: str | None = None,
    population: str = "as in the file",
    timezone: str | None = None,
    cumulative: bool | None = None,
    encoding: str | None = None,
) -> DocumentedMinimum:
    """Read anybody's count of confirmed dead.

    Columns, under these names or usual others in English and Russian: date (day of death) or week
    (its first day, ``2022-W08``, or a number with a column year), count, and if known age (``20-24``,
    ``60+``). A row without a date, or of unknown age, counts in the total only. Days stay exact: a year
    or month holds those who died in it. Other columns are not read, and `notes` list them.

    Parameters
    ----------
    path : str, Path or DataFrame
        CSV or TSV, either of them gzipped, Parquet, or a table in memory.
    vintage : str
        When the list was seen, ``YYYY-MM-DD``.
    source : str, optional
        Who keeps the list, in words; by default the file's name.
    population : str
        Whom the list covers.
    timezone : str, optional
        The list's time zone, such as ``Europe/Moscow``, where dates are instants in UTC.
    cumulative : bool, optional
        Whether counts are all names who died up to each day or week: those up to the first then count in the
        total only. By default counts that never fall are refused; False says that they are new counts.
    encoding : str, optional
        Encoding of a text file, such as ``koi8-r``, where its contents do not decide.

    Returns
    -------
    DocumentedMinimum
        Names by day or week of death, and by age, where known.

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
    check_seen(seen, "vintage")
    check_timezone(timezone)
    raw = read_table(path, encoding)
    table = join_year(Table.of(raw, COLUMNS, name_of(path), ["count"]))
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
    text = table[when].astype("string").str.strip()
    table = table.assign(**{when: table[when].mask(text.str.fullmatch(WEEK_UNKNOWN).fillna(False), None)})
    days = _days(table, when, seen, timezone)
    weekday = days.dt.day_of_week
    notes = [*raw.attrs["notes"], *ignored_columns(raw.columns, COLUMNS)]
    if when == "date" and days.nunique() >= LEAST_WEEKS and weekday.nunique() == 1:
        when, table = "week", table.assign(week=table["date"]).named(week=table.columns["date"]).drop("date")
        notes.append("dates are all of one weekday: read as weeks of death")
    if when == "date" and days.nunique() >= LEAST_WEEKS and (days.dropna().dt.day == 1).all():
        notes.append(FIRST_DAYS)
        warnings.warn(f"{table.name}: {FIRST_DAYS}.", DataWarning, stacklevel=2)
    if when == "week":
        first = weekday.dropna().head(1).sum()
        table.check(
            when, days.notna() & (weekday != first),
            "{} is another day of the week than the first row's",
            "Write the first day of each week, or name the column date.", dates=True,
        )  # fmt: skip
    if cumulative:
        table.check(when, days.isna(), "{}", "Running totals need a date in each row.", dates=True)
    dated = table.assign(**{"count": counts, when: days})
    new = read_new_counts(
        dated.where(days.notna()), "count", ["age"] if "age" in table else [], when, cumulative=cumulative,
        remedy="Give the names of each day or week, not all names up to it.",
        options=("--minimum-", "--no-minimum-"),
    )  # fmt: skip
    if cumulative:
        first = days.groupby(table["age"], dropna=False).transform("min") if "age" in table else days.min()
        counts, days = new.astype("int64"), days.mask(days == first)
        notes.append(f"running totals: {counts[days.isna()].sum():,} names up to the first date are undated")
    ages = _ages(table) if "age" in table else None
    # built under the file's name, which is where any fault of it lies
    minimum = DocumentedMinimum(
        total=int(counts.sum()),
        vintage=seen,
        source=table.name,
        population=population,
        by_week=_sums(counts, days) if when == "week" else None,
        by_day=_sums(counts, days) if when == "date" else None,
        by_age=None if ages is None else _sums(counts, ages),
        notes=tuple(notes),
    )
    return replace(minimum, source=source or table.name)


def _sums(counts: pd.Series, of: pd.Series) -> pd.Series | None:
    return counts.groupby(of).sum() if of.notna().any() else None


def _days(table: Table, when: str, seen: date, timezone: str | None) -> pd.Series:
    """Return the days of death; refuse those after the vintage, or given twice."""
    days = table.days(
        when, weeks=when == "week", blank=True, timezone=timezone,
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
