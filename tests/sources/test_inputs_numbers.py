"""Numbers of any locale, and marks of missing ones: read right or refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimator.errors import DataError
from estimator.sources.columns import to_number
from estimator.sources.deaths import read_counts
from estimator.sources.minimum import read_minimum
from tests.sources.inputs import deaths, locale, refused, save


@pytest.mark.parametrize("thousands", [".", ",", " ", "\u00a0", "\u202f", "'"])
def test_thousands_are_read_where_the_column_decides(tmp_path, thousands):
    table = deaths(4.0)
    assert table["Deaths"].between(1000, 9999).sum() > 20
    assert (table["Deaths"] < 1000).any()
    written = table.assign(Deaths=[locale(n, thousands, "x", 0) for n in table["Deaths"]])
    counts = read_counts(save(tmp_path, written, sep=";"))
    assert counts.data["count"].sum() == table["Deaths"].sum()


def test_a_decimal_comma_is_read(tmp_path):
    written = deaths(4.0).assign(Deaths=lambda f: [locale(n, "\u00a0", ",", 1) for n in f["Deaths"]])
    path = save(tmp_path, written, sep=";", encoding="cp1251")
    assert read_counts(path).data["count"].sum() == deaths(4.0)["Deaths"].sum()


@pytest.mark.parametrize("rows", [["1.234"], ["1,234", "2,345"], ["1.234", "5000"]])
def test_what_a_column_does_not_decide_is_refused(tmp_path, rows):
    days = [f"2022-03-{i + 1:02}" for i in range(len(rows))]
    path = save(tmp_path, pd.DataFrame({"date": days, "count": rows}), sep=";")
    message = refused(read_minimum, path, "column count, row 2", vintage="2024-01-01")
    assert "without thousands separators" in message


@given(
    st.lists(st.integers(0, 10**7), min_size=1, max_size=40),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("\u00a0", "."), ("'", ".")]),
    st.integers(0, 3),
)
def test_a_number_is_never_read_wrong(numbers, signs, digits):
    values = [number / 10**digits for number in numbers]
    column = pd.Series([locale(value, *signs, digits) for value in values], name="deaths")
    try:
        read = to_number(column, "x.csv")
    except DataError:
        return
    np.testing.assert_allclose(read, values)


@pytest.mark.parametrize("mark", [9999, "..", -9, "NaN", "Suppressed", ":"])
def test_marks_of_missing_numbers_are_refused(tmp_path, mark):
    table = deaths().astype({"Deaths": object})
    table.iloc[40, 3] = mark
    refused(read_counts, save(tmp_path, table), "column deaths, row 42")
