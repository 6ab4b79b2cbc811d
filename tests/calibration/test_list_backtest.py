"""The list nowcast scored a year later, beside a chain ladder."""

import json
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from estimator.calibration.nowcast_backtest import chain_ladder, list_backtest
from estimator.data.named_list import NamedListVintages
from estimator.errors import DataError
from estimator.sources.named_list_vintages import load_list_totals, read_list_vintages
from tests.named_lists import named_list


@pytest.fixture(scope="module")
def world():
    return named_list(seed=21, weeks=120, every=28, number=20, noise=0.2, level=400.0)


@pytest.fixture(scope="module")
def result(world):
    return list_backtest(world.vintages, seed=1, ahead=timedelta(days=196), every=3, draws=600)


def test_the_ladder_knows_a_constant_growth():
    weeks = pd.date_range("2022-03-03", periods=3, freq="7D")
    days = pd.date_range("2024-06-01", periods=7, freq="28D")
    grown = np.exp(0.001 * 28 * np.arange(7))
    counts = pd.DataFrame(np.round(1e8 * np.outer([1, 2, 3], grown)), index=weeks, columns=days)
    told = chain_ladder(NamedListVintages(counts, "a list"), days[-1] + pd.Timedelta(days=100))
    assert told == pytest.approx(counts.iloc[:, -1] * np.exp(0.1), rel=1e-3)


def test_the_ladder_leaves_a_week_without_names_at_none(world):
    counts = world.vintages.counts.copy()
    counts.iloc[-1] = counts.iloc[-1].where(counts.iloc[-1].isna(), 0.0)
    last = pd.Timestamp("2026-01-01")
    assert chain_ladder(NamedListVintages(counts, "a list"), last)[-1] == 0


def test_scores_of_a_known_world(result):
    told = result.summary()
    assert told["vintages"] == len(result.totals) >= 3
    assert told["weeks"] == len(result.weeks)
    assert 0.8 < told["coverage_90"] <= 1
    assert told["coverage_95"] >= told["coverage_90"]
    assert told["crps_gain"] == pytest.approx(1 - told["crps"] / told["chain_ladder_crps"], abs=1e-9)
    assert told["crps"] < told["median_error"]


def test_a_score_is_of_a_vintage_a_year_later(result):
    gap = pd.to_datetime(result.weeks["scored_at"]) - pd.to_datetime(result.weeks["vintage"])
    assert gap.dt.days.between(180, 212).all()
    assert (result.weeks["observed"] >= 0).all()
    by = result.weeks.groupby("vintage")["observed"].sum()
    assert by.tolist() == result.totals["observed"].tolist()


def test_what_was_not_scored_is_told(result, world):
    assert set(result.skipped.values()) == {
        "too few vintages before it",
        "no vintage 196 days later",
    }
    assert len(result.skipped) + len(result.totals) == len(world.vintages.vintages[::3])
    document = result.to_dict()
    json.dumps(document, allow_nan=False)
    assert document["interval"] == {"kind": "eti", "level": 0.9}


def test_a_list_too_short_is_refused(world):
    short = world.vintages.as_of(world.vintages.vintages[3].date())
    with pytest.raises(DataError, match="no vintage can be scored"):
        list_backtest(short, seed=1)


@pytest.mark.external
def test_real_vintages_meet_the_bounds(external_data):
    """90% intervals cover 85-95% of weeks; CRPS a quarter better than the ladder's error.

    Every third vintage; all of them stand in docs/present.md.
    """
    known = read_list_vintages(external_data / "named_list_vintages_weekly.csv", totals=load_list_totals())
    told = list_backtest(known, seed=1, every=3).summary()
    assert told["vintages"] == 5
    assert 0.85 <= told["coverage_90"] <= 0.95
    assert told["crps_gain"] >= 0.25
