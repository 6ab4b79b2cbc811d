r"""Arrays of a sex-ratio surface, and the expected deaths of the control sex that it multiplies.

Women observed in a target year are a noisy measure of the shocks that both sexes share: twenty deaths at
an age say the rate within a fifth. Their own past says more, unless the year is extraordinary. With
:math:`F_{a,t}` the women's deaths,

.. math::

    F_{a,t} &\sim \mathrm{Poisson}(\mu_{a,t}) \\
    \log\mu &\sim N(m,\ K \otimes s^2 C_t + \kappa^2 K_\kappa \otimes D_t)

:math:`K \otimes C_t` is a damped local linear trend correlated over age, as in
`estimator.models.baseline`, with steps times an unknown scale :math:`s`; :math:`D_t` lets the level of
target years leave the trend, since a war is often not the only shock of its years: a pandemic moves
women too, and must not be smoothed away. The size :math:`\kappa` of that shock is unknown: women of all
ages together show whether the target years are quiet, and then the trend steadies them, or not. Large
counts outvote all this and small ones are steadied by it.

The posterior is that of the women's counts alone: it is cut from the sex ratio's, on which the same
counts bear in baseline years. A woman too many there makes the ratio too low and the women's level too
high, which cancels in the men; leaving that out errs to the wide side. It is no part of the PyMC graph:
both engines share this one Gaussian approximation, so that NUTS does not check it (tests do, against
exact integrals and simulated truth). Constants are `ControlPriors`.
"""

from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from estimator.data.periods import Periods
from estimator.errors import ConvergenceError
from estimator.models.baseline import (
    AGE_LENGTH,
    AGE_LENGTH_WITH_COHORTS,
    BaselinePriors,
    Cohorts,
    age_correlation,
    time_covariance,
)

NEWTON_STEPS = 60
LONGEST_STEP = 2.0
TOLERANCE = 1e-5


@dataclass(frozen=True)
class ControlPriors:
    """Constants of the control sex's trend, as `draw_control` uses them.

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
        Median of the shock of target years, both sexes alike: 3%, as a hard winter's influenza brings.
    shock_spread : float
        Log-normal sd of the shock's size: 1.2, from a third of a per cent in quiet years to the third more
        deaths of a pandemic. Fixed at 10%, it cost accuracy in quiet years; fixed below, a pandemic's deaths
        would bias a small territory's men (docs/log/vital_model.md).
    shock_span : (float, int)
        Grid of the size, as that of the scale.
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
    shock_sd: float = 0.03
    shock_spread: float = 1.2
    shock_span: tuple[float, int] = (2.0, 4)
    shock_shared: float = 0.9
    shock_over_years: float = 0.5

    @property
    def scales(self) -> np.ndarray:
        """Grid of the scale."""
        width, points = self.scale_span
        return np.exp(np.linspace(-width, width, points))

    @property
    def shocks(self) -> np.ndarray:
        """Grid of the shock's size."""
        width, points = self.shock_span
        return self.shock_sd * np.exp(np.linspace(-width, width, points))

    @property
    def log_weights(self) -> np.ndarray:
        """Log prior density on the grid, up to a constant, shape (scales, shocks)."""
        scale = np.log(self.scales) / self.scale_sd
        shock = np.log(self.shocks / self.shock_sd) / self.shock_spread
        return -0.5 * (scale[:, None] ** 2 + shock[None, :] ** 2)

    def steps(self, scale: float) -> dict[str, float]:
        """Return the arguments of `time_covariance` at a scale."""
        moved = {name: getattr(self, name) * scale for name in ("level_sd", "slope_sd", "transient_sd")}
        return {**moved, "damping": self.damping}

    def to_dict(self) -> dict[str, Any]:
        """Return every constant by name, for provenance."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }


BORDER_SD = 0.05
"""What a war may add to the log sex ratio of border ages in a target year, sd: 5%. They lie between target
ages and control ages; their war dead are few, not none. In Russia 4.9% of names of known age in April 2023
were over 49: in 2022 and 2023 about 2% and 4% of men's deaths at 50-54. In a small territory counting noise
is wider than this, so that these ages still show the ratio of peacetime."""
BORDER_OVER_YEARS = 0.5
"""Share of that variance that target years have in common."""
JITTER = 1e-9
"""Added to the diagonal of covariances, so that rounding leaves them positive definite."""


@dataclass(frozen=True)
class Surface:
    """A model's arrays over age × year: what is observed, what is estimated.

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
    allowance : array, shape (ages, years, directions)
        What a war may add to the log sex ratio of border ages, by independent standard normal direction.
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
    allowance: np.ndarray
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

    def directions(self, hyper: dict[str, Any]) -> np.ndarray:
        """Return what is added to the separable surface, by cell (raveled) and standard normal direction.

        That is the cohort process, and the allowance of border ages.
        """
        allowance = self.allowance.reshape(self.observed.size, -1)
        return np.hstack([hyper.get("cohort_sd", 0.0) * self.cohort_basis, allowance])

    def covariance(self, hyper: dict[str, Any]) -> tuple[Any, Any]:
        """Return (over age, over time) covariances of the surface without cohorts, by hyperparameter."""
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
        directions = self.directions(hyper)
        added = directions @ rng.standard_normal(directions.shape[1])
        trend = root(over_age) @ noise @ root(over_time).T
        return self.mean + trend + added.reshape(noise.shape)


