import numpy as np
import pytest
import xarray as xr

import estimator as est
from estimator.calibration.sensitivity import INFORMATIVE, prior_sensitivity
from estimator.errors import DataError

PERIODS = est.Periods(baseline=(2000, 2019), masked=(2020, 2021), target=(2022, 2023))


@pytest.fixture(scope="module")
def russia():
    return est.fit(est.VitalModel(est.load_rosstat(), PERIODS), seed=1, draws=4000)


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
    """Draws of a prior without data: the hyperparameter moves, what does not hang on it stands."""
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


def test_without_a_posterior_it_is_refused():
    bare = est.Estimate(xr.Dataset(), "deaths", {}, {}, (2022,), "15-49")
    with pytest.raises(DataError, match="needs the posterior"):
        prior_sensitivity(bare)
