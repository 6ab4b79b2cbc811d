"""The page says what the JSON says, fetches nothing, and lets nothing of the user's be markup."""

import base64
import re
from dataclasses import replace

import pandas as pd
import pytest

import estimator as est
from estimator.report.console import show
from estimator.report.console.report import report_parts
from estimator.report.pages.html import address, report_html
from estimator.report.prose import dashed, persons, probability
from estimator.report.report import Report
from estimator.report.tables import estimate_rows
from tests.report.conftest import PASSED, annual_estimate
from tests.report.pages import Page


def years_list(total=4000):
    weeks = pd.date_range("2010-01-04", "2011-12-26", freq="7D")
    counts = pd.Series(30, index=weeks)
    return est.DocumentedMinimum(
        total=total, vintage="2012-02-01", source="a list", population="soldiers", by_week=counts
    )


def cases(request_weekly, listed):
    return {
        "years": Report(annual_estimate()),
        "years with a list": Report(annual_estimate(), years_list()),
        "regions": Report(annual_estimate(regions=["North", "South"])),
        "weeks": Report(request_weekly),
        "weeks with a list": Report(request_weekly, listed, level=0.8),
        "ages summed": Report(annual_estimate().by("period")),
        "all summed": Report(annual_estimate().total(), None),
        "unconverged": Report(
            annual_estimate(diagnostics=PASSED | {"converged": False, "problems": ["k-hat 0.9"]})
        ),
        "nothing known of its making": Report(annual_estimate(provenance={}, diagnostics={})),
    }


NAMES = list(cases(annual_estimate(), None))


@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_those_of_the_json(name, weekly, listed):
    report = cases(weekly, listed)[name]
    shown = [one for one in Page(report_html(report, {})).all("data") if "data-field" in one]
    known = {(row["period"], row["age"]): row for row in report.estimates}
    assert shown
    for one in shown:
        value = known[one["data-period"], one["data-age"]][one["data-field"]]
        assert float(one["value"]) == value
        assert one["text"].lstrip("−") == f"{abs(value):,.0f}"


@pytest.mark.parametrize("name", NAMES)
def test_pages_are_whole_and_fetch_nothing(name, weekly, listed):
    text = report_html(cases(weekly, listed)[name])
    page = Page(text)
    assert page.unclosed == []
    assert page.fetched == []
    assert not page.all("script")
    assert not page.all("link")
    assert not re.search(r"@import|url\(", text)
    assert not [one for one in page.elements if any(key.startswith("on") for key in one)]
    policies = [one["content"] for one in page.all("meta") if "http-equiv" in one]
    assert policies[0].startswith("default-src 'none'; img-src data:;")
    assert "None" not in page.text
    assert "nan" not in page.text.split()


def test_every_row_of_years_and_ages_is_on_the_page(russia, russian_page):
    shown = {
        (one["data-period"], one["data-age"], one["data-field"])
        for one in Page(russian_page).all("data")
        if "data-field" in one
    }
    for row in russia.estimates:
        for field in ("median", "lower", "upper"):
            assert (row["period"], row["age"], field) in shown


def test_the_answer_is_one_sentence_with_interval_and_minimum(russia, russian_page):
    whole = russia.row("2022-2023", "15-49")
    (answer,) = [one for one in Page(russian_page).all("p") if one.get("class") == "answer"]
    expected = " ".join(answer["text"].split())
    assert expected == (
        f"Russia, 2022–2023: {round(whole['median'], -2):,.0f} more registered deaths of men aged 15–49 than "
        f"expected in peacetime (95% equal-tailed credible interval {round(whole['lower'], -2):,.0f} to "
        f"{round(whole['upper'], -2):,.0f}), "
        "from data published on 2025-03-25. "
        "The documented minimum is 70,612 names, from the list of 2026-05-22."
    )


def test_the_lead_says_why_the_minimum_exceeds_the_interval(russian_page, annual):
    (why,) = [one for one in Page(russian_page).all("p") if one.get("class") == "why"]
    assert why["text"].startswith("The documented minimum lies above the whole interval.")
    assert "a lower bound on war deaths" in why["text"]
    assert "annexed" in why["text"]
    above = Report(annual, replace(years_list(), by_week=years_list().by_week * 0 + 1), name="mine")
    assert 'class="why"' not in report_html(above, {})


def test_what_is_left_out_comes_second_and_other_figures_are_folded(russian_page):
    headings = [one["text"] for one in Page(russian_page).all("h2")]
    assert headings[0] == "What the number includes and leaves out"
    assert headings[-1] == "How to cite"
    folded = [one["text"] for one in Page(russian_page).all("summary")]
    assert "Same period and people: 12 figures" in folded
    assert "second-hand" not in russian_page
    assert "notebook: min" not in russian_page


def test_one_place_explains_the_probability(russian_page):
    text = Page(russian_page).text
    assert text.count("The posterior probability that the estimate is above the documented minimum") == 1
    assert not re.search(r"P\((?!estimate > minimum\))", text)


