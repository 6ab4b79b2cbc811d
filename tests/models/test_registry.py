from dataclasses import replace

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
import pytest
from scipy.special import softmax

from estimator.data.cases import CasesByPeriod
from estimator.data.periods import period_index
from estimator.errors import DataError, VintageError
from estimator.estimate.described import data_vintage
from estimator.models.baseline import complement
from estimator.models.preconditioning import walk_density
from estimator.models.registry.delay_bins import (
    DelayBins,
    calendar_factors,
    civilian_days,
    prewar_delays,
    share_followed_up,
    smooth_military_days,
)
from estimator.models.registry.graph import build_registry
from estimator.models.registry.preconditioner import Preconditioner
from estimator.models.registry.priors import WOMEN_FIRST_SD, curve_prior
from estimator.models.registry.women import add_women
from estimator.sources.registry.bundled import load_registry_reconstruction
from tests import registries
from tests.graphs import compiled


@pytest.fixture(scope="module")
def model():
    return registries.model()


@pytest.fixture(scope="module")
def data(model):
    return model.arrays()


def test_every_case_of_the_war_is_in_one_cell(model, data):
    cases = model.cases
    war = cases.cases.sel(period=slice("2022-03-01", None))
    men = war.sel(sex="male", age=list(data.target))
    assert data.men_by_cell.sum() == float(men.sum())
    civil = war.sel(sex="female").sum() + war.sel(sex="male", age=list(data.control)).sum()
    assert data.civilians_by_cell.sum() == float(civil)
    assert data.women.sum() == float(war.sel(sex="female").sum())


def test_baseline_has_its_years_and_no_others(model, data):
    assert data.base_men.shape[1] == 60
    base = model.cases.by_period().sel(sex="male", period=slice("2015-01-01", "2019-12-31"))
    assert data.base_men.sum() == float(base.sum())
    assert list(data.years) == list(range(2015, 2023))
    assert data.is_baseline_year.tolist() == [True] * 5 + [False] * 3


def test_the_prior_of_a_war_does_not_change_as_its_cases_are_opened(model, data):
    early = registries.model(model.cases.truncate("2022-05-31"), mixed_vintages=True).arrays()
    assert early.men.sum() < data.men.sum() / 2
    assert early.war_level == data.war_level
    in_peace = data.base_men[: len(data.target), -20:].sum(0).mean()
    assert np.exp(data.war_level) == pytest.approx(in_peace / 3, rel=0.01)


def test_weights_of_years_and_knots_add_up_to_one(data):
    for weights in (data.base_years, data.war_years, data.knots):
        np.testing.assert_allclose(weights.sum(1), 1)
    # single months are seen as a whole or not at all
    assert ((data.cell_visible > 0).sum(1) == 1).all()
    assert (data.cell_membership.sum(0) == 1).all()


@pytest.mark.parametrize("horizon", [6, 12])
def test_each_cell_has_the_share_that_its_calendar_gives(horizon):
    data = registries.model(horizon=horizon).arrays()
    index = period_index(data.war_periods, "month")
    civil = calendar_factors(civilian_days(), index, "month", horizon)
    begun = calendar_factors(smooth_military_days(), index, "month", horizon, begun=data.war_began)
    delay = data.cell_visible.argmax(1)
    at = data.cell_period, delay
    np.testing.assert_allclose(data.cell_visible.max(1), begun[at])
    relative = data.usual / civil[at]
    for one in np.unique(delay):
        np.testing.assert_allclose(relative[delay == one], relative[delay == one][0])


def test_periods_count_their_days_and_those_at_war_of_which_the_first_may_have_few():
    late = registries.model(war_began="2022-03-29").arrays()
    np.testing.assert_allclose(late.calendar[:3] * 30.4375, [31, 30, 31])
    np.testing.assert_allclose(late.war_exposure[:3] * 30.4375, [3, 30, 31])
    weekly = registries.model(cases=_weekly(), mixed_vintages=True, war_began="2022-03-03").arrays()
    np.testing.assert_allclose(weekly.war_exposure * 7, [4] + [7] * (len(weekly.war_exposure) - 1))


def test_women_who_are_as_many_a_day_make_no_step():
    """Months of 28 and of 31 days are no fall and no rise."""
    data = registries.model(war_began="2022-01-10").arrays()
    np.testing.assert_allclose(data.calendar[:3] * 30.4375, [31, 28, 31])
    opened = np.linspace(-0.1, -3.0, len(data.calendar))
    with pm.Model(coords=data.coords()) as graph:
        women = add_women(data, Preconditioner.of(data), pt.constant(opened))
    evaluate, point = compiled(graph, [women, graph["women_level"]])
    free = np.zeros(point["women_free"].size)

    def at(free):
        found = evaluate(women_free=free.reshape(point["women_free"].shape))
        return found[0].ravel(), float(found[1])

    origin = at(free)[0]
    slope = np.stack([at(row)[0] - origin for row in np.eye(len(free))], axis=1)

    def density(level):
        return at(np.linalg.solve(slope, level.ravel() - origin))[1]

    level = data.women_level[:, None] + np.zeros(len(data.calendar))
    steady, equal = density(level + np.log(data.calendar)), density(level)
    assert steady > equal + 1
    step = float(np.exp(point["women_step_sd_log__"]))
    none = walk_density(0 * level, first_sd=WOMEN_FIRST_SD, step_sd=step)
    assert steady == pytest.approx(float(none.eval()))


