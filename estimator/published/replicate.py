"""Published figures recomputed from bundled inputs and compared with what was printed."""

from typing import Any

import pandas as pd

from estimator.data.bundled import read_bundled
from estimator.published import ratio2025, registry2023

VARIANT = ["hiv_subtracted", "trend", "fit_years"]
TOTAL = "15-49"
ROUNDING = 1e-9  # of binary fractions, so that a difference of exactly half a digit still matches


def compare(published: pd.Series, recomputed: pd.Series, decimals: int) -> pd.DataFrame:
    """Compare recomputed values with printed ones: half a unit of the last printed decimal is tolerated.

    Columns published, recomputed, difference, tolerance and matches, indexed as `published`; a cell that is
    missing or NaN in `recomputed` is a mismatch.
    """
    frame = pd.DataFrame({"published": published, "recomputed": recomputed.reindex(published.index)})
    frame["difference"] = frame["recomputed"] - frame["published"]
    frame["tolerance"] = 0.5 * 10.0**-decimals
    frame["matches"] = frame["difference"].abs() <= frame["tolerance"] + ROUNDING
    return frame


def ratio2025_frame() -> pd.DataFrame:
    """Compare all twelve variants: excess and standard deviation by age and year, and 15-49.

    As from `compare`, indexed by variant, age, year and quantity.
    """
    key = [*VARIANT, "age", "year"]
    stacked = [
        table.set_index(key).rename_axis(columns="quantity").stack()
        for table in (read_bundled("ratio2025_model_variants"), ratio2025.variants())
    ]
    return compare(stacked[0], stacked[1], decimals=3)


def rnd2023_frame() -> pd.DataFrame:
    """Compare what the July 2023 registry publication prints with what follows from its inputs.

    Shares and Wald intervals of the matched sample (percent, six decimals); deaths of 2022 with
    bounds from deaths and capture by age against the weekly series; totals of the weekly series. As from
    `compare`, indexed by check and cell.
    """
    printed = read_bundled("rnd2023_capture_intervals").set_index("age_low").filter(like="military")
    printed.columns = pd.Index(["share", "lower", "upper"])
    shares = 100 * registry2023.capture()[["share", "lower", "upper"]]
    weeks = pd.Series(registry2023.weekly_total(registry2023.LAST_WEEK_OF_2022))
    all_weeks = pd.Series(registry2023.weekly_total())
    ages = registry2023.by_age_2022()[["estimate", "lower", "upper"]].sum()
    figures = read_bundled("published_figures").set_index("id")[["estimate", "lower", "upper"]]
    parts = {
        "capture of the matched sample, percent": compare(_cells(printed), _cells(shares), 6),
        "2022, ages against weeks": compare(weeks, ages, 2),
        "2022, weeks": compare(figures.loc["rnd-2023-07-2022-exact"], weeks, 2),
        "65 weeks": compare(figures.loc["rnd-2023-07-total-exact"], all_weeks, 2),
    }
    return pd.concat(parts, names=["check", "cell"])


def rosstat2023_frame() -> pd.DataFrame:
    """Compare the Rosstat sex-ratio figures of July 2023, by age, indexed by check and cell."""
    recomputed = registry2023.rosstat_ratio_2022()
    chart = read_bundled("rnd2023_estimates_by_age_2022")
    chart.index = pd.Index([f"{low}-{low + 4}" for low in chart["age_low"]])
    stem = "rosstat-2023-07-2022-"
    figures = read_bundled("published_figures").set_index("id")
    figures = figures[figures.index.str.startswith(stem)]
    figures.index = figures.index.str.removeprefix(stem).str.replace("exact", TOTAL)
    margin = (figures["upper"] - figures["lower"]) / 2
    parts = {
        "chart data": compare(chart["rosstat_ratio_estimate_2022"], recomputed["excess"], 4),
        "printed excess": compare(figures["estimate"], recomputed["excess"], 0),
        "printed margin of 2 SD": compare(margin, recomputed["margin"], 0),
    }
    return pd.concat(parts, names=["check", "cell"])


def replicate() -> dict[str, Any]:
    """Recompute the published estimators and count the cells that differ from print.

    Returns
    -------
    dict
        Ready for JSON. For each publication: cells, mismatches and max_abs_difference; for
        ``ratio2025`` also the totals of ages 15-49 (five years, linear), rounded to persons; for
        ``rnd2023`` the 20-24 chain from weekly counts, which has a known difference (see
        `estimator.published.registry2023`) and is not among the cells.
    """
    ratio = ratio2025_frame()
    is_total = ratio.index.get_level_values("age") == TOTAL
    ages = _summary(ratio[~is_total], cells=[*VARIANT, "age", "year"])
    chain = float(registry2023.chain_20_24()["deaths"].sum())
    by_age = read_bundled("rnd2023_estimates_by_age_2022").set_index("age_low")
    printed = float(by_age.loc[20, "registry_estimate_2022"])
    ratio_totals = {
        "hiv_subtracted": _five_year_totals(ratio, 1), "raw": _five_year_totals(ratio, 0),
    }  # fmt: skip
    check = _summary(ratio[is_total], cells=[*VARIANT, "year"])
    weeks = {
        "2022": registry2023.weekly_total(registry2023.LAST_WEEK_OF_2022),
        "65 weeks": registry2023.weekly_total(),
    }
    chains = {"recomputed": chain, "published": printed, "difference": chain - printed}
    return {
        "ratio2025": {**ages, "totals": ratio_totals, "totals_check": check},
        "rnd2023": {**_summary(rnd2023_frame()), "totals": weeks, "chain_20_24": chains},
        "rosstat2023": _summary(rosstat2023_frame()),
    }


def _cells(table: pd.DataFrame) -> pd.Series:
    cells = table.stack()
    cells.index = pd.Index([f"{age} {name}" for age, name in cells.index])
    return cells


def _summary(frame: pd.DataFrame, cells: list[str] | None = None) -> dict[str, Any]:
    matches = frame["matches"] if cells is None else frame.groupby(cells)["matches"].all()
    return {
        "cells": len(matches),
        "mismatches": int((~matches).sum()),
        "max_abs_difference": float(frame["difference"].abs().max()),
    }


def _five_year_totals(ratio: pd.DataFrame, hiv_subtracted: int) -> dict[str, int]:
    by_year = ratio["recomputed"].loc[(hiv_subtracted, "lin", 5, TOTAL, slice(None), "excess")]
    totals = dict(zip(("2022", "2023", "2022-2023"), [*by_year, by_year.sum()]))
    return {period: round(float(value)) for period, value in totals.items()}
