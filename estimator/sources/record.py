"""The bundled record of Russia's dead: every statement with the day on which it was known."""

from collections.abc import Iterator
from datetime import date
from functools import cache

import pandas as pd

from estimator.data.bundled import read_bundled
from estimator.data.record import (
    FilingsSeen,
    NamesSeen,
    Record,
    Stream,
    TotalFigure,
    WeeklyFigures,
)
from estimator.sources.named_list import WEEKS, load_named_list
from estimator.sources.named_list_vintages import load_list_totals

JULY_2023 = "Meduza and Mediazona, July 2023"
JULY_2024 = "Meduza and Mediazona, July 2024"
FEBRUARY_2025 = "Mediazona and Meduza, February 2025"
OCTOBER_2025 = "Mediazona and Meduza, October 2025"
MAY_2026 = "Mediazona and Meduza, May 2026"
VINTAGES = {
    "2024-07": (JULY_2024, date(2024, 7, 5), date(2024, 6, 25)),
    "2025-02": (FEBRUARY_2025, date(2025, 2, 24), date(2025, 2, 1)),
    "2025-10": (OCTOBER_2025, date(2025, 10, 15), date(2025, 8, 20)),
}
"""Publications by week: name, day of publication, day of extraction (not stated: from the last week)."""
EXTRACTED_2026 = date(2026, 1, 31)
"""Not stated: deaths after the first days of August 2025 have no late case, which takes 180 days."""
TOTALS = {
    "rnd-2024-02-2023end": ("Mediazona and Meduza, February 2024", date(2024, 2, 1)),
    "flash-2024-07": (JULY_2024, date(2024, 6, 25)),
    "rnd-2025-02-total": (FEBRUARY_2025, date(2025, 2, 1)),
    "rnd-2025-08-total": ("Mediazona and Meduza, August 2025", date(2025, 8, 20)),
}
"""Publications of a total: row of the published figures, name, and day of extraction."""
TOTAL_SD = 0.05
FLASH_SD = 0.1
PEACETIME = 8000.0
"""Court filings a year in peacetime: the press counts about so many; 8,251 were decided in 2021."""
COUNTED_FROM = pd.Timestamp("2022-01-01")


@cache
def load_record() -> Record:
    """Load the bundled record: publications, the list's vintages and court filings."""
    return Record(
        weekly=tuple(_weekly()), totals=tuple(_totals()), names=tuple(_names()),
        filings=tuple(_filings()), years=(), minima=_minima(),
    )  # fmt: skip


def _monday(days: pd.Series, values: pd.Series, *, back: int = 0) -> pd.Series:
    weeks = pd.DatetimeIndex(pd.to_datetime(days)) - pd.Timedelta(days=back)
    return pd.Series(values.to_numpy(float), index=weeks).dropna().sort_index()


def _weekly() -> Iterator[WeeklyFigures]:
    table = read_bundled("rnd2023_weekly_excess")
    deaths = _monday(table["week_start"], table["excess_deaths"])
    yield WeeklyFigures(JULY_2023, date(2023, 7, 10), date(2023, 6, 23), "combined", deaths)
    table = read_bundled("registry_estimate_vintages_weekly")
    for vintage, facts in VINTAGES.items():
        rows = table[(table["vintage"] == vintage) & (table["kind"] == "registry")]
        yield WeeklyFigures(*facts, "combined", _monday(rows["week_start"], rows["estimate"]))
    table = read_bundled("registry2026_weekly_decomposed")
    columns: dict[Stream, str] = {
        "ordinary": "excess_deaths", "late": "late_deaths_central", "forecast": "predicted_deaths",
    }  # fmt: skip
    for stream, column in columns.items():
        deaths = _monday(table["week_start"], table[column])
        yield WeeklyFigures(MAY_2026, date(2026, 5, 9), EXTRACTED_2026, stream, deaths)


def _totals() -> Iterator[TotalFigure]:
    figures = read_bundled("published_figures").set_index("id")
    for row, (name, extracted) in TOTALS.items():
        stated = figures.loc[row]
        days = [date.fromisoformat(stated[c]) for c in ("published_on", "period_start", "period_end")]
        sd = TOTAL_SD if row.startswith("rnd-2024") else FLASH_SD
        yield TotalFigure(name, days[0], extracted, days[1], days[2], float(stated["estimate"]), sd)


def _names() -> Iterator[NamesSeen]:
    table = read_bundled("rnd2023_weekly_excess")
    names = _monday(table["week_start"], table["named_list"])
    yield NamesSeen(date(2023, 6, 10), date(2023, 7, 10), names)
    table = read_bundled("named_list_vintages_weekly")
    for vintage, rows in table.groupby("vintage_first_seen"):
        seen = date.fromisoformat(str(vintage))
        yield NamesSeen(seen, seen, _monday(rows["week_of_death_start_thu"], rows["count"], back=3))
    weeks = read_bundled("named_by_role_weekly_2026_05").groupby("week_start", as_index=False)["n"].sum()
    names = _monday(weeks["week_start"], weeks["n"], back=3)
    yield NamesSeen(date(2026, 5, 22), date(2026, 5, 22), names)


def _filings() -> Iterator[FilingsSeen]:
    """Yield filings beyond peace by the days they reach; "at least" so many is no count."""
    table = read_bundled("court_filings_by_period")
    for column in ("first_day", "last_day", "known_on"):
        table[column] = pd.to_datetime(table[column])
    table = table[~table["how_read"].str.startswith("at least")]
    for (known, last), rows in table.groupby(["known_on", "last_day"]):
        row = rows.iloc[-1]
        if row["persons"] == "military":
            filings = float(row["filings"])
        else:
            earlier = table[(table["persons"] == "all") & (table["known_on"] <= known)]
            earlier = earlier[earlier["last_day"] <= last].drop_duplicates("last_day", keep="last")
            years = ((last - COUNTED_FROM).days + 1) / 365.25
            filings = float(earlier["filings"].sum() - PEACETIME * years)
        if filings > 0 and last >= pd.Timestamp("2024-12-31"):
            yield FilingsSeen(known.date(), last.date(), filings)


def _minima() -> pd.Series:
    """Return all names by the day of publication; a figure below an earlier one is of other men."""
    later = read_bundled("named_totals_after_2026_05").set_index("as_of")["count"]
    later = later.set_axis(pd.DatetimeIndex(later.index)).astype(float)
    last = load_named_list(max(WEEKS))
    charted = pd.Series([float(last.total)], index=[pd.Timestamp(last.vintage)])
    counts = pd.concat([load_list_totals(), later, charted]).sort_index(kind="stable")
    counts = counts[~counts.index.duplicated(keep="last")]
    return counts[counts >= counts.cummax()]
