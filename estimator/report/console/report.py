"""Tables for the terminal."""

from collections.abc import Iterator
from textwrap import fill
from typing import Any

import pandas as pd
from rich.text import Text

from estimator.estimate.estimate import Estimate
from estimator.report.console import WHOLE, Columns, records_table, table
from estimator.report.prose import (
    chosen_language,
    dashed,
    decimal,
    estimated,
    heading_of,
    missed_deaths,
    persons,
    probability,
    say,
    vintage_phrase,
    why_minimum_exceeds,
)
from estimator.report.tables import Content


def report_parts(report: Content) -> Iterator[Any]:
    """Yield the answer: totals against the minimum and what was published, then ages, then diagnostics."""
    estimate, minimum, rows = report.estimate, report.minimum, report.rows
    if not estimate.converged:
        problems = "; ".join(estimate.diagnostics["problems"])
        warning = say("Not converged: {problems}. Do not quote these figures.", problems=problems)
        yield Text(warning, "bold red")
    shown = rows
    if estimate.dates is not None:  # weeks and months are in the files
        shown = rows[rows["period"].isin([period.label for period in estimate.reporting_periods()])]
    yield _totals(shown[shown["age"] == estimate.ages], estimate, report.totals)
    yield _ages(shown[shown["age"] != estimate.ages], estimate)
    of_cases = estimate.dates is not None
    source = say(str((estimate.provenance.get("data") or {}).get("source", "unnamed")))
    exceeds = why_minimum_exceeds(estimate, report.row(estimate.reporting_periods()[-1].label, estimate.ages))
    if exceeds:
        yield Text(exceeds)
    elif minimum is not None and not of_cases:
        yield Text(missed_deaths(estimate), "dim")
    if minimum is not None:
        yield Text(
            say(
                "Documented minimum: {number} names, {source}, vintage {day}; {population}",
                number=persons(minimum.total), source=say(minimum.source),
                day=_label(str(minimum.vintage)), population=say(minimum.population),
            ),
            "dim",
        )  # fmt: skip
        for note in minimum.notes:
            yield Text(f"  {say('on reading the list')}: {say(note)}", "dim")
    form = "Cases: {source}, {known}" if of_cases else "Deaths: {source}, {known}"
    data = say(form, source=source, known=vintage_phrase(estimate, minimum))
    yield Text(data, "bold" if of_cases else "dim")
    for note in (estimate.provenance.get("data") or {}).get("notes") or ():
        yield Text(f"  {say('on reading')}: {say(note)}", "dim")
    yield Text(describe_diagnostics(estimate), "dim")


def describe_diagnostics(estimate: Estimate) -> str:
    """Say how the posterior was sampled and whether it converged."""
    facts = estimate.diagnostics
    writings = {
        "pareto_k": ("Pareto k-hat {number} (below 0.7)", 2), "max_rhat": ("R-hat at most {number}", 3),
        "min_ess_bulk": ("effective sample size at least {number}", 0),
        "divergences": ("{number} divergences", 0),
    }  # fmt: skip
    compiler = estimate.provenance.get("compiler")
    name = f"{facts['engine']} ({compiler})" if compiler else facts["engine"]
    engine = say("engine {engine}, {number} draws", engine=name, number=persons(facts["draws"]))
    measures = [
        say(text, number=decimal(facts[name], digits) if digits else persons(facts[name]))
        for name, (text, digits) in writings.items()
        if facts.get(name) is not None
    ]
    verdict = say("converged" if estimate.converged else "NOT converged")
    seed = say("seed {number}", number=estimate.provenance.get("seed"))
    return f"{verdict}: {', '.join([engine, *measures])}; {seed}"


def _totals(rows: pd.DataFrame, estimate: Estimate, published: pd.DataFrame | None) -> Columns:
    title = say(
        "{heading}, with {level}% intervals", heading=_label(heading_of(estimate)),
        level=decimal(100 * rows["level"].iloc[0]),
    )  # fmt: skip
    if published is None:
        published = pd.DataFrame(columns=["name", "period"])
    names = list(dict.fromkeys(published["name"]))
    listed = rows["minimum"].notna().any()
    dead = "war dead" if estimate.dates is not None else "excess"
    theirs = [say(name) for name in names]
    minimum = [say("documented\nminimum"), say("P(estimate > minimum)")] if listed else []
    headings = ["", say(dead), *theirs, *minimum]
    lines: list[list[Any]] = []
    for row in rows.to_dict("records"):
        ours = Text.assemble((_estimated(row), "bold"), f"\n{_estimated_interval(row)}")
        cells = [
            _label(row["period"]), ours, *(_published(published, name, row["period"]) for name in names),
        ]  # fmt: skip
        if listed:
            cells += [_number(row["minimum"]), probability(row["probability_above_minimum"])]
        lines.append(cells)
    # narrow headings: bounds stay on one line at 80 columns
    return table(title, [fill(heading, 12, **WHOLE) for heading in headings], lines)


def _published(published: pd.DataFrame, name: str, period: str) -> str:
    chosen = published[(published["name"] == name) & (published["period"] == period)]
    if chosen.empty:
        return ""
    record = chosen.iloc[0]
    known = pd.notna(record["lower"])
    bounds = f"\n{_interval(record)}\n{say(record['interval'])}" if known else ""
    return _number(record["estimate"]) + bounds


def _ages(rows: pd.DataFrame, estimate: Estimate) -> Columns:
    periods = list(dict.fromkeys(rows["period"]))
    lines = []
    for age, part in rows.groupby("age", sort=False):
        cells = part.set_index("period").apply(_estimated_cell, axis=1)
        lines.append((_label(str(age)), *cells[periods]))
    title = say("By age: median and interval")
    return table(title, (say("age"), *map(_label, periods)), lines)


def _label(text: str) -> str:
    """Write ranges and days as the language has them; in English as the terminal's files and options do."""
    return text if chosen_language() == "en" else dashed(text)


def _number(value: float | None) -> str:
    """Write persons; in English with a minus sign that every terminal has."""
    text = persons(value)
    return text.replace("−", "-") if chosen_language() == "en" else text


def _estimated(row: Any, field: str = "median") -> str:
    text = estimated(row, field)
    return text.replace("−", "-") if chosen_language() == "en" else text


def _estimated_cell(row: Any) -> str:
    return f"{_estimated(row)}\n{_estimated_interval(row)}"


def _estimated_interval(row: Any) -> str:
    return say("{lower} to {upper}", lower=_estimated(row, "lower"), upper=_estimated(row, "upper"))


def _interval(row: Any) -> str:
    return say("{lower} to {upper}", lower=_number(row["lower"]), upper=_number(row["upper"]))


def replication_table(parts: dict[str, dict]) -> Columns:
    """Lay out what `replicate` compared: cells, mismatches, largest difference."""
    columns = {
        "estimator": "{name}", "cells": "{cells}", "mismatches": "{mismatches}",
        "largest difference": "{max_abs_difference:.4f}",
    }  # fmt: skip
    rows = [{"name": name, **part} for name, part in parts.items()]
    return records_table("Published estimates, recomputed", rows, columns)
