"""Outages of a registry: what was opened in one, and in the weeks of its backlog, is taken together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np

from estimator.data.cases import CasesByPeriod
from estimator.data.periods import DAY, Resolution, parse_day, period_index, period_start
from estimator.data.triangle import ReportingTriangle
from estimator.errors import DataError

Outage = tuple[date, date]
"""First day without normal entries, and last day of the backlog."""
NO_BLOCK = -1


def parse_outages(
    outages: Iterable[Any], cases: ReportingTriangle | CasesByPeriod, delays: int
) -> tuple[Outage, ...]:
    """Return outages as pairs of days, sorted.

    A DataError says what is wrong, or what a model with so many delays cannot use.
    """
    if isinstance(outages, str):
        raise _not_pairs(outages)
    pairs = tuple(sorted(_pair(one) for one in outages))
    if pairs and isinstance(cases, CasesByPeriod):
        raise DataError(
            f"{cases.source}: cases by period do not say when each was opened, so an outage cannot be taken "
            "into account. Give the triangle, or leave outages out."
        )
    if isinstance(cases, ReportingTriangle):
        for pair in pairs:
            _check_inside(pair, cases)
        _check_length(pairs, cases, min(delays, cases.max_delay + 1))
    return pairs


def _pair(outage: Any) -> Outage:
    if isinstance(outage, str) or not isinstance(outage, Sequence) or len(outage) != 2:
        raise _not_pairs(outage)
    first, last = (parse_day(day, "outage") for day in outage)
    if last < first:
        raise DataError(f"the outage from {first} to {last} runs backwards. Write {last} to {first}.")
    return first, last


def _not_pairs(outage: Any) -> DataError:
    return DataError(
        f"outages are pairs of days, not {outage!r}. Give the first day without normal entries and the last "
        'day of the backlog, such as [("2022-09-05", "2022-12-12")].'
    )


def _check_inside(pair: Outage, cases: ReportingTriangle) -> None:
    resolution, name = cases.resolution, f"{cases.source}: the outage from {pair[0]} to {pair[1]}"
    first, last = _touched(pair, resolution)
    if first < period_index(cases.periods[0], resolution):
        start = cases.periods[0].astype("datetime64[D]")
        raise DataError(f"{name} begins before the triangle, on {start}. Shorten it, or leave it out.")
    end = int(period_index(np.datetime64(cases.extracted_on, "D") + DAY, resolution))
    if last < end:
        return
    before = period_start(first, resolution) - DAY
    if first >= end:
        raise DataError(f"{name} is later than the extraction on {cases.extracted_on}. Leave it out.")
    raise DataError(
        f"{name} was not over, with its {resolution}, at the extraction on {cases.extracted_on}: what was "
        f"still to be entered is not known. Take an extract of {period_start(last + 1, resolution) - DAY} or "
        f'later, or what was known before the outage: triangle.truncate("{before}").'
    )


def _check_length(pairs: tuple[Outage, ...], cases: ReportingTriangle, delays: int) -> None:
    resolution = cases.resolution
    for first, last in _joined(pairs, resolution):
        if last - first >= delays:
            raise DataError(
                f"{cases.source}: the outage in the {resolution}s from {period_start(first, resolution)} to "
                f"{period_start(last, resolution)} is longer than the model's {delays} {resolution}s of "
                "delay, and leaves nothing that tells them. Choose a longer horizon, or a shorter outage."
            )


def _touched(pair: Outage, resolution: Resolution) -> tuple[int, int]:
    first, last = period_index(np.array(pair, "datetime64[D]"), resolution)
    return int(first), int(last)


def _joined(outages: Iterable[Outage], resolution: Resolution) -> list[tuple[int, int]]:
    """Return the first and last period of opening of each block: those that share a period are one."""
    blocks: list[tuple[int, int]] = []
    for first, last in (_touched(pair, resolution) for pair in sorted(outages)):
        if blocks and first <= blocks[-1][1]:
            blocks[-1] = blocks[-1][0], max(last, blocks[-1][1])
        else:
            blocks.append((first, last))
    return blocks


def blocks_of(
    outages: Iterable[Outage], periods: np.ndarray, seen: np.ndarray, resolution: Resolution
) -> tuple[np.ndarray, np.ndarray]:
    """Return the block of each cell of a triangle, (periods, delays), and which cells count as seen.

    A block is all periods of opening that an outage touches; a cell outside has `NO_BLOCK`. Where the last
    delay of the model lies inside a block, cases that the outage moved beyond it are not seen: of that period
    of death no cell of the block is.
    """
    opened = period_index(periods, resolution)[:, None] + np.arange(seen.shape[1])
    blocks, seen = np.full(seen.shape, NO_BLOCK), seen.copy()
    for number, (first, last) in enumerate(_joined(outages, resolution)):
        inside = (opened >= first) & (opened <= last)
        blocks[inside] = number
        cut = (opened[:, -1] >= first) & (opened[:, -1] < last)
        seen[inside & cut[:, None]] = False
    return blocks, seen


def in_progress(outages: Iterable[Outage], openings: np.ndarray, resolution: Resolution) -> np.ndarray:
    """Return whether an outage, or its backlog, is still going on at the end of numbered periods."""
    going = np.zeros(len(openings), bool)
    for first, last in _joined(outages, resolution):
        going |= (openings >= first) & (openings < last)
    return going
