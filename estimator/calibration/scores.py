r"""Scores of probabilistic forecasts against what happened.

All are negatively oriented, smaller is better, except coverage and PIT, which have a right value. With
forecast distribution :math:`F` and outcome :math:`y` (Gneiting & Raftery 2007,
doi 10.1198/016214506000001437):

- CRPS of :math:`n` draws :math:`x_i`, in the fair form, whose expectation does not depend on n where
  draws are independent (Ferro 2014, doi 10.1002/qj.2270):

  .. math:: \frac1n \sum_i |x_i - y| - \frac{1}{2 n (n - 1)} \sum_{i,j} |x_i - x_j|

  and of a normal with :math:`z = (y - m)/s`:
  :math:`s\,\{z(2\Phi(z) - 1) + 2\varphi(z) - \pi^{-1/2}\}`, which is :math:`|y - m|` at :math:`s = 0`.
- log score: minus the log density at y of the normal with the forecast's mean and sd. A kernel density
  of some hundred draws says nothing of the tails, where the log score is decided.
- interval score at level :math:`1 - \alpha` with equal-tailed bounds l, u:
  :math:`(u - l) + \frac2\alpha (l - y)_+ + \frac2\alpha (y - u)_+`.
- PIT: :math:`P(X < y) + \frac12 P(X = y)` (mid-p), uniform in the mean where forecasts are calibrated.

A forecast that does not exist (a published ratio where no woman died) is NaN and so are its scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from estimator.errors import DataError

LEVELS = (50, 80, 95)
"""Masses of the equal-tailed intervals scored, per cent."""
QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


@dataclass(frozen=True)
class Forecast:
    """Predictive distributions of one or many numbers: draws, or normals.

    Parameters
    ----------
    mean, sd : array, shape (...)
        Mean and standard deviation of each.
    draws : array, shape (..., draws), or None
        Equally weighted draws; None for normals.

    Raises
    ------
    DataError
        If shapes do not agree, or a standard deviation is negative.
    """

    mean: np.ndarray
    sd: np.ndarray
    draws: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.mean.shape != self.sd.shape:
            raise DataError(f"forecast: mean {self.mean.shape} and sd {self.sd.shape} differ.")
        if (self.sd < 0).any():
            raise DataError("forecast: a standard deviation is negative. Give zero or more.")
        if self.draws is not None and self.draws.shape[:-1] != self.mean.shape:
            raise DataError(
                f"forecast: draws {self.draws.shape} do not end in one dimension of draws after "
                f"{self.mean.shape}."
            )

    @classmethod
    def from_draws(cls, draws: ArrayLike) -> Forecast:
        """Make a forecast from draws along the last axis, at least two."""
        array = np.asarray(draws, float)
        if array.ndim == 0 or array.shape[-1] < 2:
            raise DataError("forecast: a distribution needs at least two draws.")
        return cls(array.mean(-1), array.std(-1, ddof=1), array)

    @classmethod
    def normal(cls, mean: ArrayLike, sd: ArrayLike) -> Forecast:
        """Make a forecast from means and standard deviations."""
        return cls(*np.broadcast_arrays(np.asarray(mean, float), np.asarray(sd, float)))

    @cached_property
    def _ordered(self) -> np.ndarray:
        return np.sort(self.draws, axis=-1) if self.draws is not None else np.empty(0)

    def quantile(self, probability: float) -> np.ndarray:
        """Return quantiles, shape (...)."""
        if self.draws is None:
            return self.mean + self.sd * ndtri(probability)
        place = probability * (self._ordered.shape[-1] - 1)
        below, above = (self._ordered[..., int(at)] for at in (np.floor(place), np.ceil(place)))
        return below + (place - np.floor(place)) * (above - below)

    def interval(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the bounds of the equal-tailed interval of a mass, such as 95 (per cent)."""
        tail = (1 - level / 100) / 2
        return self.quantile(tail), self.quantile(1 - tail)

    def covers(self, observed: ArrayLike, level: float) -> np.ndarray:
        """Say whether outcomes lie in the equal-tailed interval, bounds included: 1, 0 or NaN."""
        low, high = self.interval(level)
        inside = (low <= observed) & (np.asarray(observed) <= high)
        return np.where(np.isnan(self.sd), np.nan, inside)

    def crps(self, observed: ArrayLike) -> np.ndarray:
        """Return the continuous ranked probability score, in the unit of the outcome."""
        y = np.asarray(observed, float)
        if self.draws is None:
            z = self._standard(y)
            density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
            with np.errstate(invalid="ignore"):  # sd 0 is put right in the next line
                score = self.sd * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))
            return np.where(self.sd > 0, score, np.abs(y - self.mean) + 0 * self.sd)
        size = self.draws.shape[-1]
        weights = 2 * np.arange(1, size + 1) - size - 1
        spread = (self._ordered * weights).sum(-1) / (size * (size - 1))
        return np.abs(self.draws - y[..., None]).mean(-1) - spread

    def log_score(self, observed: ArrayLike) -> np.ndarray:
        """Return minus the log density of the matching normal; infinite where the sd is zero."""
        z = self._standard(np.asarray(observed, float))
        with np.errstate(divide="ignore", invalid="ignore"):
            score = 0.5 * np.log(2 * np.pi) + np.log(self.sd) + 0.5 * z**2
        return np.where(self.sd == 0, np.inf, score)

    def interval_score(self, observed: ArrayLike, level: float) -> np.ndarray:
        """Return the interval score at a level in per cent, in the unit of the outcome."""
        low, high = self.interval(level)
        y, alpha = np.asarray(observed, float), 1 - level / 100
        outside = np.maximum(low - y, 0) + np.maximum(y - high, 0)
        return (high - low) + 2 / alpha * outside

    def pit(self, observed: ArrayLike) -> np.ndarray:
        """Return the probability integral transform, mid-p."""
        y = np.asarray(observed, float)
        if self.draws is None:
            return ndtr(self._standard(y))
        below = (self.draws < y[..., None]).mean(-1)
        middle = below + 0.5 * (self.draws == y[..., None]).mean(-1)
        return np.where(np.isnan(self.mean), np.nan, middle)

    def _standard(self, y: np.ndarray) -> np.ndarray:
        """Return z; where the sd is zero, an infinity of the right sign or 0."""
        miss = y - self.mean
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.divide(miss, self.sd)
        return np.where((miss == 0) & (self.sd == 0), 0.0, z)


