"""The matched sample."""

import pandas as pd
import pytest

from estimator.data.matched_sample import MatchedSample
from estimator.errors import DataError, VintageError
from estimator.sources.matched_sample import load_matched_sample

DATA = pd.DataFrame({"found": [14, 166], "sampled": [33, 291]}, index=["15-19", "20-24"])


def test_the_published_sample():
    sample = load_matched_sample()
    assert sample.ages.labels[0] == "15-19"
    assert sample.ages.labels[-1] == "45-49"
    assert (sample.with_case.sum(), sample.sampled.sum()) == (504, 817)
    assert sample.unknown_age == (341, 550)  # of its own, not the sum of the bands
    assert sample.total == (845, 1367)
    assert sample.data.loc["45-49"].tolist() == [12, 15]
    assert str(sample.vintage) == "2023-07-11"
    assert "unknown age: 341 of 550" in str(sample)


def test_share_and_frame():
    sample = MatchedSample(DATA, "2023-07-11", unknown_age=(1, 2))
    assert sample.share["15-19"] == 14 / 33
    frame = sample.to_frame()
    assert frame["found"].tolist() == [14, 166, 1]
    assert frame["age_low"].isna().tolist() == [False, False, True]
    assert sample.select((20, 24)).with_case.tolist() == [166]
    assert len(MatchedSample(DATA, "2023-07-11").to_frame()) == 2


def test_it_is_frozen():
    data = DATA.copy()
    sample = MatchedSample(data, "2023-07-11")
    data.loc["15-19", "found"] = 99
    sample.with_case[0] = 99
    assert sample.with_case[0] == 14


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (DATA.assign(found=[34, 1]), "age 15-19: 34 found of 33"),
        (DATA.assign(sampled=[0, 300], found=[0, 1]), "age 15-19"),
        (DATA.assign(found=[-1, 1]), "age 15-19"),
        (DATA.assign(found=[1.5, 1]), "age 15-19"),
        (DATA.assign(found=[float("nan"), 1]), "age 15-19"),
        (DATA.drop(columns="sampled"), "column sampled is missing"),
        (DATA.set_axis(["15-19", "18-24"]), "overlap"),
    ],
)
def test_refused(data, message):
    with pytest.raises(DataError, match=message):
        MatchedSample(data, "2023-07-11")


def test_unknown_age_and_vintage_are_refused():
    with pytest.raises(DataError, match="unknown age: 3 found of 2"):
        MatchedSample(DATA, "2023-07-11", unknown_age=(3, 2))
    with pytest.raises(VintageError):
        MatchedSample(DATA, "July 2023")


def test_a_sample_matched_since_the_lists_were_is_refused():
    assert MatchedSample(DATA, "2025-12-31").vintage.year == 2025
    with pytest.raises(VintageError, match=r"matched on 2026-01-01\. Since 2026-01-01 the list is"):
        MatchedSample(DATA, "2026-01-01")
    asked = MatchedSample(DATA, "2026-05-22", allow_dependent=True)
    assert asked.select(tuple(map(int, (DATA.index[0][:2], DATA.index[0][-2:])))).allow_dependent
