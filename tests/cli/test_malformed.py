"""Malformed inputs of every reader: one clear message, exit code 2, no traceback, nothing written."""

import gzip
import re

import pandas as pd
import pytest

from tests.command import run
from tests.sources.inputs import dates, deaths, every, extract, running, save, triangle_table
from tests.sources.registry_extracts import PLANTED, crowd, record
from tests.sources.test_tidy_refused import BAD

DAYS = pd.date_range("2022-03-01", periods=40).strftime("%Y-%m-%d")
NAMED = pd.DataFrame({"date": DAYS, "count": [3, 5, 4, 6] * 10})
VINTAGES = pd.DataFrame(
    [(seen, week, 9) for seen in ("2024-01-01", "2024-02-01") for week in ("2023-01-02", "2023-01-09")],
    columns=["vintage", "week", "count"],
)
MATCHED = pd.DataFrame({"age_low": [20, 25], "age_high": [24, 29], "found": [5, 7], "sampled": [9, 9]})
VITAL = ("--baseline", "2000:2009", "--target", "2011", "--ages", "15:44", "--control-ages", "none")
COMMANDS = {
    "counts": lambda file: ("report", "vital", "--counts", file, *VITAL, "--out", "made"),
    "minimum": lambda file: ("report", "vital", "--minimum", file, "--minimum-vintage", "2024-01-01"),
    "list": lambda file: ("nowcast", file),
    "records": lambda file: ("ingest", file, "--extracted-on", "2023-06-25", "--out", "t.parquet"),
    "matched": lambda file: ("report", "registry", "--matched", file, "--matched-vintage", "2024-01-01"),
}


def cell(table, row, column, value):
    """Return a table with one cell changed."""
    table = table.astype({column: object})
    table.loc[row, column] = value
    return table


def text_of(region, encoding):
    return deaths(Region=region).to_csv(index=False).encode(encoding)


def record_text(**changes):
    return pd.DataFrame([*crowd(60), record(**changes)]).to_csv(index=False, sep=";")


