"""From records to a triangle: columns, files, and each rule of cleaning."""

import gzip
import random

import numpy as np
import pandas as pd
import pytest

from estimator.data.ages import AgeBands
from estimator.sources import tables
from estimator.sources.registry.quality import PatronymicWarning, RegistryWarning
from estimator.sources.registry.read import read_registry
from tests.sources.registry_extracts import EXTRACTED, crowd, record, write


def read(path, **options):
    return read_registry(path, **{"extracted_on": EXTRACTED, "since": "2013-12-30"} | options)


def brute_force(records, max_delay=156):
    """Count the same cells with pandas, from records that are all usable."""
    table = pd.DataFrame(records)
    death, opened, birth = (
        pd.to_datetime(table[name]) for name in ("Дата смерти", "Дата открытия дела", "Дата рождения")
    )
    early = (death.dt.month * 100 + death.dt.day) < (birth.dt.month * 100 + birth.dt.day)
    age = death.dt.year - birth.dt.year - early
    week, of = (d - pd.to_timedelta(d.dt.day_of_week, "D") for d in (death, opened))
    sex = np.where(table["ФИО"].str.endswith("вна"), "female", "male")
    cells = pd.DataFrame(
        {"period": week, "sex": sex, "age_low": age // 5 * 5, "delay": (of - week).dt.days // 7}
    )
    cells = cells[age.between(15, 69) & (cells["delay"] <= max_delay)]
    return cells.value_counts().rename("cases").sort_index()


def test_cells_agree_with_pandas(tmp_path):
    records = crowd(2000)
    triangle, quality = read(write(tmp_path / "a.csv", records))
    expected = brute_force(records)
    frame = triangle.to_frame()
    found = frame[frame["cases"] > 0].set_index(["period", "sex", "age_low", "delay"])["cases"]
    pd.testing.assert_series_equal(found.sort_index(), expected, check_dtype=False, check_index_type=False)
    assert quality.read == 2000
    assert quality.kept == triangle.total == expected.sum()


def test_left_out_and_kept_add_up_to_read(tmp_path):
    records = crowd(300) + [record(death="2030-01-01"), record(death=""), record(birth="")] * 2
    _, quality = read(write(tmp_path / "a.csv", records))
    frame = quality.to_frame()
    out = frame.loc[frame["action"] == "left out", "records"].sum()
    assert quality.kept + out == quality.read == 306


@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_delimiters_and_encodings(tmp_path, sep, encoding):
    records = crowd(60)
    for row in records:
        row.pop("№")  # cp1251 has it, but the other name is plainer
    triangle, _ = read(write(tmp_path / "a.csv", records, sep=sep, encoding=encoding))
    assert triangle.total == brute_force(records).sum()


def test_gzip_parquet_and_quotes(tmp_path):
    records = crowd(60, notary='ООО "Рога; копыта",\nдом 1')
    expected = read(write(tmp_path / "a.csv", records))[0].cases.values
    zipped = tmp_path / "a.csv.gz"
    zipped.write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    dates = pd.DataFrame(records)
    for column in ("Дата рождения", "Дата смерти", "Дата открытия дела"):
        dates[column] = pd.to_datetime(dates[column])
    parquet = write(tmp_path / "b.parquet", dates)
    for path in (zipped, parquet, write(tmp_path / "a.parquet", records)):
        np.testing.assert_array_equal(read(path)[0].cases.values, expected)


def test_small_blocks_change_nothing(tmp_path, monkeypatch):
    records = crowd(500, notary='ООО "Рога; копыта",\nдом 1')
    path = write(tmp_path / "a.csv", records)
    parquet = write(tmp_path / "a.parquet", records)
    expected = read(path)[0].cases.values
    monkeypatch.setattr(tables, "BLOCK", 1000)
    monkeypatch.setattr(tables, "ROWS", 7)
    np.testing.assert_array_equal(read(path)[0].cases.values, expected)
    np.testing.assert_array_equal(read(parquet)[0].cases.values, expected)


def test_order_of_records_and_files_is_nothing(tmp_path):
    records = crowd(300) * 2 + [record(opened="2022-06-01"), record(opened="2022-07-01")]
    expected, quality = read(write(tmp_path / "a.csv", records))
    random.Random(1).shuffle(records)
    files = [write(tmp_path / f"{i}.csv", records[i::3]) for i in range(3)]
    found, again = read(files)
    np.testing.assert_array_equal(found.cases.values, expected.cases.values)
    rules = [rule for rule in again.rules if rule.name != "superseded"]  # looked for in several files
    assert rules == list(quality.rules)
    assert (quality["duplicate"], quality["further case"]) == (300, 1)


def test_english_columns_sex_and_age(tmp_path):
    rows = [
        {"Date of death": "2022-03-02", "case opened on": "2022-05-11", "Sex": "F", "Age": "34"},
        {"Date of death": "2022-03-02", "case opened on": "2022-05-11", "Sex": "муж.", "Age": "34 года"},
        {"Date of death": "2022-03-02", "case opened on": "2022-05-11", "Sex": "", "Age": "34"},
    ]  # fmt: skip
    triangle, quality = read(write(tmp_path / "a.csv", rows))
    assert triangle.total == 2
    assert triangle.identified == pytest.approx(2 / 3)
    assert quality["unknown sex"] == 1
    assert "no name and no case number" in str(quality)


def test_sex_codes_of_the_who(tmp_path):
    rows = [record(bool(i % 2), пол=2 - i % 2, birth=f"1980-01-{i + 1:02}") for i in range(10)]
    triangle, quality = read(write(tmp_path / "a.csv", rows))
    assert (triangle.total, triangle.identified) == (10, 1)
    assert quality["sex contradicts patronymic"] == 0
    assert "sex 1 read as male" in str(quality)


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (record(death=""), "no date of death"),
        (record(opened=""), "no date of opening"),
        (record(death="2022-02-30"), "impossible date of death"),
        (record(death="1022-02-03"), "impossible date of death"),
        (record(opened="неизвестно"), "impossible date of opening"),
        (record(death="2023-06-26", opened="2023-06-20"), "future death"),
        (record(opened="2022-03-01"), "case before death"),
        (record(birth=""), "missing age"),
        (record(birth="1983-02-30"), "impossible age"),
        (record(birth="2022-03-03"), "impossible age"),
        (record(birth="1883-04-17"), "impossible age"),
        (record(birth="2012-04-17"), "outside ages"),
        (record(death="2013-12-29"), "before the start"),
        (record(death="2018-03-02"), "late"),
        (record(ФИО="Тайнов Секрет"), "unknown sex"),
        (record(ФИО=""), "unknown sex"),
    ],
)
def test_each_rule_leaves_out_its_record(tmp_path, row, rule):
    records = crowd(50)
    before, clean = read(write(tmp_path / "a.csv", records))
    after, quality = read(write(tmp_path / "b.csv", [*records, row]))
    assert clean[rule] == 0
    assert quality[rule] == 1
    assert after.total == before.total
    assert f"{rule}" in quality.to_frame()["name"].tolist()


