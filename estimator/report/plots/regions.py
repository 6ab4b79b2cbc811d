"""Plots of regions: a tile map and intervals in the order of the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from estimator.report.plots.style import BLUE, GREY, ORANGE, canvas, is_narrow

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_tiles(
    table: pd.DataFrame,
    tiles: pd.DataFrame,
    column: str,
    *,
    label: str,
    note: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Plot a column of a regional table on a map of equal tiles, one a region.

    Parameters
    ----------
    table : DataFrame
        Indexed by region, as `estimator.published.regions.regional_table` returns it.
    tiles : DataFrame
        Indexed by region: iso, tile_row, tile_column; regions without a tile are left out.
    column : str
        What the colour shows.
    label, note : str
        What the colour means, and where data come from.
    ax : Axes, optional
        Where to draw.
    """
    import matplotlib as mpl

    joined = tiles.join(table[column], how="inner")
    top = float(joined[column].max())
    shade = mpl.colors.Normalize(min(0.0, float(joined[column].min())), top)
    colours = mpl.colormaps["YlOrBr"]
    # on a phone tiles are as narrow as three letters, and taller
    size = 6.5 if is_narrow() and ax is None else 8.5
    with canvas(ax, figsize=(8.6, 6.2)) as drawn:
        axis = drawn.axes[0]
        for row in joined.itertuples():
            value = getattr(row, column)
            corner = row.tile_column, row.tile_row
            axis.add_patch(mpl.patches.Rectangle(corner, 0.94, 0.94, color=colours(shade(value))))
            ink = {"color": "white" if shade(value) > 0.6 else "black", "fontsize": size}
            code = str(row.iso).partition("-")[2]
            for height, text in ((0.34, code), (0.7, f"{value:,.0f}")):
                axis.text(corner[0] + 0.47, corner[1] + height, text, ha="center", va="center", **ink)
        axis.set_xlim(-0.1, joined["tile_column"].max() + 1.1)
        axis.set_ylim(joined["tile_row"].max() + 1.1, -0.1)
        axis.set_aspect("auto" if size < 8 else "equal")
        axis.set_axis_off()
        axis.set_title(label)
        drawn.note(note)
    return axis


def plot_ranked(
    table: pd.DataFrame,
    column: str,
    *,
    label: str,
    level: float = 0.95,
    note: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Plot the interval of a column for every region, the highest above, with a line at their median."""
    part = table.sort_values(column)
    place = np.arange(len(part))
    with canvas(ax, figsize=(6.4, max(3.0, 0.19 * len(part) + 1.0))) as drawn:
        axis = drawn.axes[0]
        axis.axvline(0, color=GREY, lw=0.9)
        middle = float(part[column].median())
        axis.axvline(middle, color=ORANGE, lw=1.1, ls=(0, (5, 2)), label=f"median region, {middle:,.1f}")
        axis.hlines(place, part[f"{column}_lower"], part[f"{column}_upper"], color=BLUE, lw=1.6,
                    label=f"{100 * level:g}% interval")  # fmt: skip
        axis.plot(part[column], place, "o", color=BLUE, ms=4, label="median")
        axis.set_yticks(place, list(part.index), fontsize=8)
        axis.set_ylim(-0.8, len(part) - 0.2)
        axis.grid(axis="y", visible=False)
        axis.set_xlabel(label)
        drawn.legend(columns=3)
        drawn.note(note)
    return axis
