"""ArviZ reads an estimate of either engine, in memory and saved, and counts its draws as the package does."""

import warnings

import arviz as az
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import binom

import estimator as est
from tests.estimates import make_estimate
from tests.simulated import simulate_counts

GROUPS = [
    "posterior", "posterior_predictive", "log_likelihood", "sample_stats", "observed_data",
    "constant_data",
]  # fmt: skip


@pytest.fixture(scope="module")
def small():
    counts = simulate_counts(seed=1, years=range(2000, 2012), women=8000.0)
    return est.VitalModel(counts, est.Periods((2000, 2009), (2010, 2011)), (20, 39), (55, 64))


@pytest.fixture(scope="module", params=["marginal", pytest.param("nuts", marks=pytest.mark.slow)])
def fitted(request, small):
    return fit(small, request.param)


def fit(small, engine):
    return est.fit(small, engine=engine, seed=1, draws=1200, minimum_ess=100, allow_unconverged=True)


@pytest.fixture(scope="module")
def tree(fitted):
    return fitted.to_datatree()


def test_the_tree_has_the_groups_of_arviz(tree):
    assert list(tree.children) == GROUPS
    assert {"excess", "counterfactual", "log_sex_ratio", "level_sd"} <= set(tree["posterior"].data_vars)
    marginal = "importance_weight" in tree["sample_stats"]
    assert ("pareto_k" if marginal else "acceptance_rate") in tree["sample_stats"]


def test_arviz_summarises_and_plots(tree, fitted):
    table = az.summary(tree, var_names=["excess", "counterfactual", "level_sd"])
    assert len(az.summary(tree)) > len(table)
    label = fitted.draws["age"].values[0]
    assert f"excess[{label}, 2010]" in table.index
    az.plot_forest(tree, var_names=["excess"])
    az.plot_dist(tree, var_names=["excess"])


def test_leave_one_out_and_comparison(tree):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # every cell has a shock of its own: k-hat above 0.7 is expected
        found = az.loo(tree)
        table = az.compare({"one": tree, "other": tree})
    assert found.n_data_points == tree["observed_data"]["deaths"].size
    assert np.isfinite(found.elpd)
    assert list(table.index) == ["one", "other"]


@pytest.mark.slow
@pytest.mark.parametrize("fitted", ["nuts"], indirect=True)
def test_the_same_seed_gives_the_same_digits_compiled_anew(small, fitted):
    assert fit(small, "nuts").posterior.equals(fitted.posterior)


def test_the_log_likelihood_is_the_models(tree, small):
    surface = small.surface()
    rows, columns = np.nonzero(surface.observed)
    ratio = tree["posterior"]["log_sex_ratio"].isel(chain=0, draw=7).values[rows, columns]
    men, women = surface.target[surface.observed], surface.control[surface.observed]
    expected = binom.logpmf(men, men + women, 1 / (1 + np.exp(-ratio)))
    shown = tree["log_likelihood"]["deaths"].isel(chain=0, draw=7).values
    np.testing.assert_allclose(shown, expected, rtol=1e-6)


def test_replicates_are_about_the_data(tree):
    replicates = tree["posterior_predictive"]["deaths"]
    mean, observed = replicates.mean(("chain", "draw")), tree["observed_data"]["deaths"]
    assert float(abs(mean / observed - 1).max()) < 0.3


def test_arviz_counts_draws_as_the_package_does(tree, fitted):
    by_arviz = az.ess(tree, var_names=["excess"])["excess"]
    ours = fitted.summary().set_index(["age", "period"])["ess"]
    np.testing.assert_allclose(by_arviz.values.ravel(), ours.to_numpy(), rtol=1e-9)
    if fitted.diagnostics["engine"] == "nuts":
        least = min(float(cells.min()) for cells in az.ess(fitted.posterior).data_vars.values())
        assert least == pytest.approx(fitted.diagnostics["min_ess_bulk"])
        assert int(tree["sample_stats"]["diverging"].sum()) == fitted.diagnostics["divergences"]


def test_copies_of_a_draw_count_once(small):
    """Resampled by importance, 1,200 draws hold fewer proposals; ArviZ sees about the weights' number."""
    # as many proposals as draws: with fewer, each has several surfaces
    fitted = est.fit(small, seed=1, draws=1200, minimum_ess=240)
    ratio = fitted.posterior["level_sd"]
    copies = np.unique(ratio.values, return_counts=True)[1]
    kish = ratio.size**2 / np.sum(copies.astype(float) ** 2)
    assert kish < ratio.size
    seen = float(az.ess(ratio.to_dataset())["level_sd"])
    assert seen == pytest.approx(kish, rel=0.3)
    assert kish == pytest.approx(fitted.diagnostics["min_ess_bulk"], rel=0.15)
    weights = fitted.sample_stats["importance_weight"]
    assert float(fitted.sample_stats["pareto_k"]) == fitted.diagnostics["pareto_k"]
    assert float(weights.min()) > 0


@pytest.mark.parametrize("name", ["a.nc", "a.zarr"])
def test_the_saved_file_is_the_tree(tmp_path, fitted, tree, name):
    path = fitted.save(tmp_path / name)
    zarr = {"engine": "zarr", "consolidated": False}
    options = zarr if name.endswith("zarr") else {"engine": "h5netcdf"}
    with xr.open_datatree(path, **options) as saved:
        for group in GROUPS:
            xr.testing.assert_allclose(saved[group].to_dataset(), tree[group].to_dataset())
    again = est.Estimate.load(path)
    xr.testing.assert_identical(again.posterior, fitted.posterior)
    xr.testing.assert_allclose(again.observations, fitted.observations)
    assert list(again.to_datatree().children) == GROUPS


def test_regions_have_cells_of_their_own():
    parts = {
        region: simulate_counts(seed=seed, years=range(2000, 2012), women=8000.0).to_frame()
        for seed, region in enumerate(("North", "South"))
    }
    counts = est.Counts.from_frame(pd.concat([part.assign(region=name) for name, part in parts.items()]))
    model = est.VitalModel(counts, est.Periods((2000, 2009), 2011), (20, 29), None)
    tree = est.fit(model, seed=1, draws=400, minimum_ess=50).to_datatree()
    labels = tree["log_likelihood"]["cell"].values
    assert {label.split()[0] for label in labels} == {"North", "South"}
    assert len(set(labels)) == len(labels) == tree["observed_data"]["deaths"].size


def test_without_parameters_the_quantity_is_there():
    tree = make_estimate().to_datatree()
    assert list(tree.children) == ["posterior", "observed_data"]
    assert "excess" in tree["posterior"]