def test_what_moves_all_openings_of_a_period_moves_none_of_an_old_one():
    """In terms of the log odds of being open: no more cases can be open than there are."""
    data = registries.model(horizon=6).arrays()
    graph = build_registry(data, Preconditioner.of(data))
    evaluate, point = compiled(graph, [graph["civilian_seen"]])

    def open_with(shock):
        (shares,) = evaluate(period_shock=np.full_like(point["period_shock"], shock))
        return data.cell_membership @ shares

    assert data.unopened[0] < 0.02
    assert data.unopened[-1] > 0.5
    moved = np.log(open_with(0.1) / open_with(0.0))
    np.testing.assert_allclose(moved, 0.1 * data.unopened)


def test_weeks_in_bins_are_seen_in_part_where_the_triangle_is_cut():
    weekly = registries.model(cases=_weekly(), mixed_vintages=True).arrays()
    seen = weekly.cell_visible
    assert ((seen > 0).sum(1) == 1).all()
    assert seen.max() == pytest.approx(1)
    assert 0 < seen.max(1).min() < 1


def _weekly():
    rng = np.random.default_rng(1)
    from estimator.data.triangle import ReportingTriangle

    return ReportingTriangle.from_array(
        rng.poisson(2.0, (2, 4, 417, 60)), first="2014-12-29", ages=registries.AGES,
        resolution="week", extracted_on="2022-12-25", source="made for tests", hide=True,
    )  # fmt: skip


@pytest.mark.parametrize("resolution", ["week", "month"])
@pytest.mark.parametrize("horizon", [None, 10])
def test_published_delays_are_shares_and_soldiers_are_later(resolution, horizon):
    bins = DelayBins.of(resolution, horizon)
    assert bins.edges[0][0] == 0
    assert all(a[1] == b[0] for a, b in zip(bins.edges, bins.edges[1:]))
    for share in (bins.civilian, bins.military):
        assert share.sum() == pytest.approx(1)
        assert (share > 0).all()
    assert (np.cumsum(bins.military)[:-1] <= np.cumsum(bins.civilian)[:-1] + 1e-9).all()


@pytest.mark.parametrize("resolution", ["week", "month"])
@pytest.mark.parametrize("curve", ["civilian", "military"])
@pytest.mark.parametrize("number", [10, 2000])
@pytest.mark.parametrize("horizon", [None, 12])
def test_a_published_curve_counts_for_as_many_cases_as_its_prior_says(resolution, curve, number, horizon):
    """Shares open by a delay have the published mean, and the errors of so many cases, which are binomial."""
    shares = getattr(DelayBins.of(resolution, horizon), curve)
    location, basis, covariance = curve_prior(shares, number)
    shocks = np.random.default_rng(1).multivariate_normal(np.zeros(len(covariance)), covariance, 20_000)
    opened = softmax(location + shocks @ basis.T, axis=1).cumsum(1)[:, :-1]
    usual = shares.cumsum()[:-1]
    np.testing.assert_allclose(opened.mean(0), usual, atol=0.004)
    np.testing.assert_allclose(np.diff(opened.mean(0)), np.diff(usual), rtol=0.1)
    error = np.sqrt(usual * (1 - usual) / number)
    assert np.sqrt((opened.var(0)).sum() / (error**2).sum()) == pytest.approx(1, abs=0.03)
    ratio = (opened.std(0) / error)[(usual > 0.1) & (usual < 0.95)]
    assert ((ratio > 0.6) & (ratio < 1.4)).all()


def test_delays_that_are_nearly_all_in_one_bin_are_refused():
    with pytest.raises(DataError, match=r"99\.\d% of the cases are in one. Choose a longer horizon"):
        curve_prior(DelayBins.of("week", 2).military, 10.0)


def test_a_sample_looked_up_early_saw_early_delays_only():
    bins = DelayBins.of("month")
    assert (share_followed_up(registries.matched(), bins, "month") == 1).all()
    weeks = pd.Series(1.0, index=pd.date_range("2022-03-07", periods=60, freq="7D"))
    share = share_followed_up(registries.matched(deaths_by_week=weeks), bins, "month")
    assert share[0] > 0.9
    assert (np.diff(share) <= 0).all()
    assert share[-1] == 0


