"""Placebo: windows, scores, seeds and restarts; reduced real runs with recorded bounds."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from joblib.externals.loky import get_reusable_executor

import estimator as est
from estimator.calibration.placebo import placebo, roll
from estimator.calibration.placebo_window import OURS, score_window
from estimator.calibration.reference_methods import RIVALS, Window, ratio_rule
from estimator.calibration.scoreboard import scoreboard
from estimator.data.counts import Counts
from tests.simulated import simulate_counts

ROOT = Path(__file__).resolve().parents[2]
SMALL = {
    "seed": 1, "baseline_years": 10, "since": 1990, "ages": (20, 34), "control_ages": (55, 64),
    "draws": 400, "minimum_ess": 100,
}  # fmt: skip
RULES = [OURS, *RIVALS]


@pytest.fixture(scope="module")
def counts():
    return simulate_counts(seed=1, women=3000.0)


@pytest.fixture(scope="module")
def result(counts):
    return placebo({"north": counts, "south": simulate_counts(seed=2)}, every=2, **SMALL)


def test_windows_are_territory_origin_and_horizon(result, counts):
    # 1995-2011: origins 2004, 2006 and, without a fourth year, 2008
    assert len(result.fits) == 2 * 3
    windows = result.windows
    assert result.to_dict()["windows"] == 2 * 5
    assert len(windows) == 2 * 5 * len(RULES) * 4
    assert set(windows["age"]) == {"20-24", "25-29", "30-34", "total"}
    assert windows["rule"].unique().tolist() == RULES
    assert (windows["year"] == windows["origin"] + windows["horizon"]).all()
    one = windows[(windows["territory"] == "north") & (windows["age"] == "25-29")]
    truth = counts.data["count"].sel(sex="male", age="25-29")
    assert one["observed"].tolist() == truth.sel(period=one["year"].to_numpy()).values.tolist()
    cell = ["territory", "origin", "year", "rule"]
    by_age = windows[windows["age"] != "total"].groupby(cell)["observed"].sum()
    total = windows[windows["age"] == "total"].set_index(cell)["observed"]
    pd.testing.assert_series_equal(by_age, total.sort_index())


def test_document_has_the_promised_shape(result):
    document = json.loads(result.to_json())
    assert set(document["rules"]) == set(RULES)
    ours = document["rules"][OURS]
    assert set(ours["coverage"]) == {"50", "80", "95"}
    assert set(ours["ages"]) == {"20-24", "25-29", "30-34"}
    assert set(ours["ages"]["20-24"]) == {"50", "80", "95"}
    assert set(ours["territories"]) == {"north", "south"}
    assert document["unconverged"] == 0
    published = document["rules"]["ratio-5"]
    assert published["crps_ratio"] == published["rmse_ratio"] == 1
    total = result.windows[result.windows["age"] == "total"].set_index("rule")
    relative = (total["crps"] / total["observed"]).groupby("rule", sort=False).mean()
    assert ours["crps"] == pytest.approx(relative[OURS])
    assert ours["crps_ratio"] == pytest.approx(relative[OURS] / relative["ratio-5"])
    square = ((total["error"] / total["observed"]) ** 2).groupby("rule").mean()
    assert ours["rmse_ratio"] == pytest.approx(np.sqrt(square[OURS] / square["ratio-5"]))
    assert sum(ours["pit"]) == document["windows"]
    board = result.scoreboard()
    assert (board["crps_ratio_low"] <= board["crps_ratio"]).all()
    assert (board["crps_ratio"] <= board["crps_ratio_high"]).all()


def test_same_digits_on_any_executor_and_whatever_the_other_windows(counts, result, tmp_path):
    with ThreadPoolExecutor(2) as pool:
        alone = placebo({"north": counts}, every=4, executor=pool, folder=tmp_path / "kept", **SMALL)
    both = result.windows
    same = both[(both["territory"] == "north") & both["origin"].isin(alone.windows["origin"])]
    pd.testing.assert_frame_equal(alone.windows, same.reset_index(drop=True))


def test_a_restart_repeats_nothing_and_other_settings_are_told_apart(counts, tmp_path, monkeypatch):
    asked = {**SMALL, "folder": tmp_path, "every": 4}
    first = placebo({"north": counts}, **asked)

    def never(*arguments, **options):
        raise AssertionError("computed again")

    monkeypatch.setattr("estimator.calibration.placebo_window.fit", never)
    pd.testing.assert_frame_equal(placebo({"north": counts}, **asked).windows, first.windows)
    for change in ({"seed": 2}, {"draws": 500}, {"specification": {"damping": 0.5}}):
        with pytest.raises(AssertionError, match="computed again"):
            placebo({"north": counts}, **(asked | change))


def test_nothing_of_the_future_but_women_and_control_ages_is_seen(counts):
    model = est.VitalModel(counts, est.Periods((1995, 2004), (2007, 2008), (2005, 2006)), (20, 34), (55, 64))
    other = counts.data.copy(deep=True)
    hidden = {"sex": "male", "age": ["20-24", "25-29", "30-34"], "period": range(2005, 2012)}
    other["count"].loc[hidden] = 7.0
    other["count"].loc[{"period": range(2005, 2007)}] = 5.0
    other["count"].loc[{"period": range(2009, 2012)}] = 3.0
    seen, blind = (
        pd.DataFrame(score_window("x", replace(model, counts=c), 1, 400, 100)["rows"])
        for c in (counts, Counts(other))
    )
    pd.testing.assert_series_equal(seen["mean"], blind["mean"])
    pd.testing.assert_series_equal(seen["sd"], blind["sd"])
    assert not seen["observed"].equals(blind["observed"])


def test_an_unconverged_fit_is_drawn_again_kept_and_counted(counts):
    asked = {**SMALL, "draws": 100, "minimum_ess": 50_000, "every": 99}
    hard = placebo({"north": counts}, **asked)
    assert hard.fits["refitted"].all()
    assert hard.unconverged == json.loads(hard.to_json())["unconverged"] == len(hard.fits) == 1
    assert hard.windows["crps"].notna().all()


def rolled(years, **changes):
    asked = {"horizons": (3, 4), "baseline_years": 5, "minimum_baseline": 5, "since": 1900}
    return list(roll(years, **(asked | changes)))


def test_origins_roll_over_what_is_there():
    periods = rolled(range(2000, 2010))
    assert [p.baseline[-1] for p in periods] == [2004, 2005, 2006]
    assert [p.target for p in periods] == [(2007, 2008), (2008, 2009), (2009,)]
    assert [p.masked for p in periods] == [(2005, 2006), (2006, 2007), (2007, 2008)]
    assert all(len(p.baseline) == 5 for p in periods)
    assert [p.baseline[0] for p in rolled(range(2000, 2010), since=2001)] == [2001, 2002]
    assert rolled(range(2000, 2010), until=2007)[-1].target == (2007,)
    everything = rolled(range(2000, 2010), baseline_years=99)
    assert [len(p.baseline) for p in everything] == [5, 6, 7]


def test_excluded_and_missing_years_leave_windows_out():
    years = range(2000, 2020)
    for exclude in ({2008}, {2008, 2009}):
        for p in rolled(years, exclude=frozenset(exclude)):
            assert not exclude & set(range(p.baseline[0], p.target[-1] + 1))
    # 2008 excluded: the origin 2004 keeps its horizon 3
    assert rolled(years, exclude=frozenset({2008}))[0].target == (2007,)
    gap = [year for year in years if year != 2006]
    assert all(2006 not in p.baseline and 2006 not in p.target for p in rolled(gap))
    assert any(2006 in p.masked for p in rolled(gap))  # nothing is asked of a masked year


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"horizons": (0,)}, "at least 1"),
        ({"every": 0}, "at least 1"),
        ({"baseline_years": 4}, "cannot be"),
        ({"minimum_baseline": 30}, "cannot be"),
        ({"since": 2005}, "no window is left"),
        ({"exclude": "2004:2006"}, "no window is left"),
    ],
)
def test_impossible_placebos_are_refused(counts, change, words):
    with pytest.raises(est.DataError, match=words):
        placebo({"north": counts}, **(SMALL | change))


def test_regions_are_territories_of_their_own(counts):
    frame = counts.to_frame().assign(region="north")
    with pytest.raises(est.DataError, match="has regions"):
        placebo({"land": Counts.from_frame(frame)}, **SMALL)


def window_of(men, women, steps=(3, 4)):
    men, women = np.atleast_2d(men), np.atleast_2d(women)
    years = np.arange(2000, 2000 + men.shape[1])
    target = years[-1] + np.array(steps)
    exposure = np.full((len(men), len(steps)), 100.0)
    return Window(years, men, women, target, exposure, exposure)


def test_rivals_know_a_straight_line_and_a_constant():
    years = np.arange(20)
    women = np.full(20, 100.0)
    line = window_of(women * (2 + 0.1 * years), women)
    for rule in ("ratio-5", "ratio-10"):
        forecast = RIVALS[rule](line, np.random.default_rng(0))
        np.testing.assert_allclose(forecast.mean, [[420, 430]] * 2)
        np.testing.assert_allclose(forecast.sd, 0, atol=1e-6)
    flat = ratio_rule(window_of(200 + women * 0, women), fit_years=5, trend="constant")
    np.testing.assert_allclose(flat.mean, 200)


def test_constant_ratio_has_the_documented_sd():
    men = np.array([200.0, 210, 190, 205, 195, 220])
    forecast = RIVALS["constant ratio"](window_of(men, men * 0 + 100), np.random.default_rng(0))
    assert forecast.mean[0, 0] == pytest.approx(men[-5:].mean())
    assert forecast.sd[0, 0] == pytest.approx(men[-5:].std(ddof=1) * np.sqrt(1.2))


def test_structural_rule_follows_a_trend_and_adds_independent_ages():
    rng = np.random.default_rng(5)
    women = np.full((2, 30), 1e4)
    men = women * np.exp(0.5 + 0.02 * np.arange(30) + rng.normal(0, 0.01, (2, 30)))
    forecast = RIVALS["structural"](window_of(men, women), np.random.default_rng(0))
    assert forecast.mean[0, 0] == pytest.approx(100 * np.exp(0.5 + 0.02 * 32), rel=0.03)
    np.testing.assert_allclose(forecast.mean[2], forecast.mean[:2].sum(0))
    np.testing.assert_allclose(forecast.sd[2], np.hypot(*forecast.sd[:2]), rtol=0.15)
    again = RIVALS["structural"](window_of(men, women), np.random.default_rng(0))
    np.testing.assert_array_equal(again.draws, forecast.draws)


@pytest.mark.parametrize("rule", ["arima", "spline", "lee-carter"])
def test_a_rival_follows_a_trend_and_widens_with_noise(rule):
    widths = []
    for noise in (0.005, 0.05):
        rng = np.random.default_rng(5)
        women = np.full((2, 30), 1e5)
        trend = 0.5 + 0.02 * np.arange(30)
        men = women * np.exp(trend + rng.normal(0, noise, (2, 30)))
        forecast = RIVALS[rule](window_of(men, women), np.random.default_rng(0))
        assert forecast.mean[0, 0] == pytest.approx(100 * np.exp(0.5 + 0.02 * 32), rel=6 * noise)
        np.testing.assert_allclose(forecast.mean[2], forecast.mean[:2].sum(0))
        widths.append(forecast.sd[2, 0])
    assert widths[1] > 1.5 * widths[0]


def test_without_territories_it_is_russia_before_the_pandemic(monkeypatch):
    def nothing(tasks, **options):
        return {
            task.key: {
                "rows": {"age": ["total"]},
                "fit": {"territory": "Russia", "origin": 0, "converged": True},
            }
            for task in tasks
        }

    monkeypatch.setattr("estimator.calibration.placebo.run_study", nothing)
    result = placebo(seed=1)
    assert list(result.settings["territories"]) == ["Russia"]
    assert result.settings["until"] == 2019
    assert result.settings["minimum_baseline"] == 9
    assert len(result.fits) == 19


def test_a_rule_without_a_forecast_is_scored_where_it_has_one():
    men = np.vstack([np.full(10, 5.0), np.full(10, 7.0)])
    women = np.vstack([np.full(10, 2.0), np.r_[np.full(9, 2.0), 0.0]])
    forecast = RIVALS["ratio-5"](window_of(men, women), np.random.default_rng(0))
    assert np.isfinite(forecast.mean[0]).all()
    assert np.isnan(forecast.mean[1:]).all()
    assert np.isfinite(RIVALS["structural"](window_of(men, women), np.random.default_rng(0)).mean).all()
    few = RIVALS["structural"](window_of(men, women * 0), np.random.default_rng(0))
    assert np.isnan(few.mean).all()


def test_ratios_are_taken_over_windows_that_both_rules_forecast():
    one = {"territory": "x", "age": "total", "log_score": 1.0, "interval_score_95": 1.0, "pit": 0.5}
    one |= {f"covered_{level}": 1.0 for level in (50, 80, 95)}
    crps = {OURS: [1.0, 100.0], "ratio-5": [2.0, np.nan]}
    rows = [
        {**one, "rule": rule, "origin": i, "horizon": 3, "error": value, "crps": value,
         "crps_relative": value, "error_relative": value}
        for rule, values in crps.items()
        for i, value in enumerate(values)
    ]  # fmt: skip
    board = scoreboard(pd.DataFrame(rows), seed=1)
    assert board.loc[OURS, "crps_ratio"] == board.loc[OURS, "rmse_ratio"] == 0.5
    assert board["windows"].tolist() == [2, 1]


def two_lands():
    """Two simulated territories, one small, whose shocks to both sexes no sex ratio knows of."""
    lands = {}
    for seed, (name, women) in enumerate({"large": 900.0, "small": 25.0}.items(), start=11):
        years = range(1960, 2006)
        shocks = np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.05, len(years))))
        lows = range(15, 70, 5)
        level = women * np.exp(0.06 * (np.array(lows) - 15))[:, None] * shocks
        lands[name] = simulate_counts(seed=seed, years=years, lows=lows, women=level)
    return lands


@pytest.mark.slow
def test_reduced_placebo_of_two_simulated_lands_stays_within_its_bounds():
    """Runs wherever the tests run, without anybody's data: the recorded bounds guard model and scores."""
    result = placebo(two_lands(), seed=1, every=4, draws=1000)
    board = result.scoreboard()
    assert result.unconverged == 0
    ours = board.loc[OURS]
    assert ours["windows"] == 24
    assert ours["coverage_95"] >= 22 / 24
    assert 15 / 24 <= ours["coverage_80"] <= 23 / 24
    assert ours["crps"] < 0.04
    assert ours["crps_ratio"] < 0.65


