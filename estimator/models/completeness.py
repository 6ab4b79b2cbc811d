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
:math:`b_p` of the publication, and one of the period. Where nothing is published the walk goes on, and
its uncertainty grows. :math:`\kappa` sets the unit: names of weeks older than a year at the vintage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.special import expit

from estimator.anchors import DeathsAnchor
from estimator.errors import ConvergenceError

FIRST_SD = 1.5
"""Of the first week's logit: nearly flat between 5% and 95%."""
WALK_SCALE, NOISE_SCALE = 0.05, 0.3
"""Half-normal priors of the walk a week (a third in a year), and of a published week's own error."""
WALKS = np.array([0.005, 0.01, 0.02, 0.035, 0.06, 0.1])
NOISES = np.array([0.06, 0.1, 0.15, 0.22, 0.32, 0.45])
"""Grid on which the two are integrated."""
STEPS = 500


@dataclass(frozen=True)
class CompletenessModel:
    """Published deaths against a list, ready to be solved.

    Parameters
    ----------
    weeks : DatetimeIndex
        Weeks of death.
    anchors : list of DeathsAnchor
        Publications.
    """

    weeks: pd.DatetimeIndex
    anchors: list[DeathsAnchor]

    def rows(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return overlaps, log deaths, each row's publication, and its own sd (NaN for weeks)."""
        overlap = np.vstack([anchor.overlap(self.weeks) for anchor in self.anchors])
        deaths = np.concatenate([anchor.periods["deaths"] for anchor in self.anchors])
        sizes = [len(anchor.periods) for anchor in self.anchors]
        publication = np.repeat(np.arange(len(self.anchors)), sizes)
        own = [np.nan if anchor.item_sd is None else anchor.item_sd for anchor in self.anchors]
        return overlap, np.log(deaths), publication, np.repeat(own, sizes)

    def prior_precision(self, walk: float) -> np.ndarray:
        """Return the precision of logits, the shared error and those of publications."""
        weeks, errors = len(self.weeks), 1 + len(self.anchors)
        steps = np.diff(np.eye(weeks), axis=0)
        precision = np.zeros((weeks + errors, weeks + errors))
        precision[:weeks, :weeks] = steps.T @ steps / walk**2
        precision[0, 0] += FIRST_SD**-2
        # half of the variance of a publication is what all of them share
        half = np.array([anchor.common_sd**2 / 2 for anchor in self.anchors])
        precision[range(weeks, weeks + errors), range(weeks, weeks + errors)] = np.r_[
            1 / half.mean(), 1 / half
        ]
        return precision


@dataclass(frozen=True)
class Solution:
    """Mode and curvature of the logits and errors, with the log evidence."""

    mode: np.ndarray
    factor: tuple[np.ndarray, bool]
    evidence: float

    def draw(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """Return draws of all variables, shape (variables, number)."""
        noise = rng.standard_normal((len(self.mode), number))
        return self.mode[:, None] + solve_triangular(self.factor[0], noise)


def solve(
    model: CompletenessModel,
    log_names: np.ndarray,
    walk: float,
    noise: float,
    start: np.ndarray | None = None,
) -> Solution:
    """Find the mode by Gauss-Newton steps, halved where they overshoot.

    Parameters
    ----------
    model : CompletenessModel
        Publications and weeks.
    log_names : array, shape (weeks,)
        Logarithm of the names expected a year after death.
    walk, noise : float
        Standard deviations of the walk a week, and of a published week's own error.
    start : array, optional
        Where to begin.

    Raises
    ------
    ConvergenceError
        If the mode is not reached.
    """
    overlap, published, publication, own = model.rows()
    weeks = len(model.weeks)
    sd = np.where(np.isnan(own), np.sqrt(noise**2 + np.exp(-published)), own)
    precision = model.prior_precision(walk)
    point = np.zeros(len(precision)) if start is None else start.copy()
    row = np.arange(len(published))

    def residual(b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        deaths = np.exp(log_names) * (1 + np.exp(-np.clip(b[:weeks], -30, 30)))
        parts = overlap * deaths
        whole = parts.sum(axis=1)
        gap = (published - np.log(whole) - b[weeks] - b[weeks + 1 + publication]) / sd
        return gap, parts / whole[:, None]

    def value(b: np.ndarray, gap: np.ndarray) -> float:
        return -0.5 * float(gap @ gap + b @ precision @ b)

    gap, parts = residual(point)
    now = value(point, gap)
    for _ in range(STEPS):
        slope = np.zeros((len(published), len(point)))
        slope[:, :weeks] = -parts * (1 - expit(point[:weeks]))
        slope[:, weeks] = 1.0
        slope[row, weeks + 1 + publication] = 1.0
        slope /= sd[:, None]
        factor = cho_factor(slope.T @ slope + precision)
        step = cho_solve(factor, slope.T @ gap - precision @ point)
        scale = 1.0
        while True:
            new_gap, new_parts = residual(point + scale * step)
            new = value(point + scale * step, new_gap)
            if new >= now - 1e-10 or scale < 1e-6:
                break
            scale /= 2
        gain = new - now
        if gain > 0:
            point, gap, parts, now = point + scale * step, new_gap, new_parts, new
        if gain < 1e-4:
            break
    else:
        raise ConvergenceError(f"completeness: no mode in {STEPS} steps.")
    curvature = -2 * np.log(np.diag(factor[0])).sum() + np.linalg.slogdet(precision)[1]
    return Solution(point, factor, float(now - np.log(sd).sum() + 0.5 * curvature))


def hyper_grid(
    model: CompletenessModel, log_names: np.ndarray
) -> tuple[list[tuple[float, float]], np.ndarray]:
    """Return the grid of walk and noise, and its posterior weights.

    Parameters
    ----------
    model : object
        The completeness model.
    log_names : array
        Logarithms of the names.
    """
    nodes = [(float(walk), float(noise)) for walk in WALKS for noise in NOISES]
    scores = []
    for walk, noise in nodes:
        # the grid is even in logs: the half-normal density times the value itself
        prior = -0.5 * ((walk / WALK_SCALE) ** 2 + (noise / NOISE_SCALE) ** 2) + np.log(
            walk * noise
        )
        scores.append(solve(model, log_names, walk, noise).evidence + prior)
    weights = np.exp(np.array(scores) - max(scores))
    return nodes, weights / weights.sum()
