"""A number is never wrong without a word: random locales, encodings, regions, lists, days and weeks."""

import re

import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from estimator.sources.deaths import read_counts
from estimator.sources.minimum import read_minimum
from estimator.sources.registry.tables import read_triangle
from tests.sources.inputs import (
    answer_of,
    deaths,
    locale,
    provinces,
    refused,
    running,
    save,
    together,
    triangle_table,
)

PLACES = ("Москва", "Пермский край", "Réunion", "Baden-Württemberg", "Łódź", "Příbram", "Île-de-France", "Aa",
          "Ямало-Ненецкий АО", "Кыргызстан", "Σάμος", "Åland")  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1251", "cp866", "koi8-r", "iso8859-5", "mac-cyrillic",
             "cp1252", "cp1250", "latin-1", "cp1253", "utf-16-le", "utf-32", "cp850", "cp437")  # fmt: skip
few = settings(max_examples=10, deadline=None)


def folder(factory):
    return factory.mktemp("t")


@few
@given(
    signs=st.sampled_from([(",", "."), (".", ","), (" ", ","), ("\u00a0", "."), ("'", "."), ("\u202f", ",")]),
    digits=st.tuples(st.integers(0, 3), st.integers(0, 3)), scale=st.floats(0.01, 60),
)  # fmt: skip
def test_a_locale_of_a_whole_table(tmp_path_factory, signs, digits, scale):
    table = deaths(scale).assign(Population=lambda f: 90.5 * f["Deaths"] + 1000)
    columns = zip(["Deaths", "Population"], digits)
    written = table.assign(**{
        name: [locale(number, *signs, places) for number in table[name]] for name, places in columns
    })  # fmt: skip
    counts, refusal = answer_of(read_counts, save(folder(tmp_path_factory), written, sep=";"))
    if refusal:
        assert "may part thousands" in refusal or table["Deaths"].sum() < 2000
        return
    assert counts.data["count"].sum() == table["Deaths"].sum()
    if counts.has_population:
        rounded = table["Population"].round(digits[1]).sum()
        np.testing.assert_allclose(counts.data["population"].sum(), rounded, rtol=1e-6)


@settings(max_examples=30, deadline=None)
@given(place=st.sampled_from(PLACES), encoding=st.sampled_from(ENCODINGS))
def test_an_encoding(tmp_path_factory, place, encoding):
    """A region's name comes back as it was, or the file is refused."""
    path = folder(tmp_path_factory) / "table.csv"
    text = deaths(Region=place).to_csv(index=False, sep=";")
    try:
        path.write_bytes(text.encode(encoding))
    except UnicodeEncodeError:
        return
    counts, refusal = answer_of(read_counts, path)
    assert counts.regions == (place,) if counts else re.search("Save it as UTF-8|binary", refusal)
    assert read_counts(path, encoding=encoding).regions == (place,)


@few
@given(
    seed=st.integers(0, 10**6), levels=st.lists(st.integers(2, 3), min_size=1, max_size=2),
    off=st.integers(0, 4), shown=st.sets(st.integers(0, 1), min_size=1),
)  # fmt: skip
@example(seed=12181, levels=[2], off=0, shown={1})  # parts that differ in shape by less than a hundredth
def test_a_whole_with_its_parts(tmp_path_factory, seed, levels, off, shown):
    """Wholes at random levels, off by a few deaths: refused, whatever the order of rows."""
    parts = provinces(seed, int(np.prod(levels)) + 1)
    districts = [
        together(parts[i : i + levels[0]], f"D{i}", off) for i in range(0, len(parts) - 1, levels[0])
    ]
    wholes = [*([together(parts, "Union", off)] if 0 in shown else []), *(districts if 1 in shown else [])]
    rows = pd.concat([*parts, *wholes]).sample(frac=1, random_state=seed)
    _, refusal = answer_of(read_counts, save(folder(tmp_path_factory), rows))
    assert "is the sum of other regions" in refusal


@few
@given(seed=st.integers(0, 10**6), days=st.integers(20, 300), fall=st.booleans(), rate=st.floats(1, 90))
def test_a_list_of_running_totals(tmp_path_factory, seed, days, fall, rate):
    rng = np.random.default_rng(seed)
    new = rng.poisson(rate, days)
    totals = np.cumsum(new)
    if fall and days > 60:
        totals[days // 2] = totals[days // 2 - 1] - 1
    dates = pd.date_range("2022-03-01", periods=days).strftime("%Y-%m-%d")
    home = folder(tmp_path_factory)
    path = save(home, pd.DataFrame({"date": dates, "count": new}))
    assert read_minimum(path, vintage="2024-01-01").total == new.sum()
    path = save(home, pd.DataFrame({"date": dates, "count": totals}).sample(frac=1, random_state=seed))
    refused(read_minimum, path, "never fall", vintage="2024-01-01")


@few
@given(seed=st.integers(0, 10**6), delays=st.integers(3, 20))
def test_a_triangle_of_running_totals(tmp_path_factory, seed, delays):
    new, home = triangle_table(seed, delays), folder(tmp_path_factory)
    path = save(home, running(new).sample(frac=1, random_state=seed))
    assert read_triangle(path, cumulative=True, extracted_on="2024-01-01").total == new["cases"].sum()
    refused(read_triangle, path, "never fall", extracted_on="2024-01-01")


@few
@given(
    st.lists(
        st.dates(pd.Timestamp("2019-12-20").date(), pd.Timestamp("2023-01-20").date()),
        min_size=5,
        unique=True,
    ),
    st.integers(0, 3),
)
def test_days_at_new_year_stay_in_their_years(tmp_path_factory, days, form):
    table = pd.DataFrame({"day": [day.isoformat() for day in days], "n": np.arange(1, len(days) + 1)})
    table["day"] = pd.to_datetime(table["day"]).dt.strftime(
        ["%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "%Y-%m-%d 00:00:00"][form]
    )
    minimum = read_minimum(save(folder(tmp_path_factory), table), vintage="2024-01-01")
    if minimum.by_day is None:
        assert len({day.weekday() for day in days}) == 1
        return
    for year in {day.year for day in days}:
        assert minimum.for_years([year]) == sum(n for n, day in zip(table["n"], days) if day.year == year)


@few
@given(week=st.integers(1, 53), year=st.integers(2015, 2023), form=st.sampled_from(
    ["{y}-W{w:02}", "{y}W{w:02}", "{y}-W{w}", "{y}w{w:02}", "{y} W{w}", "columns", "W columns"]))  # fmt: skip
def test_a_week_is_the_same_week_in_every_reader(tmp_path_factory, week, year, form):
    home = folder(tmp_path_factory)
    plain = {"sex": ["f", "m"], "age": "20-24", "cases": 3, "delay": 0}
    when = {"week": form.format(y=year, w=week)}
    if form.endswith("columns"):
        when = {"year": year, "week": f"W{week}" if form.startswith("W") else week}
    table = pd.DataFrame({"count": [3]} | {name: [value] for name, value in when.items()})
    try:
        monday = pd.Timestamp.fromisocalendar(year, week, 1)
    except ValueError:
        monday = None
    readers = (
        (read_minimum, table, {"vintage": "2026-01-01"}),
        (read_triangle, pd.DataFrame(plain | when), {"extracted_on": "2026-01-01"}),
    )
    if monday is None:
        for read, written, options in readers:
            refused(read, save(home, written), "is not a date", **options)
        return
    minimum, triangle = (read(save(home, written), **options) for read, written, options in readers)
    assert minimum.by_week.index[0] == monday == pd.Timestamp(triangle.periods[0])
