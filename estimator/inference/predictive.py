"""Prior- and posterior-predictive checks: counts that the model expects."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.special import expit

from estimator.estimate.estimate import Estimate
from estimator.models.baseline import BaselinePriors
from estimator.models.vital.model import VitalModel
from estimator.models.vital.surface import Surface

JITTER = 1e-9
"""Added to the diagonal of covariances, so that rounding leaves them positive definite."""


def prior_predictive(
    model: VitalModel, *, seed: int, draws: int = 500, region: str | None = None
) -> xr.Dataset:
    """Draw hyperparameters, surfaces and counts from the prior, given the sums of both sexes.

    Parameters
    ----------
    model : VitalModel
        The unfitted model.
    seed : int
        Same seed, same draws.
    draws : int
        Number of draws.
    region : str, optional
        Which region, where counts are by region.

    Returns
    -------
    Dataset
        Hyperparameters (draw), ``log_sex_ratio`` and ``deaths`` of the target sex (draw, age, period).
        Deaths are NaN where a cell has no likelihood.
    """
    surface = model.surface(region)
    rng = np.random.default_rng(seed)
    hyper = draw_hyperparameters(model.priors, draws, rng)
    ratios = np.empty((draws, *surface.observed.shape))
    for d in range(draws):
        covariance = surface.covariance({name: float(hyper[name][d]) for name in hyper})
        ratios[d] = surface.mean + draw_matrix_normal(*covariance, rng)
    coords = {"draw": np.arange(draws), "age": list(surface.ages), "period": list(surface.years)}
    drawn = xr.Dataset(
        {name: ("draw", values) for name, values in hyper.items()}
        | {"log_sex_ratio": (("draw", "age", "period"), ratios)},
        coords=coords,
    )
    return drawn.assign(deaths=_replicate(drawn["log_sex_ratio"], surface, rng))


def draw_hyperparameters(
    priors: BaselinePriors, draws: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Draw each hyperparameter from its prior, shape (draws,)."""
    location, scale = priors.moments()
    points = location + scale * rng.standard_normal((draws, len(location)))
    return {
        name: expit(points[:, i]) if name in priors.BOUNDED else np.exp(points[:, i])
        for i, name in enumerate(priors.NAMES)
    }


def draw_matrix_normal(
    over_rows: np.ndarray, over_columns: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw a matrix of mean zero whose covariance is the product of that over rows and over columns."""
    roots = [
        np.linalg.cholesky(covariance + JITTER * np.eye(len(covariance)))
        for covariance in (over_rows, over_columns)
    ]
    return roots[0] @ rng.standard_normal((len(over_rows), len(over_columns))) @ roots[1].T


def posterior_predictive(model: VitalModel, estimate: Estimate, *, seed: int) -> xr.Dataset:
    """Replicate the observed cells from a fitted model, and return where data lie in the replicates.

    Parameters
    ----------
    model : VitalModel
        The model that was fitted, without regions.
    estimate : Estimate
        Its estimate, with its posterior.
    seed : int
        Same seed, same draws.

    Returns
    -------
    Dataset
        ``deaths`` (chain, draw, age, period): replicates given the sums of both sexes; ``observed``
        (age, period); ``probability`` (age, period): mid-p share of replicates below the data. All NaN
        where a cell has no likelihood.

    Raises
    ------
    DataError
        If the estimate was saved without its posterior.
    """
    surface = model.surface()
    rng = np.random.default_rng(seed)
    ratios = estimate.require_posterior()["log_sex_ratio"].transpose(..., "age", "period")
    deaths = _replicate(ratios, surface, rng)
    observed = xr.DataArray(
        np.where(surface.observed, surface.target, np.nan),
        coords=deaths.isel(chain=0, draw=0).coords,
        dims=("age", "period"),
    ).drop_vars(["chain", "draw"], errors="ignore")
    below = ((deaths < observed) + 0.5 * (deaths == observed)).mean(("chain", "draw"))
    return xr.Dataset(
        {"deaths": deaths, "observed": observed, "probability": below.where(observed.notnull())}
    )


def _replicate(ratios: xr.DataArray, surface: Surface, rng: np.random.Generator) -> xr.DataArray:
    total = (surface.target + surface.control).astype(int)
    observed = surface.observed
    drawn = rng.binomial(np.where(observed, total, 0), expit(ratios.values)).astype(float)
    return ratios.copy(data=np.where(observed, drawn, np.nan)).rename("deaths")
