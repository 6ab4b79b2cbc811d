r"""The rules that a placebo compares with the model, each given the same window.

With :math:`r_{a,t} = M_{a,t}/F_{a,t}` and the women observed in the target year,

- ``ratio-5``, ``ratio-10``: the published rule, :math:`r` extrapolated by least squares over the last
  5 or 10 years, one predictive sd, ages in quadrature (`estimator.published.ratio_rule`).
- ``constant ratio``: the mean of the last 5 years' ratios held constant; its sd is
  :math:`s\sqrt{1 + 1/5}` with :math:`s` the sample sd of those five, ages in quadrature.
- ``structural``: statsmodels' `UnobservedComponents` local linear trend plus noise on :math:`\log r`
  of each age, by maximum likelihood over the whole baseline (it offers no damping).
- ``arima``: statsmodels' ARIMA(0,1,1) of :math:`\log r` with a drift, the model of a noisy random walk.
- ``spline``: the approach of excessmort (Acosta & Irizarry 2022): quasi-Poisson regression of men on a
  natural cubic spline of time with a knot every seven years, women as the offset.
- ``lee-carter``: :math:`\log r_{a,t} = \alpha_a + \beta_a k_t + \epsilon`, by the first singular vector;
  k is a random walk with drift, whose own error is drawn.

The last four forecast over the whole baseline. But for ``lee-carter``, where k is common, ages are forecast
independently of one another; draws of :math:`F e^{\log r}` are added.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from estimator.calibration.scores import Forecast
from estimator.models.vital.model import VitalModel
from estimator.published.ratio_rule import ratio_forecast

DRAWS = 6000
KNOTS_A_YEAR = 1 / 7
"""excessmort's default."""


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


def series_rule(window: Window, rng: np.random.Generator, *, model: Callable[[np.ndarray], Any]) -> Forecast:
    """Forecast each age's log ratio as a time series, and add ages as if independent.

    Parameters
    ----------
    window : Window
        What the rule may see.
    rng : Generator
        Source of the draws.
    model : callable
        Takes a series, NaN where an age has no ratio, and returns an unfitted statsmodels state space model.
    """
    calendar = np.arange(window.years[0], window.years[-1] + 1)
    steps = window.target_years - window.years[-1]
    draws = np.full((*window.target_women.shape, DRAWS), np.nan)
    known = (window.men > 0) & (window.women > 0)
    for age, used in enumerate(known):
        series = np.full(calendar.size, np.nan)
        ratio = window.men[age, used] / window.women[age, used]
        series[window.years[used] - calendar[0]] = np.log(ratio)
        if used.sum() < 5:  # fewer than its parameters ask for: no forecast of this age
            continue
        unfitted = model(series)  # importing statsmodels sets filters of its own
        with warnings.catch_warnings():  # a variance at its bound of zero warns and is no fault
            warnings.simplefilter("ignore")
            # by its own switch too: filters of warnings are shared by threads, which undo one another's
            fitted = unfitted.fit(disp=0, maxiter=200, warn_convergence=False)
            ahead = fitted.get_forecast(int(steps.max()))
        place = steps - 1
        noise = rng.standard_normal((steps.size, DRAWS))
        middle = np.asarray(ahead.predicted_mean)[place, None]
        draws[age] = middle + np.asarray(ahead.se_mean)[place, None] * noise
    return _of_log_ratios(window, draws)


def _of_log_ratios(window: Window, draws: np.ndarray) -> Forecast:
    deaths = window.target_women[..., None] * np.exp(np.clip(draws, -20, 20))
    return Forecast.from_draws(np.concatenate([deaths, deaths.sum(0, keepdims=True)]))


def _structural(series: np.ndarray) -> Any:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    return UnobservedComponents(series, "lltrend")


def _arima(series: np.ndarray) -> Any:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    return SARIMAX(series, order=(0, 1, 1), trend="c")


