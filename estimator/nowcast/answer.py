"""The answer as plain values for JSON, tables and pages: totals, years, weeks, and whose number it is."""

from typing import Any

import numpy as np
import pandas as pd

from estimator.data.bundled import read_bundled
from estimator.data.record import Record
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import interval_of
from estimator.nowcast.contributions import CONFLICT, SOURCES, main_source
from estimator.nowcast.documents import week_rows
from estimator.nowcast.weeks import share_between, share_until, weeks_of
from estimator.published.comparison import published_totals

PARTS = ("deaths", "ordinary", "late", "declared")
OBSERVED, FORECAST, UNPUBLISHED = "published", "publisher's forecast", "after the last publication"
"""What a week's deaths rest on."""


def answer_document(
    answer: Estimate, known: Record, *, level: float = 0.95,
    sources: tuple[list[dict[str, Any]], list[dict[str, Any]]] | None = None,
    registry: dict[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the answer and all that is said with it, as plain values.

    ``known`` is the record that the answer was made from, ``sources`` what `contributions` returned,
    ``registry`` what `registry_part` did.
    """
    rows, statements = sources or ([], [])
    minimum = answer.provenance["minimum"]
    parts = {name: answer.select(name).total().array() for name in PARTS}
    total, late = parts["deaths"], parts["late"]
    document = {
        "quantity": "war dead, persons", "as_of": str(answer.as_of), "through": str(answer.through),
        "interval": {"kind": "eti", "level": level},
        "total": interval_of(total, level), "ordinary": interval_of(parts["ordinary"], level),
        "late": interval_of(late, level), "declared": interval_of(parts["declared"], level),
        "not_yet_declared": interval_of(late - parts["declared"], level),
        "recorded": interval_of(parts["ordinary"] + parts["declared"], level),
        "minimum": minimum["total"], "list_vintage": minimum["vintage"],
        "completeness": interval_of(minimum["total"] / total, level),
        "probability_above_minimum": float((total > minimum["total"]).mean()),
        **{name: answer.provenance[name] for name in ("observed_to", "published_to", "forecast_from")},
        "by_period": _periods(answer, known, level), "weeks": _weeks(answer, level),
        "ages": _ages(known), "contributions": rows, "statements": statements,
        "conflicts": [row for row in statements if row["p"] < CONFLICT],
        "registry": registry, "published": _published(answer, level),
        "learned_from": answer.provenance["learned_from"],
        "diagnostics": answer.diagnostics, "seed": answer.provenance["seed"],
        "versions": answer.provenance["versions"], "warnings": list(answer.warnings),
    }  # fmt: skip
    last = max(known.weekly, key=lambda one: one.published_on).name if known.weekly else ""
    return document | {"last_publication": last, "whose": whose_number(document, last)}


def whose_number(document: dict[str, Any], last: str) -> str:
    """Say whose number the answer is: one family's with our error, or several sources'."""
    match main_source(document["contributions"]):
        case "publications":
            return f"{last}, and earlier ones, with our error and with deaths not yet declared"
        case None:
            return f"{last}, with the named list and other sources"
        case source:
            return f"{SOURCES[source]}, at the level of {last}"


def _basis(answer: Estimate, weeks: pd.DatetimeIndex) -> np.ndarray:
    known = answer.provenance
    observed = pd.Timestamp(known["observed_to"] or weeks[0])
    published = pd.Timestamp(known["published_to"] or weeks[0])
    return np.select([weeks <= observed, weeks <= published], [OBSERVED, FORECAST], UNPUBLISHED)


def _weeks(answer: Estimate, level: float) -> list[dict[str, Any]]:
    basis = _basis(answer, weeks_of(answer))
    return [row | {"basis": str(one)} for row, one in zip(week_rows(answer, level), basis, strict=True)]


def _periods(answer: Estimate, known: Record, level: float) -> list[dict[str, Any]]:
    """Return all dead by year and together, their parts, the dated names, and what they rest on."""
    weeks, basis = weeks_of(answer), _basis(answer, weeks_of(answer))
    arrays = {name: answer.select(name).array() for name in PARTS}
    names, rows = answer.draws["names"].to_numpy(), []
    years = [str(year) for year in answer.years]
    minimum = answer.provenance["minimum"]
    for label in (*years, f"to {answer.through}"):
        inside = np.ones(len(weeks)) if label.startswith("to") else _in_year(weeks, int(label))
        draws = {name: inside @ values for name, values in arrays.items()}
        used = [kind for kind in (FORECAST, UNPUBLISHED) if (basis[inside > 0] == kind).any()]
        row: dict[str, Any] = {"period": label}
        for name, part in (("war_dead", "deaths"), ("ordinary", "ordinary"), ("late", "late")):
            bounds = interval_of(draws[part], level)
            row |= {name: bounds["median"]}
            row |= {f"{name}_{end}": bounds[end] for end in ("lower", "upper")}
        whole = label.startswith("to")
        # as for a documented minimum, a week of names belongs to the year in which it begins
        named = minimum["total"] if whole else int(names[weeks.year == int(label)].sum())
        rows.append(row | {
            "declared": float(np.median(draws["declared"])), "named": named,
            "named_vintage": minimum["vintage"] if whole else str(known.names[-1].seen_on),
            "probability_above_named": float((draws["deaths"] > named).mean()),
            "partly": "; ".join(used),
        })  # fmt: skip
    return rows


def _in_year(weeks: pd.DatetimeIndex, year: int) -> np.ndarray:
    """Return the share of each week in a year."""
    return share_between(weeks, pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31))


def _ages(known: Record) -> list[dict[str, Any]]:
    """Return the last published estimate by age, of 2022; all that is known of ages and dates together."""
    if not known.weekly:
        return []
    table = read_bundled("rnd2023_estimates_by_age_2022")
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _published(answer: Estimate, level: float) -> list[dict[str, Any]]:
    assert answer.as_of is not None
    rows = published_totals(
        lambda day: _deaths_through(answer, day), through=answer.through, as_of=answer.as_of, level=level
    )
    return [row for row in rows if not row["later"]]


def _deaths_through(answer: Estimate, day: pd.Timestamp) -> np.ndarray:
    return np.asarray(share_until(weeks_of(answer), day) @ answer.array())
