"""The fast engine has the posterior of NUTS on real counts, of every quantity that a report prints."""

import json

import numpy as np
import pytest

import estimator as est
from tests.record_reference import FILE, of_estimate, reconstruction

SEEDS = (1, 2, 3)


@pytest.mark.slow
def test_posteriors_agree_within_their_monte_carlo_errors():
    reference = json.loads(FILE.read_text(encoding="utf-8"))
    scores, spreads = [], []
    for seed in SEEDS:
        fast = of_estimate(est.fit(reconstruction(), seed=seed))
        assert fast.keys() == reference.keys()
        for name, (mean, sd, size) in fast.items():
            other, other_sd, other_size = reference[name]
            scores.append((mean - other) / np.hypot(sd / np.sqrt(size), other_sd / np.sqrt(other_size)))
            spreads.append(sd / other_sd)
    assert 0.8 < np.sqrt(np.mean(np.square(scores))) < 1.2
    assert np.abs(scores).max() < 3.5
    assert 0.8 < min(spreads) < max(spreads) < 1.25
