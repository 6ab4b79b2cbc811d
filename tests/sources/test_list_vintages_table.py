"""A table of names by vintage and week of death is read, or refused at its row."""

import numpy as np
import pandas as pd
import pytest

from estimator.errors import DataError
from estimator.sources.named_list_vintages import (
    load_dead_by_age_and_unit,
    load_list_totals,
    read_list_vintages,
)

ROWS = [
    ("2024-01-20", "2024-01-04", 10), ("2024-01-20", "2024-01-18", 4),
    ("2024-02-03", "2024-01-04", 14), ("2024-02-03", "2024-01-11", 12),
    ("2024-02-03", "2024-01-18", 9),
]  # fmt: skip


def write(path, rows=ROWS, columns=("vintage", "week", "count")):
    pd.DataFrame(rows, columns=list(columns)).to_csv(path, index=False)
    return path


def test_rows_become_a_triangle_in_any_order(tmp_path):
    whole = read_list_vintages(write(tmp_path / "a.csv"))
    mixed = read_list_vintages(write(tmp_path / "b.csv", ROWS[::-1]), source="a.csv")
    pd.testing.assert_frame_equal(whole.counts, mixed.counts)
    assert whole.source == "a.csv"
    # a week between two that are shown has no names; one after them is not known
    assert whole.counts.iloc[1, 0] == 0
    assert whole.counts.sum().tolist() == [14, 35]


def test_other_names_of_columns(tmp_path):
    columns = ("vintage_first_seen", "week_of_death_start_thu", "count")
    assert read_list_vintages(write(tmp_path / "a.csv", columns=columns)).counts.shape == (3, 2)


def test_totals_later_than_the_last_vintage_are_left_out(tmp_path):
    totals = pd.Series([40.0, 50.0], index=pd.to_datetime(["2024-02-03", "2024-03-01"]))
    known = read_list_vintages(write(tmp_path / "a.csv"), totals=totals)
    assert known.totals.tolist() == [40.0]
    assert known.undated.iloc[-1] == 5


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("2024-02-03", "2024-02-08", 1), "week of death 2024-02-08 begins after the vintage"),
        (("2024-02-03", "2024-01-18", 9), "week 2024-01-18 is given twice at vintage 2024-02-03"),
        (("2024-02-03", "2024-01-19", 9), "2024-01-19 is another day of the week than 2024-01-04"),
        (("spring", "2024-01-18", 9), "column vintage, row .*a text of 6 characters is not a date"),
        (("2024-02-03", None, 9), "column week, row .*missing is not a date"),
        (("2024-02-03", "2024-01-25", -1), "column count"),
        (("2024-02-03", "2024-01-25", 1.5), "column count"),
    ],
)
def test_a_row_that_cannot_be_is_named(tmp_path, row, message):
    with pytest.raises(DataError, match=message):
        read_list_vintages(write(tmp_path / "a.csv", [*ROWS, row]))


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(DataError, match="week"):
        read_list_vintages(write(tmp_path / "a.csv", columns=("vintage", "when", "count")))


def test_bundled_totals_are_published_figures():
    totals = load_list_totals()
    assert totals[pd.Timestamp("2025-12-05")] == 153_171
    assert totals.index.is_monotonic_increasing
    assert load_list_totals("BBC").iloc[0] == 1083


def test_dead_by_age_and_unit():
    frame = load_dead_by_age_and_unit()
    assert frame.to_numpy().sum() == 20_188
    assert frame.drop("unknown").to_numpy().sum() == 13_737
    assert frame.attrs["vintage"] == "2023-04-12"


@pytest.mark.external
def test_the_real_vintages(external_data):
    known = read_list_vintages(external_data / "named_list_vintages_weekly.csv", totals=load_list_totals())
    assert len(known.vintages) == 50
    assert known.counts.sum().iloc[[0, -1]].tolist() == [29_235, 137_930]
    # copies of an earlier list are left out, the rest grows
    growing = known.growing()
    assert 40 <= len(growing.vintages) < 50
    assert (growing.counts.sum().diff().dropna() > 0).all()
    assert np.isfinite(known.undated.iloc[-1])
    assert known.as_of("2025-12-05").minimum().total == 153_171
