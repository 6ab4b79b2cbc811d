import numpy as np
import pytest

from estimator.models.baseline import (
    UNDAMPED_SLOPE_SD,
    BaselinePriors,
    age_correlation,
    time_covariance,
)


def simulate_levels(rng, *, steps, paths, level_sd, slope_sd, damping, transient_sd):
    """The recursion of the docstring, step by step, from a first level of zero."""
    level = np.zeros((paths, steps))
    slope = slope_sd / np.sqrt(1 - damping**2) * rng.standard_normal(paths)
    for t in range(1, steps):
        level[:, t] = level[:, t - 1] + slope + level_sd * rng.standard_normal(paths)
        slope = damping * slope + slope_sd * rng.standard_normal(paths)
    return level + transient_sd * rng.standard_normal((paths, steps))


def test_time_covariance_is_that_of_the_recursion():
    hyper = {"level_sd": 0.3, "slope_sd": 0.2, "damping": 0.6, "transient_sd": 0.1}
    paths = 400_000
    levels = simulate_levels(np.random.default_rng(1), steps=6, paths=paths, **hyper)
    closed = time_covariance(6, **hyper) - 1.5**2
    sampled = np.cov(levels.T, bias=True)
    variance = np.diag(closed)
    error = np.sqrt((closed**2 + np.outer(variance, variance)) / paths)
    assert np.all(np.abs(sampled - closed) < 5 * error)


@pytest.mark.parametrize("damping", [0.0, 0.5, 1.0])
def test_time_covariance_is_positive_definite(damping):
    covariance = time_covariance(30, level_sd=0.02, slope_sd=0.01, damping=damping, transient_sd=0.01)
    assert np.linalg.eigvalsh(covariance).min() > 0


def test_undamped_limit_is_continuous_but_for_the_first_slope():
    kwargs = {"level_sd": 0.02, "slope_sd": 0.01, "transient_sd": 0.01}
    k = np.arange(8)
    near = 1 - 1e-5
    first_slopes = (0.01**2 / (1 - near**2) - UNDAMPED_SLOPE_SD**2) * np.outer(k, k)
    damped = time_covariance(8, damping=near, **kwargs) - first_slopes
    np.testing.assert_allclose(damped, time_covariance(8, damping=1.0, **kwargs), atol=0.02)


def test_age_correlation_fades_with_distance_and_has_unit_variance():
    correlation = age_correlation(np.array([17.5, 22.5, 47.5]), shared=0.8)
    np.testing.assert_allclose(np.diag(correlation), 1.0)
    assert correlation[0, 1] == pytest.approx(0.8 * np.exp(-0.125))
    assert correlation[0, 1] > correlation[0, 2] > 0


def test_priors_come_in_the_order_of_their_names():
    location, scale = BaselinePriors(level_sd=(-1.0, 0.2)).moments()
    assert location[0] == -1.0
    assert scale[0] == 0.2
    assert len(location) == len(BaselinePriors.NAMES)
