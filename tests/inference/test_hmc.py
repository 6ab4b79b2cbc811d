"""Hamiltonian chains on densities that are known."""

import numpy as np
import pytest

from estimator.errors import ConvergenceError
from estimator.inference import hmc
from estimator.inference.hmc import Chains, Gaussian, factor, find_mode


def gamma_of_logs(points):
    """Logs of gamma variables of shape 5: skewed, and steep to the right."""
    rate = np.exp(points)
    return (5 * points - rate).sum(1), 5 - rate


def run(density, size, *, number=400, step=None):
    units = Gaussian.at(*find_mode(density, np.zeros(size)))
    chains = Chains(density, units, 16, np.random.default_rng(1))
    chains.run(40, adapt=True)
    if step:
        chains.step = step
    return chains, chains.units.points(chains.run(number))


def test_moments_of_a_skewed_density():
    chains, points = run(gamma_of_logs, 3)
    values = np.exp(points)
    assert values.mean((0, 1)) == pytest.approx(5, abs=0.12)
    assert values.var((0, 1)) == pytest.approx(5, abs=0.5)
    assert np.quantile(values, 0.975) == pytest.approx(10.24, abs=0.3)
    assert chains.divergences == 0


def test_a_step_too_long_is_a_divergence_and_overflows_nowhere():
    """Beyond a wall the density falls faster than any number can say; warnings are errors here."""
    chains, points = run(gamma_of_logs, 2, number=20, step=2000.0)
    assert chains.divergences > 0
    assert np.isfinite(points).all()


def test_a_density_without_a_finite_curvature_is_refused():
    with pytest.raises(ConvergenceError, match="curvature"):
        factor(np.array([[np.nan]]))


def test_a_search_never_ends_lower_than_it_began():
    """Almost a cone: its curvature says next to nothing, and every length of the Newton step is too long."""

    def cone(points):
        height = np.sqrt(1e-6 + (points**2).sum(1))
        return -1e6 * height, -1e6 * points / height[:, None]

    point = np.array([1.0, -2.0])
    units = Gaussian.at(point, np.zeros((2, 2)))
    assert cone(hmc._climb(cone, units)[None])[0] > cone(point[None])[0]


def test_a_search_without_a_higher_point_stays_where_it_is_and_ends():
    calls = []

    def nowhere(points):
        calls.append(len(points))
        return np.where((points == 1).all(1), 0.0, np.nan), np.ones(points.shape)

    point, _ = find_mode(nowhere, np.ones(2))
    assert point.tolist() == [1.0, 1.0]
    assert len(calls) < 200


def test_trajectories_of_tiny_steps_end(monkeypatch):
    lengths = []
    chains = Chains(gamma_of_logs, Gaussian(np.zeros(2), np.eye(2)), 4, np.random.default_rng(1))
    chains.step = 1e-9
    monkeypatch.setattr(chains, "_trajectory", lambda step, number: lengths.append(number) or np.ones(4))
    chains.run(3)
    assert lengths == [hmc.LONGEST] * 3


def test_no_chain_starts_where_the_density_is_far_below_its_centre():
    def cliff(points):
        outside = (points[:, 0] > 1) * (points[:, 0] - 1)
        return -0.5 * (points**2).sum(1) - 1e5 * outside, -points

    units = Gaussian(np.zeros(4), np.eye(4))
    started = units.starts(cliff, 200, np.random.default_rng(1))
    assert (cliff(started)[0] > -2 - hmc.FAR * np.sqrt(2)).all()
    drawn = np.random.default_rng(1).standard_normal((200, 4))
    inside = drawn[:, 0] < 1
    assert np.array_equal(started[inside], drawn[inside])
