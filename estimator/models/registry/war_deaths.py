"""War dead by age and period, not below zero."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.models.baseline import age_correlation
from estimator.models.baseline_graph import JITTER, complement
from estimator.models.preconditioning import WalkModes, add_scaled, walk_density

STEP = {"week": (float(np.log(0.2)), 0.5), "month": (float(np.log(0.35)), 0.5)}
"""Log-normal prior of the sd of a step of the log number a day. In the war's first year a month's step had
an sd of 0.31 in the publication of July 2023, 0.33 in the named list and 0.46 in the registry's estimate of
2026, both by week of death; 0.19 and 0.22 in the two years after. A week's is less, as a walk's is."""
PROFILE_SD = 1.0
"""Prior sd of the logs of shares by age: the youngest band may have a tenth of its neighbour."""
DRIFT_SD = 0.2
"""Half-normal prior of the sd by which the log share of an age moves in a quarter."""
FIRST_SD = 2.0
"""Prior sd of the first log number, about a crude first guess: a factor of fifty either way."""
QUARTER = {"week": 13, "month": 3}


def add_war_cases(
    capture: pt.TensorVariable,
    midpoint: np.ndarray,
    war_exposure: np.ndarray,
    resolution: str,
    log_opened: pt.TensorVariable,
    men: pt.TensorVariable,
    peace: pt.TensorVariable,
    usual: float,
    weight: np.ndarray,
) -> pt.TensorVariable:
    r"""Add the war dead to the model in context, by way of their cases.

    .. math::

        \log W_{a,t} = \log e_t + w_t + \alpha_a + \delta_{a,t}, \qquad
        w_{t+1} = w_t + N(0, \sigma_w^2), \quad \alpha \sim N(0, K)

    with :math:`e_t` the days at war in the period, of which the first may have few: what walks is the
    number a day, so that a war that begins on the 24th is no sixfold rise in March. :math:`\delta` is a
    random walk over quarters, smooth over age. Data tell :math:`W_a p_a`, the cases;
    so what is sampled is :math:`\beta = \alpha + \log p \sim N(\log p, K)`, the same prior, and
    the posterior of :math:`p` stays free of the counts.

    Parameters
    ----------
    capture : TensorVariable, shape (target ages,)
        Capture probabilities.
    midpoint : array, shape (target ages,)
        Middle of each band, years.
    war_exposure : array, shape (periods,)
        Days of each period since the war began, in mean lengths of a period.
    resolution : {"week", "month"}
        What a period is.
    log_opened : TensorVariable, shape (periods,)
        Log of the share of soldiers' cases opened so far.
    men : TensorVariable, shape (periods,)
        Men's cases opened so far, all target ages.
    peace : TensorVariable, shape (periods,)
        Those expected in peace.
    usual : float
        A rough log number of soldiers' cases a period, about which the first is drawn.
    weight : array, shape (periods,)
        Roughly, one over the variance with which men tell the log number of soldiers' cases.

    Returns
    -------
    TensorVariable, shape (target ages, periods)
        ``war_cases``, W p: expected cases of the war dead that are ever opened.
    """
    root, periods = profile_root(midpoint), len(war_exposure)
    location, scale = STEP[resolution]
    step = pm.LogNormal("war_step_sd", mu=location, sigma=scale)
    # a lower baseline and more soldiers explain the same men: what is sampled is the distance from the fit
    # to men beyond those of peace, in units of that fit's errors; this changes no prior
    scale = pt.sqrt(men + 1.0)
    beyond = pt.log(scale * pt.softplus((men - peace) / scale) + 1.0)
    mean = usual + np.log(war_exposure) + log_opened
    first = np.diag(np.eye(periods)[0] / FIRST_SD**2)
    modes = WalkModes.of(np.diag(weight) + first)
    free = add_scaled(
        "war_free",
        modes.roughness / step**2,
        pt.dot(modes.modes.T, weight * beyond + pt.dot(first, mean)),
        pt.dot(modes.inverse, mean),
        dims="war_period",
    )
    opened = pt.dot(modes.modes, free)
    pm.Potential("war_walk", walk_density(opened - mean, first_sd=FIRST_SD, step_sd=step))
    walk = opened - log_opened
    level = _profile(capture, root)
    knots = drift_knots(periods, resolution)
    drift_sd = pm.HalfNormal("war_drift_sd", sigma=DRIFT_SD)
    shock = pm.Normal("war_drift_shock", dims=("target_age", "quarter"))
    drift = drift_sd * pt.dot(pt.dot(pt.constant(root), pt.cumsum(shock, axis=1)), knots.T)
    # what all ages have in common is the walk's
    drift = drift - drift.mean(axis=0, keepdims=True)
    cases = pt.exp(walk[None, :] + level[:, None] + drift)
    return pm.Deterministic("war_cases", cases, dims=("target_age", "war_period"))


def _profile(capture: pt.TensorVariable, root: np.ndarray) -> pt.TensorVariable:
    """Add log shares of the cases by age; only contrasts of ages are variables."""
    ages = root.shape[0]
    if ages == 1:
        return pt.zeros(1)
    contrast = complement(np.ones((ages, 1)))
    covariance = contrast.T @ (PROFILE_SD**2 * root @ root.T) @ contrast
    profile = pm.MvNormal(
        "war_profile",
        mu=pt.dot(contrast.T, pt.log(capture)),
        chol=np.linalg.cholesky(covariance),
        dims="contrast",
    )
    level = pt.dot(pt.constant(contrast), profile)
    return level - pt.logsumexp(level)


def profile_root(midpoint: np.ndarray) -> np.ndarray:
    """Return the Cholesky factor of the correlation over age of the profile and its drift.

    Parameters
    ----------
    midpoint : array, shape (target ages,)
        Middle of each band, years.
    """
    smooth = age_correlation(midpoint, shared=0.9)
    return np.linalg.cholesky(smooth + JITTER * np.eye(len(midpoint)))


def drift_knots(periods: int, resolution: str) -> np.ndarray:
    """Return weights that interpolate the drift of the age profile, which begins at zero.

    Parameters
    ----------
    periods : int
        Number of war periods.
    resolution : {"week", "month"}
        What a period is.

    Returns
    -------
    array, shape (periods, quarters)
    """
    number = max(1, round(periods / QUARTER[resolution]))
    at = np.linspace(0, max(periods - 1, 1), number + 1)
    columns = [np.interp(np.arange(periods), at, row) for row in np.eye(number + 1)[1:]]
    return np.stack(columns, axis=1)
