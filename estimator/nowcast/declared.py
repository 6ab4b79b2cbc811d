"""Deaths declared late, as known on a day, and their sum with the ordinary ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from estimator.data.court_filings import CourtFilings
from estimator.data.dates import parse_vintage
from estimator.errors import DataError
from estimator.estimate.intervals import credible_interval
from estimator.models.named_list.declared import LatePriors, sample_late

WHOSE = {"all": "of all persons", "military": "for soldiers"}
OVERLAPS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
"""Overlaps at which the total is shown for sensitivity."""


@dataclass(frozen=True, eq=False)
class LateDeaths:
    """Deaths of the late stream: draws, with what was known and when.

    Parameters
    ----------
    draws : DataFrame
        One row a draw: beyond_peace, military, late (persons) and overlap_share; see `models.late`.
    as_of : datetime.date
        Nothing known later is in it.
    filings : CourtFilings
        The counts known by then.
    """

    draws: pd.DataFrame = field(repr=False)
    as_of: date
    filings: CourtFilings = field(repr=False)

    @property
    def late(self) -> np.ndarray:
        """Deaths of the late stream, in persons."""
        return self.draws["late"].to_numpy(copy=True)

    def summary(self, level: float = 0.95) -> dict[str, Any]:
        """Return each step from filings to deaths: median, lower and upper (equal-tailed)."""
        rows = self.filings.latest()
        return {
            "as_of": str(self.as_of),
            "known_on": str(rows["known_on"].max().date()),
            "filings": int(rows["filings"].sum()),
            "persons": str(rows["persons"].iloc[0]),
            "filed_until": str(rows["last_day"].max().date()),
            "interval": {"kind": "eti", "level": level},
            **{name: interval_of(self.draws[name], level) for name in self.draws},
        }

    def __str__(self) -> str:
        told = self.summary()
        late, share = told["late"], told["overlap_share"]
        return (
            f"Declared late, as of {self.as_of}: {late['median']:,.0f} deaths (95% credible interval "
            f"{late['lower']:,.0f} to {late['upper']:,.0f}) of {told['filings']:,} filings "
            f"({WHOSE[told['persons']]}, to {told['filed_until']}); {share['median']:.0%} of them "
            f"counted already ({share['lower']:.0%} to {share['upper']:.0%}, a prior)"
        )


def late_deaths(
    filings: CourtFilings,
    *,
    as_of: date | str,
    seed: int,
    draws: int = 3000,
    priors: LatePriors | None = None,
) -> LateDeaths:
    """Sample the deaths of the late stream as known on a day.

    Parameters
    ----------
    filings : CourtFilings
        Counts; those known later are not used.
    as_of : datetime.date or str
        The day.
    seed : int
        Same seed, same digits.
    draws : int
        Draws.
    priors : LatePriors, optional
        What is thought of the shares; by default those of `models.late`.

    Raises
    ------
    VintageError
        If no count was known by then.
    """
    known = filings.as_of(as_of)
    rng = np.random.default_rng(seed)
    table = sample_late(known.latest(), priors or LatePriors(), draws, rng)
    return LateDeaths(table, parse_vintage(as_of), known)


def total_with_late(
    ordinary: np.ndarray, late: np.ndarray, overlap_share: np.ndarray, *, guard: bool = True
) -> np.ndarray:
    r"""Return :math:`\text{ordinary} + \text{late} - \text{overlap}`, draw by draw.

    The overlap is a share of the late deaths, and never more than the ordinary ones.

    Parameters
    ----------
    ordinary, late : array, shape (draws,)
        Persons.
    overlap_share : array, shape (draws,)
        Share of the late deaths that the ordinary ones hold already, 0 to 1.
    guard : bool
        False adds the two as if no man were in both: the mistake, for simulations that show it.

    Raises
    ------
    DataError
        If shapes differ, numbers are negative or not finite, or a share lies outside 0 to 1.
    """
    parts = [np.asarray(part, float) for part in (ordinary, late, overlap_share)]
    if len({part.shape for part in parts}) != 1:
        raise DataError(
            f"draws of ordinary, late and overlap differ in number: {[p.shape for p in parts]}. "
            "Take as many of each."
        )
    if not all(np.isfinite(part).all() and (part >= 0).all() for part in parts):
        raise DataError("ordinary, late and overlap must be numbers of at least zero.")
    ordinary, late, share = parts
    if (share > 1).any():
        raise DataError(f"an overlap of {share.max():.3g} is more than all late deaths. Write 0.2.")
    overlap = np.minimum(share * late, ordinary) if guard else 0.0
    return ordinary + late - overlap


def sensitivity(
    ordinary: np.ndarray,
    late: np.ndarray,
    *,
    overlaps: tuple[float, ...] = OVERLAPS,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the total at fixed overlaps: median, lower and upper (equal-tailed), by overlap.

    Parameters
    ----------
    ordinary, late : array, shape (draws,)
        Persons.
    overlaps : tuple of float
        Shares of the late deaths that are ordinary ones already.
    level : float
        Mass of the interval.
    """
    rows = [
        interval_of(total_with_late(ordinary, late, np.full(len(late), share)), level)
        for share in overlaps
    ]
    return pd.DataFrame(rows, index=pd.Index(overlaps, name="overlap"))


def interval_of(draws: Any, level: float) -> dict[str, float]:
    """Return median, lower and upper bound (equal-tailed) of draws.

    Parameters
    ----------
    draws : array
        One quantity.
    level : float
        Mass of the interval.
    """
    values = np.asarray(draws, float)
    lower, upper = credible_interval(values, level=level)
    return {"median": float(np.median(values)), "lower": float(lower), "upper": float(upper)}
