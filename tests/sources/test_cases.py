"""Inputs from the world, by kind of fault: the right value, or a refusal that names the remedy."""

import re
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.errors import DataError
from estimator.sources.columns import to_number
from estimator.sources.deaths import read_counts
from estimator.sources.minimum import read_minimum
from estimator.sources.registry.quality import RegistryWarning
from estimator.sources.registry.read import read_registry
from estimator.sources.registry.tables import read_triangle
from estimator.sources.tables import read_table
from tests.sources.registry_extracts import crowd

YEARS, AGES = range(2000, 2013), ("15-19", "20-24", "25-29", "30-34", "35-39", "40-44")


def deaths(scale=1.0, seed=1, **more):
    """Return a tidy table of deaths, as many as in a province, in words of an office's export."""
    rng = np.random.default_rng(seed)
    rows = [
        (year, sex, age, rng.poisson(scale * (100 + 80 * i) * (2 if sex == "m" else 1)))
        for year in YEARS
        for sex in ("f", "m")
        for i, age in enumerate(AGES)
    ]
    return pd.DataFrame(rows, columns=["Year", "Sex", "Age", "Deaths"]).assign(**more)


def save(folder, table, name="table.csv", **options):
    path = folder / name
    if isinstance(table, str):
        path.write_text(table)
    else:
        table.to_csv(path, index=False, **options)
    return path


def refused(read, path, *parts, **options):
    with pytest.raises(DataError) as caught:
        read(path, **options)
    message = str(caught.value)
    assert message.startswith(path.name)
    for part in parts:
        assert part in message, message
    return message


# a locale's numbers


def locale(number, thousands, decimal, digits):
    text = f"{number:,.{digits}f}"
    return text.translate(str.maketrans({",": thousands, ".": decimal}))


@pytest.mark.parametrize("thousands", [".", ",", " ", "\u00a0", "\u202f", "'"])
def test_thousands_are_read_where_the_column_decides(tmp_path, thousands):
    table = deaths(4.0)
    assert table["Deaths"].between(1000, 9999).sum() > 20
    assert (table["Deaths"] < 1000).any()
    written = table.assign(Deaths=[locale(n, thousands, "x", 0) for n in table["Deaths"]])
    counts = read_counts(save(tmp_path, written, sep=";"))
    assert counts.data["count"].sum() == table["Deaths"].sum()


def test_a_decimal_comma_is_read(tmp_path):
    written = deaths(4.0).assign(Deaths=lambda f: [locale(n, "\u00a0", ",", 1) for n in f["Deaths"]])
    path = save(tmp_path, written, sep=";", encoding="cp1251")
    assert read_counts(path).data["count"].sum() == deaths(4.0)["Deaths"].sum()


@pytest.mark.parametrize("rows", [["1.234"], ["1,234", "2,345"], ["1.234", "5000"]])
def test_what_a_column_does_not_decide_is_refused(tmp_path, rows):
    days = [f"2022-03-{i + 1:02}" for i in range(len(rows))]
    path = save(tmp_path, pd.DataFrame({"date": days, "count": rows}), sep=";")
    message = refused(read_minimum, path, "column count, row 2", vintage="2024-01-01")
    assert "without thousands separators" in message


@given(
    st.lists(st.integers(0, 10**7), min_size=1, max_size=40),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("\u00a0", "."), ("'", ".")]),
    st.integers(0, 3),
)
def test_a_number_is_never_read_wrong(numbers, signs, digits):
    values = [number / 10**digits for number in numbers]
    column = pd.Series([locale(value, *signs, digits) for value in values], name="deaths")
    try:
        read = to_number(column, "x.csv")
    except DataError:
        return
    np.testing.assert_allclose(read, values)


# running totals taken for new counts


def triangle_table(seed=1, delays=12):
    rng = np.random.default_rng(seed)
    weeks = pd.date_range("2021-01-04", periods=10, freq="7D").strftime("%Y-%m-%d")
    rows = [
        (week, sex, "20-24", delay, rng.poisson(20 * np.exp(-delay / 4)))
        for week in weeks
        for sex in ("f", "m")
        for delay in range(delays)
    ]
    return pd.DataFrame(rows, columns=["week", "sex", "age", "delay", "cases"])


