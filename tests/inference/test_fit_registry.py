from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import xarray as xr

import estimator as est
from estimator.errors import DataError
from estimator.inference import fit_registry
from estimator.inference.checks_registry import check_registry
from estimator.inference.fit_registry import draw_war_dead
from estimator.inference.registry_engine import sample_fast
from tests import registries, uncompiled

CHAINS, DRAWS = 2, 300


@pytest.fixture(scope="module")
def model():
    return registries.model()


def posterior(data, *, capture=1.0, peace=0.0, war=1.0, military=None):
    """Return a posterior that is one point, over and over."""
    cells, periods, ages = len(data.cell_period), data.women.shape[1], len(data.target)
    sample = {"chain": np.arange(CHAINS), "draw": np.arange(DRAWS)}
    dims = ("chain", "draw", "target_age", "war_period")
    coords = sample | {"target_age": list(data.target)}

    def cell(values):
        return (("chain", "draw", "cell"), np.broadcast_to(values, (CHAINS, DRAWS, cells)).copy())

    def grid(values):
        return (dims, np.broadcast_to(values, (CHAINS, DRAWS, ages, periods)).copy())

    years = len(data.years)
    return xr.Dataset(
        {
            "war_cases": grid(war), "war_dead": grid(np.asarray(war) / capture),
            "civilian_men": grid(peace), "civilian_seen": cell(data.usual),
            "military_seen": cell(data.usual if military is None else military),
            "log_sex_ratio": (
                ("chain", "draw", "age", "period"),
                np.full((CHAINS, DRAWS, len(data.midpoint), years), np.log(2.5)),
            ),
            "season": (("chain", "draw", "harmonic"), np.zeros((CHAINS, DRAWS, 4))),
            "season_of_young": (("chain", "draw", "harmonic"), np.zeros((CHAINS, DRAWS, 4))),
        },
        coords,
    )  # fmt: skip


def test_without_civilians_every_case_is_a_soldiers(model):
    data = model.arrays()
    drawn = draw_war_dead(posterior(data), data, np.random.default_rng(1))
    counted = np.zeros(data.men[:3].shape)
    np.add.at(counted.T, data.cell_period, data.men_by_cell.T)
    assert (drawn >= counted).all()
    assert drawn.dims == ("chain", "draw", "age", "period")


def test_those_without_a_case_are_added(model):
    data = model.arrays()
    opened = np.bincount(data.cell_period, data.usual)
    cases = 100.0
    drawn = draw_war_dead(posterior(data, capture=0.5, war=cases, peace=1e12), data, np.random.default_rng(1))
    expected = 3 * (cases / 0.5 - cases * opened)  # no case seen is a soldier's
    found = drawn.sum("age").mean(("chain", "draw")).values
    np.testing.assert_allclose(found, expected, rtol=0.02)


def test_a_good_posterior_raises_no_alarm_and_a_bad_one_does(model):
    data = model.arrays()
    late = np.exp(-0.5 * ((data.cell_visible.argmax(1) - 6) / 1.5) ** 2)
    late /= np.exp(-0.5 * ((np.arange(12) - 6) / 1.5) ** 2).sum()
    fine = posterior(data, capture=0.6, war=40.0, peace=150.0, military=late)
    good = check_registry(model, _estimate(fine), seed=1)
    assert not good["alarm"].any()
    assert good["ratio"].between(0.7, 1.3).all()
    half = fine.assign(war_cases=fine["war_cases"] * 0, civilian_men=fine["civilian_men"] * 0.7)
    bad = check_registry(model, _estimate(half), seed=1).set_index("part")
    assert bad.loc["men since the war", "alarm"]
    assert bad.loc["men since the war", "probability"] == 0
    assert not bad.loc["sex ratio in peace", "alarm"]


