"""Dated counts added up to calendar years, where the dates cover whole years."""

from dataclasses import replace

from estimator.sources.columns import Table
from estimator.sources.running_totals import SAY, are_running, check_not_running, read_new_counts

CELL = ["region", "sex", "age_low", "age_high"]


REMEDY = "Give the deaths of each month, not those since the year began."
ANEW = "Give those since each year began, or the deaths of each month."


def add_up_years(table: Table, timezone: str | None = None, *, cumulative: bool | None = None) -> Table:
    """Return counts by year of a table by date, one row a cell; a population is averaged.

    A year must be covered by its last day, four quarters, twelve months or all its days. Weeks are
    refused (the first and the last belong to two years), and one other date (it may be January alone).
    Where `cumulative`, counts are those since the year began.
    """
    dates = table.days("date", "%Y-%m", timezone=timezone, remedy="Write 2022-02-24, or give a column year.")
    cell = [key for key in CELL if key in table]
    dated = table.assign(date=dates)
    dated.check(
        "date", dated.repeated_cells(*cell, "date"), "this date is given twice for the same cell",
        "Keep one row a cell.",
    )  # fmt: skip
    by_year = dated.assign(year=dates.dt.year)
    of_year = by_year, "count", [*cell, "year"], "date"
    if cumulative is None and (are_running(*of_year, anew=True) or are_running(dated, "count", cell, "date")):
        check_not_running(*of_year, f"{REMEDY} {SAY.format('--', '--no-')}")
    elif cumulative and by_year["year"].nunique() > 1:
        check_not_running(dated, "count", cell, "date", ANEW)
    counts = read_new_counts(*of_year, cumulative=bool(cumulative), remedy=REMEDY)
    frame = by_year.frame.assign(
        count=counts, row=dated.frame.index, month=dates.dt.month, quarter=dates.dt.quarter
    )
    groups = frame.groupby([*cell, "year"], dropna=False, sort=False)
    days = groups["date"].transform("size")
    length = dates.dt.is_leap_year.map({True: 366, False: 365})
    months = groups["month"].transform("nunique")
    quarters = groups["quarter"].transform("nunique")
    regular = (
        (days == length)
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
