"""What README says is executed."""

import doctest
import re
from datetime import date
from pathlib import Path

import pytest

import estimator as est
from estimator.published.specification import MINIMUM

ROOT = Path(__file__).parents[2]


def test_python_in_the_readme_runs():
    failed, attempted = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert attempted >= 5
    assert failed == 0


def test_table_in_the_readme_is_the_estimate(russia_estimate):
    """Within a quarter of a standard deviation: more than Monte Carlo error means the method moved."""
    estimate = russia_estimate
    named = est.load_named_list(MINIMUM)
    assert estimate.vintage == date(2025, 3, 25)
    with pytest.raises(est.VintageError, match=r"2025-03-25.*2026-05-22.*mixed_vintages=True"):
        estimate.against(named)
    found = estimate.against(named, mixed_vintages=True).set_index("period")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (20[\d-]+) \| ([\d,]+) \(([\d,]+) to ([\d,]+)\)", text, flags=re.MULTILINE)
    assert len(rows) == 3
    for period, *shown in rows:
        median, lower, upper = (float(number.replace(",", "")) for number in shown)
        row = found.loc[period]
        sd = (row["upper"] - row["lower"]) / 4
        for was, now in ((median, row["excess"]), (lower, row["lower"]), (upper, row["upper"])):
            assert abs(was - now) < 0.25 * sd, f"{period}: README shows {was:,.0f}, now {now:,.0f}"
