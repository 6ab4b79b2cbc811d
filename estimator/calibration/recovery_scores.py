"""Scores of a recovery study: coverage, bias and the naive estimate, with and without faults."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import beta

from estimator.calibration.recovery import recovery_table

RECENT = {"week": 8, "month": 2}
"""How many periods before a cut are called recent: eight weeks, or two months."""


def recovery_scores(results: Sequence[dict[str, Any]], *, level: float = 0.9) -> dict[str, Any]:
    """Score a recovery study.

    ``coverage`` has one entry a group (without faults, each fault, all) with numbers covered of totals,
    ages and periods; ``cells`` one a single age or period, of all registries at the last cut, with how often
    the truth was ``above`` and ``below`` the interval, since pooled coverage can hide an age that is always
    missed; ``bias`` the mean log error of the median total, with its standard error;
    ``nowcast``, by cut, the periods of war seen, the total up to the cut and the last periods before it,
    with the error of the naive estimate; ``faults`` what the quality report and the checks said, and which
    outages the model was given; ``fits`` how many converged.
    """
    table = recovery_table(results, level=level)
    whole = table[table["cut"].isna()] if table["cut"].isna().any() else table
    groups = {"without faults": whole[whole["fault"] == "none"]}
    groups |= {str(fault): part for fault, part in whole.groupby("fault") if fault != "none"}
    groups["all"] = whole
    return {
        "level": level,
        "coverage": {name: _coverage(part) for name, part in groups.items() if len(part)},
        "cells": _cells(whole),
        "bias": {name: _bias(part[part["kind"] == "total"]) for name, part in groups.items() if len(part)},
        "nowcast": _nowcast(table),
        "faults": [_said(result) for result in results if result["faults"]],
        "fits": {
            "all": sum(len(result["fits"]) for result in results),
            "converged": sum(fit["diagnostics"]["converged"] for result in results for fit in result["fits"]),
        },
    }


def _coverage(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    scores = {}
    for kind, part in table.groupby("kind"):
        covered, number = int(part["covered"].sum()), len(part)
        registries = part["seed"].nunique()
        share = covered / number
        # cells of one registry err together: the interval is as if there were a registry's worth
        scores[str(kind)] = {
            "covered": covered, "of": number, "share": share,
            "lower": float(beta.ppf(0.025, share * registries + 0.5, (1 - share) * registries + 0.5)),
            "upper": float(beta.ppf(0.975, share * registries + 0.5, (1 - share) * registries + 0.5)),
        }  # fmt: skip
    return scores


def _cells(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Score single ages and periods at the last cut, or at the extraction where there is no cut."""
    cut = table["cut"].fillna("")
    single = table[(cut == cut.max()) & (table["kind"] != "total")]
    return [
        {
            "kind": kind, "label": label, **_covered(part),
            "above": int((part["truth"] > part["upper"]).sum()),
            "below": int((part["truth"] < part["lower"]).sum()),
            "mean_log_error": float(part["error"].mean()),
        }
        for (kind, label), part in single.groupby(["kind", "label"])
    ]  # fmt: skip


def _bias(totals: pd.DataFrame) -> dict[str, float]:
    error = totals["error"].to_numpy()
    return {
        "mean_log_error": float(error.mean()),
        "median_log_error": float(np.median(error)),
        "standard_error": float(error.std(ddof=1) / np.sqrt(len(error))) if len(error) > 1 else 0.0,
        "sd": float(error.std(ddof=1)) if len(error) > 1 else 0.0,
        "mean_width": float(np.log(totals["upper"] / totals["lower"]).mean()),
    }


def _nowcast(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Score, by cut, the total up to it and the last periods before it, with their naive estimate's error."""
    periods = table[table["kind"] == "period"]
    gap = pd.to_datetime(periods["label"]).diff().dt.days
    recent = RECENT["week" if (gap == 7).any() else "month"]
    scores = []
    for cut, part in table.groupby(table["cut"].fillna("extraction")):
        months = part[part["kind"] == "period"].sort_values("label")
        last = months.groupby("seed").tail(recent)
        naive = np.log(np.maximum(last["naive"], 1) / np.maximum(last["truth"], 1))
        scores.append({
            "cut": str(cut), "of_war": int(months.groupby("seed").size().max()),
            "total": _covered(part[part["kind"] == "total"]),
            "recent": _covered(last) | {"naive_median_log_error": float(naive.median())},
        })  # fmt: skip
    return scores


def _covered(rows: pd.DataFrame) -> dict[str, Any]:
    width = np.log(rows["upper"] / np.maximum(rows["lower"], 1))
    return {
        "covered": int(rows["covered"].sum()), "of": len(rows), "share": float(rows["covered"].mean()),
        "median_log_error": float(rows["error"].median()), "mean_width": float(width.mean()),
    }  # fmt: skip


def _said(result: dict[str, Any]) -> dict[str, Any]:
    fit = result["fits"][-1]
    total = next(one for one in fit["quantities"] if one["kind"] == "total")
    return {
        "seed": result["seed"], "fault": ",".join(result["faults"]), "rules": result["rules"],
        "alarms": [check["part"] for check in fit["checks"] if check["alarm"]],
        "outages": fit["outages"],
        "rank": total["rank"], "truth": total["truth"],
        "median": total["quantiles"][len(total["quantiles"]) // 2],
    }  # fmt: skip
