"""The parts of the list's growth: delay, quadrature, observations, prior."""

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from estimator.models.named_list.growth import (
    HYPER_MEDIAN,
    KNOTS,
    LEVEL_SD,
    UNIT_KNOT,
    ListGrowthModel,
    basis,
    quadrature,
    warp,
)
from tests.named_lists import named_list


@pytest.fixture(scope="module")
def model():
    return ListGrowthModel(named_list(seed=3, weeks=90, number=8).vintages)


@given(lag=st.floats(0, 1842))
def test_delay_is_linear_between_knots_on_its_axis(lag):
    before, after = basis(np.array([lag]))
    assert 0 <= before[0] <= len(KNOTS) - 2
    assert -1e-9 <= after[0] <= 1 + 1e-9
    axis = warp(KNOTS)
    met = (1 - after[0]) * axis[before[0]] + after[0] * axis[before[0] + 1]
    assert met == pytest.approx(warp(np.array([lag]))[0])


def test_the_tail_goes_on_at_the_last_slope():
    before, after = basis(np.array([3000.0]))
    assert before[0] == len(KNOTS) - 2
    assert after[0] > 1


@given(start=st.floats(7, 900), length=st.floats(1, 400))
def test_quadrature_integrates_days_and_their_inverse(start, length):
    lag, weight = quadrature(np.array([start]), np.array([start + length]), 8)
    assert weight.sum() == pytest.approx(length, rel=1e-4)
    assert (lag > 0).all()
    # a power law of the delay, counted from the middle of the week
    whole = np.log((start + length - 3.5) / (start - 3.5))
    assert (weight / lag).sum() == pytest.approx(whole, rel=0.02)


def test_a_week_not_over_has_part_of_its_names():
    _, young = quadrature(np.array([0.0]), np.array([3.0]), 20)
    assert young.sum() == pytest.approx(3**2 / 14, rel=1e-3)


def test_observations_add_up_to_the_last_vintage(model):
    added, first, nodes, weights = model.observations()
    last = model.used.monotone().iloc[:, -1]
    assert added.sum() == last.sum()
    assert (added >= 0).all()
    assert first.sum() == model.used.counts.iloc[:, 0].notna().sum()
    assert nodes.shape == (weights.shape[1], model.size)
    # each observation has intensity, and one a, two h and one c a node
    assert (np.asarray(weights.sum(axis=1)) > 0).all()
    assert np.asarray(nodes.sum(axis=1)).ravel() == pytest.approx(3.0)


def test_a_week_hidden_for_a_vintage_keeps_its_names():
    vintages = named_list(seed=3, weeks=90, number=8).vintages
    counts = vintages.counts.copy()
    counts.iloc[4, 3] = np.nan
    hidden = ListGrowthModel(type(vintages)(counts, vintages.source))
    whole = ListGrowthModel(vintages)
    assert hidden.observations()[0].sum() == whole.observations()[0].sum()
    # the interval before the hidden vintage belongs to the next observation: nothing is lost
    assert hidden.observations()[3].sum() == pytest.approx(whole.observations()[3].sum())


def test_prior_is_proper_and_weeks_vary_as_said(model):
    mean, precision = model.prior(HYPER_MEDIAN)
    assert np.linalg.eigvalsh(precision).min() > 0
    a, h, c = model.sections
    assert mean[h][UNIT_KNOT] == pytest.approx(0)
    covariance = np.linalg.inv(precision)
    weeks = covariance[a, a]
    centred = np.eye(len(weeks)) - 1 / len(weeks)
    spread = np.sqrt(np.trace(centred @ weeks @ centred) / len(weeks))
    assert 0.4 * LEVEL_SD < spread < 1.1 * LEVEL_SD
    # the pace is known best at the last vintage
    pace = np.diag(covariance[c, c])
    assert pace[0] == pace.max()


def test_weeks_are_carried_on(model):
    later = ListGrowthModel(model.vintages, model.weeks[-1] + pd.Timedelta(days=30))
    assert len(later.weeks) == len(model.weeks) + 4
    assert later.observations()[0].sum() == model.observations()[0].sum()
