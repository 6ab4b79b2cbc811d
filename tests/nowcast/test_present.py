"""The answer of a day: nothing known later is in it, and days that cannot be asked about are refused."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from estimator.data.record import FilingsSeen, NamesSeen, TotalFigure, YearOfExcess
from estimator.errors import VintageError
from estimator.nowcast.answer import answer_document
from estimator.nowcast.contributions import main_source
from estimator.nowcast.present import present, sample_record, years_of_excess
from estimator.sources.record import load_record

DAY = "2023-07-11"


@pytest.fixture(scope="module")
def answer():
    return present(DAY, seed=1)


def test_parts_add_up(answer):
    parts = {name: answer.select(name).array() for name in ("deaths", "ordinary", "late", "declared")}
    assert parts["deaths"] == pytest.approx(parts["ordinary"] + parts["late"])
    assert (parts["declared"] <= parts["late"] + 1e-9).all()
    assert answer.through == date(2023, 7, 11)
    assert answer.converged
    assert answer.by("year").total().array() == pytest.approx(parts["deaths"].sum(axis=0))


def test_what_was_published_later_changes_nothing(answer):
    """Planted: a publication, a list, filings and excess deaths of the day after."""
    record, later = load_record(), date(2023, 7, 12)
    weekly = replace(record.weekly[0], published_on=later, deaths=record.weekly[0].deaths * 9)
    planted = replace(
        record,
        weekly=(*record.weekly, replace(weekly, name="planted")),
        totals=(*record.totals, TotalFigure("planted", later, later, date(2022, 2, 24), later, 9e5, 0.1)),
        names=(*record.names, NamesSeen(later, later, record.names[0].names * 9)),
        filings=(*record.filings, FilingsSeen(later, later, 9e5)),
        years=(YearOfExcess(2022, later, 9e5, 0.1),),
        minima=pd.concat([record.minima, pd.Series([9e5], index=[pd.Timestamp(later)])]).sort_index(),
    )
    again = present(DAY, seed=1, record=planted)
    assert np.array_equal(again.array(), answer.array())
    assert again.provenance["minimum"] == answer.provenance["minimum"]
    assert again.provenance["learned_from"] == answer.provenance["learned_from"]


def test_the_record_of_a_day_holds_nothing_later():
    record = load_record()
    for day in pd.date_range("2023-07-11", record.last_day, freq="37D"):
        known = record.as_of(day.date())
        assert known.last_day <= day.date()
        assert all(one.extracted_on <= one.published_on for one in known.weekly)
        assert all(one.until <= one.known_on for one in known.filings)


def test_no_interval_begins_below_the_names():
    """Twice the names: in places they exceed what was published, and the interval gives way."""
    known = load_record().as_of(DAY)
    last = known.names[-1]
    many = replace(known, names=(replace(last, names=2 * last.names),), minima=2 * known.minima)
    sample = sample_record(
        many, date(2023, 7, 11), seed=1, warm_up=(10, 20, 10), first=40, largest_rhat=2.0, minimum_ess=5
    )
    minima, error = sample.density.arrays.minima, sample.density.priors.list_error
    lowest = np.quantile(sample.deaths.reshape(-1, sample.deaths.shape[-1]) @ minima.weights.T, 0.025, axis=0)
    assert (np.log(lowest) > minima.log_names - 2 * error).all()
    assert (np.log(lowest) < minima.log_names + error).any()


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("2023-07-01", "the first is of 2023-07-10"),
        ("2030-01-01", "nothing is known as late as 2030-01-01: the last statement is of 2026-07-03"),
    ],
)
def test_a_day_without_evidence_is_refused(day, message):
    with pytest.raises(VintageError, match=message):
        present(day, seed=1)


def test_the_document_sets_apart_what_is_recorded(answer):
    document = answer_document(answer, load_record().as_of(DAY))
    assert document["total"]["median"] == pytest.approx(float(np.median(answer.total().array())))
    assert document["recorded"]["median"] < document["total"]["median"]
    assert document["by_period"][-1]["period"] == "to 2023-07-11"
    assert document["by_period"][-1]["partly"] == "after the last publication"
    assert {week["basis"] for week in document["weeks"]} == {"published", "after the last publication"}
    assert all(row["published_on"] <= DAY for row in document["published"])
    assert document["minimum"] == answer.provenance["minimum"]["total"]


def test_whose_number_it_is():
    rows = [{"source": "publications", "share": 0.9}, {"source": "names", "share": 0.1}]
    assert main_source(rows) == "publications"
    assert main_source([row | {"share": 0.5} for row in rows]) is None
    assert main_source([]) is None


def test_a_year_that_may_have_had_none_says_nothing_in_logs():
    class Excess:
        def __init__(self):
            self.draws = {"period": pd.Series([2022, 2023])}

        def by(self, _):
            return self

        def array(self):
            return np.array([np.linspace(-10, 100, 50), np.linspace(50, 100, 50)])

    (row,) = years_of_excess(Excess(), known_on=date(2025, 3, 25))
    assert (row.year, round(row.deaths)) == (2023, 75)