MALFORMED = {
    # counts of deaths
    "weeks of years": ("counts", deaths().assign(Week=3), "a week of each year"),
    "one month a year": ("counts", deaths().assign(Month=1), "do not cover the whole year"),
    "two periods": ("counts", deaths().assign(date="2000-01-01"), "both give the period"),
    "a time of no unit": ("counts", deaths().assign(time=4), "both give the period"),
    "sums of regions": (
        "counts",
        pd.concat([deaths(k, k, Region=f"P{k}") for k in (1, 2)]
                  + [(deaths(1, 1).set_index(["Year", "Sex", "Age"])
                      + deaths(2, 2).set_index(["Year", "Sex", "Age"])).reset_index().assign(Region="Both")]),
        "is the sum of other regions",
    ),
    "numbers of two notations": (
        "counts", cell(cell(deaths(9), 3, "Deaths", "1.234,5"), 4, "Deaths", "1,234.5"), "may part thousands",
    ),
    "a number in words": ("counts", cell(deaths(), 3, "Deaths", "many"), "column deaths, row 5"),
    "suppressed": ("counts", cell(deaths(), 3, "Deaths", "Suppressed"), "'Suppressed' is not a number"),
    "two dots": ("counts", cell(deaths(), 3, "Deaths", ".."), "'..' is not a number"),
    "a code for missing": ("counts", cell(deaths(), 3, "Deaths", 99999), "may mark a missing number"),
    "minus nine": ("counts", cell(deaths(), 3, "Deaths", -9), "'-9' is not 0 or more"),
    "infinite": ("counts", cell(deaths(), 3, "Deaths", "inf"), "'inf' is not a number"),
    "a third sex": ("counts", cell(deaths(), 3, "Sex", "6"), "'6' is not a sex"),
    "only men": ("counts", deaths().query("Sex == 'm'"), "every row is male"),
    "an age as a date": ("counts", cell(deaths(), 3, "Age", "05.Sep"), "age band not understood"),
    "a width in words": ("counts", deaths().assign(Age="15", AgeInt="five"), "not a number of years"),
    "years to come": ("counts", deaths().assign(Year=lambda f: f["Year"] + 90), "has not begun"),
    "deaths above people": ("counts", deaths().assign(Population=9), "deaths of a population"),
    "people below zero": ("counts", deaths().assign(Population=-9), "column population"),
    "people in words": ("counts", deaths().assign(Population="many"), "column population"),
    "unknown ages of one year": (
        "counts", pd.concat([deaths(), pd.DataFrame([(2011, "m", "UNK", 900)], columns=deaths().columns)]),
        "--unknown-age drop",
    ),
    "instants": (
        "counts", deaths().assign(date="2000-12-30T21:00:00Z").drop(columns="Year"), "--timezone",
    ),
    "a region of two names": (
        "counts", pd.concat([deaths(Region="Орёл").query("Year < 2006"),
                             deaths(Region="Орел").query("Year >= 2006")]), "named twice",
    ),
    "a year cut off": ("counts", deaths().iloc[:-2], "cells are missing"),
    "a column twice": ("counts", "Year,Sex,Age,Deaths,Deaths\n2000,f,15-19,1,1\n", "both mean count"),
    "years side by side, one twice": ("counts", "Sex,Age,2000,2000\nf,15-19,1,1\n", "Name each column once"),
    "a title alone": ("counts", "Deaths by sex and age\n", "found one column"),
    "a header alone": ("counts", "Year,Sex,Age,Deaths\n", "a header but no rows"),
    "a workbook": ("counts", b"PK\x03\x04" + b"\x01" * 50, "a workbook"),
    "a page of the web": ("counts", "<!DOCTYPE html><html>\n<body>\n", "this is HTML"),
    "an image": ("counts", b"\x89PNG\r\n\x1a\n" + b"\x00" * 30, "binary"),
    "JSON": ("counts", '[{"Year": 2000, "Sex": "f"},\n {"Year": 2001, "Sex": "m"}]', "this is JSON"),
    "delays in days": ("records", triangle_table().assign(delay=lambda f: 7 * f["delay"]), "multiples of 7"),
    "no deaths in one cell": ("counts", deaths().assign(Deaths=lambda f: f["Deaths"].where(f.index != 40, 0)),
                              "may mark a missing number"),
    "Greek": ("counts", text_of("Αττική", "cp1253"), "Save it as UTF-8"),
    "Polish": ("counts", text_of("Łódź", "cp1250"), "--encoding"),
    "half UTF-8": ("counts", text_of("Пермь", "utf-8") + "Тверь".encode("cp1251"), "UTF-8"),
    "gzip cut short": ("counts", gzip.compress(deaths().to_csv(index=False).encode())[:-30], "cut short"),
    "Parquet cut short": ("counts", b"PAR1" + b"\x00" * 40, "cannot be read"),
    "a row too wide": ("counts", deaths().to_csv(index=False) + "2013,f,15-19,1,2\n", "has 5 fields"),
    "a row too short": ("counts", deaths().to_csv(index=False) + "2013,f\n", "has 2 fields"),
    "a quote not closed": ("counts", deaths().to_csv(index=False) + '2013,f,"15-19,1\n', "row"),
    # documented minima
    "no date": ("minimum", NAMED.rename(columns={"date": "when"}), "column date is missing"),
    "date and week": ("minimum", NAMED.assign(week=DAYS), "both say when"),
    "running totals": ("minimum", NAMED.assign(count=NAMED["count"].cumsum()), "never fall"),
    "running totals, corrected": (
        "minimum", NAMED.assign(count=NAMED["count"].cumsum() - (NAMED.index == 20) * 9), "or hardly ever",
    ),
    "after the vintage": ("minimum", cell(NAMED, 3, "date", "2025-01-01"), "is after the vintage"),
    "a day twice": ("minimum", cell(NAMED, 3, "date", DAYS[2]), "is given twice"),
    "half a person": ("minimum", cell(NAMED, 3, "count", 1.5), "not a whole number"),
    "a week that there is not": (
        "minimum", pd.DataFrame({"week": ["2021-W52", "2021-W53"], "count": 1}), "'2021-W53' is not a date",
    ),
    "slashes": ("minimum", cell(NAMED, 3, "date", "03/04/2022"), "day and month cannot be distinguished"),
    "two digits of a year": ("minimum", cell(NAMED, 3, "date", "03.04.22"), "years of two digits"),
    "two forms of dates": ("minimum", cell(NAMED, 3, "date", "04.03.2022"), "are mixed"),
    # lists of many vintages
    "no vintage": ("list", VINTAGES.drop(columns="vintage"), "column vintage is missing"),
    "a week after its vintage": ("list", cell(VINTAGES, 0, "week", "2024-05-06"), "after the vintage"),
    "a week twice": ("list", cell(VINTAGES, 1, "week", "2023-01-02"), "given twice"),
    "another day of the week": ("list", cell(VINTAGES, 1, "week", "2023-01-10"), "another day of the week"),
    "names that shrink": ("list", cell(VINTAGES, 3, "count", 1), "shrinks"),
    # records and tables of a registry
    "a triangle of totals": ("records", running(triangle_table()), "--cumulative"),
    "a week of Sundays": (
        "records", triangle_table().assign(week=lambda f: pd.to_datetime(f["week"]) - pd.Timedelta("1D")),
        "Monday",
    ),
    "a delay below zero": ("records", cell(triangle_table(), 0, "delay", -1), "column delay, row 2"),
    "a delay in words": ("records", cell(triangle_table(), 0, "delay", "long"), "column delay, row 2"),
    "a cell twice": ("records", cell(triangle_table(), 1, "delay", 0), "given before"),
    "opened after the extraction": ("records", record_text(opened="2023-08-01"), "--future-openings drop"),
    "no death": ("records", extract().drop(columns="Дата смерти"), "no column of the date of death"),
    "no birth": ("records", extract().drop(columns="Дата рождения"), "no date of birth and no age"),
    "no sex": ("records", extract().drop(columns="ФИО"), "no sex, full name or patronymic"),
    "months before days": ("records", extract(death=dates("%m.%d.%Y")), "--losses accept"),
    "months of death": ("records", extract(death=dates("%Y-%m-01")), "--resolution month"),
    "openings that are deaths": (
        "records", extract().assign(**{"Дата открытия дела": lambda f: f["Дата смерти"]}), "day of death",
    ),
    "deaths of another form": ("records", extract(death=every(2, dates("%d.%m.%Y"))), "are mixed"),
    "instants of records": ("records", extract(death=dates("%Y-%m-%dT21:00:00Z")), "--timezone"),
    "nobody": ("records", extract(death=lambda column: "spring"), "--losses accept"),
    # matched samples
    "more found than looked up": ("matched", cell(MATCHED, 0, "found", 10), "found"),
    "no sample": ("matched", MATCHED.drop(columns="sampled"), "column sampled is missing"),
    **{f"table: {case}": ("counts", content, place) for case, (content, place, _) in BAD.items()},
}  # fmt: skip


def test_there_are_sixty_and_more():
    assert len(MALFORMED) >= 60


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_input_is_refused_in_one_message(tmp_path, monkeypatch, case):
    reader, content, part = MALFORMED[case]
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "input.csv"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        save(tmp_path, content, path.name)
    before = path.read_bytes()
    code, out, err = run(*COMMANDS[reader](path))
    assert (code, out) == (2, ""), err
    assert err.startswith("error: input.csv: "), err
    assert err.count("\n") == 1
    assert part in err, err
    assert not re.search(r"Traceback|\bnan\b|<NA>", err)
    assert str(tmp_path) not in err
    assert not [name for name in PLANTED if name in err.casefold()]
    assert [path.read_bytes(), *tmp_path.iterdir()] == [before, path]
