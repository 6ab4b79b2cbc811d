"""The split of a registry's uncertainty: known posteriors give known parts."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import estimator as est
from estimator.inference.checks_registry import split_variance
from tests import registries

DRAWS = 4000


def posterior(data, *, capture_sd=0.0, peace_sd=0.0, delay_sd=0.0, capture=0.6):
    """Return draws whose capture, peace and soldiers' delay have these relative sds, one at a time."""
    rng = np.random.default_rng(1)
    ages, periods, cells = len(data.target), data.women.shape[1], len(data.cell_period)

    def scale(sd):
        return 1 + sd * rng.standard_normal((1, DRAWS))

    grid = np.ones((1, DRAWS, ages, periods))
    whole = np.ones(cells) / np.bincount(data.cell_period)[data.cell_period]
    seen = np.broadcast_to(whole, (1, DRAWS, cells))
    share = capture * scale(capture_sd)[..., None] * np.ones(ages)
    dims = ("chain", "draw")
    labels = list(data.target)
    return xr.Dataset(
        {
            "civilian_men": (
                (*dims, "target_age", "war_period"),
                100 * scale(peace_sd)[..., None, None] * grid,
            ),
            "civilian_seen": ((*dims, "cell"), seen),
            "military_seen": ((*dims, "cell"), seen / scale(delay_sd)[..., None]),
            "capture": ((*dims, "matched_age"), share),
        },
        {"target_age": labels, "matched_age": labels},
    )


def split(model, **sds):
    found = posterior(model.arrays(), **sds)
    excess = found["civilian_men"].rename(target_age="age", war_period="period")
    estimate = est.Estimate(
        xr.Dataset({"excess": excess}), "war dead", {"converged": True}, {}, (2022,), "20-34",
        posterior=found, dates=("2022-03-01", "2022-12-31"),
    )  # fmt: skip
    return split_variance(model, estimate).set_index("source")["sd"]


@pytest.fixture(scope="module")
def model():
    return registries.model()


def test_each_source_is_told_from_the_others(model):
    data = model.arrays()
    men = data.men[: len(data.target)]
    total = (men - 100).sum() / 0.6
    only = split(model, peace_sd=0.05)
    assert only["baseline"] == pytest.approx(0.05 * 100 * men.size / 0.6, rel=0.05)
    assert only[["delay", "capture"]].tolist() == pytest.approx([0, 0], abs=1e-6)
    assert split(model, delay_sd=0.05)["delay"] == pytest.approx(0.05 * total, rel=0.05)
    assert split(model, capture_sd=0.05)["capture"] == pytest.approx(0.05 * total, rel=0.06)


def test_counting_is_that_of_cases_and_of_those_without(model):
    data = model.arrays()
    men = data.men[: len(data.target)]
    unseen = (men - 100) / 0.6 * 0.4
    exact = np.sqrt((men / 0.6**2 + np.maximum(unseen, 0)).sum())
    assert split(model)["counting"] == pytest.approx(exact, rel=1e-6)


def test_cases_of_unknown_sex_or_age_raise_every_part(model):
    thinned = replace(model, cases=replace(model.cases, identified=0.8))
    whole, less = split(model, peace_sd=0.05), split(thinned, peace_sd=0.05)
    assert less["baseline"] == pytest.approx(whole["baseline"] / 0.8, rel=1e-6)
    assert less["counting"] > whole["counting"]


def test_it_needs_the_posterior(model):
    bare = est.Estimate(xr.Dataset(), "war dead", {}, {}, (2022,), "20-34")
    with pytest.raises(ValueError, match="without its posterior"):
        split_variance(model, bare)
