"""Counts: validated once, then unchanged."""

import dataclasses
import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from estimator.data.counts import Counts
from estimator.errors import DataError, VintageError


def tidy(*, regions=(None,), years=range(2000, 2004), lows=(15, 20, 25), is_open=False):
    """A tidy table; row numbers begin at 2, as in a file."""
    rows = [
        (region, year, sex, low, None if is_open and low == lows[-1] else low + 4)
        for region in regions
        for year in years
        for sex in ("female", "male")
        for low in lows
    ]
    frame = pd.DataFrame(rows, columns=["region", "year", "sex", "age_low", "age_high"])
    frame["count"] = np.arange(len(frame)) * 1.25
    frame.index += 2
    return frame.drop(columns="region") if regions == (None,) else frame


FRAME = tidy(regions=("North", "South"))
COUNTS = Counts.from_frame(FRAME)


@given(st.permutations(range(len(FRAME))), st.permutations(list(FRAME.columns)))
def test_order_of_rows_and_columns_is_nothing(rows, columns):
    assert Counts.from_frame(FRAME.iloc[list(rows)][columns]).checksum == COUNTS.checksum


@given(st.integers(2, len(FRAME) + 1), st.sampled_from([-1.0, 0.5, 1000.0]))
def test_any_other_count_is_another_checksum(row, change):
    other = FRAME.copy()
    other.loc[row, "count"] = abs(other.loc[row, "count"] + change)
    if other.loc[row, "count"] != FRAME.loc[row, "count"]:
        assert Counts.from_frame(other).checksum != COUNTS.checksum


def test_types_of_columns_are_nothing():
    other = FRAME.astype({"year": "Int32", "age_low": "float", "sex": "category"})
    assert Counts.from_frame(other.convert_dtypes()).checksum == COUNTS.checksum


@pytest.mark.parametrize("regions", [(None,), ("North", "South")])
@pytest.mark.parametrize("is_open", [True, False])
def test_there_and_back(regions, is_open):
    counts = Counts.from_frame(tidy(regions=regions, is_open=is_open))
    again = Counts.from_frame(counts.to_frame())
    assert again.checksum == counts.checksum
    xr.testing.assert_identical(again.data, counts.data)
    assert counts.has_regions == (regions != (None,))
    assert counts.ages.labels[-1] == ("25+" if is_open else "25-29")
    assert counts.years == (2000, 2001, 2002, 2003)


def test_what_was_passed_in_is_not_touched():
    frame = FRAME.copy()
    counts = Counts.from_frame(frame)
    pd.testing.assert_frame_equal(frame, FRAME)
    data = counts.data.copy(deep=True)
    other = Counts(data)
    data["count"][:] = 0
    assert other.checksum == counts.checksum
    with pytest.raises(dataclasses.FrozenInstanceError):
        counts.unit = "cases"


def test_select():
    chosen = COUNTS.select(ages=(15, 24), years=(2001, 2003), region="South")
    frame = chosen.to_frame()
    assert chosen.ages.labels == ("15-19", "20-24")
    assert chosen.years == (2001, 2003)
    wanted = FRAME.query("region == 'South' and age_low < 25 and year in (2001, 2003)")
    assert frame["count"].sum() == wanted["count"].sum()


def test_a_region_without_some_years():
    frame = FRAME.query("not (region == 'North' and year < 2002)")
    counts = Counts.from_frame(frame)
    assert counts.years == (2000, 2001, 2002, 2003)
    assert np.isnan(counts.data["count"].sel(region="North", period=[2000, 2001])).all()
    assert counts.select(region="North").years == (2002, 2003)
    assert len(counts.to_frame()) == len(frame)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"region": "East"}, "no region 'East'. There are: North, South"),
        ({"ages": (15, 22)}, "ages 15-22 do not coincide"),
        ({"years": [1999, 2000]}, "no counts for 1999; the table has 2000-2003. Choose other"),
    ],
)
def test_what_is_not_there(choice, message):
    with pytest.raises(DataError, match=message):
        COUNTS.select(**choice)


