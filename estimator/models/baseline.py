r"""The peacetime log sex ratio: a damped local linear trend in time, correlated over age.

With :math:`a` an age band and :math:`t` a period,

.. math::

    \lambda_{a,t} &= \ell_{a,t} + u_{a,t} + c_{a,t} \\
    \ell_{a,t+1} &= \ell_{a,t} + b_{a,t} + \eta_{a,t}, \qquad
    b_{a,t+1} = \phi\, b_{a,t} + \zeta_{a,t} \\
    \eta_{\cdot t} &\sim N(0, \sigma_\eta^2 K), \quad
    \zeta_{\cdot t} \sim N(0, \sigma_\zeta^2 K), \quad
    u_{\cdot t} \sim N(0, \sigma_u^2 K)

Level, slope and transient shocks share one correlation over age :math:`K`, so that the states need not
be sampled: that surface is matrix normal,
:math:`\lambda - c \sim MN(m, K, C_t)`, and the covariance over time :math:`C_t` has a closed form
(`time_covariance`). :math:`c` is what men and women of a birth year keep all their lives. The expressions
below use arithmetic only, so the same lines serve NumPy arrays and PyTensor variables: the model is written
once, whichever engine integrates it.

**Cohorts.** A surface that is separable in age and time cannot carry a deviation up the ages as those who
bear it grow older. The cohort process

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
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from scipy.special import expit

from estimator.data.display import Displayed

LEVEL_MEAN = 1.0
"""Prior mean of the log sex ratio of deaths: men die 2 to 4 times as often as women at ages 15-69."""
LEVEL_SD = 1.5
"""Prior sd of the first level: wide enough for any ratio between 1:7 and 50:1."""
AGE_LENGTH = 10.0
"""Length scale of the correlation over age, in years. Fixed: free, next to an independent part, it is
bimodal. Causes of death that move the ratio (road deaths, alcohol, drugs, AIDS) strike spans of two or
three five-year bands."""
AGE_LENGTH_WITH_COHORTS = 14.0
"""The same where a cohort process takes what is local in age: what is left is of wider spans. With 10 the
intervals of totals were too narrow, with 20 forecasts were worse (docs/calibration.md)."""
UNDAMPED_SLOPE_SD = 0.05
"""Prior sd of the first slope where no stationary distribution exists (damping 1): 5% a year."""
COHORT_LENGTH = 15.0
"""Length scale over birth years: a generation's habits last half a generation. Fixed; placebo scores hardly
differ from 10 to 20 years (docs/calibration.md)."""
LEFT_OUT = 1e-4
"""Share of the cohort process's variance that the modes left out may carry."""
JITTER = 1e-9
"""Added to the diagonals of covariances."""


