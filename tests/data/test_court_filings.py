"""Court filings: what is refused, what was known on a day, which rows are used."""

import pandas as pd
import pytest

from estimator.data.court_filings import CourtFilings
from estimator.errors import DataError, VintageError
from estimator.sources.court_filings import load_court_filings, read_court_filings

ROWS = [
    ("2023-01-01", "2023-12-31", "2024-01-31", "all", 8600, 500),
    ("2024-01-01", "2024-12-31", "2025-02-03", "all", 20_000, None),
    ("2024-01-01", "2024-12-31", "2025-06-01", "all", 22_600, None),
    ("2022-03-01", "2025-08-05", "2025-08-15", "military", 50_000, None),
]
COLUMNS = ["first_day", "last_day", "known_on", "persons", "filings", "identified"]


def filings(rows=ROWS):
    return CourtFilings(pd.DataFrame(rows, columns=COLUMNS), "the press")


def test_only_what_was_known_is_used():
    known = filings().as_of("2025-03-01")
    assert known.latest()["filings"].tolist() == [8600, 20_000]
    assert str(known.vintage) == "2025-02-03"
    with pytest.raises(VintageError, match=r"nothing is known as of 2024-01-30; .* 2024-01-31"):
        filings().as_of("2024-01-30")
    with pytest.raises(VintageError, match="not a date"):
        filings().as_of("June")


def test_a_restated_count_takes_the_place_of_the_earlier():
    assert filings().as_of("2025-06-01").latest()["filings"].tolist() == [8600, 22_600]


def test_rows_that_reach_furthest_are_used():
    rows = filings().latest()
    assert rows["persons"].unique().tolist() == ["military"]
    assert "50,000 of military persons, 2022-03-01 to 2025-08-05" in str(filings())


def test_a_longer_period_takes_the_place_of_a_shorter():
    longer = ("2022-03-01", "2025-12-01", "2025-12-05", "military", 90_000, 46_300)
    assert filings([*ROWS, longer]).latest()["filings"].tolist() == [90_000]


def test_filings_that_fall_are_refused():
    fallen = ("2022-03-01", "2025-12-30", "2025-12-30", "military", 41_512, None)
    message = r"filings fall from 50,000 by 2025-08-05 to 41,512 by 2025-12-30.*dockets were deleted"
    with pytest.raises(DataError, match=message):
        filings([*ROWS, fallen])


def test_a_restated_count_may_be_lower():
    rows = [ROWS[2], ("2024-01-01", "2024-12-31", "2025-09-01", "all", 22_000, None)]
    assert filings(rows).latest()["filings"].tolist() == [22_000]


def test_periods_that_overlap_are_refused():
    half = ("2024-07-01", "2025-06-30", "2025-09-01", "all", 30_000, None)
    with pytest.raises(DataError, match=r"overlaps the period before it, which ends on 2024-12-31"):
        filings([*ROWS, half]).latest()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("2023-01-01", "2022-12-31", "2024-01-31", "all", 1, None), "period runs backwards"),
        (("2023-01-01", "2023-12-31", "2023-12-01", "all", 1, None), "known before its last day"),
        (
            ("2023-01-01", "2023-12-31", "2024-01-31", "men", 1, None),
            "must be one of all, military",
        ),
        (("2023-01-01", "2023-12-31", "2024-01-31", "all", -1, None), "not a whole number"),
        (("2023-01-01", "2023-12-31", "2024-01-31", "all", 1.5, None), "not a whole number"),
        (("2023-01-01", "2023-12-31", "2024-01-31", "all", None, None), "not a whole number"),
        (("2023-01-01", "2023-12-31", "2024-01-31", "all", 10, 11), "more are identified than"),
        (
            ("2023-01-01", "2023-12-31", "2024-01-31", "all", 10, "some"),
            "a text of 4 char.* is not a number",
        ),
        (("2023-01-01", "2023-12-31", "2024-01-31", "all", 10, -2), "identified is not a whole"),
    ],
)
def test_a_row_that_cannot_be_is_told(row, message):
    with pytest.raises(DataError, match=message):
        filings([row])


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="column known_on is missing"):
        CourtFilings(pd.DataFrame(ROWS, columns=COLUMNS).drop(columns="known_on"), "the press")


def test_bundled_counts_agree_with_the_table_they_were_read_from():
    from estimator.data.bundled import read_bundled

    press = read_bundled("court_filings").set_index("date")
    read = read_bundled("court_filings_by_period")
    for row in read.itertuples():
        told = press.loc[row.row]
        number = f"{row.filings:,}"
        alone = told["cumulative_filings"] == row.filings
        short = f"{row.filings / 1000:g} thousand" in told["note"]
        assert alone or short or number in told["note"], row
    december = load_court_filings().as_of("2025-12-05").latest()
    assert december[["filings", "identified"]].to_numpy().tolist() == [[90_000, 26_000 + 20_300]]


def test_peacetime_level_is_that_of_court_decisions():
    from estimator.data.bundled import read_bundled
    from estimator.sources.record import PEACETIME

    decisions = read_bundled("court_decisions_on_missing_2021_2023")
    by_year = decisions.groupby("year")["cumulative_decisions"].max().loc[[2021, 2022]]
    assert ((by_year - PEACETIME).abs() < 400).all()


def test_a_table_of_ones_own(tmp_path):
    path = tmp_path / "filings.csv"
    pd.DataFrame(ROWS, columns=COLUMNS).drop(columns="identified").to_csv(path, index=False)
    assert read_court_filings(path).latest()["filings"].tolist() == [50_000]
    pd.DataFrame(ROWS, columns=COLUMNS).drop(columns="filings").to_csv(path, index=False)
    with pytest.raises(DataError, match=r"filings\.csv: row 1: column filings is missing"):
        read_court_filings(path)
