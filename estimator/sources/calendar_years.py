"""Dated counts added up to calendar years, where the dates cover whole years."""

from __future__ import annotations

import pandas as pd

from estimator.data.redaction import quoted
from estimator.errors import DataError
from estimator.sources.tables import to_date

CELL = ["region", "sex", "age_low", "age_high"]


def add_up_years(frame: pd.DataFrame, name: str, column: str) -> pd.DataFrame:
    """Add up counts by date to counts by year.

    Parameters
    ----------
    frame : DataFrame
        Columns date, sex, age_low, age_high, count[, region][, population], one row a cell and
        date.
    name, column : str
        The file and its column of dates, named in errors.

    Returns
    -------
    DataFrame
        The same with year in place of date; a population is averaged over the year's dates.

    Raises
    ------
    DataError
        If a date cannot be read, is given twice, or a year is not covered by one date, four
        quarters, twelve months or all its days. Weeks are refused: the first and the last belong to
        two years.
    """
    dates = _parse(frame["date"], name, column)
    frame = frame.drop(columns="date").assign(date=dates, year=dates.dt.year, row=frame.index)
    cell = [key for key in CELL if key in frame]
    repeated = frame.duplicated([*cell, "date"])
    if repeated.any():
        row = frame["row"].iloc[int(repeated.to_numpy().argmax())]
        raise DataError(
            f"{name}: column {column}, row {row}: this date is given twice for the same cell. Keep "
            "one row a cell."
        )
    groups = frame.groupby([*cell, "year"], dropna=False, sort=False)
    days = groups["date"].transform("size")
    of_year = dates.dt.is_leap_year.map({True: 366, False: 365})
    month = dates.dt.month
    quarters = ((month - 1) // 3).groupby([frame[key] for key in [*cell, "year"]], dropna=False)
    months = groups["date"].transform(lambda part: part.dt.month.nunique())
    regular = (
        (days == of_year)
        | ((days == 12) & (months == 12))
        | ((days == 4) & (quarters.transform("nunique") == 4))
        | (days == 1)
    )
    kinds = days.where(days < 365, 365)
    odd = ~regular | (kinds != kinds.iloc[0])
    if odd.any():
        at = int(odd.to_numpy().argmax())
        raise DataError(
            f"{name}: column {column}, row {frame['row'].iloc[at]}: {frame['year'].iloc[at]} has "
            f"{days.iloc[at]} dates for a cell: they do not cover the whole year in the same way "
            "as the first year's. Give every year all its months, quarters or days (the first and "
            "last week belong to two years: add weeks up to a column year, and say how)."
        )
    rules = {"count": "sum", "row": "first"}
    if "population" in frame:
        rules["population"] = "mean"
    return groups.agg(rules).reset_index().set_index("row")


def _parse(column: pd.Series, name: str, told: str) -> pd.Series:
    dates = to_date(column, "%Y-%m")
    if dates.isna().any():
        at = int(dates.isna().to_numpy().argmax())
        value = column.iloc[at]
        found = "missing" if pd.isna(value) else quoted(value, dates=True)
        raise DataError(
            f"{name}: column {told}, row {column.index[at]}: {found} is not a date. Write 2022-02-24, "
            "or give a column year."
        )
    return dates