def test_data_and_list_of_different_times_are_marked(russian_page, annual):
    expected = "The data were published on 2025-03-25, 423 days before the list"
    assert expected in " ".join(Page(russian_page).text.split())
    near = Page(report_html(Report(annual, years_list()))).text
    assert "as known on 2012-01-01" in near
    assert "before the list" not in near
    unknown = replace(annual, provenance=annual_estimate().provenance | {"data": {"source": "mine.csv"}})
    page = " ".join(Page(report_html(Report(unknown, years_list()))).text.split())
    assert "from data of unknown vintage" in page


def test_the_place_is_in_title_headline_and_tables(russian_page):
    page = Page(russian_page)
    expected = "Russia: excess male deaths, ages 15–49"
    for tag in ("title", "h1"):
        (found,) = page.all(tag)
        assert found["text"] == f"{expected}, 2022–2023"
    captions = [one["text"] for one in page.all("caption")]
    assert captions
    assert all(text.startswith(expected) for text in captions)


def test_the_years_add_up_in_a_row(russia, russian_page):
    cells = {
        (one["data-period"], one["data-age"], one["data-field"]): int(
            one["text"].replace(",", "").replace("−", "-")
        )
        for one in Page(russian_page).all("data")
        if "data-field" in one
    }
    for period in ("2022", "2023", "2022-2023"):
        observed, peace, excess = (
            cells[period, "15-49", name] for name in ("observed", "counterfactual_median", "median")
        )
        assert observed - peace == pytest.approx(excess, abs=100)  # shown to hundreds


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.0035, 2, "<0.01"),
        (0.0, 3, "<0.001"),
        (0.9999, 2, ">0.99"),
        (0.25, 2, "0.25"),
        (None, 2, ""),
    ],
)
def test_a_probability_is_never_printed_as_none_or_certain(value, digits, expected):
    assert probability(value, digits) == expected


def test_a_page_of_another_country_does_not_speak_of_russia():
    text = Page(report_html(Report(annual_estimate(), name="mine"), {})).text
    assert "annexed" not in text
    assert "documented minimum is" not in text
    assert "none is known to be of the population of this table" in text
    regions = report_html(Report(annual_estimate(regions=["North", "South"])), {})
    assert "Each region has a peacetime sex ratio of its own" in Page(regions).text


def test_the_json_has_the_published_figures(russia):
    provenance = russia.document()["provenance"]
    assert provenance["place"] == "Russia"
    assert "Kobak et al., Demography" in {row["name"] for row in provenance["published"]}


def test_every_scroller_can_be_reached_and_is_named(russian_page):
    scrollers = [one for one in Page(russian_page).all("div") if one.get("class") == "scroll"]
    assert len(scrollers) > 4
    for one in scrollers:
        assert (one["tabindex"], one["role"]) == ("0", "group")
        assert one["aria-label"]


def test_war_dead_are_called_so(weekly, listed):
    page = Page(report_html(Report(weekly, listed), {}))
    assert "the war killed" in page.text
    assert "expected in peacetime" not in page.text
    assert "R-hat" in page.text
    assert "matched sample 60 of 100 found" in page.text


def test_a_shortfall_is_called_one():
    estimate = annual_estimate()
    few = estimate.draws.assign(observed=estimate.draws["observed"] * 0 + 900)
    text = Page(report_html(Report(replace(estimate, draws=few)), {})).text
    assert re.search(r": 5\d\d fewer registered deaths of men aged 20–34 than expected in peacetime \(", text)
    assert "interval of the excess −" in text


def test_published_figures_of_the_same_period_are_all_there(russia, russian_page):
    text = Page(russian_page).text
    rows = russia.published[~russia.published["group"].str.startswith("other")]
    assert len(rows) > 20
    for row in rows.to_dict("records"):
        assert row["name"] in text
        if pd.notna(row["estimate"]):
            assert persons(row["estimate"]) in text


def test_links_are_citations_only(russian_page):
    links = Page(russian_page).all("a")
    assert links
    for link in links:
        assert link["href"].startswith(("https://", "http://"))
        assert link["rel"] == "noreferrer noopener"


def test_provenance_makes_it_possible_again(russia, russian_page):
    text = Page(russian_page).text
    known = russia.estimate.provenance
    assert known["data"]["sha256"] in text
    assert "0" * 64 in text
    assert "baseline period (peacetime years learned from) 2000–2019" in text
    assert "masked period (years known but not learned from) 2020–2021" in text
    for name, version in known["versions"].items():
        assert f"{name} {version}" in text
    assert "moves the sex ratio for good (1 is 100%)), median and 95% range 0.020 (0.010–0.040)" in text
    assert "goes on into the next year), median and 95% range 0.75 (0.60–0.86)" in text
    assert re.search(r"seed 1\b", text)
    assert "Where it comes from estimator report" in text


def test_a_report_says_what_it_leaves_out(russian_page, weekly):
    assert "Missing persons" in Page(russian_page).text
    assert "fighters from abroad" in Page(report_html(Report(weekly), {})).text
    regions = report_html(Report(annual_estimate(regions=["North", "South"])), {})
    assert "Shocks that regions share" in Page(regions).text


