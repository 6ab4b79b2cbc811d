"""Tables for the terminal."""

from __future__ import annotations

from textwrap import fill
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from estimator.data.minimum import DocumentedMinimum
from estimator.estimate.estimate import Estimate
from estimator.report.prose import (
    known_in_words,
    missed_deaths,
    place_of,
    probability,
)
from estimator.report.tables import estimate_rows


def print_report(
    console: Console,
    estimate: Estimate,
    minimum: DocumentedMinimum | None,
    published: pd.DataFrame | None,
    *,
    level: float = 0.95,
) -> None:
    """Print the answer: totals against the minimum and what was published, then ages, then diagnostics.

    Parameters
    ----------
    console : rich.console.Console
        Where to.
    estimate, minimum, level
        As for `estimate_rows`.
    published : DataFrame or None
        Published estimates beside ours: period, publisher, estimate, lower, upper, interval_level.
    """
    rows = estimate_rows(estimate, minimum, level=level)
    if not estimate.converged:
        problems = "; ".join(estimate.diagnostics["problems"])
        console.print(f"[bold red]NOT CONVERGED[/]: {problems}. Do not quote these figures.")
    shown = rows
    if estimate.dates is not None:  # weeks and months are in the files
        labels = [period.label for period in estimate.reporting_periods()]
        shown = rows[rows["period"].isin(labels)]
    console.print(_totals(shown[shown["age"] == estimate.ages], estimate, published))
    console.print(_ages(shown[shown["age"] != estimate.ages], estimate))
    if minimum is not None:
        console.print(f"{minimum}", style="dim", highlight=False)
    of_cases = estimate.dates is not None
    source = (estimate.provenance.get("data") or {}).get("source", "unnamed")
    counted = "Cases" if of_cases else estimate.unit.capitalize()
    told = f"{counted}: {source}; {known_in_words(estimate, minimum)}"
    console.print(told, style="bold" if of_cases else "dim", highlight=False, markup=False)
    if minimum is not None and not of_cases:
        console.print(missed_deaths(estimate, listed=True), style="dim", highlight=False)
    console.print(describe_diagnostics(estimate), style="dim", highlight=False)


def describe_diagnostics(estimate: Estimate) -> str:
    """Say in words how the posterior was sampled and whether it converged."""
    found = estimate.diagnostics
    parts = [f"engine {found['engine']}, {found['draws']:,} draws"]
    if found.get("pareto_k") is not None:
        parts.append(f"Pareto k-hat {found['pareto_k']:.2f} (below 0.7)")
    if found.get("max_rhat") is not None:
        parts.append(f"R-hat at most {found['max_rhat']:.3f}")
    if found.get("min_ess_bulk") is not None:
        parts.append(f"effective sample size at least {found['min_ess_bulk']:.0f}")
    if found.get("divergences") is not None:
        parts.append(f"{found['divergences']} divergences")
    verdict = "converged" if estimate.converged else "NOT converged"
    return f"{verdict}: {', '.join(parts)}; seed {estimate.provenance.get('seed')}"


def _totals(rows: pd.DataFrame, estimate: Estimate, published: pd.DataFrame | None) -> Table:
    level = rows["level"].iloc[0]
    sex = estimate.provenance.get("target_sex", "male")
    what = "" if estimate.dates is not None else "Excess "
    title = f"{what}{sex} {estimate.unit}, ages {estimate.ages}, {level:.0%} intervals below"
    place = place_of(estimate)
    title = f"{place}: {title[:1].lower()}{title[1:]}" if place else title[:1].upper() + title[1:]
    # narrow headings, and no space on the left: bounds stay on one line at 80 columns
    table = Table(title=title, title_justify="left", padding=(0, 1, 0, 0))
    names = [] if published is None else list(dict.fromkeys(published["name"]))
    listed = rows["minimum"].notna().any()
    against = ["named dead", "P(more)"] if listed else []
    said = "war dead" if estimate.dates is not None else "excess"
    headings = ["", said, *names, *against]
    for heading in headings:
        table.add_column(fill(heading, 12), justify="right" if heading else "left")
    for row in rows.to_dict("records"):
        cells = [row["period"], f"[bold]{row['median']:,.0f}[/]\n{_interval(row)}"]
        cells += [_published(published, name, row["period"]) for name in names]
        if listed:
            cells.append("" if pd.isna(row["minimum"]) else f"{row['minimum']:,.0f}")
            cells.append(probability(row["probability_above_minimum"]))
        table.add_row(*cells)
    return table


def _published(published: pd.DataFrame | None, name: str, period: str) -> str:
    if published is None:
        return ""
    chosen = published[(published["name"] == name) & (published["period"] == period)]
    if chosen.empty:
        return ""
    record = chosen.iloc[0]
    bounds = ""
    if pd.notna(record["lower"]):
        bounds = f"\n{_interval(record)}\n{record['interval']}"
    return f"{record['estimate']:,.0f}{bounds}"


def _ages(rows: pd.DataFrame, estimate: Estimate) -> Table:
    table = Table(title="By age: median and interval", title_justify="left")
    table.add_column("age")
    periods = list(dict.fromkeys(rows["period"]))
    for period in periods:
        table.add_column(period, justify="right")
    for age, part in rows.groupby("age", sort=False):
        cells = {
            row["period"]: f"{row['median']:,.0f}\n{_interval(row)}"
            for row in part.to_dict("records")
        }
        table.add_row(str(age), *(cells[period] for period in periods))
    table.caption = f"target {estimate.target}"
    return table


def _interval(row: Any) -> str:
    return f"{row['lower']:,.0f} to {row['upper']:,.0f}"


def replication_table(found: dict[str, dict]) -> Table:
    """Lay out what `replicate` found: cells compared, mismatches, largest difference."""
    table = Table(title="Published estimates, recomputed", title_justify="left")
    for name in ("estimator", "cells", "mismatches", "largest difference"):
        table.add_column(name, justify="left" if name == "estimator" else "right")
    for name, part in found.items():
        cells = [
            name,
            f"{part['cells']}",
            f"{part['mismatches']}",
            f"{part['max_abs_difference']:.4f}",
        ]
        table.add_row(*cells, style="bold red" if part["mismatches"] else None)
    return table
