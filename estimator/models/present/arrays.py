"""What was known on a day as arrays: statements about the dead of blocks of four weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from estimator.data.record import FilingsSeen, NamesSeen, Record, TotalFigure, WeeklyFigures, YearOfExcess

START = pd.Timestamp("2022-02-21")
"""The Monday of the war's first week."""
DAYS = 28
"""Days in a block."""
KNOT = 2
"""Blocks between two knots of the walks of late share and completeness."""
GAP = 75
"""Fewest days between two vintages of the list: growth in less is mostly batches."""
LATE_AFTER = 180.0
"""A death registered within so many days is not late: half a year is the law's term."""
KINDS = {"combined": 0, "ordinary": 1, "late": 2, "forecast": 1}
FORECAST_WIDER = 3.0
"""A forecast's error in a block, in errors of one that was observed."""
REVISED_WIDER = 2.0
"""The error in a block of a figure that was revised later, in errors of one that was not."""
FEW = 50.0
"""Deaths by which a published figure of four weeks errs whatever its size: differences of two estimates may
be zero or less where few have died."""


@dataclass(frozen=True)
class Cells:
    """Published deaths of whole blocks."""

    block: np.ndarray
    publication: np.ndarray
    kind: np.ndarray
    lag: np.ndarray
    lag_declared: np.ndarray
    deaths: np.ndarray
    wider: np.ndarray
    series: np.ndarray
    names: tuple[str, ...]


@dataclass(frozen=True)
class Totals:
    """Published deaths of a period: one row each, blocks in columns."""

    publication: np.ndarray
    weights: np.ndarray
    lag: np.ndarray
    log_deaths: np.ndarray
    sd: np.ndarray
    names: tuple[str, ...]


@dataclass(frozen=True)
class Names:
    """Names of a block that came between two vintages."""

    block: np.ndarray
    vintage: np.ndarray
    lag: np.ndarray
    lag_before: np.ndarray
    lag_declared: np.ndarray
    seen: np.ndarray
    seen_before: np.ndarray
    names: np.ndarray


@dataclass(frozen=True)
class Minima:
    """Names of a half-year when the list was last seen, and all names, undated ones too: one row each."""

    weights: np.ndarray
    log_names: np.ndarray


@dataclass(frozen=True)
class Filings:
    """Court filings by a day."""

    weights: np.ndarray
    lag: np.ndarray
    log_filings: np.ndarray
    names: tuple[str, ...]


@dataclass(frozen=True)
class Years:
    """Ordinary deaths of a year, from vital registration."""

    weights: np.ndarray
    log_deaths: np.ndarray
    sd: np.ndarray
    names: tuple[str, ...]


@dataclass(frozen=True)
class PresentArrays:
    """Everything the density takes, for a day."""

    starts: pd.DatetimeIndex
    day: pd.Timestamp
    knot_weights: np.ndarray
    publications: int
    revisions: np.ndarray
    vintages: int
    paced: np.ndarray
    cells: Cells
    totals: Totals
    names: Names
    minima: Minima
    filings: Filings
    years: Years

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return len(self.starts)

    @property
    def weight_of_day(self) -> np.ndarray:
        """The share of each block that lies before the end of the day."""
        return share_until(self.starts, self.day)

    @property
    def lag_of_day(self) -> np.ndarray:
        """Days in which a late death of a block could be declared by the day."""
        return declared_lag(self.starts, self.day)


def share_until(starts: pd.DatetimeIndex, day: pd.Timestamp, *, days: int = DAYS) -> np.ndarray:
    """Return the share of each block (or week, of 7 days) that lies before the end of a day."""
    return np.clip(np.asarray((day - starts).days + 1) / days, 0, 1)


def share_between(
    starts: pd.DatetimeIndex, first: pd.Timestamp, last: pd.Timestamp, *, days: int = DAYS
) -> np.ndarray:
    """Return the share of each block (or week, of 7 days) that lies between two days, both inside."""
    before = share_until(starts, first - pd.Timedelta(days=1), days=days)
    return share_until(starts, last, days=days) - before


def lag_until(starts: pd.DatetimeIndex, day: pd.Timestamp) -> np.ndarray:
    """Return the mean days from a death in a block's part before a day to that day, at least one."""
    length = np.clip(np.asarray((day - starts).days, float), 0, DAYS)
    return np.maximum(np.asarray((day - starts).days, float) - length / 2, 1.0)


