"""The nowcast of a named list: a growth that is known is found, and nothing later is used."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from threadpoolctl import threadpool_info, threadpool_limits

from estimator.data.named_list import NamedListVintages
from estimator.errors import DataError
from estimator.nowcast.documents import list_document, list_text
from estimator.nowcast.list_growth import fit_list_growth
from tests.named_lists import named_list


@pytest.fixture(scope="module")
def world():
    return named_list(seed=7, weeks=110, number=16, noise=0.25)


@pytest.fixture(scope="module")
def fit(world):
    return fit_list_growth(world.vintages)


def test_a_known_growth_is_recovered(world, fit):
    on = fit.model.used.vintage + pd.Timedelta(days=365)
    nowcast = fit.nowcast(on, seed=1)
    # a list of this size a year later, from the rule that made it
    truth = world.named_by(on)[: nowcast.draws.sizes["period"]]
    table = nowcast.to_frame(0.95)
    covered = (table["lower"] <= truth) & (truth <= table["upper"])
    assert covered.mean() > 0.85
    told = list_document(nowcast)["total"]
    assert told["lower"] < truth.sum() < told["upper"]
    assert told["median"] == pytest.approx(truth.sum(), rel=0.15)
    assert set(table["vintage"]) == {str(fit.model.used.vintage)}
    assert nowcast.provenance["on"] == str(on)
    # weeks that are new gain most
    gain = table["median"] / table["named"].clip(lower=1)
    assert gain.iloc[-8:].mean() > 2 * gain.iloc[:40].mean()


def test_draws_are_counts_that_never_fall(fit):
    nowcast = fit.nowcast("2025-12-31", seed=2, draws=300)
    values = nowcast.array()
    assert (values >= nowcast.draws["named"].values[:, None]).all()
    assert (values % 1 == 0).all()


def test_same_seed_same_digits(fit):
    one, two = (fit.nowcast("2025-06-30", seed=5, draws=200).draws for _ in range(2))
    xr.testing.assert_identical(one, two)


def test_later_days_have_more_names_and_more_doubt(fit):
    near, far = (fit.nowcast(day, seed=1) for day in ("2024-09-30", "2026-09-30"))
    assert np.median(far.total().array()) > np.median(near.total().array())
    assert far.total().array().std() > near.total().array().std()


def test_what_comes_later_changes_nothing(world):
    then = world.vintages.vintages[8].date()
    counts = world.vintages.counts.copy()
    counts.iloc[:, 9:] += 500
    changed = NamedListVintages(counts, "a simulated list")
    one, two = (
        fit_list_growth(v.as_of(then)).nowcast("2024-12-31", seed=1, draws=200)
        for v in (world.vintages, changed)
    )
    xr.testing.assert_identical(one.draws, two.draws)


def test_it_tells_its_dates(fit):
    nowcast = fit.nowcast("2025-06-30", seed=1, draws=200)
    told = list_document(nowcast)
    assert told["vintage"] == str(fit.model.used.vintage)
    assert told["on"] == "2025-06-30"
    assert told["undated_at_vintage"] is None
    assert len(told["weeks"]) == nowcast.draws.sizes["period"]
    assert "95% " in list_text(nowcast)
    assert "undated" not in list_text(nowcast)


def test_refused_where_nothing_can_be_learned(world, fit):
    with pytest.raises(DataError, match="2 vintages over 21 days do not tell"):
        fit_list_growth(world.vintages.as_of(world.vintages.vintages[1].date()))
    with pytest.raises(DataError, match="is not after the vintage"):
        fit.nowcast(fit.model.used.vintage, seed=1)


def test_undated_names_are_told_and_not_spread():
    world = named_list(seed=9, weeks=80, number=8)
    totals = world.vintages.counts.sum() + 700
    known = NamedListVintages(world.vintages.counts, "a list", totals)
    nowcast = fit_list_growth(known).nowcast("2025-01-31", seed=1, draws=200)
    assert nowcast.provenance["undated"] == 700
    assert "700 more were undated" in list_text(nowcast)
    assert np.isclose(nowcast.draws["named"].sum(), world.vintages.counts.iloc[:, -1].sum())


def test_small_matrices_are_solved_by_one_thread(world, monkeypatch):
    """With more, the pools of numpy and scipy wait for one another: minutes become hours."""
    pools = []

    def spy(model):
        pools.extend(pool for pool in threadpool_info() if pool["user_api"] == "blas")
        raise InterruptedError

    monkeypatch.setattr("estimator.nowcast.list_growth._posterior", spy)
    with threadpool_limits(limits=2, user_api="blas"), pytest.raises(InterruptedError):
        fit_list_growth(world.vintages)
    assert pools
    assert {pool["num_threads"] for pool in pools} == {1}