@pytest.mark.parametrize("taken", [1, 2])
@pytest.mark.parametrize("number", [4, 17])
def test_complement_is_orthonormal_and_orthogonal(number, taken):
    directions = np.stack([np.ones(number), np.linspace(-1, 1, number)][:taken], axis=1)
    basis = complement(directions)
    assert basis.shape == (number, number - taken)
    np.testing.assert_allclose(basis.T @ basis, np.eye(number - taken), atol=1e-12)
    np.testing.assert_allclose(directions.T @ basis, 0, atol=1e-12)


def test_settled_cases_have_one_cell_a_period():
    settled = CasesByPeriod.of(registries.triangle(), 5)
    data = registries.model(cases=settled).arrays()
    assert data.published_delays
    assert data.men_by_cell.shape == data.men[:3].shape
    np.testing.assert_allclose(data.cell_visible, 1)
    cut = replace(settled, extracted_on=str(settled.periods[-1])[:10])
    seen = registries.model(cases=cut, mixed_vintages=True).arrays().cell_visible
    assert (seen[-1] == 0).all()
    assert seen[0].sum() > seen[-2].sum()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"control_ages": (30, 39)}, "cannot be its own control|cut"),
        ({"war_began": "2019-01-01"}, "outside the target years"),
        ({"war_began": "yesterday"}, "not a date"),
        ({"horizon": 1}, "at least 2 periods"),
        ({"ages": (20, 39), "control_ages": None}, "nobody of age 35-39 was looked up"),
    ],
)
def test_what_cannot_be_modelled_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        registries.model(**change)


def test_a_war_after_the_last_case_is_refused():
    early = registries.triangle().truncate("2021-06-30")
    with pytest.raises(DataError, match="before the war began"):
        registries.model(cases=early)


def test_the_model_prints_what_it_is():
    told = str(registries.model())
    assert "war since 2022-03-01" in told
    assert "160 of 250" in told
    assert registries.model().specification()["resolution"] == "month"


def test_a_match_long_after_the_extraction_is_refused_unless_asked():
    """Cases of December 2022: a sample matched in June 2023 will do, one of August will not."""
    late = replace(registries.matched(), vintage="2023-08-01")
    with pytest.raises(VintageError, match=r"extracted on 2022-12-31 .* matched on 2023-08-01"):
        registries.model(sample=late)
    assert registries.model(sample=late, mixed_vintages=True).matched is late
    # the model knows both dates: an earlier match is its normal use
    assert registries.model(sample=replace(late, vintage="2022-03-01")).matched.vintage.year == 2022
    with pytest.raises(VintageError, match="ask for it with allow_dependent"):
        registries.model(sample=replace(late, vintage="2026-02-01"))


def test_periods_without_a_case_say_nothing_of_delays():
    """Small countries and single ages have such weeks: the scatter was NaN, and no alarm could be raised."""
    bins = DelayBins.of("month", 12)
    cases = np.random.default_rng(1).poisson(50 * bins.civilian, (23, 12)).astype(float)
    gap = np.insert(cases, 5, 0.0, axis=0)
    seen = np.ones((24, 12), bool)
    even = np.ones((24, 12))
    found, scatter = prewar_delays(gap, seen, 24, bins, even)
    expected, other = prewar_delays(cases, seen[1:], 23, bins, even[1:])
    np.testing.assert_array_equal(found, expected)
    assert scatter == other
    assert np.isfinite(scatter).all()
    published, none = prewar_delays(np.zeros((24, 12)), seen, 24, bins, even)
    assert none == (1.0, 0)
    np.testing.assert_array_equal(published, bins.civilian)


def test_usual_delays_are_those_counted_and_months_do_not_count_as_scatter():
    """A tail of thousandths is not raised, and the calendar of the months counted is taken out."""
    bins = DelayBins.of("month")
    index = period_index(np.datetime64("2018-01-01"), "month") + np.arange(48)
    factors = calendar_factors(civilian_days(), index, "month", 18)
    share = bins.civilian.copy()
    share[8:] = 0.001
    share /= share.sum()
    cases = np.random.default_rng(1).poisson(1e6 * share * factors).astype(float)
    seen = np.ones((48, 18), bool)
    found, (scatter, cells) = prewar_delays(cases, seen, 48, bins, factors)
    np.testing.assert_allclose(found, share, rtol=0.02)
    assert scatter == pytest.approx(1, abs=0.15)
    assert cells == 36 * 18
    unaware = prewar_delays(cases, seen, 48, bins, np.ones_like(factors))[1][0]
    assert unaware > 10


def test_provenance_tells_when_the_registry_was_read():
    """As `fit` hands it to the estimate, of a triangle, of settled cases and of the bundled ones."""
    triangle = registries.model()
    assert data_vintage(triangle.specification()) == "2022-12-31"
    settled = CasesByPeriod.of(registries.triangle(), 5)
    assert data_vintage(registries.model(cases=settled).specification()) == "unknown"
    cut = replace(settled, extracted_on="2022-12-31")
    assert data_vintage(registries.model(cases=cut).specification()) == "2022-12-31"
    assert load_registry_reconstruction().vintage == "2023-06-23"
