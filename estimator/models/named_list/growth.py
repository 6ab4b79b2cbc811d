r"""Growth of the named list: names of week of death w that are added between two vintages.

With :math:`\ell` the days since death, names of those who died in week w come at the intensity

.. math:: \lambda_w(t) = \exp\{a_w + \log h(\ell) + c_k\}, \qquad \ell = t - w,

and the names added to week w between vintages :math:`k - 1` and k are

.. math:: y_{wk} - y_{w,k-1} \sim \mathrm{NB}\Bigl(\int_{t_{k-1}}^{t_k} \lambda_w(t)\,dt,\; r\Bigr).

- :math:`a_w`, how many are to be named: a stationary autoregression over weeks, innovations
  :math:`\sigma_a`, standard deviation `LEVEL_SD` about a mean of its own.
- :math:`h`, the delay: log-linear between `KNOTS` in :math:`\log(7 + \ell) + \ell/365`, which is a power
  times an exponential, so that the tail beyond the longest delay seen is carried on at the slopes
  seen. Slopes after 112 days are partially pooled, with standard deviation :math:`\sigma_h`.
- :math:`c_k`, the list's pace in the interval k, common to all weeks: a random walk, :math:`\tau` per
  square root of a year (editors, volunteers and sources come and go), and a lump, :math:`\sigma_c`
  per fortnight (a batch is processed). It is what neighbouring weeks err by together. The level is
  that of the last vintage, where :math:`c = 0`.
- r, what is left: one week's own noise. Names at the first vintage, whose growth was not seen, have a
  size of their own, and their pace one more shock.

Only the sum of a, h and c is known, and of a trend in them only the sum: forecasts of the list do not
depend on how it is split, comparisons of far weeks do.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from estimator.data.named_list import NamedListVintages

KNOTS = np.array([0, 7, 14, 28, 49, 77, 112, 168, 245, 364, 546, 819, 1228, 1842], float)
"""Days since death at which the delay's log intensity is free."""
UNIT_KNOT = 8
"""The knot at which log h is zero, 245 days: it sets the scale of a."""
EARLY = np.array([-3.0, -1.5, -0.3, 0.6, 0.8, 0.8])
"""Prior mean of log h before 112 days: names come fastest one to four months after death."""
EARLY_SD = 1.0
TAIL_SLOPE, TAIL_SLOPE_SD = -0.6, 0.4
LEVEL_SD = 0.8
"""Of the log number to be named a week, about its mean: weeks differ by a factor of 5, not of 100."""
FIRST_SD = 0.5
"""Of the log pace before the first vintage, averaged, against that at the first vintage."""
MEAN_SD = 3.0
NAMES = ("week_sd", "tail_sd", "lump_sd", "drift_sd", "size", "first_size")
HYPER_MEDIAN = np.array([0.13, 0.4, 0.5, 0.8, 8.0, 15.0])
HYPER_LOG_SD = np.array([0.4, 0.6, 0.3, 0.4, 1.0, 1.0])
"""Prior of the hyperparameters, log-normal. A pace that doubles or halves in a year is one sd."""


def warp(lag: np.ndarray) -> np.ndarray:
    """Return the axis on which log h is piecewise linear."""
    return np.log(7 + lag) + lag / 365


