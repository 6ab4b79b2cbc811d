"""Variables of a PyMC model in the units in which a sampler meets them best, whatever their scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt


def add_scaled(
    name: str,
    stiffness: Any,
    information: Any,
    mean: Any = 0.0,
    precision: Any = 1.0,
    *,
    dims: str | tuple[str, ...],
    moved: Any = 0.0,
) -> pt.TensorVariable:
    r"""Add variables that are about standard normal a posteriori, and return them in their own units.

    A variable with prior precision :math:`\kappa` about :math:`m`, of which data say :math:`y` with
    precision :math:`w`, is sampled as

    .. math::

        x = \frac{w y + \kappa m}{w + \kappa} + \frac{z}{\sqrt{w + \kappa}}

    so that its scale does not follow :math:`\kappa`, and a small sd makes no funnel. Only the Jacobian is
    added; the prior of :math:`x` is the caller's to add. `information` is :math:`w y`, and `moved` is taken
    from :math:`z`, which changes no volume.
    """
    coords = pm.modelcontext(None).coords
    shape = [len(coords[dim]) for dim in ([dims] if isinstance(dims, str) else dims)]
    free = pm.Flat(name, dims=dims, initval=np.zeros(shape))
    scale = 1 / pt.sqrt(precision + stiffness)
    pm.Potential(f"{name}_scale", pt.sum(pt.log(scale)))
    return (information + stiffness * mean) * scale**2 + scale * (free - moved)


def walk_density(levels: Any, *, first_sd: float, step_sd: Any, persistence: Any = 0.0) -> pt.TensorVariable:
    """Return the log density of walks along the last axis, first levels about 0, to a constant.

    All steps have one sd. `persistence` is the correlation of a step with the one before it.
    """
    first = pm.logp(pm.Normal.dist(0, first_sd), levels[..., 0])
    steps = pt.diff(levels, axis=-1)
    fresh = pt.sqrt(1 - persistence**2)
    later = (steps[..., 1:] - persistence * steps[..., :-1]) / fresh
    prior = pm.Normal.dist(0, step_sd)
    density = pt.sum(first) + pt.sum(pm.logp(prior, steps[..., :1])) + pt.sum(pm.logp(prior, later))
    return density - later.size * pt.log(fresh)
