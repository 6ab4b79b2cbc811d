"""Rank plots of simulation-based calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from estimator.report.plots.style import BLUE, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 3


def plot_ranks(
    ranks: pd.DataFrame, *, bins: int = 20, levels: int = 99, ax: Axes | Sequence[Axes] | None = None
) -> np.ndarray:
    """Plot histograms of ranks, one a quantity, with the band that 99% of uniform bins fall in.

    ``ranks`` has one row a replicate and one column a quantity, from 0 to ``levels``.
    """
    from scipy.stats import binom

    number = ranks.shape[1]
    rows = -(-number // COLUMNS)
    size = (9.5, 2.1 * rows)
    edges = np.linspace(-0.5, levels + 0.5, bins + 1)
    low, high = binom.ppf([0.005, 0.995], len(ranks), 1 / bins)
    with canvas(ax, rows, COLUMNS, panels=number, figsize=size, sharex=True, sharey=True) as drawn:
        for axis, name in zip(drawn.axes, ranks):
            axis.axhspan(low, high, color="0.85", zorder=0)
            axis.hist(ranks[name], bins=edges, color=BLUE)
            axis.set_title(str(name), fontsize="small")
        for axis in drawn.axes[-COLUMNS:]:
            axis.set_xlabel("rank of the truth")
        for axis in drawn.axes[::COLUMNS]:
            axis.set_ylabel("replicates")
        if drawn.is_new:
            title = f"{len(ranks)} replicates; grey: 99% of bins where ranks are uniform"
            drawn.figure.suptitle(title)
    return drawn.axes
