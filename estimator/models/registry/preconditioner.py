r"""Preconditioner of the registry model: units in which its posterior is about standard normal.

A variable :math:`x` with prior precision :math:`\kappa` about :math:`m`, of which data say :math:`y` with
precision :math:`w`, is sampled as

.. math::

    x = \frac{w y + \kappa m}{w + \kappa} + \frac{z}{\sqrt{w + \kappa}}

with :math:`\kappa` a function of the scales that are sampled too, so that a small scale makes no funnel.
Vectors are first turned into the modes in which prior and data are both diagonal. The Jacobian is exact
whatever these crude figures are: they change no prior. Needs no PyMC; the graph and the fast engine share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.linalg import eigh
from scipy.special import expit, logit

from estimator.models.baseline import (
    JITTER,
    LEVEL_MEAN,
    age_correlation,
    complement,
    time_covariance,
)
from estimator.models.registry import priors

if TYPE_CHECKING:
    from estimator.data.matched_sample import MatchedSample
    from estimator.models.registry.arrays import RegistryData

CELL_SHOCK = 0.05
"""A usual sd of what moves single cells of the triangle."""
OPEN_EDGE = 0.05
"""By how much more than the share found must have been open for capture to be well below 1."""
PEACE_ERROR = 0.05
"""A usual relative error of the men expected in peace, beyond that of counting."""


@dataclass(frozen=True)
class Modes:
    r"""Directions in which a Gaussian prior and what data say of it are both diagonal.

    With :math:`R` the prior's penalty and :math:`B` a crude precision of the data, the columns of
    :math:`V` solve :math:`R v = \gamma B v`, :math:`V' B V = I`. In them the posterior under a prior
    precision :math:`R / \sigma^2` has precision :math:`1 + \gamma / \sigma^2` for every :math:`\sigma`.
    """

    modes: np.ndarray
    """V, shape (k, k)."""
    roughness: np.ndarray
    """The gammas, shape (k,)."""
    inverse: np.ndarray
    """The inverse of V."""

    @classmethod
    def of(cls, precision: np.ndarray, penalty: np.ndarray | None = None) -> Self:
        """Solve for the modes; the penalty is that of a random walk unless given."""
        if penalty is None:
            steps = np.diff(np.eye(len(precision)), axis=0)
            penalty = steps.T @ steps
        roughness, modes = eigh(penalty, precision)
        return cls(modes, np.clip(roughness, 0, None), modes.T @ precision)


@dataclass(frozen=True)
class WalkPenalty:
    r"""The penalty of a walk with persistent steps, in given modes, as a function of the persistence.

    .. math::

        v' R_\phi v = (Dv)_1^2 + \frac{\sum_t ((Dv)_t - \phi (Dv)_{t-1})^2}{1 - \phi^2}

    with :math:`D` first differences. Where modes diagonalise it at one persistence, it is nearly diagonal in
    them at others: this is its diagonal.
    """

    first: np.ndarray
    later: np.ndarray
    cross: np.ndarray
    earlier: np.ndarray

    @classmethod
    def of(cls, modes: np.ndarray) -> Self:
        """Return the sums over steps of each mode, a column of `modes`."""
        steps = np.diff(modes, axis=0)
        before, after = steps[:-1], steps[1:]
        squares = (after**2, before * after, before**2)
        return cls((steps[:1] ** 2).sum(0), *(one.sum(0) for one in squares))

    def at(self, persistence: Any) -> Any:
        """Return the penalty of each mode; NumPy or PyTensor."""
        inside = self.later - 2 * persistence * self.cross + persistence**2 * self.earlier
        return self.first + inside / (1 - persistence**2)

    def slope(self, persistence: Any) -> Any:
        """Return its derivative by the persistence."""
        part = 1 - persistence**2
        inside = self.at(persistence) - self.first
        return 2 * (persistence * (inside + self.earlier) - self.cross) / part


@dataclass(frozen=True)
class Scaled:
    """Modes of a block, and what data say there: `information` is precision times value."""

    modes: np.ndarray
    information: np.ndarray
    precision: np.ndarray

    @classmethod
    def of(cls, precision: np.ndarray, information: np.ndarray, prior: np.ndarray | None = None) -> Self:
        """Diagonalise a data precision jointly with a prior's, by default the identity."""
        if prior is None:
            weight, modes = np.linalg.eigh(0.5 * (precision + precision.T))
        else:
            share, modes = eigh(prior, prior + precision)
            weight = 1 - share
        return cls(modes, modes.T @ information, np.clip(weight, 0, None))


