"""Tables of cases that are already counted."""

import numpy as np
import pandas as pd
import pytest

from estimator.errors import DataError
from estimator.sources.registry.read import read_registry, read_triangle
from tests.data.test_triangle import triangle

DAY = "2021-05-23"


def table(found, tmp_path, **changes):
    frame = found.to_frame().rename(columns={"period": "week"})
    frame["age"] = frame["age_low"].astype(str) + "-" + frame["age_high"].astype(str)
    frame = frame.drop(columns=["age_low", "age_high"]).assign(**changes)
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    return path


def test_a_table_with_delays_is_the_triangle(tmp_path):
    found = triangle(extracted_on=DAY)
    path = table(found, tmp_path)
    assert read_triangle(path, extracted_on=DAY).checksum == found.checksum
    again, quality = read_registry(path, extracted_on=DAY)
    assert again.checksum == found.checksum
    assert quality.kept == found.total


def test_cells_without_a_row_are_zero(tmp_path):
    found = triangle(extracted_on=DAY)
    frame = found.to_frame().rename(columns={"period": "неделя", "sex": "пол", "cases": "число дел"})
    frame = frame[frame["число дел"] > 0].replace({"пол": {"female": "ж", "male": "м"}})
    frame.to_csv(tmp_path / "t.csv", index=False, sep=";", encoding="cp1251")
    np.testing.assert_array_equal(
        read_triangle(tmp_path / "t.csv", extracted_on=DAY).cases.values, found.cases.values
    )


def test_a_table_without_delays_is_settled_counts(tmp_path):
    frame = pd.DataFrame({
        "month": ["2021-01", "2021-01", "2021-03", "2021-03"], "sex": ["female", "male"] * 2,
        "age": "20-24", "cases": [5, 7, 9, 11],
    })  # fmt: skip
    frame.to_parquet(tmp_path / "t.parquet")
    found, quality = read_registry(tmp_path / "t.parquet", extracted_on="2021-05-01")
    assert found.max_delay == 0
    np.testing.assert_array_equal(found.by_period().values[1, 0], [7, 0, 11])
    assert "no delays" in str(quality)


def test_a_saved_triangle_is_read(tmp_path):
    found = triangle(extracted_on=DAY)
    path = found.save(tmp_path / "t.parquet")
    assert read_triangle(path).checksum == found.checksum
    assert read_registry(path, extracted_on=DAY)[0].checksum == found.checksum


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"week": "2021-01-05"}, "column week, row 2: not the first day of a week"),
        ({"sex": "both"}, "column sex, row 2: a row for both sexes"),
        ({"cases": -1}, "column cases, row 2"),
        ({"delay": 1.5}, "column delay, row 2"),
        ({"age": "young"}, "column age, row 2"),
        ({"delay": 0}, "were given before"),
        ({"month": "2021-01"}, "give one column"),
    ],
)
def test_refused(tmp_path, changes, message):
    with pytest.raises(DataError, match=message):
        read_triangle(table(triangle(extracted_on=DAY), tmp_path, **changes), extracted_on=DAY)


def test_extraction_is_required_and_not_before_the_last_opening(tmp_path):
    path = table(triangle(extracted_on=DAY), tmp_path)
    with pytest.raises(DataError, match="say extracted_on"):
        read_triangle(path)
    with pytest.raises(DataError, match="row 97: cases opened in a week not over by 2021-05-09"):
        read_triangle(path, extracted_on="2021-05-09")
