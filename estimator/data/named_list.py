"""The named list at many vintages: names by week of death, as known at each date."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd

from estimator.data.display import Displayed
from estimator.data.minimum import DocumentedMinimum
from estimator.data.periods import parse_vintage
from estimator.errors import DataError, VintageError

SHRINKAGE = 0.01
"""A list may lose this share of its names from one vintage to the next; more is another list."""
STALE_PACE = 0.1
"""A vintage that grew by less than this share of the median daily pace is a copy seen again."""


@dataclass(frozen=True, eq=False, repr=False)
class NamedListVintages(Displayed):
    """Names by week of death and vintage: the reporting triangle of a documented minimum.

    Building it is the only validation. A list that loses more than `SHRINKAGE` of its names from one
    vintage to the next is refused; smaller losses (a name removed, a date corrected) are kept.
    """

    counts: pd.DataFrame = field(repr=False)
    """Names with a known date of death. Index: first day of each week of death, ascending, seven days
    apart. Columns: the dates at which the list was seen, ascending. NaN where one shows no such week."""
    source: str
    totals: pd.Series | None = field(default=None, repr=False)
    """All names on the list, undated ones among them, by vintage; it may miss some vintages."""
    population: str = "Russian military, all ages"

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", self._checked_counts())
        if self.totals is not None:
            object.__setattr__(self, "totals", self._checked_totals(self.totals))

    def _checked_counts(self) -> pd.DataFrame:
        if self.counts.empty:
            raise DataError(f"{self.source}: no vintages. Give names by week of death and vintage.")
        days = [parse_vintage(day) for day in self.counts.columns]
        for before, after in pairwise(days):
            if after <= before:
                raise VintageError(
                    f"{self.source}: vintage {after} stands after {before}. Give each vintage once, "
                    "oldest first."
                )
        weeks = pd.DatetimeIndex(pd.to_datetime(self.counts.index), name="week")
        steps = np.diff(weeks.to_numpy()) / np.timedelta64(1, "D")
        if (odd := np.flatnonzero(steps != 7)).size:
            raise DataError(
                f"{self.source}: week {weeks[odd[0] + 1].date()} does not follow "
                f"{weeks[odd[0]].date()} by seven days. Give every week once, in order, zero where "
                "nobody is named."
            )
        counts = self.counts.astype("float64").set_axis(weeks, axis=0)
        counts = counts.set_axis(pd.DatetimeIndex(pd.to_datetime(days), name="vintage"), axis=1)
        values = counts.to_numpy()
        with np.errstate(invalid="ignore"):
            self._check_cells(counts, (values < 0) | (values % 1 > 0), "is not a count of persons")
        early = weeks.to_numpy()[:, None] > counts.columns.to_numpy()[None, :]
        self._check_cells(counts, early & ~np.isnan(values), "is for a week after the vintage")
        if (empty := np.isnan(values).all(axis=0)).any():
            raise DataError(f"{self.source}: vintage {days[int(empty.argmax())]} shows no week.")
        self._check_shrinking(values, days)
        return counts

    def _check_cells(self, counts: pd.DataFrame, bad: np.ndarray, what: str) -> None:
        if not bad.any():
            return
        row, column = np.argwhere(bad)[0]
        raise DataError(
            f"{self.source}: vintage {counts.columns[column].date()}, week "
            f"{counts.index[row].date()}: {counts.iat[row, column]:g} {what} (such cells: "
            f"{int(bad.sum())}). Correct the count, the week or the vintage."
        )

    def _check_shrinking(self, values: np.ndarray, days: list[date]) -> None:
        for at in range(1, len(days)):
            shown = ~np.isnan(values[:, at]) & ~np.isnan(values[:, at - 1])
            before, after = values[shown, at - 1].sum(), values[shown, at].sum()
            if after < before * (1 - SHRINKAGE):
                raise DataError(
                    f"{self.source}: the list shrinks from {before:,.0f} names at vintage "
                    f"{days[at - 1]} to {after:,.0f} at {days[at]}, over the same weeks of death. "
                    "Look for a vintage under a wrong date, or one of another list."
                )

    def _checked_totals(self, totals: pd.Series) -> pd.Series:
        days = pd.DatetimeIndex(pd.to_datetime([parse_vintage(day) for day in totals.index]))
        if not days.is_monotonic_increasing or days.has_duplicates:
            raise VintageError(f"{self.source}: totals must stand once a vintage, oldest first.")
        checked = totals.astype("float64").set_axis(days.rename("vintage"))
        dated = self.counts.sum().reindex(days)
        low = (checked < dated).to_numpy()
        if low.any():
            at = int(low.argmax())
            raise DataError(
                f"{self.source}: vintage {days[at].date()}: a total of {checked.iloc[at]:,.0f} is "
                f"less than its {dated.iloc[at]:,.0f} dated names. Give both as seen on one date."
            )
        return checked

    @property
    def weeks(self) -> pd.DatetimeIndex:
        """First days of the weeks of death."""
        return pd.DatetimeIndex(self.counts.index)

    @property
    def vintages(self) -> pd.DatetimeIndex:
        """The dates at which the list was seen."""
        return pd.DatetimeIndex(self.counts.columns)

    @property
    def vintage(self) -> date:
        """The last vintage."""
        return self.vintages[-1].date()

    @property
    def undated(self) -> pd.Series:
        """Names without a date of death, by vintage; NaN where the total is not known."""
        if self.totals is None:
            return pd.Series(np.nan, index=self.vintages, name="undated")
        return (self.totals.reindex(self.vintages) - self.counts.sum()).rename("undated")

    @property
    def corrections(self) -> pd.DataFrame:
        """Cells in which a week lost names since the vintage before: vintage, week, names."""
        lost = -self.counts.ffill(axis=1).diff(axis=1)
        rows = lost.where(lost > 0).T.stack().dropna().rename("names").reset_index()
        return rows[["vintage", "week", "names"]]

    def as_of(self, day: date | str) -> NamedListVintages:
        """Return what was known on a day: vintages up to it, and the weeks they show."""
        last = pd.Timestamp(parse_vintage(day))
        if last < self.vintages[0]:
            raise VintageError(
                f"{self.source}: nothing is known as of {last.date()}; the first vintage is "
                f"{self.vintages[0].date()}. Ask for that day or a later one."
            )
        counts = self.counts.loc[:, self.vintages <= last]
        shown = counts.notna().any(axis=1).to_numpy()
        totals = None if self.totals is None else self.totals[self.totals.index <= last]
        return replace(self, counts=counts.loc[shown], totals=totals)

    def at(self, vintage: date | str) -> DocumentedMinimum:
        """Return the documented minimum at one vintage, exactly."""
        day = pd.Timestamp(parse_vintage(vintage))
        if day not in self.vintages:
            nearest = self.vintages[np.argsort(np.abs(self.vintages - day))[:2]]
            days = " and ".join(str(stamp.date()) for stamp in sorted(nearest))
            raise VintageError(
                f"{self.source}: the list was not seen on {day.date()}; the nearest vintages are "
                f"{days}. Take one of these, or as_of() for what was known by then."
            )
        column = self.counts[day].dropna().astype("int64")
        total = np.nan if self.totals is None else self.totals.reindex([day]).iloc[0]
        total = int(column.sum() if np.isnan(total) else total)
        return DocumentedMinimum(total, day.date(), self.source, self.population, column)

    def minimum(self) -> DocumentedMinimum:
        """Return the minimum of the last total, with weeks of death where a vintage is of that day."""
        if self.totals is None:
            return self.at(self.vintage)
        day, total = self.totals.index[-1], self.totals.iloc[-1]
        if day <= self.vintages[0] and total <= (dated := self.at(self.vintage)).total:
            return dated
        if day in self.vintages:
            return self.at(day.date())
        return DocumentedMinimum(int(total), day.date(), self.source, self.population)

    def nearest(self, day: date | str, *, within: timedelta = timedelta(days=16)) -> date | None:
        """Return the vintage nearest to a day, or None where none is within some days of it."""
        gaps = np.abs(self.vintages - pd.Timestamp(parse_vintage(day)))
        at = int(np.argmin(gaps))
        return self.vintages[at].date() if gaps[at] <= within else None

    def growing(self) -> NamedListVintages:
        """Leave out copies of an earlier list, judged by the daily growth of all; the first stays."""
        if len(self.vintages) < 3:
            return self
        days = np.diff(self.vintages.to_numpy()) / np.timedelta64(1, "D")
        pace = np.diff(self.counts.sum().to_numpy()) / days
        keep = np.r_[True, pace > STALE_PACE * np.median(pace)]
        counts = self.counts.loc[:, keep]
        return replace(self, counts=counts.loc[counts.notna().any(axis=1).to_numpy()])

    def monotone(self) -> pd.DataFrame:
        """Return counts that never fall: each is the least of itself and all later ones of its week."""
        return self.counts.iloc[:, ::-1].cummin(axis=1).iloc[:, ::-1]

    def __str__(self) -> str:
        dated = int(self.counts.iloc[:, -1].sum())
        undated = self.undated.iloc[-1]
        rest = "undated names not known" if np.isnan(undated) else f"{undated:,.0f} undated"
        lost = self.corrections
        return "\n  ".join([
            f"Named list at {len(self.vintages)} vintages, {self.vintages[0].date()} to "
            f"{self.vintage}",
            self.source,
            f"last vintage: {dated:,} names by week of death "
            f"({self.weeks[0].date()} to {self.weeks[-1].date()}), {rest}",
            f"{len(lost)} cells lost {lost['names'].sum():,.0f} names to corrections",
        ])  # fmt: skip
