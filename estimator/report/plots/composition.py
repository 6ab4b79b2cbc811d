"""Plots of roles: shares over time with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from estimator.report.plots.style import BLUE, GREEN, GREY, ORANGE, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = (ORANGE, BLUE, GREEN, "#CC79A7", "#E69F00", "#56B4E9", GREY)
"""Okabe and Ito's, as many as lines can be distinguished."""


def plot_shares(
    shares: pd.DataFrame, roles: Sequence[str], *, level: float = 0.95, note: str = "", ax: Axes | None = None
) -> Axes:
    """Plot the share of roles by period of death, the interval shaded.

    ``shares`` is `estimator.nowcast.composition.role_shares`; at most seven roles keep colours apart.
    """
    with canvas(ax, figsize=(8.0, 4.6)) as drawn:
        axis = drawn.axes[0]
        for role, colour in zip(roles, COLOURS):
            part = shares[shares["role"] == role]
            axis.fill_between(
                part["period"], 100 * part["lower"], 100 * part["upper"], color=colour, alpha=0.25, lw=0
            )
            axis.plot(part["period"], 100 * part["share"], color=colour, lw=1.8, label=role)
        axis.set_ylim(bottom=0)
        axis.set_ylabel("share of names, per cent")
        drawn.legend(columns=4)
        drawn.note(f"band: {100 * level:g}% interval", note)
    return axis