def basis(lag: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the knot before each delay in days, and the weight of the one after."""
    axis = warp(KNOTS)
    at = warp(np.clip(lag, 0, None))
    before = np.clip(np.searchsorted(axis, at) - 1, 0, len(axis) - 2)
    return before, (at - axis[before]) / np.diff(axis)[before]


def quadrature(start: np.ndarray, end: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return delays and weights, shape (..., number), for a week's names between two delays in days.

    Gauss-Legendre in log(7 + delay). Delays given count from the week's first day; those returned
    from death, deaths being spread evenly over the week: until the week is over only a part of it
    can be named.
    """
    points, weights = np.polynomial.legendre.leggauss(number)
    low, high = np.log(7 + start)[..., None], np.log(7 + end)[..., None]
    days = np.exp((low + high) / 2 + (high - low) / 2 * points)
    lag = days - 7
    return np.maximum(lag - 3.5, lag / 2), weights * (high - low) / 2 * days * np.minimum(lag / 7, 1)


@dataclass(frozen=True)
class ListGrowthModel:
    """The growth of a named list, ready to be fitted.

    Stale vintages are left out, and corrections carried back. Weeks of death go to the one that holds
    ``through``, by default to the last week shown.
    """

    vintages: NamedListVintages
    through: pd.Timestamp | None = None

    @cached_property
    def used(self) -> NamedListVintages:
        """The vintages that are learned from."""
        return self.vintages.growing()

    @cached_property
    def weeks(self) -> pd.DatetimeIndex:
        """Weeks of death, first days."""
        last = max(self.used.weeks[-1], self.through or self.used.weeks[-1])
        return pd.date_range(self.used.weeks[0], last, freq="7D", name="week")

    @cached_property
    def starts(self) -> np.ndarray:
        """First days of weeks, in days from the first."""
        return 7.0 * np.arange(len(self.weeks))

    @cached_property
    def times(self) -> np.ndarray:
        """Ends of the days on which the list was seen, in days from the first week."""
        return self.days(self.used.vintages) + 1.0

    def days(self, dates: pd.DatetimeIndex) -> np.ndarray:
        """Return dates as days from the first week."""
        return np.asarray((dates - self.weeks[0]) / pd.Timedelta(days=1), float)

    @property
    def sections(self) -> tuple[slice, slice, slice]:
        """Where a, log h and c stand among the variables."""
        weeks, knots = len(self.weeks), len(KNOTS)
        return slice(0, weeks), slice(weeks, weeks + knots), slice(weeks + knots, self.size)

    @property
    def size(self) -> int:
        """How many latent variables there are."""
        return len(self.weeks) + len(KNOTS) + len(self.times)

    def observations(self) -> tuple[np.ndarray, np.ndarray, sparse.csr_matrix, sparse.csr_matrix]:
        """Return names added, whether at the first vintage, nodes and their weights.

        One observation is the names of a week added since it was last shown, or since death.
        """
        counts = self.used.monotone().to_numpy()
        shown = ~np.isnan(counts)
        number = np.full(counts.shape, -1)
        number[shown] = np.arange(shown.sum())
        before = np.zeros_like(counts)
        before[:, 1:] = pd.DataFrame(counts).ffill(axis=1).fillna(0).to_numpy()[:, :-1]
        added = (counts - before)[shown]
        first = (np.argwhere(shown)[:, 1] == 0).astype(bool)
        # the observation that an interval's names belong to: at the next vintage showing the week
        later = pd.DataFrame(np.where(shown, number, np.nan)).bfill(axis=1).to_numpy()
        nodes = [self._interval(k, later[:, k]) for k in range(counts.shape[1])]
        week, vintage, observation, lag, weight = (np.concatenate(part) for part in zip(*nodes))
        rows = np.arange(len(lag))
        matrix = self.log_intensity(rows, week, lag, vintage)
        weights = sparse.csr_matrix((weight, (observation, rows)), (len(added), len(lag)))
        return added, first, matrix, weights

    def _interval(self, k: int, observation: np.ndarray) -> tuple[np.ndarray, ...]:
        start = self.times[k - 1] if k else -np.inf
        starts = self.starts[: len(observation)]
        live = np.flatnonzero((self.times[k] > starts) & ~np.isnan(observation))
        low = np.maximum(start - starts[live], 0)
        number = 3 if k else 10  # the first interval is as long as the war
        lag, weight = quadrature(low, self.times[k] - starts[live], number)
        kept = observation[live].astype(int)
        return (
            np.repeat(live, number), np.full(lag.size, k), np.repeat(kept, number),
            lag.ravel(), weight.ravel(),
        )  # fmt: skip

    def log_intensity(
        self, rows: np.ndarray, week: np.ndarray, lag: np.ndarray, vintage: np.ndarray
    ) -> sparse.csr_matrix:
        """Return the matrix from variables to log intensities at nodes."""
        _, h, c = self.sections
        knot, after = basis(lag)
        columns = np.concatenate([week, h.start + knot, h.start + knot + 1, c.start + vintage])
        ones = np.ones(len(lag))
        values = np.concatenate([ones, 1 - after, after, ones])
        return sparse.csr_matrix((values, (np.tile(rows, 4), columns)), (len(lag), self.size))

    def prior(self, hyper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and precision of the variables, given hyperparameters (`NAMES`)."""
        week_sd, tail_sd, lump_sd, drift_sd = hyper[:4]
        a, h, c = self.sections
        mean, precision = np.zeros(self.size), np.zeros((self.size, self.size))
        precision[a, a] = _week_precision(len(self.weeks), week_sd)
        mean[h], precision[h, h] = _delay_prior(tail_sd)
        precision[c, c] = np.linalg.inv(self._pace_covariance(lump_sd, drift_sd))
        return mean, precision

    def _pace_covariance(self, lump_sd: float, drift_sd: float) -> np.ndarray:
        times = self.times
        middle = np.r_[times[0], (times[1:] + times[:-1]) / 2]
        ago = times[-1] - np.maximum(middle[:, None], middle[None, :])
        length = np.r_[365.0, np.diff(times)]
        covariance = drift_sd**2 * ago / 365 + np.diag(lump_sd**2 * 14 / length + 1e-6)
        covariance[0, 0] += FIRST_SD**2
        return covariance


def _week_precision(number: int, week_sd: float) -> np.ndarray:
    """Return the precision of a stationary autoregression about a mean that is free."""
    steps = np.diff(np.eye(number), axis=0)
    back = week_sd**2 / (2 * LEVEL_SD**2)
    centred = np.eye(number) - 1 / number
    return (steps.T @ steps + back**2 * centred) / week_sd**2 + 1 / (number * MEAN_SD) ** 2


def _delay_prior(tail_sd: float) -> tuple[np.ndarray, np.ndarray]:
    axis, early = warp(KNOTS), len(EARLY)
    mean = TAIL_SLOPE * (axis - axis[UNIT_KNOT])
    mean[:early] = EARLY
    slopes = np.diff(np.eye(len(KNOTS)), axis=0)[early:] / np.diff(axis)[early:, None]
    pooled = tail_sd**2 * np.eye(len(slopes)) + TAIL_SLOPE_SD**2
    precision = slopes.T @ np.linalg.inv(pooled) @ slopes
    precision[np.arange(early), np.arange(early)] += EARLY_SD**-2
    precision[UNIT_KNOT, UNIT_KNOT] += 1e6
    return mean, precision
