"""Plot of the excess by age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from estimator.errors import DataError
from estimator.estimate.estimate import Estimate
from estimator.report.plots.style import (
    BLUE,
    GREY,
    house_style,
    mark_unconverged,
    source_of,
    write_note,
)
from estimator.report.prose import heading_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INNER = 0.5


def plot_excess_by_age(estimate: Estimate, *, level: float = 0.95) -> Figure:
    """Plot the excess of each age band with its interval, a panel a calendar year and one for all.

    Parameters
    ----------
    estimate : Estimate
        With dim age; regions are summed over.
    level : float
        Of the outer equal-tailed interval; the inner one holds half of the probability.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        If ages were already summed over.
    """
    if "age" not in estimate.dims:
        raise DataError("ages were summed. Plot the estimate as `fit` returned it.")
    keep = [dim for dim in ("age", "period") if dim in estimate.dims]
    national = estimate.by(*keep)
    periods = national.reporting_periods()
    columns = min(len(periods), 3)
    rows = -(-len(periods) // columns)
    with house_style() as plt:
        figure, axes = plt.subplots(
            rows,
            columns,
            figsize=(max(3.3 * columns, 4.6), 3.1 * rows + 0.5),
            sharex=True,
            sharey=True,
            layout="constrained",
            squeeze=False,
        )
        for axis in axes.flat[len(periods) :]:
            axis.set_visible(False)
        for axis, period in zip(axes.flat, periods):
            _intervals(axis, national.within(period), level)
            axis.set_title(period.label)
        handles, labels = axes.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=3, fontsize=8.5)
        figure.supylabel(f"{heading_of(estimate)}, persons", fontsize=10)
        write_note(figure, "age at death, years", source_of(estimate))
        mark_unconverged(figure, estimate)
    return figure


def _intervals(axis: Any, part: Estimate, level: float) -> None:
    table, inner = part.to_frame(level), part.to_frame(INNER)
    place = np.arange(len(table))
    axis.axhline(0, color=GREY, lw=0.9)
    axis.vlines(
        place, table["lower"], table["upper"], color=BLUE, lw=1.5, label=f"{level:.0%} interval"
    )
    axis.vlines(
        place, inner["lower"], inner["upper"], color=BLUE, lw=5, alpha=0.45, label="50% interval"
    )
    axis.plot(place, table["median"], "o", color=BLUE, ms=5, mec="white", mew=0.8, label="median")
    # labels of bands touch each other upright from about eight on
    turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if len(table) > 6 else {}
    axis.set_xticks(place, [str(age).replace("-", "–") for age in table["age"]], **turned)
    axis.grid(axis="x", visible=False)
    axis.yaxis.set_major_formatter("{x:,.0f}")
    axis.tick_params(labelbottom=True)
