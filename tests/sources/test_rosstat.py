"""Rosstat's national table and its regional file."""

import gzip
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from estimator.data.bundled import read_bundled
from estimator.errors import DataError
from estimator.sources.rosstat import (
    CHECHEN_INGUSH,
    NATION,
    OKRUGS,
    load_rosstat,
    read_rosstat_regions,
)

FILE = "rosstat_deaths_by_region_1990_2023.csv.gz"


def test_national_table_is_the_bundled_one():
    counts = load_rosstat()
    assert counts.years == tuple(range(1990, 2024))
    assert counts.ages.labels[0] == "0-4"
    assert counts.ages.labels[-1] == "85+"
    assert counts.data["count"].sum() == read_bundled("rosstat_deaths_russia")["deaths"].sum()
    assert counts.notes == ()
    assert counts.vintage.startswith("2025-03-25, data to 2023; the day they were published")


def test_hiv_is_subtracted_where_it_is_known():
    raw, without = load_rosstat(), load_rosstat(subtract_hiv=True)
    hiv = (raw.data - without.data)["count"]
    table = read_bundled("rosstat_hiv_deaths_russia")
    assert hiv.sum() == table["deaths"].sum()
    assert (hiv.sel(age="85+") == 0).all()
    assert (hiv.sel(period=slice(1990, 2005)) == 0).all()
    assert hiv.sel(age="30-34", sex="male", period=2019) == (
        table.query("year == 2019 and sex == 'male' and age_low == 30")["deaths"].item()
    )
    assert "none subtracted before 2006" in without.notes[0]


def test_the_step_where_hiv_deaths_begin_is_small():
    """What the docstring says of 2006, the reason to keep the years before it."""
    raw, without = load_rosstat().data["count"], load_rosstat(subtract_hiv=True).data["count"]
    ratio = np.log(raw.sel(sex="male") / raw.sel(sex="female"))
    step = np.log(without.sel(sex="male") / without.sel(sex="female")) - ratio
    adults = slice("15-19", "85+")
    moves = np.abs(ratio.sel(period=slice(2000, 2019), age=adults).diff("period"))
    assert np.abs(step.sel(period=2006)).max() < 0.0071
    assert np.abs(step.sel(period=2006, age="20-24")) < moves.sel(age="20-24").median() / 2
    young = raw.sel(period=2006, age=slice("15-19", "45-49"))
    share = 1 - without.sel(period=2006, age=slice("15-19", "45-49")).sum() / young.sum()
    assert round(float(share), 3) == 0.006
    cells = 1 - (without / raw).sel(period=2006)
    assert round(float(cells.max()), 3) == 0.023


def test_loading_leaves_pandera_and_pymc_unloaded():
    code = (
        "import sys; from estimator.sources.rosstat import load_rosstat; load_rosstat();"
        "sys.exit(bool({'pandera', 'pymc', 'matplotlib'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def small(tmp_path, change=None):
    """A regional file of two years in the published form."""
    rows = [
        (region, year, age, sex, 10)
        for region in (NATION, "Алтайский край", *OKRUGS, *OKRUGS["Тюменская область"])
        for year in (2022, 2023)
        for age in ("0-4 лет", "5-9 лет", "85 и более", "Неизвестно", "Всего", "15-17 лет")
        for sex in ("f", "m")
        if age != "15-17 лет" or year == 2023
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["Region", "Year", "Age", "Gender", "Deaths"])
    frame["Age"] = frame["Age"].replace("85 и более", "10 и более")
    frame.loc[frame["Age"] == "Всего", "Deaths"] = 40
    path = tmp_path / "regions.csv.gz"
    path.write_bytes(gzip.compress((change(frame) if change else frame).to_csv(index=False).encode()))
    return path


def test_rows_that_would_count_twice_are_left_out(tmp_path):
    joined = read_rosstat_regions(small(tmp_path))
    assert joined.regions == ("Алтайский край", "Архангельская область", "Тюменская область")
    assert joined.ages.labels == ("0-4", "5-9", "10+")
    assert joined.data["count"].sum() == 3 * 2 * 2 * 3 * 10
    apart = read_rosstat_regions(small(tmp_path), okrugs="apart", vintage="2025-03-25")
    assert apart.regions == ("Алтайский край", *sorted(OKRUGS["Тюменская область"]))
    assert apart.vintage == "2025-03-25"
    assert "deaths of unknown age left out" in apart.notes[1]


def test_a_region_year_unlike_its_own_total_is_missing(tmp_path):
    def damage(frame):
        wrong = (frame["Region"] == "Алтайский край") & (frame["Year"] == 2022)
        return frame.assign(Deaths=frame["Deaths"].mask(wrong & (frame["Age"] == "0-4 лет"), 1))

    counts = read_rosstat_regions(small(tmp_path, damage))
    assert counts.select(region="Алтайский край").years == (2023,)
    assert "Алтайский край 2022 missing: its age bands hold 42 of 60 deaths" in " ".join(counts.notes)


def test_the_nation_restores_a_faulty_region_year(tmp_path):
    def damage(frame):
        wrong = (frame["Region"] == "Алтайский край") & (frame["Year"] == 2022)
        deaths = frame["Deaths"].mask(wrong & (frame["Age"] == "0-4 лет"), 1)
        return frame.assign(Deaths=deaths.mask(frame["Region"] == NATION, 3 * deaths))

    counts = read_rosstat_regions(small(tmp_path, damage))
    assert (counts.select(region="Алтайский край").data["count"] == 10).all()
    told = "Алтайский край 2022 restored, the nation less all others: its age bands hold 42 of 60 deaths"
    assert told in " ".join(counts.notes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="Age"), "column age is missing; found region, year"),
        (lambda f: f.replace({"f": "x"}), "column gender, row 2: 'x' is not f or m"),
        (lambda f: f.replace({"0-4 лет": "0..4"}), "column age, row 24: '0..4' is not a label"),
        (lambda f: f.assign(Deaths="?"), r"column deaths, row 2: '\?' is not a number"),
        (lambda f: f.assign(Year=2022.5), "column year, row 2: '2022.5' is not a whole number"),
        (lambda f: pd.concat([f, f]), "repeats the cell of row"),
    ],
)
def test_another_file_is_refused(tmp_path, change, message):
    with pytest.raises(DataError, match=rf"^regions\.csv\.gz: .*{message}"):
        read_rosstat_regions(small(tmp_path, change))


