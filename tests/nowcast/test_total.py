"""Deaths to date: court-declared deaths added, as known on the day."""

import json

import numpy as np
import pandas as pd
import pytest

from estimator.data.court_filings import CourtFilings
from estimator.errors import VintageError
from estimator.estimate.estimate import Estimate
from estimator.nowcast.declared import declared_deaths
from estimator.nowcast.documents import total_document
from estimator.nowcast.flash import flash
from estimator.nowcast.total import add_declared, deaths_through, overlap_sensitivity, with_declared
from tests.named_lists import named_list, weekly_anchor

AS_OF = "2024-06-30"
COLUMNS = ["first_day", "last_day", "known_on", "persons", "filings", "identified"]


@pytest.fixture(scope="module")
def ordinary():
    world = named_list(seed=2, weeks=130, number=14)
    anchor = weekly_anchor(world, published_on="2024-03-01", through="2023-12-31", seed=1)
    # the simulated list was last seen some weeks before
    return flash(world.vintages, [anchor], as_of=AS_OF, seed=1, draws=800, mixed_vintages=True)


@pytest.fixture(scope="module")
def filings():
    rows = [
        ("2023-01-01", "2024-04-30", "2024-05-10", "military", 20_000, 9000),
        ("2023-01-01", "2024-06-30", "2024-08-10", "military", 40_000, 19_000),
    ]
    return CourtFilings(pd.DataFrame(rows, columns=COLUMNS), "the press")


@pytest.fixture(scope="module")
def deaths(ordinary, filings):
    return with_declared(ordinary, filings, seed=1)


def total(deaths, part="deaths"):
    return deaths.select(part).total().array()


def test_courts_add_what_was_known_then_less_its_overlap(deaths):
    document = total_document(deaths)
    late, share = total(deaths, "court_declared"), total(deaths, "overlap_share")
    assert total(deaths) - total(deaths, "ordinary") == pytest.approx(late * (1 - share))
    assert total(deaths, "declared") == pytest.approx(late * (1 - share))
    assert document["added_by_late"]["median"] < document["late"]["late"]["median"]
    # what was known in August is not in it
    assert document["late"]["filings"] == 20_000
    assert "filings after 2024-04-30 (61 days)" in deaths.warnings[0]


def test_parts_by_week_are_on_the_same_draws(deaths):
    whole, ordinary, declared = (deaths.select(part).array() for part in ("deaths", "ordinary", "declared"))
    assert whole == pytest.approx(ordinary + declared)
    # filings up to April 2024 are of men who died half a year before
    late = deaths.draws["period"].values > np.datetime64("2023-11-02")
    assert (declared[late] == 0).all()
    assert (declared[~late] > 0).all()
    year = deaths.by("year").select("declared").array()
    assert year.sum(axis=0) == pytest.approx(total(deaths, "declared"))
    # a day in the middle of a week: of that week a share
    day = pd.Timestamp(deaths.draws["period"].values[10]) + pd.Timedelta(days=2)
    parts = whole[:10].sum(axis=0) + whole[10] * 3 / 7
    assert deaths_through(deaths, day) == pytest.approx(parts)


def test_shares_of_gap_and_completeness(deaths):
    document = total_document(deaths)
    minimum = document["minimum"]
    assert document["gap"]["median"] == pytest.approx(document["total"]["median"] - minimum)
    assert document["completeness"]["median"] == pytest.approx(
        minimum / document["total"]["median"], rel=1e-3
    )
    assert 0 < document["late_share_of_gap"]["median"] < 1
    assert document["probability_above_minimum"] == 1


def test_where_courts_knew_nothing_nothing_changes(ordinary, filings):
    later = CourtFilings(filings.counts.assign(known_on="2024-08-10"), "the press")
    deaths = with_declared(ordinary, later, seed=1)
    assert np.array_equal(total(deaths), total(deaths, "ordinary"))
    warning = "court-declared deaths are not added: the press: nothing is known"
    assert warning in deaths.warnings[0]
    assert total_document(deaths)["late"] is None
    with pytest.raises(VintageError, match="no court-declared deaths were known"):
        overlap_sensitivity(deaths)


def test_two_days_are_not_mixed(ordinary, filings):
    with pytest.raises(VintageError, match="Take both as of one day"):
        add_declared(ordinary, declared_deaths(filings, as_of="2024-05-31", seed=1, draws=800))


def test_sensitivity_to_the_overlap(deaths):
    table = overlap_sensitivity(deaths)
    assert table["median"].is_monotonic_decreasing
    assert table.loc[1.0, "median"] == pytest.approx(np.median(total(deaths, "ordinary")))


def test_it_tells_its_dates(deaths, tmp_path):
    document = total_document(deaths)
    json.dumps(document, allow_nan=False)
    assert (document["as_of"], document["late"]["as_of"]) == (AS_OF, AS_OF)
    assert (document["late"]["persons"], document["late"]["filed_until"]) == (
        "military",
        "2024-04-30",
    )
    again = Estimate.load(deaths.save(tmp_path / "deaths.nc"))
    assert total_document(again)["total"] == pytest.approx(document["total"])
    assert f"as known on {AS_OF}" in repr(again)
