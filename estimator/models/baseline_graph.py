"""The log sex ratio as a PyMC variable, shared by both routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.transforms import logodds
from scipy.special import expit

from estimator.models.baseline import BaselinePriors

JITTER = 1e-9


def add_hyperparameters(
    priors: BaselinePriors, *, damping: float | None = None
) -> dict[str, pt.TensorVariable]:
    """Add the baseline's hyperparameters to the model in context; reasons in `BaselinePriors`.

    Parameters
    ----------
    priors : BaselinePriors
        Locations and scales.
    damping : float, optional
        A fixed damping, which is then not a variable.
    """
    hyper = {}
    for name in priors.NAMES:
        location, scale = getattr(priors, name)
        if name == "damping" and damping is not None:
            continue
        if name in priors.BOUNDED:
            # PyMC gives this distribution no transform: chains would run into walls at 0 and 1
            hyper[name] = pm.LogitNormal(name, mu=location, sigma=scale, transform=logodds)
        else:
            hyper[name] = pm.LogNormal(name, mu=location, sigma=scale)
    return hyper


def add_scaled_surface(
    over_age: Any, over_time: Any, mean: np.ndarray, fit: tuple[np.ndarray, np.ndarray]
) -> pt.TensorVariable:
    """Add the log sex ratio by age and year, sampled in units of a rough fit's errors.

    Where some ages have few cases and others many, and where some years are seen and others not, neither
    centred nor standardised surfaces sample well: what is free here is the distance from a Gaussian fit,
    divided by the Cholesky factor of its covariance. This changes no prior.

    Parameters
    ----------
    over_age, over_time : TensorVariable
        Covariances.
    mean : array, shape (ages, years)
        Prior mean.
    fit : (array, array)
        Centre, shape (ages, years), and Cholesky factor, shape (ages * years, ages * years); see
        `initial_surface`. They stand in the graph as data, which may be swapped.

    Returns
    -------
    TensorVariable, shape (ages, years)
        Free variable ``ratio_free``; deterministic ``log_sex_ratio`` (age, period).
    """
    size = fit[0].size
    centre, root = pm.Data("ratio_centre", fit[0]), pm.Data("ratio_root", fit[1])
    free = pm.Flat("ratio_free", dims="ratio_cell", initval=np.zeros(size))
    surface = centre + pt.dot(root, free).reshape(fit[0].shape)
    prior = pm.MatrixNormal.dist(
        mu=mean,
        rowchol=pt.linalg.cholesky(over_age + JITTER * np.eye(mean.shape[0])),
        colchol=pt.linalg.cholesky(over_time + JITTER * np.eye(mean.shape[1])),
    )
    pm.Potential("ratio_surface", pm.logp(prior, surface))
    return pm.Deterministic("log_sex_ratio", surface, dims=("age", "period"))


def initial_surface(
    priors: BaselinePriors,
    covariance: Callable[[dict[str, Any]], tuple[np.ndarray, np.ndarray]],
    mean: np.ndarray,
    men: np.ndarray,
    women: np.ndarray,
    *,
    seen: np.ndarray,
    more: np.ndarray | float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit log ratios of counts by a Gaussian surface, with hyperparameters at their priors' medians.

    Parameters
    ----------
    priors : BaselinePriors
        Locations and scales.
    covariance : callable
        Takes hyperparameters by name, returns covariances over age and over time.
    mean : array, shape (ages, years)
        Prior mean.
    men, women : array, shape (ages, years)
        Counts.
    seen : array of bool, shape (ages, years)
        Which of them have a likelihood.
    more : array, shape (ages, years)
        Precision that something else than these counts adds: it makes the fit narrower and does not
        move its centre, which is the sampler's to find.

    Returns
    -------
    (array, array)
        As `add_scaled_surface` takes it.
    """
    location, _ = priors.moments()
    hyper = {
        name: float(expit(at) if name in priors.BOUNDED else np.exp(at))
        for name, at in zip(priors.NAMES, location)
    }
    prior = np.linalg.inv(np.kron(*covariance(hyper)) + JITTER * np.eye(mean.size))
    up, down = men + 0.5, women + 0.5
    weight = np.where(seen, 1 / (1 / up + 1 / down), 0.0)
    told = prior @ mean.ravel() + (weight * np.log(up / down)).ravel()
    centre = np.linalg.solve(prior + np.diag(weight.ravel()), told)
    narrow = prior + np.diag((weight + more).ravel())
    root = np.linalg.cholesky(np.linalg.inv(narrow))
    return centre.reshape(mean.shape), root


def complement(directions: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of what is orthogonal to some directions.

    Each vector is close to one coordinate, so that a sampler with a diagonal mass matrix meets the
    variables much as it would the coordinates.

    Parameters
    ----------
    directions : array, shape (n, k)
        One direction a column.

    Returns
    -------
    array, shape (n, n - k)
    """
    number, taken = directions.shape
    spread = np.linspace(0, number - 1, taken + 2)[1:-1].round().astype(int)
    rest = np.delete(np.eye(number), spread, axis=1)
    return np.linalg.qr(np.hstack([directions, rest]))[0][:, taken:]
