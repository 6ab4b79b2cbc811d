"""How many by now: the flash estimate with the late stream beside it, or without."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from estimator.data.court_filings import CourtFilings
from estimator.errors import VintageError
from estimator.models.named_list.declared import LatePriors
from estimator.nowcast.declared import (
    LateDeaths,
    interval_of,
    late_deaths,
    sensitivity,
    total_with_late,
)
from estimator.nowcast.flash import Flash


@dataclass(frozen=True, eq=False)
class Present:
    """War deaths up to a day, ordinary and declared late, as they could be estimated on a date.

    Parameters
    ----------
    flash : Flash
        The ordinary deaths.
    late : LateDeaths or None
        The late stream known by then; None where nothing was.
    warnings : tuple of str
        What the reader must know.

    Raises
    ------
    VintageError
        If the two were estimated as of different days.
    """

    flash: Flash
    late: LateDeaths | None = field(repr=False)
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.late is not None and self.late.as_of != self.flash.as_of:
            raise VintageError(
                f"the flash estimate is as of {self.flash.as_of}, the late stream as of "
                f"{self.late.as_of}. Take both as of one day."
            )

    @cached_property
    def ordinary(self) -> np.ndarray:
        """Draws of ordinary deaths, in persons."""
        return np.asarray(self.flash.deaths.sum().to_numpy(), float)

    @cached_property
    def total(self) -> np.ndarray:
        """Draws of ordinary and late deaths less those in both, in persons."""
        if self.late is None:
            return self.ordinary
        return total_with_late(self.ordinary, self.late.late, self._overlap)

    @property
    def _overlap(self) -> np.ndarray:
        assert self.late is not None
        return self.late.draws["overlap_share"].to_numpy()

    def sensitivity(self, level: float = 0.95) -> pd.DataFrame:
        """Return the total at fixed overlaps of the late stream; see `late.sensitivity`.

        Raises
        ------
        VintageError
            If no late stream was known.
        """
        if self.late is None:
            raise VintageError(f"no late stream was known on {self.flash.as_of}.")
        return sensitivity(self.ordinary, self.late.late, level=level)

    def summary(self, level: float = 0.95) -> dict[str, Any]:
        """Return the total beside the ordinary, against the minimum: medians and intervals.

        ``gap`` is the total less the minimum, ``late_share_of_gap`` the part of it that deaths
        known only from the late stream make up.
        """
        minimum = self.flash.minimum.total
        gap = self.total - minimum
        added = self.total - self.ordinary
        # where a draw lies below the minimum there is no gap to explain
        share = np.divide(added, gap, out=np.ones_like(gap), where=gap > 0)
        return {
            "as_of": str(self.flash.as_of),
            "through": str(self.flash.through),
            "minimum": minimum,
            "list_vintage": str(self.flash.minimum.vintage),
            "interval": {"kind": "eti", "level": level},
            "ordinary": interval_of(self.ordinary, level),
            "added_by_late": interval_of(added, level),
            "total": interval_of(self.total, level),
            "probability_above_minimum": float((self.total > minimum).mean()),
            "completeness": interval_of(minimum / self.total, level),
            "gap": interval_of(gap, level),
            "late_share_of_gap": interval_of(np.clip(share, 0, 1), level),
        }

    def to_dict(self, level: float = 0.95) -> dict[str, Any]:
        """Return everything as plain values, with its dates."""
        return {
            **self.summary(level),
            "late": None if self.late is None else self.late.summary(level),
            "warnings": [*self.flash.warnings, *self.warnings],
        }

    def __str__(self) -> str:
        told = self.summary()
        total, ordinary = told["total"], told["ordinary"]
        share, complete = told["late_share_of_gap"], told["completeness"]
        lines = [
            f"With the late stream: {_span(total)} war deaths to {told['through']}, as of "
            f"{told['as_of']}; without it {_span(ordinary)}",
            f"  the {told['minimum']:,} names (vintage {told['list_vintage']}) are "
            f"{complete['median']:.0%} of them ({complete['lower']:.0%} to {complete['upper']:.0%})",
        ]
        if self.late is not None:
            lines += [
                f"  {self.late}",
                f"  of the gap to the minimum the late stream explains {share['median']:.0%} "
                f"({share['lower']:.0%} to {share['upper']:.0%})",
            ]
        return "\n".join([*lines, *(f"  {warning}" for warning in self.warnings)])


def with_late(
    flash: Flash, filings: CourtFilings, *, seed: int, priors: LatePriors | None = None
) -> Present:
    """Switch the late stream on, as it was known on the day of a flash estimate.

    Parameters
    ----------
    flash : Flash
        The ordinary deaths.
    filings : CourtFilings
        Counts; those known later are not used.
    seed : int
        Same seed, same digits.
    priors : LatePriors, optional
        What is thought of shares; by default those of `models.late`.
    """
    if flash.holds_late:
        told = f"no late stream is added: {'; '.join(flash.anchors)} holds these deaths already"
        return Present(flash, None, (told,))
    number = flash.deaths.shape[1]
    try:
        late = late_deaths(filings, as_of=flash.as_of, seed=seed, draws=number, priors=priors)
    except VintageError as unknown:
        return Present(flash, None, (f"no late stream is added: {unknown}",))
    reached = late.filings.latest()["last_day"].max().date()
    days = (flash.as_of - reached).days
    told = f"filings after {reached} ({days} days) are not in the late stream"
    return Present(flash, late, (told,) if days > 0 else ())


def _span(told: dict[str, float]) -> str:
    return (
        f"{told['median']:,.0f} (95% credible interval {told['lower']:,.0f} to "
        f"{told['upper']:,.0f})"
    )