def test_some_years(tmp_path):
    counts = read_rosstat_regions(small(tmp_path), year_range=(2022, 2022))
    assert counts.years == (2022,)
    for years in ((2023, 2022), (2021, 2023), (2022, 2030)):
        told = f"column year: year_range {years[0]}-{years[1]} is not within 2022-2023. Give"
        with pytest.raises(DataError, match=rf"^regions\.csv\.gz: {told}"):
            read_rosstat_regions(small(tmp_path), year_range=years)


def test_okrugs_are_one_or_the_other(tmp_path):
    with pytest.raises(DataError, match="okrugs: 'both' is not known"):
        read_rosstat_regions(small(tmp_path), okrugs="both")


@pytest.mark.external
@pytest.mark.parametrize(("okrugs", "number"), [("joined", 82), ("apart", 85)])
def test_regions_add_up_to_the_nation(external_data, okrugs, number):
    regions = read_rosstat_regions(external_data / FILE, okrugs=okrugs)
    nation = load_rosstat()
    assert len(regions.regions) == number
    assert regions.ages == nation.ages
    gap = (nation.data["count"] - regions.data["count"].sum("region")).sum(["sex", "age"])
    gap = {int(year): int(value) for year, value in gap.to_series().items() if value}
    chechen_ingush = {1990: 11037, 1991: 11081, 1992: 10666}
    if okrugs == "joined":
        assert gap == chechen_ingush | {2003: 7193}
    else:
        both_oblasts = {1990: 35284, 1991: 36710, 1992: 41959}
        early = {year: chechen_ingush[year] + both_oblasts[year] for year in chechen_ingush}
        assert gap == early | {2003: 7193}


@pytest.mark.external
def test_region_years_that_are_missing(external_data):
    regions = read_rosstat_regions(external_data / FILE)
    first = {
        "Чеченская Республика": 2004,
        "Республика Ингушетия": 1995,
        "Республика Крым": 2014,
        "Севастополь": 2014,
    }
    for region in regions.regions:
        years = set(range(first.get(region, 1990), 2024))
        assert set(regions.select(region=region).years) == years, region
    notes = " ".join(regions.notes)
    assert f"{CHECHEN_INGUSH[0]} 1990-1992 missing" in notes
    told = "restored, the nation less all others: its age bands hold 1,942 of 35,821"
    assert f"Красноярский край 2016 {told}" in notes


@pytest.mark.external
def test_some_years_of_the_file_are_part_of_all(external_data):
    everything = read_rosstat_regions(external_data / FILE)
    some = read_rosstat_regions(external_data / FILE, year_range=(1995, 2003))
    assert set(everything.regions) - set(some.regions) == {
        "Чеченская Республика",
        "Республика Крым",
        "Севастополь",
    }
    part = everything.select(years=some.years).data.sel(region=list(some.regions))
    np.testing.assert_array_equal(some.data["count"], part["count"])
    assert "Ингушетия" not in " ".join(some.notes)


@pytest.mark.external
def test_regions_are_those_of_the_published_table(external_data):
    regions = read_rosstat_regions(external_data / FILE, okrugs="apart")
    published = set(read_bundled("ratio2025_regional_excess_2022")["region_ru"])
    assert set(regions.regions) == published - {NATION}
