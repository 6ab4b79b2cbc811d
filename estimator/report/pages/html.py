"""A report as one page: no request to anywhere, for screen, phone and paper, light and dark."""

import base64
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from estimator.estimate.described import software
from estimator.report import prose, prose_synthesis
from estimator.report.pages.figures import Picture, draw_pictures
from estimator.report.plots.style import short_interval
from estimator.report.tables import Content, plain_rows

TEMPLATES = Path(__file__).parents[1] / "templates"
SAME, PERIOD_ONLY = "same period and population", "same period, other population"
"""Groups of comparability on a page; figures of other periods are left to `estimator compare`."""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "persons": prose.persons, "estimated": prose.estimated, "probability": prose.probability,
        "dashed": prose.dashed, "decimal": prose.decimal, "percent": prose.percent,
        "period": prose_synthesis.period, "named": prose_synthesis.named,
        "range": prose_synthesis.range_of, "plain": prose_synthesis.plain,
        "address": address, "embedded": embedded, "bounds": short_interval,
    }  # fmt: skip
    environment.globals["say"] = _say
    return environment


def render(template: str, **context: Any) -> str:
    """Return a page made from a template; everything that comes from outside is escaped."""
    shared = {"language": prose.chosen_language(), "today": prose.dashed(date.today().isoformat())}
    return _environment().get_template(template).render(shared | context)


def _say(message: str, **values: Any) -> Markup:
    """Return a message of the page; values are escaped unless they are markup of the page's own."""
    whole = {
        name: value if isinstance(value, Markup) else _days_whole(value) for name, value in values.items()
    }
    return Markup(escape(prose.say(message))).format(**whole)


def _days_whole(value: Any) -> Markup:
    """Escape a value, and keep the days in it on one line."""
    return Markup(prose.DAY.sub(r'<span class="when">\g<0></span>', escape(value)))


def report_html(report: Content, pictures: Mapping[str, Picture] | None = None) -> str:
    """Return the page of a report, style and plots inside; plots that are drawn already may be given."""
    pictures = draw_pictures(report, png=False) if pictures is None else pictures
    estimate, minimum = report.estimate, report.minimum
    periods = [period.label for period in estimate.reporting_periods()]
    totals = [report.row(period, estimate.ages) for period in periods]
    return render(
        "report.html.j2",
        report=report,
        estimate=estimate,
        pictures=pictures,
        heading=prose.heading_of(estimate),
        place=prose.place_of(estimate),
        people=prose.people_of(estimate),
        known=prose.vintage_phrase(estimate),
        apart=prose.vintage_phrase(estimate, minimum),
        war_dead=prose.is_war_dead(estimate),
        mass=prose.say("{level}% equal-tailed credible interval", level=prose.decimal(100 * report.level)),
        exceeds=prose.why_minimum_exceeds(estimate, totals[-1]),
        version=software()["registry-excess"],
        periods=periods,
        totals=totals,
        theirs=_theirs(report.totals, periods),
        whole=totals[-1],
        ages=_by_age(report, periods),
        regions=report.document().get("regions", []),
        published=_published(report.comparison),
        included=prose.included(estimate),
        left_out=prose.left_out(estimate),
        engine=prose.engine_sentence(estimate),
        diagnostics=prose.diagnostic_rows(estimate),
        made_from=list(_made_from(report)),
        versions=estimate.provenance.get("versions") or {},
    )


def address(source: str) -> str:
    """Return the web address that a source begins with, or an empty text where it has none."""
    first = source.split(" ", 1)[0]
    parts = urlsplit(first)
    return first if parts.scheme in ("http", "https") and parts.netloc else ""


def embedded(svg: bytes) -> str:
    """Return a plot as a data address, so that the page holds it."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode('ascii')}"


def _by_age(report: Content, periods: list[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return each age band with its row of each period."""
    bands = dict.fromkeys(row["age"] for row in report.estimates)
    return [
        (band, [row for period in periods if (row := report.row(period, band))])
        for band in bands
        if band != report.estimate.ages
    ]


def _theirs(rows: pd.DataFrame | None, periods: list[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return published figures of our periods, by who published them and by period."""
    if rows is None:
        return {}
    rows = rows[rows["period"].isin(periods)]
    return {
        str(name): {row["period"]: row for row in plain_rows(part)}
        for name, part in rows.groupby("name", sort=False)
    }


def _published(rows: pd.DataFrame | None) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the parts of the comparison that hold a figure of somebody else, each with its heading."""
    if rows is None:
        return []
    ours = rows["ours"].astype(bool)
    same, other_people = rows["group"] == SAME, rows["group"] == PERIOD_ONLY
    whole = rows["ages"] == rows.loc[ours, "ages"].iloc[0]
    parts = {
        "Same period and people": same & whole,
        "Same period, other populations: not the same quantity": other_people,
        "Same period, by age": same & ~whole,
    }
    return [(heading, plain_rows(rows[part])) for heading, part in parts.items() if (part & ~ours).any()]


def _made_from(report: Content) -> Iterator[tuple[str, str]]:
    """Yield what the estimate was made from: names and values, as far as known."""
    data, minimum = report.estimate.provenance.get("data") or {}, report.minimum
    labels = {
        "source": "data", "vintage": "vintage of the data", "sha256": "SHA-256 of the cells used",
    }  # fmt: skip
    for key, label in labels.items():
        if data.get(key):
            yield prose.say(label), prose.say(str(data[key]))
    for note in data.get("notes") or ():
        yield prose.say("on reading"), prose.say(note)
    if minimum is not None:
        facts = (
            prose.say(minimum.source), prose.say("vintage {day}", day=prose.dashed(str(minimum.vintage))),
            prose.say(minimum.population), prose.say("{number} names", number=prose.persons(minimum.total)),
        )  # fmt: skip
        yield prose.say("documented minimum"), "; ".join(facts)
        for note in minimum.notes:
            yield prose.say("on reading the list"), prose.say(note)
    for label, value in prose.specification_rows(report.estimate):
        yield label, prose.dashed(value)
    yield from prose.prior_rows(report.estimate)
