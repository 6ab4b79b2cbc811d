"""Priors of the registry model: constants with their reasons, and what follows from them. Needs no PyMC."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit, softmax

from estimator.errors import DataError
from estimator.models.baseline import JITTER, age_correlation, complement

if TYPE_CHECKING:
    import xarray as xr

    from estimator.data.matched_sample import MatchedSample
    from estimator.models.registry.arrays import RegistryData

SEASON_SD = 0.1
"""Prior sd of a harmonic of the log sex ratio: summer drownings move it by some hundredths."""
UNSEEN = 1e-4
"""Added to a share that was opened: of the last days nothing may have been."""

WOMEN_STEP = (float(np.log(0.07)), 0.5)
"""Log-normal prior of the sd of a step between knots, a month: seasons and epidemics."""
WOMEN_FIRST_SD = 1.0
"""Prior sd of the first level of women's cases about that of recent years."""
WOMEN_SHARED = 0.8
"""Share of a step that neighbouring ages have in common."""
WEEKLY_SHOCK = 0.05
"""Half-normal prior of the sd of what all ages have in common in one week."""

PUBLISHED_WEIGHT = 2000.0
"""How many cases the published civilian curve counts for where there is no triangle and the curve is all
there is: curves of different years differ by about a hundredth within half a year, as shares of two
thousand cases would."""
MILITARY_WEIGHT = 10.0
"""Sixty killed soldiers were followed for a year, of whom thirty had a case. Their curve counts for ten: they
died before July 2022, one publication chose them, and the heirs of men mobilised or recruited later may be of
another haste. The missing who were followed with them are no part of the curve."""
WIDEST = 1.0
"""Largest prior sd of the log share of a bin, before all are scaled (`curve_prior`)."""
NEIGHBOURS = 2.0
"""Length, in bins, over which deviations from a published curve go together."""
CURVE_ROUNDS, CURVE_TOLERANCE = 100, 1e-3
"""Rounds of the search for a curve's location and scale, and the relative error on its points at which it
ends. Of other draws the mean of a rare bin errs by some hundredths of itself, a share opened by 0.001."""
CELL = (float(np.log(0.05)), 0.7)
"""Log-normal prior of the sd of single cells about the curve: holidays, months of different length, the
days about the half-year term, an outage."""
PERIOD_SD = 0.06
"""Prior sd of what moves, to first order, the log odds that a civilian's case of a period of death is open by
the extraction: where half of the cases are, from 50 to 51.5%."""

CAPTURE_MEAN = (0.3, 1.0)
"""Normal prior of the mean logit: between 15 and 90% of soldiers have a case, 57% as middle. Civilian
men have one in 33 to 51% of deaths at these ages, and a soldier's family inherits payments."""
CAPTURE_SPREAD = 0.5
"""Half-normal prior of the sd over ages on the logit scale; civilian shares differ by 0.3."""
CAPTURE_LENGTH = 15.0
"""Length scale over age, years: people come to own flats and cars over decades."""

WAR_STEP = {"week": (float(np.log(0.2)), 0.5), "month": (float(np.log(0.35)), 0.5)}
"""Log-normal prior of the sd of a step of the log number a day. In the war's first year a month's step had
an sd of 0.31 in the publication of July 2023, 0.33 in the named list and 0.46 in the registry's estimate of
2026, both by week of death; 0.19 and 0.22 in the two years after. A week's is less, as a walk's is."""
WAR_PERSISTENCE = (float(logit(0.3)), 0.8)
"""Logit-normal prior of the correlation of a month's step with the step before it: 0.3, 90% between 0.10 and
0.62. Offensives last longer than a month, so that a rise is more often followed by a rise. In the named list
by week of death it is 0.45 in the war's first year and 0.26 over four; in the publication of July 2023 0.65;
in the registry's estimate of 2026 0.17 and 0.07. Steps of weeks have none: noise makes their correlation
negative. Months of a walk by week without persistence have 0.23 (Working, Econometrica 1960)."""
WAR_FIRST_SD = 2.0
"""Prior sd of the first log number, about a crude first guess: a factor of fifty either way."""
PROFILE_SD = 1.0
"""Prior sd of the logs of shares by age: a band may have half or twice its neighbour's."""
SERVICE_AGE, TOO_YOUNG = 18, 0.02
"""Age from which men may serve, and the least share of a band's years that counts. A band's prior share is in
proportion to its years from that age on."""
RECRUITS, RECRUITS_SD = 20, 0.7
"""A band below this age has a share of its own, whose logarithm has this sd more, and a band that is partly
below it less of that: armies differ in how many they send of those who have just come of age. By the
publication of July 2023 a ninth as many were killed in 2022 at 15-19 as at 20-24; two years of service age in
five would give four tenths."""
DRIFT_SD = 0.2
"""Half-normal prior of the sd by which the log share of an age moves in a quarter."""
QUARTER = {"week": 13, "month": 3}


