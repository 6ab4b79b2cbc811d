"""The named list of Mediazona, BBC News Russian and volunteers, and anybody's list like it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from estimator.bundled import manifest, read_bundled
from estimator.errors import DataError, VintageError
from estimator.minimum import DocumentedMinimum, parse_vintage
from estimator.tables import choose_columns, read_table, to_number

POPULATION = "soldiers of Russia confirmed dead by name, all ages, not those of annexed territories"
WEEKLY = {
    "2026-05-22": ("registry2026_weekly_estimate", "week", "named"),
    "2023-07-11": ("rnd2023_weekly_excess", "week_start", "named_list"),
}
"""Vintages whose weeks of death are bundled: table, column of weeks, column of names."""
BY_AGE = "2023-04"
COLUMNS = {
    "date": ("week", "week_start", "date_of_death", "дата", "неделя", "дата смерти"),
    "count": ("named", "names", "deaths", "n", "число", "погибло", "количество"),
    "age": ("age_group", "age_band", "возраст"),
}


def list_vintages() -> pd.DataFrame:
    """Return the vintages that are bundled: date, count, publisher, and whether weeks are known."""
    series = read_bundled("named_list_series")[["date", "count", "publisher", "date_basis"]]
    return series.assign(by_week=series["date"].isin(WEEKLY))


def load_named_list(vintage: str, *, publisher: str | None = None) -> DocumentedMinimum:
    """Load the named list as it was known at a date.

    Parameters
    ----------
    vintage : str
        ``YYYY-MM-DD``, or a beginning of one such as ``2026-05`` where only one fits. Lists with
        weeks of death: 2026-05-22 (to December 2025) and 2023-07-11 (to May 2023).
    publisher : str, optional
        ``"Mediazona"`` or ``"BBC"``, where both published on one date and disagree.

    Returns
    -------
    DocumentedMinimum
        Names by week of death where known, otherwise the total.

    Raises
    ------
    VintageError
        If no list of that date is bundled, or several fit.
    """
    series = read_bundled("named_list_series")
    dates = sorted({*series["date"], *WEEKLY})
    fitting = [d for d in dates if d == vintage] or [d for d in dates if d.startswith(vintage)]
    if len(fitting) > 1:
        raise VintageError(f"vintage {vintage!r} fits {', '.join(fitting)}. Write the day.")
    if not fitting:
        before = [d for d in dates if d < vintage][-1:]
        after = [d for d in dates if d > vintage][:1]
        raise VintageError(
            f"no named list of {vintage} is bundled; the nearest are {' and '.join(before + after)}. "
            "Lists of other dates are read with read_minimum."
        )
    day = fitting[0]
    if day in WEEKLY:
        return _weekly(day)
    rows = series[series["date"] == day]
    if publisher is not None:
        rows = rows[rows["publisher"] == publisher]
    if len(rows) == 0:
        raise VintageError(f"{publisher} published no list on {day}. See list_vintages().")
    if rows["count"].nunique() > 1:
        raise VintageError(
            f"{day}: {' and '.join(rows['publisher'])} differ ({' and '.join(map(str, rows['count']))}). "
            "Say publisher=."
        )
    row = rows.iloc[0]
    return DocumentedMinimum(
        total=int(row["count"]), vintage=parse_vintage(day), population=POPULATION,
        source=f"named list of {row['publisher']} ({row['date_basis']})",
    )


def _weekly(day: str) -> DocumentedMinimum:
    """Build the list of a vintage with weeks; its total is that of the same table.

    The total announced with a vintage was counted on another day than the chart's weeks (217,808
    against 218,216 in May 2026), so the two are not mixed.
    """
    table_id, week, names = WEEKLY[day]
    table = read_bundled(table_id)
    weeks = pd.Series(table[names].to_numpy(), index=pd.DatetimeIndex(pd.to_datetime(table[week])))
    return DocumentedMinimum(
        total=int(weeks.sum()), vintage=parse_vintage(day), by_week=weeks, population=POPULATION,
        source=f"named list of Mediazona by week of death ({manifest().loc[table_id, 'publication']})",
    )


def load_named_ages() -> DocumentedMinimum:
    """Load the list of April 2023 by age: 13,737 of 20,253 names have one.

    Ages under 20 in the source (``<20``, ``18-19``, …) keep the source's own labels.
    """
    table = read_bundled("named_dead_2023_04_by_month_age_unit")
    ages = table.groupby("age_group")["n"].sum()
    known = ages[[label for label in ages.index if label[:1].isdigit()]]
    return DocumentedMinimum(
        total=int(table["n"].sum()), vintage=parse_vintage("2023-04-30"), by_age=known,
        population=POPULATION, source="named list of Mediazona and BBC, aggregated by A. Bessudnov",
    )


def read_minimum(
    path: str | Path, *, vintage: str, source: str | None = None, population: str = "as in the file",
) -> DocumentedMinimum:
    """Read anybody's count of confirmed dead: dates (or weeks) of death and counts.

    Parameters
    ----------
    path : str or Path
        CSV, TSV or Parquet with columns date (or week) and count; rows without a date count in the
        total only. Counts are added up by week, from Monday.
    vintage : str
        When the list was seen, ``YYYY-MM-DD``.
    source, population : str, optional
        In words.

    Raises
    ------
    DataError
        If a column is missing, a count is not a number, or a date cannot be read; file, column and row
        are named.
    VintageError
        If the vintage is not a date.
    """
    name = Path(path).name
    table = choose_columns(read_table(path), COLUMNS, ["date", "count"], name)
    counts = to_number(table["count"], name, whole=True)
    if (counts < 0).any():
        row = (counts < 0).idxmax()
        raise DataError(f"{name}: count in row {row} is negative: {counts[row]}. Correct it.")
    dates = pd.to_datetime(table["date"], format="%Y-%m-%d", errors="coerce")
    bad = dates.isna() & table["date"].notna()
    if bad.any():
        row = bad.idxmax()
        raise DataError(
            f"{name}: date in row {row} is {table.loc[row, 'date']!r}. Write dates as YYYY-MM-DD, or leave "
            "the field empty where the date of death is unknown."
        )
    known = dates.notna()
    weeks = dates[known] - pd.to_timedelta(dates[known].dt.dayofweek, unit="D")
    by_week = counts[known].groupby(weeks).sum().sort_index() if known.any() else None
    by_age = None
    if "age" in table:
        ages = table["age"].notna()
        by_age = counts[ages].groupby(table.loc[ages, "age"]).sum()
    return DocumentedMinimum(
        total=int(counts.sum()), vintage=parse_vintage(vintage), by_week=by_week, by_age=by_age,
        source=source or name, population=population,
    )