def test_openings_far_in_the_future_are_typing_errors_if_rare(tmp_path):
    path = write(tmp_path / "a.csv", [*crowd(2000), record(opened="2202-05-11")])
    assert read(path)[1]["future opening"] == 1


def test_openings_in_the_running_week_wait(tmp_path):
    records = [*crowd(50), record(death="2023-06-13", opened="2023-06-21")]
    _, quality = read(write(tmp_path / "a.csv", records), extracted_on="2023-06-24")
    assert quality["last period"] == 1
    _, quality = read(write(tmp_path / "a.csv", records), extracted_on="2023-06-25")
    assert quality["last period"] == 0


def test_first_case_of_a_person_is_kept(tmp_path):
    rows = [record(opened=day) for day in ("2022-06-15", "2022-05-11", "2022-05-11")]
    rows[2]["ФИО"] = "  ТАЙНОВ  Секрет Планетович"
    triangle, quality = read(write(tmp_path / "a.csv", rows))
    assert triangle.total == 1
    assert triangle.settled(10).sum() == 1  # the opening of May, not that of June
    assert (quality["duplicate"], quality["further case"]) == (1, 1)


def test_case_numbers_tell_duplicates_without_names(tmp_path):
    rows = [record(пол="м", **{"Номер дела": number}) for number in (1, 1, 2, "")]
    for row in rows:
        row.pop("ФИО")
    triangle, quality = read(write(tmp_path / "a.csv", rows))
    assert triangle.total == 3
    assert quality["duplicate"] == 1


