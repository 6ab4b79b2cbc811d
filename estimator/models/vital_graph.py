"""The vital-registration model as a PyMC graph."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.models.vital import Surface


def build_vital(surface: Surface) -> pm.Model:
    """Build the PyMC model of a surface of counts.

    Parameters
    ----------
    surface : Surface
        As `VitalModel.surface` gives it.

    Returns
    -------
    pymc.Model
        Free variables: the hyperparameters and ``log_sex_ratio`` (age × year). The observed variable
        ``deaths`` has dim ``cell``. Target cells have no likelihood; their log sex ratio is predicted.
    """
    cells = np.argwhere(surface.observed)
    rows, columns = cells.T
    names = [f"{surface.ages[i]}|{surface.years[j]}" for i, j in cells]
    men = surface.target[rows, columns].astype(int)
    total = men + surface.control[rows, columns].astype(int)
    with pm.Model(coords={"age": surface.ages, "period": surface.years, "cell": names}) as model:
        over_age, over_time = surface.covariance(add_hyperparameters(surface))
        # centred at the data: counts are large, so each cell's ratio is well known from the start
        log_sex_ratio = pm.MatrixNormal(
            "log_sex_ratio", mu=surface.mean,
            rowchol=pt.linalg.cholesky(over_age + 1e-9 * np.eye(len(surface.ages))),
            colchol=pt.linalg.cholesky(over_time + 1e-9 * np.eye(len(surface.years))),
            initval=empirical_ratio(surface), dims=("age", "period"),
        )
        pm.Binomial("deaths", n=total, logit_p=log_sex_ratio[rows, columns], observed=men, dims="cell")
    return model


def add_hyperparameters(surface: Surface) -> dict[str, pt.TensorVariable]:
    """Add the baseline's hyperparameters to the model in context; reasons in `BaselinePriors`."""
    priors = surface.model.priors
    hyper = {}
    for name in priors.NAMES:
        location, scale = getattr(priors, name)
        if name == "damping" and surface.model.damping is not None:
            continue
        kind = pm.LogitNormal if name in priors.BOUNDED else pm.LogNormal
        hyper[name] = kind(name, mu=location, sigma=scale)
    return hyper


def empirical_ratio(surface: Surface) -> np.ndarray:
    """Log ratio of counts, filled along time where a year is not observed: a starting point."""
    ratio = np.log((surface.target + 0.5) / (surface.control + 0.5))
    start = np.where(surface.observed, ratio, np.nan)
    for row in range(start.shape[0]):
        known = np.flatnonzero(surface.observed[row])
        start[row] = np.interp(np.arange(start.shape[1]), known, start[row, known])
    return start
