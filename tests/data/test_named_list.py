"""The named list by vintage: what is refused, what is known on a day, what never falls."""

from datetime import date

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from estimator.data.named_list import NamedListVintages
from estimator.errors import DataError, VintageError

WEEKS = pd.date_range("2024-01-04", periods=4, freq="7D")
VINTAGES = ["2024-01-20", "2024-02-03", "2024-02-17"]
CELLS = np.array([[10, 14, 15], [8, 12, 15], [5, 9, 11], [np.nan, 4, 7]])


def frame(cells=CELLS, weeks=WEEKS, vintages=VINTAGES):
    return pd.DataFrame(cells, index=weeks, columns=vintages, dtype=float)


def vintages(cells=CELLS, totals=None):
    return NamedListVintages(frame(cells), "a list", totals)


def test_it_knows_its_weeks_and_vintages():
    known = vintages(totals=pd.Series([30.0, 50.0], index=["2024-01-20", "2024-02-17"]))
    assert known.vintage == date(2024, 2, 17)
    assert known.undated.tolist()[::2] == [7.0, 2.0]
    assert np.isnan(known.undated.iloc[1])
    assert "48 names by week of death" in str(known)
    assert "2 undated" in str(known)
    assert "undated names not known" in str(vintages())


def test_what_was_passed_in_is_not_changed():
    given_frame = frame()
    before = given_frame.copy()
    NamedListVintages(given_frame, "a list")
    pd.testing.assert_frame_equal(given_frame, before)


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ([1, 0, 2], "vintage 2024-01-20 stands after 2024-02-03"),
        ([0, 0, 2], "vintage 2024-01-20 stands after 2024-01-20"),
    ],
)
def test_a_vintage_out_of_order_is_refused(order, message):
    with pytest.raises(VintageError, match=message):
        NamedListVintages(frame(CELLS[:, order], vintages=[VINTAGES[at] for at in order]), "a list")


def test_a_list_that_shrinks_is_refused_and_small_corrections_are_kept():
    with pytest.raises(DataError, match=r"shrinks from 39 names .* 2024-02-03 to 30 at 2024-02-17"):
        vintages(np.column_stack([CELLS[:, :2], [12, 10, 6, 2]]))
    large = CELLS * 100
    large[1, 2] = large[1, 1] - 5
    large[0, 2] = large[0, 1] + 50
    known = vintages(large)
    lost = known.corrections
    assert lost[["names"]].to_numpy().tolist() == [[5.0]]
    assert (known.monotone().diff(axis=1).iloc[:3, 1:] >= 0).all(axis=None)
    # a name that was removed counts as never listed
    assert known.monotone().iloc[1, 1] == large[1, 2]
    assert known.counts.iloc[1, 1] == large[1, 1]


@pytest.mark.parametrize(
    ("cell", "value", "message"),
    [
        ((3, 0), 2.0, "vintage 2024-01-20, week 2024-01-25: 2 is for a week after the vintage"),
        ((0, 1), -3.0, "vintage 2024-02-03, week 2024-01-04: -3 is not a count of persons"),
        ((2, 2), 2.5, "vintage 2024-02-17, week 2024-01-18: 2.5 is not a count of persons"),
    ],
)
def test_a_cell_that_cannot_be_is_named(cell, value, message):
    cells = CELLS.copy()
    cells[cell] = value
    with pytest.raises(DataError, match=message):
        vintages(cells)


def test_weeks_follow_one_another():
    with pytest.raises(DataError, match="does not follow 2024-01-04 by seven days"):
        NamedListVintages(frame().drop(index=WEEKS[1]), "a list")
    with pytest.raises(DataError, match="no vintages"):
        NamedListVintages(pd.DataFrame(), "a list")
    with pytest.raises(DataError, match="vintage 2024-02-03 shows no week"):
        vintages(np.column_stack([CELLS[:, 0], [np.nan] * 4, CELLS[:, 2]]))


def test_totals_hold_the_dated_names():
    with pytest.raises(DataError, match="total of 20 is less than its 23 dated names"):
        vintages(totals=pd.Series([20.0], index=["2024-01-20"]))
    with pytest.raises(VintageError, match="oldest first"):
        vintages(totals=pd.Series([90.0, 80.0], index=["2024-02-17", "2024-01-20"]))


def test_as_of_forgets_what_came_later():
    known = vintages(totals=pd.Series([30.0, 50.0], index=["2024-01-20", "2024-02-17"]))
    then = known.as_of("2024-01-31")
    assert then.vintages.tolist() == [pd.Timestamp("2024-01-20")]
    assert then.weeks[-1] == WEEKS[2]
    assert then.totals.tolist() == [30.0]
    with pytest.raises(VintageError, match="the first vintage is 2024-01-20"):
        known.as_of("2024-01-19")
    with pytest.raises(VintageError, match="not a date"):
        known.as_of("spring")


def test_the_minimum_at_a_vintage():
    known = vintages(totals=pd.Series([30.0, 55.0], index=["2024-01-20", "2024-02-20"]))
    assert known.at("2024-01-20").total == 30
    assert known.at("2024-02-03").total == 39
    with pytest.raises(VintageError, match="nearest vintages are 2024-02-03 and 2024-02-17"):
        known.at("2024-02-10")
    # the last total is newer than the last vintage by week of death
    assert (known.minimum().total, known.minimum().by_week) == (55, None)
    assert known.minimum().vintage == date(2024, 2, 20)
    assert vintages().minimum().total == 48
    assert known.as_of("2024-02-05").minimum().total == 39


def test_nearest_vintage():
    known = vintages()
    assert known.nearest("2024-02-10") == date(2024, 2, 3)
    assert known.nearest("2024-06-01") is None


def test_a_copy_of_an_earlier_list_is_left_out():
    stale = np.column_stack([CELLS[:, 0], CELLS[:, 1], CELLS[:, 1], CELLS[:, 2]])
    days = ["2024-01-20", "2024-02-03", "2024-02-10", "2024-02-17"]
    kept = NamedListVintages(frame(stale, vintages=days), "a list").growing()
    assert [str(day.date()) for day in kept.vintages] == VINTAGES


@given(
    growth=st.lists(st.lists(st.integers(0, 30), min_size=5, max_size=5), min_size=2, max_size=6),
    day=st.integers(0, 60),
)
@settings(max_examples=60, deadline=None)
def test_a_growing_list_is_accepted_and_as_of_uses_nothing_later(growth, day):
    weeks = pd.date_range("2024-01-04", periods=5, freq="7D")
    counts = np.array(growth, float).cumsum(axis=0).T
    seen = pd.date_range("2024-02-10", periods=len(growth), freq="9D")
    known = NamedListVintages(pd.DataFrame(counts, index=weeks, columns=seen), "a list")
    assert known.corrections.empty
    pd.testing.assert_frame_equal(known.monotone(), known.counts)
    then = known.as_of((seen[0] + pd.Timedelta(days=day)).date())
    assert then.vintages[-1] <= seen[0] + pd.Timedelta(days=day)
    # what comes later changes nothing of what was known
    changed = counts.copy()
    changed[:, len(then.vintages) :] += 1000
    other = NamedListVintages(pd.DataFrame(changed, index=weeks, columns=seen), "a list")
    pd.testing.assert_frame_equal(other.as_of(then.vintage).counts, then.counts)
