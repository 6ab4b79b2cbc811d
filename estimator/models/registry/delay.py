"""Delay between death and the opening of a case: soldiers' curve, and what civilians' cases tell."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.models.baseline_graph import JITTER, complement
from estimator.models.preconditioning import add_scaled
from estimator.models.registry.arrays import RegistryData
from estimator.models.registry.preconditioner import initial_delay

SETTLED_WEIGHT = 2000.0
"""How many cases the published civilian curve counts for where there is no triangle and the curve is all
there is: curves of different years differ by about a hundredth within half a year, as shares of two
thousand cases would."""
MILITARY_WEIGHT = 30.0
"""Sixty killed soldiers were followed, of whom thirty had a case: their curve counts for thirty."""
WIDEST = 1.0
"""Largest prior sd of the log share of a bin."""
NEIGHBOURS = 2.0
"""Length, in bins, over which deviations from a published curve go together."""
CELL = (float(np.log(0.05)), 0.7)
"""Log-normal prior of the sd of single cells about the curve: holidays, months of different length, the
days about the half-year term, an outage."""
PERIOD_SD = 0.03
"""Prior sd of what moves all openings of a period of death beyond the extraction."""


def add_seen(data: RegistryData) -> tuple[pt.TensorVariable, pt.TensorVariable]:
    r"""Add the shares of civilians' and soldiers' cases that are seen in each cell.

    .. math::

        s^c_{t,b} = \bar g^c_b\, o_{t,b}\, e^{\varepsilon_{t,b}}, \qquad
        s^m_{t,b} = g^m_b\, o_{t,b}\, e^{\varepsilon_{t,b}}, \qquad
        \varepsilon \sim N(0, \sigma_\varepsilon^2)

    with :math:`\varepsilon` zero-sum within a period but for a small shock common to it,
    :math:`\bar g^c` the curve of civilians in the years before the war, which hundreds of thousands
    of cases tell, :math:`o` the share of a bin that could be seen and :math:`\varepsilon` what keeps
    offices from opening cases, of civilians and of soldiers alike. Civilian cases by cell tell it: given
    how many of a period could be seen, they are multinomial, which with the Poisson likelihood of the
    sums is the Poisson likelihood of all cells, all ages at once. Of settled cases both curves come from
    publications and there is no :math:`\varepsilon`.

    Parameters
    ----------
    data : RegistryData
        The arrays.

    Returns
    -------
    TensorVariable, TensorVariable
        ``civilian_seen`` and ``military_seen``, dim cell.
    """
    military = _curve("military_delay", data.bins.military, MILITARY_WEIGHT, initial_delay(data))
    if data.settled:
        civilian = _curve("civilian_delay", data.bins.civilian, SETTLED_WEIGHT)
        shares = pt.dot(data.cell_visible, civilian), pt.dot(data.cell_visible, military)
    else:
        visible = pm.Data("visible_civilian", data.usual, dims="cell")
        factor = _add_shocks(data, visible)
        shares = visible * factor, military[data.cell_bin] * data.cell_visible * factor
        _add_split(data, shares[0])
    return (
        pm.Deterministic("civilian_seen", shares[0], dims="cell"),
        pm.Deterministic("military_seen", shares[1], dims="cell"),
    )


def _add_shocks(data: RegistryData, visible: pt.TensorVariable) -> pt.TensorVariable:
    """Add what moves openings from one cell to another within a period of death, and all of them.

    The first leaves the number opened as it was. A constant added to all shocks of a period would then
    change nothing; it has a distribution of its own, normalised, which changes nothing either and spares
    the sampler a ridge.
    """
    scale = pm.LogNormal("cell_shock_sd", mu=CELL[0], sigma=CELL[1])
    told = np.sqrt(data.civilians_by_cell + 0.5)  # the error of a logarithm is one over it
    kept = (
        data.cell_membership.T
        @ (data.cell_membership @ data.civilians_by_cell)
        * data.usual
        / (data.cell_membership.T @ (data.cell_membership @ data.usual))
    )
    off = np.log((data.civilians_by_cell + 0.5) / (kept + 0.5))
    free = add_scaled("cell_free", 1 / (scale * told) ** 2, told * off, np.zeros(len(off)), dims="cell")
    free = free / told
    pm.Potential("cell_shock", pt.sum(pm.logp(pm.Normal.dist(0, scale), free)))
    number = data.cell_membership.sum(1)
    idle = pt.dot(data.cell_membership, free) / np.sqrt(number)
    # as narrow as what data tell of the other directions, so that none is a ridge and none is stiff
    narrow = np.sqrt(number / (data.cell_membership @ told**2))
    pm.Potential(
        "idle_constants",
        pt.sum(-0.5 * (idle / narrow) ** 2 + 0.5 * pt.log1p((scale / narrow) ** 2)),
    )
    moved = pt.exp(free)
    kept = pt.dot(data.cell_membership, visible * moved) / pt.dot(data.cell_membership, visible)
    whole = pm.Normal("period_shock", sigma=PERIOD_SD, dims="war_period")
    return moved * (pt.exp(whole) / kept)[data.cell_period]


def _add_split(data: RegistryData, share: pt.TensorVariable) -> None:
    sums = pt.dot(data.cell_membership, share)
    counts = pm.Data("split_counts", data.civilians_by_cell, dims="cell")
    pm.Potential("delays", pt.sum(counts * (pt.log(share) - pt.log(sums)[data.cell_period])))


def _curve(
    name: str, published: np.ndarray, weight: float, told: np.ndarray | None = None
) -> pt.TensorVariable:
    r"""Add a delay curve near a published one.

    .. math::

        g = \mathrm{softmax}(\log s + \sigma \circ L z), \qquad
        \sigma_b = \min(1,\ (n s_b)^{-1/2})

    with :math:`s` the published shares by bin and :math:`n` the number of cases they count for: the error
    of a logarithm of a share. Deviations of neighbouring bins go together, as curves are earlier or later
    as a whole.
    """
    basis, inner = curve_prior(published, weight)
    # early bins are well known relative to each other and badly to late ones: what is sampled is in units
    # of a rough posterior; this changes no prior
    precision = np.linalg.inv(inner) + (0 if told is None else basis.T @ told @ basis)
    root = np.linalg.inv(np.linalg.cholesky(precision)).T
    free = pm.Flat(f"{name}_free", dims="bin_contrast", initval=np.zeros(len(inner)))
    contrast = pt.dot(pt.constant(root), free)
    prior = pm.MvNormal.dist(mu=np.zeros(len(inner)), chol=np.linalg.cholesky(inner))
    pm.Potential(f"{name}_prior", pm.logp(prior, contrast))
    logs = np.log(published) + pt.dot(pt.constant(basis), contrast)
    return pm.Deterministic(name, pt.special.softmax(logs), dims="delay")


def curve_prior(published: np.ndarray, weight: float) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the prior of a delay curve: logs are those published plus ``basis @ N(0, covariance)``.

    Parameters
    ----------
    published : array, shape (bins,)
        Shares by bin.
    weight : float
        How many cases they count for.

    Returns
    -------
    array of shape (bins, bins - 1), array of shape (bins - 1, bins - 1)
    """
    bins = np.arange(len(published))
    distance = (bins[:, None] - bins[None, :]) / NEIGHBOURS
    correlation = 0.8 * np.exp(-0.5 * distance**2) + 0.2 * np.eye(len(bins))
    spread = np.minimum(WIDEST, 1 / np.sqrt(weight * published))
    covariance = spread[:, None] * correlation * spread[None, :]
    # a constant added to all logs changes nothing: only contrasts are variables
    basis = complement(np.ones((len(bins), 1)))
    return basis, basis.T @ covariance @ basis + JITTER * np.eye(len(bins) - 1)
