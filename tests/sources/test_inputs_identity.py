"""One person, one place: many spellings."""

import re
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from estimator.sources.deaths import read_counts
from estimator.sources.registry.read import read_registry
from tests.sources.inputs import (
    EXTRACTED,
    deaths,
    refused,
    save,
)

PERSON = "Королёва-Семёнова Алёна Артёмовна"
SPELLINGS = {
    "ё": lambda name: name.replace("ё", "е"),
    "capitals": str.upper,
    "small letters": str.lower,
    "spaces": lambda name: f" {name.replace(' ', '  ')} ",
    "no-break spaces": lambda name: name.replace(" ", "\u00a0"),
    "spaces about the hyphen": lambda name: name.replace("-", " - "),
    "a dash": lambda name: name.replace("-", "–"),
    "a no-break hyphen": lambda name: name.replace("-", "‑"),
    "Latin letters": lambda name: name.replace("о", "o").replace("А", "A"),
    "accents apart": lambda name: unicodedata.normalize("NFD", name),
    "another order": lambda name: " ".join(re.split(r"(?<![-–‑])\s+(?![-–‑])", name.strip())[::-1]),
    "a passport": lambda name: "Koroleva-Semenova Alena Artemovna",
    "a thin space": lambda name: name.replace(" ", "\u2009"),
    "no hyphen": lambda name: name.replace("-", " "),
    "a mark of no width": lambda name: f"\ufeff{name}\u200b",
    "quotes": lambda name: f"«{name}»",
    "a full stop": lambda name: f"{name}.",
    "a comma": lambda name: name.replace(" ", ", ", 1),
}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(list(SPELLINGS)), min_size=1, max_size=4))
@example(["a full stop", "another order"])
def test_a_person_in_many_spellings_counts_once(tmp_path_factory, spellings):
    written = PERSON
    for spelling in spellings:
        written = SPELLINGS[spelling](written)
    row = {
        "Дата рождения": "1980-05-05",
        "Дата смерти": "2022-05-05",
        "Дата открытия дела": "2022-10-05",
    }
    other = {"ФИО": "Королёва Анна Артёмовна"}
    rows = [{"ФИО": PERSON} | row, {"ФИО": written} | row, other | row]
    path = save(tmp_path_factory.mktemp("t"), pd.DataFrame(rows), sep=";")
    _, quality = read_registry(path, since="2022-05-01", **EXTRACTED)
    assert (quality["duplicate"], quality.kept) == (1, 2)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Иванов Пётр Ильич", "Ivanov Pyotr Ilich"), ("Ким Лев Сергеевич", "Kim Lev Sergeyevich"),
     ("Щербаков Юрий Ильич", "Shcherbakov Yuriy Ilich"),
     ("Щербаков Юрий Ильич", "Shcherbakov Yury Il'ich"), ("Хасанов Али Гасан оглы", "Хасанов Али Гасан-оглы"),
     ("О'Нил Джон Иванович", "О’Нил Джон Иванович"), ("Ким Алексей Дмитриевич", "Kim Alexey Dmitrievich")],
)  # fmt: skip
def test_passports_and_apostrophes(tmp_path, one, other):
    row = {"Дата рождения": "1980-05-05", "Дата смерти": "2022-05-05", "Дата открытия дела": "2022-10-05"}
    path = save(tmp_path, pd.DataFrame([{"ФИО": name} | row for name in (one, other)]))
    assert read_registry(path, since="2022-05-01", **EXTRACTED)[1].kept == 1


@pytest.mark.parametrize(
    ("early", "late"),
    [("Ямало-Hенецкий АО", "Ямало-Ненецкий АО"), ("Тыва", "Республика Тыва"),
     ("ОРЛОВСКАЯ ОБЛ", "Орловская обл."), ("Орёл", "Орел")],
)  # fmt: skip
def test_a_region_under_two_names_is_refused(tmp_path, early, late):
    table = deaths(Region=early)
    table.loc[table["Year"] > 2005, "Region"] = late
    refused(read_counts, save(tmp_path, table), "column region", "named twice", "Write one name")


def test_a_region_is_found_whatever_its_letters(tmp_path):
    table = pd.concat([deaths(Region="Ямало-Hенецкий АО"), deaths(2, Region="Тыва")])
    counts = read_counts(save(tmp_path, table), region="Ямало-Ненецкий АО")
    assert counts.data["count"].sum() == deaths()["Deaths"].sum()


# a correction in a later extract


def case(**changes):
    row = {"number": "17/2022", "name": PERSON, "birth": "1980-05-05", "death": "2022-05-05"}
    return row | {"opened": "2022-10-05"} | changes


def others(n=30):
    """Return cases of other persons, the last of them opened late."""
    return [
        case(number=f"{i}/2021", name=f"{chr(1040 + i)}това Анна Ивановна", birth=f"{1955 + i}-01-02")
        for i in range(n)
    ]


def extracts(folder, *rows, drop=()):
    """Write an extract of each list of rows; the first goes furthest back."""
    for i, part in enumerate(rows):
        yield save(folder, pd.DataFrame(part).drop(columns=list(drop)), f"{i}.csv")


@pytest.mark.parametrize("column", ["death", "birth", "name", "opened"])
@pytest.mark.parametrize("order", [1, -1])
def test_a_later_extract_corrects_an_earlier_one(tmp_path, column, order):
    right = {
        "death": "2022-05-30",
        "birth": "1981-05-05",
        "name": "Иванова Нина Павловна",
        "opened": "2022-10-01",
    }
    later = [
        *others(),
        case(**{column: right[column]}),
        case(number="99", name="Я Я Яковна", opened="2023-02-02"),
    ]
    files = list(extracts(tmp_path, [*others(), case()], later))[::order]
    alone, _ = read_registry(save(tmp_path, pd.DataFrame(later), "alone.csv"), **EXTRACTED)
    triangle, quality = read_registry(files, **EXTRACTED)
    np.testing.assert_array_equal(triangle.cases.values, alone.cases.values)
    assert quality["superseded"] == 1
    assert quality["duplicate"] == 30


@pytest.mark.parametrize("column", ["death", "birth"])
def test_without_numbers_a_name_and_a_day_are_a_case(tmp_path, column):
    later = [*others(), case(**{column: "1981-05-05" if column == "birth" else "2022-05-30"})]
    files = extracts(tmp_path, [*others(), case()], later, drop=["number"])
    _, quality = read_registry(files, **EXTRACTED)
    assert (quality["superseded"], quality.kept) == (1, 31)


def test_a_number_outranks_a_name(tmp_path):
    spelled = case(name="Koroleva Alena Artemovna")
    _, quality = read_registry(next(extracts(tmp_path, [*others(), case(), spelled])), **EXTRACTED)
    assert (quality["superseded"], quality.kept) == (1, 31)


def test_a_number_of_two_notaries_is_two_cases(tmp_path):
    other = case(name="Иванов Пётр Павлович", birth="1990-01-01", death="2022-06-06", opened="2022-11-01")
    _, quality = read_registry(extracts(tmp_path, [case(), other]), **EXTRACTED)
    assert quality.kept == 2


@pytest.mark.parametrize("name", ["А. П. Рабинович", "А.П. Рабинович", "А П Рабинович", "Рабинович А. П."])
def test_a_surname_after_initials_is_no_patronymic(tmp_path, name):
    path = save(tmp_path, pd.DataFrame([case(name=name), *others()]))
    assert read_registry(path, **EXTRACTED)[1]["unknown sex"] == 1
