"""Capture: the probability that a soldier's death gets a case of inheritance, by age."""

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.data.matched_sample import MatchedSample
from estimator.models.preconditioning import add_scaled
from estimator.models.registry.preconditioner import Modes
from estimator.models.registry.priors import CAPTURE_MEAN, CAPTURE_SPREAD, capture_root


def add_capture(
    matched: MatchedSample, opened: Any, modes: Modes, information: np.ndarray
) -> pt.TensorVariable:
    r"""Add ``capture``, dim matched_age, and the matched sample's known ages to the model in context.

    .. math::

        k_a \sim \mathrm{Binomial}(n_a, p_a \bar G), \qquad
        \mathrm{logit}\, p = m + \tau L z, \quad L L' = e^{-(x_a - x_b)^2 / 2 l^2}

    so bands lend each other strength, 12 of 15 cannot run away, and :math:`p` is never above 1.
    :math:`\bar G`, `opened`, is the share of their cases that were open when the sample was looked up.
    What is sampled is the logit in units of the sample's binomial information, in `modes`.
    """
    mean = pm.Normal("capture_mean", mu=CAPTURE_MEAN[0], sigma=CAPTURE_MEAN[1])
    spread = pm.HalfNormal("capture_spread", sigma=CAPTURE_SPREAD)
    free = add_scaled(
        "capture_free", modes.roughness / spread**2, information, mean * modes.inverse.sum(1),
        dims="matched_age",
    )  # fmt: skip
    logit = pt.dot(modes.modes, free)
    shocks = pt.dot(np.linalg.inv(capture_root(matched)), logit - mean)
    pm.Potential("capture_shock", pt.sum(pm.logp(pm.Normal.dist(0, spread), shocks)))
    capture = pm.Deterministic("capture", pm.math.sigmoid(logit), dims="matched_age")
    sampled = pm.Data("sampled", matched.sampled, dims="matched_age")
    counts = pm.Data("found_counts", matched.data["found"], dims="matched_age")
    pm.Binomial("found", n=sampled, p=capture * opened, observed=counts, dims="matched_age")
    return capture


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
