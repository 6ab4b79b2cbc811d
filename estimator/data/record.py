"""The record of a war's dead: what was published, each statement with the day it was known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import pandas as pd

from estimator.data.periods import parse_vintage
from estimator.errors import VintageError

Stream = Literal["combined", "ordinary", "late", "forecast"]
"""What a published weekly figure counts: every case opened by then, late or not; cases of ordinary
registration alone; those declared late alone; or ordinary ones that the publisher forecast."""


@dataclass(frozen=True, eq=False)
class WeeklyFigures:
    """War dead by week of death, as one publication gave them."""

    name: str
    published_on: date
    extracted_on: date
    """The day on which the registry was read; later cases are not in it."""
    stream: Stream
    deaths: pd.Series = field(repr=False)
    """Persons, by the first day of the week, a Monday."""


@dataclass(frozen=True)
class TotalFigure:
    """War dead of one period, as one publication gave them."""

    name: str
    published_on: date
    extracted_on: date
    start: date
    end: date
    deaths: float
    sd: float
    """Standard deviation, in logs, of its own error beyond what the publication errs by in all."""


@dataclass(frozen=True, eq=False)
class NamesSeen:
    """Names with a known date of death by week, as the list was seen on a day."""

    seen_on: date
    known_on: date
    names: pd.Series = field(repr=False)
    """Persons, by the first day of the week, a Monday."""


@dataclass(frozen=True)
class FilingsSeen:
    """Court filings beyond those of peacetime, from the start of the war to a day."""

    known_on: date
    until: date
    filings: float


@dataclass(frozen=True)
class YearOfExcess:
    """Excess deaths of one year in vital registration, as statement about ordinary deaths."""

    year: int
    known_on: date
    deaths: float
    sd: float
    """Standard deviation, in logs, of the year's own error."""


@dataclass(frozen=True, eq=False)
class Record:
    """All that was published, each statement with the day from which it was known.

    Parameters
    ----------
    weekly, totals : tuple
        Published estimates by week, and of whole periods.
    names : tuple
        The named list by week of death at many vintages, oldest first.
    filings : tuple
        Court filings.
    years : tuple
        Excess deaths of vital registration.
    minima : Series
        All names on the list, undated ones among them, by the day of publication.
    """

    weekly: tuple[WeeklyFigures, ...]
    totals: tuple[TotalFigure, ...]
    names: tuple[NamesSeen, ...]
    filings: tuple[FilingsSeen, ...]
    years: tuple[YearOfExcess, ...]
    minima: pd.Series = field(repr=False)

    def as_of(self, day: date | str) -> Record:
        """Return what was known on a day; VintageError if no estimate of deaths was."""
        last = parse_vintage(day)
        known = replace(
            self,
            weekly=tuple(one for one in self.weekly if one.published_on <= last),
            totals=tuple(one for one in self.totals if one.published_on <= last),
            names=tuple(one for one in self.names if one.known_on <= last),
            filings=tuple(one for one in self.filings if one.known_on <= last),
            years=tuple(one for one in self.years if one.known_on <= last),
            minima=self.minima[self.minima.index <= pd.Timestamp(last)],
        )
        if not known.weekly:
            first = min(one.published_on for one in self.weekly)
            raise VintageError(
                f"no estimate of the dead by week had been published by {last}; the first is of {first}. "
                "Take that day or a later one."
            )
        return known

    @property
    def minimum(self) -> tuple[date, int]:
        """The documented minimum: the day of the last count of names, and the count."""
        return self.minima.index[-1].date(), int(self.minima.iloc[-1])

    @property
    def publications(self) -> list[tuple[date, str]]:
        """Publications by day and name, oldest first."""
        weekly = {(one.published_on, one.name) for one in self.weekly}
        return sorted(weekly | {(one.published_on, one.name) for one in self.totals})

    def sources(self) -> list[str]:
        """Return what the record holds, one line a publication or source with its days."""
        lines = [f"{name} ({day})" for day, name in self.publications]
        if self.names:
            first, last = self.names[0].seen_on, self.names[-1].seen_on
            lines.append(f"the named list at {len(self.names)} vintages, {first} to {last}")
        if self.filings:
            lines.append(f"court filings to {self.filings[-1].until} ({self.filings[-1].known_on})")
        if self.years:
            years = ", ".join(str(one.year) for one in self.years)
            lines.append(f"vital registration, {years} ({self.years[0].known_on})")
        return lines

    def without(self, source: str) -> Record:
        """Return the record without one source: ``publications``, ``names``, ``filings`` or ``years``."""
        names = ("weekly", "totals") if source == "publications" else (source,)
        return replace(self, **dict.fromkeys(names, ()))

    @property
    def last_day(self) -> date:
        """The last day on which something was published."""
        days = [day for day, _ in self.publications]
        days += [one.known_on for one in self.names] + [one.known_on for one in self.filings]
        return max(*days, *(one.known_on for one in self.years), self.minima.index.max().date())
