"""Women's cases by age and period: the level that shocks common to both sexes move."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.models.baseline import age_correlation
from estimator.models.ratio_graph import JITTER
from estimator.models.registry_data import RegistryData

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
    of that fit's errors (`_rough_fit`): young ages have so few cases that neighbours in time tell more than
    they do, old ones so many that they do not. This changes no prior.

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
    ages, knots = len(data.midpoint), data.knots.shape[1]
    correlation = age_correlation(data.midpoint, shared=SHARED)
    step = pm.LogNormal("women_step_sd", mu=STEP[0], sigma=STEP[1])
    usual, centre, root = _rough_fit(data, correlation)
    free = pm.Flat("women_free", dims="women_cell", initval=np.zeros(ages * knots))
    opened = centre + pt.dot(pt.constant(root), free).reshape((ages, knots))
    shift = pt.dot(np.linalg.pinv(data.knots), log_opened)[None, :]
    level = opened - shift
    over_time = FIRST_SD**2 + step**2 * _walk(knots) + JITTER * np.eye(knots)
    prior = pm.MatrixNormal.dist(
        mu=usual,
        rowchol=np.linalg.cholesky(correlation),
        colchol=pt.linalg.cholesky(over_time),
    )
    pm.Potential("women_level", pm.logp(prior, level))
    found = pt.dot(level, data.knots.T)
    if data.model.cases.resolution == "week":
        scale = pm.HalfNormal("weekly_shock_sd", sigma=WEEKLY_SHOCK)
        found = found + scale * pm.Normal("weekly_shock", dims="war_period")[None, :]
    return found


def _walk(knots: int) -> np.ndarray:
    return np.minimum.outer(np.arange(knots), np.arange(knots)).astype(float)


def _rough_fit(
    data: RegistryData, correlation: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the prior mean, and mean and Cholesky factor of a Gaussian fit to cases opened so far."""
    ages, knots = len(data.midpoint), data.knots.shape[1]
    recent = data.base_women[:, -data.base_women.shape[1] // 3 :].mean(axis=1)
    usual = np.log(recent + 0.5)[:, None] * np.ones(knots)
    over_time = FIRST_SD**2 + np.exp(STEP[0]) ** 2 * _walk(knots) + JITTER * np.eye(knots)
    precision = np.linalg.inv(np.kron(correlation, over_time))
    design = np.kron(np.eye(ages), data.knots)
    weight = (data.women + 0.5).ravel()
    seen = np.log(data.women + 0.5).ravel()
    covariance = np.linalg.inv(precision + design.T @ (weight[:, None] * design))
    # the level of those opened falls at the end as fewer have been: shift the prior mean with it
    fall = np.log((data.women + 0.5).sum(0) / np.median((data.women + 0.5).sum(0)))
    shifted = (usual + (np.linalg.pinv(data.knots) @ fall)[None, :]).ravel()
    centre = covariance @ (precision @ shifted + design.T @ (weight * seen))
    return usual, centre.reshape(ages, knots), np.linalg.cholesky(covariance)
