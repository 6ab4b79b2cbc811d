"""Tables of studies for the terminal."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from estimator.report.console import Columns, records_table, table

OURS = "registry-excess"


def placebo_parts(board: pd.DataFrame, document: dict[str, Any]) -> Iterator[Any]:
    """Yield the scoreboard of a placebo study, one row a method, and how its fits went."""
    columns = {
        "rule": "{rule}", "50%": "{coverage_50:.1%}", "80%": "{coverage_80:.1%}",
        "95%": "{coverage_95:.1%}", "crps": "{crps:.2%}", "crps ratio": "{crps_ratio:.3f}{bounds}",
        "rmse\nratio": "{rmse_ratio:.3f}", "bias": "{bias:+.1%}",
    }  # fmt: skip
    rows = ({"rule": rule, "bounds": _bounds(row), **row} for rule, row in board.iterrows())
    title = f"Placebo: coverage and scores of the total, {document['windows']} windows"
    yield records_table(title, rows, columns)
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


def placebo_sums_table(board: pd.DataFrame) -> Columns:
    """Lay out coverage of the sum of regions, one row a way of forecasting it."""
    columns = {
        "sum of regions": "{rule}", "windows": "{windows}", "50%": "{coverage_50:.1%}",
        "80%": "{coverage_80:.1%}", "95%": "{coverage_95:.1%}", "crps": "{crps:.2%}", "bias": "{bias:+.1%}",
    }  # fmt: skip
    rows = board.reset_index().to_dict("records")
    return records_table("The sum of all regions, and the nation's own model", rows, columns)


def _bounds(row: pd.Series) -> str:
    low, high = row.get("crps_ratio_low"), row.get("crps_ratio_high")
    return "" if low is None or low != low or low == high else f" ({low:.2f}-{high:.2f})"


def placebo_nuts_table(again: pd.DataFrame) -> Columns:
    """Lay out windows fitted by both engines, as `refit_with_nuts` returns them."""
    columns = {
        "territory": "{territory}{note}", "origin": "{origin}", "year": "{year}", "mean": "{mean:,.0f}",
        "sd": "{sd:,.0f}", "NUTS mean": "{mean_nuts:,.0f}", "NUTS sd": "{sd_nuts:,.0f}",
        "difference, sd": "{difference:+.2f}",
    }  # fmt: skip
    notes = again["converged"].map({True: "", False: " (did not converge)"})
    return records_table("The same windows with NUTS", again.assign(note=notes).to_dict("records"), columns)


def known_truth_table(summary: pd.DataFrame) -> Columns:
    """Lay out a study of known truth: one column a method."""
    lines = {
        "truth": "{truth:,.0f}", "estimate": "{estimate:,.0f}", "error": "{error_relative:+.1%}",
        "95% interval": "{lower:,.0f} to {upper:,.0f}", "contains the truth": "{contains}",
        "crps": "{crps:,.0f}", "age-year cells": "{cells}", "95% covers cells": "{coverage_95:.0%}",
        "mean cell crps": "{cell_crps:,.0f}",
    }  # fmt: skip
    contains = summary["covered"].map({True: "yes", False: "no"})
    methods = summary.assign(contains=contains).to_dict("records")
    rows = ((name, *(cell.format(**row) for row in methods)) for name, cell in lines.items())
    return table("Known truth", ("", *map(str, summary.index)), rows)


def sbc_table(document: dict[str, Any]) -> Columns:
    """Lay out whether ranks are uniform, one row a quantity."""
    columns = {
        "quantity": "{quantity}", "p": "{probability:.3f}", "p, corrected": "{corrected:.3f}",
        "mean": "{mean:.2f}", "sd": "{sd:.2f}",
    }  # fmt: skip
    return records_table(
        f"Ranks of {document['replicates']} replicates", document["quantities"], columns,
        caption=f"mean and sd are 1 where calibrated; {document['unconverged']} did not converge",
    )  # fmt: skip


def multiverse_parts(summary: pd.DataFrame, weights: pd.DataFrame, vintage: str) -> Iterator[Any]:
    """Yield the range of estimates over specifications, and the weights of their mixture."""
    columns = {
        "": "{period}", "default": "{default:,.0f}\n{lower:,.0f} to {upper:,.0f}",
        "medians from": "{lowest_median:,.0f}", "to": "{highest_median:,.0f}",
        "stacked by placebo": "{stacked:,.0f}\n{stacked_lower:,.0f} to {stacked_upper:,.0f}",
        "lower above 0": "{above_zero:.0%}",
    }  # fmt: skip
    yield records_table(
        f"Excess under {summary['specifications'].iloc[0]} specifications",
        summary.to_dict("records"), columns, caption=f"Rosstat, vintage {vintage}",
    )  # fmt: skip
    columns = {
        "baseline": "{baseline}", "trend": "{trend}", "weight": "{weight:.2f}",
        "mean log density": "{log_density:.3f}",
    }  # fmt: skip
    title = f"Weights, from {weights['windows'].iloc[0]} placebo windows"
    yield records_table(title, weights.to_dict("records"), columns, text=2)
    if failed := int(summary["unconverged"].iloc[0]):
        yield f"{failed} specifications did not converge; they are in the range all the same."


def recovery_tables(scores: dict[str, Any]) -> list[Columns]:
    """Return tables of coverage and bias, of single ages and periods, of nowcasts, and of noticed faults.

    `scores` is what `estimator.calibration.recovery_scores.recovery_scores` returns.
    """
    tables = [_coverage(scores), _cells(scores)]
    if len(scores["nowcast"]) > 1:
        tables.append(_nowcast(scores))
    if scores["faults"]:
        tables.append(_faults(scores))
    return tables


def _coverage(scores: dict[str, Any]) -> Columns:
    columns = {
        "registries": "{name}", "total": "{total[covered]} of {total[of]}",
        "by age": "{age[covered]} of {age[of]}", "by period": "{period[covered]} of {period[of]}",
        "bias of the median": "{mean_log_error:+.1%}", "± 1 SE": "{standard_error:.1%}",
    }  # fmt: skip
    parts = scores["coverage"].items()
    rows = [{"name": name, **part, **scores["bias"][name]} for name, part in parts]
    return records_table(
        f"{100 * scores['level']:g}% intervals that contain the truth", rows, columns,
        caption=f"{scores['fits']['converged']} of {scores['fits']['all']} fits converged",
    )  # fmt: skip


def _cells(scores: dict[str, Any]) -> Columns:
    columns = {
        "age or period": "{label}", "contained": "{covered} of {of}", "truth above": "{above}",
        "truth below": "{below}", "mean error of the median": "{mean_log_error:+.0%}",
    }  # fmt: skip
    return records_table(
        "Each age and each period", scores["cells"], columns, caption="all registries, last cut"
    )


def _nowcast(scores: dict[str, Any]) -> Columns:
    columns = {
        "cut": "{cut}", "periods of war": "{of_war}",
        "total": "{total[covered]} of {total[of]}", "median error": "{total[median_log_error]:+.0%}",
        "last periods": "{recent[covered]} of {recent[of]}",
        "their error": "{recent[median_log_error]:+.0%}",
        "their naive error": "{recent[naive_median_log_error]:+.0%}",
    }  # fmt: skip
    title = "Replayed: the total up to each cut, and the last two months or eight weeks before it"
    return records_table(title, scores["nowcast"], columns)


def _faults(scores: dict[str, Any]) -> Columns:
    columns = {
        "fault": "{fault}", "quality report": "{report}", "checks": "{checks}",
        "truth": "{truth:,.0f}", "median": "{median:,.0f}", "rank": "{rank:.2f}",
    }  # fmt: skip
    rows = []
    for row in scores["faults"]:
        rules = ", ".join(f"{name} {count:,}" for name, count in row["rules"].items())
        outages = [f"outage from {first} to {last}" for first, last in row["outages"]]
        checks = ", ".join([*row["alarms"], *outages])
        rows.append(row | {"report": rules or "nothing", "checks": checks or "nothing"})
    return records_table("Faults, and what noticed them", rows, columns, text=3)
