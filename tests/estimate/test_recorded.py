"""A figure that moves beyond its Monte Carlo error fails, and says which one and by how much."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import estimator as est
from estimator.errors import DataError
from estimator.estimate.recorded import moved, record
from tests.record_estimates import FILE


@pytest.fixture(scope="module")
def now(russia_estimate):
    return record(russia_estimate)


def normal(mean, seed=1, draws=1000):
    values = np.random.default_rng(seed).normal(mean, 100, (4, draws // 4, 2, 2))
    coords = {"age": ["20-24", "25-29"], "period": [2022, 2023]}
    excess = xr.DataArray(values, coords, ("chain", "draw", "age", "period"))
    return est.Estimate(
        xr.Dataset({"excess": excess}), "deaths", {"converged": True}, {}, (2022, 2023), "20-29"
    )


def test_the_default_estimate_has_not_moved(now):
    found = moved(FILE, now)
    assert not found, "; ".join(found) + ". If this is meant: python tests/record_estimates.py"


@pytest.mark.parametrize("seed", [2, 3])
def test_another_seed_moves_nothing(now, russia_model, seed):
    assert moved(now, record(est.fit(russia_model, seed=seed))) == []


def test_another_model_moves_figures_and_says_which(now, russia_model):
    model = replace(russia_model, control_ages=None)
    found = moved(now, record(est.fit(model, seed=1)))
    assert any("Monte Carlo errors)" in line and "all, age" in line for line in found)


def test_a_moved_figure_is_named_with_its_distance(now):
    changed = now.copy()
    at = now.query("period == '2022' and age == 'all' and statistic == 'median'").index
    changed.loc[at, "value"] += 10 * np.sqrt(2) * now.loc[at, "error"]
    (line,) = moved(now, changed)
    assert line.startswith(f"2022, age all, median moved from {now.loc[at[0], 'value']:,.0f}")
    assert line.endswith("10.0 Monte Carlo errors)")
    assert f"(+{(10 * np.sqrt(2) * now.loc[at[0], 'error']):,.0f}" in line


def test_a_figure_that_came_or_went_is_told(now):
    gone = now[now["period"] != "2023"]
    assert all(line.endswith("is gone") for line in moved(now, gone))
    assert len(moved(gone, now)) == len(now) - len(gone)


def test_a_table_without_errors_is_refused(now):
    with pytest.raises(DataError, match="column error is missing"):
        moved(now.drop(columns="error"), now)


def test_errors_are_those_of_quantiles():
    """Of n independent normal draws a median errs by 1.2533 sd / sqrt(n)."""
    table = record(normal(1000, draws=40_000)).set_index(["period", "age", "statistic"])
    error = table.loc[("2022", "20-24", "median"), "error"]
    assert error == pytest.approx(1.2533 * 100 / 200, rel=0.2)
    assert len(table) == 3 * (4 + 2 + 2 + 1)


@settings(max_examples=4)
@given(shift=st.floats(150, 1e6))
def test_a_shift_is_found_in_every_median(shift):
    then, now = record(normal(1000)), record(normal(1000 + shift))
    lines = [line for line in moved(then, now) if "median" in line]
    assert len(lines) == 9
    assert isinstance(then, pd.DataFrame)
