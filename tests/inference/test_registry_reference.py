"""The fast engine has the posterior of NUTS, of every quantity that a report prints."""

import numpy as np
import pytest

import estimator as est
from tests.record_reference import REGISTRIES, of_registry, reference

SEEDS = (1, 2, 3)


@pytest.mark.slow
@pytest.mark.parametrize("name", REGISTRIES)
def test_posteriors_agree_within_their_monte_carlo_errors(name):
    recorded = reference(name)
    scores, spreads = [], []
    for seed in SEEDS:
        fast = of_registry(est.fit(REGISTRIES[name](), seed=seed))
        assert fast.keys() == recorded.keys()
        for quantity, (mean, sd, size) in fast.items():
            other, other_sd, other_size = recorded[quantity]
            scores.append((mean - other) / np.hypot(sd / np.sqrt(size), other_sd / np.sqrt(other_size)))
            spreads.append(sd / other_sd)
    assert 0.8 < np.sqrt(np.mean(np.square(scores))) < 1.2
    assert np.abs(scores).max() < 3.5
    assert 0.8 < min(spreads) < max(spreads) < 1.25