@dataclass(frozen=True)
class Preconditioner:
    """Units of every block of the registry model; shapes as the blocks' variables have them."""

    ratio: Scaled
    """Of the log sex ratio about its prior mean, (ages * years)."""
    women_ages: Modes
    women_knots: Modes
    women_information: np.ndarray
    """Shape (ages, knots), in the modes of both."""
    weekly: tuple[np.ndarray, np.ndarray]
    """Information and precision of each week's shock."""
    capture: Modes
    capture_information: np.ndarray
    """Of the capture logits, less what the share of cases open adds to them (`capture_shift`)."""
    military_root: np.ndarray
    """Of the contrasts of the log delay shares, (bins - 1, bins - 1)."""
    civilian_root: np.ndarray
    war: Modes
    war_precision: np.ndarray
    """Precision of the log number of soldiers' cases of each period."""
    war_beyond: np.ndarray
    """Soldiers' cases of each period, crudely."""
    drift: Scaled
    """Of the drift's shocks times their scale, (target ages * quarters)."""
    drift_to_profile: np.ndarray
    """What is sampled of the age profile is its mean over time: shape (contrasts, drift's shocks)."""
    drift_to_walk: np.ndarray
    """The same for the modes of the walk, shape (periods, drift's shocks)."""

    @classmethod
    def of(cls, data: RegistryData) -> Self:
        """Return first guesses from the counts alone."""
        beyond, weight = initial_cases(data)
        ages, knots, women = initial_women(data)
        late = 1 - float(data.bins.military @ data.share_followed_up)
        opened = 1 - (0.5 if data.follow_up_unknown else 1.0) * late
        (capture, sample), delay = initial_capture(data.matched, opened), initial_delay(data)
        drift, to_profile = initial_drift(data)
        walk = priors.war_innovations(len(weight), priors.usual_persistence(data.resolution))
        return cls(
            ratio=initial_ratio(data), women_ages=ages, women_knots=knots, women_information=women,
            weekly=initial_weekly(data), capture=capture, capture_information=sample,
            military_root=_curve_root(data.bins.military, priors.MILITARY_WEIGHT, delay),
            civilian_root=_curve_root(data.bins.civilian, priors.PUBLISHED_WEIGHT, 0 * delay),
            war=Modes.of(np.diag(weight + first_precision(len(weight))), walk.T @ walk), war_precision=weight,
            war_beyond=beyond, drift=drift, drift_to_profile=to_profile,
            drift_to_walk=np.zeros((len(weight), len(drift.information))),
        )  # fmt: skip


def first_precision(periods: int) -> np.ndarray:
    """Return the prior precision of a walk's first level, in its place."""
    return np.eye(periods)[0] / priors.WAR_FIRST_SD**2


def initial_ratio(data: RegistryData) -> Scaled:
    """Return log ratios of cases by year, of control ages since the war too, about their prior mean."""
    targets = len(data.target)
    control = (np.arange(len(data.midpoint)) >= targets)[:, None]
    women = data.base_women @ data.base_years + control * (data.women @ data.war_years)
    men = data.base_men @ data.base_years + control * (data.men @ data.war_years)
    up, down = men + 0.5, women + 0.5
    weight = np.where(women > 0.5, 1 / (1 / up + 1 / down), 0.0).ravel()
    value = weight * (np.log(up / down) - LEVEL_MEAN).ravel()
    # the war's own cases say something of peace too: how well, is known beforehand, and what is not
    more = np.zeros(men.shape)
    more[:targets] = initial_peace(data) @ data.war_years
    prior = ratio_precision(data)
    fit = np.linalg.solve(prior + np.diag(weight), value)
    return Scaled.of(np.diag(weight + more.ravel()), value + more.ravel() * fit, prior)


def ratio_precision(data: RegistryData, point: np.ndarray | None = None) -> np.ndarray:
    """Return the prior precision of the ratio surface at hyperparameters, their medians unless given."""
    scales = data.priors.moments(data.priors.SURFACE)[0] if point is None else point
    level, slope, damping, transient, shared = scales
    over_time = time_covariance(
        len(data.years), level_sd=np.exp(level), slope_sd=np.exp(slope), damping=float(expit(damping)),
        transient_sd=np.exp(transient),
    )  # fmt: skip
    over_age = age_correlation(data.midpoint, shared=float(expit(shared)))
    parts = (np.linalg.inv(one + JITTER * np.eye(len(one))) for one in (over_age, over_time))
    return np.kron(*parts)


