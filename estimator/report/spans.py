"""The spans of time that a report speaks of: each calendar year, and all together."""

from __future__ import annotations

from dataclasses import replace

from estimator.against import Span, days_apart, spans_of
from estimator.estimate import Estimate
from estimator.minimum import DocumentedMinimum
from estimator.provenance import UNKNOWN, data_vintage


def report_spans(estimate: Estimate) -> list[Span]:
    """Return the calendar years of an estimate, as far as it keeps periods, and all of it together.

    Parameters
    ----------
    estimate : Estimate
        Its periods are years, weeks or months, or were summed over.
    """
    periods = estimate.draws["period"] if "period" in estimate.dims else None
    return spans_of(periods, estimate.years, estimate.dates, single=True)


def within_span(estimate: Estimate, span: Span) -> Estimate:
    """Return the part of an estimate that lies in a span, its periods summed, draw by draw.

    Parameters
    ----------
    estimate : Estimate
        As for `report_spans`.
    span : Span
        One of its spans.

    Raises
    ------
    DataError
        If the estimate holds running totals, which cannot be added up.
    """
    if span.periods is not None:
        estimate = replace(estimate, draws=estimate.draws.sel(period=list(span.periods)))
    return estimate.by(*(dim for dim in estimate.dims if dim != "period"))


def quantity_of(estimate: Estimate) -> str:
    """Say what an estimate counts: ``excess male deaths``, or ``male war dead``.

    Parameters
    ----------
    estimate : Estimate
        With unit and provenance.
    """
    sex = estimate.provenance.get("target_sex", "male")
    return f"{sex} {estimate.unit}" if "war" in estimate.unit else f"excess {sex} {estimate.unit}"


def place_of(estimate: Estimate) -> str:
    """Say where the people counted live, or which table they stand in; empty where it is not known.

    Parameters
    ----------
    estimate : Estimate
        With provenance, as `estimator report --name` completes it.
    """
    return str(estimate.provenance.get("place") or "")


def heading_of(estimate: Estimate) -> str:
    """Say where and what is counted: ``Russia: excess male deaths, ages 15-49``.

    Parameters
    ----------
    estimate : Estimate
        With unit, ages and provenance.
    """
    place, what = place_of(estimate), f"{quantity_of(estimate)}, ages {estimate.ages}"
    return f"{place}: {what}" if place else what[:1].upper() + what[1:]


def people_of(estimate: Estimate) -> str:
    """Say who is counted: ``men aged 15-49``.

    Parameters
    ----------
    estimate : Estimate
        With ages and provenance.
    """
    who = "women" if estimate.provenance.get("target_sex") == "female" else "men"
    return f"{who} aged {estimate.ages}"


def known_in_words(estimate: Estimate, minimum: DocumentedMinimum | None = None) -> str:
    """Say when the data were seen, and how far from the named list where that is more than a month.

    Parameters
    ----------
    estimate : Estimate
        With provenance.
    minimum : DocumentedMinimum, optional
        The named list that it is set against.
    """
    vintage = data_vintage(estimate.provenance)
    if vintage == UNKNOWN:
        return "of unknown vintage"
    told = f"as known on {vintage}"
    days = 0 if minimum is None else days_apart(estimate.vintage, minimum)
    return (
        f"{told}, {abs(days):,} days {'before' if days > 0 else 'after'} the list" if days else told
    )
