"""Anybody's count of confirmed dead, by day or week of death: a documented minimum."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from estimator.data.ages import parse_band
from estimator.data.dates import parse_vintage
from estimator.data.minimum import DocumentedMinimum
from estimator.data.redaction import missing_column, quoted
from estimator.errors import DataError
from estimator.sources.tables import choose_columns, find_columns, read_table, to_date, to_number

COLUMNS = {
    "date": ("day", "date_of_death", "death_date", "дата", "день", "дата смерти", "дата гибели"),
    "week": ("week_start", "week_of_death", "неделя", "неделя смерти"),
    "count": ("named", "names", "deaths", "dead", "killed", "confirmed", "n", "число", "погибло",
              "погибшие", "количество"),
    "age": ("age_group", "age_band", "age_range", "возраст", "возрастная группа"),
}  # fmt: skip
"""Canonical column to the other names it goes by, in lower case."""
UNKNOWN_AGE = ("unk", "unknown", "not stated", "неизвестно", "неизвестен", "не указан")


def read_minimum(
    path: str | Path,
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
    path : str or Path
        CSV, TSV (UTF-8 or cp1251), either of them gzipped, or Parquet.
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
    name = Path(path).name
    table = read_table(path)
    told = find_columns(table.columns, COLUMNS, name)
    chosen = choose_columns(table, COLUMNS, ["count"], name)
    if "date" in chosen and "week" in chosen:
        raise DataError(
            f"{name}: columns {told['date']} and {told['week']} both say when. Remove one."
        )
    if "date" not in chosen and "week" not in chosen:
        raise missing_column(
            "date", table.columns, COLUMNS, name,
            "Rename a column to date (day of death) or week (its first day).",
            encoding=table.attrs.get("encoding"),
        )  # fmt: skip
    counts = to_number(
        chosen["count"].rename(told["count"]), name, whole=True, least=0,
        remedy="Write how many names, zero where there are none.",
    )  # fmt: skip
    weeks = _weeks(chosen, told, name, seen)
    ages = _ages(chosen["age"].rename(told["age"]), name) if "age" in chosen else None
    # built under the file's name, which is where any fault of it lies
    minimum = DocumentedMinimum(
        total=int(counts.sum()),
        vintage=seen,
        source=name,
        population=population,
        by_week=counts.groupby(weeks).sum() if weeks.notna().any() else None,
        by_age=counts.groupby(ages).sum() if ages is not None and ages.notna().any() else None,
    )
    return replace(minimum, source=source or name)


def _weeks(table: pd.DataFrame, told: dict[str, str], name: str, seen: date) -> pd.Series:
    kind = "date" if "date" in table else "week"
    column = table[kind].rename(told[kind])
    days = _days(column, name)
    late = days > pd.Timestamp(seen)
    if late.any():
        _refuse(
            late, column, name, f"is after the vintage {seen}",
            "Correct it, or give the date at which the list was seen.",
        )  # fmt: skip
    cell = pd.DataFrame({"day": days, "age": table["age"] if "age" in table else None})
    if (repeated := cell.duplicated()).any():
        _refuse(
            repeated, column, name, f"is given twice{' for the same age' * ('age' in table)}",
            "Give one row each, with the counts added up.",
        )  # fmt: skip
    if kind == "date":
        return days - pd.to_timedelta(days.dt.day_of_week, unit="D")
    known = days.dropna()
    odd = days.notna() & (
        days.dt.day_of_week != (known.dt.day_of_week.iloc[0] if len(known) else 0)
    )
    if odd.any():
        _refuse(
            odd, column, name, "is another day of the week than the first row's",
            "Write the first day of each week, or name the column date.",
        )  # fmt: skip
    return days


def _days(column: pd.Series, name: str) -> pd.Series:
    days = to_date(column)
    iso = column.astype("string").str.fullmatch(r"\d{4}-?W\d{2}").fillna(False).to_numpy(dtype=bool)
    monday = column[iso].str.replace("-", "") + "1"
    mondays = pd.to_datetime(monday, format="%GW%V%u", errors="coerce")
    days = days.fillna(mondays.astype("datetime64[s]"))
    unread = days.isna() & column.notna()
    if unread.any():
        _refuse(
            unread, column, name, "is not a date",
            "Write 2022-02-24, leave it empty where the date is unknown, and leave out totals.",
        )  # fmt: skip
    return days


def _ages(column: pd.Series, name: str) -> pd.Series:
    text = column.where(~column.str.casefold().isin(UNKNOWN_AGE), None)
    bands: dict[str, str] = {}
    for label in text.dropna().unique():
        try:
            low, high = parse_band(label)
        except DataError as problem:
            row = text.index[(text == label).to_numpy()][0]
            raise DataError(f"{name}: column {column.name}, row {row}: {problem}") from None
        bands[label] = f"{low}+" if high is None else f"{low}-{high}"
    return text.map(bands)


def _refuse(bad: pd.Series, column: pd.Series, name: str, what: str, remedy: str) -> None:
    at = int(bad.to_numpy().argmax())
    value = column.iloc[at]
    found = "an empty field" if pd.isna(value) else quoted(value, dates=True)
    raise DataError(
        f"{name}: column {column.name}, row {column.index[at]}: {found} {what} "
        f"(such rows: {int(bad.sum())}). {remedy}"
    )
