"""Inputs of public reports: each folder of cases has its right value, or the refusal its README asks for.

The folders lie beside third-party data; the other tests of inputs have equal tables made up for them.
"""

import numpy as np
import pandas as pd
import pytest

from estimator.errors import DataError, DataWarning
from estimator.sources.deaths import read_counts
from estimator.sources.minimum import read_minimum
from estimator.sources.named_list_vintages import read_list_vintages
from estimator.sources.registry.quality import RegistryWarning
from estimator.sources.registry.read import read_registry
from estimator.sources.registry.tables import read_triangle

pytestmark = pytest.mark.external
ALL, REGIONS, SMALL, MONTHLY = 622289, 1241766, 25740, 13 * 2 * 11 * (258 + 5 * 60)
"""Deaths of the made-up country that most folders share, of three regions, of a place with few deaths, and
of thirteen years of months."""


def counted(path, **options):
    return read_counts(path, **options).data["count"].values.sum()


def kept(path, **options):
    return read_registry(path, extracted_on="2023-06-25", **options)[1].kept


def total(path, **options):
    return read_triangle(path, extracted_on="2024-06-30", **options).total


def named(path, **options):
    return read_minimum(path, vintage="2024-06-30", **options).total


def listed(path, **options):
    return read_list_vintages(path, **options).counts.iloc[:, -1].sum()


