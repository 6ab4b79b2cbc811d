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
    house_style,
    list_note,
    mark_unconverged,
    short_interval,
    source_of,
    write_note,
)
from estimator.report.prose import heading_of
from estimator.report.tables_weekly import DAY, names_by_period, period_edges, weekly_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["names_by_period", "period_edges", "plot_cumulative", "plot_weekly", "weekly_table"]

LONG_WEEKS = 26
"""From so many periods on a band is read more easily than bars."""


def plot_weekly(
    estimate: Estimate,
    minimum: DocumentedMinimum | None = None,
    published: pd.DataFrame | None = None,
    *,
    level: float = 0.95,
) -> Figure:
    """Plot what died in each week, month or year, beside the names on the list and published weeks.

    Parameters
    ----------
    estimate : Estimate
        With dim period; ages and regions are summed over.
    minimum : DocumentedMinimum, optional
        With weeks of death, which are added up to the estimate's periods; without them it is not drawn.
    published : DataFrame, optional
        Published weekly figures, as for `weekly_table`; with columns name and interval they are named.
    level : float
        Of the equal-tailed interval.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        If periods were already summed over, or are running totals.
    """
    table = weekly_table(estimate, minimum, published, level=level)
    edges = period_edges(estimate)
    inner = estimate.by("period").to_frame(0.5)
    middle = edges[:-1] + np.diff(edges) / 2
    with house_style() as plt:
        figure, axis = plt.subplots(figsize=(8.6, 4.1), layout="constrained")
        _draw_estimate(axis, middle, table, inner, level)
        if published is not None:
            _draw_weeks(axis, middle, table, published)
        if minimum is not None and "named" in table:
            axis.stairs(table["named"], edges, baseline=None, color=ORANGE, lw=1.7,
                        label=_listed(minimum))  # fmt: skip
        axis.axhline(0, color=GREY, lw=0.9)
        unit = _length(edges)
        _finish(axis, heading_of(estimate), f"persons a {unit}")
        write_note(figure, f"by {unit} of death", source_of(estimate), list_note(minimum))
        mark_unconverged(figure, estimate)
    return figure


def plot_cumulative(
    estimate: Estimate,
    minimum: DocumentedMinimum | None = None,
    published: pd.DataFrame | None = None,
    *,
    level: float = 0.95,
) -> Figure:
    """Plot the running total with its interval, the documented minimum and published estimates.

    Parameters
    ----------
    estimate : Estimate
        With dim period; ages and regions are summed over.
    minimum : DocumentedMinimum, optional
        With weeks of death its running total is drawn from the estimate's first day; without them
        the total at its vintage.
    published : DataFrame, optional
        Estimates for periods that begin with the estimate's: columns ``period_end`` (date),
        ``estimate``, ``lower``, ``upper`` (persons; NaN where none), ``name`` and ``interval`` (what
        the bounds are). As `estimator.load_published` gives them, with the publisher as name.
    level : float
        Of the equal-tailed interval.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        If periods were already summed over.
    """
    edges = period_edges(estimate)
    running = estimate.by("period").cumulative()
    table, inner = running.to_frame(level), running.to_frame(0.5)
    with house_style() as plt:
        figure, axis = plt.subplots(figsize=(8.6, 4.6), layout="constrained")
        axis.axhline(0, color=GREY, lw=0.9)
        axis.plot(edges[0], 0, alpha=0)  # the axis begins where the total does
        _draw_estimate(axis, edges[1:], table, inner, level)
        if minimum is not None:
            _draw_minimum(axis, minimum, edges)
        if published is not None:
            _draw_published(axis, published)
        _finish(
            axis,
            f"{heading_of(estimate)}, running total",
            f"persons since {estimate.dates[0] if estimate.dates else f'{edges[0]:%Y-%m-%d}'}",
        )
        shifted = "published figures stand beside one another after the last day of their period"
        write_note(
            figure, "" if published is None else shifted, source_of(estimate), list_note(minimum)
        )
        mark_unconverged(figure, estimate)
    return figure


