r"""Completeness of the named list: the share of the war dead who are on it, by week of death.

With :math:`s_w` the names expected a year after death (from the growth of the list), and
:math:`D_w` the deaths of week w,

.. math::
    D_w = \kappa\, s_w / \pi_w, \qquad \operatorname{logit} \pi_w = x_w, \qquad
    x_w = x_{w-1} + \mathcal N(0, \sigma_q^2),

:math:`\pi_w` being completeness at one age of the week, and the processing term the rest:
:math:`y_{wv} / \kappa s_w` of those names are on the list at vintage v, so that completeness at v is
:math:`y_{wv} / D_w`. A publication p gave deaths of periods i (weeks, or years, by days of overlap
:math:`O_{iw}`):

.. math:: \log P_{pi} = \log \sum_w O_{iw} D_w + u + b_p + e_{pi},

with an error u that all share, since all rest on one registry and its capture probability, an error
:math:`b_p` of the publication, and one of the period. Where nothing is published the walk goes on, with a
drift of unknown sign that is damped,

.. math:: x_w = x_{w-1} + \phi^{w-p} d + \mathcal N(0, \sigma_q^2), \qquad d \sim \mathcal N(0, 0.05^2),

p being the last published week: its uncertainty grows. :math:`\kappa` sets the unit: names of weeks older
than a year at the vintage.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
from scipy.linalg import eigh
from scipy.optimize import minimize
from scipy.special import expit

from estimator.data.evidence import DeathsEvidence, published_through
from estimator.models.laplace import Gaussian, laplace

FIRST_SD = 1.5
"""Of the first week's logit: nearly flat between 5% and 95%."""
WALK_SCALE, NOISE_SCALE = 0.05, 0.3
"""Half-normal priors of the walk a week (a third in a year), and of a published week's own error."""
DRIFT_SD, DRIFT_DAMPING = 0.05, 0.9
"""Prior sd of the drift of the logit in the first week after the last publication, and what is left of it a
week later. A list does not tell a trend of deaths from one of its keepers' pace; while deaths are published
the walk takes that back, and then it can no more. Without a drift, intervals of 95% for the quarter after
the last publication held 85% of simulated wars (docs/present.md)."""
TOLERANCE = 1e-6
"""Of the mode, in log density: outer derivatives are differences of its evidence."""


