"""The plots of a report: which there are, what each shows in words, and as SVG and PNG."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from estimator.estimate.comparison import ReportingPeriod
from estimator.report.content import Content
from estimator.report.plots.age import plot_excess_by_age
from estimator.report.plots.capture import plot_capture
from estimator.report.plots.published import plot_comparison
from estimator.report.plots.style import house_style
from estimator.report.plots.time import plot_cumulative, plot_weekly
from estimator.report.plots.total import plot_sex_ratio, plot_total
from estimator.report.prose import CAPTURE, people_of, quantity_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Picture:
    """A plot as files hold it.

    Parameters
    ----------
    name : str
        Of the files, without ending.
    caption : str
        What it shows, for those who see it and those who cannot.
    svg, png : bytes
        The same plot.
    """

    name: str
    caption: str
    svg: bytes
    png: bytes


def draw_pictures(report: Content) -> dict[str, Picture]:
    """Draw the plots that a report has data for, by name.

    Parameters
    ----------
    report : Content
        Without published figures, periods, ages or the model, the plots of these are left out.
    """
    return {name: _kept(name, caption, figure) for name, caption, figure in _figures(report)}


def _figures(report: Content) -> Iterator[tuple[str, str, Figure]]:
    estimate, minimum, level = report.estimate, report.minimum, report.level
    what = quantity_of(estimate)
    mass = f"{level:.0%} equal-tailed interval"
    listed = ", with the documented minimum as a line" if minimum is not None else ""
    yield (
        "total", f"Posterior of {what} by year and together, the {mass} shaded{listed}.",
        plot_total(estimate, minimum, level=level),
    )  # fmt: skip
    if "age" in estimate.dims:
        yield (
            "by_age", f"{what.capitalize()} by age: median, 50% and {mass}.",
            plot_excess_by_age(estimate, level=level),
        )  # fmt: skip
    if "period" in estimate.dims and estimate.draws.sizes["period"] > 1:
        beside = "" if minimum is None else " beside the documented minimum"
        yield (
            "cumulative", f"Running total of {what} at the end of each period{beside}, with the {mass}.",
            plot_cumulative(estimate, minimum, _points(report), level=level),
        )  # fmt: skip
        if estimate.dates is not None:
            theirs = "" if report.weeks is None else " and what was published by week"
            yield (
                "by_period", f"{what.capitalize()} by period of death{beside}{theirs}, with the {mass}.",
                plot_weekly(estimate, minimum, report.weeks, level=level),
            )  # fmt: skip
    if _comparable(report):
        yield (
            "published",
            f"Published figures of the same periods beside ours, its {mass} shaded. Hollow marks count "
            f"other people than {people_of(estimate)}: all ages, or soldiers of any age.",
            plot_comparison(report.comparison),
        )
    posterior = estimate.posterior
    if report.model is not None and posterior is not None and "capture" in posterior:
        yield (
            "capture",
            f"Capture probability ({CAPTURE}), by age: the prior, shares found in the matched sample "
            "with two intervals that know one age at a time, and the posterior.",
            plot_capture(
                report.model.matched,
                posterior["capture"],
                prior=report.model.capture_prior(seed=1),
                level=level,
            ),
        )
    elif report.model is not None and _has_sex_ratio(estimate):
        yield (
            "sex_ratio",
            "Sex ratio of deaths by age, as in peacetime (line) and as observed (dots). Excess is the "
            "distance of a dot from the line in the years estimated. The band is where "
            f"{level:.0%} of dots would lie in peace, counting noise of the year included.",
            plot_sex_ratio(estimate, report.model, level=level),
        )


def _comparable(report: Content) -> bool:
    """Whether somebody else published a figure of one of our periods."""
    rows = report.comparison
    if rows is None:
        return False
    return bool((~rows["ours"].astype(bool) & rows["group"].str.startswith("same period")).any())


def _points(report: Content) -> pd.DataFrame | None:
    """Return published estimates of our people, with bounds or without, from our first day on."""
    if report.comparison is None:
        return None
    periods = report.estimate.reporting_periods()
    ends = {one.label: _last_day(one) for one in (periods[0], periods[-1])}
    rows = report.comparison
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


def _has_sex_ratio(estimate: Any) -> bool:
    posterior = estimate.posterior
    return posterior is not None and "log_sex_ratio" in posterior and "region" not in estimate.dims


def _kept(name: str, caption: str, figure: Figure) -> Picture:
    svg, png = io.BytesIO(), io.BytesIO()
    # text of an SVG is made on saving, by the style of that moment
    with house_style() as plt:
        # no date inside: the same estimate gives the same bytes
        figure.savefig(svg, format="svg", metadata={"Date": None})
        figure.savefig(png, format="png")
        plt.close(figure)
    return Picture(name, caption, svg.getvalue(), png.getvalue())