def test_sex_column_against_patronymics_warns_by_count_only(tmp_path):
    records = [row | {"пол": "м" if "вич" in row["ФИО"] else "ж"} for row in crowd(200)]
    read(write(tmp_path / "a.csv", records))
    for row in records[:3]:
        row["пол"] = "ж" if row["пол"] == "м" else "м"
    with pytest.warns(PatronymicWarning, match=r"3 of 200 records \(1.5%\)") as told:
        _, quality = read(write(tmp_path / "a.csv", records))
    assert len(told) == 1
    assert quality["sex contradicts patronymic"] == 3


def test_heaping_on_1_january_is_told_and_can_be_left_out(tmp_path):
    heap = [record(death="2022-01-01", birth=f"1980-01-{i + 1:02}") for i in range(30)]
    path = write(tmp_path / "a.csv", crowd(1000) + heap)
    with pytest.warns(RegistryWarning, match="dated 1 January"):
        kept, quality = read(path)
    assert 30 <= quality["heaped on 1 January"] <= 35
    dropped, again = read(path, january="drop")
    assert kept.total - dropped.total == again["heaped on 1 January"]


def test_months_and_own_bands(tmp_path):
    path = write(tmp_path / "a.csv", crowd(300))
    triangle, _ = read(path, resolution="month", ages=AgeBands((20, 30), (29, 49)), max_delay=3, source="us")
    assert triangle.ages.labels == ("20-29", "30-49")
    assert triangle.max_delay == 3
    assert triangle.source == "us"
    assert (triangle.periods.astype("datetime64[M]") == triangle.periods).all()


def test_day_first_dates_with_time(tmp_path):
    records = crowd(100)
    expected = read(write(tmp_path / "a.csv", records))[0].cases.values
    for i, row in enumerate(records):
        for column in ("Дата рождения", "Дата смерти", "Дата открытия дела"):
            year, month, day = row[column].split("-")
            row[column] = f"{day}.{month}.{year}" + " 00:00:00" * (i % 2)
    np.testing.assert_array_equal(read(write(tmp_path / "b.csv", records))[0].cases.values, expected)


def test_old_deaths_without_early_cases_are_noted(tmp_path):
    records = [row for row in crowd(400) if row["Дата открытия дела"] > "2021-06-01"]
    assert "early cases" in str(read(write(tmp_path / "a.csv", records))[1])


def test_the_patronymic_table_tells_the_rest(tmp_path):
    table = write(tmp_path / "p.csv", [{"Patronim": "секретным", "Sex": 1, "count": 9}], sep=",")
    path = write(tmp_path / "a.csv", [*crowd(20), record(ФИО="Тайнов Икс Секретным")])
    assert read(path)[1]["unknown sex"] == 1
    assert read(path, patronymics=table)[1]["unknown sex"] == 0


def test_progress_is_told_of_the_whole_file(tmp_path):
    path = write(tmp_path / "a.csv", crowd(100))
    told = []
    read(path, progress=told.append)
    assert sum(told) >= path.stat().st_size
