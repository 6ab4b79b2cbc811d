r"""The published trend of the sex ratio: an arithmetic rule, without a model.

The rule is that of Kobak et al. 2025 (doi 10.1215/00703370-11862998), described in
`estimator.published.ratio2025`. The replication of the publication uses it, and the placebo study, which
compares the model with it.
"""

import numpy as np
from numpy.typing import ArrayLike

from estimator.errors import DataError


def ratio_forecast(
    years: ArrayLike, men: ArrayLike, women: ArrayLike, target_years: ArrayLike,
    target_women: ArrayLike, *, fit_years: int, trend: str = "linear",
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Forecast deaths of men from the trend of the sex ratio and the observed deaths of women.

    Years (year,) ascend; deaths are (..., year), those of women in the target years (..., target); target
    years may leave a gap after the baseline. The window is the last `fit_years` years: 1 (the last ratio is
    kept, without uncertainty) or at least 3. The trend is ``"linear"`` or ``"exponential"``, see
    `estimator.published.ratio2025`, or ``"constant"``, which is not published: the mean ratio of the window,
    with the predictive standard deviation of a mean.

    Returns the expected deaths of men and one predictive standard deviation as the publication defines it,
    both (..., target): neither counting noise of the target year nor that of the women is in it. A window
    year in which no woman died, or in the exponential form no more men than women, has no ratio: the
    forecast of that age is NaN. `DataError` if trend, window or shapes do not fit.
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


def _least_squares(window: np.ndarray, y: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return fitted values at the target years and their predictive standard deviation."""
    centred = window - window.mean()
    squares = (centred**2).sum()
    level = y.mean(-1, keepdims=True)
    slope = (y * centred).sum(-1, keepdims=True) / squares
    ahead = target - window.mean()
    variance = ((y - level - slope * centred) ** 2).sum(-1, keepdims=True) / (window.size - 2)
    leverage = 1 + 1 / window.size + ahead**2 / squares
    return level + slope * ahead, np.sqrt(variance * leverage)


def _check_forecast(
    time: np.ndarray, male: np.ndarray, female: np.ndarray, target: np.ndarray,
    exposure: np.ndarray, fit_years: int, trend: str,
) -> None:  # fmt: skip
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
