"""The bundled named list, at each vintage as published."""

from datetime import date

import pandas as pd
import pytest

from estimator.errors import VintageError
from estimator.sources import named_list
from estimator.sources.named_list import list_vintages, load_named_list


def test_may_2026_by_week_of_death():
    for vintage in ("2026-05", "2026-05-22"):
        minimum = load_named_list(vintage)
        assert minimum.vintage == date(2026, 5, 22)
        assert minimum.through == date(2025, 12, 28)
        by_year = [minimum.for_years([year]) for year in (2022, 2023, 2024, 2025)]
        assert by_year == [20_934, 49_678, 94_948, 52_656]


def test_the_total_of_may_2026_is_of_the_table_of_weeks_not_the_one_announced():
    vintages = list_vintages().set_index("date")
    assert vintages.loc["2026-05-22", "count"] == 217_808
    assert load_named_list("2026-05-22").total == 218_216 == sum((20_934, 49_678, 94_948, 52_656))


def test_july_2023_by_week_of_death():
    minimum = load_named_list("2023-07-11")
    assert (minimum.total, minimum.undated) == (24_223, 0)
    assert minimum.within("2022-02-21", "2022-03-06") == 114
    assert minimum.through == date(2023, 5, 21)


def test_april_2023_by_age():
    minimum = load_named_list("2023-04-12")
    assert minimum.total == 20_253
    assert minimum.by_age.sum() == 13_737
    assert minimum.by_age["30-34"] == 2_709
    assert minimum.by_age.index[0] == "15-19"
    assert minimum.by_age.index[-1] == "60+"
    assert minimum.by_week is None


def test_january_2024_is_a_total_of_the_bbc():
    minimum = load_named_list("2024-01-12")
    assert minimum.total == 41_731
    assert "BBC" in minimum.source
    assert minimum.by_week is None
    assert minimum.by_age is None
    assert minimum.against_years((2022, 2023)) == 41_731


def test_every_vintage_listed_is_loaded_and_says_when_and_who():
    vintages = list_vintages()
    assert vintages["date"].is_monotonic_increasing
    assert len(vintages) == 77
    for row in vintages.to_dict("records"):
        minimum = load_named_list(row["date"], publisher=row["publisher"])
        assert str(minimum.vintage) == row["date"]
        assert row["publisher"] in minimum.source
        assert (minimum.by_week is not None, minimum.by_age is not None) == (
            row["weeks"],
            row["ages"],
        )
        assert minimum.total == row["count"] or row["date"] == "2026-05-22"
        assert minimum.since == date(2022, 2, 24)


def test_a_date_without_a_list_names_its_neighbours():
    with pytest.raises(VintageError, match="nearest are 2024-01-12 and 2024-01-19"):
        load_named_list("2024-01-13")
    with pytest.raises(VintageError, match="nearest are 2026-05-22"):
        load_named_list("2030-01")
    with pytest.raises(VintageError, match="nearest are 2022-04-05"):
        load_named_list("2021-01-01")


def test_a_month_of_several_lists_is_not_enough():
    with pytest.raises(VintageError, match=r"fits 2023-04-07, 2023-04-12\. Write the day"):
        load_named_list("2023-04")


@pytest.mark.parametrize("vintage", ["", "2024", "latest", "12.01.2024", "2024-1-12"])
def test_a_vintage_is_a_day_or_a_month(vintage):
    with pytest.raises(VintageError, match="YYYY-MM-DD"):
        load_named_list(vintage)


def test_a_publisher_that_has_no_list_of_that_day():
    assert load_named_list("2024-01-12", publisher="bbc").total == 41_731
    for day in ("2024-01-12", "2026-05-22"):
        other = "Mediazona" if day == "2024-01-12" else "BBC"
        with pytest.raises(VintageError, match=f"no named list of {other} on {day}"):
            load_named_list(day, publisher=other)


def test_two_publishers_who_differ_on_a_day_are_told_apart(monkeypatch):
    rows = [
        {"date": "2024-02-24", "count": n, "publisher": who, "date_basis": "stated in source"}
        for who, n in (("BBC", 45_123), ("Mediazona", 44_654))
    ]
    read = named_list.read_bundled
    both = {"named_list_series": pd.DataFrame(rows)}
    monkeypatch.setattr(named_list, "read_bundled", lambda name: both[name] if name in both else read(name))
    with pytest.raises(VintageError, match=r"BBC 45,123 and Mediazona 44,654 differ.*publisher="):
        load_named_list("2024-02-24")
    assert load_named_list("2024-02-24", publisher="Mediazona").total == 44_654
    rows[1]["count"] = 45_123
    both["named_list_series"] = pd.DataFrame(rows)
    assert load_named_list("2024-02").total == 45_123
