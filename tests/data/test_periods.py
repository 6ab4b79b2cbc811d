"""Baseline, masked and target periods."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimator.data.periods import Periods, describe_years, parse_years
from estimator.errors import DataError


@pytest.mark.parametrize(
    ("written", "years"),
    [
        (None, ()),
        ("none", ()),
        ("", ()),
        (2022, (2022,)),
        (np.int64(2022), (2022,)),
        ("2022", (2022,)),
        ("2020,2023", (2020, 2023)),
        ("1990:1993, 1999", (1990, 1991, 1992, 1993, 1999)),
        ((2000, 2003), (2000, 2001, 2002, 2003)),
        ([2000, 2003], (2000, 2003)),
        ({2003, 2000}, (2000, 2003)),
        (range(2000, 2003), (2000, 2001, 2002)),
        (np.array([2001, 2000, 2001]), (2000, 2001)),
        ((y for y in (2001.0, 2000.0)), (2000, 2001)),
    ],
)
def test_years_as_users_write_them(written, years):
    assert parse_years(written) == years


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("2005.5", "'2005.5' is not a year. Write 2022"),
        (2005.5, "2005.5 is not a year"),
        ("2019-2000", "runs backwards. Write 2000:2019"),
        ("2000:", "'' is not a year"),
        (":2000", "'' is not a year"),
        ("inf", "'inf' is not a year"),
        ("nan", "'nan' is not a year"),
        ("2019:2000", "runs backwards. Write 2000:2019"),
        ((2019, 2000), "runs backwards"),
        (["spring"], "'spring' is not a year"),
    ],
)
def test_years_that_are_not(written, message):
    with pytest.raises(DataError, match=f"target: .*{message}"):
        parse_years(written, name="target")


@given(st.sets(st.integers(1800, 2100), max_size=6))
def test_parsing_twice_and_describing_change_nothing(years):
    once = parse_years(list(years))
    assert parse_years(once) == once == tuple(sorted(years))
    text = describe_years(years).replace("-", ":").replace(" ", "")
    assert parse_years(text) == once


def test_a_replaced_period_keeps_its_years():
    periods = Periods("1990:1999", "2003,2007", "2000,2002")
    assert periods.masked == (2000, 2002)
    assert dataclasses.replace(periods) == periods
    assert dataclasses.replace(periods, target=(2004, 2006)).masked == (2000, 2002)


def test_periods_print_and_span():
    periods = Periods((2000, 2019), target=(2022, 2023), masked="2020,2021")
    assert str(periods) == "baseline 2000-2019, masked 2020-2021, target 2022-2023"
    assert periods.all_years == tuple(range(2000, 2024))
    assert hash(periods) == hash(Periods("2000:2019", "2022:2023", (2020, 2021)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        periods.target = (2022,)


@pytest.mark.parametrize(
    ("baseline", "target", "masked", "message"),
    [
        ("2000:2019", "2019:2020", None, "2019 is in both the baseline and the target"),
        ("2000:2019", "2022", "2019,2020", "2019 is in both the baseline and the masked"),
        ("2000:2019", "2020:2022", "2020", "2020 is in both the masked and the target"),
        ("2000:2003", "2022", None, "baseline has 4 years .2000-2003.; at least 5"),
        ("none", "2022", None, "the baseline period is empty"),
        ("2000:2019", "none", None, "the target period is empty"),
        ("2000:2019", "1999", None, "target 1999 begins before the baseline"),
    ],
)
def test_roles_that_collide(baseline, target, masked, message):
    with pytest.raises(DataError, match=message):
        Periods(baseline, target, masked)


def test_a_war_within_the_baseline_is_allowed():
    assert Periods([1909, 1910, 1911, 1912, 1913, 1920], (1914, 1918)).all_years[-1] == 1920