def curve_prior(published: np.ndarray, weight: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Return the prior of a delay curve: logs are ``location + basis @ N(0, covariance)``, up to a constant.

    .. math::

        g = \mathrm{softmax}(m + c\, \sigma \circ L z), \qquad
        \sigma_b = \min(1,\ (n \textstyle\sum_j R_{bj} s_j)^{-1/2}), \quad R = L L'

    with :math:`s` the published shares by bin and :math:`n` the number of cases they count for. Deviations
    of neighbouring bins go together, as curves are earlier or later as a whole. The location :math:`m` is
    such that the mean of :math:`g` is the published curve. Were the prior of the logs symmetric about the
    published ones, the mean of every rare bin would be above the published share, and the tail longer. The
    factor :math:`c` is such that the share opened by a delay errs as that of :math:`n` cases does, on average
    over delays. Shapes are (bins,), (bins, bins - 1) and (bins - 1, bins - 1). DataError is raised where no
    location has that mean: nearly all cases are in one bin, as they are where the horizon is too short.
    """
    location, basis, covariance = _curve_prior(tuple(published.tolist()), weight)
    return location.copy(), basis.copy(), covariance.copy()


@cache
def _curve_prior(shares: tuple[float, ...], weight: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    published = np.array(shares)
    bins = np.arange(len(published))
    distance = (bins[:, None] - bins[None, :]) / NEIGHBOURS
    correlation = 0.8 * np.exp(-0.5 * distance**2) + 0.2 * np.eye(len(bins))
    spread = np.minimum(WIDEST, 1 / np.sqrt(weight * correlation @ published))
    # a constant added to all logs changes nothing: only contrasts are variables
    basis = complement(np.ones((len(bins), 1)))
    covariance = basis.T @ (spread[:, None] * correlation * spread[None, :]) @ basis
    shocks = _standard_normal(len(covariance)) @ np.linalg.cholesky(covariance).T @ basis.T
    opened = published.cumsum()
    usual = (opened * (1 - opened)).sum() / weight
    location, scale = np.log(published), 1.0
    for _ in range(CURVE_ROUNDS):
        drawn = softmax(location + scale * shocks, axis=1)
        mean, variance = drawn.mean(0), ((drawn.cumsum(1) - opened) ** 2).mean(0).sum()
        if max(np.abs(np.log(mean / published)).max(), abs(np.log(variance / usual))) < CURVE_TOLERANCE:
            break
        location = location + np.log(published / mean)
        scale *= (usual / variance) ** 0.25
    else:
        raise DataError(
            f"delays of {len(published)} bins have no prior: {published.max():.1%} of the cases are in one. "
            "Choose a longer horizon."
        )
    return location, basis, scale**2 * covariance + JITTER * np.eye(len(covariance))


def _standard_normal(size: int) -> np.ndarray:
    """Return the same standard normal points each time, (points, size), with exact mean and covariance."""
    half = np.random.default_rng(0).standard_normal((2048, size))
    half = np.linalg.solve(np.linalg.cholesky(half.T @ half / len(half)), half.T).T
    return np.concatenate([half, -half])


def capture_root(matched: MatchedSample) -> np.ndarray:
    """Return the Cholesky factor of the correlation of capture over the matched bands."""
    distance = (matched.ages.midpoint[:, None] - matched.ages.midpoint[None, :]) / CAPTURE_LENGTH
    smooth = 0.9 * np.exp(-0.5 * distance**2) + 0.1 * np.eye(len(distance))
    return np.linalg.cholesky(smooth + JITTER * np.eye(len(distance)))


def draw_capture_prior(matched: MatchedSample, *, seed: int, draws: int = 2000) -> xr.DataArray:
    """Draw capture from its prior, dims (sample, matched_age): what is known without the sample's counts."""
    import xarray as xr

    rng, ages = np.random.default_rng(seed), list(matched.data.index)
    spread = np.abs(rng.normal(0, CAPTURE_SPREAD, (draws, 1)))
    shocks = rng.standard_normal((draws, len(ages))) @ capture_root(matched).T
    drawn = expit(rng.normal(*CAPTURE_MEAN, (draws, 1)) + spread * shocks)
    return xr.DataArray(drawn, {"matched_age": ages}, ("sample", "matched_age"), name="capture")


def profile_prior(target: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance, up to a constant, of the logs of the war dead by age.

    The bands are of completed years and have an end.
    """
    from estimator.data.ages import AgeBands  # not at import: helpers of the engine need no pandas

    ages = AgeBands.from_labels(list(target))
    low, years = np.array(ages.low), 2 * (ages.midpoint - np.array(ages.low))
    serving = np.clip((low + years - SERVICE_AGE) / years, TOO_YOUNG, 1)
    recruits = np.clip((RECRUITS - low) / years, 0, 1)
    root = profile_root(ages.midpoint)
    mean = np.log(serving * (years / years.mean()))
    return mean, PROFILE_SD**2 * root @ root.T + np.diag(RECRUITS_SD**2 * recruits)


def profile_root(midpoint: np.ndarray) -> np.ndarray:
    """Return the Cholesky factor of the correlation over age of the war dead's profile and its drift."""
    smooth = age_correlation(midpoint, shared=0.9)
    return np.linalg.cholesky(smooth + JITTER * np.eye(len(midpoint)))


def usual_persistence(resolution: str) -> float:
    """Return the prior median of the correlation of a step with the step before it; none by week."""
    return float(expit(WAR_PERSISTENCE[0])) if resolution == "month" else 0.0


def war_innovations(periods: int, persistence: float) -> np.ndarray:
    r"""Return the matrix, shape (periods - 1, periods), that turns a walk into independent innovations.

    Steps are autoregressive, :math:`s_t = \phi s_{t-1} + \sqrt{1 - \phi^2}\, N(0, \sigma_w^2)`, with the
    same sd from the first on; each innovation has that sd too.
    """
    steps = np.diff(np.eye(periods), axis=0)
    later = (steps[1:] - persistence * steps[:-1]) / np.sqrt(1 - persistence**2)
    return np.concatenate([steps[:1], later])


def drift_knots(periods: int, resolution: str) -> np.ndarray:
    """Return weights, shape (periods, quarters), that interpolate a drift which begins at zero."""
    number = max(1, round(periods / QUARTER[resolution]))
    at = np.linspace(0, max(periods - 1, 1), number + 1)
    columns = [np.interp(np.arange(periods), at, row) for row in np.eye(number + 1)[1:]]
    return np.stack(columns, axis=1)


def drift_basis(data: RegistryData) -> tuple[np.ndarray, np.ndarray]:
    """Return P, (ages, ages), and Q, (quarters, periods): the profile's drift is sd * P @ shocks @ Q.

    What all ages have in common is the walk's, so that P has columns of mean zero.
    """
    root = profile_root(data.midpoint[: len(data.target)])
    knots = drift_knots(data.women.shape[1], data.resolution)
    sums = np.tri(knots.shape[1]).T @ knots.T
    return root - root.mean(0, keepdims=True), sums
