"""Inputs from the world, by kind of fault: the right value, or a refusal that names the remedy."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.errors import DataError
from estimator.sources.columns import to_number
from estimator.sources.deaths import read_counts
from estimator.sources.minimum import read_minimum
from estimator.sources.registry.tables import read_triangle
from estimator.sources.tables import read_table

YEARS, AGES = range(2000, 2013), ("15-19", "20-24", "25-29", "30-34", "35-39", "40-44")


def deaths(scale=1.0, seed=1, **more):
    """Return a tidy table of deaths, as many as in a province, in words of an office's export."""
    rng = np.random.default_rng(seed)
    rows = [
        (year, sex, age, rng.poisson(scale * (100 + 80 * i) * (2 if sex == "m" else 1)))
        for year in YEARS
        for sex in ("f", "m")
        for i, age in enumerate(AGES)
    ]
    return pd.DataFrame(rows, columns=["Year", "Sex", "Age", "Deaths"]).assign(**more)


def save(folder, table, name="table.csv", **options):
    path = folder / name
    if isinstance(table, str):
        path.write_text(table)
    else:
        table.to_csv(path, index=False, **options)
    return path


def refused(read, path, *parts, **options):
    with pytest.raises(DataError) as caught:
        read(path, **options)
    message = str(caught.value)
    assert message.startswith(path.name)
    for part in parts:
        assert part in message, message
    return message


# a locale's numbers


def locale(number, thousands, decimal, digits):
    text = f"{number:,.{digits}f}"
    return text.translate(str.maketrans({",": thousands, ".": decimal}))


@pytest.mark.parametrize("thousands", [".", ",", " ", "\u00a0", "\u202f", "'"])
def test_thousands_are_read_where_the_column_decides(tmp_path, thousands):
    table = deaths(4.0)
    assert table["Deaths"].between(1000, 9999).sum() > 20
    assert (table["Deaths"] < 1000).any()
    written = table.assign(Deaths=[locale(n, thousands, "x", 0) for n in table["Deaths"]])
    counts = read_counts(save(tmp_path, written, sep=";"))
    assert counts.data["count"].sum() == table["Deaths"].sum()


def test_a_decimal_comma_is_read(tmp_path):
    written = deaths(4.0).assign(
        Deaths=lambda f: [locale(n, "\u00a0", ",", 1) for n in f["Deaths"]]
    )
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


# running totals taken for new counts


def triangle_table(seed=1, delays=12):
    rng = np.random.default_rng(seed)
    weeks = pd.date_range("2021-01-04", periods=10, freq="7D").strftime("%Y-%m-%d")
    rows = [
        (week, sex, "20-24", delay, rng.poisson(20 * np.exp(-delay / 4)))
        for week in weeks
        for sex in ("f", "m")
        for delay in range(delays)
    ]
    return pd.DataFrame(rows, columns=["week", "sex", "age", "delay", "cases"])


def running(table):
    return table.assign(cases=table.groupby(["week", "sex", "age"])["cases"].cumsum())


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_triangle_of_running_totals(tmp_path_factory, seed):
    folder, new = tmp_path_factory.mktemp("t"), triangle_table(seed)
    day = {"extracted_on": "2024-01-01"}
    assert read_triangle(save(folder, new), **day).total == new["cases"].sum()
    path = save(folder, running(new).sample(frac=1, random_state=seed))
    refused(read_triangle, path, "column cases, row", "never fall", "cumulative=True", **day)
    assert read_triangle(path, cumulative=True, **day).total == new["cases"].sum()


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


# a whole beside its parts


def provinces(seed, n=9):
    """Return regions of unlike sizes and unlike ages."""
    rng = np.random.default_rng(seed)
    parts = [deaths(rng.uniform(0.3, 6), seed + i, Region=f"P{i}") for i in range(n)]
    for part in parts:
        part["Deaths"] = (part["Deaths"] * part["Age"].map(
            dict(zip(AGES, rng.uniform(0.8, 1.2, len(AGES))))
        )).round().astype(int)  # fmt: skip
    return parts


def together(parts, name, missing=0):
    whole = pd.concat(parts).groupby(["Year", "Sex", "Age"], as_index=False)["Deaths"].sum()
    whole.loc[whole.index[::7], "Deaths"] += missing
    return whole.assign(Region=name)


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


# encodings


NAMES = ("Москва", "Пермский край", "Республика Тыва", "Ямало-Ненецкий АО")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_russian_regions_are_read(tmp_path, encoding):
    table = pd.concat([deaths(1, i, Region=name) for i, name in enumerate(NAMES)])
    counts = read_counts(save(tmp_path, table, sep=";", encoding=encoding))
    assert counts.regions == tuple(sorted(NAMES))


@pytest.mark.parametrize("encoding", ["cp866", "koi8-r", "iso8859-5", "utf-16"])
def test_other_encodings_of_russian_are_refused(tmp_path, encoding):
    table = pd.concat([deaths(1, i, Region=name) for i, name in enumerate(NAMES)])
    path = save(tmp_path, table, sep=";", encoding=encoding)
    refused(read_table, path, "Save it as UTF-8")


@pytest.mark.parametrize("name", ["Réunion", "Baden-Württemberg", "Córdoba", "Île-de-France"])
def test_latin_1_is_refused(tmp_path, name):
    path = save(tmp_path, deaths(Region=name), encoding="latin-1")
    refused(read_table, path, "Save it as UTF-8")