UNCLEAR = ("row 2", "may part thousands or decimals", "Write numbers without thousands separators")
WEEK = ("row 2", "week", "Weeks at New Year belong to two years: give years")
PART = ("row 2", "do not cover the whole year", "Give every year all its months")
TOTALS = ("column cases, row 2", "never fall along delay", "cumulative=True (--cumulative)")
TWICE = ("column region, row 134", "a region is named twice", "Write one name")
SUM = ("column region, row 2", "is the sum of other regions (D, B, A)", "Remove its rows")
NOT_A_NUMBER = ("row 90", "is not", "correct or remove these rows")
LOST = ("of unknown age", "unknown_age='drop'")
CASES = {
    "01-dot-thousands": {
        "deaths.csv": (counted, ALL), "list.csv": (named, 3950),
        "list2.csv": (named, ("column count", *UNCLEAR)), "triangle.csv": (total, ("column cases", *UNCLEAR)),
    },
    "02-comma-decimal-nbsp-cp1251": {"deaths_dec.csv": (counted, ALL), "deaths_int.csv": (counted, ALL)},
    "03-eurostat-weekly-w99": {
        "annual_sdmx.csv": (counted, 52650), "sdmx.csv": (counted, ("column time_period", *WEEK)),
        "bulk.tsv": (counted, ("column age, row 5", "age bands leave a gap", "Add the rows between")),
    },
    "04-year-week-columns": {
        "january_only.csv": (counted, ("column month", *PART)),
        "one_week_a_year.csv": (counted, ("column week", *WEEK)),
        "stmf_wide.csv": (counted, ("column week", *WEEK)), "weekly.csv": (counted, ("column week", *WEEK)),
    },
    "05-monthly-first-of-month": {
        "complete.csv": (counted, MONTHLY),
        "pxweb_period.csv": (counted, MONTHLY), "year_month_cols.csv": (counted, MONTHLY),
        "through_september.csv": (counted, ("column date", "2012 has 9 dates", "the whole year")),
    },
    "06-week-53": {
        "days.csv": (named, 21), "iso.csv": (named, 70), "no_dash.csv": (named, 20),
        "single_digit.csv": (named, 20), "w99.csv": (named, 20), "vintages_iso.csv": (listed, 85),
        "split_week.csv": (named, ("column week, row 4", "another day of the week", "name the column date")),
        "w53_in_52_week_year.csv": (named, ("column week, row 5", "'2021-W53' is not a date", "Write 2022")),
    },
    "08-age-lower-bound-ageint": {
        "ageint.csv": (counted, SMALL), "stmfinput.csv": (counted, 41496),
        "nan.csv": (counted, ("column deaths, row 112", "'NaN' is not a number", "remove these rows")),
    },
    "09-opening-of-inheritance-is-death": {
        "both.csv": (kept, 400), "no_death.csv": (kept, 400),
        "extract.csv": (kept, ("row 1", "no column of the date of case opening", "Name one case_date")),
    },
    "10-turkic-caucasus-patronymics": {
        "names.csv": (kept, 36), "two_words_and_middle.csv": (kept, 5), "truth.csv": None,
    },
    "11-latin-letters-in-cyrillic-region": {
        "latin_h.csv": (counted, 987009), "two_forms.csv": (counted, TWICE),
        "two_spellings.csv": (counted, TWICE),
    },
    "12-duplicates-yo-case-hyphen": {"one_person.csv": (kept, 1)},
    "13-utc-timestamps": {
        "local.csv": (kept, 200), "offset.csv": (kept, 200),
        "utc.csv": (kept, ("date of death, record 1 (row 2)", "instants in UTC", "timezone='Europe/Moscow'")),
    },
    "15-excel-serials-mixed": {"all_serial.csv": (kept, 400), "mixed.csv": (kept, 400)},
    "16-two-digit-year-us-order": {
        "compact.csv": (kept, 400),
        "mdyy.csv": (kept, ("date of death, record 1 (row 2)", "years of two digits", "Write all four")),
        "yymm_dots.csv": (kept, ("date of death, record 1 (row 2)", "years of two digits", "Write all four")),
        "month_day_dots.csv": (kept, ("column death_date", "236 of 400 records", "losses='accept'")),
    },
    "17-first-of-month-heaping": {
        "heaped.csv": (kept, 3000),
        "all_first.csv": (kept, ("date of death", "are dated the first of a month", "resolution='month'")),
    },
    "18-cumulative-triangle": {"incident.csv": (total, 45408), "cumulative.csv": (total, TOTALS)},
    "21-weeks-not-monday-extraction-midweek": {
        "monday.csv": (total, 45408),
        "sunday.csv": (total, ("column week, row 2", "not the first day of a week", "Write a Monday")),
    },
    "23-nested-regions": {
        "regions_only.csv": (counted, REGIONS), "nation_one_cell_off.csv": (counted, SUM),
        "nation_total_label.csv": (counted, SUM),
    },
    "25-zero-population-zero-deaths": {
        "fraction.csv": (counted, 124457.8), "zero_deaths.csv": (counted, 119),
        "zero_pop.csv": (counted, 118),
    },
    "26-cdc-wonder": {
        **{f"{name}{end}.txt": (counted, ALL) for name in ("footer", "totals") for end in ("", "_renamed")},
        "plain.txt": (counted, ALL), "suppressed.txt": (counted, ("column deaths", *NOT_A_NUMBER)),
        "suppressed_renamed.txt": (counted, ("column deaths", *NOT_A_NUMBER)),
    },
    "27-rki-age-codes-00plus": dict.fromkeys(
        ("A15-A19.csv", "french_named.csv", "french_partly.csv", "german_named.csv", "german_words.csv",
         "spanish_hm.csv", "zero_plus.csv"), (counted, ALL)
    ),
    "28-sentinels": {
        "9999.csv": (counted, ("column deaths, row 267", "may mark a missing number", "leave out the year")),
        "dots.csv": (counted, ("column deaths", *NOT_A_NUMBER)),
        "minus9.csv": (counted, ("column deaths", *NOT_A_NUMBER)),
    },
    "29-encodings": {
        **{f"registry_{header}_header_{encoding}.csv": (kept, 100)
           for header in ("ascii", "russian") for encoding in ("cp1251", "cp866", "koi8-r")},
        **{f"russian_{name}.csv": (counted, REGIONS) for name in ("cp1251", "cp866", "koi8-r", "utf-8")},
        # one region is the sum of two others, to within two deaths a cell
        **{f"western_{encoding}.csv": (counted, ("Córdoba is the sum of other regions (Réunion, Baden-W",))
           for encoding in ("cp1252", "utf-16", "utf-8-sig")},
    },
    "30-pxweb-title-sep-line": dict.fromkeys(
        ("comment.csv", "footer.csv", "sep_line.csv", "title.csv", "title_plain.csv", "trailing_delims.csv",
         "wide_years.csv"), (counted, ALL)
    ),
    "31-who-un-sex-9": {
        **dict.fromkeys(("plain12.csv", "unk_sex.csv", "with3total.csv", "with9.csv"), (counted, ALL)),
        "momo_1_6.csv": (counted, ("column sex, row 2", "'6' is not a sex", "Write female or male")),
        "reliability_dup.csv": (counted, ("row 288 repeats the cell of row 90", "Keep one row a cell")),
    },
    "34-insee-person-file": {
        "as_registry.csv": (kept, 200), "year_only_birth.csv": (kept, 200),
        "insee.csv": (kept, ("row 1", "no column of the date of case opening", "birth, death, name, sex",
                             "Deaths alone show no delays", "read_counts")),
    },
    "37-year-and-time-columns": {"world_mortality_form.csv": (counted, MONTHLY)},
    "38-unknown-age-large": {
        "known.csv": (counted, ALL), "unknown40.csv": (counted, ("column age, row 288", *LOST)),
        "unknown40_men.csv": (counted, ("column age, row 288", *LOST)),
    },
}  # fmt: skip
"""Folder and file: the reader, and its answer or the parts of its refusal."""


@pytest.fixture(scope="module")
def cases(external_data):
    folder = external_data.parent / "cases"
    if not folder.is_dir():
        pytest.skip("no folder of cases beside the third-party data")
    return folder


def test_every_file_of_every_folder_has_an_entry(cases):
    present = {path.relative_to(cases).as_posix() for path in cases.glob("*/*") if path.name != "README"}
    assert present == {f"{folder}/{name}" for folder, files in CASES.items() for name in files}


