"""Rank plots of simulation-based calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from estimator.report.plots.style import BLUE, house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 3


def plot_ranks(ranks: pd.DataFrame, *, bins: int = 20, levels: int = 99) -> Figure:
    """Plot histograms of ranks, one a quantity, with the band that 99% of uniform bins fall in.

    Parameters
    ----------
    ranks : DataFrame
        One row a replicate, one column a quantity: ranks from 0 to `levels`.
    bins : int
        Bins of the histograms.
    levels : int
        The highest rank.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from scipy.stats import binom

    with house_style() as plt:
        rows = -(-ranks.shape[1] // COLUMNS)
        figure, axes = plt.subplots(
            rows,
            COLUMNS,
            figsize=(9.5, 2.1 * rows),
            layout="constrained",
            sharex=True,
            sharey=True,
            squeeze=False,
        )
        edges = np.linspace(-0.5, levels + 0.5, bins + 1)
        low, high = binom.ppf([0.005, 0.995], len(ranks), 1 / bins)
        for axis, name in zip(axes.flat, ranks):
            axis.axhspan(low, high, color="0.85", zorder=0)
            axis.hist(ranks[name], bins=edges, color=BLUE)
            axis.set_title(str(name), fontsize="small")
        for axis in axes.flat[ranks.shape[1] :]:
            axis.set_visible(False)
        for axis in axes[-1]:
            axis.set_xlabel("rank of the truth")
        for axis in axes[:, 0]:
            axis.set_ylabel("replicates")
        figure.suptitle(f"{len(ranks)} replicates; grey: 99% of bins where ranks are uniform")
        return figure