def running(table):
    return table.assign(cases=table.groupby(["week", "sex", "age"])["cases"].cumsum())


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_triangle_of_running_totals(tmp_path_factory, seed):
    folder, new = tmp_path_factory.mktemp("t"), triangle_table(seed)
    day = {"extracted_on": "2024-01-01"}
    assert read_triangle(save(folder, new), **day).total == new["cases"].sum()
    path = save(folder, running(new).sample(frac=1, random_state=seed))
    refused(read_triangle, path, "column cases, row", "never fall", "cumulative=True", **day)
    assert read_triangle(path, cumulative=True, **day).total == new["cases"].sum()


def test_records_are_no_running_totals(tmp_path):
    path = save(tmp_path, pd.DataFrame({"died": ["2022-05-02"], "opened": ["2022-06-01"]}))
    options = {"cumulative": True, "extracted_on": "2024-01-01"}
    refused(read_registry, path, "records, no table of cases", "--cumulative", **options)


def test_totals_that_fall_are_not_running(tmp_path):
    path = save(tmp_path, triangle_table())
    options = {"cumulative": True, "extracted_on": "2024-01-01"}
    refused(read_triangle, path, "column cases", "at the delay before", **options)


def test_a_list_of_running_totals(tmp_path):
    days = pd.date_range("2022-03-01", periods=40).strftime("%Y-%m-%d")
    table = pd.DataFrame({"date": days, "count": np.random.default_rng(1).poisson(9, 40)})
    assert read_minimum(save(tmp_path, table), vintage="2024-01-01").total == table["count"].sum()
    path = save(tmp_path, table.assign(count=table["count"].cumsum())[::-1])
    refused(read_minimum, path, "column count", "never fall", vintage="2024-01-01")


# a whole beside its parts


def provinces(seed, n=9):
    """Return regions of unlike sizes and unlike ages."""
    rng = np.random.default_rng(seed)
    parts = [deaths(rng.uniform(0.3, 6), seed + i, Region=f"P{i}") for i in range(n)]
    for part in parts:
        part["Deaths"] = (part["Deaths"] * part["Age"].map(
            dict(zip(AGES, rng.uniform(0.8, 1.2, len(AGES))))
        )).round().astype(int)  # fmt: skip
    return parts


def together(parts, name, missing=0):
    whole = pd.concat(parts).groupby(["Year", "Sex", "Age"], as_index=False)["Deaths"].sum()
    whole.loc[whole.index[::7], "Deaths"] += missing
    return whole.assign(Region=name)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6), missing=st.integers(0, 5))
def test_nested_regions(tmp_path_factory, seed, missing):
    folder, parts = tmp_path_factory.mktemp("t"), provinces(seed)
    counts = read_counts(save(folder, pd.concat(parts)))
    assert counts.data["count"].sum() == sum(part["Deaths"].sum() for part in parts)
    districts = [together(parts[i : i + 3], f"District {i}") for i in (0, 3, 6)]
    nation = together(parts, "Federation", missing)
    for wholes in ([nation], districts, [nation, *districts], districts[:1]):
        path = save(folder, pd.concat([*parts, *wholes]).sample(frac=1, random_state=seed))
        refused(read_counts, path, "column region, row", "is the sum of other regions", "Remove")


# encodings


NAMES = ("Москва", "Пермский край", "Республика Тыва", "Ямало-Ненецкий АО")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_russian_regions_are_read(tmp_path, encoding):
    table = pd.concat([deaths(1, i, Region=name) for i, name in enumerate(NAMES)])
    counts = read_counts(save(tmp_path, table, sep=";", encoding=encoding))
    assert counts.regions == tuple(sorted(NAMES))


