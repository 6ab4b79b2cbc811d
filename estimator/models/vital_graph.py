"""The vital-registration model as a PyMC graph."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.linalg import solve_triangular

from estimator.models.vital import Surface

JITTER = 1e-9


def build_vital(surface: Surface) -> pm.Model:
    r"""Build the PyMC model of a surface of counts.

    The surface is one matrix normal, written in two blocks so that NUTS meets each in the form it
    samples best. Baseline years are centred: large counts pin every cell. The years after are
    standard normal shocks added to their conditional mean, with :math:`L` the Cholesky factor of
    :math:`C_t` in the order (baseline :math:`b`, other years :math:`r`):

    .. math::

        \lambda_r = m_r + (\lambda_b - m_b) L_{bb}^{-\prime} L_{rb}' + L_K\, z\, L_{rr}'

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
    order = np.argsort(~surface.observed.all(axis=0), kind="stable")
    split = int(surface.observed.all(axis=0).sum())
    years = np.array(surface.years)[order]
    coords = {
        "age": surface.ages,
        "period": surface.years,
        "baseline_year": years[:split],
        "later_year": years[split:],
    }
    mean = surface.mean[:, order]
    with pm.Model(coords=coords) as model:
        over_age, over_time = surface.covariance(add_hyperparameters(surface))
        age_root = pt.linalg.cholesky(over_age + JITTER * np.eye(len(surface.ages)))
        ordered = over_time[np.ix_(order, order)] + JITTER * np.eye(len(order))
        time_root = pt.linalg.cholesky(ordered)
        early = time_root[:split, :split]
        baseline = pm.MatrixNormal(
            "baseline_ratio",
            mu=mean[:, :split],
            rowchol=age_root,
            colchol=early,
            initval=empirical_ratio(surface)[:, order[:split]],
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
        log_sex_ratio = pm.Deterministic("log_sex_ratio", together, dims=("age", "period"))
        add_likelihood(surface, log_sex_ratio)
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
