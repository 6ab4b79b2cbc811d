"""The reporting triangle: what could be seen when, and what survives a change of shape."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.data.cases import CasesByPeriod
from estimator.data.triangle import ReportingTriangle
from estimator.errors import DataError

AGES = ("15-19", "20-24")
FIRST = date(2021, 1, 4)


def triangle(weeks=20, delays=8, extracted_on=None, seed=1, resolution="week", first=FIRST):
    cases = np.random.default_rng(seed).poisson(3.0, (2, 2, weeks, delays))
    day = extracted_on or FIRST + timedelta(days=7 * weeks - 1)
    return ReportingTriangle.from_array(
        cases, first=first, ages=AGES, resolution=resolution, extracted_on=day, hide=True
    )


def filled(found):
    return np.nan_to_num(found.cases.values)


@st.composite
def triangles(draw):
    weeks, delays = draw(st.integers(6, 40)), draw(st.integers(1, 12))
    back = draw(st.integers(0, 20))
    return triangle(weeks, delays, FIRST + timedelta(days=7 * weeks - 1 - back), draw(st.integers(0, 99)))


def test_a_cell_is_seen_once_its_week_of_opening_is_over():
    found = triangle(weeks=3, delays=4, extracted_on="2021-01-24")  # the Sunday of the third week
    expected = [[True, True, True], [True, True, False], [True, False, False]]
    np.testing.assert_array_equal(found.observed.values, expected)
    np.testing.assert_array_equal(np.isnan(found.cases.values[0, 0]), ~np.array(expected))
    a_day_less = triangle(weeks=3, delays=4, extracted_on="2021-01-23")
    assert a_day_less.cases.shape == (2, 2, 2, 2)


def test_months():
    found = triangle(3, 3, "2021-03-31", resolution="month", first="2021-01-01")
    assert found.observed.values.sum() == 6
    assert triangle(3, 3, "2021-03-30", resolution="month", first="2021-01-01").max_delay == 1


@given(triangles(), st.integers(0, 150), st.integers(0, 150))
@settings(max_examples=60, deadline=None)
def test_truncating_twice_is_truncating_at_the_earlier_date(found, first, second):
    first, second = sorted((first, second))
    days = [found.extracted_on - timedelta(days=n) for n in (first, second)]
    try:
        once = found.truncate(days[1])
    except DataError:
        with pytest.raises(DataError, match="was over by"):
            found.truncate(days[0]).truncate(days[1])
        return
    twice = found.truncate(days[0]).truncate(days[1])
    assert twice.checksum == once.checksum
    assert twice.extracted_on == days[1]


@given(triangles(), st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_truncation_never_raises_counts(found, back):
    try:
        cut = found.truncate(found.extracted_on - timedelta(days=back))
    except DataError:
        return
    n, d = cut.cases.shape[2:]
    before = found.cases.values[:, :, :n, :d]
    seen = ~np.isnan(cut.cases.values)
    np.testing.assert_array_equal(cut.cases.values[seen], before[seen])
    assert cut.total <= found.total
    assert (cut.by_period().values <= found.by_period().values[:, :, :n]).all()


@given(triangles())
@settings(max_examples=60, deadline=None)
def test_months_of_weeks_keep_every_case_of_whole_months(found):
    try:
        months = found.coarsen("month")
    except DataError:
        return
    thursday = found.periods.astype("datetime64[D]") + np.timedelta64(3, "D")
    died = thursday.astype("datetime64[M]")
    weeks = np.arange(found.max_delay + 1) * np.timedelta64(7, "D")
    opened = (thursday[:, None] + weeks).astype("datetime64[M]")
    last = np.datetime64(months.extracted_on, "M")
    first = months.periods[0].astype("datetime64[M]")
    whole = found.cases.values[..., (opened <= last) & (died >= first)[:, None]]
    assert not np.isnan(whole).any()
    assert months.total == whole.sum()
    assert months.resolution == "month"


def test_coarsening_says_what_it_did_and_refuses_weeks():
    months = triangle(weeks=30).coarsen("month")
    assert "Thursday" in str(months)
    assert months.coarsen("month") is months
    with pytest.raises(DataError, match="resolution='week'"):
        months.coarsen("week")
    with pytest.raises(DataError, match="no month"):
        triangle(weeks=3).coarsen("month")


def test_settled_and_by_period():
    found = triangle(weeks=10, delays=5)
    settled = found.settled(2)
    assert np.isnan(settled.values).sum() == 2 * 2 * 2
    np.testing.assert_array_equal(settled.values[..., 0], found.cases.values[:, :, 0, :3].sum(axis=-1))
    assert found.by_period().sum() == found.total
    with pytest.raises(DataError, match="delays reach from 0 to 4"):
        found.settled(5)


def test_saved_and_loaded_is_the_same(tmp_path):
    found = triangle(extracted_on="2021-05-05")
    back = ReportingTriangle.load(found.save(tmp_path / "t.parquet"))
    assert back.checksum == found.checksum
    assert (back.notes, back.source, back.extracted_on) == (
        found.notes, found.source, found.extracted_on,
    )  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


def test_checksum_tells_dates_apart():
    found = triangle(extracted_on="2021-05-23")
    later = ReportingTriangle(found.data, "week", "2021-05-24")
    assert found.checksum != later.checksum


def test_select():
    found = triangle(weeks=10, delays=5)
    part = found.select(ages=(20, 24), since="2021-02-01", until="2021-02-20", max_delay=1)
    assert part.cases.shape == (2, 1, 3, 2)
    with pytest.raises(DataError, match="no cells"):
        found.select(since="2030-01-01")
    with pytest.raises(DataError, match="do not coincide"):
        found.select(ages=(17, 24))


def test_to_frame_holds_observed_cells():
    found = triangle(weeks=4, delays=3)
    frame = found.to_frame()
    assert list(frame) == ["period", "sex", "age_low", "age_high", "delay", "cases"]
    assert len(frame) == 4 * found.observed.values.sum()
    assert frame["cases"].sum() == found.total


def test_what_was_passed_in_is_not_changed():
    data = triangle().data.copy(deep=True)
    found = ReportingTriangle(data, "week", "2021-05-23")
    data["cases"][:] = -1
    assert found.total > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.rename(cases="count"), "variable 'cases'"),
        (lambda d: d.isel(sex=[1, 0]), "sexes must be"),
        (lambda d: d.isel(period=[0, 2, 3]), "consecutive weeks"),
        (lambda d: d.assign_coords(period=d["period"] + np.timedelta64(1, "D")), "Mondays"),
        (lambda d: d.isel(delay=[1, 2]), "delays must be"),
        (lambda d: d.fillna(0), "not over by"),
        (lambda d: d.where(d["delay"] > 0), "are NaN. Write 0"),
        (lambda d: d - 100, "not negative"),
        (lambda d: d.isel(age=[0, 0]), "overlap"),
        (lambda d: d.isel(period=[]), "no cells"),
        (lambda d: d.astype(str), "must be numbers"),
    ],
)
def test_refused(change, message):
    with pytest.raises(DataError, match=message):
        ReportingTriangle(change(triangle().data), "week", "2021-05-23")


def test_dates_are_refused():
    with pytest.raises(DataError, match="extraction date"):
        ReportingTriangle(triangle().data, "week", "23.05.2021")
    with pytest.raises(DataError, match="write 'week'"):
        ReportingTriangle(triangle().data, "day", "2021-05-23")
    with pytest.raises(DataError, match="nothing is known after"):
        triangle().truncate("2030-01-01")
    with pytest.raises(DataError, match="opened in weeks not over by"):
        ReportingTriangle.from_array(
            np.ones((2, 2, 3, 3)), first=FIRST, ages=AGES, resolution="week",
            extracted_on="2021-01-20",
        )  # fmt: skip


def test_files_are_refused(tmp_path):
    path = triangle().save(tmp_path / "t.parquet")
    with pytest.raises(DataError, match="no such file"):
        ReportingTriangle.load(tmp_path / "none.parquet")
    (tmp_path / "cut.parquet").write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match="cut short"):
        ReportingTriangle.load(tmp_path / "cut.parquet")
    triangle().to_frame().to_parquet(tmp_path / "plain.parquet")
    with pytest.raises(DataError, match="not a saved triangle"):
        ReportingTriangle.load(tmp_path / "plain.parquet")
    with pytest.raises(DataError, match="cannot be written"):
        triangle().save(tmp_path / "none" / "t.parquet")


def test_the_share_identified_stays_with_the_triangle(tmp_path):
    found = triangle()
    thinned = replace(found, identified=0.9)
    assert ReportingTriangle.load(thinned.save(tmp_path / "thinned.parquet")).identified == 0.9
    assert thinned.coarsen("month").identified == 0.9
    assert CasesByPeriod.of(thinned, 3).identified == 0.9
    assert "90.0%" in str(thinned)
    assert found.identified == 1
    with pytest.raises(DataError, match="sex and age are known"):
        replace(found, identified=0)
