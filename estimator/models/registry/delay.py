"""Delay between death and the opening of a case: soldiers' curve, and what civilians' cases say."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.models.preconditioning import add_scaled
from estimator.models.registry.arrays import RegistryData
from estimator.models.registry.preconditioner import Preconditioner, idle_sd, initial_cells
from estimator.models.registry.priors import (
    CELL,
    MILITARY_WEIGHT,
    PERIOD_SD,
    PUBLISHED_WEIGHT,
    curve_prior,
)


def add_seen(data: RegistryData, units: Preconditioner) -> tuple[pt.TensorVariable, pt.TensorVariable]:
    r"""Add the shares of civilians' and soldiers' cases that are seen in each cell.

    .. math::

        s^c_i = e^{\varepsilon_i} \sum_b o_{i,b}\, \bar g^c_b, \qquad
        s^m_i = e^{\varepsilon_i} \sum_b o_{i,b}\, g^m_b, \qquad
        \varepsilon \sim N(0, \sigma_\varepsilon^2)

    with :math:`\varepsilon` zero-sum within a period but for a shock common to it,
    :math:`\bar g^c` the curve of civilians in the years before the war, which hundreds of thousands
    of cases identify, :math:`o` the share of a bin that a cell shows and :math:`\varepsilon` what keeps
    offices from opening cases, of civilians and of soldiers alike. The common shock moves, to first order,
    the log odds that a civilian's case is open, and soldiers' cases by the same factor; it moves nothing of a
    period whose civilian cases are all open. A cell has one bin, but for an outage:
    what is opened later because of it comes from the cells before it, whose share in soldiers' cases is not
    that in civilians', and no factor common to both describes a cell. From the sum over an outage and its
    backlog nothing is moved: it is one cell. Civilian cases by cell identify it: given
    how many of a period could be seen, they are multinomial, which with the Poisson likelihood of the
    sums is the Poisson likelihood of all cells, all ages at once. Of cases by period both curves come from
    publications and there is no :math:`\varepsilon`.
    """
    bins = data.bins
    military = _curve("military_delay", bins.military, MILITARY_WEIGHT, units.military_root)
    if data.published_delays:
        civilian = _curve("civilian_delay", bins.civilian, PUBLISHED_WEIGHT, units.civilian_root)
        shares = pt.dot(data.cell_visible, civilian), pt.dot(data.cell_visible, military)
    else:
        factor = _add_shocks(data)
        shares = data.usual * factor, pt.dot(data.cell_visible, military) * factor
        _add_split(data, shares[0])
    return (
        pm.Deterministic("civilian_seen", shares[0], dims="cell"),
        pm.Deterministic("military_seen", shares[1], dims="cell"),
    )


def _add_shocks(data: RegistryData) -> pt.TensorVariable:
    """Add what moves openings from one cell to another within a period of death, and all of them.

    The first leaves the number opened as it was. A constant added to all shocks of a period would then
    change nothing; it has a distribution of its own, normalised, which changes nothing either and spares
    the sampler a ridge.
    """
    scale = pm.LogNormal("cell_shock_sd", mu=CELL[0], sigma=CELL[1])
    root, off = initial_cells(data)  # the error of a logarithm is one over the root
    free = add_scaled("cell_free", 1 / (scale * root) ** 2, root * off, dims="cell") / root
    pm.Potential("cell_shock", pt.sum(pm.logp(pm.Normal.dist(0, scale), free)))
    member = data.cell_membership
    idle = pt.dot(member, free) / np.sqrt(member.sum(1))
    # as narrow as what data say of the other directions, so that none is a ridge and none is stiff
    narrow = idle_sd(data)
    pm.Potential(
        "idle_constants",
        pt.sum(-0.5 * (idle / narrow) ** 2 + 0.5 * pt.log1p((scale / narrow) ** 2)),
    )
    moved = pt.exp(free)
    kept = pt.dot(member, data.usual * moved) / pt.dot(member, data.usual)
    whole = pm.Normal("period_shock", sigma=PERIOD_SD, dims="war_period")
    return moved * (pt.exp(whole * data.unopened) / kept)[data.cell_period]


def _add_split(data: RegistryData, share: pt.TensorVariable) -> None:
    sums = pt.dot(data.cell_membership, share)
    logs = pt.log(share) - pt.log(sums)[data.cell_period]
    pm.Potential("delays", pt.sum(data.civilians_by_cell * logs))


def _curve(name: str, published: np.ndarray, weight: float, root: np.ndarray) -> pt.TensorVariable:
    """Add a delay curve near a published one, in units of an approximate posterior."""
    location, basis, inner = curve_prior(published, weight)
    free = pm.Flat(f"{name}_free", dims="bin_contrast", initval=np.zeros(len(inner)))
    contrast = pt.dot(pt.constant(root), free)
    prior = pm.MvNormal.dist(mu=np.zeros(len(inner)), chol=np.linalg.cholesky(inner))
    pm.Potential(f"{name}_prior", pm.logp(prior, contrast))
    logs = location + pt.dot(pt.constant(basis), contrast)
    return pm.Deterministic(name, pt.special.softmax(logs), dims="delay")
