"""Deaths to date and a list's nowcast as plain values for JSON, and as a few lines of text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import interval_of, summarise
from estimator.nowcast.total import has_declared
from estimator.nowcast.weeks import weeks_of

PERSONS = {"all": "of all persons", "military": "for soldiers"}


def deaths_table(deaths: Estimate, level: float = 0.95) -> pd.DataFrame:
    """Return deaths and completeness by period, median and equal-tailed interval, one row a period."""
    names = deaths.draws["names"].to_numpy()
    return _table(deaths.array(), names, pd.Index(deaths.draws["period"], name="week"), level)


def yearly_table(deaths: Estimate, level: float = 0.95) -> pd.DataFrame:
    """Return deaths and completeness by the year in which a week begins, and of all together."""
    yearly, whole = deaths.by("year"), deaths.total()
    table = _table(
        np.vstack([yearly.array(), whole.array()]),
        np.append(yearly.draws["names"], whole.draws["names"]),
        pd.Index([*yearly.draws["period"].to_numpy().astype(str), "all"], name="died in"),
        level,
    )
    counts = ["deaths", "deaths_lower", "deaths_upper"]
    return table.assign(**table[counts].round(0).astype(int))


def _table(values: np.ndarray, names: np.ndarray, index: pd.Index, level: float) -> pd.DataFrame:
    share = summarise(names[:, None] / values, "completeness", level, index)
    return summarise(values, "deaths", level, index).join(share)


def cumulative_table(deaths: Estimate, level: float = 0.95) -> pd.DataFrame:
    """Return running totals of deaths by week, median and equal-tailed interval."""
    return summarise(deaths.cumulative().array(), "deaths", level, weeks_of(deaths))


def weekly_table(deaths: Estimate, level: float = 0.95) -> pd.DataFrame:
    """Return deaths, completeness and running totals (``cumulative_deaths``) by week."""
    running = cumulative_table(deaths, level).add_prefix("cumulative_")
    return deaths_table(deaths, level).join(running)


def headline(deaths: Estimate, level: float = 0.95) -> dict[str, float]:
    """Return all deaths: median, lower, upper, the chance to exceed the list, and the share on it."""
    draws, minimum = deaths.total().array(), deaths.provenance["minimum"]["total"]
    return interval_of(draws, level) | {
        "probability_above_minimum": float((draws > minimum).mean()),
        "share_on_list": float(np.median(minimum / draws)),
    }


def flash_document(deaths: Estimate, level: float = 0.95) -> dict[str, Any]:
    """Return what `flash` estimated as plain values, with its dates."""
    known, minimum = deaths.provenance, deaths.provenance["minimum"]
    weeks = weekly_table(deaths, level).round(4)
    return {
        "quantity": "war deaths on the Russian side since the first week, persons",
        "as_of": str(deaths.as_of),
        "through": str(deaths.through),
        "list_vintage": minimum["vintage"],
        "minimum": minimum["total"],
        "source": minimum["source"],
        "interval": {"kind": "eti", "level": level},
        "total": headline(deaths, level),
        "learned_from": known["learned_from"],
        "published": known["published"],
        "little_more_than_prior": known["prior_only"] or None,
        "warnings": list(deaths.warnings),
        "weeks": _rows(weeks),
    }


def flash_text(deaths: Estimate) -> str:
    """Write what `flash` estimated in a few lines."""
    known, numbers = deaths.provenance, headline(deaths)
    minimum = known["minimum"]
    doubt = f", LITTLE MORE THAN ITS PRIOR ({known['prior_only']})" if known["prior_only"] else ""
    lines = [
        f"Flash estimate as of {deaths.as_of}{doubt}: {numbers['median']:,.0f} war deaths on the Russian "
        f"side to {deaths.through} (95% credible interval {numbers['lower']:,.0f} to "
        f"{numbers['upper']:,.0f})",
        f"  documented minimum: {minimum['total']:,} names, vintage {minimum['vintage']}; "
        f"{numbers['share_on_list']:.0%} of the dead",
    ]
    if theirs := known["published"]:
        lines.append(
            f"  published: {theirs['deaths']:,.0f}, {theirs['start']} to {theirs['end']} "
            f"({theirs['name']}, {theirs['published_on']}); ours of these days "
            f"{theirs['median']:,.0f} ({theirs['lower']:,.0f} to {theirs['upper']:,.0f})"
        )
    lines.append("  completeness learned from " + "; ".join(known["learned_from"]))
    return "\n".join([*lines, *(f"  {warning}" for warning in deaths.warnings)])


def declared_document(deaths: Estimate, level: float = 0.95) -> dict[str, Any] | None:
    """Return each step from filings to court-declared deaths as plain values; None where none were known."""
    if not (filings := deaths.provenance.get("filings")):
        return None
    steps = {"late": "court_declared"} if "court_declared" in deaths.parts else {"late": "declared"}
    steps |= {name: name for name in ("beyond_peace", "military", "overlap_share")}
    return {
        **filings,
        "as_of": str(deaths.as_of),
        "interval": {"kind": "eti", "level": level},
        **{name: interval_of(deaths.select(part).array(), level) for name, part in steps.items()},
    }


def declared_text(deaths: Estimate) -> str:
    """Write court-declared deaths in one sentence."""
    document = declared_document(deaths)
    assert document is not None
    late, share = document["late"], document["overlap_share"]
    return (
        f"Court-declared deaths, as of {deaths.as_of}: {late['median']:,.0f} (95% credible interval "
        f"{late['lower']:,.0f} to {late['upper']:,.0f}) of {document['filings']:,} filings "
        f"({PERSONS[document['persons']]}, to {document['filed_until']}); {share['median']:.0%} of them "
        f"counted already ({share['lower']:.0%} to {share['upper']:.0%}, a prior)"
    )


def total_document(deaths: Estimate, level: float = 0.95) -> dict[str, Any]:
    """Return all deaths and the ordinary ones, against the minimum, as plain values with their dates.

    ``gap`` is the total less the minimum, ``late_share_of_gap`` the part of it that only courts tell of.
    """
    total, ordinary = (deaths.select(part).total().array() for part in ("deaths", "ordinary"))
    minimum = deaths.provenance["minimum"]["total"]
    gap, added = total - minimum, total - ordinary
    # where a draw lies below the minimum there is no gap to explain
    share = np.divide(added, gap, out=np.ones_like(gap), where=gap > 0)
    return {
        "as_of": str(deaths.as_of),
        "through": str(deaths.through),
        "minimum": minimum,
        "list_vintage": deaths.provenance["minimum"]["vintage"],
        "interval": {"kind": "eti", "level": level},
        "ordinary": interval_of(ordinary, level),
        "added_by_late": interval_of(added, level),
        "total": interval_of(total, level),
        "probability_above_minimum": float((total > minimum).mean()),
        "completeness": interval_of(minimum / total, level),
        "gap": interval_of(gap, level),
        "late_share_of_gap": interval_of(np.clip(share, 0, 1), level),
        "late": declared_document(deaths, level),
        "warnings": list(deaths.warnings),
    }


def total_text(deaths: Estimate, warnings: list[str] | None = None) -> str:
    """Write all deaths and the ordinary ones in a few lines, with these warnings or all of them."""
    document = total_document(deaths)
    share, complete = document["late_share_of_gap"], document["completeness"]
    lines = [
        f"With court-declared deaths: {_range(document['total'])} war deaths to {document['through']}, "
        f"as of {document['as_of']}; without them {_range(document['ordinary'])}",
        f"  the {document['minimum']:,} names (vintage {document['list_vintage']}) are "
        f"{complete['median']:.0%} of them ({complete['lower']:.0%} to {complete['upper']:.0%})",
    ]
    if has_declared(deaths):
        lines += [
            f"  {declared_text(deaths)}",
            f"  of the gap to the minimum court-declared deaths explain {share['median']:.0%} "
            f"({share['lower']:.0%} to {share['upper']:.0%})",
        ]
    shown = list(deaths.warnings) if warnings is None else warnings
    return "\n".join([*lines, *(f"  {warning}" for warning in shown)])


def list_document(names: Estimate, level: float = 0.95) -> dict[str, Any]:
    """Return a list's nowcast as plain values, with its dates."""
    known = names.provenance
    return {
        "quantity": "names with a date of death",
        "source": known["data"]["source"],
        "vintage": known["data"]["vintage"],
        "on": known["on"],
        "interval": {"kind": "eti", "level": level},
        "undated_at_vintage": known["undated"],
        "total": {"named": float(names.draws["named"].sum())}
        | interval_of(names.total().array(), level),
        "weeks": _rows(list_table(names, level).round(1)),
        "hyperparameters": known["hyperparameters"],
    }


def list_table(names: Estimate, level: float = 0.95) -> pd.DataFrame:
    """Return names at the vintage and those foreseen, by week: named, mean, median, lower, upper."""
    table = names.to_frame(level).set_index("period").rename_axis("week")
    return table[["named", "mean", "median", "lower", "upper"]]


def list_text(names: Estimate) -> str:
    """Write a list's nowcast in one sentence."""
    document = list_document(names)
    total, undated = document["total"], document["undated_at_vintage"]
    return (
        f"List nowcast: {total['named']:,.0f} dated names at vintage {document['vintage']} will be "
        f"{total['median']:,.0f} on {document['on']} (95% {total['lower']:,.0f} to "
        f"{total['upper']:,.0f}){'' if undated is None else f'; {undated:,} more were undated'}"
    )


def _rows(weeks: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {"week": str(week.date()), **row}
        for week, row in zip(weeks.index, weeks.to_dict("records"), strict=True)
    ]


def _range(numbers: dict[str, float]) -> str:
    return (
        f"{numbers['median']:,.0f} (95% credible interval {numbers['lower']:,.0f} to "
        f"{numbers['upper']:,.0f})"
    )
