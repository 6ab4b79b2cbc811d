"""All sources together, and the named list carried forward, for the terminal."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from estimator.report.console import records_table, table
from estimator.report.prose import persons, probability
from estimator.report.prose_synthesis import (
    PRIOR_DRIVEN,
    conflict_lines,
    cross_check_line,
    is_prior_driven,
    stated_rows,
)

ABOVE_ONE = (
    "completeness: names at the list's vintage over deaths. It can exceed 1, mostly in early weeks: list "
    "and publications date deaths differently, and cover other men."
)


def synthesis_parts(document: dict[str, Any], *, weeks: bool = False) -> Iterator[Any]:
    """Yield what `estimator report` prints of its document: the answer, periods, statements, notes."""
    total, complete = document["total"], document["completeness"]
    mass = f"{100 * document['interval']['level']:g}% credible interval"
    yield (
        f"War dead to {document['through']}, as known on {document['as_of']}: "
        f"{persons(total['median'])} ({mass} {_bounds(total)})"
    )
    if document["little_more_than_prior"] or is_prior_driven(document):
        yield PRIOR_DRIVEN
    yield (
        f"documented minimum {document['minimum']:,} (vintage {document['list_vintage']}), "
        f"{complete['median']:.0%} of them"
    )
    if late := document["late"]:
        share = document["late_share_of_gap"]
        yield (
            f"declared dead by courts: {late['filings']:,} filings; they explain {share['median']:.0%} "
            f"({share['lower']:.0%} to {share['upper']:.0%}) of the gap to the minimum"
        )
    if (last := document["last_publication"]) and "median" in last:
        yield (
            f"published: {persons(last['deaths'])}, {last['start']} to {last['end']} ({last['name']}, "
            f"{last['published_on']}); ours of these days {persons(last['median'])} ({_bounds(last)})"
        )
    yield table(
        None, ("period", "war dead", "ordinary", "named", "vintage"),
        (
            (
                row["period"], _estimate(row, "war_dead"), _estimate(row, "ordinary"),
                persons(row["named"]), row["named_vintage"],
            )
            for row in document["by_period"]
        ),
    )  # fmt: skip
    if weeks:
        yield weeks_table(document["weeks"])
        yield ABOVE_ONE
    if document["statements"]:
        yield statements_table(document["statements"])
        yield "Conflicts (p below 0.05):"
        yield from (f"  {line}" for line in conflict_lines(document["statements"]) or ["none"])
    yield cross_check_line(document["cross_check"]) + "."
    yield "learned from " + "; ".join(document["learned_from"])
    yield from (f"note: {warning}" for warning in document["warnings"])


def weeks_table(weeks: list[dict[str, Any]]) -> Any:
    """Lay out deaths by week, deaths to date, and completeness."""
    headings = ("week", "deaths", "to date", "completeness")
    return table(
        "By week of death", headings,
        (
            (
                row["week"], _estimate(row, "deaths"), _estimate(row, "cumulative_deaths"),
                f"{row['completeness']:.2f}",
            )
            for row in weeks
        ),
    )  # fmt: skip


def statements_table(statements: list[dict[str, Any]]) -> Any:
    """Lay out what each source states, and what the others expect of it."""
    return table(
        "What each source states, and what the others expect",
        ("source", "period", "stated", "expected by the others", "p"),
        (
            (
                row["source"], row["period"], persons(row["stated"]), _estimate(row, "expected"),
                probability(row["p"], 3),
            )
            for row in stated_rows(statements)
        ),
        text=2,
    )  # fmt: skip


def nowcast_table(weeks: pd.DataFrame) -> Any:
    """Lay out the named of each week now and at a later day, as `list_table` has them."""
    columns = {name: f"{{{name}:,.0f}}" for name in ("named", "mean", "median", "lower", "upper")}
    rows = weeks.rename_axis("week").reset_index().to_dict("records")
    return records_table(None, rows, {"week": "{week:%Y-%m-%d}"} | columns)


def backtest_parts(document: dict[str, Any]) -> Iterator[Any]:
    """Yield one row a vintage of a backtest of the list's nowcast, and the scores of all."""
    scores = ("weeks_covered", "weeks_crps", "weeks_chain_ladder_crps")
    rows = (
        (
            row["vintage"], persons(row["named"]), persons(row["observed"]),
            f"{persons(row['median'])}\n{_bounds(row)}", persons(row["chain_ladder"]),
            *(f"{row[name]:.2f}" for name in scores),
        )
        for row in document["vintages"]
    )  # fmt: skip
    headings = (
        "vintage", "named", "later", "nowcast", "ladder", "weeks\ncovered", "CRPS", "ladder's",
    )  # fmt: skip
    yield table(None, headings, rows)
    summary = document["summary"]
    yield (
        f"{summary['vintages']} vintages, {summary['weeks']} weeks scored. 90% intervals cover "
        f"{summary['coverage_90']:.1%} of weeks and 95% intervals {summary['coverage_95']:.1%}; "
        f"CRPS {summary['crps']:.1f} against the chain ladder's {summary['chain_ladder_crps']:.1f}, "
        f"{summary['crps_gain']:.0%} better (its absolute error; that of our median is "
        f"{summary['median_error']:.1f})."
    )


def _bounds(interval: dict[str, Any]) -> str:
    return f"{persons(interval['lower'])} to {persons(interval['upper'])}"


def _estimate(row: dict[str, Any], name: str) -> str:
    middle, low, high = (row[f"{name}{end}"] for end in ("", "_lower", "_upper"))
    if middle is None or pd.isna(middle):
        return ""
    return f"{persons(middle)}\n{persons(low)} to {persons(high)}"
