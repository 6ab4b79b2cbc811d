"""Dates of records: instants, serial numbers, years alone, and many lost at once."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.errors import DataError, DataWarning
from estimator.sources.columns import to_date
from estimator.sources.days import INSTANT
from estimator.sources.minimum import read_minimum
from estimator.sources.registry.quality import RegistryWarning
from estimator.sources.registry.read import read_registry
from tests.sources.inputs import EXTRACTED, SAID, dates, every, extract, instants, refused, same, save, serial


@pytest.fixture
def expected(tmp_path):
    return read_registry(save(tmp_path, extract(), "plain.csv"), **EXTRACTED)[0]


def by_the_minute(column):
    """Return times of the day, as of a registrar's clock."""
    minutes = pd.to_timedelta(np.arange(len(column)) * 7 % 1440, unit="min")
    return (pd.to_datetime(column) + minutes).dt.strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    "change",
    [dates("%Y%m%d"), dates("%d.%m.%Y"), serial, every(3, serial), dates("%Y-%m-%d 00:00:00+03:00"),
     dates("%Y-%m-%dT00:00:00Z"), by_the_minute],
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


@pytest.mark.parametrize(
    "form", ["%Y", "%Y-00-00", "%Y0000", "00.00.%Y", "%Y г.р.", "%Y-%m-00", "%Y-%m", "%m.%Y"]
)
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


def last_of_month(column):
    return (pd.to_datetime(column) + pd.offsets.MonthEnd(0)).dt.strftime("%Y-%m-%d")


@pytest.mark.parametrize(
    ("day", "change"),
    [("first", dates(form)) for form in ("%Y-%m-01", "%Y-%m", "%m.%Y", "%Y%m00", "%Y-%m-00")]
    + [("15th", dates("%Y-%m-15")), ("last", last_of_month)],
)  # fmt: skip
def test_deaths_dated_by_month(tmp_path, day, change):
    path = save(tmp_path, extract(death=change))
    refused(read_registry, path, f"the {day} of a month", "resolution='month'", **EXTRACTED)
    assert read_registry(path, resolution="month", january="drop", **EXTRACTED)[1].kept > 200


@pytest.mark.parametrize("day", ["01", "15"])
def test_deaths_of_which_a_quarter_is_dated_by_month(tmp_path, day):
    path = save(tmp_path, extract(death=every(4, dates(f"%Y-%m-{day}"))))
    with pytest.warns(RegistryWarning, match="of many only the month is known"):
        read_registry(path, january="drop", **EXTRACTED)


def test_births_on_a_1_january_are_noted(tmp_path):
    _, quality = read_registry(save(tmp_path, extract(birth=every(8, dates("%Y-01-01")))), **EXTRACTED)
    assert quality["birth on 1 January"] >= 50
    assert "ages may be a year too high" in str(quality)


@pytest.mark.parametrize("year", ["9999", "3000-01-01", "9999-12-31T21:00:00Z", "0001-01-01"])
def test_years_of_no_calendar(tmp_path, year):
    path = save(tmp_path, extract(birth=lambda c: year))
    refused(read_registry, path, "the rule 'impossible age'", timezone="Europe/Moscow", **EXTRACTED)


def test_an_extract_of_which_half_is_opened_on_the_day_of_death(tmp_path):
    frame = extract()
    frame[SAID["opened"]] = frame[SAID["opened"]].where(np.arange(400) % 5 > 2, frame[SAID["death"]])
    refused(read_registry, save(tmp_path, frame), "240 of 400 cases were opened on the day", **EXTRACTED)


@pytest.mark.parametrize(
    ("death", "opened"),
    [("Дата відкриття спадщини", "Дата заведення справи"), ("Inheritance opened", "Case opened"),
     ("День открытия наследства", "Дата заведения наследственного дела")],
)  # fmt: skip
def test_openings_of_inheritances_in_other_registries(tmp_path, expected, death, opened):
    same(save(tmp_path, extract().rename(columns={SAID["death"]: death, SAID["opened"]: opened})), expected)


def test_deaths_alone_are_for_another_reader(tmp_path):
    frame = extract().rename(columns={SAID["death"]: "datedeces"}).drop(columns=SAID["opened"])
    refused(
        read_registry,
        save(tmp_path, frame),
        "no column of the date of case opening",
        "read_counts",
        **EXTRACTED,
    )


