"""Arrays of a sex-ratio surface, and its prior covariance: what both engines work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from estimator.data.periods import Periods
from estimator.models.baseline import BaselinePriors, age_correlation, time_covariance
from estimator.models.vital.control_priors import ControlPriors


@dataclass(frozen=True)
class Surface:
    """A model's arrays over age × year: what is observed, what is asked for.

    Parameters
    ----------
    target, control : array, shape (ages, years)
        Whole counts of the target and control sex; zero where not observed.
    observed : array of bool, shape (ages, years)
        Cells with a likelihood: all baseline years, and control ages in target years.
    asked : array of bool, shape (ages, years)
        Cells whose excess is the estimand.
    offset : array, shape (ages, years)
        Log ratio of exposures, zero for a ratio of deaths.
    midpoint : array, shape (ages,)
        Middle of each age band, years.
    ages, years : tuple
        Labels.
    periods : Periods
        Baseline, masked and target years.
    mean : array, shape (ages, years)
        Prior mean of the log sex ratio of counts.
    damping : float or None
        None where the damping of the trend is estimated.
    priors : BaselinePriors
        Of the hyperparameters.
    control_priors : ControlPriors
        Of the control sex's expected deaths.
    """

    target: np.ndarray
    control: np.ndarray
    observed: np.ndarray
    asked: np.ndarray
    offset: np.ndarray
    midpoint: np.ndarray
    ages: tuple[str, ...]
    years: tuple[int, ...]
    periods: Periods
    mean: np.ndarray
    damping: float | None
    priors: BaselinePriors
    control_priors: ControlPriors

    def covariance(self, hyper: dict[str, Any]) -> tuple[Any, Any]:
        """Return (over age, over time) covariances for hyperparameters by name."""
        damping = self.damping if self.damping is not None else hyper["damping"]
        over_time = time_covariance(
            len(self.years),
            level_sd=hyper["level_sd"],
            slope_sd=hyper["slope_sd"],
            damping=damping,
            transient_sd=hyper["transient_sd"],
        )
        return age_correlation(self.midpoint, shared=hyper["shared"]), over_time
