"""Anybody's tidy table: forgiving in form, strict in meaning."""

import gzip
import io

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import estimator as est
from estimator.errors import DataError
from estimator.sources.deaths import read_counts
from estimator.sources.rosstat import load_rosstat
from estimator.sources.vocabulary import SEX_LABELS
from tests.sources.tidy_tables import (
    eurostat,
    health_organization,
    monthly,
    russian,
    save,
    tidy,
)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return read_counts(save(tmp_path_factory.mktemp("plain"), tidy()))


def test_a_plain_table(plain):
    assert plain.source == "deaths.csv"
    assert plain.vintage == "unknown"
    assert plain.unit == "deaths"
    assert plain.notes == ()
    assert plain.ages.labels == ("15-19", "20-84", "85+")
    assert float(plain.data["count"].sel(sex="male", age="20-84", period=2001)) == 31.5


def with_totals(frame):
    both = frame.assign(sex="Total")
    every = frame[frame["age_low"] == 15].astype(object).assign(age_low="TOTAL", age_high=None)
    unknown = frame[frame["age_low"] == 15].astype(object).assign(age_low="UNK", deaths=1)
    return pd.concat([frame.astype(object), both.astype(object), every, unknown])


@pytest.mark.parametrize(
    "form",
    [
        lambda f: f.sample(frac=1, random_state=1)[f.columns[::-1]],
        lambda f: f.rename(columns=str.upper),
        lambda f: f.rename(columns={"year": " Period ", "sex": "Gender", "age_low": "age_from"}),
        lambda f: f.assign(age_high=f["age_high"].astype(object).fillna("+")),
        lambda f: f.rename(columns={"age_low": "AgeLow", "age_high": "Age-high", "sex": "SEX "}),
        lambda f: f.rename(columns={"age_low": "lower", "deaths": "Number of deaths"}).rename(
            columns={"age_high": "upper"}
        ),
        lambda f: f.assign(age_high=f["age_high"].fillna(120)),
        lambda f: f.assign(age_high=f["age_high"].fillna(999)),
        lambda f: f.replace({"sex": {"female": 2, "male": 1}}),
        lambda f: f.replace({"sex": {"female": 2.0, "male": 1.0}}),
        lambda f: f.astype({"year": "float"}),
        lambda f: f.assign(remark="none", flag=None),
        russian,
        eurostat,
        health_organization,
        with_totals,
        monthly,
        lambda f: f.assign(date=f["year"].astype(str) + "-12-31").drop(columns="year"),
    ],
)
def test_forms_that_are_the_same_table(tmp_path, plain, form):
    again = read_counts(save(tmp_path, form(tidy())))
    np.testing.assert_allclose(again.data["count"], plain.data["count"])
    assert again.ages == plain.ages
    assert again.years == plain.years


@pytest.mark.parametrize(
    "encode",
    [
        lambda f: f.to_csv(index=False).encode("utf-8-sig"),
        lambda f: russian(f).to_csv(index=False, sep=";").encode("cp1251"),
        lambda f: russian(f).to_csv(index=False, sep="\t").encode(),
        lambda f: gzip.compress(f.to_csv(index=False).encode()),
        lambda f: _parquet(f),
    ],
)
def test_files_that_are_the_same_table(tmp_path, plain, encode):
    again = read_counts(save(tmp_path, encode(tidy()), "table"), source="Office", vintage="2024")
    assert again.checksum == plain.checksum
    assert (again.source, again.vintage) == ("Office", "2024")


def _parquet(frame):
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


@settings(max_examples=25)
@given(
    st.sampled_from(["female", *SEX_LABELS["female"]]),
    st.sampled_from(["male", *SEX_LABELS["male"]]),
    st.sampled_from([str.upper, str.lower, str.title, "{}. ".format]),
    st.permutations(range(18)),
)
def test_relabelled_and_reordered_is_the_same(tmp_path_factory, plain, women, men, form, order):
    frame = tidy().replace({"sex": {"female": form(women), "male": form(men)}}).iloc[list(order)]
    path = save(tmp_path_factory.getbasetemp(), frame, "relabelled.csv")
    assert read_counts(path).checksum == plain.checksum


def test_what_was_left_out_is_noted(tmp_path):
    notes = read_counts(save(tmp_path, with_totals(tidy()))).notes
    assert notes == (
        "18 rows for both sexes left out",
        "6 rows for all ages left out",
        "6 of unknown age left out",
    )


def test_codes_of_sex_are_noted(tmp_path):
    coded = tidy().replace({"sex": {"female": "2", "male": "1"}})
    assert read_counts(save(tmp_path, coded)).notes == ("sex 1 read as male, 2 as female",)
    totals = pd.concat([coded, coded.drop_duplicates(["year", "age_low"]).assign(sex="both")])
    assert read_counts(save(tmp_path, totals)).years == (2000, 2001, 2002)


def test_chosen_ages_are_read_whatever_stands_outside(tmp_path, plain):
    closed = tidy().fillna({"age_high": 99})
    changing = closed.assign(
        age_high=closed["age_high"].mask((closed["age_low"] == 85) & (closed["year"] > 2001), 89)
    )
    path = save(tmp_path, changing)
    with pytest.raises(DataError, match="age bands change"):
        read_counts(path)
    counts = read_counts(path, ages=(15, 84))
    assert counts.notes == ("ages 15-84 only",)
    assert counts.checksum == plain.select(ages=(15, 84)).checksum


@pytest.mark.parametrize(
    ("ages", "row"), [((18, 84), 2), ((15, 90), 4), ((15, 70), 3), ((20, 99), 4), ((0, 9), 2)]
)
def test_chosen_ages_are_whole_bands(tmp_path, ages, row):
    told = f"row {row}: ages {ages[0]}-{ages[1]} are not made of whole bands.*Choose bounds"
    with pytest.raises(DataError, match=rf"^deaths\.csv: column age_low, {told}"):
        read_counts(save(tmp_path, tidy()), ages=ages)


