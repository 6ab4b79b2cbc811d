"""All sources as statements about the same dead: together where they agree, shown where not."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import estimator as est
from estimator.data.court_filings import CourtFilings
from estimator.data.evidence import DeathsEvidence
from estimator.errors import DataError, VintageError
from estimator.nowcast.conflict import conflicts, statements, two_sided
from estimator.nowcast.documents import total_document
from estimator.nowcast.synthesis import (
    VITAL,
    by_period,
    describe_priors,
    evidence_used,
    synthesis,
    vital_evidence,
)
from estimator.nowcast.total import deaths_through, has_declared
from estimator.published.comparison import published_totals
from estimator.published.specification import RUSSIA
from estimator.report.console.synthesis import synthesis_parts
from estimator.report.pages.synthesis import write_joint
from estimator.report.prose import persons
from estimator.report.prose_synthesis import (
    PRIOR_DRIVEN,
    conflict_lines,
    is_prior_driven,
    stated_rows,
)
from tests.named_lists import named_list, weekly_anchor

AS_OF = "2024-08-31"


@pytest.fixture(scope="module")
def world():
    return named_list(seed=4, weeks=132, number=18, noise=0.1)


def yearly(world, name, published_on, factor, common_sd=0.1, family="registry"):
    year = world.weeks.year
    deaths = [world.deaths[year == one].sum() * factor for one in (2022, 2023)]
    periods = pd.DataFrame({
        "start": ["2022-02-24", "2023-01-01"], "end": ["2022-12-31", "2023-12-31"], "deaths": deaths,
    })  # fmt: skip
    return DeathsEvidence(name, published_on, periods, common_sd, 0.05, family)


@pytest.fixture(scope="module")
def filings():
    row = ("2023-01-01", "2024-06-30", "2024-07-10", "military", 12_000, 9000)
    names = ["first_day", "last_day", "known_on", "persons", "filings", "identified"]
    return CourtFilings(pd.DataFrame([row], columns=names), "the press")


@pytest.fixture(scope="module")
def anchors(world):
    return [
        weekly_anchor(world, published_on="2024-01-20", through="2023-12-31", seed=1),
        yearly(world, VITAL, "2024-03-01", 1.0, family="vital"),
        yearly(world, "a paper that is far off", "2024-06-01", 0.4),
        yearly(world, "a paper to come", "2024-10-01", 1.0),
    ]


@pytest.fixture(scope="module")
def view(world, anchors, filings):
    return synthesis(world.vintages, anchors, filings, as_of=AS_OF, seed=1, draws=900, mixed_vintages=True)


def test_vintages_are_mixed_only_where_asked(world, anchors, filings):
    with pytest.raises(VintageError, match="mixed_vintages=True"):
        synthesis(world.vintages, anchors, filings, as_of=AS_OF, seed=1)


@pytest.fixture(scope="module")
def table(view, world, anchors):
    return statements(view, world.vintages, anchors, seed=1, draws=900)


def test_nothing_later_is_used(view, anchors, table):
    assert [one.name for one in evidence_used(view, anchors)] == [
        "a publication", VITAL, "a paper that is far off",
    ]  # fmt: skip
    assert "a paper to come" not in set(table["source"])


def test_years_add_up_to_the_whole(view, world):
    yearly = view.by("year")
    dead, ordinary = (yearly.select(part).array() for part in ("deaths", "ordinary"))
    assert ordinary.sum(axis=0) == pytest.approx(view.select("ordinary").total().array())
    assert dead.sum(axis=0) == pytest.approx(view.total().array())
    # filings of June 2024 are of men who died half a year before
    added = np.median(dead - ordinary, axis=1)
    years = yearly.draws["period"].values.tolist()
    assert added[years.index(2024)] < added[years.index(2023)]
    frame = by_period(view, world.vintages)
    assert frame["period"].tolist() == ["2022", "2023", "2024", f"to {AS_OF}"]
    assert frame["war_dead"].iloc[-1] == pytest.approx(np.median(view.total().array()))
    assert frame["named_vintage"].max() <= AS_OF
    assert set(frame["as_of"]) == {AS_OF}


def test_a_conflict_is_shown_and_the_others_are_not_blamed(table):
    by = table.dropna(subset="p").groupby("source")["p"].min()
    assert by["a paper that is far off"] < 0.05
    assert by[VITAL] > 0.05
    told = conflicts(table)
    assert any("far off" in one and "expected from the others" in one for one in told)
    assert not any(one.startswith("named list") for one in told)


def test_each_statement_tells_its_vintage(table):
    assert table["vintage"].str.fullmatch(r"\d{4}-\d{2}-\d{2}").all()
    assert table["vintage"].max() <= AS_OF


def test_late_deaths_have_no_p(table):
    late = table[table["source"] == "court filings"].iloc[0]
    assert pd.isna(late["p"])
    assert "no other source counts" in late["told"]


def test_two_sided_p():
    draws = np.arange(1, 101)
    assert two_sided(draws, 50.5) == 1.0
    assert two_sided(draws, 98.5) == pytest.approx(0.04)
    assert two_sided(draws, 500) == 0


def test_publications_of_a_family_share_their_error(world, filings):
    """Two papers of one family leave more doubt than two that err on their own."""
    sd = []
    for family in ("registry", "another"):
        pair = [
            yearly(world, "one", "2024-03-01", 1.0, 0.3),
            yearly(world, "two", "2024-03-02", 1.0, 0.3, family),
        ]
        seen = synthesis(world.vintages, pair, filings, as_of=AS_OF, seed=1, draws=900, mixed_vintages=True)
        sd.append(np.log(seen.by("year").select("ordinary").array()[0]).std())
    assert sd[0] > 1.1 * sd[1]


def test_figures_that_hold_late_deaths_get_no_court_declared_ones(world, anchors, filings):
    whole = DeathsEvidence("with late deaths", "2024-08-01", anchors[0].periods, 0.05, None, holds_late=True)
    view = synthesis(
        world.vintages, [*anchors, whole], filings, as_of=AS_OF, seed=1, draws=400,
        mixed_vintages=True,
    )  # fmt: skip
    assert not has_declared(view)
    assert np.array_equal(view.array(), view.select("ordinary").array())
    assert any("holds these deaths already" in told for told in view.warnings)
    assert any("left out, being without late deaths" in told for told in view.warnings)


def test_vital_registration_as_a_statement():
    excess = est.fit(est.VitalModel(est.load_rosstat(), RUSSIA), seed=1, draws=1000)
    anchor = vital_evidence(excess, published_on="2025-03-25")
    medians = excess.by("period").to_frame()["median"]
    assert anchor.periods["deaths"].to_numpy() == pytest.approx(medians / 0.9)
    assert anchor.family == "vital"
    assert 0.1 < anchor.common_sd < 0.6
    peace = est.Periods(baseline=(2000, 2013), target=(2014, 2015))
    none = est.fit(est.VitalModel(est.load_rosstat(), peace), seed=1, draws=1000)
    with pytest.raises(DataError, match="they may be none"):
        vital_evidence(none, published_on="2025-03-25")


def test_page_and_text(view, world, table, tmp_path):
    rows = [
        {name: None if value != value else value for name, value in row.items()}
        for row in table.astype(object).to_dict("records")
    ]
    document = total_document(view) | {
        "seed": 1, "learned_from": view.provenance["learned_from"],
        "by_period": by_period(view, world.vintages).to_dict("records"), "statements": rows,
        "conflicts": conflicts(table), "cross_check": {"refused": "matched <each> other"},
    }  # fmt: skip
    document |= {"little_more_than_prior": None, "last_publication": {}}
    console = Console(width=200, file=io.StringIO(), markup=False)
    console.print(*synthesis_parts(document))
    text = " ".join(console.file.getvalue().split())
    assert "Conflicts (p below 0.05):" in text
    assert f"as known on {AS_OF}" in text
    assert "documented minimum" in text
    assert "95% credible interval" in text
    late = document["late"]
    assert f"declared dead by courts: {late['filings']:,} filings; they explain" in text
    assert all(f"note: {warning}" in text for warning in view.warnings)
    assert PRIOR_DRIVEN not in text
    theirs = view.provenance["published"]
    doubted = {"little_more_than_prior": "2 vintages", "last_publication": theirs}
    console.print(*synthesis_parts(document | doubted))
    text = " ".join(console.file.getvalue().split())
    assert PRIOR_DRIVEN in text
    assert f"published: {persons(theirs['deaths'])}, {theirs['start']} to {theirs['end']}" in text
    (tmp_path / "out" / "figures").mkdir(parents=True)
    for stale in ("figures/published.svg", "estimates.json"):
        (tmp_path / "out" / stale).write_text("of an earlier report")
    files = write_joint(document, view, tmp_path / "out", level=0.95)
    assert not (tmp_path / "out" / "figures" / "published.svg").exists()
    assert {file.name for file in files} == {
        "joint.json", "by_period.csv", "statements.csv", "report.html", "so_far.svg", "so_far.png",
        "statements.svg", "statements.png", "overlap.svg", "overlap.png", "posterior.svg",
        "posterior.png",
    }  # fmt: skip
    page = (tmp_path / "out" / "report.html").read_text()
    assert "matched &lt;each&gt; other" in page
    assert ".." not in page.split("<main>")[1].split("<figure")[0]
    assert "Left out" in page
    assert "Russia: war dead to" in page
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert json.loads((tmp_path / "out" / "joint.json").read_text())["as_of"] == AS_OF
    again = write_joint(document, view, tmp_path / "again", level=0.95)
    assert [a.read_bytes() for a in files] == [b.read_bytes() for b in again]


def test_vital_registration_is_shown_as_it_states_and_corrected():
    row = {
        "source": "vital registration", "period": "2022", "stated": 18_543.3, "expected": 40_000.0,
        "expected_lower": 30_000.0, "expected_upper": 50_000.0, "p": 0.0, "told": "",
    }  # fmt: skip
    (shown,) = stated_rows([row])
    assert shown["stated"] == pytest.approx(16_689, abs=1)
    assert shown["corrected"] == 18_543.3
    (told,) = conflict_lines([row])
    assert "16,689 stated (18,543 corrected)" in told
    assert told.endswith("p < 0.001")
    (other,) = stated_rows([row | {"source": "another"}])
    assert (other["stated"], other["corrected"]) == (18_543.3, None)


def test_a_list_seen_once_is_told_in_the_answer():
    assert is_prior_driven(
        {"warnings": ["2 vintages known: too few to learn the list's delay from, which is the prior's"]}
    )
    alone = "the list is known by week of death at 1 vintage, which does not tell how it grows"
    assert not is_prior_driven({"warnings": [alone]})
    assert not is_prior_driven({"warnings": ["filings after a day"]})


def test_priors_are_described_and_published_totals_have_ours(view):
    share = describe_priors()["share of the ordinary dead that vital registration sees"]
    assert share.startswith("0.91 (0.7")
    totals = published_totals(
        lambda day: deaths_through(view, day), through=view.through, as_of=view.as_of, level=0.95
    )
    assert totals
    for row in totals:
        assert row["ours_lower"] <= row["ours"] <= row["ours_upper"]
