"""Encodings, and lines above and below a table."""

import pandas as pd
import pytest

from estimator.errors import DataError
from estimator.sources.deaths import read_counts
from estimator.sources.registry.read import read_registry
from estimator.sources.tables import read_table
from tests.sources.inputs import AGES, EXTRACTED, deaths, extract, refused, same, save

NAMES = ("Москва", "Пермский край", "Республика Тыва", "Ямало-Ненецкий АО")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_unicode_is_read(tmp_path, encoding):
    table = pd.concat([deaths(1, i, Region=name) for i, name in enumerate(NAMES)])
    counts = read_counts(save(tmp_path, table, sep=";", encoding=encoding))
    assert counts.regions == tuple(sorted(NAMES))


CYRILLIC = ["cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5"]


@pytest.mark.parametrize("encoding", CYRILLIC)
@pytest.mark.parametrize("change", [str, str.upper, str.lower])
def test_contents_decide_the_encoding_of_russian(tmp_path, encoding, change):
    """The header may be in English, and the names in capitals."""
    names = [change(name) for name in NAMES]
    table = pd.concat([deaths(1, i, Region=name) for i, name in enumerate(names)])
    assert set(read_table(save(tmp_path, table, sep=";", encoding=encoding))["region"]) == set(names)


@pytest.mark.parametrize("encoding", CYRILLIC)
@pytest.mark.parametrize("header", [("Год", "Пол", "Возраст", "Умершие"), ("год", "sex", "age", "deaths")])
def test_russian_headers_and_sexes(tmp_path, encoding, header):
    table = deaths().replace({"Sex": {"f": "ж", "m": "м"}}).set_axis(list(header), axis=1)
    path = save(tmp_path, table, sep=";", encoding=encoding)
    assert read_counts(path).data["count"].sum() == deaths()["Deaths"].sum()


@pytest.mark.parametrize("encoding", ["cp866", "koi8-r"])
def test_records_of_an_old_encoding(tmp_path, encoding):
    records = extract().rename(columns={"№": "Номер"})
    expected = read_registry(save(tmp_path, records), **EXTRACTED)[0]
    same(save(tmp_path, records, encoding=encoding, sep=";"), expected)
    same(save(tmp_path, records, encoding=encoding), expected, encoding=encoding)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "cp1250", "cp1254"])
@pytest.mark.parametrize("name", ["Réunion", "Baden-Württemberg", "Córdoba"])
def test_letters_of_one_meaning_are_read(tmp_path, name, encoding):
    path = save(tmp_path, deaths(Region=name), encoding=encoding)
    assert set(read_table(path)["region"]) == {name}


def test_a_known_word_decides_for_the_others(tmp_path):
    table = deaths(Region="Île-de-France").rename(columns={"Year": "année", "Deaths": "décès", "Age": "âge"})
    path = save(tmp_path, table, encoding="latin-1")
    assert read_counts(path).regions == ("Île-de-France",)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("Île-de-France", "latin-1"), ("Łódź", "cp1250"), ("Σάμος", "cp1253"), ("ירושלים", "cp1255"),
     ("Ardèche", "cp850"), ("Muğla", "cp1254"), ("ТУЛА", "cp1251"), ("Logroño", "mac-roman")],
)  # fmt: skip
def test_what_contents_do_not_decide_is_said_by_the_user(tmp_path, name, encoding):
    path = save(tmp_path, deaths(Region=name), encoding=encoding)
    refused(read_counts, path, "may be of several encodings", "Save it as UTF-8", "--encoding")
    assert read_counts(path, encoding=encoding).regions == (name,)
    refused(read_counts, path, "this is not text in ascii", encoding="ascii")


@pytest.mark.parametrize("encoding", ["koi9", "base64", ""])
def test_an_encoding_there_is_not(tmp_path, encoding):
    with pytest.raises(DataError, match=r"is not known\. Write one such as utf-8, cp1251 or koi8-r"):
        read_counts(save(tmp_path, deaths()), encoding=encoding)


def test_accents_in_the_last_line_without_an_end(tmp_path):
    path = tmp_path / "table.csv"
    text = deaths(Region="x").to_csv(index=False).removesuffix("x\n") + "Réunion"
    path.write_bytes(text.encode("latin-1"))
    assert read_table(path)["region"].iloc[-1] == "Réunion"


@pytest.mark.parametrize(
    "above",
    ["sep=;\n", "# source: an office, seen 2024-01-01\n", "Deaths by sex and age\n\n",
     '"Deaths by sex; age and year"\n\n', "\n\n", "\ufeff# one\n# two\n\n"],
)  # fmt: skip
def test_lines_above_the_header(tmp_path, above):
    text = deaths().to_csv(index=False, sep=";")
    counts = read_counts(save(tmp_path, above + text))
    assert counts.data["count"].sum() == deaths()["Deaths"].sum()
    wrong = save(tmp_path, above + text.replace("\n2000;m;15-19;", "\n2000;m;15-19;;"))
    row = above.count("\n") + 2 + len(AGES)
    refused(read_counts, wrong, f"row {row} has 5 fields, the header has 4")


def test_lines_that_end_as_on_old_computers(tmp_path):
    path = tmp_path / "table.csv"
    for end in ("\r", "\r\n"):
        path.write_bytes(deaths().to_csv(index=False, lineterminator=end).encode())
        assert read_counts(path).data["count"].sum() == deaths()["Deaths"].sum()
