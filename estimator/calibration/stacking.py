"""Stacking of predictive distributions."""

from __future__ import annotations

import numpy as np


def stack(log_density: np.ndarray, *, tolerance: float = 1e-10) -> np.ndarray:
    r"""Return the weights of a mixture that predicts best.

    .. math::

        \max_w \sum_i \log \sum_k w_k\, p_k(y_i), \qquad w_k \ge 0,\ \sum_k w_k = 1

    (Yao et al. 2018, doi 10.1214/17-BA1091), by the EM algorithm, which climbs to the one maximum.

    Parameters
    ----------
    log_density : array, shape (windows, models)
        Log predictive density of each model for what happened.
    tolerance : float
        Gain of the mean log density below which it ends.
    """
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    weights = np.full(density.shape[1], 1 / density.shape[1])
    reached = -np.inf
    for _ in range(100_000):
        mixed = density @ weights
        if (gained := float(np.log(mixed).mean())) - reached < tolerance:
            break
        reached, weights = gained, weights * (density / mixed[:, None]).mean(axis=0)
    return weights