def test_a_list_by_month(tmp_path):
    table = pd.DataFrame({"date": [f"2022-{month:02}-01" for month in range(1, 13)], "count": 5})
    with pytest.warns(DataWarning, match="all the first of a month"):
        minimum = read_minimum(save(tmp_path, table), vintage="2024-01-01")
    assert minimum.for_years([2022]) == 60


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


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("no date of death", {"death": every(4, lambda c: "")}),
        ("no date of opening", {"opened": every(4, lambda c: "")}),
        ("impossible date of death", {"death": every(4, lambda c: "spring")}),
        ("impossible date of opening", {"opened": every(4, lambda c: "1822-01-01")}),
        ("future death", {"death": every(4, lambda c: "2055-01-01")}),
        ("case before death", {"opened": every(4, lambda c: "2001-01-01")}),
        ("impossible age", {"birth": every(4, lambda c: "2060-01-01")}),
        ("missing age", {"birth": every(4, lambda c: "")}),
    ],
)
def test_each_rule_has_a_limit(tmp_path, rule, change):
    """Ingest stops, and names the file, the rule and the column."""
    path = save(tmp_path, extract(**change))
    column = SAID[next(iter(change))]
    place = "" if rule == "case before death" else f"column {column}"
    parts = (place, f"the rule '{rule}'", "of 400 records", "--losses accept")
    refused(read_registry, path, *parts, **EXTRACTED)
    assert read_registry(path, losses="accept", **EXTRACTED)[1][rule] >= 97


def test_a_column_of_one_value_for_many(tmp_path):
    frame = extract().assign(ФИО="Иванов Иван Иванович")
    frame[SAID["birth"]], frame[SAID["death"]] = "1980-01-01", frame[SAID["death"]].min()
    refused(read_registry, save(tmp_path, frame), "the rule 'duplicate'", **EXTRACTED)


def test_most_sexes_unknown(tmp_path):
    frame = extract()
    frame["ФИО"] = frame["ФИО"].where(np.arange(400) % 3 > 0, "Ли Сан")
    refused(read_registry, save(tmp_path, frame), "column ФИО", "the rule 'unknown sex'", **EXTRACTED)


def test_files_of_one_name_are_two(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    good = save(tmp_path / "a", extract())
    bad = save(tmp_path / "b", extract(death=every(4, lambda c: "")))
    with pytest.raises(DataError, match=r"table.csv \(2\): column Дата смерти.*100 of 400"):
        read_registry([good, bad], **EXTRACTED)


def test_years_of_birth_are_in_the_quality_report(tmp_path):
    path = save(tmp_path, extract(birth=every(10, dates("%Y"))))
    _, quality = read_registry(path, **EXTRACTED)
    assert quality["year of birth alone"] == 40
    assert "may be a year off" in str(quality)


def test_times_of_one_hour_are_a_midnight_of_elsewhere(tmp_path, expected):
    naive = instants("Asia/Yekaterinburg", "%Y-%m-%d %H:%M:%S")
    path = save(tmp_path, extract(death=naive, opened=naive))
    refused(read_registry, path, "date of death", "--timezone", **EXTRACTED)
    same(path, expected, timezone="Asia/Yekaterinburg")


ZONES = ["Europe/Moscow", "Asia/Kamchatka", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "UTC"]
WRITINGS = ["%Y-%m-%dT%H:%M:%S.000Z", "%Y-%m-%d %H:%M:%S+00", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d %H:%M:%S UTC",
            "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    zone=st.sampled_from(ZONES), writing=st.sampled_from(WRITINGS), told=st.booleans(),
    days=st.lists(st.dates(date(1990, 1, 1), date(2023, 1, 1)), min_size=30, max_size=60),
)  # fmt: skip
def test_a_day_is_never_that_of_another_zone(zone, writing, told, days):
    """Local midnights in any zone and writing are read as their days, or refused."""
    local = pd.to_datetime(pd.Series(days)).dt.tz_localize(zone, nonexistent="shift_forward", ambiguous=True)
    moments = local if "%z" in writing else local.dt.tz_convert("UTC")
    read, reasons = to_date(moments.dt.strftime(writing), zone if told else None)
    right = read.dt.date.to_numpy() == np.array(days)
    assert (right | (reasons == INSTANT)).all()
    if told:
        assert right.all()
