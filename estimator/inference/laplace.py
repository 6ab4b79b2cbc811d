"""Laplace approximation for counts whose mean is a sum of exponentials of Gaussian variables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.special import gammaln

from estimator.errors import ConvergenceError

STEPS = 100
"""Newton needs two to five from the mode of a near grid point and about ten from the prior's mean."""
TOLERANCE = 1e-4
"""Newton stops where a step gains less than this in log density."""


@dataclass(frozen=True)
class Counts:
    r"""Negative binomial counts with mean :math:`m = A\,e^{X b}` and variance :math:`m + m^2 / r`.

    Parameters
    ----------
    observed : array, shape (observations,)
        The counts.
    size : array, shape (observations,)
        The sizes r; small ones for noisy counts.
    nodes : sparse array, shape (nodes, variables)
        X: log intensity at each node.
    weights : sparse array, shape (observations, nodes)
        A: how the intensities of nodes add up to an observation's mean.
    """

    observed: np.ndarray
    size: np.ndarray
    nodes: sparse.csr_matrix
    weights: sparse.csr_matrix

    def mean(self, point: np.ndarray) -> np.ndarray:
        """Return the means; infinite where the intensity overflows."""
        with np.errstate(over="ignore"):
            return self.weights @ np.exp(self.nodes @ point) + 1e-12

    def log_likelihood(self, mean: np.ndarray) -> float:
        """Return the log likelihood, constants included: evidences can be compared."""
        y, r = self.observed, self.size
        constant = gammaln(y + r) - gammaln(r) - gammaln(y + 1)
        return float((constant + r * np.log(r / (r + mean)) + y * np.log(mean / (r + mean))).sum())

    def gradient(self, point: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the gradient of the log likelihood and the expected information."""
        y, r = self.observed, self.size
        slope = (self.weights @ sparse.diags(np.exp(self.nodes @ point)) @ self.nodes).tocsr()
        score = slope.T @ (y / mean - (y + r) / (r + mean))
        information = slope.T @ sparse.diags(r / (mean * (r + mean))) @ slope
        return score, information.toarray()


@dataclass(frozen=True)
class Gaussian:
    """A Gaussian of many variables by its mean and precision."""

    mean: np.ndarray
    precision: np.ndarray

    def draw(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """Return draws, shape (variables, number)."""
        factor = np.linalg.cholesky(self.precision)
        noise = rng.standard_normal((len(self.mean), number))
        return self.mean[:, None] + solve_triangular(factor.T, noise, lower=False)


def laplace(
    counts: Counts, prior: Gaussian, start: np.ndarray | None = None
) -> tuple[Gaussian, float]:
    """Return the Gaussian at a posterior's mode, with the curvature there, and the log evidence.

    Newton's method with the expected information and halved steps, from the prior's mean unless a start is
    given; `ConvergenceError` if it does not reach the mode.
    """
    point = prior.mean.copy() if start is None else start.copy()

    def density(b: np.ndarray) -> tuple[float, np.ndarray]:
        mean = counts.mean(b)
        if not np.isfinite(mean).all():
            return -np.inf, mean
        away = b - prior.mean
        return counts.log_likelihood(mean) - 0.5 * float(away @ prior.precision @ away), mean

    value, mean = density(point)
    if not np.isfinite(value):
        raise ConvergenceError("the search for the mode began where the density is zero.")
    for _ in range(STEPS):
        score, information = counts.gradient(point, mean)
        curvature = information + prior.precision
        factor = cho_factor(curvature)
        step = cho_solve(factor, score - prior.precision @ (point - prior.mean))
        scale = 1.0
        while True:
            new, new_mean = density(point + scale * step)
            if new >= value - 1e-9 or scale < 1e-6:
                break
            scale /= 2
        gain = new - value
        if gain > 0:
            point, value, mean = point + scale * step, new, new_mean
        if gain < TOLERANCE:
            break
    else:
        raise ConvergenceError(f"no mode was found in {STEPS} steps of Newton's method.")
    evidence = value + 0.5 * float(
        np.linalg.slogdet(prior.precision)[1] - 2 * np.log(np.diag(factor[0])).sum()
    )
    return Gaussian(point, curvature), evidence