@pytest.mark.parametrize("encoding", ["cp866", "koi8-r", "iso8859-5", "utf-16"])
def test_other_encodings_of_russian_are_refused(tmp_path, encoding):
    table = pd.concat([deaths(1, i, Region=name) for i, name in enumerate(NAMES)])
    path = save(tmp_path, table, sep=";", encoding=encoding)
    refused(read_table, path, "Save it as UTF-8")


@pytest.mark.parametrize("name", ["Réunion", "Baden-Württemberg", "Córdoba", "Île-de-France"])
def test_latin_1_is_refused(tmp_path, name):
    path = save(tmp_path, deaths(Region=name), encoding="latin-1")
    refused(read_table, path, "Save it as UTF-8")


# registries: instants, dates of many forms, records lost without a word

EXTRACTED = {"extracted_on": "2023-06-25"}


def extract(**changes):
    """Return a registry extract of 400 cases, all usable, with columns replaced."""
    frame = pd.DataFrame(crowd(400))
    for column, change in changes.items():
        frame[SAID[column]] = change(frame[SAID[column]])
    return frame


SAID = {"birth": "Дата рождения", "death": "Дата смерти", "opened": "Дата открытия дела"}


def dates(form):
    return lambda column: pd.to_datetime(column).dt.strftime(form)


def every(step, change):
    return lambda column: column.where(np.arange(len(column)) % step > 0, change(column))


def instants(zone, form="%Y-%m-%dT%H:%M:%S.000Z"):
    def change(column):
        return pd.to_datetime(column).dt.tz_localize(zone).dt.tz_convert("UTC").dt.strftime(form)

    return change


@pytest.fixture
def expected(tmp_path):
    return read_registry(save(tmp_path, extract(), "plain.csv"), **EXTRACTED)[0]


def same(path, expected, **options):
    np.testing.assert_array_equal(
        read_registry(path, **EXTRACTED, **options)[0].cases.values, expected.cases.values
    )


def serial(column):
    days = (pd.to_datetime(column) - pd.Timestamp("1899-12-30")).dt.days
    return days.astype(str)


@pytest.mark.parametrize(
    "change",
    [dates("%Y%m%d"), dates("%d.%m.%Y"), serial, every(3, serial), dates("%Y-%m-%d 00:00:00+03:00"),
     dates("%Y-%m-%dT00:00:00Z"), dates("%Y-%m-%d 14:30:00")],
)  # fmt: skip
def test_dates_of_one_meaning_are_read(tmp_path, expected, change):
    same(save(tmp_path, extract(**dict.fromkeys(SAID, change))), expected)


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Vladivostok", "America/New_York"])
def test_instants_are_days_of_the_registry(tmp_path, expected, zone):
    path = save(tmp_path, extract(death=instants(zone), opened=instants(zone)))
    refused(read_registry, path, "date of death", "row 2", "timezone=", **EXTRACTED)
    same(path, expected, timezone=zone)
    with pytest.raises(DataError, match="timezone 'Moscow' is not known"):
        read_registry(path, timezone="Moscow", **EXTRACTED)


def test_instants_of_parquet(tmp_path, expected):
    def aware(zone):
        return lambda column: pd.to_datetime(column).dt.tz_localize("Europe/Moscow").dt.tz_convert(zone)

    path = tmp_path / "a.parquet"
    extract(death=aware("Europe/Moscow"), opened=aware("Europe/Moscow")).to_parquet(path)
    same(path, expected)
    extract(death=aware("UTC"), opened=aware("UTC")).to_parquet(path)
    refused(read_registry, path, "date of death", "timezone=", **EXTRACTED)
    same(path, expected, timezone="Europe/Moscow")


@pytest.mark.parametrize("column", SAID)
def test_months_before_days_are_refused(tmp_path, column):
    path = save(tmp_path, extract(**dict.fromkeys(SAID, dates("%m.%d.%Y"))))
    refused(read_registry, path, "of 400 records", "losses='accept'", **EXTRACTED)
    assert read_registry(path, losses="accept", **EXTRACTED)[1].kept < 300