def test_an_unconverged_report_says_so_first():
    failed = PASSED | {"converged": False, "problems": ["Pareto k-hat 0.91 (below 0.7)"]}
    page = Page(report_html(Report(annual_estimate(diagnostics=failed)), {}))
    (alarm,) = [one for one in page.all("p") if one.get("role") == "alert"]
    assert "k-hat 0.91" in alarm["text"]
    assert "Do not quote" in alarm["text"]
    assert "Yes: every measure passes" not in page.text


def test_plots_are_inside_as_svg_with_words_for_them(russian_page):
    images = Page(russian_page).all("img")
    phones = Page(russian_page).all("source")
    assert len(images) == len(phones) == 4
    assert {phone["media"] for phone in phones} == {"(max-width: 40rem)"}
    assert all(len(image["alt"]) > 30 for image in images)
    for address_of_plot in [one["src"] for one in images] + [one["srcset"] for one in phones]:
        kind, content = address_of_plot.split(",", 1)
        assert kind == "data:image/svg+xml;base64"
        drawn = base64.b64decode(content).decode()
        assert "<svg" in drawn
        assert not re.search(r"(href|src)\s*=\s*[\"']https?:", drawn)


def test_the_same_estimate_gives_the_same_page():
    once, again = (report_html(Report(annual_estimate(), years_list())) for _ in range(2))
    assert once == again


EVIL = "<script>alert('x')</script>\"><img src=x onerror=alert(1)> {{ 7 * 7 }} & $"


def test_nothing_of_the_users_becomes_markup():
    estimate = annual_estimate(regions=[EVIL, "South"])
    data = {"source": EVIL, "vintage": EVIL, "sha256": EVIL, "notes": [EVIL]}
    made = annual_estimate().provenance | {"data": data, "versions": {EVIL: EVIL}, "model": EVIL}
    estimate = replace(estimate, provenance=made)
    minimum = replace(years_list(), source=EVIL, population=EVIL)
    from estimator.published.comparison import compare_with_published

    published = compare_with_published(estimate, estimate_rows(estimate, minimum), minimum)
    for column in ("name", "vintage", "population", "quantity", "note", "interval"):
        published[column] = EVIL
    published["group"] = "same period and population"
    published["source"] = ["javascript:alert(1) " + EVIL] * len(published)
    text = report_html(Report(estimate, minimum, published=published, command=EVIL, files={EVIL: EVIL}))
    page = Page(text)
    assert "<script" not in text
    assert page.unclosed == []
    assert {one["tag"] for one in page.all("img")} == {"img"}
    assert all(one["src"].startswith("data:image/svg+xml") for one in page.all("img"))
    assert not [one for one in page.elements if any(key.startswith("on") for key in one)]
    assert not page.all("a")
    assert page.text.count("{{ 7 * 7 }}") > 10
    assert EVIL in [one["text"] for one in page.all("th")]


def test_names_on_the_list_cannot_come_in():
    """A minimum is counts: the page has no way to a name of a dead person."""
    fields = est.DocumentedMinimum.__dataclass_fields__
    assert set(fields) == {
        "total", "vintage", "source", "population", "by_week", "by_day", "by_age", "since", "notes",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2022-2023", "2022–2023"), ("men aged 15-49", "men aged 15–49"),
        ("2022-02-24 to 2023-07-02", "2022-02-24 to 2023-07-02"), ("2000-2019, 2021", "2000–2019, 2021"),
        ("rnd-2023", "rnd-2023"),
    ],
)  # fmt: skip
def test_dashes_of_ranges_but_not_of_dates(text, shown):
    assert dashed(text) == shown


@pytest.mark.parametrize(
    ("source", "web_address"),
    [
        ("https://a.org/b second-hand", "https://a.org/b"), ("javascript:alert(1)", ""),
        ("Rosstat, Russia", ""), ("https:", ""), ("", ""),
    ],
)  # fmt: skip
def test_addresses_are_of_the_web(source, web_address):
    assert address(source) == web_address


def test_numbers_of_persons():
    assert persons(-1234.6) == "−1,235"
    assert persons(None) == persons(float("nan")) == ""


def test_what_was_left_out_is_printed_next_to_the_estimate(capsys):
    note = "1,234 of unknown age left out"
    estimate = annual_estimate()
    data = estimate.provenance.get("data", {}) | {"notes": [note], "vintage": "2012-01-15"}
    estimate = replace(estimate, provenance=estimate.provenance | {"data": data})
    minimum = est.DocumentedMinimum(900, "2012-01-15", "a list", notes=("columns not read: column 3",))
    report = Report(estimate, minimum)
    show(*report_parts(report))
    printed = " ".join(capsys.readouterr().out.split())
    page = report_html(report)
    for text in (printed, page):
        assert note in text
        assert "columns not read: column 3" in text
    assert note in str(report.document())
