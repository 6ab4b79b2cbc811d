"""In Russian every sentence of a report is Russian, and numbers and dates follow its conventions."""

import io
import re

import pytest
from matplotlib import pyplot as plt
from rich.console import Console

import estimator as est
from estimator.published.comparison import compare_with_published
from estimator.published.figures import vital_figures
from estimator.published.specification import MINIMUM
from estimator.report import prose
from estimator.report.console import show
from estimator.report.console.report import report_parts
from estimator.report.console.synthesis import answer_parts
from estimator.report.pages.html import report_html
from estimator.report.plots.style import figure_of
from estimator.report.report import Report
from tests.report.conftest import PASSED, Recorded, annual_estimate
from tests.report.pages import Page

FOREIGN = re.compile(r"[A-Za-z]{3,}")


@pytest.fixture
def recorded(monkeypatch):
    made = Recorded(prose.catalogue("ru"))
    monkeypatch.setattr(prose, "catalogue", lambda code: made)
    return made


def printed(report, monkeypatch, width=80):
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, markup=False)
    monkeypatch.setattr("estimator.report.console.terminal", lambda: console)
    show(*report_parts(report))
    return out.getvalue()


@pytest.fixture
def russia(russia_model, russia_estimate):
    return Report(
        russia_estimate, est.load_named_list(MINIMUM), published=compare_with_published,
        totals=vital_figures(), model=russia_model, command="estimator report vital --seed 1", name="Russia",
    )  # fmt: skip


def closed(drawn):
    """Close a plot: its messages are put in when it is drawn, and saving it takes the time."""
    plt.close(figure_of(drawn))
    return b"<svg/>"


def is_data(message):
    """Names and numbers have no translation: those of people, publishers and files, and years."""
    return not FOREIGN.search(message) or message in NAMES


NAMES = {
    "VitalModel", "RegistryModel", "marginal", "nuts", "week", "month", "a list", "soldiers", "a sample",
    "mine.csv", "a note", "North", "South", "a table", "ab" * 32,
}  # fmt: skip


def test_every_message_has_its_russian(recorded, russia, weekly, listed, monkeypatch):
    monkeypatch.setattr("estimator.report.pages.figures._as_svg", closed)
    with prose.language("ru"):
        for report in (
            russia, Report(weekly, listed), Report(annual_estimate()),
            Report(annual_estimate(regions=["North", "South"])),
            Report(annual_estimate(diagnostics=PASSED | {"converged": False, "problems": ["k"]})),
            Report(annual_estimate(provenance={}, diagnostics=PASSED)),
        ):  # fmt: skip
            report_html(report)
            printed(report, monkeypatch)
    published = set(compare_with_published(russia.estimate, russia.rows, russia.minimum)[
        ["name", "population", "quantity", "interval"]
    ].to_numpy().ravel())  # fmt: skip
    lacking = {one for one in recorded.missing - published if not is_data(one)}
    assert not lacking, "\n".join(sorted(lacking))


def test_every_message_of_all_sources_has_its_russian(answer_pages):
    lacking = {one for one in answer_pages.missing if not is_data(one)}
    assert not lacking, "\n".join(sorted(lacking))


def test_the_answer_is_russian_in_the_terminal(answered, monkeypatch):
    document, _ = answered
    out = io.StringIO()
    for width in (40, 80):
        console = Console(file=out, width=width, highlight=False, markup=False)
        monkeypatch.setattr("estimator.report.console.terminal", lambda console=console: console)
        with prose.language("ru"):
            show(*answer_parts(document, weeks=True))
    text = re.sub("[ \n]+", " ", out.getvalue())
    assert "документированный минимум" in text
    assert "218\N{NO-BREAK SPACE}216" in text
    assert "к 22.05.2026" in text
    assert "28.12.2025" in text
    assert "p = 0,030" in text
    assert "«Медиазона» и «Медуза», май 2026 (09.05.2026)" in text
    assert not FOREIGN.search(text)


def test_the_page_of_all_sources_is_russian(answer_pages):
    names = {path.name for path in (answer_pages.folder / "answer-russian").rglob("*") if path.is_file()}
    assert {"report.html", "answer.json", "by_period.csv", "weeks.csv", "statements.csv"} <= names
    assert {"so_far.svg", "so_far.png", "posterior.svg", "contributions.svg"} <= names
    page = Page((answer_pages.folder / "answer-russian" / "report.html").read_text(encoding="utf-8"))
    (html,) = page.all("html")
    assert html["lang"] == "ru"
    for tag in ("h1", "h2", "h3", "th", "summary", "figcaption", "caption", "li"):
        shown = [one["text"] for one in page.all(tag)]
        assert not [one for one in shown if FOREIGN.search(one)], tag
    (answer,) = [one for one in page.all("p") if one.get("class") == "answer"]
    assert "218\N{NO-BREAK SPACE}216" in answer["text"]
    assert "218,216" not in page.text


def test_values_of_a_message_are_those_of_its_translation():
    for message, text in prose.catalogue("ru").items():
        assert set(re.findall(r"{(\w+)}", message)) == set(re.findall(r"{(\w+)}", text)), message


def test_the_page_is_russian(russia, monkeypatch):
    monkeypatch.setattr("estimator.report.pages.figures._as_svg", closed)
    with prose.language("ru"):
        text = report_html(russia)
    page = Page(text)
    (html,) = page.all("html")
    assert html["lang"] == "ru"
    (answer,) = [one for one in page.all("p") if one.get("class") == "answer"]
    lead = " ".join(answer["text"].replace("\N{NO-BREAK SPACE}", "_").split())
    assert lead.startswith("Россия, 2022–2023: ")
    assert "70_612" in lead
    assert "25.03.2025" in lead
    assert not FOREIGN.search(lead)
    assert "0,02" in page.text
    headings = [one["text"] for one in page.all("h2") + page.all("h3") + page.all("th") + page.all("summary")]
    assert not [one for one in headings if re.search(r"[a-z]{4,}", one.replace("marginal", ""))]


def test_the_terminal_is_russian_and_numbers_stay_whole(russia, monkeypatch):
    for width in (40, 60, 80):
        with prose.language("ru"):
            text = printed(russia, monkeypatch, width)
        assert max(map(len, text.splitlines())) <= width or width == 40
        assert "70\N{NO-BREAK SPACE}612" in text
        assert "минимум" in text


def test_english_is_the_default_and_comes_back(russia):
    with prose.language("ru"):
        assert prose.persons(70612) == "70\N{NO-BREAK SPACE}612"
        assert prose.dashed("2022-02-24 to 2023-07-02") == "24.02.2022 – 02.07.2023"
        assert prose.probability(0.004) == "<0,01"
    assert prose.persons(70612) == "70,612"
    assert prose.say("a message that nobody wrote") == "a message that nobody wrote"