def initial_women(data: RegistryData) -> tuple[Modes, Modes, np.ndarray]:
    """Return modes over age and over knots, and what the cases opened so far say of each pair.

    How well a period identifies an age is taken as a product of the two, which is nearly so.
    """
    seen = data.women + 0.5
    by_age, by_period = seen.sum(1) / seen.sum(), seen.sum(0)
    correlation = age_correlation(data.midpoint, shared=priors.WOMEN_SHARED)
    ages = Modes.of(np.diag(by_age), np.linalg.inv(correlation))
    knots = Modes.of((data.knots.T * by_period) @ data.knots)
    weighted = by_age[:, None] * by_period * np.log(seen / data.calendar) @ data.knots
    return ages, knots, ages.modes.T @ weighted @ knots.modes


def initial_weekly(data: RegistryData) -> tuple[np.ndarray, np.ndarray]:
    """Return what is left of women's and controls' cases by week once the knots have taken their part."""
    count = data.women.sum(0) + data.men[len(data.target) :].sum(0) + 0.5
    curve = data.bins.civilian
    opened = data.cell_visible @ curve if data.published_delays else data.cell_membership @ data.usual
    knots, weighted = data.knots, data.knots.T * count
    hat = knots @ np.linalg.solve(weighted @ knots + 1e-9 * np.eye(knots.shape[1]), weighted)
    left = (np.eye(len(count)) - hat) @ (np.log(count) - np.log(np.clip(opened, 1e-3, None)))
    weight = count * np.clip(1 - np.diag(hat), 0.05, 1)
    return weight * left, weight


def initial_capture(matched: MatchedSample, opened: float) -> tuple[Modes, np.ndarray]:
    """Return modes over age of the capture logits, and what the matched sample says in them.

    A sample looked up early saw a share of the cases, `opened`.
    """
    share = (matched.data["found"].to_numpy() + 0.5) / (matched.sampled + 1.0)
    information = (matched.sampled + 1.0) * share * (1 - share)
    share = np.clip(share / opened, 0.02, 0.98)
    root = priors.capture_root(matched)
    modes = Modes.of(np.diag(information), np.linalg.inv(root @ root.T))
    shift = capture_shift(share_with_case(matched), opened)
    return modes, modes.modes.T @ (information * (logit(share) - shift))


def share_with_case(matched: MatchedSample) -> float:
    """Return the share of a matched sample that was found, all ages."""
    cases, sampled = matched.total
    return (cases + 0.5) / (sampled + 1.0)


def capture_shift(share: float, opened: Any) -> Any:
    r"""Return how much higher the logit of capture lies when a smaller share of cases was open.

    With a share s found of which a share G was open, s / G ever have a case, and its logit is
    :math:`\log s - \log(G - s)`; where less was open than was found, the difference is smoothed.
    """
    return -np.log(OPEN_EDGE * np.logaddexp(0, (opened - share) / OPEN_EDGE))


def initial_cases(data: RegistryData) -> tuple[np.ndarray, np.ndarray]:
    """Return men's cases of each period above peacetime, and the approximate precision of their logarithm."""
    peace = data.men_in_peace
    men = data.men[: len(data.target)].sum(0)
    beyond = np.maximum(men - peace.sum(0), 1.0)
    error = (peace**2 / (data.women[: len(peace)] + 1)).sum(0) + (PEACE_ERROR * peace.sum(0)) ** 2
    return beyond, beyond**2 / (men + 1.0 + error)


def initial_drift(data: RegistryData) -> tuple[Scaled, np.ndarray]:
    """Return what men's cases by age and period say of the drift of the age profile, level and walk free.

    The level of an age is identified by all periods, and its drift begins at zero: what is sampled is the
    mean of both over time, weighted by information. The second value is that mean of the drift by shock.
    """
    men, peace = data.men[: len(data.target)], data.men_in_peace
    ages, periods = men.shape
    beyond = np.maximum(men - peace, 1.0)
    weight = beyond**2 / (men + 1.0)
    over_age, over_time = priors.drift_basis(data)
    design = np.einsum("ak,qt->atkq", over_age, over_time).reshape(ages * periods, -1)
    free = np.hstack([np.tile(np.eye(periods), (ages, 1)), np.repeat(np.eye(ages), periods, 0)])
    weighted = weight.ravel()[:, None] * design
    projected = weighted - weight.ravel()[:, None] * (
        free @ (np.linalg.pinv((free.T * weight.ravel()) @ free) @ (free.T @ weighted))
    )
    over_weights = weight / weight.sum(1, keepdims=True)
    mean = np.einsum("at,atj->aj", over_weights, design.reshape(ages, periods, -1))
    contrast = complement(np.ones((ages, 1)))
    return (
        Scaled.of(design.T @ projected, projected.T @ np.log(beyond).ravel()),
        contrast.T @ mean,
    )


