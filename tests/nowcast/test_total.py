"""How many by now: the late stream switched on, as known on the day."""

import json

import numpy as np
import pandas as pd
import pytest

from estimator.data.court_filings import CourtFilings
from estimator.errors import VintageError
from estimator.nowcast.declared import late_deaths
from estimator.nowcast.flash import flash
from estimator.nowcast.total import Present, with_late
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
def present(ordinary, filings):
    return with_late(ordinary, filings, seed=1)


def test_the_switch_adds_the_stream_known_then_less_its_overlap(present):
    told = present.summary()
    late = present.late.late
    share = present.late.draws["overlap_share"].to_numpy()
    assert present.total - present.ordinary == pytest.approx(late * (1 - share))
    assert told["added_by_late"]["median"] < present.late.summary()["late"]["median"]
    # what was known in August is not in it
    assert present.late.summary()["filings"] == 20_000
    assert "filings after 2024-04-30 (61 days)" in present.warnings[0]


def test_shares_of_gap_and_completeness(present):
    told = present.summary()
    minimum = told["minimum"]
    assert told["gap"]["median"] == pytest.approx(told["total"]["median"] - minimum)
    assert told["completeness"]["median"] == pytest.approx(
        minimum / told["total"]["median"], rel=1e-3
    )
    assert 0 < told["late_share_of_gap"]["median"] < 1
    assert told["probability_above_minimum"] == 1


def test_without_a_stream_nothing_changes(ordinary, filings):
    later = CourtFilings(filings.counts.assign(known_on="2024-08-10"), "the press")
    present = with_late(ordinary, later, seed=1)
    assert np.array_equal(present.total, present.ordinary)
    assert "no late stream is added: the press: nothing is known" in present.warnings[0]
    assert present.to_dict()["late"] is None
    with pytest.raises(VintageError, match="no late stream was known"):
        present.sensitivity()


def test_two_days_are_not_mixed(ordinary, filings):
    with pytest.raises(VintageError, match="Take both as of one day"):
        Present(ordinary, late_deaths(filings, as_of="2024-05-31", seed=1, draws=800))


def test_sensitivity_to_the_overlap(present):
    table = present.sensitivity()
    assert table["median"].is_monotonic_decreasing
    assert table.loc[1.0, "median"] == pytest.approx(np.median(present.ordinary))


def test_it_tells_its_dates(present):
    document = present.to_dict()
    json.dumps(document, allow_nan=False)
    assert (document["as_of"], document["late"]["as_of"]) == (AS_OF, AS_OF)
    text = str(present)
    assert "of the gap to the minimum the late stream explains" in text
    assert "for soldiers, to 2024-04-30" in text
