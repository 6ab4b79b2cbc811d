"""The vital-registration model as a PyMC graph."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.models.ratio_graph import add_hyperparameters, add_surface, year_coords
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
        Free variables: the hyperparameters, ``baseline_ratio`` (age × baseline year) and
        ``later_shock`` (age × other year); deterministic ``log_sex_ratio`` (age × period). The observed
        variable ``deaths`` has dim ``cell``. Target cells have no likelihood.
    """
    known = surface.observed.all(axis=0)
    coords = {"age": surface.ages, **year_coords(surface.years, known)}
    with pm.Model(coords=coords) as model:
        hyper = add_hyperparameters(surface.model.priors, damping=surface.model.damping)
        over_age, over_time = surface.covariance(hyper)
        ratio = add_surface(over_age, over_time, surface.mean, known, empirical_ratio(surface))
        add_likelihood(surface, ratio)
    return model


def add_likelihood(surface: Surface, log_sex_ratio: pt.TensorVariable) -> None:
    """Add the binomial likelihood of observed cells to the model in context.

    Parameters
    ----------
    surface : Surface
        Counts and which of them are observed.
    log_sex_ratio : TensorVariable, shape (ages, years)
        The surface.
    """
    rows, columns = np.nonzero(surface.observed)
    men = surface.target[rows, columns].astype(int)
    cells = [f"{surface.ages[row]} {surface.years[column]}" for row, column in zip(rows, columns)]
    pm.modelcontext(None).add_coord("cell", cells)
    pm.Binomial(
        "deaths",
        n=men + surface.control[rows, columns].astype(int),
        logit_p=log_sex_ratio[rows, columns],
        observed=men,
        dims="cell",
    )


def empirical_ratio(surface: Surface) -> np.ndarray:
    """Log ratio of counts, filled along time where a year is not observed: a starting point."""
    ratio = np.log((surface.target + 0.5) / (surface.control + 0.5))
    start = np.where(surface.observed, ratio, np.nan)
    for row in range(start.shape[0]):
        known = np.flatnonzero(surface.observed[row])
        start[row] = np.interp(np.arange(start.shape[1]), known, start[row, known])
    return start
