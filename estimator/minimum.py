"""The documented minimum: confirmed dead, by name, as known at one date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from estimator.errors import DataError, VintageError


@dataclass(frozen=True)
class DocumentedMinimum:
    """Confirmed dead at a vintage: a count of names, never the names.

    Parameters
    ----------
    total : int
        All names on the list.
    vintage : datetime.date or str
        The date at which the list was seen, ``YYYY-MM-DD``.
    source : str
        Who keeps the list, and where.
    population : str
        Whom the list covers.
    by_week : Series or None
        Names by week of death: index the first day of each week, ascending.
    by_age : Series or None
        Names by age band, index labels such as ``20-24``.

    Raises
    ------
    VintageError
        If the vintage is absent or not a date.
    DataError
        If counts are negative or fractional, parts exceed the total, weeks are out of order or
        repeated, or a week begins after the vintage.
    """

    total: int
    vintage: date
    source: str
    population: str = "Russian military, all ages"
    by_week: pd.Series | None = None
    by_age: pd.Series | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "vintage", parse_vintage(self.vintage))
        if self.total < 0 or self.total != int(self.total):
            raise DataError(f"{self.source}: the total {self.total} is not a count of persons.")
        object.__setattr__(self, "total", int(self.total))
        for name in ("by_week", "by_age"):
            series = getattr(self, name)
            if series is not None:
                object.__setattr__(self, name, self._checked(series.copy(), name))
        if self.by_week is not None:
            self._check_weeks(self.by_week)

    def _checked(self, series: pd.Series, name: str) -> pd.Series:
        bad = ~(series >= 0) | (series % 1 != 0)
        if bad.any():
            raise DataError(
                f"{self.source}: {name} has {int(bad.sum())} values that are not counts, first at "
                f"{bad.idxmax()}: {series[bad.idxmax()]}. Correct them."
            )
        if series.sum() > self.total:
            raise DataError(
                f"{self.source}: {name} adds up to {int(series.sum()):,}, more than the total "
                f"{self.total:,}. Parts of two vintages were mixed, or the total is older."
            )
        return series.astype("int64")

    def _check_weeks(self, weeks: pd.Series) -> None:
        if not weeks.index.is_monotonic_increasing or weeks.index.has_duplicates:
            raise DataError(f"{self.source}: weeks must ascend without repeats. Sort and add them up.")
        if weeks.index[-1].date() > self.vintage:
            raise DataError(
                f"{self.source}: week of death {weeks.index[-1].date()} begins after the vintage "
                f"{self.vintage}. Correct the week, or give the vintage at which it was seen."
            )

    @property
    def undated(self) -> int | None:
        """Names without a week of death, or None where no weeks are known."""
        return None if self.by_week is None else self.total - int(self.by_week.sum())

    @property
    def through(self) -> date:
        """The last day the list covers."""
        if self.by_week is None:
            return self.vintage
        return min(self.by_week.index[-1].date() + timedelta(days=6), self.vintage)

    def within(self, start: date | str, end: date | str) -> int:
        """Names of those who died in weeks beginning between two dates, both included.

        Raises
        ------
        DataError
            If the list has no weeks of death.
        """
        if self.by_week is None:
            raise DataError(
                f"{self.source}, vintage {self.vintage}: no weeks of death, only a total. Choose a vintage "
                "with a weekly breakdown."
            )
        return int(self.by_week[pd.Timestamp(start) : pd.Timestamp(end)].sum())

    def for_years(self, years: Iterable[int]) -> int:
        """Names of those who died in weeks that begin in the given calendar years."""
        return sum(self.within(f"{year}-01-01", f"{year}-12-31") for year in years)

    def __str__(self) -> str:
        parts = [f"Documented minimum: {self.total:,} names, vintage {self.vintage}", f"  {self.source}",
                 f"  {self.population}"]
        if self.by_week is not None:
            parts.append(f"  by week of death to {self.through}, {self.undated:,} undated")
        if self.by_age is not None:
            parts.append(f"  by age, {self.total - int(self.by_age.sum()):,} of unknown age")
        return "\n".join(parts)


def parse_vintage(vintage: object) -> date:
    """Return a vintage as a date.

    Raises
    ------
    VintageError
        If it is not a date written as ``YYYY-MM-DD``.
    """
    if isinstance(vintage, datetime):
        return vintage.date()
    if isinstance(vintage, date):
        return vintage
    try:
        return date.fromisoformat(str(vintage))
    except ValueError:
        raise VintageError(
            f"vintage {vintage!r} is not a date. A minimum grows from week to week: say when this one was "
            "seen, as YYYY-MM-DD."
        ) from None
