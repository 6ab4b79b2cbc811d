"""Chapman's estimator beside, and refused once the lists are matched."""

import numpy as np
import pandas as pd
import pytest

from estimator.data.matched_sample import MatchedSample
from estimator.errors import DataError, VintageError
from estimator.nowcast.chapman import chapman
from estimator.published.registry2023 import by_age_2022
from estimator.sources.matched_sample import load_matched_sample


def sample(found, sampled):
    data = pd.DataFrame({"found": [found], "sampled": [sampled]}, index=["20-24"])
    return MatchedSample(data, "2023-07-11", "a match")


def test_by_hand():
    told = chapman(sample(60, 100), 300, list_vintage="2023-07-01")
    assert told["estimate"] == pytest.approx(101 * 301 / 61 - 1)
    assert (told["list_vintage"], told["matched_vintage"]) == ("2023-07-01", "2023-07-11")
    sd = np.sqrt(101 * 301 * 40 * 240 / (61**2 * 62))
    width = 1.959964 * sd / told["estimate"]
    assert told["upper"] == pytest.approx(told["estimate"] * np.exp(width), rel=1e-5)


def test_intervals_cover_a_known_number():
    rng, inside, number = np.random.default_rng(1), 0, 20_000
    for _ in range(300):
        named = rng.binomial(number, 0.05)
        cases = rng.binomial(number, 0.6)
        found = rng.hypergeometric(cases, number - cases, named)
        told = chapman(sample(found, named), cases, list_vintage="2023-07-01")
        inside += told["lower"] <= number <= told["upper"]
    assert 0.92 <= inside / 300 <= 0.98


def test_the_published_match_is_near_the_published_estimate():
    cases = by_age_2022()["excess_cases"].sum()
    told = chapman(load_matched_sample(), cases, list_vintage="2023-07-10")
    # ages are pooled here and apart in the publication, 24,759 (21,525 to 29,401)
    assert 21_525 < told["estimate"] < 29_401


def test_refused_from_january_2026():
    with pytest.raises(VintageError, match=r"was matched against the registry .*not independent"):
        chapman(sample(6, 10), 30, list_vintage="2026-01-01")
    assert chapman(sample(6, 10), 30, list_vintage="2025-12-31")["estimate"] > 30
    with pytest.raises(DataError, match="5 cases are fewer than the 6 matched"):
        chapman(sample(6, 10), 5, list_vintage="2023-07-01")
