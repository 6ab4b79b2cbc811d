from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import estimator as est
from estimator.calibration.sensitivity import (
    INFORMATIVE,
    SCALED,
    control_sensitivity,
    prior_sensitivity,
)
from estimator.errors import DataError
from estimator.published.specification import RUSSIA
from tests.simulated import simulate_counts


@pytest.fixture(scope="module")
def russia():
    return est.fit(est.VitalModel(est.load_rosstat(), RUSSIA), seed=1, draws=4000)


def test_every_hyperprior_is_judged(russia):
    table = prior_sensitivity(russia)
    assert list(table.index) == list(est.BaselinePriors.NAMES)
    assert list(table.columns) == ["excess 2022", "excess 2023", "excess, all", "own"]
    assert np.isfinite(table.to_numpy()).all()
    assert (table >= 0).all(axis=None)


def test_hyperparameters_are_more_sensitive_than_the_excess(russia):
    """Twenty years say little of a scale, and the excess integrates over it."""
    table = prior_sensitivity(russia)
    assert (table["own"] > INFORMATIVE).any()
    assert table["excess, all"].max() < table["own"].max()


def test_a_prior_that_alone_decides_is_found():
    """Draws of a prior without data: the hyperparameter moves, what does not depend on it does not."""
    rng = np.random.default_rng(1)
    priors = est.BaselinePriors()
    scale = np.exp(rng.normal(*priors.level_sd, (4, 1000)))
    excess = rng.normal(0, 1, (4, 1000, 1))
    estimate = est.Estimate(
        xr.Dataset({"excess": (("chain", "draw", "period"), excess)}, {"period": [2022]}),
        "deaths", {"converged": True}, {}, (2022,), "15-49",
        posterior=xr.Dataset({"level_sd": (("chain", "draw"), scale)}),
    )  # fmt: skip
    table = prior_sensitivity(estimate, priors)
    assert table.loc["level_sd", "own"] > 3 * INFORMATIVE
    assert table.loc["level_sd", "excess 2022"] < INFORMATIVE


def test_no_constant_of_the_women_has_a_say_in_a_nation(russia):
    model = est.VitalModel(est.load_rosstat(), RUSSIA)
    table = control_sensitivity(model, russia, seed=1)
    assert len(table) == 1 + 2 * len(SCALED)
    sd = float(russia.total().excess.std())
    assert (table["median"] - table.loc["as it is", "median"]).abs().max() < 0.05 * sd
    width = table["upper"] - table["lower"]
    assert (width / width["as it is"] - 1).abs().max() < 0.05


def test_the_shock_has_a_say_where_women_are_few():
    """A third more women in the target years: a shock that is allowed is followed."""
    counts = simulate_counts(seed=1, women=15.0)
    data = counts.data.copy(deep=True)
    data["count"].loc[{"sex": "female", "period": [2009, 2010]}] *= 1.3
    periods = est.Periods(baseline=(1995, 2007), masked=(2008,), target=(2009, 2010))
    model = est.VitalModel(replace(counts, data=data), periods, (20, 34), (55, 64))
    median = control_sensitivity(model, est.fit(model, seed=1), seed=1)["median"]
    assert median["shock_sd x 2"] + 2 < median["shock_sd / 2"]


def test_without_a_posterior_it_is_refused():
    bare = est.Estimate(xr.Dataset(), "deaths", {}, {}, (2022,), "15-49")
    with pytest.raises(DataError, match="without its posterior"):
        prior_sensitivity(bare)
    with pytest.raises(DataError, match="without its posterior"):
        control_sensitivity(est.VitalModel(est.load_rosstat(), RUSSIA), bare, seed=1)