def declared_lag(starts: pd.DatetimeIndex, day: pd.Timestamp) -> np.ndarray:
    """Return the days since which a block's late dead could be declared, hardly more than zero if none."""
    return np.maximum(lag_until(starts, day) - LATE_AFTER, 0.1)


def present_arrays(known: Record, day: date) -> PresentArrays:
    """Return what a record says, known on a day, of deaths by block up to that day."""
    stamp = pd.Timestamp(day)
    number = (stamp - START).days // DAYS + 1
    starts = START + pd.to_timedelta(np.arange(number) * DAYS, unit="D")
    place = {name: at for at, (_, name) in enumerate(known.publications)}
    chosen = _spaced(known.names, stamp)
    return PresentArrays(
        starts=starts, day=stamp, knot_weights=_knot_weights(number), publications=len(place),
        revisions=_revisions(len(place)),
        vintages=len(chosen), paced=np.r_[0.0, np.ones(max(len(chosen) - 1, 0))][: len(chosen)],
        cells=_cells(known.weekly, starts, place), totals=_totals(known.totals, starts, place),
        names=_names(chosen, starts), minima=_minima(known, starts, stamp),
        filings=_filings(known.filings, starts, stamp), years=_years(known.years, starts),
    )  # fmt: skip


def _knot_weights(blocks: int) -> np.ndarray:
    """Return the weights that interpolate blocks between knots, (knots, blocks)."""
    place = np.arange(blocks) / KNOT
    before = place.astype(int)
    weights = np.zeros((before[-1] + 2, blocks))
    weights[before, np.arange(blocks)] = 1 - (place - before)
    weights[before + 1, np.arange(blocks)] += place - before
    return weights


def _revisions(publications: int) -> np.ndarray:
    """Return what each revision adds to each publication's error, (revisions, publications).

    A publication knows what the one before knew, and more: the error of the earlier is that of the later
    and a revision.
    """
    later = np.arange(1, publications)[:, None]
    return np.asarray(later > np.arange(publications), float)


def _spaced(names: Sequence[NamesSeen], day: pd.Timestamp) -> list[NamesSeen]:
    """Return vintages of the list at least `GAP` days apart, the last one among them."""
    kept: list[NamesSeen] = []
    for one in reversed(names):
        if not kept or (kept[-1].seen_on - one.seen_on).days >= GAP:
            kept.append(one)
    return kept[::-1]


