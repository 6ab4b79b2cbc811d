"""Delay between death and the opening of a case: curves of civilians and soldiers, shocks of openings."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.models.registry_data import RegistryData

CIVILIAN_WEIGHT = 50.0
"""How many cases the published civilian curve counts for beside the triangle's own, a weak prior."""
SETTLED_WEIGHT = 2000.0
"""How many where there is no triangle and the curve is all there is: curves of different years differ by
about a hundredth within half a year, as shares of two thousand cases would."""
MILITARY_WEIGHT = 30.0
"""Sixty killed soldiers were followed, of whom thirty had a case: their curve counts for thirty."""
PSEUDO = 0.5
SHOCK = (float(np.log(0.1)), 0.7)
"""Log-normal prior of the sd of opening shocks: a month with holidays has a tenth fewer openings."""


def add_delays(data: RegistryData) -> tuple[pt.TensorVariable, pt.TensorVariable]:
    r"""Add both delay curves to the model in context.

    .. math::

        g^c \sim \mathrm{Dirichlet}(\tfrac12 + n_c\, s^c), \qquad
        g^m \sim \mathrm{Dirichlet}(\tfrac12 + n_m\, s^m)

    with :math:`s` the published shares by bin and :math:`n` the number of cases they count for. Men's
    cases since the war began tell the soldiers' curve too; the prior matters in the first months.

    Returns
    -------
    TensorVariable, TensorVariable
        ``civilian_delay`` and ``military_delay``, dim delay.
    """
    weight = SETTLED_WEIGHT if data.settled else CIVILIAN_WEIGHT
    civilian = pm.Dirichlet("civilian_delay", a=PSEUDO + weight * data.bins.civilian, dims="delay")
    military = pm.Dirichlet(
        "military_delay", a=PSEUDO + MILITARY_WEIGHT * data.bins.military, dims="delay"
    )
    return civilian, military


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
    # an orthonormal basis of what is left, each vector close to one period
    basis = np.linalg.qr(np.hstack([line, np.eye(openings)[:, 1:-1]]))[0][:, 2:]
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


def add_split(data: RegistryData, civilian: pt.TensorVariable, openings: pt.TensorVariable) -> None:
    r"""Add what civilian cases tell of the delay to the model in context.

    Given how many cases of a period of death could be seen, their delays are multinomial. With the
    Poisson likelihood of the sums this is the Poisson likelihood of all cells, all ages at once.

    Parameters
    ----------
    data : RegistryData
        Its ``split``.
    civilian : TensorVariable, shape (bins,)
        The civilian curve.
    openings : TensorVariable, shape (rows,)
        As for `opened_share`.
    """
    share = opened_share(civilian, data.split_bin, openings)
    groups = int(data.split_group.max()) + 1
    member = np.zeros((groups, len(data.split)))
    member[data.split_group, np.arange(len(data.split))] = 1.0
    sums = pt.dot(member, share)
    counts = pm.Data("split_counts", data.split, dims="split")
    pm.Potential("delays", pt.sum(counts * (pt.log(share) - pt.log(sums)[data.split_group])))
