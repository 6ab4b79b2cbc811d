"""Credible intervals against numpy, closed forms and ArviZ."""

import arviz_stats
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from estimator.errors import DataError
from estimator.estimate.intervals import credible_interval

KINDS = ("eti", "hdi")
SAMPLES = arrays(float, st.integers(20, 80), elements=st.integers(-1000, 1000).map(float))


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_equal_tails_are_quantiles(level):
    draws = np.random.default_rng(1).gamma(2, size=(3, 999))
    lower, upper = credible_interval(draws, level=level)
    np.testing.assert_array_equal(lower, np.quantile(draws, (1 - level) / 2, axis=1))
    np.testing.assert_array_equal(upper, np.quantile(draws, (1 + level) / 2, axis=1))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
def test_of_a_normal_both_are_its_quantiles(kind, level):
    grid = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000, loc=3, scale=2)
    bounds = credible_interval(grid, level=level, kind=kind)
    expected = stats.norm.interval(level, loc=3, scale=2)
    np.testing.assert_allclose(bounds, expected, atol=2e-2)


def test_highest_density_of_an_exponential_begins_at_zero():
    grid = stats.expon.ppf((np.arange(20_000) + 0.5) / 20_000)
    lower, upper = credible_interval(grid, level=0.9, kind="hdi")
    assert lower == pytest.approx(0, abs=1e-4)
    assert upper == pytest.approx(stats.expon.ppf(0.9), rel=1e-3)


@pytest.mark.parametrize("level", [0.5, 0.89, 0.95])
def test_highest_density_is_that_of_arviz(level):
    draws = np.random.default_rng(2).gamma(2, size=4000)
    np.testing.assert_allclose(
        credible_interval(draws, level=level, kind="hdi"),
        arviz_stats.hdi(draws, prob=level, method="nearest"),
        rtol=1e-12,
    )


@given(SAMPLES, st.floats(0.1, 0.95))
def test_no_shorter_interval_of_draws_holds_as_many(draws, level):
    lower, upper = credible_interval(draws, level=level, kind="hdi")
    ordered = np.sort(draws)
    inside = int(((ordered >= lower) & (ordered <= upper)).sum())
    assert inside >= level * len(draws)
    needed = min(int(level * len(draws)), len(draws) - 1)
    widths = [ordered[i + needed] - ordered[i] for i in range(len(draws) - needed)]
    assert upper - lower == min(widths)


@settings(max_examples=50)
@given(SAMPLES, st.sampled_from(KINDS), st.sampled_from([0.5, 2.0, 8.0]), st.integers(-64, 64))
def test_a_change_of_unit_and_origin_moves_the_bounds_with_it(draws, kind, scale, shift):
    bounds = np.array(credible_interval(draws, kind=kind))
    moved = np.array(credible_interval(draws * scale + shift, kind=kind))
    np.testing.assert_allclose(moved, bounds * scale + shift, atol=1e-9)


@given(SAMPLES, st.floats(0.1, 0.9), st.floats(0.1, 0.9))
def test_more_mass_is_never_narrower_and_equal_tails_nest(draws, one, other):
    small, large = sorted((one, other))
    for kind in KINDS:
        inner = credible_interval(draws, level=small, kind=kind)
        outer = credible_interval(draws, level=large, kind=kind)
        assert outer[1] - outer[0] >= inner[1] - inner[0] - 1e-9
        if kind == "eti":
            assert outer[0] <= inner[0] + 1e-9
            assert outer[1] >= inner[1] - 1e-9


@given(SAMPLES, st.sampled_from(KINDS), st.randoms(use_true_random=False))
def test_order_of_draws_is_irrelevant(draws, kind, random):
    shuffled = list(draws)
    random.shuffle(shuffled)
    expected = credible_interval(draws, kind=kind)
    np.testing.assert_array_equal(credible_interval(np.array(shuffled), kind=kind), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_any_axis_may_hold_the_draws(kind):
    draws = np.random.default_rng(3).normal(size=(200, 4, 3))
    lower, upper = credible_interval(draws, kind=kind, axis=0)
    assert lower.shape == upper.shape == (4, 3)
    one = credible_interval(draws[:, 2, 1], kind=kind)
    assert (lower[2, 1], upper[2, 1]) == one


@pytest.mark.parametrize("level", [0, 1, 95, -0.1, float("nan")])
def test_levels_that_are_none(level):
    with pytest.raises(DataError, match=r"between 0 and 1.*Write 0\.95"):
        credible_interval(np.arange(10.0), level=level)


def test_kinds_that_are_none():
    with pytest.raises(DataError, match="'eti' or 'hdi', got 'quantile'"):
        credible_interval(np.arange(10.0), kind="quantile")
