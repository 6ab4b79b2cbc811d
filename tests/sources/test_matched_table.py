import pandas as pd
import pytest

from estimator.errors import DataError, VintageError
from estimator.sources.matched_sample import load_matched_sample, read_matched_sample


def write(path, rows, columns=("age_low", "age_high", "found", "sampled")):
    pd.DataFrame(rows, columns=list(columns)).to_csv(path, index=False)
    return path


def test_a_table_is_read_with_its_unknown_ages(tmp_path):
    path = write(tmp_path / "m.csv", [[25, 29, 60, 100], [20, 24, 50, 100], [None, None, 7, 9]])
    sample = read_matched_sample(path, vintage="2023-06-01")
    assert sample.ages.labels == ("20-24", "25-29")
    assert sample.total == (117, 209)
    assert sample.unknown_age == (7, 9)
    assert sample.deaths_by_week is None


def test_what_a_sample_writes_is_read_again(tmp_path):
    published = load_matched_sample()
    published.to_frame().to_csv(tmp_path / "m.csv", index=False)
    again = read_matched_sample(tmp_path / "m.csv", vintage="2023-07-10")
    assert again.total == published.total
    assert (again.with_case == published.with_case).all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[20, 24, 5.5, 10]], r"m\.csv: column found, row 2: '5\.5' is not a whole number"),
        ([[20, 24, 11, 10]], "11 found of 10 sampled"),
        ([[20, 24, -1, 10]], "column found, row 2.*0 or more"),
        ([[20, 24, 1, 10], [None, None, 1, 2], [None, None, 1, 2]], "2 rows have no age"),
    ],
)
def test_a_faulty_table_is_refused(tmp_path, rows, message):
    with pytest.raises(DataError, match=message):
        read_matched_sample(write(tmp_path / "m.csv", rows), vintage="2023-06-01")


def test_a_missing_column_or_vintage_is_refused(tmp_path):
    path = write(tmp_path / "m.csv", [[20, 24, 1]], ("age_low", "age_high", "found"))
    with pytest.raises(DataError, match="column sampled is missing"):
        read_matched_sample(path, vintage="2023-06-01")
    with pytest.raises(VintageError, match="not a date"):
        read_matched_sample(write(tmp_path / "n.csv", [[20, 24, 1, 2]]), vintage="June")


def test_the_follow_up_of_the_published_sample_is_a_choice():
    assert load_matched_sample(follow_up="complete").deaths_by_week is None
    assert load_matched_sample(follow_up="named list").weeks_known
    uncertain = load_matched_sample()
    assert uncertain.deaths_by_week.sum() > 15_000
    assert not uncertain.weeks_known
    with pytest.raises(DataError, match="uncertain, complete, named list"):
        load_matched_sample(follow_up="some")
