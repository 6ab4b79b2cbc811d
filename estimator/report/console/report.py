"""Tables for the terminal."""

from collections.abc import Iterator
from textwrap import fill
from typing import Any

import pandas as pd
from rich.text import Text

from estimator.estimate.estimate import Estimate
from estimator.report.console import Columns, records_table, table
from estimator.report.prose import estimated, missed_deaths, place_of, probability, vintage_phrase
from estimator.report.tables import Content


def report_parts(report: Content, published: pd.DataFrame | None) -> Iterator[Any]:
    """Yield the answer: totals against the minimum and what was published, then ages, then diagnostics.

    `published` has one row a figure to show with ours: period, name, estimate, lower, upper, interval.
    """
    estimate, minimum, rows = report.estimate, report.minimum, report.rows
    if not estimate.converged:
        problems = "; ".join(estimate.diagnostics["problems"])
        yield Text.assemble(("NOT CONVERGED", "bold red"), f": {problems}. Do not quote these figures.")
    shown = rows
    if estimate.dates is not None:  # weeks and months are in the files
        shown = rows[rows["period"].isin([period.label for period in estimate.reporting_periods()])]
    yield _totals(shown[shown["age"] == estimate.ages], estimate, published)
    yield _ages(shown[shown["age"] != estimate.ages], estimate)
    of_cases = estimate.dates is not None
    source = (estimate.provenance.get("data") or {}).get("source", "unnamed")
    counted = "Cases" if of_cases else estimate.unit.capitalize()
    if minimum is not None:
        yield Text(f"{minimum}", "dim")
    data = f"{counted}: {source}; {vintage_phrase(estimate, minimum)}"
    yield Text(data, "bold" if of_cases else "dim")
    for note in (estimate.provenance.get("data") or {}).get("notes") or ():
        yield Text(f"  on reading: {note}", "dim")
    if minimum is not None and not of_cases:
        yield Text(missed_deaths(estimate, listed=True), "dim")
    yield Text(describe_diagnostics(estimate), "dim")


def describe_diagnostics(estimate: Estimate) -> str:
    """Say how the posterior was sampled and whether it converged."""
    facts = estimate.diagnostics
    writings = {
        "pareto_k": "Pareto k-hat {:.2f} (below 0.7)", "max_rhat": "R-hat at most {:.3f}",
        "min_ess_bulk": "effective sample size at least {:.0f}", "divergences": "{} divergences",
    }  # fmt: skip
    parts = [f"engine {facts['engine']}, {facts['draws']:,} draws"]
    parts += [
        writing.format(facts[name]) for name, writing in writings.items() if facts.get(name) is not None
    ]
    verdict = "converged" if estimate.converged else "NOT converged"
    return f"{verdict}: {', '.join(parts)}; seed {estimate.provenance.get('seed')}"


def _totals(rows: pd.DataFrame, estimate: Estimate, published: pd.DataFrame | None) -> Columns:
    level = rows["level"].iloc[0]
    sex = estimate.provenance.get("target_sex", "male")
    what = "" if estimate.dates is not None else "Excess "
    title = f"{what}{sex} {estimate.unit}, ages {estimate.ages}, {100 * level:g}% intervals below"
    place = place_of(estimate)
    title = f"{place}: {title[:1].lower()}{title[1:]}" if place else title[:1].upper() + title[1:]
    if published is None:
        published = pd.DataFrame(columns=["name", "period"])
    names = list(dict.fromkeys(published["name"]))
    listed = rows["minimum"].notna().any()
    dead = "war dead" if estimate.dates is not None else "excess"
    headings = ["", dead, *names, *(["named dead", "P(more)"] if listed else [])]
    lines: list[list[Any]] = []
    for row in rows.to_dict("records"):
        ours = Text.assemble((estimated(row), "bold"), f"\n{_estimated_interval(row)}")
        theirs = [_published(published, name, row["period"]) for name in names]
        cells = [row["period"], ours, *theirs]
        if listed:
            cells.append("" if pd.isna(row["minimum"]) else f"{row['minimum']:,.0f}")
            cells.append(probability(row["probability_above_minimum"]))
        lines.append(cells)
    # narrow headings: bounds stay on one line at 80 columns
    return table(title, [fill(heading, 12) for heading in headings], lines)


def _published(published: pd.DataFrame, name: str, period: str) -> str:
    chosen = published[(published["name"] == name) & (published["period"] == period)]
    if chosen.empty:
        return ""
    record = chosen.iloc[0]
    known = pd.notna(record["lower"])
    bounds = f"\n{_interval(record)}\n{record['interval']}" if known else ""
    return f"{record['estimate']:,.0f}{bounds}"


def _ages(rows: pd.DataFrame, estimate: Estimate) -> Columns:
    periods = list(dict.fromkeys(rows["period"]))
    lines = []
    for age, part in rows.groupby("age", sort=False):
        cells = part.set_index("period").apply(_estimated_cell, axis=1)
        lines.append((str(age), *cells[periods]))
    caption = f"target {estimate.target}"
    return table("By age: median and interval", ("age", *periods), lines, caption=caption)


def _estimated_cell(row: Any) -> str:
    return f"{estimated(row)}\n{_estimated_interval(row)}"


def _estimated_interval(row: Any) -> str:
    return f"{estimated(row, 'lower')} to {estimated(row, 'upper')}"


def _interval(row: Any) -> str:
    return f"{row['lower']:,.0f} to {row['upper']:,.0f}"


def replication_table(parts: dict[str, dict]) -> Columns:
    """Lay out what `replicate` compared: cells, mismatches, largest difference."""
    columns = {
        "estimator": "{name}", "cells": "{cells}", "mismatches": "{mismatches}",
        "largest difference": "{max_abs_difference:.4f}",
    }  # fmt: skip
    rows = [{"name": name, **part} for name, part in parts.items()]
    return records_table("Published estimates, recomputed", rows, columns)