def _listed(minimum: DocumentedMinimum) -> str:
    return f"named dead, vintage {minimum.vintage}"


def _length(edges: pd.DatetimeIndex) -> str:
    days = float(np.median(np.diff(edges) / DAY))
    return "week" if days < 10 else "month" if days < 40 else "year"


def _draw_minimum(axis: Any, minimum: DocumentedMinimum, edges: pd.DatetimeIndex) -> None:
    label = _listed(minimum)
    if minimum.by_week is None:
        axis.plot(
            pd.Timestamp(minimum.vintage), minimum.total, ">", color=ORANGE, ms=8, label=label
        )
        return
    # the week in which the period begins counts, as in the numbers set against each other
    weeks = minimum.by_week[edges[0] - 6 * DAY : edges[-1] - DAY]
    ends = [edges[0], *(weeks.index + 7 * DAY)]
    axis.plot(ends, [0, *weeks.cumsum()], color=ORANGE, lw=2, label=label)


def _draw_weeks(
    axis: Any, days: pd.DatetimeIndex, table: pd.DataFrame, published: pd.DataFrame
) -> None:
    first = published.iloc[0]
    told = f"published: {first['name']}" if "name" in published else "published"
    bounded = "interval" in published and published["lower"].notna().any()
    kind = f" ({short_interval(first['interval'])} dotted)" if bounded else ""
    axis.plot(days, table["published"], color=GREEN, lw=1.4, label=told + kind)
    for bound in ("published_lower", "published_upper"):
        axis.plot(days, table[bound], color=GREEN, lw=0.9, ls=":")


def _draw_published(axis: Any, published: pd.DataFrame) -> None:
    rows = published[published["estimate"].notna() | published["lower"].notna()].copy()
    # figures of one day stand side by side, after it
    beside = rows.groupby(rows["period_end"].astype(str)).cumcount() + 1
    first, last = axis.get_xlim()
    shift = pd.to_timedelta(beside * 0.012 * (last - first), unit="D")
    rows["day"] = pd.to_datetime(rows["period_end"]) + DAY + shift
    marks = "Ds^vPX*<"
    for i, (name, part) in enumerate(rows.groupby("name", sort=False)):
        told = "; ".join(
            kind for kind in dict.fromkeys(map(short_interval, part["interval"])) if kind
        )
        low = part[["day", "lower", "upper"]].dropna()
        axis.vlines(low["day"], low["lower"], low["upper"], color=GREEN, lw=1.6)
        axis.plot(
            part["day"], part["estimate"], marks[i % len(marks)], color=GREEN, ms=6.5, mew=1.2,
            mfc=GREEN if i % 2 == 0 else "white", label=f"{name} ({told})" if told else name,
            ls="", clip_on=False,
        )  # fmt: skip


def _draw_estimate(
    axis: Any, days: pd.DatetimeIndex, table: pd.DataFrame, inner: pd.DataFrame, level: float
) -> None:
    """Draw bars where periods are few: a band would tell of the time between them."""
    outside, inside, middle = f"{level:.0%} interval", "50% interval", "estimate, median"
    if len(table) < LONG_WEEKS:
        axis.vlines(days, table["lower"], table["upper"], color=BLUE, lw=1.5, label=outside)
        axis.vlines(
            days, inner["lower"], inner["upper"], color=BLUE, lw=5, alpha=0.45, label=inside
        )
        axis.plot(days, table["median"], "o", color=BLUE, ms=5, mec="white", mew=0.8, label=middle)
        return
    for part, alpha, label in ((table, 0.2, outside), (inner, 0.3, inside)):
        axis.fill_between(
            days, part["lower"], part["upper"], color=BLUE, alpha=alpha, lw=0, label=label
        )
    axis.plot(days, table["median"], color=BLUE, lw=1.5, label=middle)


def _finish(axis: Any, heading: str, unit: str) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(maxticks=10)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axis.yaxis.set_major_formatter("{x:,.0f}")
    axis.set_title(heading)
    axis.set_ylabel(unit)
    axis.figure.legend(loc="outside upper left", ncols=2, fontsize=8.5)