def initial_delay(data: RegistryData) -> np.ndarray:
    r"""Return the precision with which men's cases identify the log shares of soldiers' cases by bin.

    Every period of death identifies shares relative to one another, since the number of its dead is free:

    .. math::

        I = \sum_t \mathrm{diag}(w_t) - \frac{w_t w_t'}{\sum_b w_{t,b}}, \qquad
        w^{-1} = \frac{M}{(M - M_0)^2} + 0.05^2

    with :math:`M` men's cases in a cell and :math:`M_0` those expected in peace. Cases by period say
    nothing. Shape (bins, bins).
    """
    number = len(data.bins.edges)
    precision = np.zeros((number, number))
    if data.published_delays:
        return precision
    men = data.men_by_cell.sum(0)
    member = data.cell_membership
    together = (member.T @ (member @ data.usual)).clip(1e-12)
    peace = data.men_in_peace.sum(0)[data.cell_period] * data.usual / together
    weight = 1 / ((men + 1) / np.maximum(men - peace, 1.0) ** 2 + CELL_SHOCK**2)
    # of a cell with several bins, each bin's log share moves the cell's as much as it has of it
    moves = data.cell_visible * data.bins.military
    moves /= moves.sum(1, keepdims=True)
    for period in range(len(member)):
        inside = data.cell_period == period
        w = weight[inside]
        precision += moves[inside].T @ (np.diag(w) - np.outer(w, w) / w.sum()) @ moves[inside]
    return precision


def initial_peace(data: RegistryData) -> np.ndarray:
    r"""Return the precision with which men's cases identify the log sex ratio of peace since the war began.

    Civilians' cases open sooner than soldiers'. With :math:`a` and :math:`b` the cases of either to be
    expected in the cells of a period, the information on :math:`\log a` with soldiers' number unknown is

    .. math::

        I = \sum \frac{a^2}{a + b} - \frac{(\sum ab / (a + b))^2}{\sum b^2 / (a + b)}

    and the ratio is known the less the fewer women there are. Cases by period say nothing. Shape (target
    ages, war periods).
    """
    targets, periods = len(data.target), data.women.shape[1]
    if data.published_delays:
        return np.zeros((targets, periods))
    peace = data.men_in_peace
    beyond = np.maximum(data.men[:targets] - peace, 1.0)
    at, member = data.cell_period, data.cell_membership
    military = data.cell_visible @ data.bins.military
    a = peace[:, at] * data.usual / (member.T @ (member @ data.usual)).clip(1e-12)
    b = beyond[:, at] * military / (member.T @ (member @ military)).clip(1e-12)
    both = (a + b).clip(1e-12)
    own, cross, other = (part / both @ member.T for part in (a * a, a * b, b * b))
    information = np.clip(own - cross**2 / other.clip(1e-12), 1e-12, None)
    return 1 / (1 / information + 1 / (data.women[:targets] + 0.5))


def initial_cells(data: RegistryData) -> tuple[np.ndarray, np.ndarray]:
    """Return by cell the square root of civilians' cases, and their log distance from the usual share."""
    member, cases = data.cell_membership, data.civilians_by_cell
    usual = member.T @ (member @ cases) * data.usual / (member.T @ (member @ data.usual))
    return np.sqrt(cases + 0.5), np.log((cases + 0.5) / (usual + 0.5))


def idle_sd(data: RegistryData) -> np.ndarray:
    """Return the sd, by period, of the mean of its cells' shocks, which moves nothing."""
    number = data.cell_membership.sum(1)
    return np.asarray(np.sqrt(number / (data.cell_membership @ (data.civilians_by_cell + 0.5))))


def _curve_root(published: np.ndarray, weight: float, precision: np.ndarray) -> np.ndarray:
    """Return the root of an approximate posterior covariance of a curve's contrasts.

    Early bins are well known relative to each other and badly to late ones.
    """
    _, basis, inner = priors.curve_prior(published, weight)
    whole = np.linalg.inv(inner) + basis.T @ precision @ basis
    return np.linalg.inv(np.linalg.cholesky(whole)).T
