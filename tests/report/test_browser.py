"""The page in a real browser: no request, no complaint, no sideways scrolling, light and dark, on paper.

Screenshots stay in the folder that REPORT_SCREENSHOTS names, to be looked at.
"""

import os
from pathlib import Path

import pytest

import estimator as est
from estimator.published.comparison import compare_with_published
from estimator.published.specification import MINIMUM
from estimator.report.pages.html import report_html
from estimator.report.report import Report
from estimator.report.tables import estimate_rows
from tests.report.browser import Browser, find_chromium
from tests.report.conftest import annual_estimate

CHROMIUM = find_chromium()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: install it, or name it in CHROMIUM")


@pytest.fixture(scope="module")
def pages(tmp_path_factory, russia_model, russia_estimate):
    model, estimate = russia_model, russia_estimate
    minimum = est.load_named_list(MINIMUM)
    published = compare_with_published(estimate, estimate_rows(estimate, minimum), minimum)
    made = {
        "russia": Report(estimate, minimum, published=published, model=model, command="estimator report"),
        "regions": Report(annual_estimate(regions=["<script>North</script>", "South " * 12])),
    }
    folder = tmp_path_factory.mktemp("pages")
    for name, report in made.items():
        (folder / f"{name}.html").write_text(report_html(report), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    running = Browser(CHROMIUM, tmp_path_factory.mktemp("profile"))
    yield running
    running.close()


@pytest.fixture
def shots(tmp_path):
    folder = Path(os.environ.get("REPORT_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["russia", "regions"])
def test_page_opens_from_disk(browser, pages, shots, name, width, dark):
    page = pages / f"{name}.html"
    browser.open(page, width=width, dark=dark)
    asked = [url for url in browser.requested if not url.startswith("data:")]
    assert asked == [page.as_uri()]
    assert browser.complaints == []
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    paper = browser.value("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(22, 22, 22)" if dark else "rgb(255, 255, 255)")
    shot = browser.screenshot(shots / f"{name}-{width}-{'dark' if dark else 'light'}.png")
    assert shot.read_bytes().startswith(b"\x89PNG")


def test_page_prints(browser, pages, shots):
    browser.open(pages / "russia.html", width=1280, dark=True)
    assert browser.pdf(shots / "russia.pdf").read_bytes().startswith(b"%PDF")
