"""Completeness by age: the one month in which list and registry are both known by age."""

import pandas as pd
import pytest

from docs.completeness_by_age import completeness_by_age, spring_of_2023
from estimator.errors import DataError
from estimator.sources.named_list_vintages import load_dead_by_age_and_unit

DEATHS = pd.DataFrame(
    {"deaths": [100.0, 300.0], "lower": [80.0, 250.0], "upper": [125.0, 400.0]},
    index=["20-24", "25-29"],
)


def test_by_hand():
    named = pd.Series([40, 90, 30], index=["20-24", "25-29", "50-54"])
    table = completeness_by_age(named, DEATHS, unknown=16)
    assert table["named"].tolist() == pytest.approx([44, 99])
    assert table["completeness"].tolist() == pytest.approx([0.44, 0.33])
    assert table["lower"].tolist() == pytest.approx([44 / 125, 99 / 400])
    assert table["upper"].tolist() == pytest.approx([44 / 80, 99 / 250])
    assert table["relative"].tolist() == pytest.approx([0.44 / (143 / 400), 0.33 / (143 / 400)])


def test_the_spring_of_2023():
    """Names of April 2023 against deaths of 2022: not of the same days, so that only the mix is told."""
    names = load_dead_by_age_and_unit().sum(axis=1)
    table = spring_of_2023()
    assert names.sum() == 20_188
    assert table["relative"].idxmax() == "20-24"
    assert table["relative"].loc["20-24":].is_monotonic_decreasing
    assert table.loc["45-49", "relative"] < 0.5 * table.loc["20-24", "relative"]


def test_refusals():
    with pytest.raises(DataError, match="no band in common"):
        completeness_by_age(pd.Series([1], index=["60-64"]), DEATHS)
    with pytest.raises(DataError, match="above zero"):
        completeness_by_age(pd.Series([1], index=["20-24"]), DEATHS.assign(lower=0.0))
