r"""The rules that a placebo sets beside the model, each given the same window.

With :math:`r_{a,t} = M_{a,t}/F_{a,t}` and the women observed in the target year,

- ``ratio-5``, ``ratio-10``: the published rule, :math:`r` extrapolated by least squares over the last
  5 or 10 years, one predictive sd, ages in quadrature (`estimator.published.ratio_rule`).
- ``constant ratio``: the mean of the last 5 years' ratios held constant; its sd is
  :math:`s\sqrt{1 + 1/5}` with :math:`s` the sample sd of those five, ages in quadrature.
- ``structural``: statsmodels' `UnobservedComponents` local linear trend plus noise on :math:`\log r`
  of each age, by maximum likelihood over the whole baseline (it offers no damping). Ages are forecast
  independently of one another; draws of :math:`F e^{\log r}` are added.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from estimator.calibration.scores import Forecast
from estimator.models.vital.model import VitalModel
from estimator.published.ratio_rule import ratio_forecast

STRUCTURAL_DRAWS = 1000


@dataclass(frozen=True)
class Window:
    """Deaths that a rule may use, and the target years' women.

    Parameters
    ----------
    years : array, shape (years,)
        Baseline years, ascending.
    men, women : array, shape (ages, years)
        Deaths in target ages in those years; men are the target sex, women the control sex.
    target_years : array, shape (targets,)
        Years to forecast.
    target_men, target_women : array, shape (ages, targets)
        Deaths in those years; rules do not look at the men.
    """

    years: np.ndarray
    men: np.ndarray
    women: np.ndarray
    target_years: np.ndarray
    target_men: np.ndarray
    target_women: np.ndarray

    @classmethod
    def of(cls, model: VitalModel) -> Window:
        """Take from a model what its specification lets a rule see."""
        chosen = model.counts.data["count"].sel(age=list(model.target_labels))
        men, women = chosen.sel(sex=model.target_sex), chosen.sel(sex=model.control_sex)
        base, target = list(model.periods.baseline), list(model.periods.target)
        return cls(
            years=np.array(base),
            men=men.sel(period=base).values,
            women=women.sel(period=base).values,
            target_years=np.array(target),
            target_men=men.sel(period=target).values,
            target_women=women.sel(period=target).values,
        )


Rule = Callable[[Window, np.random.Generator], Forecast]
"""From a window to forecasts of men, shape (ages + 1, targets); the last row is the total."""


def ratio_rule(
    window: Window, rng: np.random.Generator | None = None, *, fit_years: int, trend: str
) -> Forecast:
    """Forecast by the published rule, or by a constant ratio.

    Parameters
    ----------
    window : Window
        What the rule may see.
    rng : Generator, optional
        Not used: the rule has no chance in it.
    fit_years, trend
        As for `estimator.published.ratio_rule.ratio_forecast`.
    """
    middle, sd = ratio_forecast(
        window.years,
        window.men,
        window.women,
        window.target_years,
        window.target_women,
        fit_years=min(fit_years, window.years.size),
        trend=trend,
    )
    total, total_sd = middle.sum(0, keepdims=True), np.sqrt((sd**2).sum(0, keepdims=True))
    return Forecast.normal(np.vstack([middle, total]), np.vstack([sd, total_sd]))


def structural_rule(window: Window, rng: np.random.Generator) -> Forecast:
    """Forecast each age's log ratio by a local linear trend, and add ages as if independent.

    Parameters
    ----------
    window : Window
        What the rule may see.
    rng : Generator
        Source of the draws.
    """
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    calendar = np.arange(window.years[0], window.years[-1] + 1)
    steps = window.target_years - window.years[-1]
    draws = np.full((*window.target_women.shape, STRUCTURAL_DRAWS), np.nan)
    known = (window.men > 0) & (window.women > 0)
    for age, used in enumerate(known):
        series = np.full(calendar.size, np.nan)
        ratio = window.men[age, used] / window.women[age, used]
        series[window.years[used] - calendar[0]] = np.log(ratio)
        if used.sum() < 5:  # fewer than its parameters ask for: no forecast of this age
            continue
        with warnings.catch_warnings():  # a variance at its bound of zero warns and is no fault
            warnings.simplefilter("ignore")
            fitted = UnobservedComponents(series, "lltrend").fit(disp=0, maxiter=200)
            ahead = fitted.get_forecast(int(steps.max()))
        place = steps - 1
        noise = rng.standard_normal((steps.size, STRUCTURAL_DRAWS))
        log_ratio = ahead.predicted_mean[place, None] + ahead.se_mean[place, None] * noise
        draws[age] = window.target_women[age, :, None] * np.exp(np.clip(log_ratio, -20, 20))
    return Forecast.from_draws(np.concatenate([draws, draws.sum(0, keepdims=True)]))


RIVALS: Mapping[str, Rule] = {
    "ratio-5": partial(ratio_rule, fit_years=5, trend="linear"),
    "ratio-10": partial(ratio_rule, fit_years=10, trend="linear"),
    "constant ratio": partial(ratio_rule, fit_years=5, trend="constant"),
    "structural": structural_rule,
}
REFERENCE = "ratio-5"
"""The rule whose scores are the unit of ratios."""
