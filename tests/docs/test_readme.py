"""What README says is computed: its answer, its table, its figures."""

import importlib
import json
import re

import pytest

import estimator as est
from estimator.published.specification import MINIMUM
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def maker():
    return importlib.import_module("docs.make_readme")


def block(name, text=README):
    (content,) = re.findall(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", text, flags=re.DOTALL)
    return content


def test_the_answer_is_the_kept_document(maker):
    """That this is what the command says: tests/architecture/test_wheel.py."""
    document = json.loads(maker.ANSWER.read_text(encoding="utf-8"))
    for page in ("README.md", "docs/index.md"):
        assert block("answer", (ROOT / page).read_text(encoding="utf-8")) == maker.answer_block(document)
    assert document["minimum"] == est.load_named_list(MINIMUM).total


def test_the_table_of_vital_registration_is_the_estimate(maker, russia_estimate):
    """Within a quarter of a standard deviation: more than Monte Carlo error means the method moved."""
    named = est.load_named_list(MINIMUM)
    with pytest.raises(est.VintageError, match=r"2025-03-25.*2026-05-22.*mixed_vintages=True"):
        russia_estimate.against(named)
    now = russia_estimate.against(named, mixed_vintages=True).set_index("period")
    rows = re.findall(
        r"^\| (20[\d-]+) \| ([\d,]+) \(([\d,]+) to ([\d,]+)\)", block("vital"), flags=re.MULTILINE
    )
    assert len(rows) == 3
    for period, *shown in rows:
        row = now.loc[period]
        sd = (row["upper"] - row["lower"]) / 4
        for text, value in zip(shown, (row["excess"], row["lower"], row["upper"])):
            assert abs(float(text.replace(",", "")) - value) < 0.25 * sd, f"{period}: README shows {text}"
    assert maker.vital_block(russia_estimate, named).splitlines()[0] == block("vital").splitlines()[0]


@pytest.fixture
def russias_board(russias_placebo):
    return russias_placebo.scoreboard()


@pytest.mark.slow
def test_placebo_of_russia_stays_within_its_bounds(russias_board):
    assert russias_board["crps_ratio"].idxmin() == "registry-excess"
    ours = russias_board.loc["registry-excess"]
    assert ours["windows"] == 37
    assert ours["coverage_95"] >= 0.92
    assert ours["crps_ratio"] <= 0.65
    assert abs(ours["bias"]) <= 0.025
    assert russias_board.loc["ratio-5", "coverage_95"] <= 0.6


@pytest.mark.slow
def test_russias_scores_are_those_of_the_placebo(russias_board):
    """Every row of the scoreboard: 95% coverage within two windows of 37, CRPS within 0.03."""
    board = russias_board
    for rule, row in board.iterrows():
        name = {"structural": "structural model", "lee-carter": "lee–carter", "spline": "spline of"}.get(
            rule, rule
        )
        (line,) = [
            one for one in README.splitlines() if one.startswith("|") and name.lower() in one.lower()[:40]
        ]
        covers, crps = [cell.strip() for cell in line.strip("|").split("|")][3:5]
        assert abs(float(covers.split(",")[2].strip(" %")) / 100 - row["coverage_95"]) < 0.06, rule
        assert float(crps) == pytest.approx(row["crps_ratio"], abs=0.03), rule


def test_the_registry_route_is_said_as_on_its_page():
    page = (ROOT / "docs" / "registry.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| 65 weeks \|(.*)\|$", page, flags=re.MULTILINE)
    ours, _, later = (cell.strip() for cell in row.split("|"))
    (cell,) = [line for line in README.splitlines() if "`estimator report registry` |" in line]
    assert ours in cell
    assert f"vintage of 2026 has {later}" in cell
    lower, upper = (
        float(one.replace(",", "")) for one in re.search(r"\(([\d,]+) to ([\d,]+)\)", ours).groups()
    )
    assert lower < float(later.replace(",", "")) < upper, "the interval holds the later vintage"


def test_the_scores_of_earlier_answers_are_those_of_the_page():
    page = (ROOT / "docs" / "present.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (\*{0,2}(?:this answer|the last|names over|a chain).*) \| ([\d.]+) \|$", README, flags=re.M
    )
    assert len(rows) == 5
    for method, crps in rows:
        assert f"| {method} | {crps} |" in page
    for people in ("all dead, to the day", "ordinary deaths, to the day"):
        assert f"| {people} | 10 of 10 |" in page


def test_figures_of_the_readme_are_there():
    for target in re.findall(r"\]\(((?:docs|fixtures|notebooks)[^)#]*|[A-Z]+\.\w+)\)", README):
        assert (ROOT / target).exists(), target
