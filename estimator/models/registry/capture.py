"""Capture: the probability that a soldier's death gets a case of inheritance, by age."""

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from estimator.data.matched_sample import MatchedSample
from estimator.models.baseline_graph import JITTER

MEAN = (0.3, 1.0)
"""Normal prior of the mean logit: between 15 and 90% of soldiers have a case, 57% as middle. Civilian
men have one in 33 to 51% of deaths at these ages, and a soldier's family inherits payments."""
SPREAD = 0.5
"""Half-normal prior of the sd over ages on the logit scale; civilian shares differ by 0.3."""
LENGTH = 15.0
"""Length scale over age, years: people come to own flats and cars over decades."""


def add_capture(matched: MatchedSample, opened: Any) -> pt.TensorVariable:
    r"""Add capture probabilities and the matched sample's known ages to the model in context.

    .. math::

        k_a \sim \mathrm{Binomial}(n_a, p_a \bar G), \qquad
        \mathrm{logit}\, p = m + \tau L z, \quad L L' = e^{-(x_a - x_b)^2 / 2 l^2}

    so bands lend each other strength, 12 of 15 cannot run away, and :math:`p` is never above 1.
    :math:`\bar G` is the share of their cases that were open when the sample was looked up.

    Parameters
    ----------
    matched : MatchedSample
        All bands are used.
    opened : TensorVariable or float
        :math:`\bar G`.

    Returns
    -------
    TensorVariable, shape (matched bands,)
        ``capture``, dim matched_age.
    """
    root = age_root(matched)
    mean = pm.Normal("capture_mean", mu=MEAN[0], sigma=MEAN[1])
    spread = pm.HalfNormal("capture_spread", sigma=SPREAD)
    z = pm.Normal("capture_shock", dims="matched_age")
    capture = pm.Deterministic(
        "capture", pm.math.sigmoid(mean + spread * pt.dot(root, z)), dims="matched_age"
    )
    sampled = pm.Data("sampled", matched.sampled, dims="matched_age")
    found = pm.Data("found_counts", matched.found, dims="matched_age")
    pm.Binomial("found", n=sampled, p=capture * opened, observed=found, dims="matched_age")
    return capture


def age_root(matched: MatchedSample) -> np.ndarray:
    """Return the Cholesky factor of the correlation of capture over age, L above.

    Parameters
    ----------
    matched : MatchedSample
        With the bands.
    """
    distance = (matched.ages.midpoint[:, None] - matched.ages.midpoint[None, :]) / LENGTH
    smooth = 0.9 * np.exp(-0.5 * distance**2) + 0.1 * np.eye(len(distance))
    return np.linalg.cholesky(smooth + JITTER * np.eye(len(distance)))


def draw_capture_prior(matched: MatchedSample, *, seed: int, draws: int = 2000) -> xr.DataArray:
    """Draw capture probabilities from the prior: what would be thought without the sample's counts.

    Parameters
    ----------
    matched : MatchedSample
        Its bands are used, not what was found.
    seed : int
        Same seed, same machine: same digits.
    draws : int
        How many.

    Returns
    -------
    DataArray, dims (sample, matched_age)
    """
    ages = list(matched.data.index)
    with pm.Model(coords={"matched_age": ages}):
        drawn = pm.draw(add_capture(matched, 1.0), draws=draws, random_seed=seed)
    return xr.DataArray(drawn, {"matched_age": ages}, ("sample", "matched_age"), name="capture")


def add_unknown_age(
    matched: MatchedSample, capture: pt.TensorVariable, shares: pt.TensorVariable, opened: Any
) -> None:
    """Add the part of the sample whose age is unknown: it tells the mean over the war dead's ages.

    Parameters
    ----------
    matched : MatchedSample
        With `unknown_age`.
    capture, shares : TensorVariable, shape (target ages,)
        Capture, and shares of the war dead by age.
    opened : TensorVariable or float
        As for `add_capture`.
    """
    if matched.unknown_age is None:
        return
    found, sampled = matched.unknown_age
    pm.Binomial(
        "found_unknown_age",
        n=pm.Data("sampled_unknown_age", sampled),
        p=pt.clip(opened * pt.sum(capture * shares), 1e-6, 1 - 1e-6),
        observed=pm.Data("found_unknown_age_count", found),
    )
