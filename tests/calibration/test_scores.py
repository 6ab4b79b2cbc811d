"""Scores against closed forms, known limits and invariants."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad
from scipy.stats import norm

from estimator.calibration.scores import (
    LEVELS,
    Forecast,
    cluster_bootstrap,
    pit_histogram,
    score_table,
)
from estimator.errors import DataError

FINITE = st.floats(-1e4, 1e4)
DRAWS = arrays(float, st.integers(2, 30), elements=FINITE)


def test_crps_of_a_normal_is_the_integral_of_squared_differences():
    mean, sd, y = 2.0, 3.0, 4.5
    below = quad(lambda x: norm.cdf(x, mean, sd) ** 2, -60, y)[0]
    above = quad(lambda x: (norm.cdf(x, mean, sd) - 1) ** 2, y, 60)[0]
    assert float(Forecast.normal(mean, sd).crps(y)) == pytest.approx(below + above, rel=1e-6)


def test_scores_of_many_normal_draws_are_those_of_the_normal():
    rng = np.random.default_rng(1)
    mean, sd, y = np.array([0.0, 100.0]), np.array([1.0, 20.0]), np.array([0.7, 150.0])
    drawn = Forecast.from_draws(mean[:, None] + sd[:, None] * rng.standard_normal((2, 200_000)))
    exact = Forecast.normal(mean, sd)
    np.testing.assert_allclose(drawn.crps(y), exact.crps(y), rtol=0.01)
    np.testing.assert_allclose(drawn.log_score(y), exact.log_score(y), rtol=0.01)
    np.testing.assert_allclose(drawn.pit(y), exact.pit(y), atol=0.005)
    for level in LEVELS:
        np.testing.assert_allclose(drawn.interval_score(y, level), exact.interval_score(y, level), rtol=0.02)


def test_fair_crps_does_not_depend_on_the_number_of_draws():
    """The mean over many small samples is the normal's own: the plain form would be 17% too large."""
    rng = np.random.default_rng(2)
    few = Forecast.from_draws(rng.standard_normal((100_000, 4)))
    assert few.crps(np.zeros(100_000)).mean() == pytest.approx(
        float(Forecast.normal(0, 1).crps(0)), abs=0.004
    )


def test_coverage_and_pit_of_calibrated_forecasts():
    rng = np.random.default_rng(3)
    centre = rng.normal(0, 5, 5000)
    y = centre + rng.standard_normal(5000)
    table = score_table(Forecast.normal(centre, np.ones(5000)), y)
    for level in LEVELS:
        assert table[f"covered_{level}"].mean() == pytest.approx(level / 100, abs=0.02)
    assert pit_histogram(table["pit"]).std() < 3 * np.sqrt(500)
    assert table["error"].mean() == pytest.approx(0, abs=0.05)
    too_sure = score_table(Forecast.normal(centre, np.full(5000, 0.3)), y)
    assert too_sure["covered_95"].mean() < 0.6
    for score in ("crps", "log_score", "interval_score_95"):
        assert too_sure[score].mean() > table[score].mean()


def test_interval_score_by_hand():
    forecast = Forecast.from_draws(np.arange(101.0))
    assert float(forecast.interval_score(50, 80)) == pytest.approx(80)
    assert float(forecast.interval_score(95, 80)) == pytest.approx(80 + 10 * 5)
    assert float(forecast.interval_score(5, 80)) == pytest.approx(80 + 10 * 5)


def test_mid_p_halves_ties():
    forecast = Forecast.from_draws([0.0, 1.0, 1.0, 2.0])
    assert float(forecast.pit(1)) == 0.5
    assert float(forecast.pit(-1)) == 0.0
    assert float(forecast.pit(2)) == 0.875


def test_a_sure_forecast_has_the_absolute_error_as_its_crps():
    forecast = Forecast.normal([10.0, 10.0], 0.0)
    table = score_table(forecast, [13.0, 10.0])
    assert table["crps"].tolist() == [3.0, 0.0]
    assert table["covered_95"].tolist() == [0.0, 1.0]
    assert np.isinf(table["log_score"]).all()
    assert table["pit"].tolist() == [1.0, 0.5]


@pytest.mark.parametrize(
    "forecast",
    [
        Forecast.normal([np.nan, 1.0], [np.nan, 1.0]),
        Forecast.from_draws([[np.nan, np.nan, np.nan], [0.0, 1.0, 2.0]]),
    ],
)
def test_a_forecast_that_does_not_exist_has_no_score(forecast):
    table = score_table(forecast, [1.0, 1.0]).drop(columns="observed")
    assert table.iloc[0].isna().all()
    assert table.iloc[1].notna().all()


def test_relative_scores_leave_out_a_count_of_zero():
    table = score_table(Forecast.normal([1.0, 9.0], [1.0, 1.0]), [0.0, 10.0])
    assert np.isnan(table["crps_relative"][0])
    assert table["error_relative"][1] == pytest.approx(-0.1)


@settings(deadline=None)
@given(DRAWS, FINITE, FINITE)
def test_scores_move_with_the_origin_and_turn_over(draws, y, shift):
    forecast, moved = Forecast.from_draws(draws), Forecast.from_draws(draws + shift)
    turned = Forecast.from_draws(-draws)
    assert float(moved.crps(y + shift)) == pytest.approx(float(forecast.crps(y)), abs=1e-6)
    assert float(turned.crps(-y)) == pytest.approx(float(forecast.crps(y)), abs=1e-6)
    assert float(turned.pit(-y)) == pytest.approx(1 - float(forecast.pit(y)))
    low, high = forecast.interval(80)
    assert float(turned.interval(80)[0]) == pytest.approx(-float(high), abs=1e-6)
    assert float(forecast.interval_score(y, 80)) >= float(high - low) - 1e-9


@settings(deadline=None)
@given(DRAWS, FINITE)
def test_wider_intervals_hold_what_narrower_ones_hold(draws, y):
    forecast = Forecast.from_draws(draws)
    held = [float(forecast.covers(y, level)) for level in LEVELS]
    assert held == sorted(held)
    assert 0 <= float(forecast.pit(y)) <= 1


def test_bootstrap_takes_whole_clusters():
    rng = np.random.default_rng(4)
    clusters = np.repeat(np.arange(10), 50)
    shared = rng.standard_normal(10)[clusters]
    frame = pd.DataFrame({"same in a cluster": shared, "none": np.nan})
    means = cluster_bootstrap(frame, clusters, seed=1)
    assert np.isnan(means[:, 1]).all()
    assert means[:, 0].std() == pytest.approx(shared[::50].std() / np.sqrt(10), rel=0.1)
    np.testing.assert_array_equal(means, cluster_bootstrap(frame, clusters, seed=1))
    assert not np.array_equal(means, cluster_bootstrap(frame, clusters, seed=2))
    one = cluster_bootstrap(frame, np.zeros(500), seed=1)
    assert np.ptp(one[:, 0]) < 1e-12


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Forecast(np.zeros(2), np.zeros(3)), "differ"),
        (lambda: Forecast.normal(0.0, -1.0), "negative"),
        (lambda: Forecast.from_draws([1.0]), "at least two draws"),
        (lambda: Forecast(np.zeros(2), np.zeros(2), np.zeros((3, 9))), "do not end in"),
        (lambda: score_table(Forecast.normal(0.0, 1.0), [1.0]), "do not match"),
    ],
)
def test_what_is_no_forecast_is_refused(make, words):
    with pytest.raises(DataError, match=words):
        make()
