"""Words of the trade are told in others where a page first uses them."""

from estimator.report.pages.figures import Picture
from estimator.report.pages.html import report_html
from estimator.report.prose import CAPTURE
from estimator.report.report import Report
from tests.report.conftest import annual_estimate
from tests.report.pages import Page


def test_capture_is_told_in_words_where_it_is_first_used(weekly):
    """The word is the trade's; a reader of the page need not know it."""
    picture = Picture("capture", "Capture probability, by age.", b"<svg/>", b"")
    text = Page(report_html(Report(weekly), {"capture": picture})).text
    before, _, after = text.partition("capture probability")
    assert "capture" not in before.lower()
    assert after.startswith(f" ({CAPTURE})")
    assert "inheritance case" in CAPTURE
    assert "capture" not in Page(report_html(Report(annual_estimate()), {})).text.lower()
