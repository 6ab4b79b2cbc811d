"""The page in a real browser, light and dark: no request, no complaint, nothing too wide or too small.

Screenshots stay in the folder that REPORT_SCREENSHOTS names, to be looked at.
"""

import base64
import os
import re
from pathlib import Path

import pytest

from estimator.report.pages.html import report_html
from estimator.report.prose import language
from estimator.report.report import Report
from tests.report.browser import Browser, find_chromium
from tests.report.conftest import annual_estimate

CHROMIUM = find_chromium()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: install it, or name it in CHROMIUM")


@pytest.fixture(scope="module")
def pages(tmp_path_factory, russia, russian_page, answer_pages):
    regions = Report(annual_estimate(regions=["<script>North</script>", "South " * 12]))
    with language("ru"):
        in_russian = report_html(russia)
    folder = tmp_path_factory.mktemp("pages")
    for name, page in (("russia", russian_page), ("regions", report_html(regions)), ("russian", in_russian)):
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    for name in ("answer", "answer-russian"):
        (folder / f"{name}.html").write_bytes((answer_pages.folder / name / "report.html").read_bytes())
    return folder


TOO_WIDE = """[...document.querySelectorAll('main *')]
    .filter(e => e.checkVisibility())
    .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map(e => e.tagName + ' ' + e.textContent.slice(0, 40))"""
SCROLLED = """[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1)
    .map(e => e.getAttribute('aria-label'))"""
SMALLEST = """Math.min(...[...document.querySelectorAll('main *')]
    .filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()))
    .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
PLOTS = "[...document.images].map(i => [i.currentSrc, i.clientWidth / i.naturalWidth])"
LETTERS = re.compile(r"font(?:-size)?: [^;'\"]*?([\d.]+)px")
POINT = 96 / 72
READABLE = 11
"""Pixels: no letter of a page or of its plots is smaller."""


def letters_of(address):
    """Return the sizes of letters of an embedded plot, in pixels at its natural size."""
    drawn = base64.b64decode(address.partition("base64,")[2]).decode()
    return [POINT * float(size) for size in LETTERS.findall(drawn)]


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
@pytest.mark.parametrize("name", ["russia", "regions", "russian", "answer", "answer-russian"])
def test_page_opens_from_disk(browser, pages, shots, name, width, dark):
    page = pages / f"{name}.html"
    browser.open(page, width=width, dark=dark)
    asked = [url for url in browser.requested if not url.startswith("data:")]
    assert asked == [page.as_uri()]
    assert browser.complaints == []
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value(TOO_WIDE) == []
    assert browser.value(SMALLEST) >= READABLE
    shot = browser.screenshot(shots / f"{name}-{width}-{'dark' if dark else 'light'}.png")
    assert shot.read_bytes().startswith(b"\x89PNG")
    for address, scale in browser.value(PLOTS):
        assert min(letters_of(address)) * scale >= READABLE - 0.05
    screens = browser.value("document.documentElement.scrollHeight") / 900
    assert screens <= (8 if width > 600 else 12)
    browser.value("for (const folded of document.querySelectorAll('details')) folded.open = true")
    assert browser.value(TOO_WIDE) == []
    assert browser.value(SCROLLED) == []
    assert browser.value("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    paper = browser.value("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(22, 22, 22)" if dark else "rgb(255, 255, 255)")


def test_page_prints(browser, pages, shots):
    browser.open(pages / "russia.html", width=1280, dark=True)
    assert browser.pdf(shots / "russia.pdf").read_bytes().startswith(b"%PDF")
