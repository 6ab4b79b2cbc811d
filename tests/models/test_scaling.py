import numpy as np
import pymc as pm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from estimator.models.preconditioning import add_scaled, walk_density
from estimator.models.registry.preconditioner import Modes


@settings(max_examples=25, deadline=None)
@given(weights=st.lists(st.floats(0.01, 1e4), min_size=2, max_size=8), step=st.floats(0.01, 3.0))
def test_prior_and_data_are_diagonal_for_every_step(weights, step):
    weight = np.diag(weights)
    steps = np.diff(np.eye(len(weights)), axis=0)
    found = Modes.of(weight)
    precision = weight + steps.T @ steps / step**2
    inside = found.modes.T @ precision @ found.modes
    np.testing.assert_allclose(inside, np.diag(1 + found.roughness / step**2), rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(found.inverse @ found.modes, np.eye(len(weights)), atol=1e-6)


def test_a_walk_has_the_density_of_its_covariance():
    levels = np.random.default_rng(1).normal(size=6)
    walk = np.minimum.outer(np.arange(6), np.arange(6))
    expected = multivariate_normal(np.zeros(6), 2.0**2 + 0.3**2 * walk).logpdf(levels)
    found = walk_density(levels, first_sd=2.0, step_sd=0.3).eval()
    assert found == pytest.approx(expected)


def test_what_is_sampled_has_the_posterior_of_what_is_meant():
    """A normal mean with a known answer: scale, offset and Jacobian must all be right for it."""
    told, stiffness = np.array([3.0, -1.0]), np.array([4.0, 0.25])
    with pm.Model(coords={"place": [0, 1]}) as graph:
        x = add_scaled("free", stiffness, told, np.zeros(2), dims="place")
        pm.Potential("prior", pm.logp(pm.Normal.dist(0, stiffness**-0.5), x).sum())
        pm.Potential("data", pm.logp(pm.Normal.dist(x, 1.0), told).sum())
        logp = graph.compile_logp()
    grid = np.linspace(-6, 6, 2001)
    weight = np.exp([logp({"free": np.array([z, 0.0])}) for z in grid])
    mass = weight / weight.sum()
    # standard normal, and the evidence of both observations with the second at its mode
    assert (mass * grid).sum() == pytest.approx(0, abs=1e-6)
    assert (mass * grid**2).sum() == pytest.approx(1, rel=1e-4)
    evidence = weight.sum() * (grid[1] - grid[0]) * np.sqrt(2 * np.pi)
    marginal = np.exp(-0.5 * told**2 / (1 + 1 / stiffness)) / np.sqrt(2 * np.pi * (1 + 1 / stiffness))
    assert evidence == pytest.approx(marginal.prod(), rel=1e-4)
