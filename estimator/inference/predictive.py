"""Prior- and posterior-predictive checks: counts that the model expects."""

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
    hyper = draw_hyperparameters(surface, draws, rng)
    points = [{name: float(hyper[name][d]) for name in hyper} for d in range(draws)]
    ratios = np.array([surface.draw_prior(point, rng) for point in points])
    coords = {"draw": np.arange(draws), "age": list(surface.ages), "period": list(surface.years)}
    drawn = xr.Dataset(
        {name: ("draw", values) for name, values in hyper.items()}
        | {"log_sex_ratio": (("draw", "age", "period"), ratios)},
        coords=coords,
    )
    return drawn.assign(deaths=_replicate(drawn["log_sex_ratio"], surface, rng))


def draw_hyperparameters(surface: Surface, draws: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw each free hyperparameter from its prior, shape (draws,)."""
    priors = surface.priors
    location, scale = priors.moments(surface.names)
    points = location + scale * rng.standard_normal((draws, len(location)))
    return {
        name: expit(points[:, i]) if name in priors.BOUNDED else np.exp(points[:, i])
        for i, name in enumerate(surface.names)
    }


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
