"""Laplace's approximation against what can be computed exactly."""

import numpy as np
import pytest
from scipy import sparse, stats

from estimator.errors import ConvergenceError
from estimator.models.laplace import Counts, Gaussian, laplace


def one_mean(observed, size):
    """Return counts that all have the mean exp(b)."""
    ones = sparse.csr_matrix(np.ones((len(observed), 1)))
    weights = sparse.identity(len(observed), format="csr")
    return Counts(np.asarray(observed, float), np.full(len(observed), float(size)), ones, weights)


def test_likelihood_is_the_negative_binomial():
    observed, size = [3, 0, 7], 4.0
    counts = one_mean(observed, size)
    exact = stats.nbinom.logpmf(observed, size, size / (size + np.exp(1.2))).sum()
    assert counts.at(np.array([1.2]))[0] == pytest.approx(exact)


def test_gradient_is_the_slope_of_the_likelihood():
    rng = np.random.default_rng(1)
    nodes = sparse.csr_matrix(rng.normal(0, 0.4, (9, 3)))
    weights = sparse.csr_matrix(rng.uniform(0, 2, (5, 9)))
    counts = Counts(rng.poisson(9, 5).astype(float), np.full(5, 6.0), nodes, weights)
    point, step = rng.normal(0, 0.3, 3), 1e-6
    score, information = counts.derivatives(point, counts.at(point)[1])
    for at in range(3):
        move = np.zeros(3)
        move[at] = step
        up, down = (counts.at(point + s * move)[0] for s in (1, -1))
        assert score[at] == pytest.approx((up - down) / (2 * step), rel=1e-4, abs=1e-6)
    assert (np.linalg.eigvalsh(information) > 0).all()


def test_mode_and_evidence_agree_with_quadrature():
    counts = one_mean([52, 61, 47, 58], 30.0)
    prior = Gaussian(np.array([3.5]), np.array([[1 / 0.8**2]]))
    posterior, evidence = laplace(counts, prior)
    grid = np.linspace(3, 5, 4001)
    log = np.array([counts.at(np.array([b]))[0] for b in grid])
    log += stats.norm(3.5, 0.8).logpdf(grid)
    weights = np.exp(log - log.max())
    mean = float((weights * grid).sum() / weights.sum())
    sd = float(np.sqrt((weights * (grid - mean) ** 2).sum() / weights.sum()))
    whole = log.max() + np.log(weights.sum() * (grid[1] - grid[0]))
    assert posterior.mean[0] == pytest.approx(mean, abs=0.1 * sd)
    assert posterior.precision[0, 0] ** -0.5 == pytest.approx(sd, rel=0.05)
    assert evidence == pytest.approx(whole, abs=0.02)
    draws = posterior.draw(4000, np.random.default_rng(2))[0]
    assert draws.mean() == pytest.approx(posterior.mean[0], abs=0.1 * sd)
    assert draws.std() == pytest.approx(sd, rel=0.1)


def test_a_start_where_nothing_is_finite_is_refused():
    counts = one_mean([5], 3.0)
    with pytest.raises(ConvergenceError, match="began where the density is zero"):
        laplace(counts, Gaussian(np.zeros(1), np.eye(1)), np.array([1e6]))
