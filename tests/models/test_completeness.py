"""The completeness model: its prior, its mode, its grid."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from estimator.data.evidence import DeathsEvidence
from estimator.errors import DataError
from estimator.models.named_list.completeness import (
    FIRST_SD,
    CompletenessModel,
    PublishedDeaths,
    solve,
    solve_outer,
)

WEEKS = pd.date_range("2022-02-24", periods=60, freq="7D")
TRUE = logit(0.6) - 0.015 * np.arange(60)
NAMES = np.full(60, 300.0)


def published(common_sd=0.02, noise=0.02, seed=1):
    rng = np.random.default_rng(seed)
    deaths = NAMES / expit(TRUE) * np.exp(noise * rng.standard_normal(60))
    end = WEEKS + pd.Timedelta(days=6)
    periods = pd.DataFrame({"start": WEEKS, "end": end, "deaths": deaths}).iloc[:50]
    return DeathsEvidence("a paper", "2023-06-01", periods, common_sd, None)


def test_walk_and_errors_have_the_variances_they_say():
    model = CompletenessModel(WEEKS, [published(), published(0.04)])
    covariance = np.linalg.inv(model.walk_precision(0.05))
    assert np.diag(covariance) == pytest.approx(FIRST_SD**2 + 0.05**2 * np.arange(60))
    # half of each variance is one error of all publications
    shared = (0.02**2 + 0.04**2) / 4
    errors = model.error_covariance()
    assert errors[0, 1] == pytest.approx(shared)
    assert np.diag(errors) == pytest.approx([shared + 0.02**2 / 2, shared + 0.04**2 / 2])


def test_a_known_completeness_is_recovered():
    model = CompletenessModel(WEEKS, [published()])
    outer = solve_outer(model, np.log(NAMES))
    walk, noise = np.exp(outer.mean[-2:])
    posterior, _ = solve(model, np.log(NAMES), walk, noise, np.zeros(1))
    draws = expit(posterior.draw(2000, np.random.default_rng(1)))
    low, high = np.quantile(draws, [0.025, 0.975], axis=1)
    inside = (low <= expit(TRUE)) & (expit(TRUE) <= high)
    assert inside.mean() > 0.9
    # after the last publication doubt grows week by week
    width = (logit(high) - logit(low))[49:]
    assert (np.diff(width) > -0.02).all()
    assert width[-1] > 1.2 * width[0]


def test_the_gradient_is_the_slope_of_the_likelihood():
    rng = np.random.default_rng(3)
    overlap, names = rng.uniform(0, 1, (4, 6)), rng.uniform(50, 90, 6)
    likelihood = PublishedDeaths(overlap, names, np.log(overlap @ names), rng.uniform(0.1, 0.3, 4))
    point = rng.normal(0, 0.5, 6)
    score, information = likelihood.derivatives(point, likelihood.at(point)[1])
    for move, slope in zip(1e-6 * np.eye(6), score):
        up, down = (likelihood.at(point + sign * move)[0] for sign in (1, -1))
        assert slope == pytest.approx((up - down) / 2e-6, rel=1e-5)
    assert np.linalg.matrix_rank(information) == 4


@pytest.mark.parametrize("common_sd", [0.05, 0.15])
def test_the_level_is_the_publication_s(common_sd):
    """One publication says little of its own error: mean near zero, and the sd that it states.

    Ups and downs of weeks do not push the level, as they would at a joint mode.
    """
    rng = np.random.default_rng(4)
    deaths = NAMES / expit(TRUE) * np.exp(np.cumsum(0.06 * rng.standard_normal(60)))
    end = WEEKS + pd.Timedelta(days=6)
    periods = pd.DataFrame({"start": WEEKS, "end": end, "deaths": deaths}).iloc[:50]
    one = DeathsEvidence("a paper", "2023-06-01", periods, common_sd, None)
    outer = solve_outer(CompletenessModel(WEEKS, [one]), np.log(NAMES))
    assert abs(outer.mean[0]) < 0.7 * common_sd
    assert np.sqrt(outer.covariance[0, 0]) == pytest.approx(common_sd, rel=0.35)


def test_two_publications_that_differ_meet_between():
    first = published(0.1, noise=0.02)
    second = DeathsEvidence("another", "2023-09-01", first.periods.assign(
        deaths=first.periods["deaths"] * np.exp(0.2)), 0.1, None)  # fmt: skip
    outer = solve_outer(CompletenessModel(WEEKS, [first, second]), np.log(NAMES))
    mean, covariance = outer.mean[:2], outer.covariance[:2, :2]
    assert mean[1] - mean[0] == pytest.approx(0.2, abs=0.05)
    assert abs(mean.sum()) < 0.14
    # their difference is known far better than what they share
    assert covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1] < covariance[0, 0] / 4
    assert np.linalg.eigvalsh(outer.covariance).min() > 0


def test_draws_of_the_outer_are_near_its_mean():
    outer = solve_outer(CompletenessModel(WEEKS, [published()]), np.log(NAMES))
    drawn = np.array([(e[0], np.log(w), np.log(n)) for e, w, n in outer.draw(
        4000, np.random.default_rng(1))])  # fmt: skip
    assert drawn.mean(axis=0) == pytest.approx(outer.mean, abs=0.06)
    assert np.cov(drawn.T) == pytest.approx(outer.covariance, abs=0.03)


def test_a_publication_outside_the_weeks_is_refused():
    late = DeathsEvidence(
        "a paper", "2025-06-01",
        pd.DataFrame({"start": ["2025-01-01"], "end": ["2025-03-01"], "deaths": [10.0]}), 0.1,
    )  # fmt: skip
    with pytest.raises(DataError, match="has no week of the list"):
        CompletenessModel(WEEKS, [late]).rows()
