"""Encodings, and lines above and below a table."""

import pandas as pd
import pytest

from estimator.sources.deaths import read_counts
from estimator.sources.tables import read_table
from tests.sources.inputs import AGES, deaths, refused, save

NAMES = ("Москва", "Пермский край", "Республика Тыва", "Ямало-Ненецкий АО")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "utf-16", "utf-8-sig"])
def test_russian_regions_are_read(tmp_path, encoding):
    table = pd.concat([deaths(1, i, Region=name) for i, name in enumerate(NAMES)])
    counts = read_counts(save(tmp_path, table, sep=";", encoding=encoding))
    assert counts.regions == tuple(sorted(NAMES))


@pytest.mark.parametrize("encoding", ["cp866", "koi8-r", "iso8859-5", "utf-16-le"])
def test_other_encodings_of_russian_are_refused(tmp_path, encoding):
    table = pd.concat([deaths(1, i, Region=name) for i, name in enumerate(NAMES)])
    path = save(tmp_path, table, sep=";", encoding=encoding)
    refused(read_table, path, "Save it as UTF-8")


@pytest.mark.parametrize("name", ["Réunion", "Baden-Württemberg", "Córdoba", "Île-de-France"])
def test_latin_1_is_refused(tmp_path, name):
    path = save(tmp_path, deaths(Region=name), encoding="latin-1")
    refused(read_table, path, "Save it as UTF-8")


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
