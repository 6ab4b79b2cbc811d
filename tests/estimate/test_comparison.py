"""An excess against a list: by hand, and only with a list of the time of the data, unless asked for."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from estimator.data.minimum import GRACE
from estimator.errors import DataError, VintageError
from estimator.estimate.estimate import Estimate
from tests.estimates import a_list, excess_of, make_estimate, seen_on


def test_against_a_list_with_dates_by_hand():
    estimate = make_estimate()
    excess = excess_of(estimate).sum(axis=1)
    table = estimate.against(a_list(), level=0.8).set_index("period")
    assert list(table.index) == ["2022", "2023", "2022-2023"]
    assert table["minimum"].to_dict() == {"2022": 50, "2023": 65, "2022-2023": 115}
    assert set(table["minimum_vintage"]) == {"2024-01-12"}
    for name, draws in {"2022": excess[:, 0], "2022-2023": excess.sum(axis=1)}.items():
        row = table.loc[name]
        median, names = np.median(draws), row["minimum"]
        assert row["excess"] == pytest.approx(median)
        assert [row["lower"], row["upper"]] == pytest.approx(list(np.quantile(draws, [0.1, 0.9])))
        assert row["ratio"] == pytest.approx(median / names)
        assert row["completeness"] == pytest.approx(names / median)
        assert row["probability_above_minimum"] == pytest.approx((draws > names).mean())
        assert (row["level"], row["kind"]) == (0.8, "eti")


def test_against_a_total_only_the_whole_period_counts():
    table = make_estimate().against(a_list(weeks=False))
    assert table["period"].tolist() == ["2022-2023"]
    assert table["minimum"].tolist() == [120]


def test_against_sums_over_what_is_left():
    estimate = make_estimate(regions=("east", "north", "south"))
    expected = estimate.against(a_list())
    pd.testing.assert_frame_equal(estimate.by("period").against(a_list()), expected)
    whole = expected.tail(1).reset_index(drop=True)
    pd.testing.assert_frame_equal(estimate.total().against(a_list()), whole)


def test_against_a_list_of_other_years_is_refused():
    later = a_list(weeks=False, vintage="2025-12-05")
    with pytest.raises(VintageError, match=r"2025-12-05.*2022-2023.*seen by 2024-01-31"):
        make_estimate().against(later)
    early = a_list(by_week=pd.Series([5], index=pd.to_datetime(["2022-03-07"])))
    with pytest.raises(DataError, match="end on 2022-03-13"):
        make_estimate().against(early)


@pytest.mark.parametrize(
    ("vintage", "days"),
    [("2023-12-01", "42 days after"), ("2025-03-25, data to 2023", "438 days before")],
)
def test_a_list_seen_long_before_or_after_the_data_is_refused(vintage, days):
    estimate = seen_on(vintage)
    remedy = "Take a list seen within 31 days of"
    with pytest.raises(VintageError, match=f"{vintage[:10]}.*2024-01-12, {days} .*{remedy}"):
        estimate.against(a_list())
    with pytest.raises(VintageError, match="ask for this one with mixed_vintages=True"):
        estimate.total().against(a_list())


def test_mixed_vintages_are_asked_for_and_both_are_told():
    table = seen_on("2025-03-25, data to 2023").against(a_list(), mixed_vintages=True)
    assert set(table["vintage"]) == {"2025-03-25"}
    assert set(table["minimum_vintage"]) == {"2024-01-12"}
    plain = make_estimate().against(a_list())
    pd.testing.assert_frame_equal(table.drop(columns="vintage"), plain.drop(columns="vintage"))
    columns = list(table)
    assert columns.index("vintage") == columns.index("minimum_vintage") + 1


def test_what_a_list_without_weeks_refuses_cannot_be_asked_for():
    bare = a_list(weeks=False, vintage="2024-01-31")
    estimate = seen_on("2025-03-25")
    with pytest.raises(VintageError, match="the data of the estimate were seen on 2025-03-25"):
        estimate.against(bare)
    assert len(estimate.against(bare, mixed_vintages=True)) == 1
    late = a_list(weeks=False, vintage="2025-03-25")
    for asked in (False, True):
        with pytest.raises(VintageError, match="seen by 2024-01-31"):
            estimate.against(late, mixed_vintages=asked)


@given(seen=st.dates(date(2023, 12, 26), date(2026, 1, 1)), apart=st.integers(-500, 500))
@example(seen=date(2024, 2, 12), apart=31)
@example(seen=date(2024, 2, 12), apart=-32)
def test_vintages_are_mixed_more_than_a_month_apart_in_either_direction(seen, apart):
    listed = max(seen + timedelta(days=apart), date(2023, 12, 25))
    estimate, minimum = seen_on(seen.isoformat()).total(), a_list(vintage=listed)
    assert estimate.vintage == seen
    if abs(listed - seen) > GRACE:
        with pytest.raises(VintageError, match=f"{seen}.*{listed}"):
            estimate.against(minimum)
    else:
        assert estimate.against(minimum)["vintage"].tolist() == [seen.isoformat()]
    assert len(estimate.against(minimum, mixed_vintages=True)) == 1


@pytest.mark.parametrize(
    ("vintage", "told"),
    [
        ("unknown", "unknown"), ("", "unknown"), (None, "unknown"),
        ("2023-07", "2023-07"), ("2023-06 (day not stated)", "2023-06 (day not stated)"),
        ("2023-02-30", "2023-02-30"), ("2023-07-111", "2023-07-111"),
    ],
)  # fmt: skip
def test_data_of_unknown_vintage_are_refused_nothing_and_shown_as_unknown(vintage, told):
    estimate = seen_on(vintage)
    assert estimate.vintage is None
    assert set(estimate.against(a_list())["vintage"]) == {told}
    assert set(estimate.to_frame()["vintage"]) == {told}
    shown = "data of unknown vintage" if told == "unknown" else f"data as of {told}"
    assert shown in str(estimate)


def test_without_data_in_its_provenance_an_estimate_has_no_vintage():
    for data in ({}, {"data": None}, {"data": {}}):
        estimate = make_estimate(provenance=data)
        assert estimate.vintage is None
        assert "data of unknown vintage" in str(estimate)


@pytest.mark.parametrize("name", ["estimate.nc", "estimate.zarr"])
def test_the_vintage_survives_sums_and_the_disk(tmp_path, name):
    estimate = seen_on("2025-03-25, data to 2023")
    again = Estimate.load(estimate.save(tmp_path / name))
    for one in (estimate, again, again.total(), again.by("age"), again.cumulative()):
        assert one.vintage == date(2025, 3, 25)
        assert set(one.to_frame()["vintage"]) == {"2025-03-25"}
        assert "data as of 2025-03-25" in str(one)
    with pytest.raises(VintageError, match="mixed_vintages=True"):
        again.against(a_list())


def test_nobody_named_has_no_ratio_and_no_excess_no_completeness():
    none = a_list(weeks=False, total=0)
    row = make_estimate().against(none).iloc[0]
    assert np.isnan(row["ratio"])
    assert row["completeness"] == 0
    estimate = make_estimate()
    few = make_estimate(draws=estimate.draws.assign(observed=estimate.draws["observed"] * 0))
    assert np.isnan(few.against(a_list()).iloc[0]["completeness"])
