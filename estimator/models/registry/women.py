"""Women's cases by age and period: the level that shocks common to both sexes move."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.models.baseline import age_correlation
from estimator.models.preconditioning import WalkModes, add_scaled, walk_density
from estimator.models.registry.arrays import RegistryData

STEP = (float(np.log(0.07)), 0.5)
"""Log-normal prior of the sd of a step between knots, a month: seasons and epidemics."""
FIRST_SD = 1.0
"""Prior sd of the first level about that of recent years."""
SHARED = 0.8
"""Share of a step that neighbouring ages have in common."""
WEEKLY_SHOCK = 0.05
"""Half-normal prior of the sd of what all ages have in common in one week."""


def add_women(data: RegistryData, log_opened: pt.TensorVariable) -> pt.TensorVariable:
    r"""Add women's cases that are ever opened to the model in context.

    .. math::

        \log \mu \sim MN(m, K, \sigma_0^2 \mathbf{1}\mathbf{1}' + \sigma_\mu^2 R)

    over ages and monthly knots, with :math:`R` the covariance of a random walk: women's level moves with
    seasons and epidemics, neighbouring ages together. In weeks, what all ages have in common is added.

    What is sampled is not the level but its distance from a rough fit to the cases opened so far, in units
    of that fit's errors (`initial_women`): young ages have so few cases that neighbours in time say more
    than they do, old ones so many that they do not. This changes no prior.

    Parameters
    ----------
    data : RegistryData
        The arrays.
    log_opened : TensorVariable, shape (war periods,)
        Log of the share of civilians' cases opened so far.

    Returns
    -------
    TensorVariable, shape (ages, war periods)
        The logarithm of women's cases.
    """
    correlation = age_correlation(data.midpoint, shared=SHARED)
    step = pm.LogNormal("women_step_sd", mu=STEP[0], sigma=STEP[1])
    ages_told, knots_told, told = initial_women(data, correlation)
    shift = pt.dot(np.linalg.pinv(data.knots), log_opened)[None, :]
    mean = usual_level(data) + shift
    stiffness = np.outer(ages_told.roughness, knots_told.roughness) / step**2
    inner = pt.dot(pt.dot(ages_told.inverse, mean), knots_told.inverse.T)
    free = add_scaled("women_free", stiffness, told, inner, dims=("women_mode", "knot"))
    opened = pt.dot(pt.dot(ages_told.modes, free), knots_told.modes.T)
    level = opened - shift
    # in terms of independent walks, the correlation over age is that of their sums
    apart = pt.dot(np.linalg.inv(np.linalg.cholesky(correlation)), level - usual_level(data))
    pm.Potential("women_level", walk_density(apart, first_sd=FIRST_SD, step_sd=step))
    found = pt.dot(level, data.knots.T)
    if data.resolution == "week":
        scale = pm.HalfNormal("weekly_shock_sd", sigma=WEEKLY_SHOCK)
        found = found + scale * pm.Normal("weekly_shock", dims="war_period")[None, :]
    return found


def usual_level(data: RegistryData) -> np.ndarray:
    """Return the log level of recent years, about which the first knot is.

    Parameters
    ----------
    data : RegistryData
        The arrays.

    Returns
    -------
    array, shape (ages, 1)
    """
    recent = data.base_women[:, -data.base_women.shape[1] // 3 :].mean(axis=1)
    return np.log(recent + 0.5)[:, None]


def initial_women(data: RegistryData, correlation: np.ndarray) -> tuple[WalkModes, WalkModes, np.ndarray]:
    """Return modes over age and over knots, and what the cases opened so far tell of each pair.

    How well a period tells an age is taken as a product of the two, which is nearly so.
    """
    seen = data.women + 0.5
    by_age, by_period = seen.sum(1) / seen.sum(), seen.sum(0)
    ages = WalkModes.of(np.diag(by_age), np.linalg.inv(correlation))
    knots = WalkModes.of((data.knots.T * by_period) @ data.knots)
    weighted = by_age[:, None] * by_period * np.log(seen) @ data.knots
    return ages, knots, ages.modes.T @ weighted @ knots.modes
