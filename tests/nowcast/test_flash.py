"""Completeness and the flash estimate: a known number is found, and nothing later is used."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from estimator.data.evidence import DeathsEvidence
from estimator.data.named_list import NamedListVintages
from estimator.errors import DataError, VintageError
from estimator.nowcast.completeness import completeness, names_by_week
from estimator.nowcast.documents import (
    cumulative_table,
    deaths_table,
    headline,
    total_document,
    week_rows,
)
from estimator.nowcast.flash import flash
from estimator.nowcast.total import with_declared
from estimator.nowcast.weeks import weeks_of
from estimator.sources.court_filings import load_court_filings
from estimator.sources.named_list_vintages import (
    load_bundled_vintage,
    load_list_totals,
    read_list_vintages,
)
from estimator.sources.published_deaths import load_evidence
from tests.named_lists import named_list, weekly_anchor

AS_OF = "2024-09-01"


@pytest.fixture(scope="module")
def world():
    return named_list(seed=11, weeks=145, number=26, noise=0.2)


@pytest.fixture(scope="module")
def anchors(world):
    early = weekly_anchor(world, published_on="2023-07-10", through="2023-05-01", seed=1)
    later = weekly_anchor(world, published_on="2024-07-20", through="2024-04-01", seed=2)
    future = weekly_anchor(world, published_on="2024-10-01", through="2024-09-30", seed=3)
    return [early, later, future]


@pytest.fixture(scope="module")
def result(world, anchors):
    return flash(world.vintages, anchors, as_of=AS_OF, seed=1, draws=1500, mixed_vintages=True)


def true_total(world, day):
    whole = np.clip(((pd.Timestamp(day) - world.weeks).days + 1) / 7, 0, 1)
    return float((world.deaths * whole.to_numpy()).sum())


def test_the_true_number_is_found(world, result):
    told = headline(result)
    assert told["lower"] < true_total(world, AS_OF) < told["upper"]
    assert told["median"] == pytest.approx(true_total(world, AS_OF), rel=0.15)
    assert told["probability_above_minimum"] == 1.0
    weekly = deaths_table(result).iloc[:-1]
    truth = world.deaths[: len(weekly)]
    inside = (weekly["deaths_lower"] <= truth) & (truth <= weekly["deaths_upper"])
    assert inside.mean() > 0.85


def test_recent_weeks_are_less_certain(result):
    weekly = deaths_table(result)
    width = np.log(weekly["deaths_upper"] / weekly["deaths_lower"])
    assert width.iloc[-5:-1].mean() > 2 * width.iloc[10:60].mean()
    assert weekly["completeness"].iloc[-4] < weekly["completeness"].iloc[20]


def test_nothing_later_is_used(world, anchors, result):
    counts = world.vintages.counts.copy()
    later = counts.columns > pd.Timestamp(AS_OF)
    assert later.any()
    counts.loc[:, later] += 5000
    changed = NamedListVintages(counts, "a simulated list")
    other = flash(changed, anchors[:2], as_of=AS_OF, seed=1, draws=1500, mixed_vintages=True)
    xr.testing.assert_identical(other.draws, result.draws)
    assert result.provenance["minimum"]["vintage"] <= AS_OF
    assert all("2024-10-01" not in told for told in result.provenance["learned_from"])
    assert len(result.provenance["learned_from"]) == 2


def test_the_last_week_is_cut_at_the_day(world, anchors):
    whole, part = (
        flash(world.vintages, anchors[1:], as_of=AS_OF, through=day, seed=1, draws=600)
        for day in ("2024-08-28", "2024-08-24")
    )
    assert part.array()[-1] / whole.array()[-1] == pytest.approx(3 / 7)


def test_cumulative_ends_at_the_total(result):
    last = cumulative_table(result).iloc[-1]
    told = headline(result)
    assert last.tolist() == pytest.approx([told["median"], told["lower"], told["upper"]])


def test_it_tells_its_dates(result):
    rows = week_rows(result)
    json.dumps(rows, allow_nan=False)
    assert [row["week"] for row in rows] == [str(day.date()) for day in weeks_of(result)]
    assert {"deaths_lower", "completeness_upper", "cumulative_deaths"} <= set(rows[-1])
    document = total_document(with_declared(result, None, seed=1))
    assert (document["as_of"], document["through"]) == (AS_OF, AS_OF)
    assert document["list_vintage"] <= AS_OF
    assert document["interval"] == {"kind": "eti", "level": 0.95}


def test_refusals(world, anchors):
    with pytest.raises(VintageError, match="had been published by 2023-07-01"):
        flash(world.vintages, anchors, as_of="2023-07-01", seed=1)
    with pytest.raises(VintageError, match="nothing is known as of 2023-01-01"):
        flash(world.vintages, anchors, as_of="2023-01-01", seed=1)
    with pytest.raises(DataError, match="more than 120 days past"):
        flash(world.vintages, anchors[1:], as_of=AS_OF, through="2025-06-01", seed=1)
    year = pd.DataFrame({"start": ["2024-01-01"], "end": ["2024-12-31"], "deaths": [9e4]})
    ahead = DeathsEvidence("a forecast", "2024-01-15", year, 0.1)
    with pytest.raises(VintageError, match=r"no publication known on .* covers a period that ends"):
        flash(world.vintages, [ahead], as_of=AS_OF, seed=1)


def test_one_vintage_says_that_delay_is_the_prior_s(world, anchors):
    first = world.vintages.vintages[1].date()
    published = [anchors[0].until("2022-12-01")]
    result = flash(world.vintages, published, as_of=first, seed=1, draws=600)
    assert "too few to learn" in result.warnings[0]
    assert result.provenance["prior_only"] == "2 vintages of the list known"


def test_vintages_are_mixed_only_where_asked(world, anchors, result):
    with pytest.raises(VintageError, match="one is a revision of the other"):
        flash(world.vintages, anchors, as_of=AS_OF, seed=1)
    stale = str((world.vintages.vintages[-1] + pd.Timedelta(days=40)).date())
    with pytest.raises(VintageError, match=r"40 days before .* it is not the list of that day"):
        flash(world.vintages, anchors[1:2], as_of=stale, seed=1)
    # asked for, both are named with their dates
    assert [told[-11:-1] for told in result.provenance["learned_from"]] == [
        "2023-07-10",
        "2024-07-20",
    ]


def test_the_last_publication_stands_beside(anchors, result):
    beside = result.provenance["published"]
    assert beside["deaths"] == pytest.approx(anchors[1].periods["deaths"].sum())
    assert (beside["published_on"], beside["end"]) == ("2024-07-20", "2024-03-27")
    assert beside["lower"] < beside["deaths"] < beside["upper"]


def test_years_add_up(result):
    yearly = result.by("year")
    assert yearly.draws["period"].values.tolist() == [2022, 2023, 2024]
    assert yearly.array().sum(axis=0) == pytest.approx(result.total().array())


def test_where_a_list_seen_once_says_nothing_of_growth_publications_do():
    """352,000 dead to the end of 2025 were published on the day of the list's only vintage.

    With the list's delay from its prior, and no more names than deaths in any week, ours were 436,000.
    """
    result = flash(load_bundled_vintage(), load_evidence(), as_of="2026-05-22", seed=1)
    beside, told = result.provenance["published"], headline(result)
    assert beside["deaths"] == pytest.approx(351_817, abs=1)
    assert told["median"] == pytest.approx(351_817, rel=0.03)
    # the shared error of publications, 8%, and that of the forecast
    assert 0.8 < told["lower"] / told["median"] < 0.9
    assert 1.1 < told["upper"] / told["median"] < 1.2
    assert result.provenance["holds_late"]
    assert not result.provenance["prior_only"]
    assert "deaths are those of publications" in result.warnings[0]
    assert str(result.through) == "2025-12-28"


def test_publications_alone_must_reach_the_last_days():
    """Seven months after the last week published, the list seen once is all there is, and is used."""
    known = load_bundled_vintage()
    early = [replace(anchor, published_on="2026-05-22").until("2025-05-31") for anchor in load_evidence()]
    result = flash(
        known, [anchor for anchor in early if anchor], as_of="2026-05-22", seed=1, draws=600,
        mixed_vintages=True,
    )  # fmt: skip
    assert result.provenance["prior_only"]


LATER = {
    # day, through: deaths later published, whether the interval without and with late ones holds them
    ("2023-12-31", None): (74_471, True, True),
    ("2024-06-21", "2024-06-30"): (121_966, True, True),
    ("2024-12-31", None): (206_267, False, False),
    ("2025-08-29", None): (312_739, False, True),
    ("2025-12-05", None): (343_005, False, False),
}


@pytest.mark.slow
@pytest.mark.external
@pytest.mark.parametrize(("day", "through"), LATER)
def test_what_was_said_then_against_what_is_known_now(day, through, external_data):
    """The table of docs/present.md: which intervals hold the later value, and which do not."""
    file = external_data / "named_list_vintages_weekly.csv"
    vintages = read_list_vintages(file, totals=load_list_totals())
    then = flash(vintages, load_evidence(), as_of=day, through=through, seed=1, mixed_vintages=True)
    later, without, with_them = LATER[day, through]
    told = total_document(with_declared(then, load_court_filings(), seed=1))
    for name, holds in (("ordinary", without), ("total", with_them)):
        assert (told[name]["lower"] <= later <= told[name]["upper"]) == holds, name


def test_completeness_refuses_vintages_far_apart_unless_asked(world, anchors):
    with pytest.raises(VintageError, match="both have been revised"):
        completeness(world.vintages, anchors[:1], seed=1)
    result = completeness(world.vintages, anchors[:1], seed=1, mixed_vintages=True, draws=600)
    share = result.completeness()
    assert share["vintage"].unique().tolist() == [str(world.vintages.vintage)]
    weeks = weeks_of(result)
    earlier = names_by_week(world.vintages, weeks, world.vintages.vintages[4].date())
    assert (earlier <= result.draws["names"].values).all()
    assert earlier.sum() < result.draws["names"].values.sum()
    with pytest.raises(VintageError, match="nearest vintages"):
        names_by_week(world.vintages, weeks, "2023-07-01")


def test_completeness_takes_a_publication_of_the_same_time(world, anchors):
    then = world.vintages.as_of("2024-07-31")
    result = completeness(then, anchors[1:2], seed=1, draws=600)
    names = then.counts.iloc[:, -1].reindex(world.weeks).fillna(0).to_numpy()
    truth = (names / world.deaths)[:100]
    frame = result.completeness().iloc[:100]
    inside = (frame["lower"] <= truth) & (truth <= frame["upper"])
    assert inside.mean() > 0.85
