"""Every bad table gives one clear error: file, column, row, remedy."""

import re

import pandas as pd
import pytest

from estimator.errors import DataError
from estimator.sources.deaths import read_counts
from tests.sources.tidy_tables import eurostat, monthly, put, russian, save, tidy, weekly

TIDY = tidy()
ZERO = TIDY.assign(deaths=0)
REGIONS = pd.concat([TIDY.assign(region="North"), TIDY.assign(region="South")])
BAD = {
    # what is wrong: the table, then what the message must name
    "no column sex": (TIDY.drop(columns="sex"), "row 1: column sex is missing; found year", "Add"),
    "no column deaths": (
        TIDY.rename(columns={"deaths": "died"}),
        "row 1: column deaths is missing; found year, sex, age_low, age_high and column 5 of an unknown name",
        "Name the column",
    ),
    "no year": (TIDY.drop(columns="year"), "row 1: column year is missing", "Add a column year"),
    "no ages": (TIDY.drop(columns="age_low"), "row 1: column age_low is missing", "Give age_low"),
    "no upper age": (TIDY.drop(columns="age_high"), "column age_high is missing", "Give it"),
    "two years": (TIDY.assign(period=1), "columns year and period both mean year", "Remove one"),
    "year and date": (TIDY.assign(date=1), "columns year and date both give", "Remove one"),
    "unknown sex": (
        put(5, "sex", "x")(TIDY),
        "column sex, row 5: 'x' is not a sex",
        "Write female",
    ),
    "no sex": (
        put(5, "sex", None)(TIDY),
        "column sex, row 5: missing is not a sex",
        "Write female",
    ),
    "one code of sex": (
        TIDY[TIDY["sex"] == "male"].assign(sex=1),
        "column sex, row 2: '1' is not a sex",
        "Write female or male",
    ),
    "codes and words of sex": (
        put(5, "sex", 1)(put(6, "sex", 2)(TIDY)),
        "column sex, row 5: '1' is not a sex",
        "Write female or male",
    ),
    "another code of sex": (
        put(5, "sex", 4)(TIDY.replace({"sex": {"female": 2, "male": 1}})),
        "column sex, row 5: '4' is not a sex",
        "Write female or male",
    ),
    "one sex": (
        TIDY[TIDY["sex"] == "male"],
        "column sex, row 2: every row is male",
        "Add the other sex",
    ),
    "a long age": (
        put(5, "age", "Y_GE85999999999999999999999")(eurostat(TIDY)),
        "column age, row 5: age band not understood: a text of 27 characters",
        "Write it as",
    ),
    "year and month in one": (
        TIDY.assign(year=TIDY["year"] * 100 + 12),
        "column year, row 2: 200012 is not a calendar year (such rows: 18)",
        "Write 2022",
    ),
    "sex 9": (put(5, "sex", 9)(TIDY), "column sex, row 5: '9' is not a sex", "Write female"),
    "only totals": (TIDY.assign(sex="both"), "no row gives deaths of one sex", "Export deaths by"),
    "overlap": (
        put(9, "age_low", 18)(put(12, "age_low", 18)(TIDY)),
        "column age_low, row 9: age bands overlap: 15-19 (row 8) and 18-84 (row 9) in 2001",
        "Keep one set",
    ),
    "a shortened band": (
        put(12, "age_high", 83)(TIDY),
        "age bands overlap: 20-83 (row 12) and 20-84 (row 9) in 2001",
        "Keep one set",
    ),
    "gap": (
        TIDY[lambda f: (f["age_low"] != 20) | (f["year"] != 2001)],
        "column age_low, row 9: age bands leave a gap: 15-19 (row 8) and 85+ (row 9) in 2001",
        "Add the rows between",
    ),
    "backwards": (
        put(3, "age_high", 2)(TIDY),
        "column age_high, row 3: 2 is below age_low 20",
        "Write",
    ),
    "no lower age": (
        put(3, "age_low", None)(TIDY),
        "column age_low, row 3: missing",
        "Write completed",
    ),
    "age label": (
        put(5, "Возраст", "09.май")(russian(TIDY)),
        "column возраст, row 5: age band not understood: a text of 6 characters",
        "Write it as 15-19",
    ),
    "no age label": (
        put(5, "age", None)(eurostat(TIDY)),
        "column age, row 5: missing",
        "Write 15-19",
    ),
    "widths change": (
        TIDY.assign(age_high=lambda f: f["age_high"].mask((f["age_low"] == 85) & (f["year"] > 2001), 99)),
        "column age_low, row 16: age bands change: 2002 differs from 2000 at ages 85-99",
        "Give every year",
    ),
    "duplicate": (
        pd.concat([TIDY, TIDY.iloc[[3]]]),
        "row 20 repeats the cell of row 5: year 2000, sex male, age_low 15",
        "Keep one row a cell",
    ),
    "both names of a sex": (
        pd.concat([TIDY, TIDY.iloc[[3]].assign(sex="m")]),
        "row 20 repeats the cell of row 5",
        "Keep one row a cell",
    ),
    "region named twice": (
        REGIONS.assign(region="North"),
        "row 20 repeats the cell of row 2: region North",
        "is a region named twice?",
    ),
    "region named in two ways": (
        REGIONS.replace({"region": {"South": "NORTH"}}),
        "column region, row 20: a region is named twice, as 'North' and 'NORTH'",
        "Write one name",
    ),
    "a region that is the sum of the others": (
        pd.concat([REGIONS, TIDY.assign(region="Republic", deaths=TIDY["deaths"] * 2)]),
        "column region, row 38: Republic is the sum of other regions (North, South)",
        "Remove its rows",
    ),
    "nobody died": (ZERO, "column deaths, row 2: every number is 0 (such rows: 18)", "Give"),
    "no woman died": (
        TIDY.assign(deaths=TIDY["deaths"].where(TIDY["sex"] == "male", 0)),
        "column deaths, row 2: every number of women is 0 (such rows: 9)",
        "Give",
    ),
    "no man died": (
        TIDY.assign(deaths=TIDY["deaths"].where(TIDY["sex"] == "female", 0)),
        "column deaths, row 5: every number of men is 0 (such rows: 9)",
        "Give",
    ),
    "more dead than people": (
        TIDY.assign(population=[1000] * 8 + [20] + [1000] * 9),
        "column deaths, row 10: 96 deaths of a population of 20 (such rows: 1)",
        "Give persons, not thousands",
    ),
    "a column twice": (
        TIDY.assign(Year=TIDY["year"]),
        "columns year and year both mean year (in row 1, columns 1 and 6)",
        "Remove one",
    ),
    "no region": (
        put(5, "region", None)(REGIONS),
        "column region, row 5: missing",
        "Name the region",
    ),
    "missing cell": (
        TIDY.drop(index=7),
        "1 cells are missing, first year 2001, sex female, age 20-84",
        "Add the rows (zero where nobody died)",
    ),
    "negative": (
        put(6, "deaths", -1)(TIDY),
        "column deaths, row 6: '-1' is not 0 or more",
        "correct",
    ),
    "NaN": (
        put(6, "deaths", "NaN")(TIDY),
        "column deaths, row 6: 'NaN' is not a number",
        "correct",
    ),
    "empty": (
        put(6, "deaths", None)(TIDY),
        "column deaths, row 6: missing, and must be",
        "zero where",
    ),
    "text": (
        put(6, "deaths", "few")(TIDY),
        "column deaths, row 6: a text of 3 characters is not a number",
        "correct",
    ),
    "year 2000.5": (
        put(6, "year", 2000.5)(TIDY),
        "column year, row 6: '2000.5' is not a whole",
        "Write",
    ),
    "year in words": (
        put(6, "year", "MM")(TIDY),
        "column year, row 6: a text of 2 characters is not a number",
        "Write",
    ),
    "population below zero": (
        TIDY.assign(population=[*[99] * 17, -1]),
        "column population, row 19: '-1' is not 0 or more (such rows: 1)",
        "Population must be positive",
    ),
    "ragged": (
        TIDY.to_csv(index=False).replace("2000,male,20,84", "2000,male,20,84,,"),
        "row 6 has 7 fields, the header has 5",
        "Correct the row",
    ),
    "no file content": ("", "the file is empty", "Export the table again"),
    "binary": (b"\x7fELF\x02\x01" + b"\x00" * 90, "this is a binary file", "Export it as CSV"),
    "spaces": (TIDY.to_csv(sep=" "), "row 1: found one column", "export it again"),
    "UTF-16": (
        TIDY.to_csv(index=False).encode("utf-16-le"),
        "this is UTF-16 text",
        "Save it as UTF-8",
    ),
    "another encoding": (
        russian(TIDY).to_csv(index=False).encode("cp855"),
        "may be of several encodings",
        "Save it as UTF-8",
    ),
    "no date": (
        put(7, "date", "spring")(monthly(TIDY)),
        "column date, row 7: a text of 6 characters is not",
        "Write",
    ),
    "a date before all tables": (
        put(7, "date", "0099-01-01")(monthly(TIDY)),
        "column date, row 7: '0099-01-01' is not a date",
        "Write",
    ),
    "half a year": (
        monthly(TIDY)[lambda f: f["date"] < "2002-07"],
        "column date, row 146: 2002 has 6 dates",
        "Give every year",
    ),
    "weeks": (weekly(TIDY), "column date, row 2: 2000 has 52 dates", "add weeks up"),
    "a date twice": (
        pd.concat([monthly(TIDY), monthly(TIDY).iloc[[4]]]),
        "column date, row 218: this date is given twice",
        "Keep one row a cell",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gives_one_clear_error(tmp_path, case):
    table, place, remedy = BAD[case]
    path = save(tmp_path, table, "мои данные.csv")
    before = path.read_bytes()
    with pytest.raises(DataError) as caught:
        read_counts(path, source="National office")
    message = str(caught.value)
    assert message.startswith("мои данные.csv: ")
    assert place in message
    assert remedy in message[message.index(place) :]
    assert not re.search(r"\n|Traceback|\bnan\b|<NA>", message)
    assert str(tmp_path) not in message
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
