"""Plots of deaths to date: running totals, the posterior, completeness, the overlap, all sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import interval_of
from estimator.nowcast.documents import cumulative_table, deaths_table, headline
from estimator.nowcast.total import has_declared, overlap_sensitivity
from estimator.nowcast.weeks import weeks_of
from estimator.report.plots.style import BLUE, GREEN, GREY, ORANGE, canvas, publisher_of
from estimator.report.plots.total import draw_density
from estimator.report.prose import chance

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_so_far(deaths: Estimate, *, level: float = 0.95, ax: Axes | None = None) -> Axes:
    """Plot the running total of ordinary deaths, with court-declared ones at its end, and the minimum.

    The estimate is one of `flash` or `with_declared`; bands and bars are equal-tailed intervals.
    """
    whole, minimum = interval_of(deaths.total().array(), level), deaths.provenance["minimum"]
    declared = has_declared(deaths)
    table = cumulative_table(deaths.select("ordinary") if declared else deaths, level)
    ends = table.index + pd.Timedelta(days=7)
    last = pd.Timestamp(deaths.through) + pd.Timedelta(days=1)
    ends = ends.where(ends <= last, last)
    with canvas(ax, figsize=(8.6, 4.3)) as drawn:
        axis = drawn.axes[0]
        axis.fill_between(ends, table["deaths_lower"], table["deaths_upper"], color=BLUE, alpha=0.2, lw=0)
        axis.plot(ends, table["deaths"], color=BLUE, lw=2, label="ordinary deaths, median and interval")
        if declared:
            axis.errorbar(
                last + pd.Timedelta(days=25), whole["median"], fmt="o", color=BLUE, capsize=4, lw=2,
                yerr=[[whole["median"] - whole["lower"]], [whole["upper"] - whole["median"]]],
                label="with court-declared deaths, less the overlap",
            )  # fmt: skip
        _draw_names(axis, deaths)
        axis.set_ylim(bottom=0)
        axis.yaxis.set_major_formatter("{x:,.0f}")
        axis.set_ylabel("persons")
        axis.set_title(f"War deaths to {deaths.through}, as known on {deaths.as_of}")
        axis.legend(loc="upper left")
        drawn.note(
            f"bands and bars: {100 * level:g}% equal-tailed intervals",
            f"{publisher_of(minimum['source'])}, vintage {minimum['vintage']}",
        )  # fmt: skip
    return axis


def plot_deaths(deaths: Estimate, *, level: float = 0.95, ax: Axes | None = None) -> Axes:
    """Plot the posterior of all war deaths up to the day, with the documented minimum."""
    minimum = deaths.provenance["minimum"]
    with canvas(ax, figsize=(7.2, 2.9)) as drawn:
        axis = drawn.axes[0]
        draw_density(axis, deaths.total().array(), level)
        label = f"named dead, vintage {minimum['vintage']}"
        axis.axvline(minimum["total"], color=ORANGE, lw=2.2, label=label)
        axis.set_yticks([])
        axis.spines["left"].set_visible(False)
        axis.set_xlim(left=0)
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.set_xlabel(f"war deaths to {deaths.through}, persons")
        drawn.legend()
        drawn.note("dashed: median", publisher_of(minimum["source"]))
    return axis


def plot_completeness(deaths: Estimate, *, level: float = 0.95, ax: Axes | None = None) -> Axes:
    """Plot the share of war dead that was on the named list at its vintage, by week of death.

    Dotted: the share of all the dead up to the last day.
    """
    minimum = deaths.provenance["minimum"]
    table = 100 * deaths_table(deaths, level)
    whole = 100 * headline(deaths, level)["share_on_list"]
    with canvas(ax, figsize=(8.6, 3.8)) as drawn:
        axis = drawn.axes[0]
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
        axis.set_title(f"Share of war dead on the named list of {minimum['vintage']}")
        axis.legend(loc="lower left")
        drawn.note(f"band: {100 * level:g}% equal-tailed interval", publisher_of(minimum["source"]))
    return axis


def _draw_names(axis: Any, deaths: Estimate) -> None:
    """Draw names by week of death, and the whole list at its vintage: some names have no date."""
    minimum, dated = deaths.provenance["minimum"], deaths.draws["names"].to_numpy().cumsum()
    axis.plot(
        weeks_of(deaths) + pd.Timedelta(days=7), dated, color=ORANGE, lw=1.8,
        label="named dead by week of death, running total",
    )  # fmt: skip
    if minimum["total"] > dated[-1] + 1:
        axis.plot(
            pd.Timestamp(minimum["vintage"]), minimum["total"], ">", color=ORANGE, ms=8, ls="",
            label=f"all {minimum['total']:,} names, with those of unknown date",
        )  # fmt: skip


def plot_overlap(deaths: Estimate, *, level: float = 0.95, ax: Axes | None = None) -> Axes:
    """Plot all deaths by the share of court-declared ones among the ordinary ones already.

    Raises
    ------
    VintageError
        If no court-declared deaths were known.
    """
    table = overlap_sensitivity(deaths, level)
    middle = interval_of(deaths.total().array(), level)["median"]
    share = interval_of(deaths.select("overlap_share").array(), level)
    with canvas(ax, figsize=(7.2, 4.0)) as drawn:
        axis = drawn.axes[0]
        axis.axvspan(share["lower"], share["upper"], color=GREY, alpha=0.12, lw=0,
                     label=f"prior of the overlap, {100 * level:g}%")  # fmt: skip
        axis.errorbar(
            table.index, table["median"], fmt="o", color=BLUE, capsize=4, lw=2,
            yerr=[table["median"] - table["lower"], table["upper"] - table["median"]],
            label="total at a fixed overlap",
        )  # fmt: skip
        axis.axhline(middle, color=BLUE, lw=1.5, ls="--", label="total with the prior, median")
        axis.set_ylim(bottom=0)
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axis.yaxis.set_major_formatter("{x:,.0f}")
        axis.set_xlabel("share of court-declared deaths counted among the ordinary ones already")
        axis.set_ylabel("war deaths, persons")
        axis.set_title(f"How much the overlap matters, as known on {deaths.as_of}")
        axis.legend(loc="lower left")
    return axis


def plot_statements(statements: list[dict[str, Any]], *, level: float = 0.95, ax: Axes | None = None) -> Axes:
    """Plot what each source states, and the interval that the others expect; see `conflict.statements`."""
    shown = [
        row for row in statements
        if row["expected"] is not None and row["stated"] is not None and row["period"] != "per cent"
    ]  # fmt: skip
    height = np.arange(len(shown))[::-1]
    with canvas(ax, figsize=(10.5, 0.34 * len(shown) + 1.5)) as drawn:
        axis = drawn.axes[0]
        for y, row in zip(height, shown):
            axis.plot([row["expected_lower"], row["expected_upper"]], [y, y], color=BLUE, lw=4, alpha=0.35)
            axis.plot(row["expected"], y, "|", color=BLUE, ms=11, mew=2)
            colour = ORANGE if row["source"] == "named list" else GREEN
            odd = row["p"] is not None and row["p"] < 0.05
            axis.plot(row["stated"], y, "D" if odd else "o", color=colour, ms=8 if odd else 6.5)
            axis.text(1.01, y, f"p {chance(row['p'])}", transform=axis.get_yaxis_transform(),
                      va="center", fontsize=8.5, weight="bold" if odd else "normal")  # fmt: skip
        axis.set_yticks(height, [f"{row['source']}: {row['period']}" for row in shown], fontsize=8.5)
        axis.set_xlim(left=0)
        axis.locator_params(axis="x", nbins=7)
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.set_xlabel("persons")
        axis.set_title("What each source states, and what the others expect")
        handles = axis.plot(
            [],
            [],
            color=BLUE,
            lw=4,
            alpha=0.35,
            label=f"expected from the others, {100 * level:g}%",
        )
        for label, colour, mark in (
            ("its median", BLUE, "|"),
            ("stated", GREEN, "o"),
            ("named dead", ORANGE, "o"),
            ("diamond: in conflict (p below 0.05)", GREY, "D"),
        ):
            handles += axis.plot([], [], mark, color=colour, label=label)
        drawn.legend(3, handles)
    return axis
