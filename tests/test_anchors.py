"""Publications that completeness is learned from."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from estimator.anchors import DeathsAnchor, known_by
from estimator.errors import DataError, VintageError

PERIODS = pd.DataFrame({
    "start": ["2022-02-24", "2023-01-01"], "end": ["2022-12-31", "2023-12-31"],
    "deaths": [20_000.0, 50_000.0],
})  # fmt: skip


def anchor(published_on="2024-02-24", periods=PERIODS, **more):
    return DeathsAnchor("a paper", published_on, periods, **({"common_sd": 0.08} | more))


def test_only_what_had_appeared_is_known():
    both = [anchor(), anchor("2025-02-24")]
    assert known_by(both, date(2024, 2, 25)) == both[:1]
    # a figure published on a day is not used for an estimate of that day
    with pytest.raises(VintageError, match="before 2024-02-24; the first is of 2024-02-24"):
        known_by(both, date(2024, 2, 24))
    with pytest.raises(VintageError, match="no estimate of deaths"):
        known_by([], date(2024, 2, 24))


def test_periods_end_by_a_day():
    assert anchor().until("2023-06-30").periods["deaths"].tolist() == [20_000.0]
    assert anchor().until("2022-12-30") is None


def test_overlap_is_by_days():
    weeks = pd.date_range("2022-12-29", periods=3, freq="7D")
    share = anchor().overlap(weeks)
    assert share[0] == pytest.approx([3 / 7, 0, 0])
    assert share[1] == pytest.approx([4 / 7, 1, 1])
    # periods that touch share out each week without gap or double count
    assert share.sum(axis=0) == pytest.approx(np.ones(3))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"deaths": [0.0, 1.0]}, "deaths above zero"),
        ({"end": ["2022-01-01", "2023-12-31"]}, "first and last day"),
    ],
)
def test_periods_that_cannot_be_are_refused(change, message):
    with pytest.raises(DataError, match=message):
        anchor(periods=PERIODS.assign(**change))


def test_other_refusals():
    with pytest.raises(DataError, match="no periods"):
        anchor(periods=PERIODS.iloc[:0])
    with pytest.raises(DataError, match="standard deviations"):
        anchor(common_sd=0.0)
    with pytest.raises(DataError, match="standard deviations"):
        anchor(item_sd=-1.0)
    with pytest.raises(VintageError, match="not a date"):
        anchor(published_on="")
    weeks = pd.date_range("2024-02-01", periods=3, freq="7D")
    with pytest.raises(DataError, match="2022-02-24 to 2022-12-31 has no week of the list"):
        anchor().overlap(weeks)
