"""Running totals taken for new counts, and wholes beside their parts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.sources.deaths import read_counts
from estimator.sources.minimum import read_minimum
from estimator.sources.named_list_vintages import read_list_vintages
from estimator.sources.registry.read import read_registry
from estimator.sources.registry.tables import read_triangle
from tests.sources.inputs import provinces, refused, running, save, together, triangle_table


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_triangle_of_running_totals(tmp_path_factory, seed):
    folder, new = tmp_path_factory.mktemp("t"), triangle_table(seed)
    day = {"extracted_on": "2024-01-01"}
    assert read_triangle(save(folder, new), **day).total == new["cases"].sum()
    path = save(folder, running(new).sample(frac=1, random_state=seed))
    refused(read_triangle, path, "column cases, row", "never fall", "cumulative=True", **day)
    assert read_triangle(path, cumulative=True, **day).total == new["cases"].sum()


@pytest.mark.parametrize("cumulative", [True, False])
def test_records_are_no_running_totals(tmp_path, cumulative):
    path = save(tmp_path, pd.DataFrame({"died": ["2022-05-02"], "opened": ["2022-06-01"]}))
    options = {"cumulative": cumulative, "extracted_on": "2024-01-01"}
    refused(read_registry, path, "records, no table of cases", "--cumulative", **options)


@pytest.mark.parametrize("read", [read_triangle, lambda path, **more: read_registry(path, **more)[0]])
def test_new_cases_that_rise_with_the_delay(tmp_path, read):
    """A triangle cut before the delay at which most cases are opened."""
    table = triangle_table(delays=4)
    table["cases"] = 10 * table["delay"] + table.groupby("week").ngroup()
    path, day = save(tmp_path, table), {"extracted_on": "2024-01-01"}
    refused(read, path, "column cases, row 2", "never fall along delay", "cumulative=False (--no-cum", **day)
    assert read(path, cumulative=False, **day).total == table["cases"].sum()
    assert read(path, cumulative=True, **day).total == table.query("delay == 3")["cases"].sum()


def test_few_numbers_are_enough(tmp_path):
    """Of six numbers one order in 720 never falls, of five one in 120."""
    days = pd.date_range("2022-03-01", periods=6).strftime("%Y-%m-%d")
    table = pd.DataFrame({"date": days, "count": [10, 25, 31, 44, 60, 71]})
    refused(read_minimum, save(tmp_path, table), "never fall", vintage="2024-01-01")
    assert read_minimum(save(tmp_path, table[:5]), vintage="2024-01-01").total == 170


@pytest.mark.parametrize("column", ["date", "week"])
def test_a_list_that_grows_from_week_to_week(tmp_path, column):
    days = pd.date_range("2022-02-28", periods=12, freq="7D").strftime("%Y-%m-%d")
    counts = np.cumsum(np.arange(5, 17))
    path, day = save(tmp_path, pd.DataFrame({column: days, "count": counts})), {"vintage": "2024-01-01"}
    refused(read_minimum, path, "column count, row 2", "(--no-minimum-cumulative)", **day)
    new = read_minimum(path, cumulative=False, **day)
    assert (new.total, new.undated) == (counts.sum(), 0)
    of_totals = read_minimum(path, cumulative=True, **day)
    assert (of_totals.total, of_totals.undated) == (counts[-1], counts[0])
    assert of_totals.by_week.to_list() == list(range(6, 17))
    assert of_totals.notes[-1] == "running totals: 5 names up to the first date are undated"


def test_running_totals_of_each_age(tmp_path):
    weeks = pd.date_range("2022-02-28", periods=12, freq="7D").strftime("%Y-%m-%d")
    young = pd.DataFrame({"week": weeks, "age": "20-24", "count": np.cumsum(np.arange(12))})
    old = pd.DataFrame({"week": weeks[2:], "age": "25-29", "count": 100 + np.arange(10)})
    path = save(tmp_path, pd.concat([young, old]))
    minimum = read_minimum(path, cumulative=True, vintage="2024-01-01")
    assert minimum.by_age.to_dict() == {"20-24": 66, "25-29": 109}
    assert (minimum.total, minimum.undated) == (175, 100)
    wrong = save(tmp_path, pd.concat([young, old.assign(count=50 - np.arange(10))]))
    refused(read_minimum, wrong, "column count, row 15", "at the week before", cumulative=True,
            vintage="2024-01-01")  # fmt: skip
    blank = save(tmp_path, pd.concat([young, pd.DataFrame({"age": ["20-24"], "count": [900]})]))
    refused(read_minimum, blank, "column week, row 14", "a date in each row", cumulative=True,
            vintage="2024-01-01")  # fmt: skip


def test_vintages_of_a_list_that_grows(tmp_path):
    weeks = pd.date_range("2022-02-28", periods=10, freq="7D").strftime("%Y-%m-%d")
    table = pd.DataFrame({"vintage": "2022-06-01", "week": weeks, "count": np.arange(3, 13)})
    path = save(tmp_path, table)
    refused(read_list_vintages, path, "never fall along week", "cumulative=False (--no-cumulative)")
    assert read_list_vintages(path, cumulative=False).counts.to_numpy().sum() == 75
    of_totals = read_list_vintages(path, cumulative=True).counts
    assert (len(of_totals), of_totals.to_numpy().sum()) == (9, 9)


def months(first, step):
    """Return deaths of women and men by month of three years, which rise by a step from January on."""
    cells = pd.MultiIndex.from_product([range(2000, 2003), range(1, 13), ["f", "m"], ["15-19", "20-24"]])
    table = cells.to_frame(index=False, name=["Year", "Month", "Sex", "Age"])
    return table.assign(Deaths=first + step * (table["Month"] - 1))


def test_months_that_rise_each_year_are_no_totals(tmp_path):
    """Totals since the year began would have a January like their steps."""
    table = months(16, 1)
    assert read_counts(save(tmp_path, table)).data["count"].sum() == table["Deaths"].sum()


def test_deaths_since_each_year_began(tmp_path):
    table = months(20, 20)
    path = save(tmp_path, table.sample(frac=1, random_state=1))
    refused(read_counts, path, "column deaths, row 2", "never fall along month", "(--cumulative)")
    assert read_counts(path, cumulative=True).data["count"].sum() == 3 * 4 * 240
    assert read_counts(path, cumulative=False).data["count"].sum() == table["Deaths"].sum()
    table["Deaths"] += 240 * (table["Year"] - 2000)  # not begun anew
    path = save(tmp_path, table)
    for cumulative in (None, True):
        refused(read_counts, path, "never fall along month", cumulative=cumulative)
    path = save(tmp_path, table.query("Month == 1").drop(columns="Month"))
    refused(read_counts, path, "no column of dates", cumulative=True)


@pytest.mark.parametrize("sex", ["f", "m"])
def test_running_totals_of_one_sex(tmp_path, sex):
    table = triangle_table()
    path = save(tmp_path, pd.concat([running(table[table["sex"] == sex]), table[table["sex"] != sex]]))
    refused(read_triangle, path, "never fall along delay", extracted_on="2024-01-01")


def test_a_nation_of_some_years(tmp_path):
    parts = provinces(3)
    nation = together(parts, "Union").query("Year < 2006")
    refused(read_counts, save(tmp_path, pd.concat([*parts, nation])), "Union is the sum of other regions")


def test_totals_that_fall_are_not_running(tmp_path):
    path = save(tmp_path, triangle_table())
    options = {"cumulative": True, "extracted_on": "2024-01-01"}
    refused(read_triangle, path, "column cases", "at the delay before", **options)


def test_a_list_of_running_totals(tmp_path):
    days = pd.date_range("2022-03-01", periods=40).strftime("%Y-%m-%d")
    table = pd.DataFrame({"date": days, "count": np.random.default_rng(1).poisson(9, 40)})
    assert read_minimum(save(tmp_path, table), vintage="2024-01-01").total == table["count"].sum()
    path = save(tmp_path, table.assign(count=table["count"].cumsum())[::-1])
    refused(read_minimum, path, "column count", "never fall", vintage="2024-01-01")


@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 10**6), missing=st.integers(0, 5))
def test_nested_regions(tmp_path_factory, seed, missing):
    folder, parts = tmp_path_factory.mktemp("t"), provinces(seed)
    counts = read_counts(save(folder, pd.concat(parts)))
    assert counts.data["count"].sum() == sum(part["Deaths"].sum() for part in parts)
    districts = [together(parts[i : i + 3], f"District {i}") for i in (0, 3, 6)]
    nation = together(parts, "Federation", missing)
    for wholes in ([nation], districts, [nation, *districts], districts[:1]):
        path = save(folder, pd.concat([*parts, *wholes]).sample(frac=1, random_state=seed))
        refused(read_counts, path, "column region, row", "is the sum of other regions", "Remove")
