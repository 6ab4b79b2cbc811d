"""Tables of studies for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.table import Table

from estimator.report.console import table

OURS = "registry-excess"


def placebo_parts(board: pd.DataFrame, document: dict[str, Any]) -> Iterator[Any]:
    """Yield the scoreboard of a placebo study, one row a method, and how its fits went."""
    headings = ("rule", "50%", "80%", "95%", "crps", "crps ratio", "rmse\nratio", "bias")
    rows = (
        (
            str(rule), *(f"{row[f'coverage_{level}']:.1%}" for level in (50, 80, 95)),
            f"{row['crps']:.2%}", f"{row['crps_ratio']:.3f}{_bounds(row, 'crps_ratio')}",
            f"{row['rmse_ratio']:.3f}", f"{row['bias']:+.1%}",
        )
        for rule, row in board.iterrows()
    )  # fmt: skip
    title = f"Placebo: coverage and scores of the total, {document['windows']} windows"
    yield table(title, headings, rows)
    yield (
        f"{document['fits']} fits, {document['unconverged']} unconverged. crps and bias are relative to "
        "the count; ratios are to ratio-5, with 95% bootstrap intervals over territories."
    )
    cover = [
        f"{part['number']:,} {name} {part['coverage']['95']:.1%}"
        for name, part in document["rules"][OURS]["cells"].items()
        if part["number"]
    ]
    yield f"95% intervals of age cells cover: {', '.join(cover)}."


def _bounds(row: pd.Series, name: str) -> str:
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return "" if low is None or low != low or low == high else f" ({low:.2f}-{high:.2f})"


def placebo_nuts_table(again: pd.DataFrame) -> Table:
    """Lay out windows fitted by both engines, as `refit_with_nuts` returns them."""
    headings = (
        "territory", "origin", "year", "mean", "sd", "NUTS mean", "NUTS sd", "difference, sd",
    )  # fmt: skip
    rows = (
        (
            f"{row.territory}{'' if row.converged else ' (did not converge)'}",
            str(row.origin), str(row.year), f"{row.mean:,.0f}", f"{row.sd:,.0f}",
            f"{row.mean_nuts:,.0f}", f"{row.sd_nuts:,.0f}", f"{row.difference:+.2f}",
        )
        for row in again.itertuples()
    )  # fmt: skip
    return table("The same windows with NUTS", headings, rows)


def known_truth_table(summary: pd.DataFrame) -> Table:
    """Lay out a study of known truth: one column a method."""
    lines = {
        "truth": lambda row: f"{row['truth']:,.0f}",
        "estimate": lambda row: f"{row['estimate']:,.0f}",
        "error": lambda row: f"{row['error_relative']:+.1%}",
        "95% interval": lambda row: f"{row['lower']:,.0f} to {row['upper']:,.0f}",
        "contains the truth": lambda row: "yes" if row["covered"] else "no",
        "crps": lambda row: f"{row['crps']:,.0f}",
        "age-year cells": lambda row: f"{row['cells']}",
        "95% covers cells": lambda row: f"{row['coverage_95']:.0%}",
        "mean cell crps": lambda row: f"{row['cell_crps']:,.0f}",
    }
    rows = ((name, *(write(row) for _, row in summary.iterrows())) for name, write in lines.items())
    return table("Known truth", ("", *map(str, summary.index)), rows)


def sbc_table(document: dict[str, Any]) -> Table:
    """Lay out whether ranks are uniform, one row a quantity."""
    rows = (
        (
            row["quantity"], f"{row['probability']:.3f}", f"{row['corrected']:.3f}",
            f"{row['mean']:.2f}", f"{row['sd']:.2f}",
        )
        for row in document["quantities"]
    )  # fmt: skip
    return table(
        f"Ranks of {document['replicates']} replicates",
        ("quantity", "p", "p, corrected", "mean", "sd"), rows,
        caption=f"mean and sd are 1 where calibrated; {document['unconverged']} did not converge",
    )  # fmt: skip


def multiverse_parts(summary: pd.DataFrame, weights: pd.DataFrame, vintage: str) -> Iterator[Any]:
    """Yield the range of estimates over specifications, and the weights of their mixture."""
    rows = (
        (
            row["period"], f"{row['default']:,.0f}\n{row['lower']:,.0f} to {row['upper']:,.0f}",
            f"{row['lowest_median']:,.0f}", f"{row['highest_median']:,.0f}",
            f"{row['stacked']:,.0f}\n{row['stacked_lower']:,.0f} to {row['stacked_upper']:,.0f}",
            f"{row['above_zero']:.0%}",
        )
        for row in summary.to_dict("records")
    )  # fmt: skip
    yield table(
        f"Excess under {summary['specifications'].iloc[0]} specifications",
        ("", "default", "medians from", "to", "stacked by placebo", "lower above 0"), rows,
        caption=f"Rosstat, vintage {vintage}",
    )  # fmt: skip
    weighed = (
        (row["baseline"], row["trend"], f"{row['weight']:.2f}", f"{row['log_density']:.3f}")
        for row in weights.to_dict("records")
    )
    yield table(
        f"Weights, from {weights['windows'].iloc[0]} placebo windows",
        ("baseline", "trend", "weight", "mean log density"), weighed, text=2,
    )  # fmt: skip
    if failed := int(summary["unconverged"].iloc[0]):
        yield f"{failed} specifications did not converge; they are in the range all the same."


def recovery_tables(scores: dict[str, Any]) -> list[Table]:
    """Return tables of coverage and bias, of nowcasts, and of what faults were noticed.

    `scores` is what `estimator.calibration.recovery_scores.recovery_scores` returns.
    """
    tables = [_coverage(scores)]
    if len(scores["nowcast"]) > 1:
        tables.append(_nowcast(scores))
    if scores["faults"]:
        tables.append(_faults(scores))
    return tables


def _coverage(scores: dict[str, Any]) -> Table:
    rows = []
    for name, part in scores["coverage"].items():
        bias = scores["bias"][name]
        cells = [f"{part[k]['covered']} of {part[k]['of']}" for k in ("total", "age", "period")]
        rows.append(
            (name, *cells, f"{bias['mean_log_error']:+.1%}", f"{bias['standard_error']:.1%}")
        )
    return table(
        f"{scores['level']:.0%} intervals that contain the truth",
        ("registries", "total", "by age", "by period", "bias of the median", "± 1 SE"), rows,
        caption=f"{scores['fits']['converged']} of {scores['fits']['all']} fits converged",
    )  # fmt: skip


def _nowcast(scores: dict[str, Any]) -> Table:
    rows = (
        (
            row["cut"], f"{row['covered']} of {row['periods']}", f"{row['share']:.0%}",
            f"{row['median_log_error']:+.0%}", f"{row['naive_median_log_error']:+.0%}",
        )
        for row in scores["nowcast"]
    )  # fmt: skip
    headings = ("cut", "covered", "share", "median error", "naive median error")
    return table("The last weeks before each cut", headings, rows)


def _faults(scores: dict[str, Any]) -> Table:
    rows = []
    for row in scores["faults"]:
        rules = ", ".join(f"{name} {count:,}" for name, count in row["rules"].items())
        rows.append((
            row["fault"], rules or "nothing", ", ".join(row["alarms"]) or "nothing",
            f"{row['truth']:,.0f}", f"{row['median']:,.0f}", f"{row['rank']:.2f}",
        ))  # fmt: skip
    headings = ("fault", "quality report", "checks", "truth", "median", "rank")
    return table("Faults, and what noticed them", headings, rows, text=3)
