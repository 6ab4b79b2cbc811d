"""Names by role and week of death: the bundled chart data, and a user's table of the same form."""

from pathlib import Path
from typing import Literal

import pandas as pd

from estimator.data.bundled import manifest, read_bundled
from estimator.data.periods import parse_day
from estimator.data.roles import NamesByRole
from estimator.errors import check_choice
from estimator.sources.columns import Table
from estimator.sources.tables import name_of

UNKNOWN = "nd"
ROLES = {
    "air": "airborne", "airdef": "air defence", "art": "artillery", "chem": "radiation and chemical",
    "eng": "engineers", "fsb": "FSB", "groundavia": "army aviation", "inmates": "prisoners",
    "marine": "marines", "mob": "mobilised", "nguard": "national guard", "other": "other", "pilot": "pilots",
    "pmc": "private companies", "rifle": "motorised rifle", "seaman": "navy", "signal": "signals",
    "special": "special forces", "tank": "tank", "vol": "volunteers",
}  # fmt: skip
"""Codes of the chart and what they stand for."""
COLUMNS = {"week_start": ("week", "date", "month", "day"), "role": ("category",), "n": ("count", "names")}


def load_named_by_role(*, by: Literal["month", "week"] = "month", until: str | None = None) -> NamesByRole:
    """Return names by role on the bundled list: Mediazona and BBC, May 2026, by month of death.

    Parameters
    ----------
    by : {"month", "week"}
        Length of a period; a week belongs to the month in which it begins. The first holds the week of the
        invasion.
    until : str, optional
        Leave out weeks that begin after this day: the last months are still filling up.

    Returns
    -------
    NamesByRole
    """
    table = read_bundled("named_by_role_weekly_2026_05")
    row = manifest().loc["named_by_role_weekly_2026_05"]
    return composition_of(table.replace({"role": ROLES}), by=by, until=until, source=str(row["publication"]),
                          vintage=str(row["vintage"]))  # fmt: skip


def read_named_by_role(
    path: str | Path | pd.DataFrame,
    *,
    vintage: str = "unknown",
    by: Literal["month", "week"] = "month",
    until: str | None = None,
    unknown: str = UNKNOWN,
) -> NamesByRole:
    """Read a table of names by role and week of death: columns week_start, role, n, one row each.

    Parameters
    ----------
    path : str, Path or DataFrame
        CSV, gzipped or not, or a table in memory.
    vintage : str
        The day the list was seen.
    by : {"month", "week"}
        Length of a period.
    until : str, optional
        Leave out weeks that begin after this day.
    unknown : str
        The role of names whose role is not known.

    Returns
    -------
    NamesByRole

    Raises
    ------
    DataError
        If a column is missing, or a value is not a day or a whole number.
    """
    name = name_of(path)
    table = Table.read(path, COLUMNS, list(COLUMNS))
    days = pd.to_datetime(table["week_start"], errors="coerce", format="%Y-%m-%d")
    table.check("week_start", days.isna(), "{} is not a day", "Write YYYY-MM-DD.", dates=True)
    counts = table.number("n", whole=True)
    frame = pd.DataFrame({"week_start": days, "role": table["role"].astype(str), "n": counts})
    return composition_of(frame, by=by, until=until, source=name, vintage=vintage, unknown=unknown)


def composition_of(
    table: pd.DataFrame, *, by: str, until: str | None, source: str, vintage: str, unknown: str = UNKNOWN
) -> NamesByRole:
    """Return names by role of a table week_start, role, n; roles nobody has are left out."""
    check_choice("by", by, "month", "week")
    days = pd.to_datetime(table["week_start"])
    if until is not None:
        last = pd.Timestamp(parse_day(until, "until"))
        table, days = table[days <= last], days[days <= last]
    period = days.dt.to_period("M").dt.start_time if by == "month" else days
    wide = table.assign(period=period).pivot_table(
        index="period", columns="role", values="n", aggfunc="sum", fill_value=0
    )  # fmt: skip
    without = wide.pop(unknown) if unknown in wide else pd.Series(0, index=wide.index)
    return NamesByRole(wide.loc[:, wide.sum() > 0], without, source=source, vintage=vintage)