def _by_block(values: pd.Series, starts: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """Return sums by block and how many weeks are in each, by the block of a week's first day."""
    place = np.asarray((values.index - starts[0]).days // DAYS)
    inside = (place >= 0) & (place < len(starts))
    weights = values.to_numpy(float)[inside]
    sums = np.bincount(place[inside], weights, minlength=len(starts))
    return sums, np.bincount(place[inside], minlength=len(starts))


def _cells(weekly: Sequence[WeeklyFigures], starts: pd.DatetimeIndex, place: dict[str, int]) -> Cells:
    parts = []
    for number, one in enumerate(weekly):
        sums, weeks = _by_block(one.deaths, starts)
        block = np.flatnonzero(weeks == DAYS // 7)
        extracted = pd.Timestamp(one.extracted_on)
        wider = FORECAST_WIDER if one.stream == "forecast" else 1.0
        parts.append([
            block, np.full(len(block), place[one.name]), np.full(len(block), KINDS[one.stream]),
            lag_until(starts, extracted)[block], declared_lag(starts, extracted)[block],
            np.maximum(sums[block], 0.0), np.full(len(block), wider), np.full(len(block), number),
        ])  # fmt: skip
    nothing = [np.zeros(0, int)] * 3 + [np.zeros(0)] * 4 + [np.zeros(0, int)]
    columns = [np.concatenate(part) for part in zip(*parts, nothing)]
    block, publication, kind, lag, lag_declared, deaths, width, series = columns
    return Cells(
        block, publication, kind, lag, lag_declared, deaths, width * _superseded(block, publication),
        series, tuple(map(statement_name, weekly)),
    )  # fmt: skip


def _superseded(block: np.ndarray, publication: np.ndarray) -> np.ndarray:
    """Return how much wider the errors of figures are that a later publication has stated anew."""
    last = {one: publication[block == one].max() for one in np.unique(block)}
    newest = np.array([last[one] for one in block])
    return np.where(publication < newest, REVISED_WIDER, 1.0)


def statement_name(one: WeeklyFigures | TotalFigure | YearOfExcess | FilingsSeen) -> str:
    """Return how a statement is called in tables."""
    match one:
        case WeeklyFigures():
            return f"{one.name}, {'by week' if one.stream == 'combined' else one.stream}"
        case TotalFigure():
            return f"{one.name}, total to {one.end}"
        case YearOfExcess():
            return f"vital registration, {one.year}"
    return f"court filings to {one.until}"


def _totals(figures: Sequence[TotalFigure], starts: pd.DatetimeIndex, place: dict[str, int]) -> Totals:
    weights = [share_between(starts, pd.Timestamp(one.start), pd.Timestamp(one.end)) for one in figures]
    return Totals(
        np.array([place[one.name] for one in figures], int), np.array(weights).reshape(-1, len(starts)),
        np.array([declared_lag(starts, pd.Timestamp(one.extracted_on)) for one in figures])
        .reshape(-1, len(starts)),
        np.log([one.deaths for one in figures]), np.array([one.sd for one in figures]),
        tuple(map(statement_name, figures)),
    )  # fmt: skip


def _names(chosen: Sequence[NamesSeen], starts: pd.DatetimeIndex) -> Names:
    parts, zero = [], np.zeros(len(starts))
    before, lag_before, seen_before = zero, zero + 1, zero
    for at, one in enumerate(chosen):
        seen_on = pd.Timestamp(one.seen_on)
        names, _ = _by_block(one.names, starts)
        seen, lag = share_until(starts, seen_on), lag_until(starts, seen_on)
        kept = np.flatnonzero((seen > 0) & (names >= before))
        declared = declared_lag(starts, seen_on)
        parts.append((
            kept, np.full(len(kept), at), lag[kept], lag_before[kept], declared[kept], seen[kept],
            seen_before[kept], (names - before)[kept],
        ))  # fmt: skip
        before, lag_before, seen_before = names, lag, seen
    if not parts:
        parts = [(np.zeros(0, int),) * 2 + (np.zeros(0),) * 6]
    block, vintage, *columns = (np.concatenate(part) for part in zip(*parts))
    lag, lag_before, lag_declared, seen, seen_before, added = columns
    return Names(block, vintage, lag, lag_before, lag_declared, seen, seen_before, added)


def _minima(known: Record, starts: pd.DatetimeIndex, day: pd.Timestamp) -> Minima:
    """Return names by half-year in which their week begins, and all names on the list by the day."""
    if not known.names:
        return Minima(np.zeros((0, len(starts))), np.zeros(0))
    named = known.names[-1].names
    named = named[(named > 0) & (named.index >= starts[0]) & (named.index <= day)]
    rows = [(share_until(starts, day), known.minimum[1])]
    for _, half in named.groupby([named.index.year, named.index.month > 6]):
        last = min(half.index[-1] + pd.Timedelta(days=6), day)
        rows.append((share_between(starts, half.index[0], last), half.sum()))
    weights, names = zip(*rows)
    return Minima(np.array(weights), np.log(np.array(names, float)))


def _filings(filings: Sequence[FilingsSeen], starts: pd.DatetimeIndex, day: pd.Timestamp) -> Filings:
    latest = {one.until: one for one in sorted(filings, key=lambda one: one.known_on)}
    filings = [latest[until] for until in sorted(latest)]
    until = [min(pd.Timestamp(one.until), day) for one in filings]
    shape = (len(filings), len(starts))
    return Filings(
        np.array([share_until(starts, one) for one in until]).reshape(shape),
        np.array([lag_until(starts, one) for one in until]).reshape(shape),
        np.log([one.filings for one in filings]),
        tuple(map(statement_name, filings)),
    )


def _years(years: Sequence[YearOfExcess], starts: pd.DatetimeIndex) -> Years:
    weights = [
        share_between(starts, pd.Timestamp(one.year, 1, 1), pd.Timestamp(one.year, 12, 31)) for one in years
    ]
    return Years(
        np.array(weights).reshape(-1, len(starts)), np.log([one.deaths for one in years]),
        np.array([one.sd for one in years]),
        tuple(map(statement_name, years)),
    )  # fmt: skip
