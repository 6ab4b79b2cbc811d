"""Every combination is fitted once, the default is the default, and weights find what forecasts best."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import norm

import estimator as est
from estimator.calibration.multiverse import GRID, WITHOUT_SHOCK, Choices, Multiverse, multiverse
from estimator.calibration.scores import stack
from estimator.published.specification import RUSSIA
from estimator.report.plots.multiverse import plot_specifications

FEW = Choices(
    baselines=(20, 10),
    trends=(None, 0.0),
    masked=(True,),
    control_ages=((55, 69),),
    border_ages=((50, 54),),
    ages=((15, 49),),
    shocks=(True,),
    cohorts=(True,),
)


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fits")
    options = {"seed": 1, "draws": 1000, "folder": folder}
    first = multiverse({"all deaths": est.load_rosstat()}, RUSSIA, FEW, **options)
    kept = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = multiverse({"all deaths": est.load_rosstat()}, RUSSIA, FEW, **options)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == kept
    assert again.table.equals(first.table)
    return first


def test_every_combination_is_there_once(few):
    assert len(few.table) == 4 * 3
    assert not few.table.duplicated([*few.axes, "period"]).any()
    assert few.table["default"].sum() == 3


def test_the_default_is_the_estimate_of_the_report(few):
    """The same draws: medians and bounds differ by the interpolation between 400 quantiles alone."""
    estimate = est.fit(est.VitalModel(est.load_rosstat(), RUSSIA), seed=1, draws=1000, minimum_ess=100)
    summary = few.summary().set_index("period")
    excess = estimate.by("period").excess
    periods = {str(year): excess.sel(period=year) for year in (2022, 2023)}
    for period, draws in (periods | {"2022-2023": excess.sum("period")}).items():
        exact = np.quantile(draws, [0.5, 0.025, 0.975])
        shown = summary.loc[period, ["default", "lower", "upper"]].astype(float)
        far = np.abs(shown - exact) / float(draws.std())
        assert (far < [0.02, 0.06, 0.06]).all(), far


def test_the_default_grid_has_every_axis_of_the_study_and_no_model_twice(monkeypatch):
    fitted = []

    def keep(tasks, **options):
        fitted.extend(task.arguments[0] for task in tasks)
        return {task.key: {"quantiles": {}, "converged": True} for task in tasks}

    monkeypatch.setattr("estimator.calibration.multiverse.run_study", keep)
    variants = {"all deaths": est.load_rosstat(), "without HIV": est.load_rosstat(subtract_hiv=True)}
    multiverse(variants, RUSSIA, seed=1)
    sizes = [len(getattr(Choices(), axis.name)) for axis in fields(Choices)]
    # border ages lie between 15-49 and control ages alone: three of four combinations have none
    assert len(fitted) == 2 * np.prod(sizes) * 5 / 8 == 720
    assert len({str(model.specification()) for model in fitted}) == len(fitted)
    assert sum(bool(model.border_labels) for model in fitted) == 144


def test_a_plain_binomial_is_an_axis_and_differs_from_the_yearly_shock():
    asked = replace(FEW, baselines=(20,), trends=(None,), shocks=(True, False))
    table = multiverse({"all deaths": est.load_rosstat()}, RUSSIA, asked, seed=1, draws=1000).table
    both = table[table["period"] == "2022-2023"].set_index("likelihood")
    assert list(both.index) == ["yearly shock", "plain binomial"]
    assert both["converged"].all()
    assert both["default"].tolist() == [True, False]
    assert both["median"].nunique() == 2
    assert abs(both["median"].diff().iloc[1]) < 15_000


def test_a_surface_without_shock_is_binomial_about_the_trend():
    assert np.exp(WITHOUT_SHOCK.transient_sd[0]) < 0.001
    assert WITHOUT_SHOCK.level_sd == est.BaselinePriors().level_sd


def test_the_mixture_lies_among_what_it_mixes(few):
    mixed = few.stacked(
        {"Russia": est.load_rosstat()}, seed=1, since=1990, until=2019, minimum_baseline=10, every=9,
        draws=400,
    )  # fmt: skip
    assert mixed.weights["weight"].sum() == pytest.approx(1)
    assert mixed.weights["windows"].nunique() == 1
    for row in mixed.summary().to_dict("records"):
        part = mixed.table[mixed.table["period"] == row["period"]]
        slack = 0.001 * (part["upper"] - part["lower"]).max()  # quantiles lie on a grid
        assert part["median"].min() - slack <= row["stacked"] <= part["median"].max() + slack
        assert part["lower"].min() - slack <= row["stacked_lower"] < row["stacked"]
        assert row["stacked"] < row["stacked_upper"] <= part["upper"].max() + slack


@pytest.mark.parametrize(("weight", "middle"), [(1.0, 0.0), (0.0, 100.0), (0.5, 50.0)])
def test_a_mixture_has_the_quantiles_of_its_parts(weight, middle):
    """Two normals of sd 1 a hundred apart: half of each has its bounds where each has its 5% and 95%."""
    labels = {"baseline": ["20 years"] * 2, "trend": ["damped", "none"], "ages": ["15-49"] * 2}
    table = pd.DataFrame({**labels, "default": [True, False], "period": "2022", "converged": True})
    table[["median", "lower", "upper"]] = 0.0
    quantiles = pd.DataFrame(norm.ppf(GRID) + np.array([[0.0], [100.0]]), columns=GRID)
    weights = pd.DataFrame({"baseline": "20 years", "trend": ["damped", "none"]})
    axes = {name: dict.fromkeys(values) for name, values in labels.items()}
    mixed = Multiverse(table, quantiles, axes, weights=weights.assign(weight=[weight, 1 - weight])).summary()
    low, high = (-1.645, 101.645) if weight == 0.5 else (middle - 1.96, middle + 1.96)
    bounds = mixed.loc[0, ["stacked_lower", "stacked_upper"]].tolist()
    assert bounds == pytest.approx([low, high], abs=0.03)  # half a step of the grid, and more
    # between the two parts any number is a median of the half-and-half mixture
    assert mixed.loc[0, "stacked"] == pytest.approx(middle, abs=50 if weight == 0.5 else 0.01)


@given(arrays.arrays(float, st.tuples(st.integers(1, 20), st.integers(1, 5)), elements=st.floats(-50, 5)))
def test_weights_are_on_the_simplex_and_beat_every_single_model(log_density):
    weights = stack(log_density)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)
    shift = log_density.max(axis=1)
    mixed = (np.log(np.exp(log_density - shift[:, None]) @ weights) + shift).mean()
    assert mixed >= log_density.mean(axis=0).max() - 1e-3


def test_weights_follow_their_models_in_any_order():
    log_density = np.random.default_rng(1).normal(-3, 1, (200, 4))
    order = [2, 0, 3, 1]
    np.testing.assert_allclose(stack(log_density)[order], stack(log_density[:, order]), atol=1e-3)


def test_a_mixture_of_truth_is_recovered():
    """Of outcomes that are three quarters N(0, 1) and one quarter N(4, 1), stacking finds the shares."""
    rng = np.random.default_rng(2)
    y = np.where(rng.random(4000) < 0.75, rng.normal(0, 1, 4000), rng.normal(4, 1, 4000))
    density = -0.5 * (y[:, None] - np.array([0.0, 4.0, 20.0])) ** 2
    np.testing.assert_allclose(stack(density), [0.75, 0.25, 0], atol=0.03)


def test_the_curve_shows_every_specification_and_choice(few):
    upper, lower = plot_specifications(few.table, few.axes, period="2022-2023", minimum=70_612)
    medians = [line for line in upper.get_lines() if line.get_label() == "median"]
    assert list(np.diff(medians[0].get_ydata()) >= 0) == [True] * 3
    labels = [text.get_text() for text in lower.get_yticklabels()]
    assert labels == ["baseline: 20 years", "baseline: 10 years", "trend: damped", "trend: none"]
    assert len(lower.collections) == 4
    upper.figure.canvas.draw()
