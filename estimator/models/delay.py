"""Delay between death and the opening of a case: curves of civilians and soldiers, shocks of openings."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.models.ratio_graph import JITTER, complement
from estimator.models.registry_data import RegistryData

CIVILIAN_WEIGHT = 50.0
"""How many cases the published civilian curve counts for beside the triangle's own, a weak prior."""
SETTLED_WEIGHT = 2000.0
"""How many where there is no triangle and the curve is all there is: curves of different years differ by
about a hundredth within half a year, as shares of two thousand cases would."""
MILITARY_WEIGHT = 30.0
"""Sixty killed soldiers were followed, of whom thirty had a case: their curve counts for thirty."""
WIDEST = 1.0
"""Largest prior sd of the log share of a bin."""
NEIGHBOURS = 2.0
"""Length, in bins, over which deviations from a published curve go together."""
SHOCK = (float(np.log(0.1)), 0.7)
"""Log-normal prior of the sd of opening shocks: a month with holidays has a tenth fewer openings."""
CELL = (float(np.log(0.03)), 0.7)
"""Log-normal prior of the sd of single cells of civilians: months differ in length, and where the days
about the half-year term fall."""


def add_delays(data: RegistryData) -> tuple[pt.TensorVariable, pt.TensorVariable]:
    r"""Add both delay curves to the model in context.

    .. math::

        g = \mathrm{softmax}(\log s + \sigma \circ L z), \qquad
        \sigma_b = \min(1,\ (n s_b)^{-1/2})

    with :math:`s` the published shares by bin and :math:`n` the number of cases they count for: the error
    of a logarithm of a share. Deviations of neighbouring bins go together (:math:`L L'` is a Gaussian
    correlation), as curves are earlier or later as a whole. Men's cases since the war began tell the
    soldiers' curve too; the prior matters in the first months.

    Returns
    -------
    TensorVariable, TensorVariable
        ``civilian_delay`` and ``military_delay``, dim delay.
    """
    weight = SETTLED_WEIGHT if data.settled else CIVILIAN_WEIGHT
    return (
        _curve("civilian_delay", data.bins.civilian, weight),
        _curve("military_delay", data.bins.military, MILITARY_WEIGHT),
    )


def _curve(name: str, published: np.ndarray, weight: float) -> pt.TensorVariable:
    bins = np.arange(len(published))
    distance = (bins[:, None] - bins[None, :]) / NEIGHBOURS
    correlation = 0.8 * np.exp(-0.5 * distance**2) + 0.2 * np.eye(len(bins))
    spread = np.minimum(WIDEST, 1 / np.sqrt(weight * published))
    covariance = spread[:, None] * correlation * spread[None, :]
    # a constant added to all logs changes nothing: only contrasts are variables
    basis = complement(np.ones((len(bins), 1)))
    root = np.linalg.cholesky(basis.T @ covariance @ basis + JITTER * np.eye(len(bins) - 1))
    free = pm.MvNormal(f"{name}_contrast", mu=np.zeros(len(root)), chol=root, dims="bin_contrast")
    logs = np.log(published) + pt.dot(pt.constant(basis), free)
    return pm.Deterministic(name, pt.special.softmax(logs), dims="delay")


def add_cell_shocks(data: RegistryData) -> pt.TensorVariable:
    """Add deviations of single cells of civilians from curve and opening shocks, on the log scale.

    Parameters
    ----------
    data : RegistryData
        Its ``cell_bin``.

    Returns
    -------
    TensorVariable, shape (cells,)
        ``cell_shock``, dim cell.
    """
    scale = pm.LogNormal("cell_shock_sd", mu=CELL[0], sigma=CELL[1])
    return pm.Normal("cell_shock", sigma=scale, dims="cell")


def add_opening_shocks(openings: int) -> pt.TensorVariable:
    r"""Add what all openings of one period have in common to the model in context.

    :math:`r \sim N(0, \sigma_r^2)` less its mean and linear trend: a level of openings belongs to the
    delay curve, and a trend cannot be told from trends over deaths and over delays together.

    Parameters
    ----------
    openings : int
        Number of periods of opening.

    Returns
    -------
    TensorVariable, shape (openings,)
        ``opening_shock``, on the log scale.
    """
    scale = pm.LogNormal("opening_shock_sd", mu=SHOCK[0], sigma=SHOCK[1])
    free = pm.Normal("opening_shock_free", sigma=scale, dims="opening_contrast")
    line = np.stack([np.ones(openings), np.linspace(-1, 1, openings)], axis=1)
    basis = complement(line)
    return pm.Deterministic("opening_shock", pt.dot(pt.constant(basis), free), dims="opening")


def opened_share(
    curve: pt.TensorVariable, bins: np.ndarray, openings: pt.TensorVariable
) -> pt.TensorVariable:
    """Share of cases that are opened in a cell of the triangle.

    Parameters
    ----------
    curve : TensorVariable, shape (bins,)
        The delay curve.
    bins : array of int, shape (cells,)
        Bin of each cell.
    openings : TensorVariable, shape (cells,)
        Share of the bin that could be seen, times the shocks of its periods of opening.
    """
    return curve[bins] * openings


def add_split(data: RegistryData, share: pt.TensorVariable) -> None:
    r"""Add what civilian cases tell of the delay to the model in context.

    Given how many cases of a period of death could be seen, their delays are multinomial. With the
    Poisson likelihood of the sums this is the Poisson likelihood of all cells, all ages at once.

    Parameters
    ----------
    data : RegistryData
        Its ``split``: cases of women and of men of control ages.
    share : TensorVariable, shape (cells,)
        Share of civilians' cases that are opened in each cell.
    """
    member = data.member
    sums = pt.dot(member, share)
    counts = pm.Data("split_counts", data.split, dims="cell")
    pm.Potential("delays", pt.sum(counts * (pt.log(share) - pt.log(sums)[data.cell_period])))
