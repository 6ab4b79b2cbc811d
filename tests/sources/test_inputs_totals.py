"""Running totals taken for new counts, and wholes beside their parts."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.sources.deaths import read_counts
from estimator.sources.minimum import read_minimum
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


def test_records_are_no_running_totals(tmp_path):
    path = save(tmp_path, pd.DataFrame({"died": ["2022-05-02"], "opened": ["2022-06-01"]}))
    options = {"cumulative": True, "extracted_on": "2024-01-01"}
    refused(read_registry, path, "records, no table of cases", "--cumulative", **options)


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


@settings(max_examples=4, deadline=None)
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
