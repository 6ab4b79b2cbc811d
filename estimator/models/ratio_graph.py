"""The log sex ratio as a PyMC variable, shared by both routes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.transforms import logodds
from pytensor.tensor.linalg import solve_triangular

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


def add_surface(
    over_age: Any, over_time: Any, mean: np.ndarray, known: np.ndarray, start: np.ndarray
) -> pt.TensorVariable:
    r"""Add the log sex ratio by age and year to the model in context, in two blocks.

    The surface is one matrix normal, written so that NUTS meets each block in the form it samples best.
    Known years are centred: large counts pin every cell. The others are standard normal shocks added
    to their conditional mean, with :math:`L` the Cholesky factor of :math:`C_t` in the order (known
    years :math:`b`, other years :math:`r`):

    .. math::

        \lambda_r = m_r + (\lambda_b - m_b) L_{bb}^{-\prime} L_{rb}' + L_K\, z\, L_{rr}'

    Parameters
    ----------
    over_age, over_time : TensorVariable
        Covariances.
    mean : array, shape (ages, years)
        Prior mean.
    known : array of bool, shape (years,)
        Years with a likelihood at every age.
    start : array, shape (ages, years)
        Starting values; those of known years are used.

    Returns
    -------
    TensorVariable, shape (ages, years)
        Free variables ``baseline_ratio`` (age, baseline_year) and ``later_shock`` (age, later_year), of
        which the model must have the dims; deterministic ``log_sex_ratio`` (age, period).
    """
    order = np.argsort(~known, kind="stable")
    split = int(known.sum())
    mean = mean[:, order]
    age_root = pt.linalg.cholesky(over_age + JITTER * np.eye(mean.shape[0]))
    ordered = over_time[np.ix_(order, order)] + JITTER * np.eye(len(order))
    time_root = pt.linalg.cholesky(ordered)
    early = time_root[:split, :split]
    baseline = pm.MatrixNormal(
        "baseline_ratio",
        mu=mean[:, :split],
        rowchol=age_root,
        colchol=early,
        initval=start[:, order[:split]],
        dims=("age", "baseline_year"),
    )
    shock = pm.Normal("later_shock", dims=("age", "later_year"))
    whitened = solve_triangular(early, (baseline - mean[:, :split]).T, lower=True)
    later = (
        mean[:, split:]
        + (time_root[split:, :split] @ whitened).T
        + age_root @ shock @ time_root[split:, split:].T
    )
    together = pt.concatenate([baseline, later], axis=1)[:, np.argsort(order)]
    return pm.Deterministic("log_sex_ratio", together, dims=("age", "period"))


def add_scaled_surface(
    over_age: Any, over_time: Any, mean: np.ndarray, fit: tuple[np.ndarray, np.ndarray]
) -> pt.TensorVariable:
    """Add the log sex ratio by age and year, sampled in units of a rough fit's errors.

    Where some ages have few cases and others many, neither centred nor standardised surfaces sample well:
    what is free here is the distance from a Gaussian fit, divided by the Cholesky factor of its covariance.
    This changes no prior.

    Parameters
    ----------
    over_age, over_time : TensorVariable
        Covariances.
    mean : array, shape (ages, years)
        Prior mean.
    fit : (array, array)
        Centre, shape (ages, years), and Cholesky factor, shape (ages * years, ages * years).

    Returns
    -------
    TensorVariable, shape (ages, years)
        Free variable ``ratio_free``; deterministic ``log_sex_ratio`` (age, period).
    """
    centre, root = fit
    free = pm.Flat("ratio_free", dims="ratio_cell", initval=np.zeros(centre.size))
    surface = centre + pt.dot(pt.constant(root), free).reshape(centre.shape)
    prior = pm.MatrixNormal.dist(
        mu=mean,
        rowchol=pt.linalg.cholesky(over_age + JITTER * np.eye(mean.shape[0])),
        colchol=pt.linalg.cholesky(over_time + JITTER * np.eye(mean.shape[1])),
    )
    pm.Potential("ratio_surface", pm.logp(prior, surface))
    return pm.Deterministic("log_sex_ratio", surface, dims=("age", "period"))


def year_coords(years: Any, known: np.ndarray) -> dict[str, Any]:
    """Return the coords that `add_surface` needs.

    Parameters
    ----------
    years : sequence of int
        All years of the surface.
    known : array of bool
        As for `add_surface`.
    """
    labels = np.asarray(years)
    return {
        "period": labels.tolist(),
        "baseline_year": labels[known].tolist(),
        "later_year": labels[~known].tolist(),
    }


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
