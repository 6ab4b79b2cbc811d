"""The documented minimum: confirmed dead, by name, as known at one date."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd

from estimator.data.ages import parse_band
from estimator.data.display import Displayed
from estimator.data.periods import day_of, days_of, describe_years, parse_vintage
from estimator.data.redaction import not_counts, quoted
from estimator.errors import DataError, VintageError

GRACE = timedelta(days=31)
"""How long after a period a list without weeks may have been seen and still be set against it."""


@dataclass(frozen=True, eq=False, repr=False)
class DocumentedMinimum(Displayed):
    """Confirmed dead at a vintage: a count of names, never the names.

    Building it is the only validation; what was passed in is copied, not changed.

    Parameters
    ----------
    total : int
        All names on the list, in persons.
    vintage : datetime.date or str
        The date at which the list was seen, ``YYYY-MM-DD``.
    source : str
        Who keeps the list, and where.
    population : str
        Whom the list covers.
    by_week : Series or None
        Names by week of death: index the first day of each week, ascending. It may add up to less
        than the total: the rest are undated, or died after the last week. Made of `by_day` where that
        is given alone.
    by_age : Series or None
        Names by age band, index labels such as ``20-24`` and ``60+``, ascending. The rest of the
        total are of unknown age.
    since : datetime.date, str or None
        The first day of death that the list covers, where known.
    by_day : Series or None
        Names by day of death, where the days are known: index the days, ascending. Periods then hold
        exactly those who died in them.
    notes : tuple of str
        What was done on reading.

    Raises
    ------
    VintageError
        If the vintage is absent or not a date.
    DataError
        If counts are negative, missing or fractional; parts exceed the total; weeks are out of
        order, repeated, or begin after the vintage; or age bands overlap.
    """

    total: int
    vintage: date
    source: str
    population: str = "Russian military, all ages"
    by_week: pd.Series | None = field(default=None, repr=False)
    by_age: pd.Series | None = field(default=None, repr=False)
    since: date | None = None
    by_day: pd.Series | None = field(default=None, repr=False)
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "vintage", parse_vintage(self.vintage))
        if self.since is not None:
            since = day_of(self.since)
            if since is None or since > self.vintage:
                raise DataError(
                    f"{self.source}: since {self.since!r} is not a day up to the vintage "
                    f"{self.vintage}. Write the first day of death covered, as YYYY-MM-DD."
                )
            object.__setattr__(self, "since", since)
        total = _counts(pd.Series([self.total], index=["total"]), self.source, "the list")
        object.__setattr__(self, "total", int(total.iloc[0]))
        if self.by_day is not None:
            days = self._checked_dates(self.by_day, "by_day", "day")
            object.__setattr__(self, "by_day", days)
            if self.by_week is None:
                monday = days.index - pd.to_timedelta(days.index.day_of_week, unit="D")
                object.__setattr__(self, "by_week", days.groupby(monday.rename("week")).sum())
        if self.by_week is not None:
            weeks = self._checked_dates(self.by_week, "by_week", "week")
            object.__setattr__(self, "by_week", weeks)
            if self.by_day is not None and weeks.sum() != self.by_day.sum():
                raise DataError(
                    f"{self.source}: days of death hold {int(self.by_day.sum()):,} names, weeks "
                    f"{int(weeks.sum()):,}. Give one of them."
                )
        if self.by_age is not None:
            object.__setattr__(self, "by_age", self._checked_ages(self.by_age))

    def _checked_part(self, series: pd.Series, name: str) -> pd.Series:
        if series.empty:
            raise DataError(f"{self.source}: {name} is empty. Leave it out where it is not known.")
        counts = _counts(series, self.source, name)
        if counts.sum() > self.total:
            raise DataError(
                f"{self.source}: {name} adds up to {int(counts.sum()):,}, more than the total of "
                f"{self.total:,}. Give the total and its parts as seen on one date."
            )
        return counts

    def _checked_dates(self, series: pd.Series, name: str, unit: str) -> pd.Series:
        counts = self._checked_part(series, name)
        days = [day_of(day) for day in counts.index]
        if None in days:
            raise DataError(
                f"{self.source}: {name} has {quoted(counts.index[days.index(None)])} for a {unit}. Index "
                f"it by the first day of each {unit}, as dates or YYYY-MM-DD."
            )
        dates = pd.DatetimeIndex(pd.to_datetime(days), name=unit)
        if not dates.is_monotonic_increasing or dates.has_duplicates:
            raise DataError(
                f"{self.source}: {unit}s must ascend without repeats. Sort them, and add up the "
                f"counts of one {unit}."
            )
        if dates[-1].date() > self.vintage:
            raise DataError(
                f"{self.source}: the {unit} of death {dates[-1].date()} begins after the vintage "
                f"{self.vintage}. Correct the {unit}, or give the date at which the list was seen."
            )
        return counts.set_axis(dates)

    def _checked_ages(self, series: pd.Series) -> pd.Series:
        counts = self._checked_part(series, "by_age")
        bands = [parse_band(str(label)) for label in counts.index]
        labels = [f"{low}+" if high is None else f"{low}-{high}" for low, high in bands]
        bounds = [(low, np.inf if high is None else high) for low, high in bands]
        order = sorted(range(len(bounds)), key=bounds.__getitem__)
        for i, j in pairwise(order):
            if bounds[j][0] <= bounds[i][1]:
                raise DataError(
                    f"{self.source}: age bands {labels[i]} and the one from {bounds[j][0]} overlap. "
                    "Keep one set of bands."
                )
        return counts.set_axis(pd.Index(labels, name="age")).iloc[order]

    @property
    def undated(self) -> int | None:
        """Names outside the weekly series, or None where no weeks are known."""
        return None if self.by_week is None else self.total - int(self.by_week.sum())

    @property
    def through(self) -> date:
        """The last day of death that the list can cover: of its days or weeks, or else its vintage."""
        if self.by_day is not None:
            return self.by_day.index[-1].date()
        if self.by_week is None:
            return self.vintage
        return min(self.by_week.index[-1].date() + timedelta(days=6), self.vintage)

    def within(self, start: date | str, end: date | str) -> int:
        """Return the names of those who died from `start` to `end`, inclusive.

        Where only weeks are known, a week belongs to the period in which it begins, as in the published
        yearly sums. Undated names are in no period.

        Raises
        ------
        DataError
            If the list has no weeks of death, a bound is not a date, or the period is later than
            the list's last week or earlier than its first.
        """
        if self.by_week is None:
            raise DataError(
                f"{self._called}, vintage {self.vintage}: no weeks of death, only a total. Choose a "
                "vintage with a weekly breakdown."
            )
        first, last = days_of(start, end)
        if last < first:
            raise DataError(f"{first} to {last} runs backwards. Give the earlier date first.")
        dated = self.by_week if self.by_day is None else self.by_day
        unit = "weeks" if self.by_day is None else "days"
        place = f"{self._called}, vintage {self.vintage}: its {unit} of death"
        if first > self.through:
            raise DataError(
                f"{place} end on {self.through}, before {first}. Ask for an earlier period, or take a "
                "later vintage."
            )
        if last < (begun := dated.index[0].date()):
            raise DataError(
                f"{place} begin on {begun}, after {last}: it knows nothing of that time. Ask for a "
                "later period, or take the list of that war, or none."
            )
        return int(dated[pd.Timestamp(first) : pd.Timestamp(last)].sum())

    def for_years(self, years: Iterable[int]) -> int:
        """Return the names of those who died in these calendar years; see `within`."""
        return sum(self.within(date(year, 1, 1), date(year, 12, 31)) for year in set(years))

    @property
    def _called(self) -> str:
        """The source without a citation in brackets at its end: what messages begin with."""
        return re.sub(r" \([^()]{40,}\)$", "", self.source)

    def against_years(self, years: Iterable[int]) -> int:
        """Return the names to set against these calendar years.

        Without weeks of death that is the total, if the list can be one of those years: it covers
        no earlier deaths, and was seen at most `GRACE` after their end.

        Raises
        ------
        VintageError
            If a list without weeks covers other years.
        """
        if self.by_week is not None:
            return self.for_years(years)
        years = sorted(set(years))
        return self._all_against(date(years[0], 1, 1), date(years[-1], 12, 31), describe_years(years))

    def against_dates(self, start: date | str, end: date | str) -> int:
        """Return the names to set against a period of days, as `against_years` does."""
        if self.by_day is not None:
            return self.within(start, end)
        if self.by_week is not None:
            # the week in which the period begins counts, though it began before
            first = pd.Timestamp(start) - pd.Timedelta(days=6)
            return self.within(str(first)[:10], end)
        first, last = days_of(start, end)
        return self._all_against(first, last, f"{first} to {last}")

    def _all_against(self, first: date, last: date, period: str) -> int:
        early = self.since is not None and self.since < first
        latest = last + GRACE
        if early or not first <= self.vintage <= latest:
            raise VintageError(
                f"{self._called}, vintage {self.vintage}: it counts deaths"
                f"{f' since {self.since}' if early else ''} without saying when, and cannot be set "
                f"against {period}. Take a vintage with weeks of death, or "
                f"{'a period from its first day' if early else f'one seen by {latest}'}."
            )
        return self.total

    def __str__(self) -> str:
        lines = [
            f"Documented minimum: {self.total:,} names, vintage {self.vintage}",
            f"  {self.source}",
            f"  {self.population}",
        ]
        if self.by_week is not None:
            unit = "week" if self.by_day is None else "day"
            lines.append(
                f"  by {unit} of death to {self.through}; {self.undated:,} names outside these {unit}s"
            )
        if self.by_age is not None:
            unknown = self.total - int(self.by_age.sum())
            lines.append(f"  by age; of unknown age {unknown:,}")
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


def _counts(series: pd.Series, source: str, name: str) -> pd.Series:
    numbers = pd.to_numeric(series, errors="coerce").astype("float64")
    bad = not_counts(numbers)
    if bad.any():
        at = int(bad.to_numpy().argmax())
        raise DataError(
            f"{source}: {name}, {series.index[at]}: {quoted(series.iloc[at])} is not a count of persons "
            f"(such values: {int(bad.sum())}). Correct it."
        )
    return numbers.astype("int64")