def test_one_region_is_read_whatever_the_others_hold(tmp_path, plain):
    south = tidy().assign(oblast="South", deaths=-1)
    frame = pd.concat([tidy().assign(oblast="North"), south]).rename(columns={"oblast": "Region"})
    counts = read_counts(save(tmp_path, frame), region="North")
    assert counts.checksum == plain.checksum
    assert counts.notes == ("region North only",)
    with pytest.raises(DataError, match=r"column region: no region 'East'\. There are: North, Sou"):
        read_counts(save(tmp_path, frame), region="East")
    with pytest.raises(DataError, match="column region is missing, and region 'East' is wanted"):
        read_counts(save(tmp_path, tidy()), region="East")


def test_regions_population_and_cases(tmp_path):
    north = tidy().assign(region="North", pop=1000.5)
    south = tidy().assign(region="South", pop=2000)[lambda f: f["year"] > 2000]
    frame = pd.concat([north, south]).rename(columns={"deaths": "cases"})
    counts = read_counts(save(tmp_path, frame), unit="cases")
    assert counts.regions == ("North", "South")
    assert counts.has_population
    assert counts.unit == "cases"
    assert counts.select(region="South").years == (2001, 2002)
    with pytest.raises(DataError, match=r"column deaths is missing; found .*pop and column 5 of an unk"):
        read_counts(save(tmp_path, frame))
    with pytest.raises(DataError, match="unit: 'births' is not known"):
        read_counts(save(tmp_path, frame), unit="births")


def test_daily_dates_cover_whole_years(tmp_path, plain):
    days = pd.DataFrame({"date": pd.date_range("2000-01-01", "2002-12-31").strftime("%d.%m.%Y")})
    frame = tidy().query("year == 2000").drop(columns="year").assign(deaths=1, pop=5)
    counts = read_counts(save(tmp_path, frame.merge(days, how="cross")))
    assert counts.data["count"].sel(sex="male", age="15-19").to_numpy().tolist() == [366, 365, 365]
    assert (counts.data["population"] == 5).all()
    assert counts.notes == ("dates added up to calendar years",)


def test_a_bundled_table_written_out_reads_back(tmp_path):
    russia = load_rosstat()
    frame = russia.to_frame().rename(columns={"count": "deaths"})
    assert read_counts(save(tmp_path, frame)).checksum == russia.checksum


@pytest.mark.external
def test_mortality_database_files(external_data):
    files = sorted((external_data / "hmd").glob("*.csv"))
    assert len(files) == 12
    for path in files:
        counts = read_counts(path, source=f"Human Mortality Database, {path.stem}")
        assert len(counts.ages) == 18
        assert counts.years[-1] >= 2015
        total = pd.read_csv(path)["deaths"].sum()
        np.testing.assert_allclose(counts.data["count"].sum(), total)


@pytest.mark.parametrize("word", ["Total", "Всего", "ALL"])
def test_rows_of_all_regions_are_left_out(tmp_path, word):
    """As rows of both sexes and of all ages are: nobody counts twice."""
    parts = pd.concat([tidy().assign(region="North"), tidy().assign(region="South")])
    whole = tidy().assign(region=word, deaths=tidy()["deaths"] * 2)
    counts = read_counts(save(tmp_path, pd.concat([whole, parts])))
    assert counts.regions == ("North", "South")
    assert "18 rows for all regions left out" in counts.notes
    alone = read_counts(save(tmp_path, whole))
    assert alone.regions == (word,)
    asked = read_counts(save(tmp_path, pd.concat([whole, parts])), region=word)
    assert float(asked.data["count"].sum()) == whole["deaths"].sum()


def test_the_very_old_may_outnumber_those_at_mid_year(tmp_path):
    table = tidy().replace({"age_low": {85: 100}, "age_high": {84: 99}})
    table["population"] = table["deaths"].where(table["age_low"] == 100, 10_000) * 0.9
    assert read_counts(save(tmp_path, table)).has_population


def test_a_data_frame_is_read_as_its_file_is(tmp_path):
    frame = est.load_rosstat().to_frame().rename(columns={"count": "deaths"})
    frame.to_csv(tmp_path / "deaths.csv", index=False)
    from_file, from_frame = est.read_counts(tmp_path / "deaths.csv"), est.read_counts(frame)
    xr.testing.assert_identical(from_file.data, from_frame.data)
    assert from_frame.source == "data frame"
    xr.testing.assert_identical(est.Counts.from_frame(frame).data, from_frame.data)
    with pytest.raises(est.DataError, match=r"data frame: column deaths, row 3.*is not a number"):
        est.read_counts(
            frame.astype({"deaths": object}).assign(deaths=["1"] * 3 + ["many"] * (len(frame) - 3))
        )
    with pytest.raises(est.DataError, match="data frame: no rows"):
        est.read_counts(frame.iloc[:0])


def test_other_tables_are_taken_as_data_frames():
    listed = est.read_minimum(pd.DataFrame({"date": ["2022-03-01"], "count": [5]}), vintage="2022-04-01")
    assert (listed.total, listed.source) == (5, "data frame")
    bands = pd.DataFrame({"age_low": [20, 25], "age_high": [24, 29], "found": [3, 4], "sampled": [6, 8]})
    assert est.read_matched_sample(bands, vintage="2023-06-01").total == (7, 14)
    cells = {"week": "2022-02-28", "sex": ["male", "female"], "age": "20-24", "delay": 0, "cases": [3, 1]}
    assert est.read_triangle(pd.DataFrame(cells), extracted_on="2022-04-01").total == 4
