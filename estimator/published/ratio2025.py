r"""The sex-ratio estimator of Kobak et al. 2025, as printed, with its twelve variants.

Source: War fatalities in Russia in 2022-2023 estimated via excess male mortality, Demography 2025,
doi 10.1215/00703370-11862998, and the notebook published with it
(github.com/dkobak/excess-mortality-war, demography2025/models.ipynb).

For one age band, :math:`M_t` and :math:`F_t` are deaths of men and women in year t, both less
deaths from HIV in the variants that subtract them, and :math:`r_t = M_t / F_t`. The fit window W
is the last n = 1, 5 or 10 years up to 2019; the targets are 2022 and 2023.

- linear: :math:`y_t = r_t`, ordinary least squares :math:`\hat y_t = \alpha + \beta t` over W, and
  :math:`\hat r_t = \hat y_t`;
- exponential: :math:`y_t = \log(r_t - 1)`, the same fit, and :math:`\hat r_t = 1 + e^{\hat y_t}`;
- one year: :math:`\hat r_t = r_{2019}` in both forms, without uncertainty.

Excess is :math:`M_t - \hat r_t F_t`. One predictive standard deviation of y in target year t is

.. math:: s_t^2 = \frac{RSS}{n - 2}
          \Bigl(1 + \frac1n + \frac{(t - \bar t)^2}{\sum_W (u - \bar t)^2}\Bigr).

The printed ± is :math:`s_t F_t` in the linear form. In the exponential form it is
:math:`\Delta F_t`, with a single

.. math:: \Delta = \max_{u, v} \{e^{\hat y_u + s_v} - e^{\hat y_u},\;
                                 e^{\hat y_u} - e^{\hat y_u - s_v}\}

over every year u from the first of the window to the last target and both targets v. As
:math:`e^s - 1 \ge 1 - e^{-s}` and :math:`\hat y` is linear in u, that is
:math:`e^{\max(\hat y_{first}, \hat y_{last})}(e^{\max s} - 1)`. Ages 15-49 are added; their
standard deviations are added in quadrature.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from estimator.bundled import read_bundled
from estimator.errors import DataError

LAST_FIT_YEAR = 2019
TARGET_YEARS = (2022, 2023)
AGE_LOW = tuple(range(15, 60, 5))
IN_TOTAL = tuple(low < 50 for low in AGE_LOW)
TRENDS = {"lin": "linear", "exp": "exponential"}
FIT_YEARS = (1, 5, 10)


def ratio_forecast(
    years: ArrayLike,
    men: ArrayLike,
    women: ArrayLike,
    target_years: ArrayLike,
    target_women: ArrayLike,
    *,
    fit_years: int,
    trend: str = "linear",
) -> tuple[np.ndarray, np.ndarray]:
    """Forecast deaths of men from the trend of the sex ratio and the deaths of women observed.

    Parameters
    ----------
    years : array_like, dims (year,)
        Years of the baseline, ascending; the last `fit_years` of them are fitted.
    men, women : array_like, dims (..., year)
        Deaths in those years, for example by age and year.
    target_years : array_like, dims (target,)
        Years to forecast. They may leave a gap after the baseline.
    target_women : array_like, dims (..., target)
        Deaths of women in the target years.
    fit_years : int
        Length of the fit window: 1 (the last ratio is held constant, without uncertainty) or at
        least 3.
    trend : {"linear", "exponential", "constant"}
        Form of the trend, see the module. ``"constant"`` is not one of the published variants: it
        is the mean ratio of the window, with the predictive standard deviation of a mean.

    Returns
    -------
    counterfactual : numpy.ndarray, dims (..., target)
        Expected deaths of men.
    sd : numpy.ndarray, dims (..., target)
        One predictive standard deviation as the publication defines it: neither counting noise of
        the target year nor that of the women is in it.

    Raises
    ------
    DataError
        If the trend is unknown, the window is longer than the baseline or has two years, or the
        arrays do not agree.

    Notes
    -----
    A window year in which no woman died, or in the exponential form no more men than women, has no
    ratio: the forecast of that age is NaN.
    """
    time, target = np.asarray(years, float), np.asarray(target_years, float)
    male, female = np.asarray(men, float), np.asarray(women, float)
    exposure = np.asarray(target_women, float)
    _check_forecast(time, male, female, target, exposure, fit_years, trend)
    window = time[-fit_years:]
    male, female = male[..., -fit_years:], female[..., -fit_years:]
    ratio = np.full(female.shape, np.nan)
    np.divide(male, female, out=ratio, where=female > 0)
    if fit_years == 1:
        level = np.broadcast_to(ratio, exposure.shape)
        return level * exposure, np.where(np.isnan(level), np.nan, 0.0)
    if trend == "constant":
        level = np.broadcast_to(ratio.mean(-1, keepdims=True), exposure.shape)
        spread = ratio.std(-1, ddof=1, keepdims=True) * np.sqrt(1 + 1 / fit_years)
        return level * exposure, spread * exposure
    if trend == "linear":
        fitted, sd = _least_squares(window, ratio, target)
        return fitted * exposure, sd * exposure
    above_one = np.full(ratio.shape, np.nan)
    np.log(ratio - 1, out=above_one, where=ratio > 1)
    fitted, sd = _least_squares(window, above_one, target)
    ends = np.array([window[0], target.max()])
    highest, _ = _least_squares(window, above_one, ends)
    with np.errstate(over="ignore", invalid="ignore"):
        widest = np.exp(highest.max(-1, keepdims=True)) * np.expm1(sd.max(-1, keepdims=True))
        return (1 + np.exp(fitted)) * exposure, widest * exposure


def _least_squares(
    window: np.ndarray, y: np.ndarray, at: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    centred = window - window.mean()
    squares = (centred**2).sum()
    level = y.mean(-1, keepdims=True)
    slope = (y * centred).sum(-1, keepdims=True) / squares
    ahead = at - window.mean()
    variance = ((y - level - slope * centred) ** 2).sum(-1, keepdims=True) / (window.size - 2)
    leverage = 1 + 1 / window.size + ahead**2 / squares
    return level + slope * ahead, np.sqrt(variance * leverage)


def _check_forecast(
    time: np.ndarray,
    male: np.ndarray,
    female: np.ndarray,
    target: np.ndarray,
    exposure: np.ndarray,
    fit_years: int,
    trend: str,
) -> None:
    if trend not in ("linear", "exponential", "constant"):
        raise DataError(f"trend {trend!r} is none of linear, exponential, constant.")
    if male.shape != female.shape or male.shape[-1:] != time.shape:
        raise DataError(
            f"men {male.shape}, women {female.shape} and years {time.shape} do not agree. Give "
            "deaths with years as the last dimension."
        )
    if exposure.shape != (*female.shape[:-1], target.size) or target.size == 0:
        raise DataError(
            f"target_women has shape {exposure.shape}, not {(*female.shape[:-1], target.size)}. "
            "Give one value for each age and target year."
        )
    if (np.diff(time) <= 0).any():
        raise DataError("years are not in ascending order. Sort them, with the deaths.")
    if not 1 <= fit_years <= time.size:
        raise DataError(
            f"a window of {fit_years} years needs as many in the baseline, which has {time.size}."
        )
    if fit_years == 2 and trend != "constant":
        raise DataError("a trend through two years leaves no residual. Fit 1 year, or at least 3.")


def rosstat_matrix(sex: str, *, hiv: bool = False) -> pd.DataFrame:
    """Return bundled deaths of one sex as a table of age (first year of the band) by year.

    Parameters
    ----------
    sex : {"male", "female"}
        Whose deaths.
    hiv : bool
        Deaths from HIV instead of all deaths.
    """
    table = read_bundled("rosstat_hiv_deaths_russia" if hiv else "rosstat_deaths_russia")
    chosen = table[table["sex"] == sex]
    return chosen.pivot(index="age_low", columns="year", values="deaths").loc[list(AGE_LOW)]


def ratio_estimate(*, hiv_subtracted: bool, trend: str, fit_years: int) -> pd.DataFrame:
    """Recompute one published variant from the bundled Rosstat tables.

    Parameters
    ----------
    hiv_subtracted : bool
        Subtract deaths from HIV from both sexes first.
    trend : {"lin", "exp"}
        Form of the trend, in the abbreviations of the publication.
    fit_years : {1, 5, 10}
        Length of the fit window, which ends in 2019.

    Returns
    -------
    pandas.DataFrame
        Columns age, year, excess, std_error: nine ages, then the total 15-49.
    """
    male, female = rosstat_matrix("male"), rosstat_matrix("female")
    if hiv_subtracted:
        hiv_male, hiv_female = rosstat_matrix("male", hiv=True), rosstat_matrix("female", hiv=True)
        male = (male - hiv_male).loc[:, hiv_male.columns]
        female = (female - hiv_female).loc[:, hiv_female.columns]
    baseline = [year for year in male.columns if year <= LAST_FIT_YEAR]
    target = list(TARGET_YEARS)
    counterfactual, sd = ratio_forecast(
        baseline,
        male[baseline],
        female[baseline],
        target,
        female[target],
        fit_years=fit_years,
        trend=TRENDS[trend],
    )
    excess = male[target].to_numpy() - counterfactual
    chosen = np.array(IN_TOTAL)
    excess = np.vstack([excess, excess[chosen].sum(0)])
    sd = np.vstack([sd, np.sqrt((sd[chosen] ** 2).sum(0))])
    labels = [f"{low}-{low + 4}" for low in AGE_LOW] + ["15-49"]
    cells = pd.DataFrame(product(labels, target), columns=["age", "year"])
    return cells.assign(excess=excess.ravel(), std_error=sd.ravel())


def variants() -> pd.DataFrame:
    """Recompute the twelve published variants, in the columns of ``ratio2025_model_variants``."""
    parts = []
    for hiv_subtracted, trend, fit_years in product((0, 1), TRENDS, FIT_YEARS):
        part = ratio_estimate(hiv_subtracted=bool(hiv_subtracted), trend=trend, fit_years=fit_years)
        for place, (name, value) in enumerate(
            {"hiv_subtracted": hiv_subtracted, "trend": trend, "fit_years": fit_years}.items()
        ):
            part.insert(place, name, value)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
