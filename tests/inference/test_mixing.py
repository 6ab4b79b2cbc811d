"""R-hat and effective sample sizes are those of ArviZ, of whatever draws."""

import warnings

import numpy as np
import pytest
from arviz_stats.base import array_stats
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from estimator.inference.mixing import measure_mixing

AXES = {"chain_axis": 0, "draw_axis": 1}


def theirs(draws):
    return (
        array_stats.rhat(draws, **AXES),
        array_stats.ess(draws, method="bulk", **AXES),
        array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **AXES),
    )


@given(
    seed=st.integers(0, 10**6), chains=st.integers(2, 6), number=st.integers(20, 400),
    memory=st.floats(-0.9, 0.99), apart=st.floats(0, 2), ties=st.booleans(),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_they_are_those_of_arviz(seed, chains, number, memory, apart, ties):
    rng = np.random.default_rng(seed)
    draws = lfilter([1], [1, -memory], rng.standard_normal((chains, number, 3)), axis=1)
    draws += apart * rng.standard_normal((chains, 1, 3))
    draws = np.round(draws) if ties else draws
    with warnings.catch_warnings(action="ignore"):
        expected = theirs(draws)
    for ours, other in zip(measure_mixing(draws), expected):
        assert ours == pytest.approx(np.asarray(other), rel=1e-9, nan_ok=True)


def test_draws_that_are_not_numbers_pass_nothing():
    draws = np.random.default_rng(1).standard_normal((4, 100, 2))
    draws[0, 0, 1] = np.nan
    for measure in measure_mixing(draws):
        assert np.isfinite(measure[0])
        assert np.isnan(measure[1])
