"""Specification curve: the estimate under every choice, and which choices made it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from estimator.report.plots.style import BLUE, GREEN, GREY, ORANGE, house_style, write_note

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_specifications(
    table: pd.DataFrame,
    axes: Iterable[str],
    *,
    period: str,
    minimum: float | None = None,
    stacked: tuple[float, float, float] | None = None,
    level: float = 0.95,
    source: str = "",
) -> Figure:
    """Plot a specification curve.

    Parameters
    ----------
    table : DataFrame
        `Multiverse.table`.
    axes : iterable of str
        Its columns of choices.
    period : str
        Which period's estimates.
    minimum : float, optional
        Named dead of the period, persons.
    stacked : (float, float, float), optional
        Median, lower and upper of the stacked mixture.
    level : float
        Of the intervals.
    source : str
        For the foot.

    Returns
    -------
    matplotlib.figure.Figure
        Above, medians in ascending order with their intervals; below, a mark for each choice.
    """
    part = table[table["period"] == period].sort_values("median", kind="stable")
    part = part.reset_index(drop=True)
    shown = [axis for axis in axes if part[axis].nunique() > 1]
    lines = [(axis, choice) for axis in shown for choice in dict.fromkeys(table[axis])]
    with house_style() as plt:
        figure, (upper, lower) = plt.subplots(
            2, 1, sharex=True, figsize=(8.6, 3.6 + 0.2 * len(lines)), layout="constrained",
            height_ratios=[3.2, max(0.2 * len(lines), 0.4)],
        )  # fmt: skip
        _draw_curve(upper, part, stacked, minimum)
        upper.set_title(
            f"Excess in {period} under {len(part)} specifications, {level:.0%} intervals"
        )
        _draw_choices(lower, part, lines)
        figure.legend(loc="outside upper left", ncols=3, fontsize=8.5)
        failed = int((~part["converged"]).sum())
        note = f"{failed} did not converge (hollow)" if failed else ""
        write_note(figure, note, source)
    return figure


def _draw_curve(
    axis: Axes,
    part: pd.DataFrame,
    stacked: tuple[float, float, float] | None,
    minimum: float | None,
) -> None:
    place = np.arange(len(part))
    chosen, fine = part["default"].to_numpy(), part["converged"].to_numpy()
    low, high = part["lower"] / 1000, part["upper"] / 1000
    axis.axhline(0, color=GREY, lw=0.9)
    if stacked is not None:
        axis.axhspan(stacked[1] / 1000, stacked[2] / 1000, color=GREEN, alpha=0.12, lw=0)
        axis.axhline(
            stacked[0] / 1000, color=GREEN, lw=1.3, label="stacked by placebo, interval shaded"
        )
    if minimum is not None:
        axis.axhline(minimum / 1000, color="black", lw=1.3, ls=(0, (5, 2)), label="named dead")
    axis.vlines(place, low, high, color=GREY, lw=max(0.6, 90 / len(part) / 2), alpha=0.55)
    middle = part["median"] / 1000
    axis.plot(place[fine], middle[fine], "o", color=BLUE, ms=3.5, label="median")
    if not fine.all():
        axis.plot(place[~fine], middle[~fine], "o", mfc="white", mec=BLUE, ms=3.5)
    if chosen.any():
        axis.vlines(place[chosen], low[chosen], high[chosen], color=ORANGE, lw=2.4)
        axis.plot(place[chosen], middle[chosen], "D", color=ORANGE, ms=6, label="default")
    axis.set_ylabel("excess, thousand persons")
    axis.grid(axis="x", visible=False)


def _draw_choices(axis: Axes, part: pd.DataFrame, lines: list[tuple[str, str]]) -> None:
    if not lines:
        axis.set_axis_off()
        return
    for row, (name, choice) in enumerate(lines):
        taken = np.flatnonzero((part[name] == choice).to_numpy())
        colours = np.where(part["default"].to_numpy()[taken], ORANGE, BLUE)
        axis.scatter(taken, np.full(len(taken), row), marker="|", s=28, color=colours, lw=1.2)
        if row and lines[row - 1][0] != name:
            axis.axhline(row - 0.5, color=GREY, lw=0.5)
    axis.set_yticks(
        range(len(lines)), [f"{name}: {choice}" for name, choice in lines], fontsize=8.5
    )
    axis.set_ylim(len(lines) - 0.4, -0.6)
    axis.set_xticks([])
    axis.grid(visible=False)
    axis.set_xlabel("specifications, by median")
