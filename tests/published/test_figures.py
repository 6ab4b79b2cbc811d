"""Published figures as a table, and those of one period."""

import pandas as pd
import pytest

from estimator.errors import DataError
from estimator.published.figures import COLUMNS, comparable, date_bounds, load_published


def test_columns_and_kinds():
    table = load_published()
    assert tuple(table.columns) == (*COLUMNS, "published_precision")
    assert set(table["kind"]) == {"minimum", "estimate", "claim", "count"}
    by_id = table.set_index("id")
    assert by_id.loc["ukr-gs-2025-02", "kind"] == "claim"
    assert by_id.loc["rumod-2022-09", "kind"] == "claim"
    assert by_id.loc["bbc-2026-02-year2024", "kind"] == "minimum"
    assert by_id.loc["mediazona-2025-12-courts", "kind"] == "count"
    assert table.drop(columns=["estimate", "lower", "upper"]).notna().all(axis=None)


def test_values_as_published():
    by_id = load_published().set_index("id")
    # Demography 2025, doi 10.1215/00703370-11862998, abstract: 58,500 +- 2,500
    assert by_id.loc["kobak-2025-total", ["estimate", "lower", "upper"]].tolist() == [
        58500,
        56000,
        61000,
    ]
    # zona.media, 5 December 2025: 153,171 names
    assert by_id.loc["mediazona-2025-12-minimum", "estimate"] == 153171


def test_partial_dates_stay_text():
    by_id = load_published().set_index("id")
    assert by_id.loc["gchq-2026-05", "published_on"] == "2026-05"
    assert by_id.loc["gchq-2026-05", "published_precision"] == "month"
    assert by_id.loc["france-2024-05", "published_precision"] == "not stated"
    assert by_id.loc["economist-2025-07", "period_end"] == "2025"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024-02-03", "2024-02-03", "2024-02-03"),
    ],
)
def test_date_bounds(text, first, last):
    assert date_bounds(text) == (pd.Timestamp(first), pd.Timestamp(last))


@pytest.mark.parametrize("text", ["", "24-02-2022", "2024-13", "2024-02-30", "early 2024"])
def test_dates_not_understood(text):
    with pytest.raises(DataError, match="date"):
        date_bounds(text)


def test_a_year_compares_with_the_months_of_war_in_it():
    found = set(comparable("2022", "2022")["id"])
    assert {"kobak-2025-2022", "rnd-2023-07-2022", "rnd-2023-07-2022-exact"} <= found
    assert not found & {"kobak-2025-2023", "kobak-2025-total", "rnd-2023-07-total"}


def test_an_end_known_to_the_month_is_not_taken_for_a_day():
    assert "bbc-2025-12" not in set(comparable("2022-02-24", "2025-12-31")["id"])
    assert "rnd-2026-05-total" in set(comparable("2022-02-24", "2025-12-31")["id"])
    assert "bbc-2025-12" in set(comparable("2022-02-24", "2025-12-31", tolerance_days=31)["id"])


def test_quantity_chooses():
    chosen = comparable("2022-02-24", "2024-06-21", quantity="killed + wounded")
    assert chosen["id"].tolist() == ["economist-2024-07"]
    with pytest.raises(DataError, match="no published figure has quantity 'births'"):
        load_published("births")


def test_a_period_backwards_is_refused():
    with pytest.raises(DataError, match="before it starts"):
        comparable("2023", "2022")