def change(row, column, value):
    return lambda frame: frame.astype({column: object}).mask(
        (frame.index == row).reshape(-1, 1) & (frame.columns == column), value
    )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: f.drop(columns="sex"), "column sex is missing; found region, year.*Rename"),
        (lambda f: f.iloc[:0], "no rows"),
        (change(5, "sex", "both"), "column sex, row 5: 'both' is not usable.*female or male"),
        (change(5, "count", -1), "column count, row 5: -1 is not usable.*zero or more; correct"),
        (change(5, "count", np.nan), "column count, row 5: missing is not usable"),
        (change(5, "count", np.inf), "column count, row 5: inf is not usable"),
        (change(5, "count", "many"), "column count, row 5: a text of 4 characters is not usable"),
        (change(5, "year", 2000.5), "column year, row 5: 2000.5 is not usable.*whole number"),
        (change(5, "age_low", np.nan), "column age_low, row 5: missing is not usable"),
        (change(5, "age_high", 20.5), "column age_high, row 5: 20.5 is not usable"),
        (change(5, "region", None), "column region, row 5: missing.*Name the region"),
        (lambda f: f.assign(population=0), "column population, row 2: 0 .*must be positive"),
        (
            lambda f: f.replace({"region": {"South": "north "}}),
            "column region, row 26: a region is named twice, as 'North' and 'north '. Write one",
        ),
        (
            lambda f: f.replace({"region": {"South": "North"}}),
            "row 26 repeats the cell of row 2: region North, year 2000, sex female, age_low 15 "
            r"\(such rows: 24\). Keep one row a cell \(is a region named twice\?\)",
        ),
        (
            lambda f: f.drop(index=[9, 10]),
            "2 cells are missing, first region North, year 2001, sex female, age 20-24. Add",
        ),
        (
            lambda f: f[~((f["year"] == 2002) & (f["age_low"] == 20))],
            "column age_low, row 16: age bands leave a gap: 15-19 .* and 25-29 \\(row 16\\) in 2002.* Add",
        ),
        (
            lambda f: f[~((f["year"] == 2002) & (f["age_low"] == 25))],
            "column age_low, row 14: age bands change: 2002, North differs from 2000, North at "
            "ages 25-29. Give every year and region the same",
        ),
        (
            lambda f: f.assign(age_high=f["age_high"].mask(f.index == 4, 27)),
            "column age_low, row 7: age bands overlap: 25-27 .* and 25-29 \\(row 7\\) in 2000, No.* Keep",
        ),
        (
            lambda f: f.assign(age_high=f["age_high"].mask(f["age_low"] == 20)),
            r"column age_low, row 4: age bands overlap: 20\+ \(row 3\) and 25-29 \(row 4\) in 2000, North",
        ),
        (
            lambda f: f[f["age_low"] == 15].assign(age_high=12),
            "column age_low: age bands: 15-12 is not a band",
        ),
    ],
)
def test_one_clear_error(spoil, message):
    with pytest.raises(DataError, match=f"^deaths.csv: {message}"):
        Counts.from_frame(spoil(FRAME), source="deaths.csv")


def test_an_index_with_repeats_is_only_a_label():
    frame = pd.concat([FRAME.query("region == 'North'")] * 2).reset_index(drop=True)
    frame.index = frame.index % 5
    with pytest.raises(DataError, match="row 4 repeats the cell of row 0"):
        Counts.from_frame(frame)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: d.drop_vars("count"), "need a variable 'count'"),
        (lambda d: d.isel(sex=[1, 0]), "sexes must be"),
        (lambda d: d.isel(age=[0, 2]), "gap between 19 and 25"),
        (lambda d: d.isel(period=[1, 0]), "periods must be whole years in ascending order"),
        (lambda d: d.assign_coords(region=["a", "a"]), "a region is named twice"),
        (lambda d: d.astype(str), "count must be numbers, not <U"),
        (lambda d: d.astype(object), "count must be numbers, not object"),
        (lambda d: -1 - d, "must be finite and not negative"),
        (lambda d: d.where(d["age"] != "15-19"), "some sex and age cells but not all"),
        (lambda d: d.assign(population=d["count"] * 0), "population must be positive"),
    ],
)
def test_arrays_are_validated_too(spoil, message):
    with pytest.raises(DataError, match=message):
        Counts(spoil(COUNTS.data))


def test_a_vintage_error_is_a_data_error():
    assert issubclass(VintageError, DataError)


def test_population_travels():
    counts = Counts.from_frame(FRAME.assign(population=1e5))
    assert counts.has_population
    assert not COUNTS.has_population
    assert (counts.to_frame()["population"] == 1e5).all()
    assert counts.checksum != COUNTS.checksum


@pytest.mark.parametrize(("regions", "seconds"), [(1, 0.2), (60, 3.0)])
def test_speed(regions, seconds):
    frame = tidy(
        regions=[f"region {i}" for i in range(regions)],
        years=range(1935, 2019),
        lows=range(0, 90, 5),
    )
    assert len(frame) > 3000 * regions
    start = time.perf_counter()
    Counts.from_frame(frame)
    assert time.perf_counter() - start < seconds
