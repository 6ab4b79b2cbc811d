"""Prior sensitivity: how far an estimate moves when a hyperprior is made stronger or weaker."""

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import logit
from scipy.stats import norm

from estimator.estimate.estimate import Estimate
from estimator.models.baseline import BaselinePriors
from estimator.models.vital.model import VitalModel
from estimator.models.vital.surface import draw_counterfactual, observed_counts

INFORMATIVE = 0.05
"""Sensitivity above which a prior is called informative (Kallioinen et al. 2024)."""
BELOW_ONE = ("damping", "shared", "shock_shared")
SCALED = (
    "level_sd", "slope_sd", "transient_sd", "scale_sd", "shock_sd", "shock_spread", "shock_over_years",
    *BELOW_ONE,
)  # fmt: skip
"""Constants of the women's trend that `control_sensitivity` halves and doubles."""


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
        hyperparameter itself (``own``). Above `INFORMATIVE` the prior is informative.

    Raises
    ------
    DataError
        If the estimate was saved without its posterior.
    """
    from arviz_stats import psense

    priors = priors or BaselinePriors()
    posterior = estimate.require_posterior()
    names = [name for name in priors.NAMES if name in posterior]
    excess = estimate.by("period").excess
    quantities = {f"excess {year}": excess.sel(period=year, drop=True) for year in excess["period"].values}
    quantities["excess, all"] = excess.sum("period")
    log_prior = xr.Dataset({name: _log_prior(name, posterior[name], priors) for name in names})
    tree = xr.DataTree.from_dict({
        "posterior": xr.Dataset(quantities | {name: posterior[name] for name in names}),
        "log_prior": log_prior,
    })  # fmt: skip
    rows = {}
    for name in names:
        moved = psense(tree, var_names=[*quantities, name], group="prior", group_var_names=[name])
        rows[name] = {key: float(moved[key]) for key in quantities} | {"own": float(moved[name])}
    return pd.DataFrame.from_dict(rows, orient="index")


def control_sensitivity(
    model: VitalModel, estimate: Estimate, *, seed: int, level: float = 0.95
) -> pd.DataFrame:
    """Halve and double each constant of the women's trend, and draw the counterfactual again.

    The model is without regions. Its women's expected deaths are cut from the sex ratio's posterior, so that
    no fit is repeated. The first row is ``as it is``, then two a constant, such as ``shock_sd / 2`` and
    ``shock_sd x 2``; columns median, lower and upper of the excess of all periods together. Shares and the
    damping, which are bounded by one, have their distance from one halved and doubled.
    """
    ratios = estimate.require_posterior()["log_sex_ratio"]
    priors = model.control_priors
    variants = {"as it is": priors}
    for name in SCALED:
        for sign, factor in (("/", 0.5), ("x", 2.0)):
            value = getattr(priors, name)
            moved = 1 - (1 - value) * factor if name in BELOW_ONE else value * factor
            variants[f"{'1 - ' * (name in BELOW_ONE)}{name} {sign} 2"] = replace(priors, **{name: moved})
    tail, rows = (1 - level) / 2, {}
    for label, variant in variants.items():
        surface = replace(model, control_priors=variant).surface()
        peace = draw_counterfactual(ratios, surface, rng=np.random.default_rng(seed))
        excess = (observed_counts(surface) - peace).sum(("age", "period"))
        rows[label] = np.quantile(excess, [0.5, tail, 1 - tail])
    return pd.DataFrame.from_dict(rows, orient="index", columns=["median", "lower", "upper"])


def _log_prior(name: str, draws: xr.DataArray, priors: BaselinePriors) -> xr.DataArray:
    location, scale = getattr(priors, name)
    if name in priors.BOUNDED:
        free, slope = logit(draws.values), draws.values * (1 - draws.values)
    else:
        free, slope = np.log(draws.values), draws.values
    return draws.copy(data=norm.logpdf(free, location, scale) - np.log(slope))
