"""Tables in any encoding and delimiter; content is not forgiven."""

import gzip

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from estimator.errors import DataError
from estimator.sources.columns import choose_columns, find_columns, to_date, to_number
from estimator.sources.days import OTHER_FORM, SLASHED, UNREADABLE
from estimator.sources.tables import read_table, sha256_of

TEXT = "Год,Пол,Смерти\n2020,ж,5\n\n2021,м,7\n"


def write(tmp_path, content, name="deaths.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("squeeze", [bytes, gzip.compress])
def test_forms_are_forgiven(tmp_path, encoding, delimiter, newline, squeeze):
    text = TEXT.replace(",", delimiter).replace("\n", newline)
    table = read_table(write(tmp_path, squeeze(text.encode(encoding))))
    assert list(table.columns) == ["год", "пол", "смерти"]
    assert table["пол"].tolist() == ["ж", "м"]
    assert table.index.tolist() == [2, 4]


def test_rows_are_numbered_as_in_the_file(tmp_path):
    text = '\n\na,b\n1,"two\nlines"\n\n3,\n'
    table = read_table(write(tmp_path, text.encode()))
    assert table.index.tolist() == [4, 7]
    assert table["b"].tolist() == ["two\nlines", None]


def test_parquet(tmp_path):
    path = tmp_path / "deaths.parquet"
    frame = pd.DataFrame({"Year": [2020, 2021], "high": [4.0, np.nan], "sex": ["f", " m "]})
    frame.astype({"sex": "category"}).to_parquet(path)
    table = read_table(path)
    assert table.index.tolist() == [2, 3]
    assert table["high"].tolist() == ["4.0", None]
    assert table["sex"].tolist() == ["f", "m"]
    frame.set_index("Year").to_parquet(path)
    assert read_table(path)["year"].tolist() == ["2020", "2021"]


def test_parquet_with_damaged_metadata(tmp_path):
    path = tmp_path / "deaths.parquet"
    table = pa.table({"year": [2020]}).replace_schema_metadata({"pandas": "{}"})
    pq.write_table(table, path)
    assert read_table(path)["year"].tolist() == ["2020"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty. Export the table again"),
        (b" \n\n", "the file is empty"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 9, "a binary file. Export it as CSV"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08", "a zip archive or a workbook"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-9], "begins as gzip but cannot be read"),
        (b"PAR1 and no more", "begins as Parquet but cannot be read"),
        (TEXT.encode("utf-16")[:-1], "this is not text in utf-16. Save it as UTF-8"),
        ("year,sex\n2020,f\n".encode("utf-16-le"), "UTF-16 text. Save it as UTF-8"),
        (b"a,b\n\x98,\xff\n", "not UTF-8, and may be of several encodings. Save it as UTF-8"),
        (b"year sex deaths\n2020 f 5\n", "row 1: found one column. .*comma"),
        (b"a,b\n", "a header but no rows"),
        (b"a,b\n1,2\n1,2,3\n", "row 3 has 3 fields, the header has 2. Correct the row"),
        (b"a,b\n1;2\n", "row 2 has 1 fields.*another delimiter than the header's"),
        (b'a,b\n1,2\n"1' + b"x" * 140_000, "row 3 cannot be read.*stray quote"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, content, message):
    path = write(tmp_path, content)
    with pytest.raises(DataError, match=rf"^deaths\.csv: .*{message}") as caught:
        read_table(path)
    assert str(tmp_path) not in str(caught.value)


def test_no_such_file(tmp_path):
    with pytest.raises(DataError, match=r"absent.csv: no such file. Check the path"):
        read_table(tmp_path / "absent.csv")


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(DataError, match=rf"{tmp_path.name}: this is a folder. Name a file in it"):
        read_table(tmp_path)


def test_columns_by_any_name():
    table = pd.DataFrame({"jahr": ["1"], "tote": ["2"], "extra": ["3"]})
    chosen = choose_columns(table, {"year": ["jahr"], "count": ["tote"]}, ["year"], "x.csv")
    assert list(chosen.columns) == ["year", "count"]
    with pytest.raises(DataError, match=r"x.csv: row 1: column sex is missing; found 3 columns, none"):
        choose_columns(table, {"sex": ["gender"]}, ["sex"], "x.csv")
    with pytest.raises(DataError, match=r"x.csv: columns jahr and tote both mean year .* 1 and 2\). Remove"):
        choose_columns(table, {"year": ["jahr", "tote"]}, [], "x.csv")


@pytest.mark.parametrize("written", ["age_low", "Age low", "AGE-LOW", "AgeLow", " age  low"])
def test_case_and_spacing_of_columns_is_nothing(written):
    assert find_columns([written, "x"], {"age_low": []}, "x.csv") == {"age_low": written}


def test_a_column_of_signs_is_nothing_known():
    assert find_columns(["", "#", "_"], {"count": ["n"]}, "x.csv") == {}


def test_dates():
    text = pd.Series(
        ["2022-02-24", "24.02.2022", "2022-02-24 00:00:00", None, "1500-01-01", "0099-01-01",
         "-2022-02-24", "02/24/2022", "2022-02"]
    )  # fmt: skip
    days, codes = to_date(text)
    assert (days[[0, 2]] == pd.Timestamp("2022-02-24")).all()
    assert days[4].year == 1500
    assert days.isna().tolist() == [False, True, False, True, False] + [True] * 4
    assert codes.tolist() == [0, OTHER_FORM, 0, 0, 0, UNREADABLE, UNREADABLE, SLASHED, UNREADABLE]


def test_numbers():
    text = pd.Series(["1 234", "5\u00a0000.5", "1e3"], index=[2, 3, 4], name="deaths")
    assert to_number(text, "x.csv").tolist() == [1234.0, 5000.5, 1000.0]
    assert to_number(text.iloc[[0, 2]], "x.csv", whole=True).dtype == "int64"


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (["1", "five"], {}, "row 3: a text of 4 characters is not a number .such rows: 1."),
        (["1", None, None], {}, "row 3: missing, and must be a number .such rows: 2."),
        (["inf"], {}, "row 2: 'inf' is not a number"),
        (["nan"], {}, "row 2: 'nan' is not a number"),
        (["12,5,"], {}, "row 2: '12,5,' is not a number"),
        (["2005.5"], {"whole": True}, "row 2: '2005.5' is not a whole number"),
        (["0", "-1"], {"least": 0}, "row 3: '-1' is not 0 or more"),
        (["1", "0"], {"positive": True}, "row 3: '0' is not more than zero"),
    ],
)
def test_what_is_not_a_number(values, options, message):
    column = pd.Series(values, index=range(2, 2 + len(values)), name="deaths", dtype=object)
    with pytest.raises(DataError, match=rf"^x.csv: column deaths, {message}.*Correct or remove"):
        to_number(column, "x.csv", **options)


def test_sha256(tmp_path):
    assert sha256_of(write(tmp_path, b"")).startswith("e3b0c44298fc1c14")
