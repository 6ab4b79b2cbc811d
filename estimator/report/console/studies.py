"""Tables of a recovery study for the terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table


def recovery_tables(scores: dict[str, Any]) -> list[Table]:
    """Return tables of coverage and bias, of nowcasts, and of what faults were told of.

    Parameters
    ----------
    scores : dict
        As `estimator.calibration.recovery_scores.recovery_scores` returns it.
    """
    tables = [_coverage(scores)]
    if len(scores["nowcast"]) > 1:
        tables.append(_nowcast(scores))
    if scores["faults"]:
        tables.append(_faults(scores))
    return tables


def _coverage(scores: dict[str, Any]) -> Table:
    table = Table(title=f"{scores['level']:.0%} intervals that contain the truth")
    for column in ("registries", "total", "by age", "by period", "bias of the median", "± 1 SE"):
        table.add_column(column, justify="left" if column == "registries" else "right")
    for name, part in scores["coverage"].items():
        bias = scores["bias"][name]
        cells = [f"{part[k]['covered']} of {part[k]['of']}" for k in ("total", "age", "period")]
        table.add_row(
            name, *cells, f"{bias['mean_log_error']:+.1%}", f"{bias['standard_error']:.1%}"
        )
    fits = scores["fits"]
    table.caption = f"{fits['converged']} of {fits['all']} fits converged"
    return table


def _nowcast(scores: dict[str, Any]) -> Table:
    table = Table(title="The last weeks before each cut")
    for column in ("cut", "covered", "share", "median error", "naive median error"):
        table.add_column(column, justify="left" if column == "cut" else "right")
    for row in scores["nowcast"]:
        table.add_row(
            row["cut"], f"{row['covered']} of {row['periods']}", f"{row['share']:.0%}",
            f"{row['median_log_error']:+.0%}", f"{row['naive_median_log_error']:+.0%}",
        )  # fmt: skip
    return table


def _faults(scores: dict[str, Any]) -> Table:
    table = Table(title="Faults, and what was said of them")
    for column in ("fault", "truth", "median", "rank", "quality report", "checks"):
        table.add_column(
            column, justify="right" if column in ("truth", "median", "rank") else "left"
        )
    for row in scores["faults"]:
        rules = ", ".join(f"{name} {count:,}" for name, count in row["rules"].items())
        table.add_row(
            row["fault"], f"{row['truth']:,.0f}", f"{row['median']:,.0f}", f"{row['rank']:.2f}",
            rules or "nothing", ", ".join(row["alarms"]) or "nothing",
        )  # fmt: skip
    return table
