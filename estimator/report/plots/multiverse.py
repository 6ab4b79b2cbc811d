"""Specification curve: the estimate under every choice, and which choices made it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from estimator.report.plots.style import BLUE, GREEN, GREY, ORANGE, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_specifications(
    table: pd.DataFrame,
    choices: Iterable[str],
    *,
    period: str,
    minimum: float | None = None,
    stacked: tuple[float, float, float] | None = None,
    level: float = 0.95,
    source: str = "",
    ax: Axes | Sequence[Axes] | None = None,
) -> np.ndarray:
    """Plot a specification curve of a period: medians in ascending order, and below which choices made them.

    ``table`` is `Multiverse.table` and ``choices`` are its columns of choices; ``minimum`` is the named
    dead of the period and ``stacked`` the median, lower and upper of the stacked mixture, in persons.
    Returns two axes: the curve with its intervals, and a mark for each choice.
    """
    part = table[table["period"] == period].sort_values("median", kind="stable")
    part = part.reset_index(drop=True)
    varied = [name for name in choices if part[name].nunique() > 1]
    lines = [(name, choice) for name in varied for choice in dict.fromkeys(table[name])]
    heights = [3.2, max(0.2 * len(lines), 0.4)]
    size = (8.6, 3.6 + 0.2 * len(lines))
    with canvas(ax, 2, sharex=True, figsize=size, height_ratios=heights) as drawn:
        upper, lower = drawn.axes
        _draw_curve(upper, part, stacked, minimum)
        upper.set_title(f"Excess in {period} under {len(part)} specifications, {100 * level:g}% intervals")
        _draw_choices(lower, part, lines)
        drawn.legend(columns=3)
        failed = int((~part["converged"]).sum())
        drawn.note(f"{failed} did not converge (hollow)" if failed else "", source)
    return drawn.axes


def _draw_curve(
    axis: Axes,
    part: pd.DataFrame,
    stacked: tuple[float, float, float] | None,
    minimum: float | None,
) -> None:
    place = np.arange(len(part))
    default, converged = part["default"].to_numpy(), part["converged"].to_numpy()
    low, high = part["lower"] / 1000, part["upper"] / 1000
    axis.axhline(0, color=GREY, lw=0.9)
    if stacked is not None:
        axis.axhspan(stacked[1] / 1000, stacked[2] / 1000, color=GREEN, alpha=0.12, lw=0)
        axis.axhline(stacked[0] / 1000, color=GREEN, lw=1.3, label="stacked by placebo, interval shaded")
    if minimum is not None:
        axis.axhline(minimum / 1000, color="black", lw=1.3, ls=(0, (5, 2)), label="named dead")
    axis.vlines(place, low, high, color=GREY, lw=max(0.6, 90 / len(part) / 2), alpha=0.55)
    middle = part["median"] / 1000
    axis.plot(place[converged], middle[converged], "o", color=BLUE, ms=3.5, label="median")
    if not converged.all():
        axis.plot(place[~converged], middle[~converged], "o", mfc="white", mec=BLUE, ms=3.5)
    if default.any():
        axis.vlines(place[default], low[default], high[default], color=ORANGE, lw=2.4)
        axis.plot(place[default], middle[default], "D", color=ORANGE, ms=6, label="default")
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
    axis.set_yticks(range(len(lines)), [f"{name}: {choice}" for name, choice in lines], fontsize=8.5)
    axis.set_ylim(len(lines) - 0.4, -0.6)
    axis.set_xticks([])
    axis.grid(visible=False)
    axis.set_xlabel("specifications, by median")
