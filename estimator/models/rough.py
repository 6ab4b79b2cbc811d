"""Crude first guesses of what cases tell: the units in which the registry model is sampled."""

from __future__ import annotations

import numpy as np

from estimator.models.registry_data import RegistryData

SHOCK = 0.05
"""A usual sd of what moves single cells of the triangle."""


def rough_cases(data: RegistryData) -> tuple[float, np.ndarray]:
    """Return a rough log number of soldiers' cases a period, and how well men tell each logarithm.

    Parameters
    ----------
    data : RegistryData
        The arrays.

    Returns
    -------
    float, array of shape (war periods,)
    """
    men = data.men[: len(data.target)].sum(0)
    beyond = np.maximum(men - _peace(data), 1.0)
    return float(np.log(np.maximum(np.median(beyond), 5.0))), beyond**2 / (men + 1.0)


def rough_delay(data: RegistryData) -> np.ndarray:
    r"""Return how well men's cases tell the log shares of soldiers' cases by bin of delay.

    Every period of death tells shares relative to one another, since the number of its dead is free:

    .. math::

        I = \sum_t \mathrm{diag}(w_t) - \frac{w_t w_t'}{\sum_b w_{t,b}}, \qquad
        w^{-1} = \frac{M}{(M - M_0)^2} + 0.05^2

    with :math:`M` men's cases in a cell and :math:`M_0` those expected in peace. Settled cases tell
    nothing.

    Parameters
    ----------
    data : RegistryData
        The arrays.

    Returns
    -------
    array, shape (bins, bins)
    """
    number = len(data.bins.edges)
    found = np.zeros((number, number))
    if data.settled:
        return found
    men = data.soldiers_or_not.sum(0)
    together = (data.member.T @ (data.member @ data.usual)).clip(1e-12)
    peace = _peace(data)[data.cell_period] * data.usual / together
    weight = 1 / ((men + 1) / np.maximum(men - peace, 1.0) ** 2 + SHOCK**2)
    for period in range(len(data.member)):
        inside = data.cell_period == period
        bins, w = data.cell_bin[inside], weight[inside]
        found[np.ix_(bins, bins)] += np.diag(w) - np.outer(w, w) / w.sum()
    return found


def _peace(data: RegistryData) -> np.ndarray:
    """Men's cases of the target ages to be expected of women's, by war period."""
    targets = len(data.target)
    recent = slice(-data.base_men.shape[1] // 3, None)
    ratio = data.base_men[:targets, recent].sum(1) / np.maximum(
        data.base_women[:targets, recent].sum(1), 1
    )
    return (ratio[:, None] * data.women[:targets]).sum(0)
