"""Plots of the present: deaths so far against the list, the late stream's overlap, all sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from estimator.nowcast.flash import Flash
from estimator.nowcast.total import Present
from estimator.report.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    house_style,
    publisher_of,
    write_note,
)
from estimator.report.plots.total import draw_density
from estimator.report.prose import chance

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_so_far(present: Present, *, level: float = 0.95) -> Figure:
    """Plot the running total of ordinary deaths, the total with the late stream, and the minimum.

    Parameters
    ----------
    present : Present
        The flash estimate, with the late stream or without.
    level : float
        Of the equal-tailed intervals.

    Returns
    -------
    matplotlib.figure.Figure
    """
    flash, told = present.flash, present.summary(level)
    table = flash.cumulative(level)
    ends = table.index + pd.Timedelta(days=7)
    last = pd.Timestamp(flash.through) + pd.Timedelta(days=1)
    ends = ends.where(ends <= last, last)
    with house_style() as plt:
        figure, axis = plt.subplots(figsize=(8.6, 4.3), layout="constrained")
        axis.fill_between(
            ends, table["deaths_lower"], table["deaths_upper"], color=BLUE, alpha=0.2, lw=0
        )
        axis.plot(
            ends, table["deaths"], color=BLUE, lw=2, label="ordinary deaths, median and interval"
        )
        whole = told["total"]
        if present.late is not None:
            axis.errorbar(
                last + pd.Timedelta(days=25), whole["median"], fmt="o", color=BLUE, capsize=4, lw=2,
                yerr=[[whole["median"] - whole["lower"]], [whole["upper"] - whole["median"]]],
                label="with deaths declared late, less the overlap",
            )  # fmt: skip
        _names(axis, present)
        axis.set_ylim(bottom=0)
        axis.yaxis.set_major_formatter("{x:,.0f}")
        axis.set_ylabel("persons")
        axis.set_title(f"War deaths to {flash.through}, as known on {flash.as_of}")
        axis.legend(loc="upper left")
        write_note(
            figure, f"bands and bars: {level:.0%} equal-tailed intervals",
            f"{publisher_of(flash.minimum.source)}, vintage {flash.minimum.vintage}",
        )  # fmt: skip
    return figure


def plot_posterior(present: Present, *, level: float = 0.95) -> Figure:
    """Plot the posterior of all war deaths up to the day, with the documented minimum.

    Parameters
    ----------
    present : Present
        The flash estimate, with the late stream or without.
    level : float
        Of the shaded equal-tailed interval.

    Returns
    -------
    matplotlib.figure.Figure
    """
    minimum = present.flash.minimum
    with house_style() as plt:
        figure, axis = plt.subplots(figsize=(7.2, 2.9), layout="constrained")
        draw_density(axis, present.total, level)
        axis.axvline(
            minimum.total, color=ORANGE, lw=2.2, label=f"named dead, vintage {minimum.vintage}"
        )
        axis.set_yticks([])
        axis.spines["left"].set_visible(False)
        axis.set_xlim(left=0)
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.set_xlabel(f"war deaths to {present.flash.through}, persons")
        figure.legend(loc="outside upper left", ncols=2, fontsize=8.5)
        write_note(figure, "dashed: median", publisher_of(minimum.source))
    return figure


def plot_completeness(flash: Flash, *, level: float = 0.95) -> Figure:
    """Plot the share of war dead that the named list held at its vintage, by week of death.

    Parameters
    ----------
    flash : Flash
        Deaths by week and the share on the list.
    level : float
        Of the equal-tailed interval.

    Returns
    -------
    matplotlib.figure.Figure
        Dotted: the share of all the dead up to the last day.
    """
    table = 100 * flash.weekly(level)
    whole = 100 * flash.total(level)["share_on_list"]
    with house_style() as plt:
        figure, axis = plt.subplots(figsize=(8.6, 3.8), layout="constrained")
        axis.fill_between(
            table.index, table["completeness_lower"], table["completeness_upper"], color=BLUE,
            alpha=0.2, lw=0, step="post",
        )  # fmt: skip
        axis.step(
            table.index, table["completeness"], color=BLUE, lw=1.8, where="post",
            label="of the dead of a week, median and interval",
        )  # fmt: skip
        axis.axhline(whole, color=GREY, lw=1.4, ls=":", label=f"of all so far: {whole:.0f}%")
        axis.set_ylim(bottom=0)
        axis.yaxis.set_major_formatter("{x:.0f}%")
        axis.set_ylabel("completeness")
        axis.set_xlabel("week of death")
        axis.set_title(f"Share of war dead on the named list of {flash.minimum.vintage}")
        axis.legend(loc="lower left")
        write_note(
            figure, f"band: {level:.0%} equal-tailed interval", publisher_of(flash.minimum.source)
        )
    return figure


def _names(axis: Any, present: Present) -> None:
    """Draw names by week of death, and the whole list at its vintage: some names have no date."""
    flash = present.flash
    minimum = flash.minimum
    # completeness is names over deaths, in each draw
    dated = (flash.completeness * flash.deaths).median(axis=1).cumsum()
    axis.plot(
        dated.index + pd.Timedelta(days=7), dated, color=ORANGE, lw=1.8,
        label="named dead by week of death, running total",
    )  # fmt: skip
    if minimum.total > dated.iloc[-1] + 1:
        axis.plot(
            pd.Timestamp(minimum.vintage), minimum.total, ">", color=ORANGE, ms=8, ls="",
            label=f"all {minimum.total:,} names, with those of unknown date",
        )  # fmt: skip


def plot_overlap(present: Present, *, level: float = 0.95) -> Figure:
    """Plot the total by the share of late deaths that the ordinary ones hold already.

    Parameters
    ----------
    present : Present
        With a late stream.
    level : float
        Of the equal-tailed intervals.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    VintageError
        If no late stream was known.
    """
    table = present.sensitivity(level)
    whole = present.summary(level)["total"]
    assert present.late is not None
    share = present.late.summary(level)["overlap_share"]
    with house_style() as plt:
        figure, axis = plt.subplots(figsize=(7.2, 4.0), layout="constrained")
        axis.axvspan(share["lower"], share["upper"], color=GREY, alpha=0.12, lw=0,
                     label=f"prior of the overlap, {level:.0%}")  # fmt: skip
        axis.errorbar(
            table.index, table["median"], fmt="o", color=BLUE, capsize=4, lw=2,
            yerr=[table["median"] - table["lower"], table["upper"] - table["median"]],
            label="total at a fixed overlap",
        )  # fmt: skip
        axis.axhline(
            whole["median"], color=BLUE, lw=1.5, ls="--", label="total with the prior, median"
        )
        axis.set_ylim(bottom=0)
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axis.yaxis.set_major_formatter("{x:,.0f}")
        axis.set_xlabel("share of late deaths counted among the ordinary ones already")
        axis.set_ylabel("war deaths, persons")
        axis.set_title(f"How much the overlap matters, as known on {present.flash.as_of}")
        axis.legend(loc="lower left")
    return figure


def plot_statements(statements: list[dict[str, Any]], *, level: float = 0.95) -> Figure:
    """Plot what each source states beside what the others expect it to state.

    Parameters
    ----------
    statements : list of dict
        As `joint_checks.statements` gives them: source, period, stated, expected and its bounds, p.
    level : float
        Of the intervals.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = [
        row for row in statements
        if row["expected"] is not None and row["stated"] is not None and row["period"] != "per cent"
    ]  # fmt: skip
    height = np.arange(len(shown))[::-1]
    with house_style() as plt:
        figure, axis = plt.subplots(figsize=(10.5, 0.34 * len(shown) + 1.5), layout="constrained")
        for y, row in zip(height, shown):
            axis.plot(
                [row["expected_lower"], row["expected_upper"]], [y, y], color=BLUE, lw=4, alpha=0.35
            )
            axis.plot(row["expected"], y, "|", color=BLUE, ms=11, mew=2)
            colour = ORANGE if row["source"] == "named list" else GREEN
            odd = row["p"] is not None and row["p"] < 0.05
            axis.plot(row["stated"], y, "D" if odd else "o", color=colour, ms=8 if odd else 6.5)
            axis.text(1.01, y, f"p {chance(row['p'])}", transform=axis.get_yaxis_transform(),
                      va="center", fontsize=8.5, weight="bold" if odd else "normal")  # fmt: skip
        axis.set_yticks(
            height, [f"{row['source']}: {row['period']}" for row in shown], fontsize=8.5
        )
        axis.set_xlim(left=0)
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.set_xlabel("persons")
        axis.set_title("What each source states, and what the others expect")
        handles = [
            axis.plot([], [], color=BLUE, lw=4, alpha=0.35)[0],
            axis.plot([], [], "|", color=BLUE, ms=11, mew=2)[0],
            axis.plot([], [], "o", color=GREEN)[0], axis.plot([], [], "o", color=ORANGE)[0],
            axis.plot([], [], "D", color=GREY)[0],
        ]  # fmt: skip
        names = [
            f"expected from the others, {level:.0%}",
            "its median",
            "stated",
            "named dead",
            "diamond: in conflict (p below 0.05)",
        ]
        figure.legend(handles, names, loc="outside lower center", ncols=3, fontsize=8.5)
    return figure
