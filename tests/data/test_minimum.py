"""DocumentedMinimum: built once, validated on building, read by period."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from estimator.data.minimum import DocumentedMinimum
from estimator.errors import DataError, VintageError
from estimator.sources.named_list import load_named_list

WEEKS = pd.Series(
    [10, 20, 30, 40],
    index=pd.to_datetime(["2022-12-19", "2022-12-26", "2023-01-02", "2023-01-09"]),
)


def build(**changes):
    given = {"total": 120, "vintage": "2024-01-12", "source": "a list", "by_week": WEEKS}
    return DocumentedMinimum(**(given | changes))


def test_a_vintage_is_kept_as_a_date():
    for vintage in ("2024-01-12", date(2024, 1, 12), pd.Timestamp("2024-01-12 15:00")):
        assert build(vintage=vintage).vintage == date(2024, 1, 12)


@pytest.mark.parametrize("vintage", [None, "", "2024-01", "12.01.2024", "2024-13-01", pd.NaT, 2024])
def test_without_a_day_there_is_no_vintage(vintage):
    with pytest.raises(VintageError, match="YYYY-MM-DD"):
        build(vintage=vintage)


def test_weeks_belong_to_the_year_in_which_they_begin():
    minimum = build()
    assert minimum.for_years([2022]) == 30
    assert minimum.for_years([2023]) == 70
    assert minimum.for_years(np.array([2022, 2023, 2023])) == 100
    assert minimum.within("2022-12-26", date(2023, 1, 2)) == 50
    assert minimum.within("2022-12-27", "2023-01-01") == 0


def test_what_lies_outside_the_weeks_is_counted():
    assert build().undated == 20
    assert build(by_week=None).undated is None


def test_the_last_day_covered():
    assert build().through == date(2023, 1, 15)
    assert build(vintage="2023-01-10").through == date(2023, 1, 10)
    assert build(by_week=None).through == date(2024, 1, 12)


def test_years_after_the_last_week_are_refused_not_zero():
    with pytest.raises(DataError, match=r"end on 2023-01-15, before 2024-01-01.*later vintage"):
        build().for_years([2023, 2024])


@pytest.mark.parametrize("years", [[2021], [2021, 2022], [1940]])
def test_years_before_the_first_week_are_refused_not_zero(years):
    with pytest.raises(DataError, match=r"begin on 2022-12-19, after .*list of that war, or none"):
        build().for_years(years)
    with pytest.raises(DataError, match="begin on 2022-12-19, after 2022-12-18"):
        build().against_dates("2022-01-01", "2022-12-18")


def test_a_total_has_no_years():
    with pytest.raises(DataError, match="no weeks of death"):
        build(by_week=None).for_years([2022])


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [("2023-01-01", "2022-01-01", "backwards"), ("2022", "2023", "not a period")],
)
def test_periods_that_are_none(start, end, told):
    with pytest.raises(DataError, match=told):
        build().within(start, end)


@pytest.mark.parametrize("total", [-1, 1.5, float("nan"), float("inf"), "many", None])
def test_a_total_is_a_count(total):
    with pytest.raises(DataError, match="not a count of persons"):
        build(total=total, by_week=None)


@pytest.mark.parametrize("value", [-1, 0.5, np.nan, "x", None])
def test_weekly_counts_are_counts(value):
    with pytest.raises(DataError, match=r"by_week, 2022-12-26 00:00:00: .* not a count"):
        build(by_week=WEEKS.astype(object).where(WEEKS != 20, value))


@pytest.mark.parametrize("part", ["by_week", "by_age"])
def test_parts_do_not_exceed_the_total(part):
    series = WEEKS if part == "by_week" else pd.Series({"20-24": 100})
    with pytest.raises(DataError, match=f"{part} adds up to 100, more than the total of 99"):
        build(**{"total": 99, "by_week": None, part: series})


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [0, 1, 1, 2]])
def test_weeks_ascend_without_repeats(order):
    with pytest.raises(DataError, match="ascend"):
        build(by_week=WEEKS.iloc[order])


def test_nobody_died_after_the_list_was_seen():
    with pytest.raises(DataError, match="2023-01-09 begins after the vintage 2023-01-08"):
        build(vintage="2023-01-08")
    assert build(vintage="2023-01-09").total == 120


def test_weeks_are_dates_and_not_empty():
    with pytest.raises(DataError, match=r"for a week\. Index it by the first day"):
        build(by_week=WEEKS.set_axis(list("abcd")))
    with pytest.raises(DataError, match="has 3 for a week"):
        build(by_week=WEEKS.set_axis([date(2022, 12, 19), "2022-12-26", pd.Timestamp(0), 3]))
    with pytest.raises(DataError, match="by_week is empty"):
        build(by_week=WEEKS.iloc[:0])


def test_ages_are_written_one_way_in_ascending_order():
    minimum = build(by_age=pd.Series({"60 and over": 3, "20–24": 1, "25-29": 2}))
    assert minimum.by_age.to_dict() == {"20-24": 1, "25-29": 2, "60+": 3}
    assert list(minimum.by_age.index) == ["20-24", "25-29", "60+"]


@pytest.mark.parametrize("labels", [["20-24", "24-29"], ["20-24", "20:24"], ["60+", "65-69"]])
def test_ages_do_not_overlap(labels):
    with pytest.raises(DataError, match="overlap"):
        build(by_age=pd.Series(1, index=labels))


def test_ages_are_understood():
    with pytest.raises(DataError, match="not understood: a text of 5 characters"):
        build(by_age=pd.Series({"young": 1}))


def test_what_was_passed_in_is_neither_kept_nor_changed():
    weeks = WEEKS.copy()
    minimum = build(by_week=weeks)
    weeks.iloc[0] = 99
    assert minimum.for_years([2022]) == 30
    pd.testing.assert_index_equal(weeks.index, WEEKS.index)
    with pytest.raises(AttributeError):
        minimum.total = 1


def test_a_list_with_weeks_is_set_against_their_years():
    assert build().against_years([2022]) == 30


def test_a_total_is_set_against_the_years_it_can_be_of():
    bare = build(by_week=None, since="2022-02-24")
    assert bare.against_years((2022, 2023)) == 120
    for years, told in [
        ((2022,), "seen by 2023-01-31"),
        ((2020, 2021), "seen by 2022-01-31"),
        ((2023,), "since 2022-02-24"),
        ((2024,), "since 2022-02-24"),
    ]:
        with pytest.raises(VintageError, match=told):
            bare.against_years(years)


def test_since_is_a_day_before_the_vintage():
    with pytest.raises(DataError, match="since"):
        build(since="2025-01-01")
    with pytest.raises(DataError, match="since"):
        build(since="February")


def test_it_prints_its_vintage_and_what_it_does_not_know():
    text = str(build(by_age=pd.Series({"20-24": 50})))
    for part in (
        "120 names",
        "vintage 2024-01-12",
        "a list",
        "to 2023-01-15",
        "20 names outside these weeks",
        "70",
    ):
        assert part in text


def test_messages_leave_out_the_citation_of_a_list():
    listed = load_named_list("2026-05-22")
    with pytest.raises(DataError, match=r"^named list of Mediazona by week of death, vintage"):
        listed.against_years((2031,))
    own = DocumentedMinimum(10, "2024-01-12", "deaths (2).csv")
    with pytest.raises(DataError, match=r"^deaths \(2\).csv, vintage"):
        own.against_dates("2022-02-24", "2022-12-31")