class Hyperpriors(Displayed):
    """Normal priors of hyperparameters on an unbounded scale: of the logit where bounded, else of the log."""

    TITLE: ClassVar[str] = ""
    NAMES: ClassVar[tuple[str, ...]] = ()
    BOUNDED: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        location, scale = self.moments()
        middle, low, high = (self.bounded(self.NAMES, location + step * scale) for step in (0, -1.96, 1.96))
        lines = [f"  {name}: {middle[name]:.2g} ({low[name]:.2g} to {high[name]:.2g})" for name in self.NAMES]
        return "\n".join([f"Priors of {self.TITLE}: median (95% range)", *lines])

    def moments(self, names: tuple[str, ...] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return locations and scales on the unbounded scale, in the order of `names`; by default all."""
        pairs = np.array([getattr(self, name) for name in names or self.NAMES])
        return pairs[:, 0], pairs[:, 1]

    @classmethod
    def bounded(cls, names: tuple[str, ...], point: np.ndarray) -> dict[str, float]:
        """Return hyperparameters by name from a point on the unbounded scale."""
        return {
            name: float(expit(value) if name in cls.BOUNDED else np.exp(value))
            for name, value in zip(names, point)
        }


@dataclass(frozen=True, repr=False)
class BaselinePriors(Hyperpriors):
    """Priors of the baseline's hyperparameters, as (location, scale) on an unbounded scale.

    Medians are rounded from what the national series of twelve territories since 1960 and of Russia
    since 1990 show; a scale of 0.35 lets the data of one series move each by a factor of two either way.
    Neither wider nor narrower is better: with scale 1 a twenty-year baseline often mistakes a trend for
    noise, and its placebo forecasts lose accuracy (docs/calibration.md has the alternatives tried).

    Parameters
    ----------
    level_sd : (float, float)
        Log-normal, median 0.02: a year moves the ratio for good by about 2%.
    slope_sd : (float, float)
        Log-normal, median 0.01: the yearly trend itself changes by about one per cent a year.
    damping : (float, float)
        Logit-normal, median 0.75: a trend halves in about two and a half years. Trends that went on
        for ever failed by eight standard deviations on long horizons, ratios held constant failed
        where they trended.
    transient_sd : (float, float)
        Log-normal, median 0.01: shocks of one year that leave no trace (a heat wave, an influenza).
    shared : (float, float)
        Logit-normal, median 0.82: the share of each shock's variance that neighbouring ages have in
        common. Errors of neighbouring ages add up in a total; independence would let them cancel.
    cohort_sd : (float, float)
        Log-normal, median 0.1 and scale 0.7: twenty-year records of twelve territories show 5 to 15% for
        the sd of what cohorts keep, Russia's a quarter. Used where the baseline follows cohorts.
    """

    level_sd: tuple[float, float] = (float(np.log(0.02)), 0.35)
    slope_sd: tuple[float, float] = (float(np.log(0.01)), 0.35)
    damping: tuple[float, float] = (float(np.log(3.0)), 0.35)
    transient_sd: tuple[float, float] = (float(np.log(0.01)), 0.35)
    shared: tuple[float, float] = (1.5, 0.7)
    cohort_sd: tuple[float, float] = (float(np.log(0.1)), 0.7)

    TITLE = "the baseline"
    SURFACE = ("level_sd", "slope_sd", "damping", "transient_sd", "shared")
    NAMES = (*SURFACE, "cohort_sd")
    BOUNDED = ("damping", "shared")


def time_covariance(steps: int, *, level_sd: Any, slope_sd: Any, damping: Any, transient_sd: Any) -> Any:
    r"""Covariance over time of one age's log sex ratio, at unit age variance.

    .. math::

        C_t = \tau^2 \mathbf{1}\mathbf{1}' + \sigma_{b0}^2 g g' + \sigma_\zeta^2 G G'
              + \sigma_\eta^2 L L' + \sigma_u^2 I

    where :math:`g_k = \sum_{i<k} \phi^i` is what an initial slope of one has added to the level after
    :math:`k` periods, :math:`G_{kj} = g_{k-j}` (:math:`0 < j < k`) carries the slope innovations,
    :math:`L` sums the level innovations, and the first slope is stationary,
    :math:`\sigma_{b0}^2 = \sigma_\zeta^2/(1-\phi^2)`.

    Parameters
    ----------
    steps : int
        Number of periods.
    level_sd, slope_sd, damping, transient_sd : float or PyTensor scalar
        The hyperparameters; damping may be exactly 0 (level only) or 1 (undamped) as a number.

    Returns
    -------
    array, shape (steps, steps)
    """
    k = np.arange(steps)
    lag = k[:, None] - k[None, :]
    later = (lag > 0) & (k[None, :] > 0)  # the first slope is drawn, not innovated
    if isinstance(damping, float) and damping == 1.0:
        first, innovations = k.astype(float), np.where(later, lag, 0).astype(float)
        first_slope_variance: Any = UNDAMPED_SLOPE_SD**2
    else:
        # 0 ** 0 is 1 in both libraries, so damping 0 gives g = 1 after the first step
        first = (1.0 - damping**k) / (1.0 - damping)
        innovations = later * (1.0 - damping ** np.where(later, lag, 0)) / (1.0 - damping)
        first_slope_variance = slope_sd**2 / (1.0 - damping**2)
    level = (lag >= 0) * (k[None, :] > 0) * 1.0
    return (
        LEVEL_SD**2 * np.ones((steps, steps))
        + first_slope_variance * (first[:, None] * first[None, :])
        + slope_sd**2 * (innovations @ innovations.T)
        + level_sd**2 * (level @ level.T)
        + transient_sd**2 * np.eye(steps)
    )


def age_correlation(midpoint: np.ndarray, *, shared: Any, length: float = AGE_LENGTH) -> Any:
    r"""Correlation over age, :math:`K_{ab} = \rho\, e^{-(x_a - x_b)^2 / 2 l^2} + (1-\rho) 1_{a=b}`.

    Parameters
    ----------
    midpoint : array, shape (ages,)
        Middle of each age band, years.
    shared : float or PyTensor scalar
        The share :math:`\rho` that is common to neighbouring ages.
    length : float
        Length scale :math:`l`, years.

    Returns
    -------
    array, shape (ages, ages)
    """
    distance = (midpoint[:, None] - midpoint[None, :]) / length
    smooth = np.exp(-0.5 * distance**2)
    return shared * smooth + (1.0 - shared) * np.eye(len(midpoint))


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

    @cached_property
    def basis(self) -> np.ndarray:
        """The process in each cell by mode, shape (ages, years, modes)."""
        return self.share @ self.modes


def cohort_correlation(births: np.ndarray, *, length: float = COHORT_LENGTH) -> np.ndarray:
    """Matérn 5/2 correlation over birth years, shape (births, births)."""
    distance = np.sqrt(5) * np.abs(births[:, None] - births[None, :]) / length
    return (1 + distance + distance**2 / 3) * np.exp(-distance)


def complement(directions: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis, shape (n, n - k), of what is orthogonal to directions of shape (n, k).

    Each vector is close to one coordinate, so that a sampler with a diagonal mass matrix meets the
    variables much as it would the coordinates.
    """
    number, taken = directions.shape
    spread = np.linspace(0, number - 1, taken + 2)[1:-1].round().astype(int)
    rest = np.delete(np.eye(number), spread, axis=1)
    return np.linalg.qr(np.hstack([directions, rest]))[0][:, taken:]
