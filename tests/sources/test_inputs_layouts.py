"""Layouts of offices, each read as the tidy table it was made of, or refused."""

import gzip

import numpy as np
import pandas as pd
import pytest

from estimator.errors import DataError
from estimator.sources.deaths import read_counts
from estimator.sources.minimum import read_minimum
from tests.sources.inputs import AGES, YEARS, deaths, refused, save


def wide(table, column, values="Deaths"):
    keys = [key for key in ("Region", "Year", "Sex", "Age") if key in table and key != column]
    return table.pivot_table(index=keys, columns=column, values=values).reset_index()


def eurostat(table):
    """Return a bulk file: a key of all columns but the year, flags, and a colon for no value."""
    cells = wide(table.replace({"Sex": {"f": "F", "m": "M"}}), "Year")
    key = "A,NR," + cells["Sex"] + ",Y" + cells["Age"] + ",AA"
    lines = ["freq,unit,sex,age,geo\\TIME_PERIOD\t" + "\t".join(f"{year} " for year in YEARS) + "\t2099"]
    flags = [" ", " p", " b", " ep"]
    for at, (label, row) in enumerate(zip(key, cells[list(YEARS)].to_numpy(int))):
        lines.append("\t".join([label, *(f"{n}{flags[at % 4]}" for n in row), ": "]))
    return "\n".join(lines)


def hmd(table):
    """Return the text of a file of the Human Mortality Database: a title, and columns set apart by spaces."""
    cells = wide(table, "Sex")
    lines = ["Nowhere, Deaths (period 5x1), \tLast modified: 01 Jan 2024;  Methods Protocol: v6", ""]
    lines.append("  Year          Age             Female            Male           Total")
    for year, age, women, men in cells[["Year", "Age", "f", "m"]].itertuples(index=False):
        lines.append(f"  {year}       {age:>8}  {women:>12.2f}  {men:>14.2f}   {women + men:>12.2f}")
    return "\n".join(lines) + "\n"


def wonder(table):
    """Return a CDC WONDER export: notes, totals of each sex, and lines below."""
    names = {"Sex": {"f": "Female", "m": "Male"}}
    rows = ["\t".join(f'"{name}"' for name in ("Notes", "Year", "Gender", "Five-Year Age Groups"))
            + "\tDeaths\tPopulation"]  # fmt: skip
    for (year, sex), part in table.replace(names).groupby(["Year", "Sex"]):
        rows += [f'""\t"{year}"\t"{sex}"\t"{age} years"\t{n}\t{90 * n}'
                 for age, n in part[["Age", "Deaths"]].itertuples(index=False)]  # fmt: skip
        rows.append(f'"Total"\t"{year}"\t"{sex}"\t\t{part["Deaths"].sum()}\tNot Applicable')
    below = ['"---"', '"Dataset: Underlying Cause of Death, 1999-2020"', '"Query Parameters:"',
             '"Group By: Year; Gender"', '"---"', '"Caveats:"', '"1. ""Totals"" too."']  # fmt: skip
    return "\r\n".join([*rows, *below]) + "\r\n"


def lower_bounds(table, width):
    low = table["Age"].str.split("-").str[0]
    return table.assign(Age=low, AgeInt=width)