def war_allowance(border: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return `Surface.allowance` of border ages in target years, both given as masks."""
    if not border.any():
        return np.zeros((*border.shape, len(target), 0))
    number = int(target.sum())
    together = BORDER_OVER_YEARS * np.ones((number, number)) + (1 - BORDER_OVER_YEARS) * np.eye(number)
    over_years = np.zeros((len(target), number))
    over_years[target] = BORDER_SD * np.linalg.cholesky(together)
    return np.asarray(border[:, None, None] * over_years[None])


def root(covariance: np.ndarray) -> np.ndarray:
    """Return the lower Cholesky factor of a covariance, steadied by `JITTER`."""
    return np.linalg.cholesky(covariance + JITTER * np.eye(len(covariance)))


@dataclass(frozen=True)
class _Mode:
    """Gaussian approximation at a point of the grid: covariance of all cells, and what counts did to it."""

    evidence: float
    point: np.ndarray
    covariance: np.ndarray
    factor: tuple[np.ndarray, bool]
    weight: np.ndarray


def draw_control(surface: Surface, count: int, *, rng: np.random.Generator) -> np.ndarray:
    """Draw the control sex's expected deaths, shape (count, target ages, target years).

    The surface is approximated by a Gaussian at its mode for each scale and size of shock of the grid, and
    these are drawn by their posterior weight. Raises ConvergenceError if no mode is found.
    """
    seen = (surface.observed | surface.asked).ravel()
    counts = surface.control.ravel()[seen]
    rows, columns = surface.asked.any(axis=1), surface.asked.any(axis=0)
    wanted = (rows[:, None] & columns[None, :]).ravel()
    mean = _mean(surface).ravel()
    priors = surface.control_priors
    start, modes = np.log(counts + 0.5), []
    for scale, shock in product(priors.scales, priors.shocks):
        modes.append(_mode(control_covariance(surface, scale, shock), mean, seen, counts, start))
        start = modes[-1].point  # neighbours on the grid are close
    weights = np.array([one.evidence for one in modes]) + priors.log_weights.ravel()
    weights = np.exp(weights - weights.max())
    numbers = rng.multinomial(count, weights / weights.sum())
    drawn = [_draw(one, mean, seen, wanted, number, rng) for one, number in zip(modes, numbers) if number]
    return np.exp(rng.permutation(np.concatenate(drawn))).reshape(count, rows.sum(), columns.sum())


def _mean(surface: Surface) -> np.ndarray:
    """Prior mean of the logarithm: that of the baseline's mean count, by age."""
    base = np.isin(surface.years, surface.periods.baseline)
    known = surface.observed & base[None, :]
    mean = (surface.control * known).sum(1) / np.maximum(known.sum(1), 1)
    return np.repeat(np.log(mean + 0.5)[:, None], len(surface.years), axis=1)


def control_covariance(surface: Surface, scale: float, shock_sd: float) -> np.ndarray:
    """Prior covariance of the log expected deaths of the control sex at a scale of steps and size of shock.

    Shape (ages * years, ages * years), in the order of a raveled (age, year) array.
    """
    priors = surface.control_priors
    trend = np.kron(
        age_correlation(surface.midpoint, shared=priors.shared),
        time_covariance(len(surface.years), **priors.steps(scale)),
    )
    target = np.isin(surface.years, surface.periods.target).astype(float)
    together = priors.shock_over_years * np.outer(target, target)
    together += (1 - priors.shock_over_years) * np.diag(target)
    shock = np.kron(age_correlation(surface.midpoint, shared=priors.shock_shared), together)
    return trend + shock_sd**2 * shock


def _mode(
    covariance: np.ndarray, mean: np.ndarray, seen: np.ndarray, counts: np.ndarray, start: np.ndarray
) -> _Mode:
    """Find the mode by Newton's method, with steps cut to `LONGEST_STEP`; and Laplace's evidence."""
    prior, centre = covariance[np.ix_(seen, seen)], mean[seen]
    point = start
    for _ in range(NEWTON_STEPS):
        expected = np.exp(point)
        variance = 1 / np.maximum(expected, 1e-6)
        factor = cho_factor(prior + np.diag(variance), lower=True)
        weight = cho_solve(factor, point + (counts - expected) * variance - centre)
        step = centre + prior @ weight - point
        point = point + np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        if np.abs(step).max() < TOLERANCE:
            break
    else:
        raise ConvergenceError(
            f"the women's deaths have no mode that {NEWTON_STEPS} steps of Newton's method find."
        )
    determinant = np.log(np.diag(factor[0])).sum() - 0.5 * np.log(variance).sum()
    evidence = (counts * point - np.exp(point)).sum() - 0.5 * weight @ (point - centre)
    return _Mode(float(evidence - determinant), point, covariance, factor, weight)


def _draw(
    mode: _Mode,
    mean: np.ndarray,
    seen: np.ndarray,
    wanted: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw the logarithm in the cells asked for, given all counts."""
    across = mode.covariance[np.ix_(seen, wanted)]
    centre = mean[wanted] + across.T @ mode.weight
    white = solve_triangular(mode.factor[0], across, lower=True)
    left = mode.covariance[np.ix_(wanted, wanted)] - white.T @ white
    root = np.linalg.cholesky(left + 1e-10 * np.eye(len(left)))
    return centre + rng.standard_normal((count, len(left))) @ root.T


def draw_counterfactual(
    log_sex_ratio: xr.DataArray, surface: Surface, *, rng: np.random.Generator
) -> xr.DataArray:
    r"""Draw counterfactual deaths of the target sex in target ages and years.

    .. math::

        M^0_{a,t} \sim \mathrm{Poisson}(e^{\lambda_{a,t}} \mu_{a,t})

    with :math:`\mu` the control sex's expected deaths given what was observed of it
    (`draw_control`): observed women are a noisy measure of the shocks that both sexes
    share, and are not plugged in as if exact.

    Parameters
    ----------
    log_sex_ratio : DataArray
        Draws over (chain, draw, age, period), offset included.
    surface : Surface
        The counts; cells in `asked` form a rectangle of target ages and years.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    DataArray
        Whole deaths, dims (chain, draw, age, period), target cells only.
    """
    rows, columns = surface.asked.any(axis=1), surface.asked.any(axis=0)
    chosen = log_sex_ratio.transpose("chain", "draw", "age", "period").isel(
        age=np.flatnonzero(rows), period=np.flatnonzero(columns)
    )
    women = draw_control(surface, chosen.sizes["chain"] * chosen.sizes["draw"], rng=rng)
    deaths = rng.poisson(np.exp(chosen.values) * women.reshape(chosen.shape))
    return chosen.copy(data=deaths.astype(float)).rename("counterfactual")


def observed_counts(surface: Surface) -> xr.DataArray:
    """Return observed deaths of the target sex in target ages and years, dims (age, period)."""
    rows, columns = surface.asked.any(axis=1), surface.asked.any(axis=0)
    return xr.DataArray(
        surface.target[np.ix_(rows, columns)],
        coords={
            "age": np.array(surface.ages)[rows].tolist(),
            "period": np.array(surface.years)[columns].tolist(),
        },
        dims=("age", "period"),
        name="observed",
    )
