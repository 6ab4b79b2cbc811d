"""Plot of the excess by age."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from estimator.errors import DataError
from estimator.estimate.estimate import Estimate
from estimator.report.plots.style import GREY, canvas, interval_bars, is_narrow, source_of
from estimator.report.prose import dashed, heading_of, persons_axis, quantity_of, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INNER = 0.5


def plot_excess_by_age(
    estimate: Estimate, *, level: float = 0.95, ax: Axes | Sequence[Axes] | None = None
) -> np.ndarray:
    """Plot the excess of each age band with its interval, a panel a calendar year and one for all.

    The outer interval has ``level``, the inner one half of the probability. Regions are summed over;
    DataError is raised if ages were.
    """
    if "age" not in estimate.dims:
        raise DataError("ages were summed. Plot the estimate as `fit` returned it.")
    keep = [dim for dim in ("age", "period") if dim in estimate.dims]
    national = estimate.by(*keep)
    periods = national.reporting_periods()
    number = len(periods)
    columns = 1 if is_narrow() else min(number, 3)
    rows = -(-number // columns)
    size = (max(3.0 * columns, 4.6), (2.3 if is_narrow() else 3.1) * rows + 0.5)
    # the heading would be longer than the axis, and run through the legend
    unit = say("{heading}, persons", heading=quantity_of(estimate))
    with canvas(ax, rows, columns, panels=number, figsize=size, sharex=True, sharey=True) as drawn:
        for axis, period in zip(drawn.axes, periods):
            _intervals(axis, national.within(period), level)
            axis.set_title(dashed(period.label))
        drawn.legend(columns=3)
        drawn.label(unit)
        drawn.note(dashed(heading_of(estimate)), say("age at death, years"), source_of(estimate))
        drawn.mark(estimate)
    return drawn.axes


def _intervals(axis: Any, part: Estimate, level: float) -> None:
    table = part.to_frame(level)
    place = np.arange(len(table))
    axis.axhline(0, color=GREY, lw=0.9)
    interval_bars(axis, place, table, part.to_frame(INNER), level)
    # labels of bands touch each other upright from about eight on
    turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if len(table) > 6 else {}
    axis.set_xticks(place, [str(age).replace("-", "–") for age in table["age"]], **turned)
    axis.grid(axis="x", visible=False)
    axis.yaxis.set_major_formatter(persons_axis)
    axis.tick_params(labelbottom=True)
