"""Terms of the field are explained where a page first uses them."""

import pytest

from estimator.report.pages.figures import Picture
from estimator.report.pages.html import report_html
from estimator.report.prose import CAPTURE, chance, rounded, specification_rows
from estimator.report.report import Report
from tests.report.conftest import annual_estimate
from tests.report.pages import Page


def test_capture_is_explained_where_it_is_first_used(weekly):
    """A reader of the page need not know the term."""
    picture = Picture("capture", "Capture probability, by age.", b"<svg/>", b"")
    text = Page(report_html(Report(weekly), {"capture": picture})).text
    before, _, after = text.partition("capture probability")
    assert "capture" not in before.lower()
    assert after.startswith(f" ({CAPTURE})")
    assert "inheritance case" in CAPTURE
    assert "capture" not in Page(report_html(Report(annual_estimate()), {})).text.lower()


def test_specification_is_what_the_provenance_knows():
    provenance = {
        "model": "VitalModel", "masked": [], "control_ages": None, "damping": None, "seed": 0,
        "horizon": None, "matched": None, "target": [2010, 2011],
    }  # fmt: skip
    assert specification_rows(annual_estimate(provenance=provenance)) == [
        ("model", "VitalModel"),
        ("masked period (years known but not learned from)", "none"),
        ("target period (years estimated)", "2010-2011"),
        ("control ages (few war dead; they show shocks that all ages share)", "none"),
        ("damping of the trend (1: it goes on, 0: it stops)", "estimated"),
        ("seed", "0"),
    ]


@pytest.mark.parametrize(
    ("p", "written"),
    [(0.0001, "< 0.001"), (0.0312, "= 0.031"), (0.25, "= 0.25"), (0.9999, "> 0.99"), (None, "")],
)
def test_a_p_value_is_never_printed_as_none_or_certain(p, written):
    assert chance(p) == written


@pytest.mark.parametrize(
    ("value", "lower", "upper", "shown"),
    [(47_703.6, 23_497, 69_105, 47_700), (273.4, -169, 657, 273), (351_543.2, 304_969, 412_613, 351_500),
     (-1_656.4, -5_000, 3_000, -1_660), (12.0, 12.0, 12.0, 12.0)],
)  # fmt: skip
def test_a_figure_is_shown_to_three_digits_of_its_sd(value, lower, upper, shown):
    assert rounded(value, lower, upper) == shown