LAYOUTS = {
    "years side by side": lambda t: wide(t, "Year"),
    "years of R": lambda t: wide(t, "Year").rename(columns={year: f"X{year}" for year in YEARS}),
    "sexes side by side": lambda t: wide(t, "Sex").rename(columns={"f": "Female", "m": "Male"}),
    "sexes and both": lambda t: wide(t, "Sex").assign(Total=9e9).rename(columns={"f": "Women", "m": "Men"}),
    "deaths by sex": lambda t: wide(t, "Sex").rename(columns={"f": "deaths_female", "m": "Deaths (male)"}),
    "in German": lambda t: wide(t, "Sex").rename(columns={"f": "weiblich", "m": "männlich", "Year": "Jahr"}),
    "Eurostat": eurostat,
    "HMD": hmd,
    "CDC WONDER": wonder,
    "widths of ages": lambda t: lower_bounds(t, 5),
    "widths with points": lambda t: lower_bounds(t, "5.0"),
    "years with flags": lambda t: wide(t, "Year").rename(columns={2011: "2011 p", 2012: "2012*"}),
    "blank lines": lambda t: t.to_csv(index=False).replace("\n", "\r\n\r\n"),
    "a title with commas": lambda t: "Deaths by sex, age and year, 2000-2012\n\n" + t.to_csv(index=False),
    "a note below": lambda t: t.to_csv(index=False) + "\nSource: National office, 2024; see the page\n",
    "notes in Russian": lambda t: t.to_csv(index=False) + "Источник: служба статистики\n* без Крыма\n",
    "delimiters after rows": lambda t: t.to_csv(index=False, sep=";").replace("\n", ";\n"),
    "delimiters after rows alone": lambda t: "Year;Sex;Age;Deaths\n"
    + t.to_csv(index=False, sep=";", header=False).replace("\n", ";\n"),
    "delimiters after the header alone": lambda t: "Year;Sex;Age;Deaths;;\n"
    + t.to_csv(index=False, sep=";", header=False),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_are_read_as_tidy_tables(tmp_path, layout):
    table = deaths(seed=3)
    expected = read_counts(save(tmp_path, table, "plain.csv")).data["count"]
    counts = read_counts(save(tmp_path, LAYOUTS[layout](table), "table.txt"))
    np.testing.assert_array_equal(counts.data["count"].squeeze(), expected)


@pytest.mark.parametrize("layout", ["years side by side", "Eurostat", "CDC WONDER", "HMD"])
def test_a_wrong_cell_of_a_layout_is_refused(tmp_path, layout):
    written = LAYOUTS[layout](deaths(seed=3))
    text = written if isinstance(written, str) else written.to_csv(index=False)
    value = str(int(deaths(seed=3)["Deaths"].max()))
    assert value in text
    with pytest.raises(DataError, match=r"row \d+|cells are missing"):
        read_counts(save(tmp_path, text.replace(value, "many", 1), "table.txt"))


def test_open_bands_of_widths(tmp_path):
    table = lower_bounds(deaths(), 5).astype({"AgeInt": object})
    table.loc[table["Age"] == "40", "AgeInt"] = "+"
    assert read_counts(save(tmp_path, table)).ages.labels[-1] == "40+"
    table.loc[table["Age"] == "20", "AgeInt"] = "five"
    refused(read_counts, save(tmp_path, table), "column ageint, row 3", "Write how many years")


@pytest.mark.parametrize(
    ("label", "last"),
    [("{} u. m.", None), ("{} und mehr", None), ("{} ans et plus", None), ("{} y más", None), ("{}+", None),
     ("{} и старше", None), ("{} Jahre und älter", None), ("{} años y más", None), ("von {} bis 44", "44"),
     ("de {} à 44 ans", "44"), ("от {} до 44 лет", "44"), ("D{}_44", "44")],
)  # fmt: skip
def test_bands_in_words_of_offices(tmp_path, label, last):
    table = deaths().replace({"Age": {"40-44": label.format(40)}})
    assert read_counts(save(tmp_path, table)).ages.labels[-1] == (f"40-{last}" if last else "40+")


@pytest.mark.parametrize("cut", ["2012;m", "2012", "20", "2012;m;40-44;"])
def test_a_table_cut_short_is_refused(tmp_path, cut):
    text = deaths().to_csv(index=False, sep=";").rpartition("2012;m;40-44")[0] + cut
    with pytest.raises(DataError, match=r"fields, the header has 4|is not a number|missing"):
        read_counts(save(tmp_path, text))


def test_rows_below_a_note_are_refused(tmp_path):
    text = deaths().to_csv(index=False, sep=";")
    head, tail = text[: text.index("2006")], text[text.index("2006") :]
    refused(read_counts, save(tmp_path, head + "Source: an office\n" + tail), "fields, the header has 4")


def test_a_population_of_nobody_is_left_out(tmp_path):
    table = deaths(0.1).assign(Population=lambda f: 90 * f["Deaths"] + 9)
    table.loc[3, ["Deaths", "Population"]] = 0
    counts = read_counts(save(tmp_path, table))
    assert not counts.has_population
    assert counts.notes == ("population left out: 1 cells are of nobody, first row 5",)


def test_a_data_frame_is_a_table(tmp_path):
    table = deaths().assign(unit="NR")
    expected = read_counts(save(tmp_path, table))
    for frame in (table, table.set_index(["Year", "Sex", "Age"]), table.astype("category")):
        counts = read_counts(frame)
        np.testing.assert_array_equal(counts.data["count"], expected.data["count"])
        assert counts.source == "data frame"
    assert expected.notes == ("columns not read: unit",)
    with pytest.raises(DataError, match="data frame: column deaths, row 7: '-1' is not 0 or more"):
        read_counts(table.assign(Deaths=table["Deaths"].where(table.index != 7, -1)))
    with pytest.raises(DataError, match=r"no file and no table\. Give a path or a pandas DataFrame"):
        read_counts(None)
    days = pd.DataFrame({"date": pd.date_range("2022-03-01", periods=9, tz="Europe/Moscow"), "count": 1})
    assert read_minimum(days, vintage="2024-01-01").total == 9


def test_columns_that_are_not_read_are_listed(tmp_path):
    table = deaths().assign(Country="Nowhere", Иванов="x", iso3c="NNN")
    assert read_counts(save(tmp_path, table)).notes == ("columns not read: country, column 6, iso3c",)


def test_what_lies_in_the_future_is_refused(tmp_path):
    table = deaths()
    table["Year"] += 90
    refused(read_counts, save(tmp_path, table), "column year, row", "2090 has not begun")
    path = save(tmp_path, pd.DataFrame({"date": ["2022-03-01"], "count": [1]}))
    with pytest.raises(DataError, match="vintage 2101-01-01 is in the future"):
        read_minimum(path, vintage="2101-01-01")


def test_a_layout_in_a_gzipped_file(tmp_path):
    path = tmp_path / "Deaths_5x1.txt.gz"
    path.write_bytes(gzip.compress(hmd(deaths()).encode()))
    counts = read_counts(path)
    assert counts.ages.labels == AGES
    assert counts.data["count"].sum() == deaths()["Deaths"].sum()
