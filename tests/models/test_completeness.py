"""The completeness model: its prior, its mode, its grid."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from estimator.anchors import DeathsAnchor
from estimator.errors import DataError
from estimator.models.completeness import FIRST_SD, CompletenessModel, hyper_grid, solve

WEEKS = pd.date_range("2022-02-24", periods=60, freq="7D")
TRUE = logit(0.6) - 0.015 * np.arange(60)
NAMES = np.full(60, 300.0)


def published(common_sd=0.02, noise=0.02, seed=1):
    rng = np.random.default_rng(seed)
    deaths = NAMES / expit(TRUE) * np.exp(noise * rng.standard_normal(60))
    end = WEEKS + pd.Timedelta(days=6)
    periods = pd.DataFrame({"start": WEEKS, "end": end, "deaths": deaths}).iloc[:50]
    return DeathsAnchor("a paper", "2023-06-01", periods, common_sd, None)


def test_walk_has_the_variance_it_says():
    model = CompletenessModel(WEEKS, [published()])
    covariance = np.linalg.inv(model.prior_precision(0.05))
    expected = FIRST_SD**2 + 0.05**2 * np.arange(60)
    assert np.diag(covariance)[:60] == pytest.approx(expected)
    # shared and own error make up the publication's
    assert covariance[60, 60] + covariance[61, 61] == pytest.approx(0.02**2)


def test_a_known_completeness_is_recovered():
    model = CompletenessModel(WEEKS, [published()])
    nodes, weights = hyper_grid(model, np.log(NAMES))
    assert weights.sum() == pytest.approx(1)
    walk, noise = nodes[int(weights.argmax())]
    solution = solve(model, np.log(NAMES), walk, noise)
    draws = expit(solution.draw(2000, np.random.default_rng(1))[:60])
    low, high = np.quantile(draws, [0.025, 0.975], axis=1)
    inside = (low <= expit(TRUE)) & (expit(TRUE) <= high)
    assert inside.mean() > 0.9
    # after the last publication doubt grows week by week
    width = (logit(high) - logit(low))[49:]
    assert (np.diff(width) > -0.02).all()
    assert width[-1] > 1.2 * width[0]


def test_shared_error_is_not_averaged_away():
    sizes = []
    for common_sd in (0.02, 0.2):
        model = CompletenessModel(WEEKS, [published(common_sd)])
        draws = solve(model, np.log(NAMES), 0.02, 0.05).draw(3000, np.random.default_rng(1))[:50]
        total = np.log((NAMES[:50, None] / expit(draws)).sum(axis=0))
        sizes.append(total.std())
    assert sizes[0] == pytest.approx(0.02, rel=0.4)
    assert sizes[1] > 4 * sizes[0]


def test_a_publication_outside_the_weeks_is_refused():
    late = DeathsAnchor(
        "a paper", "2025-06-01",
        pd.DataFrame({"start": ["2025-01-01"], "end": ["2025-03-01"], "deaths": [10.0]}), 0.1,
    )  # fmt: skip
    with pytest.raises(DataError, match="has no week of the list"):
        CompletenessModel(WEEKS, [late]).rows()
