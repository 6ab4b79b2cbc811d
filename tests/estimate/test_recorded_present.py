"""The answer of a day: a figure that moves beyond its Monte Carlo error is named."""

import pandas as pd

from estimator.estimate.recorded import moved
from tests.record_present import FILE, present_figures


def test_the_present_has_not_moved():
    found = moved(FILE, present_figures())
    assert not found, "; ".join(found) + ". If this is meant: python tests/record_present.py"


def test_a_moved_figure_is_named_with_its_distance():
    then = pd.read_csv(FILE)
    at = (then["period"] == "deaths to 2023-07-11") & (then["statistic"] == "median")
    now = then.assign(value=then["value"].where(~at, then["value"] + 20 * then["error"]))
    (line,) = moved(FILE, now)
    assert line.startswith("deaths to 2023-07-11, age all, median moved from")
    assert "14.1 Monte Carlo errors" in line
