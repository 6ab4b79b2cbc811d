"""Prior sensitivity: how far an estimate moves when a hyperprior is made stronger or weaker."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import logit
from scipy.stats import norm

from estimator.errors import DataError
from estimator.estimate import Estimate
from estimator.models.baseline import BaselinePriors

INFORMATIVE = 0.05
"""Sensitivity above which a prior has a say (Kallioinen et al. 2024)."""


def prior_sensitivity(estimate: Estimate, priors: BaselinePriors | None = None) -> pd.DataFrame:
    r"""Scale each hyperprior by a power and measure how the posterior moves, without another fit.

    With the prior of one hyperparameter replaced by :math:`p(\theta)^\alpha`, :math:`\alpha` near 1,
    draws are weighted anew; the sensitivity is the change of their distribution by the cumulative
    Jensen-Shannon distance, per doubling of :math:`\alpha` (Kallioinen et al. 2024,
    doi 10.1007/s11222-023-10366-5, by `arviz_stats.psense`).

    Parameters
    ----------
    estimate : Estimate
        As `estimator.fit` returned it, with its posterior.
    priors : BaselinePriors, optional
        Those that it was fitted with.

    Returns
    -------
    DataFrame
        One row a hyperprior, one column a quantity: the excess of each period, of all together, and the
        hyperparameter itself (``own``). Above `INFORMATIVE` the prior has a say.

    Raises
    ------
    DataError
        If the estimate was saved without its posterior.
    """
    from arviz_stats import psense

    priors = priors or BaselinePriors()
    posterior = estimate.posterior
    if posterior is None:
        raise DataError(
            "prior_sensitivity needs the posterior. Give the estimate as `fit` returned it."
        )
    names = [name for name in priors.NAMES if name in posterior]
    excess = estimate.by("period").excess
    quantities = {
        f"excess {year}": excess.sel(period=year, drop=True) for year in excess["period"].values
    }
    quantities["excess, all"] = excess.sum("period")
    data = xr.Dataset({**quantities, **{name: posterior[name] for name in names}})
    logs = xr.Dataset({name: _log_prior(name, posterior[name], priors) for name in names})
    tree = xr.DataTree.from_dict({"posterior": data, "log_prior": logs})
    rows = {}
    for name in names:
        found = psense(tree, var_names=[*quantities, name], group="prior", group_var_names=[name])
        rows[name] = {
            **{quantity: float(found[quantity]) for quantity in quantities}, "own": float(found[name])
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index")


def _log_prior(name: str, draws: xr.DataArray, priors: BaselinePriors) -> xr.DataArray:
    location, scale = getattr(priors, name)
    if name in priors.BOUNDED:
        free, slope = logit(draws.values), draws.values * (1 - draws.values)
    else:
        free, slope = np.log(draws.values), draws.values
    return draws.copy(data=norm.logpdf(free, location, scale) - np.log(slope))
