r"""The cohort process of the log sex ratio: what men and women of a birth year keep all their lives.

A surface that is separable in age and time cannot carry a deviation up the ages as those who bear it grow
older. Beside it,

.. math::

    c_{a,t} = \sum_b w_{a,t,b}\, f_b, \qquad
    f \sim N(0, \sigma_c^2 R), \quad R_{bb'} = (1 + r + r^2/3)\,e^{-r},\ r = \sqrt 5\,|b - b'| / l

is stationary over the birth year :math:`b`: a cohort that no baseline year shows, the youngest of the target
years, has the full prior variance and no trend of its own. Who died in year :math:`t` at completed age
:math:`x` was born in :math:`t - x` or :math:`t - x - 1`: a band is the mean of its ages, each half of the
one and half of the other, so that bands of one year and of five, or unequal ones, share one process.

The process is written in its principal modes, :math:`f = \sigma_c \Phi z`, :math:`z \sim N(0, I)`; those
that carry less than `LEFT_OUT` of its variance are left out. Only the scale :math:`\sigma_c` is unknown
(`BaselinePriors.cohort_sd`), so that modes are found once a table, in NumPy, whichever engine uses them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

COHORT_LENGTH = 15.0
"""Length scale over birth years: a generation's habits last half a generation. Fixed; placebo scores hardly
differ from 10 to 20 years (docs/calibration.md)."""
LEFT_OUT = 1e-4


@dataclass(frozen=True)
class Cohorts:
    """Birth years of a table and the cohort process over them, at unit standard deviation.

    Parameters
    ----------
    births : array of int, shape (births,)
        Calendar years of birth.
    modes : array, shape (births, modes)
        The process is ``modes @ z`` with standard normal z.
    share : array, shape (ages, years, births)
        Share of each birth year among those who died in a cell, as if ages within a band were alike.
    """

    births: np.ndarray
    modes: np.ndarray
    share: np.ndarray

    @classmethod
    def of(cls, low: Sequence[int], high: Sequence[int], years: Sequence[int]) -> Cohorts:
        """Find the birth years of age bands (completed years, inclusive) in calendar years."""
        first, last = np.asarray(low), np.asarray(high)
        births = np.arange(min(years) - last.max() - 1, max(years) - first.min() + 1)
        values, vectors = np.linalg.eigh(cohort_correlation(births))
        kept = np.cumsum(values) > LEFT_OUT * values.sum()
        oldest = np.asarray(years)[None, :] - last[:, None] - 1
        youngest = np.asarray(years)[None, :] - first[:, None]
        inside = (births >= oldest[..., None]) & (births <= youngest[..., None])
        half = (births == oldest[..., None]) | (births == youngest[..., None])
        share = (inside - 0.5 * half) / (last - first + 1)[:, None, None]
        return cls(births, vectors[:, kept] * np.sqrt(values[kept]), share)

    @property
    def basis(self) -> np.ndarray:
        """The process in each cell by mode, shape (ages, years, modes)."""
        return self.share @ self.modes


def cohort_correlation(births: np.ndarray, *, length: float = COHORT_LENGTH) -> np.ndarray:
    """Matérn 5/2 correlation over birth years, shape (births, births)."""
    distance = np.sqrt(5) * np.abs(births[:, None] - births[None, :]) / length
    return (1 + distance + distance**2 / 3) * np.exp(-distance)
