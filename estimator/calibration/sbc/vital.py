r"""Calibration of the vital model on tables drawn from it: one replicate.

Everything is drawn from the model: hyperparameters and the log sex ratio :math:`\lambda`; the women's scale,
from its grid, and the logarithm of their expected deaths :math:`\mu` (`control_covariance`);
:math:`F \sim \mathrm{Poisson}(\mu)`, :math:`M \sim \mathrm{Poisson}(e^\lambda \mu)`.

The posterior is cut in two: that of :math:`\lambda` is given which deaths are men's, that of :math:`\mu`
given the women's, and draws of the two are independent. Each alone is calibrated but for three
approximations (the binomial leaves out what the sum of both sexes says about :math:`\lambda`, nothing where
the women's level is vague; the women's mean by age is the data's; their posterior is Laplace's). What
is made of both, the counterfactual total, cannot be exactly uniform: a woman too many in the baseline lowers
:math:`\lambda` and raises :math:`\mu`, and draws that are independent do not cancel, so that intervals are
rather too wide than too narrow.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from estimator.calibration.sbc.ranks import rank_of
from estimator.data.counts import Counts
from estimator.data.periods import Periods
from estimator.inference.marginal import sample_marginal
from estimator.inference.predictive import draw_hyperparameters
from estimator.models.vital.model import VitalModel
from estimator.models.vital.surface import (
    Surface,
    control_covariance,
    draw_control,
    draw_counterfactual,
    root,
)

YEARS = tuple(range(2000, 2015))
AGES = ("20-24", "25-29", "30-34", "35-39", "40-44")
SIZES = (80.0, 130.0, 240.0, 400.0, 600.0)
"""Median of the women's yearly deaths by age; the prior makes them a twentieth or twenty times that."""


def vital_replicate(seed: int) -> dict[str, Any]:
    """Draw a small table of deaths from the vital model, fit it with the marginal engine, and rank.

    Ten baseline years, two masked, three target years, five ages, of which the fourth is a border age, which
    the war moves as the model allows, and the last a control age.
    Ranked are the hyperparameters; the log sex ratio of the last baseline year and of the last target
    year, the mean over ages and a single age; the women's level, the mean logarithm of their expected
    deaths in target ages and years; and the estimand: the counterfactual deaths of men in all of them.
    """
    rng = np.random.default_rng(seed)
    template = _template()
    truth, ratio = _ratio(template, rng)
    women = np.exp(_log_women(template, rng))
    men = np.exp(ratio) * women
    surface = replace(
        template, target=rng.poisson(men).astype(float), control=rng.poisson(women).astype(float)
    )
    peace = float(rng.poisson(men)[template.asked].sum())
    posterior, diagnostics = sample_marginal(surface, seed=seed, draws=1000, minimum_ess=400)
    ranks = {name: rank_of(truth[name], posterior[name].values, rng) for name in truth}
    drawn = posterior["log_sex_ratio"].transpose("chain", "draw", "age", "period").values[0]
    for name, year in (("last baseline year", 9), ("target year", -1)):
        ranks[f"ratio, {name}, mean"] = rank_of(ratio[:, year].mean(), drawn[:, :, year].mean(1), rng)
        ranks[f"ratio, {name}, {AGES[0]}"] = rank_of(ratio[0, year], drawn[:, 0, year], rng)
    level = np.log(draw_control(surface, 1000, rng=rng)).mean((1, 2))
    ranks["women's level"] = rank_of(np.log(women[template.asked]).mean(), level, rng)
    total = draw_counterfactual(posterior["log_sex_ratio"], surface, rng=rng)
    ranks["counterfactual, all"] = rank_of(peace, total.sum(("age", "period")).values, rng)
    return {"ranks": ranks, "converged": diagnostics.converged}


def _ratio(template: Surface, rng: np.random.Generator) -> tuple[dict[str, float], np.ndarray]:
    drawn = draw_hyperparameters(template, 1, rng)
    truth = {name: float(values[0]) for name, values in drawn.items()}
    return truth, template.draw_prior(truth, rng)


def _log_women(template: Surface, rng: np.random.Generator) -> np.ndarray:
    priors = template.control_priors
    weights = np.exp(priors.log_weights)
    chosen = rng.choice(weights.size, p=(weights / weights.sum()).ravel())
    scale, shock = np.unravel_index(chosen, weights.shape)
    covariance = control_covariance(template, priors.scales[scale], priors.shocks[shock])
    moved = root(covariance) @ rng.standard_normal(template.observed.size)
    return np.log(np.array(SIZES))[:, None] + moved.reshape(template.observed.shape)


def _template() -> Surface:
    data = xr.Dataset(
        {"count": (("sex", "age", "period"), np.ones((2, len(AGES), len(YEARS))))},
        {"sex": ["female", "male"], "age": list(AGES), "period": list(YEARS)},
    )
    periods = Periods(baseline=(2000, 2009), masked=(2010, 2011), target=(2012, 2014))
    counts = Counts(data, unit="deaths", source="simulated", vintage="2026-01-01")
    return VitalModel(counts, periods, ages=(20, 34), border_ages=(35, 39), control_ages=(40, 44)).surface()