@pytest.mark.parametrize("form", ["%Y", "%Y-00-00", "%Y0000"])
def test_a_year_of_birth_is_an_age(tmp_path, expected, form):
    path = save(tmp_path, extract(birth=every(10, dates(form))))
    triangle, quality = read_registry(path, **EXTRACTED)
    assert quality["impossible age"] == 0
    assert abs(triangle.total - expected.total) <= 4  # at the ends of the ages


def test_the_opening_of_an_inheritance_is_the_death(tmp_path, expected):
    frame = extract().rename(columns={SAID["death"]: "Дата открытия наследства"})
    same(save(tmp_path, frame), expected)
    same(save(tmp_path, frame.assign(**{"Дата смерти": extract()[SAID["death"]]})), expected)
    only = frame.drop(columns=SAID["opened"])
    refused(read_registry, save(tmp_path, only), "no column of the date of case opening", **EXTRACTED)
    path = save(tmp_path, extract().assign(**{SAID["opened"]: lambda f: f[SAID["death"]]}))
    refused(read_registry, path, "opened on the day of death", "notary", **EXTRACTED)


def test_deaths_dated_by_month(tmp_path):
    path = save(tmp_path, extract(death=dates("%Y-%m-01")))
    refused(read_registry, path, "first of a month", "resolution='month'", **EXTRACTED)
    assert read_registry(path, resolution="month", january="drop", **EXTRACTED)[1].kept > 200
    with pytest.warns(RegistryWarning, match="dated the first of a month"):
        read_registry(save(tmp_path, extract(death=every(4, dates("%Y-%m-01")))), january="drop", **EXTRACTED)


def test_codes_of_sex_are_judged_by_file(tmp_path, expected):
    frame = extract()
    women = frame["ФИО"].str.endswith("на")
    frame = frame.drop(columns="ФИО")
    halves = [slice(0, 200), slice(200, 400)]
    words = (("2", "1"), ("ж", "м"))
    paths = [
        save(tmp_path, frame.assign(пол=np.where(women, *pair))[half], f"{pair[1]}.csv")
        for half, pair in zip(halves, words)
    ]
    same(paths, expected)


# parts of a year, marks of missing numbers, unknown ages, spellings of a region, words of an office


def monthly(**more):
    """Return deaths by month, and how many they are."""
    table = deaths(12.0)
    months = pd.concat([table.assign(Month=month) for month in range(1, 13)])
    months["Deaths"] = np.random.default_rng(2).poisson(months["Deaths"] / 12)
    return months.assign(**more)


PERIODS = {
    "year and month": lambda f: f,
    "one column, ISO": lambda f: f.assign(Date=stamp(f, "-")).drop(columns=["Year", "Month"]),
    "one column, PxWeb": lambda f: f.assign(Time=stamp(f, "M")).drop(columns=["Year", "Month"]),
    "Eurostat": lambda f: f.assign(TIME_PERIOD=stamp(f, "-")).drop(columns=["Year", "Month"]),
    "the World Mortality Dataset": lambda f: f.rename(columns={"Month": "time"}).assign(time_unit="monthly"),
}


def stamp(frame, sign):
    return frame["Year"].astype(str) + sign + frame["Month"].astype(str).str.zfill(2)


@pytest.mark.parametrize("form", PERIODS)
def test_months_are_added_up_and_a_part_of_a_year_is_refused(tmp_path, form):
    table = monthly()
    counts = read_counts(save(tmp_path, PERIODS[form](table)))
    assert counts.years == tuple(YEARS)
    assert counts.data["count"].sum() == table["Deaths"].sum()
    for part in (table["Month"] == 1, (table["Year"] < 2012) | (table["Month"] < 10)):
        path = save(tmp_path, PERIODS[form](table[part]))
        refused(read_counts, path, "do not cover the whole year", "row")


