"""Arrays of a sex-ratio surface, its prior covariance, and the priors of the control sex."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from estimator.data.periods import Periods
from estimator.models.baseline import (
    AGE_LENGTH,
    AGE_LENGTH_WITH_COHORTS,
    BaselinePriors,
    age_correlation,
    time_covariance,
)
from estimator.models.cohorts import Cohorts


@dataclass(frozen=True)
class ControlPriors:
    """Constants of the control sex's trend, as `estimator.models.vital.control` uses them.

    Numbers of deaths follow cohorts of other sizes as well as mortality, so that they move about twice as
    much in a year as the sex ratio does (`BaselinePriors`); nobody's territory is a constant here, because
    the scale of all steps is unknown and the data of twenty years decide it.

    Parameters
    ----------
    level_sd : float
        Step of the level at scale 1: 4% a year, twice the ratio's.
    slope_sd : float
        Step of the slope at scale 1: 1.5% a year.
    damping : float
        Of the trend: 0.8, a trend halves in three years, about as the ratio's.
    transient_sd : float
        One-year shocks at scale 1: 2%, as a heat wave or an influenza brings.
    shared : float
        Share of a step that neighbouring ages have in common: 0.8, the ratio's prior median.
    scale_sd : float
        Log-normal sd of the scale of all steps, median 1: 0.5 lets a territory in turmoil be smoothed half
        as much, or a third.
    scale_span : (float, int)
        The scale is integrated on a grid: this far either way on the log scale, in so many points.
    shock_sd : float
        Shock of target years: 10%, both sexes alike. It costs some accuracy in quiet years
        (docs/calibration.md); without it, a third more deaths of both sexes, as in a pandemic, would bias
        a small territory's men by one per cent.
    shock_shared, shock_over_years : float
        What neighbouring ages, and target years, have in common of that shock: nearly all, and half.
    """

    level_sd: float = 0.04
    slope_sd: float = 0.015
    damping: float = 0.8
    transient_sd: float = 0.02
    shared: float = 0.8
    scale_sd: float = 0.5
    scale_span: tuple[float, int] = (1.2, 7)
    shock_sd: float = 0.1
    shock_shared: float = 0.9
    shock_over_years: float = 0.5

    @property
    def scales(self) -> np.ndarray:
        """Grid of the scale."""
        width, points = self.scale_span
        return np.exp(np.linspace(-width, width, points))

    @property
    def log_weights(self) -> np.ndarray:
        """Log prior density of the scale on the grid, up to a constant."""
        return -0.5 * (np.log(self.scales) / self.scale_sd) ** 2

    def steps(self, scale: float) -> dict[str, float]:
        """Return the arguments of `time_covariance` at a scale."""
        moved = {name: getattr(self, name) * scale for name in ("level_sd", "slope_sd", "transient_sd")}
        return {**moved, "damping": self.damping}

    def to_dict(self) -> dict[str, Any]:
        """Return every constant by name, for provenance."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }


JITTER = 1e-9
"""Added to the diagonal of covariances, so that rounding leaves them positive definite."""


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
    cohorts : Cohorts or None
        Birth years and their process; None where the baseline does not follow cohorts.
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
    cohorts: Cohorts | None
    priors: BaselinePriors
    control_priors: ControlPriors

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the free hyperparameters."""
        fixed = {"damping": self.damping is not None, "cohort_sd": self.cohorts is None}
        return tuple(name for name in BaselinePriors.NAMES if not fixed.get(name, False))

    @property
    def cohort_basis(self) -> np.ndarray:
        """The cohort process by cell (raveled) and mode at unit sd; without modes if there is none."""
        if self.cohorts is None:
            return np.zeros((self.observed.size, 0))
        return self.cohorts.basis.reshape(self.observed.size, -1)

    def covariance(self, hyper: dict[str, Any]) -> tuple[Any, Any]:
        """Return (over age, over time) covariances of the surface beside cohorts, by hyperparameter."""
        damping = self.damping if self.damping is not None else hyper["damping"]
        over_time = time_covariance(
            len(self.years),
            level_sd=hyper["level_sd"],
            slope_sd=hyper["slope_sd"],
            damping=damping,
            transient_sd=hyper["transient_sd"],
        )
        length = AGE_LENGTH if self.cohorts is None else AGE_LENGTH_WITH_COHORTS
        return age_correlation(self.midpoint, shared=hyper["shared"], length=length), over_time

    def draw_prior(self, hyper: dict[str, float], rng: np.random.Generator) -> np.ndarray:
        """Draw the log sex ratio from its prior given hyperparameters, shape (ages, years)."""
        over_age, over_time = self.covariance(hyper)
        noise = rng.standard_normal(self.observed.shape)
        basis = self.cohort_basis
        cohort = hyper.get("cohort_sd", 0.0) * (basis @ rng.standard_normal(basis.shape[1]))
        trend = root(over_age) @ noise @ root(over_time).T
        return self.mean + trend + cohort.reshape(noise.shape)


def root(covariance: np.ndarray) -> np.ndarray:
    """Return the lower Cholesky factor of a covariance, steadied by `JITTER`."""
    return np.linalg.cholesky(covariance + JITTER * np.eye(len(covariance)))
