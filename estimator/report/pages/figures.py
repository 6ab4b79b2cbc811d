"""The plots of a report: which there are, what each shows in a sentence, and as SVG and PNG."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from estimator.estimate.intervals import ReportingPeriod
from estimator.report.plots.age import plot_excess_by_age
from estimator.report.plots.capture import plot_capture
from estimator.report.plots.published import plot_comparison
from estimator.report.plots.style import for_phones, save_plot
from estimator.report.plots.time import plot_cumulative, plot_weekly
from estimator.report.plots.total import plot_sex_ratio, plot_total
from estimator.report.prose import CAPTURE, dashed, decimal, people_of, quantity_of, say
from estimator.report.tables import Content


@dataclass(frozen=True)
class Figure[Subject]:
    """A plot that a page may have: its file's name, its caption, whether it applies, and its drawing.

    The caption, a format string, is for those who see the plot and those who cannot.
    """

    name: str
    caption: str
    applies: Callable[[Subject], bool]
    draw: Callable[[Subject], Any]


@dataclass(frozen=True, eq=False)
class Picture:
    """A plot as files: its name, without ending, its caption, and its content."""

    name: str
    caption: str
    svg: bytes
    png: bytes
    phone: bytes = b""
    """The same as SVG in one column, in which no letter is too small on a phone."""


def draw_figures[Subject](
    figures: Sequence[Figure[Subject]], subject: Subject, terms: Mapping[str, str], *, png: bool = True
) -> dict[str, Picture]:
    """Draw the plots that apply, by name, with ``terms`` put into their captions; a page needs no PNG."""
    pictures = {}
    for figure in figures:
        if figure.applies(subject):
            drawn = figure.draw(subject)
            svg, bitmap = _as_svg(drawn), io.BytesIO()
            if png:
                save_plot(drawn, bitmap, format="png")
            with for_phones():
                phone = _as_svg(figure.draw(subject))
            caption = say(figure.caption, **terms)
            pictures[figure.name] = Picture(figure.name, caption, svg, bitmap.getvalue(), phone)
    return pictures


def _as_svg(drawn: Any) -> bytes:
    file = io.BytesIO()
    # no date inside: the same estimate gives the same bytes
    save_plot(drawn, file, format="svg", metadata={"Date": None})
    return file.getvalue()


def draw_pictures(report: Content, *, png: bool = True) -> dict[str, Picture]:
    """Draw the plots that a report has data for, by name."""
    return draw_figures(FIGURES, report, _terms(report), png=png)


def _terms(report: Content) -> dict[str, str]:
    what = quantity_of(report.estimate)
    listed = report.minimum is not None
    return {
        "what": what,
        "What": what.capitalize(),
        "level": f"{decimal(100 * report.level)}%",
        "people": dashed(people_of(report.estimate)),
        "capture": say(CAPTURE),
        "line": say(", with the documented minimum as a line") if listed else "",
        "minimum": say(" and the documented minimum") if listed else "",
        "weeks": "" if report.published_weeks is None else say(" and what was published by week"),
    }


def _has_periods(report: Content) -> bool:
    estimate = report.estimate
    return "period" in estimate.dims and estimate.draws.sizes["period"] > 1


def _is_comparable(report: Content) -> bool:
    """Whether somebody else published a figure of one of our periods."""
    rows = report.comparison
    if rows is None:
        return False
    return bool((~rows["ours"].astype(bool) & rows["group"].str.startswith("same period")).any())


def _has_parameter(report: Content, name: str) -> bool:
    """Whether the model is there, and its posterior has draws of a parameter."""
    posterior = report.estimate.posterior
    return report.model is not None and posterior is not None and name in posterior


def _draw_capture(report: Content) -> Any:
    model, posterior = report.model, report.estimate.require_posterior()
    prior = model.capture_prior(seed=1)
    return plot_capture(model.matched, posterior["capture"], prior=prior, level=report.level)


def _points(report: Content) -> pd.DataFrame | None:
    """Return published estimates of our people, with bounds or without, from our first day on."""
    rows = report.comparison
    if rows is None:
        return None
    periods = report.estimate.reporting_periods()
    ends = {one.label: _last_day(one) for one in (periods[0], periods[-1])}
    same = rows["group"].str.startswith("same period and") & (rows["ages"] == report.estimate.ages)
    chosen = same & ~rows["ours"].astype(bool) & rows["period"].isin(ends)
    points = rows[chosen & rows["estimate"].notna()]
    return points.assign(
        period_end=points["period"].map(ends),
        name=points["name"] + ", " + points["vintage"].str[:7],
        interval=points["interval"].where(points["lower"].notna(), ""),
    )


def _last_day(period: ReportingPeriod) -> str:
    return period.dates[1] if period.dates else f"{max(period.years)}-12-31"


FIGURES: tuple[Figure[Content], ...] = (
    Figure(
        "total",
        "Posterior of {what} by year and together, the {level} equal-tailed interval shaded{line}.",
        lambda report: True,
        lambda report: plot_total(report.estimate, report.minimum, level=report.level),
    ),
    Figure(
        "by_age",
        "{What} by age: median, 50% and {level} equal-tailed interval.",
        lambda report: "age" in report.estimate.dims,
        lambda report: plot_excess_by_age(report.estimate, level=report.level),
    ),
    Figure(
        "cumulative",
        "Running total of {what}{minimum} at the end of each period, with the {level} equal-tailed interval.",
        lambda report: _has_periods(report) and report.estimate.dates is not None,
        lambda report: plot_cumulative(report.estimate, report.minimum, _points(report), level=report.level),
    ),
    Figure(
        "by_period",
        "{What}{minimum} by period of death{weeks}, with the {level} equal-tailed interval.",
        lambda report: _has_periods(report) and report.estimate.dates is not None,
        lambda report: plot_weekly(
            report.estimate, report.minimum, report.published_weeks, level=report.level
        ),
    ),
    Figure(
        "published",
        "Published figures of the same periods and ours, its {level} equal-tailed interval shaded. Hollow "
        "marks count other populations than {people}: all ages, or soldiers of any age.",
        _is_comparable,
        lambda report: plot_comparison(report.comparison),
    ),
    Figure(
        "capture",
        "Capture probability ({capture}), by age: the prior, shares found in the matched sample with two "
        "intervals that use one age at a time, and the posterior.",
        lambda report: _has_parameter(report, "capture"),
        _draw_capture,
    ),
    Figure(
        "sex_ratio",
        "Sex ratio of deaths by age, as in peacetime (line) and as observed (dots). Excess is the distance "
        "of a dot from the line in the years estimated. The band is where {level} of dots would lie in "
        "peace, counting noise of the year included.",
        lambda report: (
            _has_parameter(report, "log_sex_ratio")
            and not _has_parameter(report, "capture")
            and "region" not in report.estimate.dims
        ),
        lambda report: plot_sex_ratio(report.estimate, report.model, level=report.level),
    ),
)
"""The plots of a report, in the order of their files."""
