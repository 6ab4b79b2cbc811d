"""Rows of a report: of years, of weeks, and where there is no list."""

import pytest

from estimator.report.report import Report
from estimator.report.tables import COLUMNS, estimate_rows
from tests.report.conftest import AGES, annual_estimate


def row(rows, period, age):
    return rows[(rows["period"] == period) & (rows["age"] == age)].iloc[0]


def test_weeks_come_with_calendar_years_and_all_together(weekly, listed):
    rows = estimate_rows(weekly, listed)
    assert tuple(rows.columns) == COLUMNS
    weeks = weekly.draws.sizes["period"]
    assert len(rows) == (weeks + 3) * (len(AGES) + 1)
    together = row(rows, "2022-02-24 to 2023-07-02", "20-34")
    assert together["median"] == float(weekly.total().excess.median())
    assert together["minimum"] == listed.against_dates("2022-02-24", "2023-07-02")
    assert row(rows, "2022-02-21", "20-24")["minimum"] is None
    assert set(rows["vintage"]) == {"2012-01-01"}
    assert together["minimum_vintage"] == "2023-08-01"
    document = Report(weekly, listed).document()
    assert (document["vintage"], document["minimum_vintage"]) == ("2012-01-01", "2023-08-01")
    parts = [
        row(rows, span, "20-34")["mean"] for span in ("2022-02-24 to 2022-12-31", "2023-01-01 to 2023-07-02")
    ]
    assert sum(parts) == pytest.approx(together["mean"])
    assert rows["observed"].isna().all()
    assert Report(weekly).document()["estimates"][0]["observed"] is None


@pytest.mark.parametrize(
    ("dims", "number"), [(("age", "period"), 12), (("period",), 3), (("age",), 4), ((), 1)]
)
def test_summed_dims_have_no_rows(dims, number):
    estimate = annual_estimate().by(*dims)
    rows = estimate_rows(estimate)
    assert len(rows) == number
    total = rows.iloc[-1]
    assert (total["period"], total["age"]) == ("2010-2011", "20-34")
    assert total["median"] == float(estimate.total().excess.median())


def test_regions_are_listed_and_add_up():
    estimate = annual_estimate(regions=["North", "South"])
    document = Report(estimate).document()
    assert [one["region"] for one in document["regions"]] == ["North", "South"]
    assert sum(one["mean"] for one in document["regions"]) == pytest.approx(document["estimates"][-1]["mean"])
    without = Report(annual_estimate(provenance={})).document()
    assert "regions" not in without
    assert (without["vintage"], without["minimum_vintage"]) == ("unknown", None)


def test_a_report_computes_each_table_once(weekly, listed, monkeypatch, tmp_path):
    from estimator.report import tables

    calls = []

    def counted(name, function):
        return lambda *given, **options: calls.append(name) or function(*given, **options)

    def compare(estimate, rows, minimum):
        own = rows.assign(group="", ours=True, ages=rows["age"], name="", vintage="", interval="")
        return own.assign(estimate=own["median"], kind="", population="", quantity="", note="", source="")

    monkeypatch.setattr(tables, "estimate_rows", counted("rows", tables.estimate_rows))
    report = Report(
        weekly, listed, published=counted("comparison", compare),
        weeks=counted("weeks", lambda estimate: None),
    )  # fmt: skip
    assert calls == []
    report.document()
    report.write(tmp_path)
    report.write(tmp_path)
    assert len(report.rows) == len(report.document()["estimates"])
    assert sorted(calls) == ["comparison", "rows", "weeks"]