@dataclass(frozen=True)
class CompletenessModel:
    """Published deaths by period against the weeks of death of a list, ready to be solved."""

    weeks: pd.DatetimeIndex
    evidence: list[DeathsEvidence]

    @cached_property
    def rows(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Overlaps (periods, weeks), log deaths, each row's publication, its own sd (NaN for weeks)."""
        overlap = np.vstack([one.overlap(self.weeks) for one in self.evidence])
        deaths = np.concatenate([one.periods["deaths"] for one in self.evidence])
        sizes = [len(one.periods) for one in self.evidence]
        publication = np.repeat(np.arange(len(self.evidence)), sizes)
        own = [np.nan if one.item_sd is None else one.item_sd for one in self.evidence]
        return overlap, np.log(deaths), publication, np.repeat(own, sizes)

    @cached_property
    def _steps(self) -> np.ndarray:
        steps = np.diff(np.eye(len(self.weeks)), axis=0)
        return np.asarray(steps.T @ steps)

    def walk_precision(self, walk: float) -> np.ndarray:
        """Return the precision of the logits, given the walk's standard deviation a week."""
        precision = self._steps / walk**2
        precision[0, 0] += FIRST_SD**-2
        return precision

    def drift(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """Draw what the logits drift by after the last published week, shape (weeks, number)."""
        after = np.cumsum(np.asarray(self.weeks > published_through(self.evidence)))
        reach = (1 - DRIFT_DAMPING**after) / (1 - DRIFT_DAMPING)
        return DRIFT_SD * reach[:, None] * rng.standard_normal(number)

    def error_covariance(self) -> np.ndarray:
        """Return the covariance of the publications' errors, shared and own together."""
        # half of the variance of a publication is what all of its family share
        half = np.array([one.common_sd**2 / 2 for one in self.evidence])
        family = np.array([one.family for one in self.evidence])
        out = np.diag(half)
        for name in set(family):
            out += np.outer(family == name, family == name) * half[family == name].mean()
        return out


@dataclass(frozen=True)
class PublishedDeaths:
    """Likelihood of published log deaths of periods, normal about the sums of the weeks they overlap."""

    overlap: np.ndarray
    names: np.ndarray
    published: np.ndarray
    sd: np.ndarray

    def at(self, point: np.ndarray) -> tuple[float, tuple[np.ndarray, np.ndarray]]:
        """Return the log likelihood; standardised gaps and each week's share of a period's deaths."""
        parts = self.overlap * (self.names * (1 + np.exp(-np.clip(point, -30, 30))))
        whole = parts.sum(axis=1)
        gap = (self.published - np.log(whole)) / self.sd
        return float(-0.5 * gap @ gap - np.log(self.sd).sum()), (gap, parts / whole[:, None])

    def derivatives(
        self, point: np.ndarray, parts: tuple[np.ndarray, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the gradient of the log likelihood and the Gauss-Newton information."""
        gap, share = parts
        slope = -share * (1 - expit(point)) / self.sd[:, None]
        return slope.T @ gap, slope.T @ slope


def solve(
    model: CompletenessModel, log_names: np.ndarray, walk: float, noise: float, errors: np.ndarray,
    start: np.ndarray | None = None,
) -> tuple[Gaussian, float]:  # fmt: skip
    """Return the logits' posterior, by Laplace, and its log evidence.

    ``log_names`` (weeks,) is the logarithm of the names expected a year after death, ``walk`` and
    ``noise`` the standard deviations of the walk a week and of a published week's own error, ``errors``
    (publications,) the log errors u + b. Raises ConvergenceError if the mode is not reached.
    """
    overlap, published, publication, own = model.rows
    sd = np.where(np.isnan(own), np.sqrt(noise**2 + np.exp(-published)), own)
    likelihood = PublishedDeaths(overlap, np.exp(log_names), published - errors[publication], sd)
    prior = Gaussian(np.zeros(len(model.weeks)), model.walk_precision(walk))
    return laplace(likelihood, prior, start, tolerance=TOLERANCE)


@dataclass(frozen=True)
class Outer:
    """Gaussian of what all weeks share: publications' errors, and logs of walk and noise."""

    mean: np.ndarray
    covariance: np.ndarray

    def draw(self, number: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, float, float]]:
        """Yield errors, walk and noise."""
        for row in rng.multivariate_normal(self.mean, self.covariance, number, method="eigh"):
            yield row[:-2], float(np.exp(row[-2])), float(np.exp(row[-1]))


def solve_outer(model: CompletenessModel, log_names: np.ndarray) -> Outer:
    """Return what all weeks share, the logits integrated out.

    The logits cannot be left at a joint mode with the rest: more deaths make completeness lower,
    where a step of the logit moves deaths further, so that the same weekly ups and downs cost less of
    the walk. Only the curvature, which the integral holds and the mode does not, makes up for that
    (without it deaths come out 4 to 13% too high), and the walk must be free to follow the level.
    """
    covariance = model.error_covariance()
    precision = np.linalg.inv(covariance)
    start = np.r_[np.zeros(len(covariance)), np.log([WALK_SCALE / 2, NOISE_SCALE / 2])]
    scale = np.r_[np.sqrt(np.diag(covariance)), 0.6, 0.6]
    last = {"mode": np.zeros(len(model.weeks))}

    def minus(scaled: np.ndarray) -> float:
        point = start + scaled * scale
        errors, (walk, noise) = point[:-2], np.exp(point[-2:])
        logits, evidence = solve(model, log_names, walk, noise, errors, last["mode"])
        last["mode"] = logits.mean
        # densities of the logs: the half-normal times the value itself
        prior = point[-2:].sum() - 0.5 * ((walk / WALK_SCALE) ** 2 + (noise / NOISE_SCALE) ** 2)
        return 0.5 * float(errors @ precision @ errors) - evidence - float(prior)

    bounds = [(-6.0, 6.0)] * len(start)
    optimum = minimize(
        minus, np.zeros(len(start)), method="L-BFGS-B", bounds=bounds,
        options={"eps": 0.02, "maxiter": 40, "ftol": 1e-6},
    )  # fmt: skip
    curvature = _curvature(minus, optimum.x, 0.4)
    prior = np.zeros_like(curvature)
    prior[:-2, :-2] = precision * np.outer(scale[:-2], scale[:-2])
    prior[[-2, -1], [-2, -1]] = 0.5
    # flatter than a quarter of the prior can only be the error of differences
    inverse = np.linalg.inv(_at_least(curvature, prior / 4))
    return Outer(start + optimum.x * scale, inverse * np.outer(scale, scale))


def _curvature(function: Callable[[np.ndarray], float], at: np.ndarray, step: float) -> np.ndarray:
    moves = step * np.eye(len(at))
    out = np.zeros((len(at), len(at)))
    for i, j in combinations_with_replacement(range(len(at)), 2):
        corners = [function(at + s * moves[i] + t * moves[j]) for s in (1, -1) for t in (1, -1)]
        out[i, j] = out[j, i] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step**2)
    return out


def _at_least(curvature: np.ndarray, least: np.ndarray) -> np.ndarray:
    values, vectors = eigh(curvature, least)
    back = least @ vectors
    return np.asarray(back @ np.diag(np.maximum(values, 1.0)) @ back.T)
