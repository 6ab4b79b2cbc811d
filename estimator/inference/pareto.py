"""Pareto smoothing of importance weights (Vehtari, Simpson, Gelman, Yao and Gabry 2024, JMLR 25(72)).

A test holds it to ArviZ's `psislw`. That one would be imported for this alone, with SciPy's distributions, in
a second: a fifth of a report.
"""

import numpy as np
from scipy.special import logsumexp

PRIOR_SHAPE, PRIOR_SIZE = 0.5, 10
"""Prior of the shape: as if so many weights had shown it, so that k-hat of a short tail is steady."""


def psis(log_weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Return normalised weights, the largest replaced by quantiles of the Pareto fitted to them, and k-hat.

    Without a fit, as where the largest are all alike, k-hat is NaN or infinite and weights stay as they are.
    """
    logs = np.where(np.isfinite(log_weights), log_weights, -1e10)
    logs -= logs.max()
    number = len(logs)
    length = int(3 * np.sqrt(number)) if number > 225 else number // 5
    order = np.argsort(logs)
    tail, cutoff = order[-length:], np.exp(logs[order[-length - 1]])
    shape, scale = fit_pareto(np.exp(logs[tail]) - cutoff)
    if np.isfinite(shape) and scale > 0:
        level = np.arange(0.5, length) / length
        quantile = cutoff + scale * np.expm1(-shape * np.log1p(-level)) / shape
        logs[tail] = np.minimum(np.log(quantile), 0.0)  # none larger than the largest was
    weights = np.exp(logs - logsumexp(logs))
    return weights / weights.sum(), float(shape)


def fit_pareto(excess: np.ndarray) -> tuple[float, float]:
    """Return shape and scale of a generalised Pareto distribution of sorted values above a threshold.

    It is the estimate of Zhang and Stephens (2009), a mean over a grid of the one parameter that remains once
    the shape is profiled out, with the shape drawn to its prior.
    """
    number = len(excess)
    quartile = excess[int(number / 4 + 0.5) - 1]
    if quartile <= excess[0]:
        return np.nan, np.nan
    points = 30 + int(np.sqrt(number))
    grid = 1 / excess[-1] + (1 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))) / (3 * quartile)
    shapes = np.log1p(-grid[:, None] * excess).mean(axis=1)
    log_likelihood = number * (np.log(-grid / shapes) - shapes - 1)
    at = np.sum(grid * np.exp(log_likelihood - logsumexp(log_likelihood)))
    shape = np.log1p(-at * excess).mean()
    scale = -shape / at
    return (number * shape + PRIOR_SIZE * PRIOR_SHAPE) / (number + PRIOR_SIZE), scale
