"""Prior- and posterior-predictive checks: what the model expects to see."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.special import expit

from estimator.estimate.estimate import Estimate
from estimator.models.vital.model import VitalModel
from estimator.models.vital.surface import Surface


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
    location, scale = model.priors.moments()
    points = location + scale * rng.standard_normal((draws, len(location)))
    names = model.priors.NAMES
    values = {
        name: expit(points[:, i]) if name in model.priors.BOUNDED else np.exp(points[:, i])
        for i, name in enumerate(names)
    }
    ratios = np.empty((draws, *surface.observed.shape))
    for d in range(draws):
        over_age, over_time = surface.covariance({name: float(values[name][d]) for name in names})
        noise = rng.standard_normal(surface.observed.shape)
        tiny = 1e-9
        age_root = np.linalg.cholesky(over_age + tiny * np.eye(len(over_age)))
        time_root = np.linalg.cholesky(over_time + tiny * np.eye(len(over_time)))
        ratios[d] = surface.mean + age_root @ noise @ time_root.T
    coords = {"draw": np.arange(draws), "age": list(surface.ages), "period": list(surface.years)}
    found = xr.Dataset(
        {name: ("draw", values[name]) for name in names}
        | {"log_sex_ratio": (("draw", "age", "period"), ratios)},
        coords=coords,
    )
    return found.assign(deaths=_replicate(found["log_sex_ratio"], surface, rng))


def posterior_predictive(model: VitalModel, estimate: Estimate, *, seed: int) -> xr.Dataset:
    """Replicate the observed cells from a fitted model, and say where data lie in the replicates.

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
    below = (deaths < observed).mean(("chain", "draw")) + 0.5 * (deaths == observed).mean(
        ("chain", "draw")
    )
    return xr.Dataset(
        {
            "deaths": deaths,
            "observed": observed,
            "probability": below.where(observed.notnull()),
        }
    )


def _replicate(ratios: xr.DataArray, surface: Surface, rng: np.random.Generator) -> xr.DataArray:
    total = (surface.target + surface.control).astype(int)
    observed = surface.observed
    drawn = rng.binomial(np.where(observed, total, 0), expit(ratios.values)).astype(float)
    return ratios.copy(data=np.where(observed, drawn, np.nan)).rename("deaths")
