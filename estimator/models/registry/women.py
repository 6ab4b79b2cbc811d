"""Women's cases by age and period: the level that shocks common to both sexes move."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.models.baseline import age_correlation
from estimator.models.preconditioning import add_scaled, walk_density
from estimator.models.registry.arrays import RegistryData
from estimator.models.registry.preconditioner import Preconditioner
from estimator.models.registry.priors import (
    WEEKLY_SHOCK,
    WOMEN_FIRST_SD,
    WOMEN_SHARED,
    WOMEN_STEP,
)


def add_women(data: RegistryData, units: Preconditioner, log_opened: pt.TensorVariable) -> pt.TensorVariable:
    r"""Add women's cases that are ever opened; return their logarithm, shape (ages, war periods).

    .. math::

        \log \mu - \log e \sim MN(m, K, \sigma_0^2 \mathbf{1}\mathbf{1}' + \sigma_\mu^2 R)

    over ages and monthly knots, with :math:`R` the covariance of a random walk: women's level moves with
    seasons and epidemics, neighbouring ages together. The number a day is what moves; :math:`e` are the days
    of a period. In weeks, what all ages have in common is added.

    What is sampled is not the level but its distance from a crude fit to the cases opened so far, in units
    of that fit's errors: young ages have so few cases that neighbours in time say more than they do, old
    ones so many that they do not. This changes no prior. The sd of weekly shocks may be zero; it is sampled
    with a sign, which is its own mirror image, so that there is no tail on the logarithmic scale.
    """
    correlation = age_correlation(data.midpoint, shared=WOMEN_SHARED)
    step = pm.LogNormal("women_step_sd", mu=WOMEN_STEP[0], sigma=WOMEN_STEP[1])
    ages, knots = units.women_ages, units.women_knots
    shift = pt.dot(np.linalg.pinv(data.knots), log_opened)[None, :]
    mean = data.women_level[:, None] + shift
    stiffness = np.outer(ages.roughness, knots.roughness) / step**2
    inner = pt.dot(pt.dot(ages.inverse, mean), knots.inverse.T)
    free = add_scaled("women_free", stiffness, units.women_information, inner, dims=("women_mode", "knot"))
    level = pt.dot(pt.dot(ages.modes, free), knots.modes.T) - shift
    # in terms of independent walks, the correlation over age is that of their sums
    apart = pt.dot(np.linalg.inv(np.linalg.cholesky(correlation)), level - data.women_level[:, None])
    pm.Potential("women_level", walk_density(apart, first_sd=WOMEN_FIRST_SD, step_sd=step))
    cases = pt.dot(level, data.knots.T) + np.log(data.calendar)
    if data.resolution == "week":
        signed = pm.Normal("weekly_shock_scale", sigma=WEEKLY_SHOCK, initval=WEEKLY_SHOCK / 2)
        pm.Deterministic("weekly_shock_sd", pt.abs(signed))
        information, precision = units.weekly
        shock = add_scaled(
            "weekly_shock_free", 1.0, signed * information, precision=precision * signed**2,
            dims="war_period",
        )  # fmt: skip
        pm.Potential("weekly_shock", -0.5 * pt.sum(shock**2))
        cases = cases + signed * shock[None, :]
    return cases