def lee_carter_rule(window: Window, rng: np.random.Generator) -> Forecast:
    """Forecast log ratios by one pattern over age times a random walk with drift.

    Parameters
    ----------
    window : Window
        What the rule may see.
    rng : Generator
        Source of the draws.
    """
    # the half count keeps a cell without deaths finite
    ratio = np.log((window.men + 0.5) / (window.women + 0.5))
    level = ratio.mean(1, keepdims=True)
    left, size, right = np.linalg.svd(ratio - level, full_matrices=False)
    pattern, index = left[:, :1] * size[0], right[0]
    noise = (ratio - level - pattern * index).std(1, ddof=2)
    gaps = np.diff(window.years)
    drift = (index[-1] - index[0]) / gaps.sum()
    step = np.sqrt(np.mean((np.diff(index) - drift * gaps) ** 2 / gaps))
    ahead = window.target_years - window.years[-1]
    walk = np.zeros((int(ahead.max()) + 1, DRAWS))
    walk[1:] = np.cumsum(step * rng.standard_normal((int(ahead.max()), DRAWS)), axis=0)
    slope = drift + step / np.sqrt(gaps.sum()) * rng.standard_normal(DRAWS)
    future = index[-1] + ahead[:, None] * slope + walk[ahead]
    error = noise[:, None, None] * rng.standard_normal((len(noise), *future.shape))
    return _of_log_ratios(window, level[..., None] + pattern[..., None] * future + error)


def spline_rule(window: Window, rng: np.random.Generator) -> Forecast:
    """Forecast men of each age by a quasi-Poisson regression on a natural spline of time.

    Parameters
    ----------
    window : Window
        What the rule may see.
    rng : Generator
        Source of the draws.
    """
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    number = max(2, round(np.ptp(window.years) * KNOTS_A_YEAR) + 1)
    knots = np.linspace(window.years[0], window.years[-1], number)
    base, ahead = (_natural_spline(years, knots) for years in (window.years, window.target_years))
    draws = np.full((*window.target_women.shape, DRAWS), np.nan)
    for age, (men, women) in enumerate(zip(window.men, window.women)):
        if (used := women > 0).sum() <= base.shape[1] or men.sum() == 0:
            continue
        offset = np.log(women[used])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            regression = GLM(men[used], base[used], family=Poisson(), offset=offset)
            fitted = regression.fit(scale="X2")
        scale = max(1.0, float(fitted.scale))
        drawn = rng.multivariate_normal(fitted.params, fitted.cov_params(), DRAWS, method="eigh")
        rate = window.target_women[age, :, None] * np.exp(np.clip(ahead @ drawn.T, -20, 20))
        # the negative binomial whose variance is `scale` times its mean
        if scale > 1:
            rate = rng.gamma(rate / (scale - 1) + 1e-9, scale - 1)
        draws[age] = rng.poisson(rate)
    return Forecast.from_draws(np.concatenate([draws, draws.sum(0, keepdims=True)]))


def _natural_spline(at: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Return truncated powers that are linear beyond the outer knots, shape (years, knots)."""
    span = knots[-1] - knots[0]
    x, k = (at - knots[0]) / span, (knots - knots[0]) / span
    cubes = np.clip(x[:, None] - k, 0, None) ** 3
    bends = (cubes[:, :-1] - cubes[:, -1:]) / (k[-1] - k[:-1])
    return np.column_stack([np.ones_like(x), x, bends[:, :-1] - bends[:, -1:]])


RIVALS: Mapping[str, Rule] = {
    "ratio-5": partial(ratio_rule, fit_years=5, trend="linear"),
    "ratio-10": partial(ratio_rule, fit_years=10, trend="linear"),
    "constant ratio": partial(ratio_rule, fit_years=5, trend="constant"),
    "structural": partial(series_rule, model=_structural),
    "arima": partial(series_rule, model=_arima),
    "spline": spline_rule,
    "lee-carter": lee_carter_rule,
}
REFERENCE = "ratio-5"
"""The rule whose scores are the unit of ratios."""
