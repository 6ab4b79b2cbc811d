"""Delays by day: published curves, and what the calendar makes of them."""

from datetime import date

import numpy as np
import pytest

from estimator.calibration.simulate.world import DAYS, _stretched
from estimator.data.bundled import read_bundled
from estimator.data.periods import period_index
from estimator.models.registry.delay_bins import (
    MILITARY_TAIL,
    calendar_factors,
    civilian_days,
    military_days,
    smooth_military_days,
)
from tests import registries

CURVES = [civilian_days(), smooth_military_days()]


def test_soldiers_cases_are_opened_on_the_published_day_on_average():
    share = read_bundled("rnd2023_military_delay")["killed_percent_with_case"].to_numpy()
    day = np.arange(len(share))
    assert share[0] == 0
    published = (np.diff(share, prepend=0.0) * day).sum() / share[-1]
    days = military_days()
    assert days.sum() == pytest.approx(1)
    tail = MILITARY_TAIL / (len(days) - len(share))
    days[len(share) :] -= tail
    assert (days * np.arange(len(days))).sum() / days.sum() == pytest.approx(published, abs=1e-6)


def test_a_simulated_case_that_is_opened_on_a_day_has_this_delay():
    for day in (0, 40):
        cumulative = np.where(np.arange(541) >= day, 1.0, 0.0)
        probability = _stretched(cumulative, 1.0)
        assert len(probability) == DAYS
        assert probability[day] == 1


@pytest.mark.parametrize("days", CURVES)
@pytest.mark.parametrize("begun", [None, date(2022, 2, 24)])
def test_factors_turn_usual_shares_into_those_of_a_calendar(days, begun):
    """Against a count of every day of death with every delay."""
    first = period_index(np.datetime64("2022-02-01"), "month")
    index = first + np.arange(30)
    found = calendar_factors(days, index, "month", 18, begun=begun)
    np.testing.assert_allclose(calendar_factors(days, np.arange(48), "month", 18).mean(0), 1)
    for row in (0, 11, 12):
        month = np.datetime64("2022-02") + np.timedelta64(row, "M")
        ends = (month + np.timedelta64(one, "M") for one in (0, 1))
        deaths = np.arange(*(end.astype("datetime64[D]") for end in ends))
        if begun:
            deaths = deaths[deaths >= np.datetime64(begun)]
        opened = deaths[:, None] + np.arange(len(days))
        late = (opened.astype("datetime64[M]") - month).astype(int)
        count = np.bincount(late.ravel(), np.tile(days, len(deaths)), 18)[:18] / len(deaths)
        relative = count / days.sum() / found[row]
        if row == 0:
            expected = relative
        np.testing.assert_allclose(relative, expected, rtol=1e-9)


@pytest.mark.parametrize("days", CURVES)
def test_weeks_have_no_calendar_but_for_the_first_of_a_war(days):
    index = period_index(np.datetime64("2022-02-21"), "week") + np.arange(5)
    np.testing.assert_allclose(calendar_factors(days, index, "week", 78), 1)
    found = calendar_factors(days, index, "week", 78, begun=date(2022, 2, 24))
    np.testing.assert_allclose(found[1:], 1)
    assert found[0, 0] < 0.8
    assert found[0, 1] < 1


def test_soldiers_of_a_late_beginning_have_waited_less():
    data, late = (registries.model(war_began=day).arrays() for day in ("2022-03-01", "2022-03-29"))
    first = [one.cell_period == 0 for one in (data, late)]
    early, later = (one.cell_visible[of][:4].sum(1) for one, of in zip((data, late), first))
    assert (later < early).all()
    np.testing.assert_array_equal(late.cell_visible[~first[1]], data.cell_visible[~first[0]])
    np.testing.assert_array_equal(late.usual, data.usual)


def test_february_shows_a_smaller_share_of_januarys_dead():
    """Of the cells of one delay, those opened in the shortest month have least; soldiers' more so."""
    index = period_index(np.datetime64("2022-01-01"), "month") + np.arange(12)
    for days in CURVES:
        factors = calendar_factors(days, index, "month", 12)
        assert factors[:, 0].argmin() == 1
        assert factors[:, 1].argmin() == 0
    soldiers, civilians = (calendar_factors(days, index, "month", 12)[1, 0] for days in CURVES[::-1])
    assert soldiers < civilians


def test_the_smooth_curve_of_soldiers_is_near_the_published_one_and_has_no_gap():
    smooth, published = smooth_military_days().cumsum(), military_days().cumsum()
    assert smooth[-1] == pytest.approx(1)
    assert np.abs(smooth - published).max() < 0.06
    index = period_index(np.datetime64("2022-02-01"), "month") + np.arange(1)
    first = calendar_factors(smooth_military_days(), index, "month", 18, begun=date(2022, 2, 24))[0]
    assert 0.05 < first[0] < 0.5
    assert ((first[1:] > 0.7) & (first[1:] < 1.4)).all()