@pytest.mark.filterwarnings("ignore::estimator.sources.registry.quality.RegistryWarning")
@pytest.mark.parametrize("folder", CASES)
def test_a_folder_is_read_right_or_refused(cases, folder):
    for name, entry in CASES[folder].items():
        if entry is None:
            continue
        read, right = entry
        path = cases / folder / name
        if not isinstance(right, tuple):
            assert read(path) == pytest.approx(right), name
            continue
        with pytest.raises(DataError) as caught:
            read(path)
        message = str(caught.value)
        assert message.startswith(name)
        assert "\n" not in message
        for part in right:
            assert part in message, message


def test_the_opening_of_an_inheritance_is_the_death(cases):
    """True delays are ten days to half a year."""
    for name in ("both.csv", "no_death.csv"):
        path = cases / "09-opening-of-inheritance-is-death" / name
        delays = read_registry(path, extracted_on="2023-06-25")[0].cases.sum(["sex", "age", "period"])
        weeks = np.flatnonzero(delays.values)
        assert weeks.min() <= 2
        assert weeks.max() == 27


def test_months_of_men_of_15_to_19_add_up(cases):
    deaths = read_counts(cases / "05-monthly-first-of-month" / "complete.csv").data["count"]
    assert (deaths.sel(sex="male", age="15-19") == 258).all()


def test_days_at_new_year_are_of_their_year(cases):
    days = read_minimum(cases / "06-week-53" / "days.csv", vintage="2024-06-30")
    weeks = read_minimum(cases / "06-week-53" / "iso.csv", vintage="2024-06-30")
    assert (days.for_years([2020]), days.for_years([2021])) == (11, 10)
    assert weeks.by_week.index[3] == pd.Timestamp("2020-12-28")  # W53


def test_no_patronymic_is_read_wrong(cases, tmp_path):
    """Each person alone is of the sex that is true, or of none."""
    folder = cases / "10-turkic-caucasus-patronymics"
    truth = pd.read_csv(folder / "truth.csv", sep=";").set_index("name")["sex"]
    records = pd.read_csv(folder / "names.csv", sep=";")
    for sex, side in (("Ж", 0), ("М", 1)):
        path = tmp_path / "records.csv"
        records[records["ФИО"].map(truth) == sex].to_csv(path, index=False)
        by_sex = read_registry(path, extracted_on="2023-06-25")[0].cases.sum(["age", "delay", "period"])
        assert by_sex.values[side] >= (truth == sex).sum() - 1
        assert by_sex.values[1 - side] == 0


def test_a_region_of_look_alike_letters_is_found(cases):
    path = cases / "11-latin-letters-in-cyrillic-region" / "latin_h.csv"
    assert counted(path, region="Ямало-Ненецкий АО") == 617734


def test_deaths_are_on_the_monday(cases, tmp_path):
    """Local midnight in Moscow, as instants in UTC, with an offset and in Parquet."""
    folder = cases / "13-utc-timestamps"
    aware = pd.read_csv(folder / "offset.csv", parse_dates=["death_date", "case_date"])
    aware.to_parquet(tmp_path / "offset.parquet")
    paths = [folder / "local.csv", folder / "offset.csv", folder / "utc.csv", tmp_path / "offset.parquet"]
    for path in paths:
        triangle, _ = read_registry(path, extracted_on="2023-06-25", timezone="Europe/Moscow")
        assert triangle.periods[0].astype("datetime64[D]") == np.datetime64("2022-03-07")
        assert triangle.cases.isel(period=0).sum() == 200


def test_heaped_deaths_are_warned_of_and_months_are_read(cases):
    folder = cases / "17-first-of-month-heaping"
    with pytest.warns(RegistryWarning, match="28% of deaths are dated the first of a month"):
        kept(folder / "heaped.csv", january="drop")
    assert kept(folder / "all_first.csv", resolution="month", january="drop") > 2600


def test_running_totals_are_read_as_new_cases(cases):
    assert total(cases / "18-cumulative-triangle" / "cumulative.csv", cumulative=True) == 45408


def test_cases_of_a_week_not_over_are_refused(cases):
    path = cases / "21-weeks-not-monday-extraction-midweek" / "monday.csv"
    with pytest.raises(
        DataError, match=r"column cases, row \d+: cases opened in a week not over by 2022-02-23"
    ):
        read_triangle(path, extracted_on="2022-02-23")


def test_letters_of_western_regions_are_right(cases):
    for encoding in ("cp1252", "utf-16", "utf-8-sig"):
        path = cases / "29-encodings" / f"western_{encoding}.csv"
        assert counted(path, region="Réunion") == 247495
        assert counted(path, region="Baden-Württemberg") == ALL


def test_unknown_ages_may_be_left_out(cases):
    path = cases / "38-unknown-age-large" / "unknown40_men.csv"
    with pytest.warns(DataWarning, match="of unknown age"):
        assert counted(path, unknown_age="drop") < ALL
