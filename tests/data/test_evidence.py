"""Publications that completeness is learned from."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from estimator.data.evidence import DeathsEvidence, check_one_vintage, known_by
from estimator.errors import DataError, VintageError
from estimator.estimate.estimate import Estimate
from estimator.nowcast.synthesis import evidence_from_estimate

PERIODS = pd.DataFrame({
    "start": ["2022-02-24", "2023-01-01"], "end": ["2022-12-31", "2023-12-31"],
    "deaths": [20_000.0, 50_000.0],
})  # fmt: skip


def anchor(published_on="2024-02-24", periods=PERIODS, **more):
    return DeathsEvidence("a paper", published_on, periods, **({"common_sd": 0.08} | more))


def test_only_what_had_appeared_is_known():
    both = [anchor(), anchor("2025-02-24")]
    assert known_by(both, date(2025, 2, 23)) == both[:1]
    # what is published on a day is known on that day
    assert known_by(both, date(2025, 2, 24)) == both
    with pytest.raises(VintageError, match="by 2024-02-23; the first is of 2024-02-24"):
        known_by(both, date(2024, 2, 23))
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


def test_revisions_of_the_same_days_are_not_mixed():
    early, later = anchor(), anchor("2025-02-24")
    with pytest.raises(VintageError, match="2022-02-24 to 2023-12-31: one is a revision"):
        check_one_vintage([later, early])
    check_one_vintage([early, anchor("2024-03-01")])
    check_one_vintage([early, anchor("2025-02-24", family="vital")])
    following = PERIODS.assign(start=["2024-01-01", "2024-07-01"], end=["2024-06-30", "2024-12-31"])
    check_one_vintage([early, anchor("2025-02-24", following)])


def posterior(common, own, weeks=60, lowest=400.0):
    """Return war dead by week whose logs err together and each on its own."""
    rng = np.random.default_rng(1)
    errors = common * rng.standard_normal((4, 2000, 1)) + own * rng.standard_normal((4, 2000, weeks))
    days = pd.date_range("2022-02-24", periods=weeks, freq="7D")
    level = lowest + 5.0 * np.arange(weeks)
    draws = xr.DataArray(
        (level * np.exp(errors))[:, :, None], {"age": ["20-24"], "period": days},
        ("chain", "draw", "age", "period"),
    )  # fmt: skip
    span = (str(days[0])[:10], str(days[-1] + pd.Timedelta(days=6))[:10])
    return level, Estimate(xr.Dataset({"excess": draws}), "deaths", {}, {}, (2022, 2023), "20-24", dates=span)


def test_a_posterior_by_week_is_a_statement():
    level, estimate = posterior(0.1, 0.2)
    told = evidence_from_estimate(estimate, published_on="2023-07-11")
    assert told.common_sd == pytest.approx(0.1, rel=0.05)
    assert told.item_sd == pytest.approx(0.2, rel=0.05)
    assert told.periods["deaths"].to_numpy() == pytest.approx(level, rel=0.02)
    assert str(told.periods["end"].iloc[-1].date()) == estimate.dates[1]
    assert (told.periods["end"] - told.periods["start"]).dt.days.unique().tolist() == [6]
    assert (told.family, str(told.published_on)) == ("registry", "2023-07-11")
    assert told.overlap(pd.DatetimeIndex(told.periods["start"])) == pytest.approx(np.eye(60))


def test_a_posterior_that_cannot_be_a_statement_is_refused():
    _, estimate = posterior(0.1, 0.2)
    shifted = Estimate(estimate.draws - 500.0, "deaths", {}, {}, (2022, 2023), "20-24", dates=estimate.dates)
    with pytest.raises(DataError, match="2022-02-24 may have had no deaths"):
        evidence_from_estimate(shifted, published_on="2023-07-11")
    with pytest.raises(DataError, match="at least two weeks or months"):
        evidence_from_estimate(posterior(0.1, 0.2, weeks=1)[1], published_on="2023-07-11")
