"""Capture: the probability that a soldier's death gets a case of inheritance, by age."""

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.data.matched_sample import MatchedSample
from estimator.models.preconditioning import add_scaled
from estimator.models.registry.arrays import RegistryData
from estimator.models.registry.preconditioner import OPEN_EDGE, Modes, share_with_case
from estimator.models.registry.priors import CAPTURE_MEAN, CAPTURE_SPREAD, capture_root


def add_follow_up(data: RegistryData) -> Any:
    r"""Add what is unknown of the sample's follow-up; return the share of its cases that were open.

    .. math::

        \bar G = 1 - f + f \sum_b g^m_b q_b

    with :math:`q_b` the share of a bin that had passed since the deaths of the named list, and :math:`f`
    the share of those looked up who died as the list's did; the others died early enough. Where it is
    unknown, :math:`f` is uniform: at one end the sample is of the first named, whose cases were open, at
    the other of all named by the day of the search, and its publication says neither.
    """
    if data.followed_up:
        return 1.0
    late = 1 - pt.dot(pm.modelcontext(None)["military_delay"], data.share_followed_up)
    if not data.follow_up_unknown:
        return 1 - late
    score = pm.Normal("follow_up_score")
    return 1 - pm.Deterministic("follow_up", 0.5 * pt.erfc(-score / np.sqrt(2))) * late


def add_capture(
    matched: MatchedSample, opened: Any, modes: Modes, information: np.ndarray
) -> pt.TensorVariable:
    r"""Add ``capture``, dim matched_age, and the matched sample's known ages to the model in context.

    .. math::

        k_a \sim \mathrm{Binomial}(n_a, p_a \bar G), \qquad
        \mathrm{logit}\, p = m + \tau L z, \quad L L' = e^{-(x_a - x_b)^2 / 2 l^2}

    so bands lend each other strength, 12 of 15 cannot run away, and :math:`p` is never above 1.
    :math:`\bar G`, `opened`, is the share of their cases that were open when the sample was looked up.
    What is sampled is the logit in units of the sample's binomial information, in `modes`, about the
    share found over the share open.
    """
    ones = modes.inverse.sum(1)
    spread = pm.HalfNormal("capture_spread", sigma=CAPTURE_SPREAD)
    stiffness = modes.roughness / spread**2
    information = information + _shift(matched, opened) * ones
    # bands that hardly differ say their mean well, and others do not: its units follow the spread
    known = ones * stiffness / (1 + stiffness)
    mean = add_scaled(
        "capture_mean_free", CAPTURE_MEAN[1] ** -2, pt.sum(known * information), CAPTURE_MEAN[0],
        pt.sum(known * ones), dims=(),
    )  # fmt: skip
    mean = pm.Deterministic("capture_mean", mean)
    pm.Potential("capture_mean_prior", pm.logp(pm.Normal.dist(*CAPTURE_MEAN), mean))
    free = add_scaled("capture_free", stiffness, information, mean * ones, dims="matched_age")
    logit = pt.dot(modes.modes, free)
    shocks = pt.dot(np.linalg.inv(capture_root(matched)), logit - mean)
    pm.Potential("capture_shock", pt.sum(pm.logp(pm.Normal.dist(0, spread), shocks)))
    capture = pm.Deterministic("capture", pm.math.sigmoid(logit), dims="matched_age")
    sampled = pm.Data("sampled", matched.sampled, dims="matched_age")
    counts = pm.Data("found_counts", matched.data["found"], dims="matched_age")
    pm.Binomial("found", n=sampled, p=capture * opened, observed=counts, dims="matched_age")
    return capture


def _shift(matched: MatchedSample, opened: Any) -> Any:
    """Return what `estimator.models.registry.preconditioner.capture_shift` does."""
    return -pt.log(OPEN_EDGE * pt.softplus((opened - share_with_case(matched)) / OPEN_EDGE))


def add_unknown_age(
    matched: MatchedSample, capture: pt.TensorVariable, shares: pt.TensorVariable, opened: Any
) -> None:
    """Add the sample's members of unknown age: they identify the mean capture over the war dead's ages."""
    if matched.unknown_age is None:
        return
    counts, sampled = matched.unknown_age
    pm.Binomial(
        "found_unknown_age",
        n=sampled,
        p=pt.clip(opened * pt.sum(capture * shares), 1e-6, 1 - 1e-6),
        observed=counts,
    )
