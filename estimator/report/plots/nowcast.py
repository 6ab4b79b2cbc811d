"""Plots of the dead to a day: running totals, the posterior, completeness, sources, the back-test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from estimator.estimate.estimate import Estimate
from estimator.nowcast.documents import cumulative_table, deaths_table, headline
from estimator.nowcast.weeks import weeks_of
from estimator.report.plots.style import BLUE, GREEN, GREY, ORANGE, canvas, is_narrow, publisher_of
from estimator.report.plots.total import draw_density
from estimator.report.prose import dashed, decimal, persons, persons_axis, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_so_far(deaths: Estimate, *, level: float = 0.95, ax: Axes | None = None) -> Axes:
    """Plot running totals of all dead and of ordinary deaths with their intervals, and the names.

    The estimate is one of `present`; bands are equal-tailed intervals. Weeks without observed registry
    figures are shaded.
    """
    minimum, last = deaths.provenance["minimum"], pd.Timestamp(deaths.through) + pd.Timedelta(days=1)
    with canvas(ax, figsize=(8.6, 4.3)) as drawn:
        axis = drawn.axes[0]
        for part, colour, label in (
            ("deaths", BLUE, say("all dead, also those not yet declared")),
            ("ordinary", GREEN, say("of them in ordinary registration")),
        ):
            table = cumulative_table(deaths.select(part), level)
            ends = (table.index + pd.Timedelta(days=7)).map(lambda day: min(day, last))
            lower, upper = (table[f"deaths_{end}"] for end in ("lower", "upper"))
            axis.fill_between(ends, lower, upper, color=colour, alpha=0.18, lw=0)
            axis.plot(ends, table["deaths"], color=colour, lw=2, label=label)
        _draw_names(axis, deaths)
        if observed := deaths.provenance["observed_to"]:
            axis.axvspan(pd.Timestamp(observed), last, color=GREY, alpha=0.1, lw=0,
                         label=say("no observed registry figure"))  # fmt: skip
        axis.set_ylim(bottom=0)
        axis.yaxis.set_major_formatter(persons_axis)
        axis.set_ylabel(say("persons"))
        axis.set_title(say("War dead to {day}, as known then", day=dashed(str(deaths.through))))
        drawn.legend()
        drawn.note(
            say("bands: {level}% equal-tailed intervals", level=decimal(100 * level)), _list_of(minimum)
        )
    return axis


def plot_deaths(deaths: Estimate, *, level: float = 0.95, ax: Axes | None = None) -> Axes:
    """Plot the posterior of all war deaths up to the day, with the documented minimum."""
    minimum = deaths.provenance["minimum"]
    with canvas(ax, figsize=(7.2, 2.9)) as drawn:
        axis = drawn.axes[0]
        draw_density(axis, deaths.total().array(), level)
        label = say("named dead, vintage {day}", day=dashed(str(minimum["vintage"])))
        axis.axvline(minimum["total"], color=ORANGE, lw=2.2, label=label)
        axis.set_yticks([])
        axis.spines["left"].set_visible(False)
        axis.set_xlim(left=0)
        axis.xaxis.set_major_formatter(persons_axis)
        axis.set_xlabel(say("war dead to {day}, persons", day=dashed(str(deaths.through))))
        drawn.legend()
        drawn.note(say("dashed: median"), say(publisher_of(minimum["source"])))
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
        label=say("named dead by week of death, running total"),
    )  # fmt: skip
    if minimum["total"] > dated[-1] + 1:
        axis.plot(
            pd.Timestamp(minimum["vintage"]), minimum["total"], ">", color=ORANGE, ms=8, ls="",
            label=say(
                "all {number} names, with those of unknown date", number=persons(minimum["total"])
            ),
        )  # fmt: skip


def _list_of(minimum: dict[str, Any]) -> str:
    """Return whose list it is, and its vintage."""
    source, day = say(publisher_of(minimum["source"])), dashed(str(minimum["vintage"]))
    return say("{source}, vintage {day}", source=source, day=day)


def plot_contributions(
    document: dict[str, Any], *, level: float = 0.95, ax: Axes | None = None
) -> Axes:  # fmt: skip
    """Plot all dead with every source, and without each in turn."""
    rows = [(say("all sources"), document["total"])]
    rows += [
        (say(f"without {row['name']}"), row["without"]) for row in document["contributions"] if row["without"]
    ]
    with canvas(ax, figsize=(8.6, 0.5 * len(rows) + 1.4)) as drawn:
        axis = drawn.axes[0]
        for at, (_, bounds) in enumerate(rows):
            colour = BLUE if at == 0 else GREY
            axis.plot([bounds["lower"], bounds["upper"]], [-at, -at], color=colour, lw=4, alpha=0.45)
            axis.plot(bounds["median"], -at, "o", color=colour, ms=7)
        if is_narrow():  # a phone has no room to the left of a bar
            axis.set_yticks([])
            for at, (name, _) in enumerate(rows):
                axis.text(0, -at + 0.22, f" {name}", fontsize=8.5, transform=axis.get_yaxis_transform())
            axis.set_ylim(0.5 - len(rows), 0.6)
        else:
            axis.set_yticks(-np.arange(len(rows)), [name for name, _ in rows])
        axis.set_xlim(left=0)
        axis.xaxis.set_major_formatter(persons_axis)
        axis.set_xlabel(say("war dead to {day}, persons", day=dashed(document["through"])))
        drawn.note(say("bars: {level}% equal-tailed intervals, points: medians", level=decimal(100 * level)))
    return axis


def plot_present_backtest(result: Any, *, ax: Axes | None = None) -> Axes:
    """Plot the answer of each day with its interval, what was published then, and what came."""
    table = result.totals[result.totals["quantity"] == "deaths"]
    at = np.arange(len(table))
    with canvas(ax, figsize=(9.2, 4.4)) as drawn:
        axis = drawn.axes[0]
        axis.vlines(at, table["lower"], table["upper"], color=BLUE, lw=5, alpha=0.35)
        axis.plot(at, table["median"], "o", color=BLUE, label="answer of that day, median and 95%")
        axis.plot(at, table["published"], "s", color=ORANGE, mfc="none", label="last total published then")
        for bound, mark, label in ((False, "x", "known later"), (True, "^", "known later, at least")):
            rows = (table["lower_bound"] == bound).to_numpy()
            axis.plot(at[rows], table["later"][rows], mark, color=GREEN, ms=8, mew=2, label=label)
        axis.set_xticks(at, table["as_of"], rotation=30, ha="right")
        axis.set_ylim(bottom=0)
        axis.yaxis.set_major_formatter("{x:,.0f}")
        axis.set_ylabel("war dead to the day, persons")
        axis.legend(loc="upper left")
        drawn.note("later values: Mediazona and Meduza, May 2026")
    return axis