def test_an_outage_that_the_model_does_not_know_is_an_alarm_with_its_remedy(model, monkeypatch):
    estimate = _estimate(posterior(model.arrays(), capture=0.6, war=40.0, peace=150.0))
    found = (date(2022, 5, 1), date(2022, 7, 31))
    monkeypatch.setattr(type(model), "suggest_outages", lambda self: () if self.outages else (found,))
    delays = check_registry(model, estimate, seed=1).set_index("part").loc["delays of civilians"]
    assert delays["alarm"]
    assert "outages=[('2022-05-01', '2022-07-31')], --outage 2022-05-01:2022-07-31" in delays["remedy"]
    known = replace(model, outages=(found,))
    estimate = _estimate(posterior(known.arrays(), capture=0.6, war=40.0, peace=150.0))
    delays = check_registry(known, estimate, seed=1).set_index("part").loc["delays of civilians"]
    assert (bool(delays["alarm"]), delays["remedy"]) == (False, "")


def _estimate(found):
    return est.Estimate(
        xr.Dataset({"excess": found["war_dead"].rename(target_age="age", war_period="period")}),
        "war dead", {"converged": True}, {}, (2022,), "20-34", posterior=found,
        dates=("2022-03-01", "2022-12-31"),
    )  # fmt: skip


def test_checks_need_the_posterior(model):
    bare = est.Estimate(xr.Dataset(), "war dead", {}, {}, (2022,), "20-34")
    with pytest.raises(ValueError, match="without its posterior"):
        check_registry(model, bare, seed=1)


def test_the_registry_route_has_two_engines(model):
    with pytest.raises(DataError, match="has the engines 'hmc' and 'nuts'"):
        est.fit(model, engine="marginal", seed=1)


def test_nuts_needs_no_jax_and_says_what_would_be_faster(model, monkeypatch, capsys):
    monkeypatch.setattr(fit_registry, "jax_is_there", lambda: False)
    uncompiled.use(monkeypatch)
    estimate = est.fit(model, engine="nuts", seed=1, draws=100, allow_unconverged=True, progress=True)
    assert estimate.provenance["compiler"] == "numba"
    assert 'install the extra "jax"' in capsys.readouterr().err.replace("\n", " ")


def test_where_jax_is_installed_nuts_is_compiled_with_it(model, monkeypatch):
    monkeypatch.setattr(fit_registry, "jax_is_there", lambda: True)
    monkeypatch.setattr(fit_registry, "sample_with_jax", lambda data, **options: sample_fast(data, **{
        name: options[name] for name in ("seed", "draws")
    }))  # fmt: skip
    estimate = est.fit(model, engine="nuts", seed=1, draws=100, minimum_ess=20, allow_unconverged=True)
    assert estimate.provenance["compiler"] == "jax"


@pytest.mark.jax
def test_a_sample_with_jax_passes():
    estimate = est.fit(registries.model(), engine="nuts", seed=1)
    assert estimate.provenance["compiler"] == "jax"
    assert estimate.converged


@pytest.mark.slow
def test_a_small_registry_is_recovered():
    estimate = est.fit(registries.model(), seed=1)
    assert estimate.converged
    truth = 40 / 0.63 * 3 * 10  # cases a month and age, over capture, ages and months
    lower, upper = estimate.total().interval()[["lower", "upper"]].to_array().values
    assert lower < truth < upper
    assert upper - lower < 1.8 * truth  # soldiers' delay is known from ten cases
    assert not check_registry(estimate_model := registries.model(), estimate, seed=1)["alarm"].any()
    assert estimate_model.matched.total == (160, 250)


@pytest.mark.slow
def test_real_counts_of_ages_20_24_agree_with_the_published_estimate():
    model = est.RegistryModel(
        est.load_registry_20_24(),
        est.load_matched_sample(),
        est.Periods(baseline=(2014, 2019), masked=(2020, 2021), target=(2022, 2023)),
        ages=(20, 24),
        control_ages=None,
    )
    estimate = est.fit(model, seed=1)
    assert estimate.converged
    in_2022 = estimate.excess.sel(period=slice("2022-02-21", "2022-12-26")).sum(("age", "period"))
    lower, upper = np.quantile(in_2022.values, [0.025, 0.975])
    assert lower < 2721.3 < upper
    assert upper - lower < 3000
