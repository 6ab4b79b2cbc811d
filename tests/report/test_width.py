"""At 80 columns no number is cut or broken: tables say there what they say at any width."""

import io
import re
from collections import Counter

import pandas as pd
import pytest
from rich.console import Console

import estimator as est
from estimator.calibration.scores import LEVELS
from estimator.published.figures import load_published
from estimator.report.console.published import figures_table
from estimator.report.console.report import replication_table, report_parts
from estimator.report.console.studies import (
    known_truth_table,
    multiverse_parts,
    placebo_nuts_table,
    placebo_parts,
    recovery_tables,
    sbc_table,
)
from estimator.report.console.synthesis import (
    backtest_parts,
    contributions_table,
    nowcast_table,
    periods_table,
    present_backtest_parts,
    published_table,
    weeks_table,
)
from estimator.report.report import Report
from tests.report.conftest import annual_estimate

ADDRESS = re.compile(r"\S+/\S*")
NUMBER = re.compile(r"[-+<>]?\d[\d,.]*%?")
HUNDREDS = 40
"""Thousands of deaths, as in the largest wars that are estimated."""


def print_all(console, parts):
    for part in parts:
        console.print(part)


def report(console):
    estimate = annual_estimate()
    estimate = est.Estimate(
        estimate.draws * HUNDREDS, "deaths", estimate.diagnostics, estimate.provenance,
        (2010, 2011), "20-34",
    )  # fmt: skip
    weeks = pd.date_range("2010-01-04", "2011-12-26", freq="7D")
    names = est.DocumentedMinimum(
        total=218_216, vintage="2012-02-01", source="a list", population="soldiers",
        by_week=pd.Series(2_000, index=weeks),
    )  # fmt: skip
    published = pd.DataFrame(
        [(name, period, 58_500.0, 56_000.0, 61_000.0, "1 SD")
         for name in ("Kobak et al. 2025", "registry, May 2026")
         for period in ("2010", "2011", "2010-2011")],
        columns=["name", "period", "estimate", "lower", "upper", "interval"],
    )  # fmt: skip
    print_all(console, report_parts(Report(estimate, names, totals=published)))


def replicated(console):
    part = {"cells": 216, "mismatches": 12, "max_abs_difference": 12_345.6789}
    console.print(replication_table({name: part for name in ("ratio2025", "rosstat2023")}))


def figures(console):
    console.print(figures_table(load_published()))


RULES = ("registry-excess", "ratio-5", "ratio-10", "constant ratio", "structural")


def placebo(console):
    row = {f"coverage_{level}": 1.0 for level in LEVELS} | {
        "crps": 0.1234, "crps_ratio": 12.345, "crps_ratio_low": 10.12, "crps_ratio_high": 14.56,
        "rmse_ratio": 12.345, "bias": -0.123,
    }  # fmt: skip
    cells = {"all": {"number": 12_345, "coverage": {"95": 0.951}}}
    document = {"windows": 12_840, "fits": 12_840, "unconverged": 12,
                "rules": {"registry-excess": {"cells": cells}}}  # fmt: skip
    print_all(console, placebo_parts(pd.DataFrame([row] * 5, index=list(RULES)), document))


def engines(console):
    row = {
        "territory": "rosstat_deaths: Karachay-Cherkess Republic", "converged": False,
        "origin": 2010, "year": 2014, "mean": 123_456.0, "sd": 12_345.0, "mean_nuts": 123_457.0,
        "sd_nuts": 12_346.0, "difference": -0.123,
    }  # fmt: skip
    console.print(placebo_nuts_table(pd.DataFrame([row])))


def known_truth(console):
    row = {
        "truth": 1_619_596.0, "estimate": 1_633_868.0, "error_relative": 0.123, "lower": 1_621_392.0,
        "upper": 1_646_295.0, "covered": False, "crps": 10_777.0, "cells": 35, "coverage_95": 0.51,
        "cell_crps": 1_431.0,
    }  # fmt: skip
    console.print(known_truth_table(pd.DataFrame([row] * 3, index=list(RULES[:3]))))


def multiverse(console):
    row = {
        "specifications": 720, "period": "2022-2023", "default": 47_870.0, "lower": 22_695.0,
        "upper": 70_167.0, "lowest_median": 31_234.0, "highest_median": 64_321.0,
        "stacked": 48_765.0, "stacked_lower": 23_456.0, "stacked_upper": 71_234.0,
        "above_zero": 0.97, "unconverged": 3,
    }  # fmt: skip
    weight = {"baseline": "2000-2019", "trend": "damped", "weight": 0.98, "log_density": -12.345,
              "windows": 128}  # fmt: skip
    print_all(console, multiverse_parts(pd.DataFrame([row]), pd.DataFrame([weight]), "2025-03-25"))


