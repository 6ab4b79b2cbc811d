"""Plots of the registry: triangle, delay and capture."""

import numpy as np
import pandas as pd
import pytensor
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import estimator as est
from estimator.errors import DataError
from estimator.models.registry.priors import draw_capture_prior
from estimator.report.plots.capture import plot_capture, share_intervals
from estimator.report.plots.triangle import delay_curves, plot_delay, plot_triangle

AGES = ("20-24", "25-29")


def triangle(by_delay, sizes=(600, 900, 500, 700, 800, 400), source="a registry"):
    """Cases spread over delays exactly by the shares given, with the recent corner not seen."""
    shares = np.asarray(by_delay, float)
    cells = np.array(sizes, float)[None, None, :, None] * shares
    cases = np.broadcast_to(cells, (2, len(AGES), len(sizes), len(shares))).copy()
    return est.ReportingTriangle.from_array(
        cases, first="2022-01-03", ages=AGES, resolution="week", extracted_on="2022-02-13",
        source=source, hide=True,
    )  # fmt: skip


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_truncation_does_not_bend_the_delay_curve(weights):
    """Without noise the chain ladder is exact, however few periods show the long delays."""
    shares = np.array(weights) / sum(weights)
    curves = delay_curves(triangle(shares))
    for sex in ("female", "male"):
        np.testing.assert_allclose(curves.sel(sex=sex), np.cumsum(shares), atol=1e-9)


def test_curve_may_end_earlier():
    curves = delay_curves(triangle([0.5, 0.3, 0.2]), max_delay=1)
    np.testing.assert_allclose(curves.sel(sex="male"), [0.625, 1])


@pytest.mark.parametrize(("delay", "sizes"), [(9, (5, 5, 5)), (0, (5, 5, 5)), (1, (0, 0, 0))])
def test_delays_that_are_not_there_are_refused(delay, sizes):
    with pytest.raises(DataError, match="delay"):
        delay_curves(triangle([0.5, 0.5], sizes), max_delay=delay)


def test_heat_map_shows_cases_and_hides_what_was_not_seen():
    cells = triangle([0.5, 0.25, 0.25])
    axis = plot_triangle(cells, sex="male", ages=(20, 24))
    shown = axis.collections[1].get_array()
    expected = cells.cases.sel(sex="male", age="20-24").transpose("delay", "period").values
    np.testing.assert_allclose(np.ma.filled(shown, np.nan), expected)
    assert np.isnan(expected).any()
    assert axis.get_title(loc="left") == "Cases of men aged 20–24"
    assert axis.get_ylabel() == "delay from death to case, weeks"


def test_an_unknown_sex_is_refused():
    with pytest.raises(DataError, match="'female' or 'male'"):
        plot_triangle(triangle([0.5, 0.5]), sex="both")


def test_delay_is_in_percent_of_the_longest():
    axis = plot_delay(triangle([0.5, 0.25, 0.25]))
    lines = {one.get_label(): one for one in axis.get_lines()}
    assert list(lines["women"].get_ydata()) == pytest.approx([50, 75, 100])
    assert list(lines["men"].get_ydata()) == pytest.approx([50, 75, 100])


@pytest.fixture
def matched():
    data = pd.DataFrame({"found": [12, 30], "sampled": [15, 60]}, index=list(AGES))
    return est.MatchedSample(data, "2023-07-01", "a sample", unknown_age=(5, 9))


def test_wald_leaves_the_unit_interval_and_wilson_does_not(matched):
    """12 of 15: Wald 0.5976 to 1.0024 as published in July 2023; Wilson 0.548 to 0.930."""
    found = share_intervals(matched, 0.95)
    assert found.sel(kind="Wald", age="20-24").values == pytest.approx([0.5976, 1.0024], abs=1e-4)
    assert found.sel(kind="Wilson", age="20-24").values == pytest.approx([0.548, 0.930], abs=5e-4)


@pytest.mark.parametrize("dims", [("sample", "age"), ("chain", "draw", "age"), ("age", "sample")])
def test_capture_draws_in_any_order(matched, dims):
    rng = np.random.default_rng(1)
    sizes = {"sample": 200, "chain": 2, "draw": 100, "age": 2}
    values = rng.beta(20, 10, [sizes[dim] for dim in dims])
    draws = xr.DataArray(values, {"age": list(AGES)}, dims)
    axis = plot_capture(matched, draws)
    (points,) = [one for one in axis.get_lines() if "posterior" in str(one.get_label())]
    others = [dim for dim in dims if dim != "age"]
    np.testing.assert_allclose(points.get_ydata(), 100 * draws.median(others))


def test_draws_of_other_ages_are_taken_in_the_samples_order(matched):
    draws = xr.DataArray([[0.1, 0.5, 0.9]], {"matched_age": ["25-29", "20-24", "30-34"]},
                         ("sample", "matched_age"))  # fmt: skip
    axis = plot_capture(matched, draws)
    (points,) = [one for one in axis.get_lines() if "posterior" in str(one.get_label())]
    assert list(points.get_ydata()) == [50, 10]


def test_draws_without_the_ages_are_refused(matched):
    with pytest.raises(DataError, match="none of the dims"):
        plot_capture(matched, xr.DataArray(np.full((9, 2), 0.5), dims=("sample", "age")))


def test_the_prior_is_drawn_behind_the_posterior(matched):
    with pytensor.config.change_flags(mode="FAST_COMPILE"):  # a fifteenth of the time
        prior = draw_capture_prior(matched, seed=1, draws=4000)
    axis = plot_capture(matched, prior=prior)
    bars = [(bar.get_y() / 100, (bar.get_y() + bar.get_height()) / 100) for bar in axis.patches]
    assert len(bars) == len(matched.data)
    for lower, upper in bars:
        # between 15 and 90 %, as the prior's reason has it
        assert lower == pytest.approx(0.15, abs=0.05)
        assert upper == pytest.approx(0.91, abs=0.04)


def test_capture_without_draws_shows_the_sample(matched):
    labels = [text.get_text() for text in plot_capture(matched).get_xticklabels()]
    assert labels == ["20–24\n12 of 15", "25–29\n30 of 60"]