@pytest.mark.slow  # docs/howto.md runs a pool too
def test_an_executor_of_two_processes_gives_the_same_digits(counts, result):
    with get_reusable_executor(max_workers=2) as pool:
        there = placebo({"north": counts}, every=2, executor=pool, **SMALL)
    here = result.windows[result.windows["territory"] == "north"].reset_index(drop=True)
    pd.testing.assert_frame_equal(there.windows, here)
    assert there.unconverged == 0


@pytest.mark.external
def test_reduced_placebo_of_two_territories_stays_within_its_bounds(external_data):
    names = ("DNK", "PRT")
    territories = {n: est.read_counts(external_data / "hmd" / f"{n}.csv") for n in names}
    result = placebo(territories, seed=1, every=12, until=2007, draws=1000)
    assert result.to_dict()["windows"] == 12
    board = result.scoreboard()
    assert result.unconverged == 0
    assert board.loc[OURS, "coverage_95"] >= 10 / 12
    assert board.loc[OURS, "coverage_80"] >= 7 / 12
    assert board.loc[OURS, "crps_ratio"] < 0.8
    assert board.loc[OURS, "crps"] < 0.04


STUDY = """
import sys
from estimator.calibration import placebo_window as windows
from estimator.calibration.placebo import placebo
from tests.simulated import simulate_counts
fits = []
score = windows.score_window
def counted(*arguments):
    fits.append(arguments[0])
    return score(*arguments)
windows.score_window = counted
placebo({"north": simulate_counts(seed=1)}, folder=sys.argv[1], seed=1, baseline_years=10, since=1990,
        every=5, ages=(20, 24), control_ages=None, draws=100, minimum_ess=20)
print(len(fits))
"""


def test_a_changed_model_is_fitted_again(tmp_path):
    package = tmp_path / "estimator"
    shutil.copytree(Path(est.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}

    def fits():
        command = [sys.executable, "-c", STUDY, str(tmp_path / "kept")]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    assert fits() == 1
    assert fits() == 0
    model = next(package.rglob("models/**/surface.py"))
    model.write_text(model.read_text() + "\n# another version\n")
    assert fits() == 1
    assert len(list((tmp_path / "kept").iterdir())) == 2