def score_table(forecast: Forecast, observed: ArrayLike) -> pd.DataFrame:
    """Score every number of a forecast, one row each in the order of the flattened arrays.

    Columns: observed, mean, sd, the `QUANTILES` (``q2.5`` … ``q97.5``), pit, error (mean minus
    observed), crps, log_score, and per level covered and interval_score; then error_relative and
    crps_relative, divided by the observed count and NaN where that is zero. Raises DataError if shapes
    do not agree.
    """
    y = np.asarray(observed, float)
    if y.shape != forecast.mean.shape:
        raise DataError(f"{y.shape} outcomes do not match {forecast.mean.shape} forecasts.")
    columns = {"observed": y, "mean": forecast.mean, "sd": forecast.sd}
    columns |= {f"q{100 * p:g}": forecast.quantile(p) for p in QUANTILES}
    columns |= {"pit": forecast.pit(y), "error": forecast.mean - y, "crps": forecast.crps(y)}
    columns |= {"log_score": forecast.log_score(y)}
    for level in LEVELS:
        columns[f"covered_{level}"] = forecast.covers(y, level)
        columns[f"interval_score_{level}"] = forecast.interval_score(y, level)
    count = np.where(y > 0, y, np.nan)
    columns |= {f"{name}_relative": columns[name] / count for name in ("error", "crps")}
    return pd.DataFrame({name: np.ravel(values) for name, values in columns.items()})


def cluster_bootstrap(
    values: pd.DataFrame, clusters: ArrayLike, *, seed: int, replicates: int = 2000
) -> np.ndarray:
    """Bootstrap column means by drawing whole clusters with replacement; shape (replicates, columns).

    Windows of one territory overlap and share its history: taken one by one they would make intervals
    too short. NaN is left out of a column's mean. All means are equal where there is one cluster only:
    it says nothing of other territories.
    """
    groups = values.groupby(np.asarray(clusters), sort=True)
    sums, sizes = groups.sum().to_numpy(float), groups.count().to_numpy(float)
    rng = np.random.default_rng(seed)
    number = len(sums)
    times = rng.multinomial(number, np.full(number, 1 / number), size=replicates)
    means = np.full((replicates, sums.shape[1]), np.nan)
    np.divide(times @ sums, times @ sizes, out=means, where=(times @ sizes) > 0)
    return means


def pit_histogram(pit: ArrayLike, *, bins: int = 10) -> np.ndarray:
    """Count PIT values in equal bins of 0 to 1; NaN is left out."""
    values = np.asarray(pit, float)
    return np.histogram(values[~np.isnan(values)], bins=bins, range=(0, 1))[0]


def stack(log_density: np.ndarray, *, tolerance: float = 1e-10) -> np.ndarray:
    r"""Return the weights of a mixture that predicts best.

    .. math::

        \max_w \sum_i \log \sum_k w_k\, p_k(y_i), \qquad w_k \ge 0,\ \sum_k w_k = 1

    (Yao et al. 2018, doi 10.1214/17-BA1091), by the EM algorithm, which climbs to the one maximum.

    Parameters
    ----------
    log_density : array, shape (windows, models)
        Log predictive density of each model for what happened.
    tolerance : float
        Gain of the mean log density below which it ends.
    """
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    weights = np.full(density.shape[1], 1 / density.shape[1])
    reached = -np.inf
    for _ in range(100_000):
        mixed = density @ weights
        if (gained := float(np.log(mixed).mean())) - reached < tolerance:
            break
        reached, weights = gained, weights * (density / mixed[:, None]).mean(axis=0)
    return weights
