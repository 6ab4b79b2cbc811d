"""Laplace approximation of a posterior with a Gaussian prior, and counts that are often its likelihood."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.special import gammaln

from estimator.errors import ConvergenceError

STEPS = 500
"""Newton needs two to five from the mode of a near grid point and about ten from the prior's mean."""
TOLERANCE = 1e-4
"""Newton stops where a step gains less than this in log density."""


class Likelihood(Protocol):
    """A likelihood of Gaussian variables, with what Newton's method needs of it."""

    def at(self, point: np.ndarray) -> tuple[float, Any]:
        """Return the log likelihood, and what its derivatives at the same point are made from."""

    def derivatives(self, point: np.ndarray, parts: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the gradient of the log likelihood and the expected information."""


@dataclass(frozen=True)
class Counts:
    r"""Negative binomial counts with mean :math:`m = A\,e^{X b}` and variance :math:`m + m^2 / r`.

    `observed` and `size` (r, small for noisy counts) are of shape (observations,), `nodes` (X, the log
    intensity at each node) of (nodes, variables), and `weights` (A) of (observations, nodes).
    """

    observed: np.ndarray
    size: np.ndarray
    nodes: sparse.csr_matrix
    weights: sparse.csr_matrix

    def at(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the log likelihood, constants included so that evidences compare, and the means."""
        with np.errstate(over="ignore"):
            mean = self.weights @ np.exp(self.nodes @ point) + 1e-12
        if not np.isfinite(mean).all():
            return -np.inf, mean
        y, r = self.observed, self.size
        constant = gammaln(y + r) - gammaln(r) - gammaln(y + 1)
        terms = constant + r * np.log(r / (r + mean)) + y * np.log(mean / (r + mean))
        return float(terms.sum()), mean

    def derivatives(self, point: np.ndarray, parts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the gradient and the expected information, given the means."""
        y, r, mean = self.observed, self.size, parts
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
    likelihood: Likelihood,
    prior: Gaussian,
    start: np.ndarray | None = None,
    *,
    tolerance: float = TOLERANCE,
) -> tuple[Gaussian, float]:
    """Return the Gaussian at a posterior's mode, with the curvature there, and the log evidence.

    Newton's method with the expected information and halved steps, from the prior's mean unless a start is
    given; `ConvergenceError` if it does not reach the mode.
    """

    def density(b: np.ndarray) -> tuple[float, Any]:
        value, parts = likelihood.at(b)
        away = b - prior.mean
        return value - 0.5 * float(away @ prior.precision @ away), parts

    point = prior.mean if start is None else start
    value, parts = density(point)
    if not np.isfinite(value):
        raise ConvergenceError("the search for the mode began where the density is zero.")
    for _ in range(STEPS):
        score, information = likelihood.derivatives(point, parts)
        curvature = information + prior.precision
        factor = cho_factor(curvature)
        step = cho_solve(factor, score - prior.precision @ (point - prior.mean))
        scale = 1.0
        while True:
            new, new_parts = density(point + scale * step)
            if new >= value - 1e-10 or scale < 1e-6:
                break
            scale /= 2
        gain = new - value
        if gain > 0:
            point, value, parts = point + scale * step, new, new_parts
        if gain < tolerance:
            break
    else:
        raise ConvergenceError(f"no mode was found in {STEPS} steps of Newton's method.")
    evidence = value + 0.5 * float(
        np.linalg.slogdet(prior.precision)[1] - 2 * np.log(np.diag(factor[0])).sum()
    )
    return Gaussian(point, curvature), evidence
