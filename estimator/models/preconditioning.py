"""Random walks in the units in which a sampler meets them best, whatever their step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from scipy.linalg import eigh


@dataclass(frozen=True)
class WalkModes:
    r"""Directions in which a random walk's prior and what data tell of it are both diagonal.

    With :math:`R` the sum of squared steps and :math:`B` a rough precision of the data, the columns of
    :math:`V` solve :math:`R v = \gamma B v`, :math:`V' B V = I`. In them the Gaussian posterior of a walk
    with steps of sd :math:`\sigma` has precision :math:`1 + \gamma / \sigma^2` for every :math:`\sigma`.

    Parameters
    ----------
    modes : array, shape (k, k)
        V.
    roughness : array, shape (k,)
        The gammas; the first is about 0, the constant.
    weight : array, shape (k, k)
        B.
    """

    modes: np.ndarray
    roughness: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, weight: np.ndarray, penalty: np.ndarray | None = None) -> WalkModes:
        """Solve for the modes.

        Parameters
        ----------
        weight : array, shape (k, k)
            B, positive definite.
        penalty : array, shape (k, k), optional
            R; by default that of a random walk.
        """
        if penalty is None:
            steps = np.diff(np.eye(len(weight)), axis=0)
            penalty = steps.T @ steps
        roughness, modes = eigh(penalty, weight)
        return cls(modes, np.clip(roughness, 0, None), weight)

    @property
    def inverse(self) -> np.ndarray:
        """The inverse of `modes`, shape (k, k)."""
        return self.modes.T @ self.weight


def add_scaled(
    name: str, stiffness: Any, told: Any, mean: Any, *, dims: str | tuple[str, ...]
) -> pt.TensorVariable:
    r"""Add variables that are about standard normal a posteriori, and return them in their own units.

    A variable with prior precision :math:`\kappa` about :math:`m`, of which data tell :math:`y` with
    precision 1, is sampled as

    .. math::

        x = \frac{y + \kappa m}{1 + \kappa} + \frac{z}{\sqrt{1 + \kappa}}

    so that its scale does not follow :math:`\kappa`, and a small sd makes no funnel. What is added is
    the Jacobian; the prior of :math:`x` is the caller's to add.

    Parameters
    ----------
    name : str
        Of the free variable.
    stiffness, told, mean : TensorVariable or array
        :math:`\kappa`, :math:`y` and :math:`m`, of one shape.
    dims : str or tuple of str
        Of the free variable.
    """
    coords = pm.modelcontext(None).coords
    shape = [len(coords[dim]) for dim in ([dims] if isinstance(dims, str) else dims)]
    free = pm.Flat(name, dims=dims, initval=np.zeros(shape))
    scale = 1 / pt.sqrt(1 + stiffness)
    pm.Potential(f"{name}_scale", pt.sum(pt.log(scale)))
    return (told + stiffness * mean) / (1 + stiffness) + scale * free


def walk_density(levels: Any, *, first_sd: float, step_sd: Any) -> pt.TensorVariable:
    """Return the log density of walks along the last axis, first levels about 0.

    Parameters
    ----------
    levels : TensorVariable, shape (..., k)
        The walks.
    first_sd : float
        Sd of the first level.
    step_sd : TensorVariable
        Sd of a step.
    """
    first = pm.logp(pm.Normal.dist(0, first_sd), levels[..., 0])
    steps = pm.logp(pm.Normal.dist(0, step_sd), pt.diff(levels, axis=-1))
    return pt.sum(first) + pt.sum(steps)
