"""The log sex ratio as a PyMC variable, shared by both routes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.transforms import logodds

from estimator.models.baseline import JITTER, BaselinePriors, Hyperpriors


def add_hyperparameters(
    priors: Hyperpriors, names: tuple[str, ...] = BaselinePriors.SURFACE
) -> dict[str, pt.TensorVariable]:
    """Add hyperparameters of the baseline to the model in context; reasons in `BaselinePriors`."""
    hyper = {}
    for name in names:
        location, scale = getattr(priors, name)
        if name in priors.BOUNDED:
            hyper[name] = add_share(name, location, scale)
        else:
            hyper[name] = pm.LogNormal(name, mu=location, sigma=scale)
    return hyper


def add_share(name: str, location: float, scale: float) -> pt.TensorVariable:
    """Add a share with a logit-normal prior, sampled on the logit scale.

    PyMC gives this distribution no transform: chains would run into walls at 0 and 1.
    """
    return pm.LogitNormal(name, mu=location, sigma=scale, transform=logodds)


def add_scaled_surface(
    over_age: Any,
    over_time: Any,
    mean: np.ndarray,
    fit: tuple[np.ndarray, np.ndarray],
    *,
    cohort_sd: Any = 0.0,
    basis: np.ndarray | None = None,
    fixed: np.ndarray | None = None,
) -> pt.TensorVariable:
    """Add the log sex ratio by age and year, sampled in units of a rough fit's errors.

    Where some ages have few cases and others many, and where some years are seen and others not, neither
    centred nor standardised surfaces sample well: what is free here is the distance from a Gaussian fit,
    divided by the Cholesky factor of its covariance. This changes no prior.

    Parameters
    ----------
    over_age, over_time : TensorVariable
        Covariances of the surface without cohorts.
    mean : array, shape (ages, years)
        Prior mean.
    fit : (array, array)
        Centre, shape (ages, years), and Cholesky factor, shape (ages * years, ages * years); see
        `initial_surface`. They stand in the graph as data, which may be swapped.
    cohort_sd : TensorVariable
        Standard deviation of the cohort process.
    basis : array, shape (ages, years, modes), optional
        `Cohorts.basis`. The process is integrated out: next to a surface that it competes with it would
        sample badly.
    fixed : array, shape (ages, years, directions), optional
        What else is added, by standard normal direction of known scale.

    Returns
    -------
    TensorVariable, shape (ages, years)
        Free variable ``ratio_free``; deterministic ``log_sex_ratio`` (age, period).
    """
    size = fit[0].size
    centre, scale = pm.Data("ratio_centre", fit[0]), pm.Data("ratio_root", fit[1])
    free = pm.Flat("ratio_free", dims="ratio_cell", initval=np.zeros(size))
    surface = centre + pt.dot(scale, free).reshape(fit[0].shape)
    none = np.zeros((*mean.shape, 0))
    density = surface_density(
        surface - mean, over_age, over_time, cohort_sd,
        none if basis is None else basis, none if fixed is None else fixed,
    )  # fmt: skip
    pm.Potential("ratio_surface", density)
    return pm.Deterministic("log_sex_ratio", surface, dims=("age", "period"))


def surface_density(
    miss: Any,
    over_age: Any,
    over_time: Any,
    cohort_sd: Any,
    basis: np.ndarray,
    fixed: np.ndarray,
) -> pt.TensorVariable:
    r"""Log density of a surface's distance from its mean, up to a constant.

    With :math:`B` the cohort basis times :math:`\sigma_c` and the fixed directions, whitened by the roots of
    :math:`K` and :math:`C_t`, the covariance is :math:`I + B B'`, whose inverse and determinant are those of
    :math:`I + B' B`, as large as there are directions.
    """
    ages, years, modes = basis.shape
    directions = modes + fixed.shape[-1]
    age_root = pt.linalg.cholesky(over_age + JITTER * np.eye(ages))
    time_root = pt.linalg.cholesky(over_time + JITTER * np.eye(years))

    def whiten(cells: Any, columns: int) -> pt.TensorVariable:
        half = pt.linalg.solve_triangular(age_root, cells.reshape((ages, years * columns)), lower=True)
        turned = half.reshape((ages, years, columns)).transpose(1, 0, 2)
        return pt.linalg.solve_triangular(
            time_root, turned.reshape((years, ages * columns)), lower=True
        ).reshape((years * ages, columns))

    white = whiten(miss, 1)[:, 0]
    determinant = years * pt.log(pt.diag(age_root)).sum() + ages * pt.log(pt.diag(time_root)).sum()
    density = -0.5 * pt.sum(white**2) - determinant
    if directions == 0:
        return density
    scale = pt.concatenate([cohort_sd * np.ones(modes), np.ones(directions - modes)])
    inside = scale * whiten(pt.as_tensor(np.concatenate([basis, fixed], axis=-1)), directions)
    root = pt.linalg.cholesky(np.eye(directions) + pt.dot(inside.T, inside))
    gain = pt.linalg.solve_triangular(root, pt.dot(inside.T, white), lower=True)
    return density + 0.5 * pt.sum(gain**2) - pt.log(pt.diag(root)).sum()


def initial_surface(
    priors: BaselinePriors,
    covariance: Callable[[dict[str, Any]], tuple[np.ndarray, np.ndarray]],
    mean: np.ndarray,
    men: np.ndarray,
    women: np.ndarray,
    *,
    seen: np.ndarray,
    basis: np.ndarray | None = None,
    fixed: np.ndarray | None = None,
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
    basis : array, shape (ages, years, modes), optional
        Of the cohort process.
    fixed : array, shape (ages, years, directions), optional
        As for `add_scaled_surface`.

    Returns
    -------
    (array, array)
        As `add_scaled_surface` takes it.
    """
    hyper = priors.bounded(priors.NAMES, priors.moments()[0])
    total = np.kron(*covariance(hyper)) + JITTER * np.eye(mean.size)
    if basis is not None:
        flat = hyper["cohort_sd"] * basis.reshape(mean.size, -1)
        total += flat @ flat.T
    if fixed is not None:
        flat = fixed.reshape(mean.size, -1)
        total += flat @ flat.T
    prior = np.linalg.inv(total)
    up, down = men + 0.5, women + 0.5
    weight = np.where(seen, 1 / (1 / up + 1 / down), 0.0)
    information = prior @ mean.ravel() + (weight * np.log(up / down)).ravel()
    centre = np.linalg.solve(prior + np.diag(weight.ravel()), information)
    root = np.linalg.cholesky(np.linalg.inv(prior + np.diag(weight.ravel())))
    return centre.reshape(mean.shape), root
