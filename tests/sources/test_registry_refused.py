"""Registry files that cannot be used: each error says where, what, and what to do."""

import gzip

import numpy as np
import pytest

from estimator.errors import DataError
from estimator.sources.registry.read import read_registry
from tests.sources.registry_extracts import EXTRACTED, crowd, record, write


def refused(path, message, **options):
    with pytest.raises(DataError, match=message) as told:
        read_registry(path, **{"extracted_on": EXTRACTED} | options)
    return str(told.value)


def day_first(row, sep="."):
    changed = {
        name: sep.join(reversed(value.split("-"))) if name.startswith("Дата") else value
        for name, value in row.items()
    }
    return row | changed


def test_extraction_before_the_last_opening(tmp_path):
    path = write(tmp_path / "a.csv", [*crowd(100), record(opened="2023-06-26")])
    text = refused(path, "opened after it are 1 of 101, 1 of them within a year, the last on 2023-06-26")
    assert "future_openings" in text
    _, quality = read_registry(path, extracted_on=EXTRACTED, future_openings="drop")
    assert quality["future opening"] == 1


def test_extraction_years_before_all_openings(tmp_path):
    refused(write(tmp_path / "a.csv", crowd(100)), "is before the last", extracted_on="2017-01-01")


@pytest.mark.parametrize("column", ["Дата смерти", "Дата открытия дела"])
def test_no_date_column(tmp_path, column):
    rows = [{name: value for name, value in row.items() if name != column} for row in crowd(5)]
    text = refused(write(tmp_path / "a.csv", rows), "row 1: no column of the date")
    assert "known columns found: birth" in text


def test_no_age_and_no_sex(tmp_path):
    rows = [{k: v for k, v in row.items() if k != "Дата рождения"} for row in crowd(5)]
    refused(write(tmp_path / "a.csv", rows), "no date of birth and no age")
    rows = [{k: v for k, v in row.items() if k != "ФИО"} for row in crowd(5)]
    refused(write(tmp_path / "a.csv", rows), "no sex, full name or patronymic")


@pytest.mark.parametrize("few", [1, 30])
def test_day_first_mixed_with_iso(tmp_path, few):
    rows = crowd(50)
    rows[-few:] = [day_first(row) for row in rows[-few:]]
    text = refused(write(tmp_path / "a.csv", rows), "day-first and ISO dates are mixed")
    assert f"{min(few, 50 - few)} of 50 dates" in text
    assert f"row {50 - few + 2 if few == 1 else 2}" in text


@pytest.mark.parametrize("column", ["Дата смерти", "Дата открытия дела", "Дата рождения"])
def test_years_of_two_digits(tmp_path, column):
    rows = [day_first(row) for row in crowd(50)]
    rows[20][column] = rows[20][column][:6] + rows[20][column][-2:]
    refused(write(tmp_path / "a.csv", rows), r"row 22\): 1 of 50 dates are years of two digits")


@pytest.mark.parametrize("sep", ["/", "-"])
def test_slashes(tmp_path, sep):
    rows = [day_first(row, sep) for row in crowd(50)]
    refused(write(tmp_path / "a.csv", rows), "day and month cannot be distinguished")


def test_cut_in_the_middle(tmp_path):
    parquet = write(tmp_path / "a.parquet", crowd(3000))
    content = parquet.read_bytes()
    parquet.write_bytes(content[: len(content) // 2])
    refused(parquet, "begins as Parquet but cannot be read")
    zipped = tmp_path / "a.csv.gz"
    zipped.write_bytes(gzip.compress(write(tmp_path / "a.csv", crowd(3000)).read_bytes())[:9000])
    refused(zipped, "cannot be read to its end")


def test_parquet_spoiled_in_the_middle(tmp_path):
    parquet = write(tmp_path / "a.parquet", crowd(3000))
    content = bytearray(parquet.read_bytes())
    content[200 : len(content) // 2] = bytes(len(content) // 2 - 200)
    parquet.write_bytes(bytes(content))
    refused(parquet, "begins as Parquet but cannot be read")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n\n  \n", "the file is empty"),
        ("ФИО;Дата смерти;Дата открытия дела\n".encode(), "a header but no rows"),
        (b"PK\x03\x04abc", "zip archive or a workbook"),
        (np.random.default_rng(1).bytes(5000), "binary|neither UTF-8"),
        ("ФИО;Дата смерти\n1;2\n".encode("utf-16-le"), "binary file"),
        ("дата смерти\n2022-01-01\n".encode(), "found one column"),
        ("ФИО:Дата смерти:Дата открытия дела\n1:2:3\n".encode(), "found one column"),
        ("ФИО;Дата смерти;Дата открытия дела\n1,2,3\n".encode(), "row 2 has 1 fields, the header has 3"),
    ],
)  # fmt: skip
def test_not_a_registry(tmp_path, content, message):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    refused(path, message)


def test_rows_of_another_delimiter(tmp_path):
    path = write(tmp_path / "a.csv", crowd(30))
    header, rest = path.read_text().split("\n", 1)
    path.write_text(f"{header}\n{rest.replace(';', '|')}")
    refused(path, "row 2 has 1 fields, the header has 5.*another delimiter")


def test_rows_of_more_fields_are_named(tmp_path):
    path = write(tmp_path / "a.csv", crowd(30))
    lines = path.read_text().split("\n")
    lines[17] += ";one;more"
    path.write_text("\n".join(lines))
    refused(path, "row 18 has 7 fields, the header has 5")


def test_text_that_changes_encoding(tmp_path):
    path = write(tmp_path / "a.csv", crowd(30))
    path.write_bytes(path.read_bytes() + "Тайнов\n".encode("cp1251"))
    assert "Тайнов" not in refused(path, "UTF-8|usable|fields")


def test_a_column_of_sex_that_is_not(tmp_path):
    rows = [row | {"пол": row["ФИО"]} for row in crowd(20)]
    refused(write(tmp_path / "a.csv", rows), "20 of 20 entries are not a sex")


def test_nothing_left(tmp_path):
    path = write(tmp_path / "a.csv", crowd(30))
    refused(path, "no record is left: before the start 30", since="2023-01-01")


def test_options(tmp_path):
    path = write(tmp_path / "a.csv", crowd(30))
    refused(path, "extraction date 'yesterday'", extracted_on="yesterday")
    refused([], "no registry file")
    refused(tmp_path / "none.csv", "no such file")
    twice = [row | {"Date of death": row["Дата смерти"]} for row in crowd(3)]
    refused(write(tmp_path / "b.csv", twice), "both mean death")
