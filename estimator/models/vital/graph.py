"""The vital-registration model as a PyMC graph."""

import numpy as np
import pymc as pm

from estimator.models.baseline_graph import add_hyperparameters, add_scaled_surface, initial_surface
from estimator.models.likelihood import add_binomial
from estimator.models.vital.surface import Surface


def build_vital(surface: Surface) -> pm.Model:
    """Build the PyMC model of a surface of counts.

    Parameters
    ----------
    surface : Surface
        As `VitalModel.surface` gives it.

    Returns
    -------
    pymc.Model
        Free variables: the hyperparameters and ``ratio_free`` (age × period, in one); deterministic
        ``log_sex_ratio`` (age × period). The observed variable ``deaths`` has dim ``cell``. Target cells
        have no likelihood. Counts are `pm.Data`: windows of one shape compile once, see `swapped_vital`.
    """
    cells = zip(*np.nonzero(surface.observed))
    coords = {
        "age": surface.ages,
        "period": list(surface.years),
        "ratio_cell": np.arange(surface.observed.size),
        "cell": [f"{surface.ages[row]} {surface.years[column]}" for row, column in cells],
    }
    data = swapped_vital(surface)
    with pm.Model(coords=coords) as model:
        hyper = add_hyperparameters(surface.priors, surface.names)
        fit = data["ratio_centre"], data["ratio_root"]
        ratio = add_scaled_surface(
            *surface.covariance(hyper), surface.mean, fit,
            cohort_sd=hyper.get("cohort_sd", 0.0), basis=_basis(surface), fixed=surface.allowance,
        )  # fmt: skip
        men, both = (pm.Data(name, data[name], dims="cell") for name in ("men", "both"))
        logit = ratio[np.nonzero(surface.observed)]
        add_binomial("deaths", both, logit, observed=men, dims="cell")
    return model


def swapped_vital(surface: Surface) -> dict[str, np.ndarray]:
    """Return the data of a surface by the names under which the graph holds them.

    Parameters
    ----------
    surface : Surface
        Of the same ages, number of years and observed cells as the graph's.

    Returns
    -------
    dict
        ``men`` and ``both`` (cell), and the rough fit in whose units the surface is sampled.
    """
    men, women = surface.target[surface.observed], surface.control[surface.observed]
    centre, root = initial_surface(
        surface.priors, surface.covariance, surface.mean, surface.target, surface.control,
        seen=surface.observed, basis=_basis(surface), fixed=surface.allowance,
    )  # fmt: skip
    return {"men": men, "both": men + women, "ratio_centre": centre, "ratio_root": root}


def _basis(surface: Surface) -> np.ndarray | None:
    return None if surface.cohorts is None else surface.cohorts.basis
