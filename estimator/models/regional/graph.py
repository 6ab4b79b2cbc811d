"""Regions around a given nation as a PyMC graph."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.models.baseline import JITTER
from estimator.models.baseline_graph import add_hyperparameters
from estimator.models.likelihood import add_binomial
from estimator.models.regional.deviation import DeviationPriors, deviation_covariances
from estimator.models.vital.surface import Surface


def build_regions(surfaces: dict[str, Surface], nation: np.ndarray, priors: DeviationPriors) -> pm.Model:
    """Build the PyMC model of regions given the nation's log sex ratio, shape (ages, years).

    Free variables: the hyperparameters and ``standard`` (region × cell), deviations in units of their
    prior; deterministic ``deviation``, shocks included, cells in the order of a raveled (age, year) array.
    Each region's observed variable is ``deaths_`` and its place.
    """
    first = next(iter(surfaces.values()))
    coords = {"region": list(surfaces), "all_cells": np.arange(first.observed.size)}
    with pm.Model(coords=coords) as graph:
        hyper = add_hyperparameters(priors, priors.NAMES)
        ages, times, own_ages, own_times = deviation_covariances(hyper, first.midpoint, len(first.years))
        covariance = pt.linalg.kron(ages, times) + pt.linalg.kron(own_ages, own_times)
        covariance += JITTER * np.eye(first.observed.size)
        standard = pm.Normal("standard", dims=("region", "all_cells"))
        drawn = pt.dot(standard, pt.linalg.cholesky(covariance).T)
        deviation = pm.Deterministic("deviation", drawn, dims=("region", "all_cells"))
        for place, surface in enumerate(surfaces.values()):
            cells = np.flatnonzero(surface.observed)
            men, women = (pt.as_tensor(one.ravel()[cells]) for one in (surface.target, surface.control))
            logit = nation.ravel()[cells] + deviation[place, cells]
            add_binomial(f"deaths_{place}", men + women, logit, observed=men)
    return graph
