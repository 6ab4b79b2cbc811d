"""Fitting: both engines, the convergence gate, seeds, symmetries, predictive checks."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import estimator as est
from estimator.data.counts import Counts
from estimator.inference.convergence import Diagnostics, check_convergence, diagnose_chains
from tests.record_reference import of_vital, reference, vital
from tests.simulated import simulate_counts

PERIODS = est.Periods((1995, 2006), (2009, 2010), masked=(2007, 2008))


@pytest.fixture(scope="module")
def small():
    counts = simulate_counts(seed=1, women=8000.0)
    return est.VitalModel(counts, PERIODS, ages=(20, 39), control_ages=(55, 64))


@pytest.fixture(scope="module")
def fitted(small):
    return est.fit(small, seed=1)


@pytest.mark.slow
def test_engines_agree_on_the_bundled_counts():
    """Means within five Monte Carlo errors of each other, the sd of the total within a tenth."""
    estimate, nuts = est.fit(vital(), seed=1, draws=4000), reference("vital")
    ours = of_vital(estimate)
    assert ours.keys() == nuts.keys()
    for quantity, (mean, sd, size) in ours.items():
        other, other_sd, other_size = nuts[quantity]
        size = min(size, estimate.diagnostics["min_ess_bulk"])
        error = np.hypot(sd / np.sqrt(size), other_sd / np.sqrt(other_size))
        assert abs(mean - other) < 5 * error, quantity
    assert ours["total[0]"][1] == pytest.approx(nuts["total[0]"][1], rel=0.1)


def test_same_seed_same_digits(small, fitted):
    again = est.fit(small, seed=1)
    assert again.excess.equals(fitted.excess)
    assert not est.fit(small, seed=2).excess.equals(fitted.excess)


def test_unconverged_sample_is_marked(small):
    too_few = est.fit(small, seed=4, draws=200, minimum_ess=10**6, allow_unconverged=True)
    assert not too_few.converged
    assert any("ESS" in problem for problem in too_few.diagnostics["problems"])
    assert "NOT CONVERGED" in str(too_few)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"max_rhat": 1.02}, "R-hat 1.020 of level_sd"),
        ({"max_rhat": float("nan")}, "R-hat nan"),
        ({"min_ess_tail": 399.0}, "tail ESS 399"),
        ({"divergences": 1}, "1 divergent"),
        ({"pareto_k": 0.71}, "k-hat 0.71"),
    ],
)
def test_gate_names_what_failed(broken, words):
    good = Diagnostics("nuts", 4000, 1.0, 1000.0, 1000.0, 0, worst="level_sd")
    check_convergence(good)
    with pytest.raises(est.ConvergenceError, match=words):
        check_convergence(replace(good, **broken))


def test_diagnose_chains_names_the_stuck_quantity():
    import xarray as xr

    rng = np.random.default_rng(0)
    chains = rng.standard_normal((4, 1000, 2))
    chains[3, :, 1] += 3
    posterior = xr.Dataset({"x": (("chain", "draw", "age"), chains)}, coords={"age": ["15-19", "20-24"]})
    found = diagnose_chains(posterior, divergences=0)
    assert found.max_rhat > 1.05
    assert found.worst == "x[20-24]"


def with_sexes_relabelled(counts):
    frame = counts.to_frame()
    frame["sex"] = frame["sex"].map({"male": "female", "female": "male"})
    return Counts.from_frame(frame)


def test_relabelled_sexes_give_the_same_digits(small, monkeypatch):
    """All that knows men from women is the prior mean of the ratio: without it, labels are labels."""
    monkeypatch.setattr("estimator.models.vital.model.LEVEL_MEAN", 0.0)
    swapped = replace(small, counts=with_sexes_relabelled(small.counts), target_sex="female")
    ours, theirs = est.fit(small, seed=1, draws=500), est.fit(swapped, seed=1, draws=500)
    assert theirs.excess.equals(ours.excess)
    assert theirs.posterior.equals(ours.posterior)


def test_the_prior_mean_changes_its_sign_with_the_sex(small):
    men, women = small.surface(), replace(small, target_sex="female").surface()
    assert (men.mean > 0).all()
    np.testing.assert_array_equal(women.mean, -men.mean)


def test_swapping_the_sexes_flips_the_ratio(small, fitted):
    reverse = est.fit(replace(small, target_sex="female"), seed=1)
    ours, theirs = (one.posterior["log_sex_ratio"] for one in (fitted, reverse))
    samples = ("chain", "draw")
    ess = min(fitted.diagnostics["min_ess_bulk"], reverse.diagnostics["min_ess_bulk"])
    error = np.sqrt((ours.var(samples) + theirs.var(samples)) / ess)
    assert (np.abs(ours.mean(samples) + theirs.mean(samples)) < 5 * error).all()


def test_cells_without_women_break_nothing(small):
    counts = simulate_counts(seed=6, women=2.5)
    women = counts.data["count"].sel(sex="female", age=["20-24", "25-29", "30-34", "35-39"])
    assert (women == 0).sum() >= 3
    estimate = est.fit(replace(small, counts=counts), seed=1)
    assert estimate.converged
    assert np.isfinite(estimate.to_frame()["upper"]).all()


def test_known_excess_is_recovered(small):
    data = small.counts.data.copy(deep=True)
    added = 3000.0
    data["count"].loc[{"sex": "male", "age": "30-34", "period": 2010}] += added
    plain, more = est.fit(small, seed=1), est.fit(replace(small, counts=Counts(data)), seed=1)
    difference = float(more.total().excess.mean() - plain.total().excess.mean())
    assert difference == pytest.approx(added)


def test_control_ages_tell_of_common_shocks(small, fitted):
    """More men dying at control ages in the target years: more would have died at target ages too."""
    data = small.counts.data.copy(deep=True)
    data["count"].loc[{"sex": "male", "age": ["55-59", "60-64"], "period": [2009, 2010]}] *= 1.1
    shocked = est.fit(replace(small, counts=Counts(data)), seed=1)
    assert float(shocked.total().excess.mean()) < float(fitted.total().excess.mean())
    without = est.fit(replace(small, control_ages=None), seed=1)
    blind = est.fit(replace(small, counts=Counts(data), control_ages=None), seed=1)
    assert blind.excess.equals(without.excess)


def test_damping_can_be_fixed(small):
    level = est.fit(replace(small, damping=0.0), seed=1)
    undamped = est.fit(replace(small, damping=1.0), seed=1)
    assert "damping" not in level.posterior
    assert float(undamped.total().excess.std()) > float(level.total().excess.std())


def test_regions_are_fitted_each_on_its_own(small):
    frames = [
        small.counts.to_frame().assign(region="north"),
        simulate_counts(seed=8).to_frame().assign(region="south"),
    ]
    frame = pd.concat(frames, ignore_index=True).assign(population=1e6)
    model = replace(small, counts=Counts.from_frame(frame))
    estimate = est.fit(model, seed=1, draws=500)
    assert estimate.rate()["mean"].iloc[0] == pytest.approx(estimate.to_frame()["mean"].iloc[0] / 10)
    assert estimate.excess.sizes["region"] == 2
    assert estimate.by("region").to_frame()["region"].tolist() == ["north", "south"]


def test_rates_need_and_use_populations(small):
    with pytest.raises(est.DataError, match="needs a population column"):
        replace(small, ratio_of="rates")
    frame = small.counts.to_frame().assign(population=1e6)
    model = replace(small, counts=Counts.from_frame(frame), ratio_of="rates")
    estimate = est.fit(model, seed=1)
    assert estimate.rate()["mean"].iloc[0] == pytest.approx(
        estimate.to_frame()["mean"].iloc[0] / 10, rel=1e-6
    )


def test_prior_predictive_spans_what_nations_show(small):
    prior = est.prior_predictive(small, seed=1, draws=400)
    change = prior["log_sex_ratio"].diff("period").std(("draw", "period"))
    assert 0.01 < float(change.mean()) < 0.2
    inside = np.exp(prior["log_sex_ratio"]).quantile([0.05, 0.95])
    assert float(inside[0]) < 1 < 4 < float(inside[1])


def test_posterior_predictive_covers_the_data(small, fitted):
    check = est.posterior_predictive(small, fitted, seed=1)
    probability = check["probability"].values
    probability = probability[~np.isnan(probability)]
    assert 0.3 < probability.mean() < 0.7
    assert (np.abs(probability - 0.5) < 0.49).mean() > 0.95


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ages": (22, 39)}, "simulated: target ages 22-39 do not coincide"),
        (
            {"control_ages": (54, 64)},
            "simulated: control ages 54-64 do not .* control ages out: none",
        ),
        (
            {"control_ages": (35, 64)},
            "control ages 35:64 overlap the target ages 20:39: .* Choose others, such as 55:69, or none",
        ),
        ({"target_sex": "men"}, "target_sex"),
        ({"damping": 1.5}, "between 0 and 1"),
        (
            {"periods": est.Periods((1995, 2006), (2031, 2031))},
            "target years 2031 are not in the data",
        ),
        ({"periods": est.Periods((1980, 2006), (2010, 2011))}, "baseline years 1980-1994"),
    ],
)
def test_bad_specifications_are_refused(small, change, words):
    with pytest.raises(est.DataError, match=words):
        replace(small, **change)


def by_region(small, lacking):
    """Return the small model with two regions, the second without some years."""
    frame = small.counts.to_frame()
    parts = [
        frame.assign(region="North"),
        frame[~frame["year"].isin(lacking)].assign(region="South"),
    ]
    return replace(small, counts=Counts.from_frame(pd.concat(parts, ignore_index=True), source="a.csv"))


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        (
            [2010],
            "a.csv: region South: target years 2010 are not .*, which has 1995-2009, 2011",
        ),
        (
            range(1995, 2003),
            "a.csv: region South: 4 of the baseline's years are in the data; at least 5",
        ),
    ],
)
def test_a_region_without_a_year_is_refused_not_nan(small, lacking, words):
    with pytest.raises(est.DataError, match=words):
        by_region(small, lacking)


def test_a_region_may_lack_other_years(small):
    assert by_region(small, [1995, 1996]).counts.regions == ("North", "South")


def test_what_is_no_model_is_refused():
    with pytest.raises(est.DataError, match=r"NoneType is no model\. Give one, such as VitalModel"):
        est.fit(None, seed=1)
    with pytest.raises(est.DataError, match=r"counts: NoneType is not Counts\. Give what read_counts"):
        est.VitalModel(None, None)
