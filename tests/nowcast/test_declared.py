"""Court-declared deaths: no man is counted twice."""

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given

from estimator.data.court_filings import CourtFilings
from estimator.errors import DataError, VintageError
from estimator.models.named_list.declared import DeclaredPriors, sample_declared
from estimator.nowcast.declared import declared_deaths, sensitivity, total_with_declared
from estimator.nowcast.documents import declared_document
from estimator.sources.court_filings import load_court_filings

PERSONS = st.floats(0, 5e5)


@given(ordinary=PERSONS, declared=PERSONS, share=st.floats(0, 1))
def test_total_is_ordinary_and_declared_less_the_overlap(ordinary, declared, share):
    one = [np.array([value]) for value in (ordinary, declared, share)]
    total = total_with_declared(*one)[0]
    overlap = min(share * declared, ordinary)
    assert total == pytest.approx(ordinary + declared - overlap)
    # at least the larger of the two, at most their sum
    assert max(ordinary, declared) - 1e-6 <= total or overlap == ordinary
    assert total >= declared - 1e-6
    assert total >= ordinary - 1e-6
    assert total <= ordinary + declared + 1e-6
    assert total_with_declared(*one, guard=False)[0] >= total


@given(declared=st.floats(1, 5e5), share=st.floats(0.01, 1))
def test_the_plain_sum_is_never_the_total_where_they_overlap(declared, share):
    ordinary = np.array([6e5])
    args = ordinary, np.array([declared]), np.array([share])
    gap = total_with_declared(*args, guard=False) - total_with_declared(*args)
    assert gap[0] == pytest.approx(share * declared, rel=1e-6, abs=1e-6)
    assert gap[0] > 0


@given(shares=st.lists(st.floats(0, 1), min_size=2, max_size=5))
def test_more_overlap_is_never_more_dead(shares):
    shares = np.sort(shares)
    many = len(shares)
    total = total_with_declared(np.full(many, 2e5), np.full(many, 6e4), shares)
    assert (np.diff(total) <= 1e-6).all()


def test_the_published_split_adds_up():
    """261,000 ordinary and 90,000 late are 352,000: rounded figures of a split without overlap."""
    from estimator.data.bundled import read_bundled

    figures = read_bundled("published_figures").set_index("id")["estimate"]
    split = [np.array([figures[f"rnd-2026-05-{part}"]]) for part in ("ordinary", "late")]
    total = total_with_declared(*split, np.zeros(1))[0]
    assert total == pytest.approx(figures["rnd-2026-05-total"], abs=1500)
    assert total_with_declared(*split, np.full(1, 0.2))[0] == total - 18_000


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (([1.0], [1.0, 2.0], [0.1]), "differ in number"),
        (([1.0], [-1.0], [0.1]), "at least zero"),
        (([1.0], [np.nan], [0.1]), "at least zero"),
        (([1.0], [1.0], [1.2]), "more than all declared deaths"),
    ],
)
def test_parts_that_cannot_be_are_refused(parts, message):
    with pytest.raises(DataError, match=message):
        total_with_declared(*(np.array(part) for part in parts))


def rows(filings, identified=None, persons="all", years=1):
    return pd.DataFrame({
        "first_day": [pd.Timestamp("2024-01-01")],
        "last_day": [pd.Timestamp("2024-01-01") + pd.Timedelta(days=365.25 * years - 1)],
        "filings": [float(filings)], "identified": [identified], "persons": [persons],
    }).astype({"identified": float})  # fmt: skip


def test_peacetime_filings_leave_nothing():
    sample = sample_declared(rows(8000), DeclaredPriors(), 4000, np.random.default_rng(1))
    assert np.median(sample["declared"]) < 300
    assert (sample >= 0).all(axis=None)


def test_each_step_loses_some_and_shares_are_the_priors():
    sample = sample_declared(rows(40_000, 9000), DeclaredPriors(), 20_000, np.random.default_rng(1))
    assert sample["beyond_peace"].mean() == pytest.approx(32_000, rel=0.01)
    assert (sample["declared"] <= sample["military"]).all()
    assert (sample["military"] <= sample["beyond_peace"] + 1e-9).all()
    assert (sample["military"] >= 9000).all()
    assert sample["military"].mean() == pytest.approx(9000 + 0.8 * 23_000, rel=0.01)
    assert (sample["declared"] / sample["military"]).mean() == pytest.approx(0.8, rel=0.01)
    assert sample["overlap_share"].mean() == pytest.approx(0.2, rel=0.02)


def test_claims_of_soldiers_have_no_peacetime_level():
    sample = sample_declared(rows(5000, persons="military"), DeclaredPriors(), 500, np.random.default_rng(1))
    assert (sample["beyond_peace"] == 5000).all()


def test_shares_without_doubt_give_the_sum_by_hand():
    sure = DeclaredPriors((8000, 1e-6), (7e8, 3e8), (8e8, 2e8), (2.5e8, 7.5e8))
    sample = sample_declared(rows(28_000, 5000), sure, 50, np.random.default_rng(1))
    assert sample["declared"].to_numpy() == pytest.approx((5000 + 0.7 * 15_000) * 0.8, rel=1e-3)
    assert sample["overlap_share"].to_numpy() == pytest.approx(0.25, rel=1e-3)


def test_a_prior_that_is_none_is_refused():
    with pytest.raises(DataError, match="prior of overlap"):
        DeclaredPriors(overlap=(0.0, 1.0))


def test_nothing_known_later_is_used():
    filings = load_court_filings()
    then = declared_deaths(filings, as_of="2025-06-30", seed=1, draws=500)
    future = filings.counts.assign(
        filings=filings.counts["filings"] + 1000 * (filings.counts["known_on"] > "2025-06-30")
    )
    other = declared_deaths(CourtFilings(future, "x"), as_of="2025-06-30", seed=1, draws=500)
    xr.testing.assert_identical(then.draws, other.draws)
    with pytest.raises(VintageError, match="nothing is known as of 2023-12-31"):
        declared_deaths(filings, as_of="2023-12-31", seed=1)


def test_they_grow_and_tell_their_dates():
    medians = [
        float(declared_deaths(load_court_filings(), as_of=day, seed=1).values.median())
        for day in ("2024-06-21", "2025-02-24", "2025-08-29", "2025-12-05")
    ]
    assert medians == sorted(medians)
    deaths = declared_deaths(load_court_filings(), as_of="2025-12-05", seed=1)
    document = declared_document(deaths)
    assert document["filings"] == 90_000
    assert document["known_on"] == "2025-12-05"
    assert document["late"]["median"] == medians[-1]
    assert document["as_of"] == "2025-12-05"
    assert 0.1 < document["overlap_share"]["median"] < 0.3
    assert "as known on 2025-12-05" in repr(deaths)


def test_sensitivity_covers_no_overlap_to_all():
    table = sensitivity(np.full(100, 2e5), np.full(100, 6e4))
    assert table["median"].iloc[[0, -1]].tolist() == [260_000, 200_000]
    assert table["median"].is_monotonic_decreasing