def recovery(console):
    part = {name: {"covered": 100, "of": 120} for name in ("total", "age", "period")}
    bias = {"mean_log_error": -0.123, "standard_error": 0.045}
    scored = {"covered": 110, "of": 120, "median_log_error": -0.12, "naive_median_log_error": -0.87}
    console.print(*recovery_tables({
        "level": 0.9, "coverage": {"without a fault": part, "with a fault": part},
        "bias": {"without a fault": bias, "with a fault": bias},
        "fits": {"converged": 39, "all": 40},
        "cells": [
            {"label": f"2022-0{month}-01", "covered": 110, "of": 120, "above": 7, "below": 3,
             "mean_log_error": -0.123}
            for month in (1, 2)
        ],
        "nowcast": [
            {"cut": f"2023-0{month}-15", "of_war": 12, "total": scored, "recent": scored}
            for month in (1, 2)
        ],
        "faults": [
            {"fault": "duplicated batches", "truth": 123_456.0, "median": 123_456.0, "rank": 0.12,
             "rules": {"repeated rows": 12_345, "impossible dates": 1_234}, "alarms": ["delays"],
             "outages": [["2022-09-01", "2022-12-31"]]}
        ],
    }))  # fmt: skip


def ranks(console):
    row = {"quantity": "log_sex_ratio at ages 45-49", "probability": 0.123, "corrected": 0.999,
           "mean": 1.02, "sd": 0.98}  # fmt: skip
    console.print(sbc_table({"replicates": 500, "quantities": [row] * 3, "unconverged": 12}))


def bounds(name, value):
    return {name: value, f"{name}_lower": value, f"{name}_upper": value}


def weeks(console):
    row = bounds("deaths", 1_234_567.0) | bounds("cumulative_deaths", 1_234_567.0)
    console.print(weeks_table([row | {"week": "2022-02-24", "completeness": 0.123, "basis": "published"}]))


def answer(console):
    whole = {"median": 1_234_567.0, "lower": 1_012_345.0, "upper": 1_456_789.0}
    row = bounds("war_dead", 1_234_567.0) | bounds("ordinary", 1_234_567.0) | bounds("late", 1_234_567.0)
    row |= {"period": "to 2025-12-28", "partly": "publisher's forecast", "named": 218_216}
    source = {"name": "published estimates of the registry", "share": 0.9, "shift": -0.12, "without": whole}
    total = bounds("ours", 1_234_567.0) | {
        "to": "2025-12-31", "publisher": "Mediazona and Meduza", "published_on": "2026-05-09",
        "estimate": None, "lower": 352_000.0, "upper": 412_000.0,
    }  # fmt: skip
    console.print(periods_table([row]), contributions_table([source]), published_table([total]))


def answer_backtest(console):
    row = {"median": 123_456.0, "lower": 101_234.0, "upper": 145_678.0, "later": 312_345.0} | {
        "as_of": "2025-08-29", "period": "to the day", "lower_bound": True, "covered": True,
        "published": 220_000.0,
    }  # fmt: skip
    summary = {
        "days": 10, "deaths_covered": 9, "ordinary_covered": 9, "half_years": 102,
        "half_years_covered": 0.95, "crps": 12_345.6, "rivals": {"published": 54_321.0},
    }  # fmt: skip
    rows = [row | {"quantity": "deaths"}, row | {"quantity": "ordinary"}]
    document = {"rows": rows, "summary": summary, "rivals": {"published": "the last published total"}}
    print_all(console, present_backtest_parts(document))


def nowcast(console):
    names = ("named", "mean", "median", "lower", "upper")
    index = pd.DatetimeIndex(["2022-02-24"])
    console.print(nowcast_table(pd.DataFrame(dict.fromkeys(names, 1_234_567.0), index=index)))


def backtest(console):
    names = ("named", "observed", "median", "lower", "upper", "chain_ladder")
    row = dict.fromkeys(names, 123_456.7) | {"vintage": "2024-12-30", "weeks_covered": 0.95}
    row |= {"weeks_crps": 123.4, "weeks_chain_ladder_crps": 123.4}
    scores = (
        "coverage_90",
        "coverage_95",
        "crps",
        "chain_ladder_crps",
        "crps_gain",
        "median_error",
    )
    summary = dict.fromkeys(scores, 0.5) | {"vintages": 12, "weeks": 1_234}
    print_all(console, backtest_parts({"vintages": [row], "summary": summary}))


TABLES = [report, replicated, figures, placebo, engines, known_truth, multiverse, recovery, ranks,
          weeks, answer, answer_backtest, nowcast, backtest]  # fmt: skip


def shown(table, width):
    console = Console(width=width, file=io.StringIO(), highlight=False, markup=False)
    table(console)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_at_any_width_no_number_is_cut(table, width):
    narrow, wide = (shown(table, columns) for columns in (width, 400))
    assert max(map(len, narrow.splitlines())) <= width
    assert "…" not in narrow
    numbers = [Counter(NUMBER.findall(ADDRESS.sub("", text))) for text in (narrow, wide)]
    assert not numbers[1] - numbers[0]
    assert set(numbers[0]) == set(numbers[1])  # a record repeats headings


@pytest.mark.parametrize("width", [40, 60])
def test_a_title_is_as_wide_as_the_terminal(width):
    lines = shown(report, width).splitlines()
    assert lines[0].startswith("Excess male deaths, ages 20-34, with")


def test_a_level_is_not_rounded_to_100_percent():
    console = Console(width=80, file=io.StringIO())
    print_all(console, report_parts(Report(annual_estimate(), None, level=0.9999)))
    assert "99.99% intervals" in console.file.getvalue()


def test_bounds_of_totals_stay_on_one_line():
    assert len(re.findall(r"[-\d,]+ to [-\d,]+ ", shown(report, 80))) >= 9
