"""War dead by age and period, not below zero."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.models.baseline import complement
from estimator.models.baseline_graph import add_share
from estimator.models.preconditioning import add_scaled, walk_density
from estimator.models.registry.arrays import RegistryData
from estimator.models.registry.preconditioner import Preconditioner, WalkPenalty, first_precision
from estimator.models.registry.priors import (
    DRIFT_SD,
    WAR_FIRST_SD,
    WAR_PERSISTENCE,
    WAR_STEP,
    drift_basis,
    profile_prior,
)


def add_war_cases(
    data: RegistryData,
    units: Preconditioner,
    capture: pt.TensorVariable,
    log_opened: pt.TensorVariable,
    peace: pt.TensorVariable,
) -> pt.TensorVariable:
    r"""Add the war dead by way of their cases, W p: ``war_cases``, those that are ever opened.

    .. math::

        \log W_{a,t} = \log e_t + w_t + \alpha_a + \delta_{a,t}, \qquad
        w_{t+1} = w_t + s_t, \quad s_t = \phi s_{t-1} + \sqrt{1 - \phi^2}\, N(0, \sigma_w^2), \quad
        \alpha \sim N(a, K)

    with :math:`e_t` the days at war in the period, of which the first may have few: what walks is the
    number a day, so that a war that begins on the 24th is no sixfold rise in March. By month a step's
    correlation with the one before, :math:`\phi`, is estimated (`priors.WAR_PERSISTENCE`); by week it is 0.
    :math:`\delta` is a random walk over quarters, smooth over age. Data identify :math:`W_a p_a`, the
    cases; so what is sampled is
    :math:`\beta = \alpha + \log p \sim N(a + \log p, K)`, the same prior, and the posterior of
    :math:`p` stays free of the counts. The prior's mean and covariance are `priors.profile_prior`'s.
    `capture` is by target age; the share of soldiers' cases opened so far, in logs, and men's cases expected
    in peace, all target ages, are by period.
    """
    periods = len(data.war_exposure)
    location, scale = WAR_STEP[data.resolution]
    step = pm.LogNormal("war_step_sd", mu=location, sigma=scale)
    persistence = _persistence(data)
    drift, moved = _drift(data, units)
    # a lower baseline and more soldiers explain the same men: what is sampled is the distance from the log
    # of men beyond those of peace, to first order, in units of its errors; this changes no prior
    men = data.men[: len(data.target)].sum(0)
    beyond = np.log(units.war_beyond) + (men - peace - units.war_beyond) / units.war_beyond
    mean = data.war_level + np.log(data.war_exposure) + log_opened
    first = np.diag(first_precision(periods))
    modes = units.war
    free = add_scaled(
        "war_free",
        WalkPenalty.of(modes.modes).at(persistence) / step**2,
        pt.dot(modes.modes.T, units.war_precision * beyond + pt.dot(first, mean)),
        pt.dot(modes.inverse, mean),
        dims="war_period",
        moved=pt.dot(units.drift_to_walk, moved),
    )
    opened = pt.dot(modes.modes, free)
    walk = walk_density(opened - mean, first_sd=WAR_FIRST_SD, step_sd=step, persistence=persistence)
    pm.Potential("war_walk", walk)
    level = _profile(data, units, capture, moved)
    cases = pt.exp((opened - log_opened)[None, :] + level[:, None] + drift)
    return pm.Deterministic("war_cases", cases, dims=("target_age", "war_period"))


def _persistence(data: RegistryData) -> pt.TensorVariable | float:
    """Add the correlation of a month's step with the one before it; steps of weeks have none."""
    if data.resolution == "week":
        return 0.0
    return add_share("war_persistence", *WAR_PERSISTENCE)


def _drift(data: RegistryData, units: Preconditioner) -> tuple[pt.TensorVariable, pt.TensorVariable]:
    """Add the drift of the age profile; return it by age and period, and its shocks times their scale.

    Its sd may be zero: it is sampled with a sign, which is its own mirror image.
    """
    signed = pm.Normal("war_drift_scale", sigma=DRIFT_SD, initval=DRIFT_SD / 2)
    pm.Deterministic("war_drift_sd", pt.abs(signed))
    shock = add_scaled(
        "war_drift_free", 1.0, signed * units.drift.information,
        precision=signed**2 * units.drift.precision, dims="drift_mode",
    )  # fmt: skip
    pm.Potential("war_drift_shock", -0.5 * pt.sum(shock**2))
    moved = signed * pt.dot(units.drift.modes, shock)
    over_age, over_time = drift_basis(data)
    table = moved.reshape((len(over_age), len(over_time)))
    return pt.dot(pt.dot(over_age, table), over_time), moved


def _profile(
    data: RegistryData, units: Preconditioner, capture: pt.TensorVariable, moved: pt.TensorVariable
) -> pt.TensorVariable:
    """Add log shares of the cases by age; only contrasts of ages are variables."""
    usual, covariance = profile_prior(data.target)
    if len(usual) == 1:
        return pt.zeros(1)
    contrast = complement(np.ones((len(usual), 1)))
    covariance = contrast.T @ covariance @ contrast
    free = pm.Flat("war_profile_free", dims="contrast", initval=np.zeros(len(usual) - 1))
    profile = free - pt.dot(units.drift_to_profile, moved)
    prior = pm.MvNormal.dist(
        mu=pt.dot(contrast.T, usual + pt.log(capture)), chol=np.linalg.cholesky(covariance)
    )
    pm.Potential("war_profile", pm.logp(prior, profile))
    level = pt.dot(pt.constant(contrast), profile)
    return level - pt.logsumexp(level)
