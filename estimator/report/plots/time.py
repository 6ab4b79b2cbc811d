"""Plots over time: war dead by week, month or year, and the running total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from estimator.data.minimum import DocumentedMinimum
from estimator.estimate.estimate import Estimate
from estimator.report.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    canvas,
    interval_bars,
    list_note,
    short_interval,
    source_of,
)
from estimator.report.prose import dashed, decimal, heading_of, persons_axis, say
from estimator.report.tables_weekly import DAY, period_edges, weekly_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONG_WEEKS = 26
"""From so many periods on a band is read more easily than bars."""


def plot_weekly(
    estimate: Estimate,
    minimum: DocumentedMinimum | None = None,
    published: pd.DataFrame | None = None,
    *,
    level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Plot the dead of each week, month or year, the names on the list and published weekly figures.

    Ages and regions are summed over. A list without weeks of death is not drawn. ``published`` is as for
    `weekly_table`; with columns name and interval it is named. DataError is raised if periods were
    summed over, or are running totals.
    """
    table = weekly_table(estimate, minimum, published, level=level)
    edges = period_edges(estimate)
    inner = estimate.by("period").to_frame(0.5)
    middle = edges[:-1] + np.diff(edges) / 2
    unit = _length(edges)
    with canvas(ax, figsize=(8.6, 4.1)) as drawn:
        axis = drawn.axes[0]
        _draw_estimate(axis, middle, table, inner, level)
        if published is not None:
            _draw_weeks(axis, middle, table, published)
        if minimum is not None and "named" in table:
            axis.stairs(table["named"], edges, baseline=None, color=ORANGE, lw=1.7,
                        label=_listed(minimum))  # fmt: skip
        axis.axhline(0, color=GREY, lw=0.9)
        _format_axes(axis)
        axis.set_title(dashed(heading_of(estimate)))
        axis.set_ylabel(say(f"persons a {unit}"))
        drawn.legend()
        drawn.note(say(f"by {unit} of death"), source_of(estimate), list_note(minimum))
        drawn.mark(estimate)
    return axis


def plot_cumulative(
    estimate: Estimate,
    minimum: DocumentedMinimum | None = None,
    published: pd.DataFrame | None = None,
    *,
    level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Plot the running total with its interval, the documented minimum and published estimates.

    Of a list with weeks of death the running total is drawn from the estimate's first day; of one
    without, the total at its vintage. ``published`` holds estimates for periods that begin with the
    estimate's: ``period_end`` (date), ``estimate``, ``lower``, ``upper`` (persons; NaN where none),
    ``name`` and ``interval`` (what the bounds are). DataError is raised if periods were summed over.
    """
    edges = period_edges(estimate)
    running = estimate.by("period").cumulative()
    first_day = estimate.dates[0] if estimate.dates else f"{edges[0]:%Y-%m-%d}"
    with canvas(ax, figsize=(8.6, 4.6)) as drawn:
        axis = drawn.axes[0]
        axis.axhline(0, color=GREY, lw=0.9)
        axis.plot(edges[0], 0, alpha=0)  # the axis begins where the total does
        _draw_estimate(axis, edges[1:], running.to_frame(level), running.to_frame(0.5), level)
        if minimum is not None:
            _draw_minimum(axis, minimum, edges)
        if published is not None:
            _draw_published(axis, published)
        _format_axes(axis)
        axis.set_title(say("{heading}, running total", heading=dashed(heading_of(estimate))))
        axis.set_ylabel(say("persons since {day}", day=dashed(first_day)))
        drawn.legend()
        shifted = say("published figures are side by side after the last day of their period")
        drawn.note("" if published is None else shifted, source_of(estimate), list_note(minimum))
        drawn.mark(estimate)
    return axis


def _listed(minimum: DocumentedMinimum) -> str:
    return say("named dead, vintage {day}", day=dashed(str(minimum.vintage)))


def _length(edges: pd.DatetimeIndex) -> str:
    days = float(np.median(np.diff(edges) / DAY))
    return "week" if days < 10 else "month" if days < 40 else "year"


def _draw_minimum(axis: Any, minimum: DocumentedMinimum, edges: pd.DatetimeIndex) -> None:
    label = _listed(minimum)
    if minimum.by_week is None:
        axis.plot(pd.Timestamp(minimum.vintage), minimum.total, ">", color=ORANGE, ms=8, label=label)
        return
    if minimum.by_day is not None:
        weeks, length = minimum.by_day[edges[0] : edges[-1] - DAY], DAY
    else:  # the week in which the period begins counts, as in the numbers set against each other
        weeks, length = minimum.by_week[edges[0] - 6 * DAY : edges[-1] - DAY], 7 * DAY
    ends = [edges[0], *(weeks.index + length)]
    axis.plot(ends, [0, *weeks.cumsum()], color=ORANGE, lw=2, label=label)


def _draw_weeks(axis: Any, days: pd.DatetimeIndex, table: pd.DataFrame, published: pd.DataFrame) -> None:
    first = published.iloc[0]
    label = f"published: {first['name']}" if "name" in published else "published"
    bounded = "interval" in published and published["lower"].notna().any()
    kind = f" ({short_interval(first['interval'])} dotted)" if bounded else ""
    axis.plot(days, table["published"], color=GREEN, lw=1.4, label=label + kind)
    for bound in ("published_lower", "published_upper"):
        axis.plot(days, table[bound], color=GREEN, lw=0.9, ls=":")


def _draw_published(axis: Any, published: pd.DataFrame) -> None:
    rows = published[published["estimate"].notna() | published["lower"].notna()].copy()
    # figures of one day are drawn side by side, after it
    position = rows.groupby(rows["period_end"].astype(str)).cumcount() + 1
    first, last = axis.get_xlim()
    shift = pd.to_timedelta(position * 0.012 * (last - first), unit="D")
    rows["day"] = pd.to_datetime(rows["period_end"]) + DAY + shift
    marks = "Ds^vPX*<"
    for i, (name, part) in enumerate(rows.groupby("name", sort=False)):
        kinds = [kind for kind in dict.fromkeys(map(short_interval, part["interval"])) if kind]
        low = part[["day", "lower", "upper"]].dropna()
        axis.vlines(low["day"], low["lower"], low["upper"], color=GREEN, lw=1.6)
        axis.plot(
            part["day"], part["estimate"], marks[i % len(marks)], color=GREEN, ms=6.5, mew=1.2,
            mfc=GREEN if i % 2 == 0 else "white", ls="", clip_on=False,
            label=f"{name} ({'; '.join(kinds)})" if kinds else name,
        )  # fmt: skip


def _draw_estimate(
    axis: Any, days: pd.DatetimeIndex, table: pd.DataFrame, inner: pd.DataFrame, level: float
) -> None:
    """Draw bars where periods are few: a band would show values for the time between them."""
    middle = "estimate, median"
    if len(table) < LONG_WEEKS:
        interval_bars(axis, days, table, inner, level, middle)
        return
    for part, alpha, mass in ((table, 0.2, level), (inner, 0.3, 0.5)):
        axis.fill_between(
            days, part["lower"], part["upper"], color=BLUE, alpha=alpha, lw=0,
            label=say("{level}% interval", level=decimal(100 * mass)),
        )  # fmt: skip
    axis.plot(days, table["median"], color=BLUE, lw=1.5, label=say(middle))


def _format_axes(axis: Any) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(maxticks=10)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axis.yaxis.set_major_formatter(persons_axis)