def test_weeks_are_refused_by_name(tmp_path):
    weeks = pd.concat([deaths().assign(Week=week) for week in (1, 2)])
    for table in (
        weeks,
        weeks[weeks["Week"] == 1],
        weeks.assign(Year=weeks["Year"].astype(str) + "-W01").drop(columns="Week"),
        weeks.rename(columns={"Week": "time"}).assign(time_unit="weekly"),
    ):
        refused(read_counts, save(tmp_path, table), "week", "Weeks at New Year belong to two years")


@pytest.mark.parametrize("mark", [9999, "..", -9, "NaN", "Suppressed", ":"])
def test_marks_of_missing_numbers_are_refused(tmp_path, mark):
    table = deaths().astype({"Deaths": object})
    table.iloc[40, 3] = mark
    refused(read_counts, save(tmp_path, table), "column deaths, row 42")


@pytest.mark.parametrize("sexes", [["m"], ["f"], ["f", "m"]])
def test_unknown_ages_that_differ_between_years(tmp_path, sexes):
    table = deaths()
    late = (table["Year"] > 2010) & table["Sex"].isin(sexes)
    lost = table[late].assign(Age="UNK", Deaths=lambda f: (0.4 * f["Deaths"]).astype(int))
    lost = lost.groupby(["Year", "Sex", "Age"], as_index=False).sum()
    path = save(tmp_path, pd.concat([table, lost]))
    refused(read_counts, path, "column age, row", "of unknown age", "unknown_age='drop'")
    counts = read_counts(path, unknown_age="drop")
    assert any("of unknown age left out" in note for note in counts.notes)


def test_few_unknown_ages_and_sexes_are_noted(tmp_path):
    few = pd.DataFrame([(2005, "m", "UNK", 3), (2006, "UNK", "20-24", 2)], columns=deaths().columns)
    counts = read_counts(save(tmp_path, pd.concat([deaths(), few])))
    assert counts.notes == ("2 of unknown sex left out", "3 of unknown age left out")


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


WORDS = {
    "Eurostat": ("TIME_PERIOD", "sex", "age", "OBS_VALUE", "F", "M", "Y{}-{}"),
    "Destatis": ("Jahr", "Geschlecht", "Altersgruppe", "Gestorbene", "weiblich", "männlich",
                 "{} bis unter {up} Jahre"),
    "the RKI": ("Jahr", "Geschlecht", "Altersgruppe", "Todesfälle", "W", "M", "A{}-A{}"),
    "the INSEE": ("année", "sexe", "âge", "décès", "femmes", "hommes", "{}-{} ans"),
    "the INE": ("año", "sexo", "edad", "defunciones", "M", "H", "{}-{}"),
    "the WHO": ("Year", "Sex", "Age Group", "Number", 2, 1, "[{}-{}]"),
}  # fmt: skip


@pytest.mark.parametrize("office", WORDS)
def test_words_of_statistical_offices(tmp_path, office):
    year, sex, age, count, female, male, label = WORDS[office]
    table = deaths()
    ends = table["Age"].str.split("-", expand=True)
    written = pd.DataFrame({
        year: table["Year"],
        sex: table["Sex"].map({"f": female, "m": male}),
        age: [label.format(a, b, up=int(b) + 1) for a, b in ends.itertuples(index=False)],
        count: table["Deaths"],
    })  # fmt: skip
    counts = read_counts(save(tmp_path, written))
    expected = read_counts(save(tmp_path, table, "plain.csv"))
    np.testing.assert_array_equal(counts.data["count"], expected.data["count"])


def test_codes_of_sex_with_totals_and_unknown(tmp_path):
    table = deaths().replace({"Sex": {"f": 2, "m": 1}})
    more = [table.iloc[[0]].assign(Sex=9, Deaths=2), table.iloc[[0]].assign(Sex=3, Deaths=999)]
    counts = read_counts(save(tmp_path, pd.concat([table, *more])))
    assert counts.data["count"].sum() == deaths()["Deaths"].sum()


# one person in many spellings

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
    "a comma": lambda name: name.replace(" ", ", ", 1),
}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(list(SPELLINGS)), min_size=1, max_size=4))
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


# lines above a header


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
