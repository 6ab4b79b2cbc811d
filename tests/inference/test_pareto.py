"""Pareto smoothing is ArviZ's, without the import."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from estimator.inference.convergence import psis


@pytest.mark.parametrize("number", [100, 225, 226, 2000])
@pytest.mark.parametrize("scale", [0.1, 1.0, 4.0])
def test_weights_and_k_hat_are_those_of_arviz(number, scale):
    log_weights = scale * np.random.default_rng(number).standard_t(5, number)
    log_weights[::20] = -np.inf  # proposals whose covariance has no factor
    weights, pareto_k = psis(log_weights)
    usable = np.where(np.isfinite(log_weights), log_weights, -1e10)
    expected, expected_k = array_stats.psislw(-usable)  # it takes log likelihoods
    np.testing.assert_allclose(weights, np.exp(expected), rtol=1e-10)
    assert pareto_k == pytest.approx(float(expected_k), abs=1e-10)


@pytest.mark.parametrize("value", [0.0, -np.inf])
def test_weights_all_alike_have_no_tail_to_fit(value):
    weights, pareto_k = psis(np.full(300, value))
    assert np.isnan(pareto_k), "no gate takes NaN for convergence"
    np.testing.assert_allclose(weights, 1 / 300)
