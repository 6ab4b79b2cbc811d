"""A report as one page: no request to anywhere, for screen, phone and paper, light and dark."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from estimator.estimate.estimate import Estimate
from estimator.report import prose as words
from estimator.report.content import Content
from estimator.report.pages.figures import Picture, draw_pictures
from estimator.report.prose import (
    heading_of,
    known_in_words,
    people_of,
    place_of,
    quantity_of,
)

TEMPLATES = Path(__file__).parents[1] / "templates"
SPAN = re.compile(r"(?<![\d-])(\d{1,4})-(\d{1,4})(?![\d-])")
"""Two numbers with a hyphen between, but not those of a date."""
SAME, PERIOD_ONLY = "same period and population", "same period, other population"
"""Groups of comparability on a page; figures of other periods are left to `estimator compare`."""


def report_html(report: Content, pictures: Mapping[str, Picture] | None = None) -> str:
    """Return the page of a report.

    Everything that comes from outside (sources, regions, published texts) is escaped.

    Parameters
    ----------
    report : Content
        What to show.
    pictures : mapping of str to Picture, optional
        Its plots, where they are drawn already.

    Returns
    -------
    str
        HTML, with style and plots inside.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "persons": persons, "dashed": dashed, "address": address, "probability": words.probability,
    }  # fmt: skip
    page = environment.get_template("report.html.j2")
    return page.render(_context(report, draw_pictures(report) if pictures is None else pictures))


def persons(value: float | None) -> str:
    """Write a number of persons with thousands apart and a true minus sign; empty where not known."""
    return "" if value is None or pd.isna(value) else f"{value:,.0f}".replace("-", "−")


def dashed(text: str) -> str:
    """Write spans of years and ages with the dash of ranges: ``15-49`` becomes ``15–49``."""
    return SPAN.sub(r"\1–\2", text)


def address(source: str) -> str:
    """Return the web address that a source begins with, or an empty text where it has none."""
    first = source.split(" ", 1)[0]
    parts = urlsplit(first)
    return first if parts.scheme in ("http", "https") and parts.netloc else ""


def _context(report: Content, pictures: Mapping[str, Picture]) -> dict[str, Any]:
    estimate = report.estimate
    periods = [period.label for period in estimate.reporting_periods()]
    totals = [report.row(period, estimate.ages) for period in periods]
    return {
        "report": report,
        "estimate": estimate,
        "what": quantity_of(estimate),
        "heading": heading_of(estimate),
        "place": place_of(estimate),
        "people": people_of(estimate),
        "known": known_in_words(estimate),
        "apart": known_in_words(estimate, report.minimum),
        "war_dead": words.is_war_dead(estimate),
        "mass": f"{report.level:.0%} equal-tailed credible interval",
        "periods": periods,
        "totals": totals,
        "whole": totals[-1],
        "ages": _by_age(report, periods),
        "regions": report.document().get("regions", []),
        "pictures": {name: _embedded(picture) for name, picture in pictures.items()},
        "published": _published(report.comparison),
        "included": words.included(estimate),
        "left_out": words.left_out(estimate, listed=report.minimum is not None),
        "engine": words.engine_in_words(estimate),
        "diagnostics": words.diagnostic_rows(estimate),
        "specification": words.specification_rows(estimate),
        "data": _data(estimate),
        "priors": words.prior_rows(estimate),
        "versions": estimate.provenance.get("versions") or {},
    }


def _by_age(report: Content, spans: list[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return each age band with its row of each span."""
    bands = dict.fromkeys(row["age"] for row in report.estimates)
    return [
        (band, [row for span in spans if (row := report.row(span, band))])
        for band in bands
        if band != report.estimate.ages
    ]


def _embedded(picture: Picture) -> dict[str, str]:
    encoded = base64.b64encode(picture.svg).decode("ascii")
    return {"caption": picture.caption, "address": f"data:image/svg+xml;base64,{encoded}"}


def _published(rows: pd.DataFrame | None) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the parts of the comparison that hold a figure of somebody else, each with its heading."""
    if rows is None:
        return []
    ours = rows["ours"].astype(bool)
    same, people = rows["group"] == SAME, rows["group"] == PERIOD_ONLY
    whole = rows["ages"] == rows.loc[ours, "ages"].iloc[0]
    parts = {
        "Same period and people": same & whole,
        "Same period, other people: not the same quantity": people,
        "Same period, by age": same & ~whole,
    }
    plain = rows.astype(object).where(rows.notna(), None)
    return [
        (heading, plain[part].to_dict("records"))
        for heading, part in parts.items()
        if (part & ~ours).any()
    ]


def _data(estimate: Estimate) -> dict[str, Any]:
    known = estimate.provenance.get("data") or {}
    return {name: known.get(name) or "" for name in ("source", "vintage", "sha256")} | {
        "notes": list(known.get("notes") or ())
    }
