"""Scoreboard of placebo forecasts: coverage of every rule, sharpness, and where outcomes fell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from estimator.report.plots.style import BLUE, GREEN, GREY, ORANGE, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OURS = "registry-excess"
LEVELS = {50: (GREEN, "D", -0.2), 80: (ORANGE, "s", 0.0), 95: (BLUE, "o", 0.2)}
BINS = 10


def plot_scoreboard(
    board: pd.DataFrame,
    windows: pd.DataFrame,
    *,
    source: str = "",
    ax: Axes | Sequence[Axes] | None = None,
) -> np.ndarray:
    """Plot how often intervals held the truth, how good forecasts were, and our PIT histogram.

    ``board`` is `PlaceboResult.scoreboard`, one row a rule, and ``windows`` is `PlaceboResult.windows`.
    Returns three axes: coverage at 50, 80 and 95% by rule, with bootstrap intervals over territories
    where there are several; CRPS over that of the published rule; and the probability integral transform
    of our forecasts of totals, flat where they are calibrated.
    """
    rules = list(board.index)
    size = (10, 1.9 + 0.34 * len(rules))
    with canvas(ax, 1, 3, figsize=size, width_ratios=[1.5, 1, 1]) as drawn:
        coverage, ratio, transform = drawn.axes
        _draw_coverage(coverage, board, rules)
        _draw_ratio(ratio, board, rules)
        _draw_transform(transform, windows)
        drawn.legend(columns=3)
        number = int(board["windows"].max())
        drawn.note(f"{number} windows of {', '.join(sorted(set(windows['territory'])))}", source)
    return drawn.axes


def _draw_coverage(axis: Axes, board: pd.DataFrame, rules: list[str]) -> None:
    place = np.arange(len(rules))
    for level, (colour, mark, shift) in LEVELS.items():
        axis.axvline(level, color=colour, lw=1, ls=(0, (4, 2)))
        column = f"coverage_{level}"
        if board.get(f"{column}_low", pd.Series(np.nan)).notna().any():
            low, high = 100 * board[f"{column}_low"], 100 * board[f"{column}_high"]
            axis.hlines(place + shift, low, high, color=colour, lw=1.6)
        axis.plot(
            100 * board[column], place + shift, mark, color=colour, ms=6, mec="white", mew=0.7,
            label=f"{level}% intervals",
        )  # fmt: skip
    _part_rows(axis, rules)
    axis.set_yticks(place, rules)
    for label in axis.get_yticklabels():
        label.set_fontweight("bold" if label.get_text() == OURS else "normal")
    axis.set_ylim(len(rules) - 0.5, -0.5)
    axis.set_xlim(-2, 102)
    axis.xaxis.set_major_formatter("{x:.0f}%")
    axis.set_title("Truth in the interval", fontsize=11)
    axis.set_xlabel("share of placebo windows; dashed: nominal")


def _part_rows(axis: Axes, rules: list[str]) -> None:
    """Draw a line between rules, whose marks are at three heights each."""
    for edge in np.arange(1, len(rules)) - 0.5:
        axis.axhline(edge, color=GREY, lw=0.5, alpha=0.5)
    axis.grid(axis="y", visible=False)


def _draw_ratio(axis: Axes, board: pd.DataFrame, rules: list[str]) -> None:
    place = np.arange(len(rules))
    if "crps_ratio_low" in board and board["crps_ratio_low"].notna().any():
        axis.hlines(place, board["crps_ratio_low"], board["crps_ratio_high"], color=GREY, lw=1.6)
    colours = [BLUE if rule == OURS else GREY for rule in rules]
    axis.scatter(board["crps_ratio"], place, color=colours, s=38, zorder=3)
    axis.axvline(1, color=GREY, lw=1, ls=(0, (4, 2)))
    _part_rows(axis, rules)
    axis.set_yticks(place, [""] * len(rules))
    axis.set_ylim(len(rules) - 0.5, -0.5)
    axis.set_xlim(left=0)
    axis.set_title("CRPS, published rule = 1", fontsize=11)
    axis.set_xlabel("ratio; below 1 is better")


def _draw_transform(axis: Axes, windows: pd.DataFrame) -> None:
    chosen = windows[(windows["rule"] == OURS) & (windows["age"] == "total")]
    values = chosen["pit"].dropna()
    counts, edges = np.histogram(values, BINS, (0, 1))
    axis.bar(edges[:-1], counts, 1 / BINS, align="edge", color=BLUE, alpha=0.75, lw=0.6, ec="white")
    axis.axhline(len(values) / BINS, color=GREY, lw=1, ls=(0, (4, 2)))
    axis.set_xlim(0, 1)
    axis.set_title("Our forecasts: PIT", fontsize=11)
    axis.set_xlabel(f"probability integral transform, {BINS} bins")
    axis.set_ylabel("windows")
