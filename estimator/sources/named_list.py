"""The named list of Mediazona, BBC News Russian and volunteers, at the dates it was published."""

import re
from datetime import date

import pandas as pd

from estimator.data.bundled import manifest, read_bundled
from estimator.data.minimum import DocumentedMinimum
from estimator.data.periods import parse_vintage
from estimator.errors import VintageError

INVASION = date(2022, 2, 24)
POPULATION = "soldiers of Russia confirmed dead by name, all ages, not those of annexed territories"
WEEKS = {
    "2026-05-22": ("registry2026_weekly_estimate", "week", "named"),
    "2023-07-11": ("rnd2023_weekly_excess", "week_start", "named_list"),
}
"""Vintages with weeks of death: table, column of weeks, column of names."""
AGES = {"2023-04-12": "named_dead_2023_04_by_month_age_unit"}
"""Vintages with ages: table."""
KEEPER = "Mediazona"
"""Who published the tables with weeks and those with ages."""


def list_vintages() -> pd.DataFrame:
    """Return the bundled vintages of the named list, oldest first."""
    series = read_bundled("named_list_series")[["date", "count", "publisher", "date_basis"]]
    only_weeks = [
        {"date": day, "count": int(_weeks(day).sum()), "publisher": KEEPER, "date_basis": table}
        for day, (table, _, _) in WEEKS.items()
        if day not in set(series["date"])
    ]
    vintages = pd.concat([series, pd.DataFrame(only_weeks)]).sort_values(["date", "publisher"])
    kept = vintages["publisher"] == KEEPER
    return vintages.assign(
        weeks=vintages["date"].isin(WEEKS) & kept, ages=vintages["date"].isin(AGES) & kept
    ).reset_index(drop=True)


def load_named_list(vintage: str | None = None, *, publisher: str | None = None) -> DocumentedMinimum:
    """Load the named list as it was known at a date.

    Parameters
    ----------
    vintage : str
        ``YYYY-MM-DD``, or ``YYYY-MM`` where one list of that month is bundled. Weeks of death are
        known at 2026-05-22 (to December 2025) and 2023-07-11 (to May 2023), ages at 2023-04-12;
        other vintages have a total only. Without one the error lists those there are (`list_vintages`).
    publisher : str, optional
        ``"Mediazona"`` or ``"BBC"``, where both published on one date and disagree.

    Returns
    -------
    DocumentedMinimum
        At 2026-05-22 and 2023-07-11 the total is what the weeks add up to, because it must be of
        the same table: 218,216 in the chart of May 2026, where 217,808 was announced, perhaps as of
        9 May; 24,223 to 21 May in July 2023. Deaths after the last week are in neither.

    Raises
    ------
    VintageError
        If no vintage is given, no list of that date is bundled, or several fit.
    """
    vintages = list_vintages()
    if vintage is None:
        days = sorted(set(vintages["date"]))
        raise VintageError(
            f"a minimum grows from week to week: say which vintage. {len(days)} are bundled, {days[0]} "
            f"to {days[-1]}, of which {', '.join(sorted(WEEKS))} have weeks of death. "
            "list_vintages() lists them."
        )
    day = _one_date(str(vintage), sorted(set(vintages["date"])))
    rows = vintages[vintages["date"] == day]
    if publisher is not None:
        rows = rows[rows["publisher"].str.casefold() == publisher.casefold()]
    if rows.empty:
        raise VintageError(
            f"no named list of {publisher} on {day} is bundled. Choose a date and publisher from "
            "list_vintages()."
        )
    if rows["count"].nunique() > 1:
        both = " and ".join(f"{name} {n:,}" for name, n in zip(rows["publisher"], rows["count"]))
        raise VintageError(f"{day}: {both} differ. Say which with publisher=.")
    row = rows.iloc[0]
    weeks = _weeks(day) if row["weeks"] else None
    total = int(row["count"] if weeks is None else weeks.sum())
    ages = _ages(day) if row["ages"] else None
    return DocumentedMinimum(total, parse_vintage(day), _source(row), POPULATION, weeks, ages, since=INVASION)


def _source(row: pd.Series) -> str:
    if not row["weeks"]:
        return f"named list of {row['publisher']} (date: {row['date_basis']})"
    publication = manifest().loc[WEEKS[row["date"]][0], "publication"]
    return f"named list of {row['publisher']} by week of death ({publication})"


def _one_date(vintage: str, dates: list[str]) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", vintage):
        raise VintageError(f"vintage {vintage!r} is not a date. Say when the list was seen, as YYYY-MM-DD.")
    fitting = [day for day in dates if day.startswith(vintage)]
    if len(fitting) > 1:
        raise VintageError(f"vintage {vintage!r} fits {', '.join(fitting)}. Write the day.")
    if not fitting:
        nearest = [day for day in dates if day < vintage][-1:]
        nearest += [day for day in dates if day > vintage][:1]
        raise VintageError(
            f"no named list of {vintage} is bundled; the nearest are {' and '.join(nearest)}. "
            "Take one of these, or give another list as a file: --minimum FILE, or read_minimum."
        )
    return fitting[0]


def _weeks(day: str) -> pd.Series:
    table_id, week, names = WEEKS[day]
    table = read_bundled(table_id)
    return pd.Series(table[names].to_numpy(), index=pd.to_datetime(table[week]), name="names")


def _ages(day: str) -> pd.Series:
    """Return names by age; 65 of the 20,253 names of April 2023 are not in the table at all."""
    table = read_bundled(AGES[day])
    return table[table["age_group"] != "unknown"].groupby("age_group")["n"].sum()
