"""Dated counts added up to calendar years, where the dates cover whole years."""

from dataclasses import replace

from estimator.sources.columns import Table
from estimator.sources.plausibility import check_not_running

CELL = ["region", "sex", "age_low", "age_high"]


def add_up_years(table: Table, timezone: str | None = None) -> Table:
    """Return counts by year of a table by date, one row a cell; a population is averaged.

    A year must be covered by its last day, four quarters, twelve months or all its days. Weeks are
    refused (the first and the last belong to two years), and one other date (it may be January alone).
    """
    dates = table.days("date", "%Y-%m", timezone=timezone, remedy="Write 2022-02-24, or give a column year.")
    cell = [key for key in CELL if key in table]
    dated = table.assign(date=dates)
    dated.check(
        "date", dated.repeated_cells(*cell, "date"), "this date is given twice for the same cell",
        "Keep one row a cell.",
    )  # fmt: skip
    check_not_running(
        dated.assign(year=dates.dt.year), "count", [*cell, "year"], "date",
        "Give the deaths of each month, not those since the year began.",
    )  # fmt: skip
    frame = dated.frame.assign(year=dates.dt.year, row=dated.frame.index)
    groups = frame.groupby([*cell, "year"], dropna=False, sort=False)
    days = groups["date"].transform("size")
    of_year = dates.dt.is_leap_year.map({True: 366, False: 365})
    months = groups["date"].transform(lambda part: part.dt.month.nunique())
    quarters = groups["date"].transform(lambda part: part.dt.quarter.nunique())
    regular = (
        (days == of_year)
        | ((days == 12) & (months == 12))
        | ((days == 4) & (quarters == 4))
        | ((days == 1) & (dates.dt.month == 12) & (dates.dt.day == 31))
    )
    kinds = days.where(days < 365, 365)
    table.check(
        "date", ~regular | (kinds != kinds.iloc[0]),
        lambda at: f"{frame['year'].iloc[at]} has {days.iloc[at]} dates for a cell: they do not cover "
        "the whole year in the same way as the first year's",
        "Give every year all its months, quarters or days (the first and last week belong to two "
        "years: add weeks up to a column year, and say how).",
    )  # fmt: skip
    rules = {"count": "sum", "row": "first"}
    if "population" in table:
        rules["population"] = "mean"
    return replace(table, frame=groups.agg(rules).reset_index().set_index("row"))
