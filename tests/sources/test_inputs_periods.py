"""Years, months, weeks and days of tables."""

import numpy as np
import pandas as pd
import pytest

from estimator.sources.deaths import read_counts
from tests.sources.inputs import deaths, refused, save


def monthly(**more):
    """Return deaths by month, and how many they are."""
    table = deaths(12.0).query("Year >= 2010")
    months = pd.concat([table.assign(Month=month) for month in range(1, 13)])
    months["Deaths"] = np.random.default_rng(2).poisson(months["Deaths"] / 12)
    return months.assign(**more)


PERIODS = {
    "year and month": lambda f: f,
    "one column, ISO": lambda f: f.assign(Date=stamp(f, "-")).drop(columns=["Year", "Month"]),
    "one column, PxWeb": lambda f: f.assign(Time=stamp(f, "M")).drop(columns=["Year", "Month"]),
    "Eurostat": lambda f: f.assign(TIME_PERIOD=stamp(f, "-")).drop(columns=["Year", "Month"]),
    "the World Mortality Dataset": lambda f: f.rename(columns={"Month": "time"}).assign(time_unit="monthly"),
}


def stamp(frame, sign):
    return frame["Year"].astype(str) + sign + frame["Month"].astype(str).str.zfill(2)


@pytest.mark.parametrize("form", PERIODS)
def test_months_are_added_up_and_a_part_of_a_year_is_refused(tmp_path, form):
    table = monthly()
    counts = read_counts(save(tmp_path, PERIODS[form](table)))
    assert counts.years == (2010, 2011, 2012)
    assert counts.data["count"].sum() == table["Deaths"].sum()
    for part in (table["Month"] == 1, (table["Year"] < 2012) | (table["Month"] < 10)):
        path = save(tmp_path, PERIODS[form](table[part]))
        refused(read_counts, path, "do not cover the whole year", "row")


def test_weeks_are_refused_by_name(tmp_path):
    weeks = pd.concat([deaths().assign(Week=week) for week in (1, 2)])
    for table in (
        weeks,
        weeks[weeks["Week"] == 1],
        weeks.assign(Year=weeks["Year"].astype(str) + "-W01").drop(columns="Week"),
        weeks.rename(columns={"Week": "time"}).assign(time_unit="weekly"),
    ):
        refused(read_counts, save(tmp_path, table), "week", "Weeks at New Year belong to two years")


@pytest.mark.parametrize("column", ["KW", "Kalenderwoche", "epiweek", "MMWRweek", "номер недели", "Semana",
                                    "day", "semester", "half-year", "полугодие"])  # fmt: skip
def test_a_part_of_each_year_is_not_the_year(tmp_path, column):
    """One week, day or half of each year, under other names than ours."""
    refused(
        read_counts,
        save(tmp_path, deaths(**{column: 1})),
        f"column {column.casefold()}, row 2",
        "of each year",
    )


@pytest.mark.parametrize("form", ["{y}{m:02}", "{y}/{m:02}", "{m:02}/{y}", "{m:02}.{y}"])
def test_months_as_offices_write_them(tmp_path, form):
    table = monthly()
    stamps = [form.format(y=year, m=month) for year, month in zip(table["Year"], table["Month"])]
    counts = read_counts(save(tmp_path, table.assign(Date=stamps).drop(columns=["Year", "Month"])))
    assert counts.data["count"].sum() == table["Deaths"].sum()


def test_months_side_by_side(tmp_path):
    """Columns 2000M01 to 2001M12 cover two years; without the last they do not."""
    names = [f"{year}M{month:02}" for year in (2000, 2001) for month in range(1, 13)]
    table = pd.DataFrame({"sex": ["f", "m"], "age": "15-19", **{name: [5, 6] for name in names}})
    assert read_counts(save(tmp_path, table)).data["count"].sum() == 24 * 11
    path = save(tmp_path, table.drop(columns="2001M12"))
    refused(read_counts, path, "2001 has 11 dates", "do not cover the whole year")


@pytest.mark.parametrize("month", ["Total", "0", "13", "spring"])
def test_a_month_there_is_not(tmp_path, month):
    table = monthly().astype({"Month": object})
    table.iloc[6, table.columns.get_loc("Month")] = month
    refused(read_counts, save(tmp_path, table), "column month, row 8", "is not a month", "leave out totals")


@pytest.mark.parametrize("form", PERIODS)
def test_deaths_since_the_year_began_are_refused(tmp_path, form):
    table = monthly().sort_values(["Year", "Sex", "Age", "Month"])
    table["Deaths"] = table.groupby(["Year", "Sex", "Age"])["Deaths"].cumsum()
    refused(read_counts, save(tmp_path, PERIODS[form](table)), "never fall", "not those since the year began")


@pytest.mark.parametrize("write", [str, "Q{}".format])
def test_quarters_are_added_up(tmp_path, write):
    table = monthly().rename(columns={"Month": "Quarter"}).query("Quarter < 5")
    expected = table["Deaths"].sum()
    beside = table.assign(Quarter=table["Quarter"].map(write))
    assert read_counts(save(tmp_path, beside)).data["count"].sum() == expected
    one = table.assign(Year=table["Year"].astype(str) + "-Q" + table["Quarter"].astype(str))
    assert read_counts(save(tmp_path, one.drop(columns="Quarter"))).data["count"].sum() == expected


@pytest.mark.parametrize(
    "month", ["März", "mars", "marzo", "March", "Mar", "марта", "березень", "M03", "03", "3.0"]
)
def test_months_in_words(tmp_path, month):
    table = monthly().astype({"Month": object})
    expected = table["Deaths"].sum()
    table.loc[table["Month"] == 3, "Month"] = month
    assert read_counts(save(tmp_path, table)).data["count"].sum() == expected
