"""Crude first guesses of what cases tell: the units in which the registry model is sampled."""

import numpy as np

from estimator.models.registry.arrays import RegistryData

SHOCK = 0.05
"""A usual sd of what moves single cells of the triangle."""


def initial_cases(data: RegistryData) -> tuple[float, np.ndarray]:
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


def initial_delay(data: RegistryData) -> np.ndarray:
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
    men = data.men_by_cell.sum(0)
    together = (data.cell_membership.T @ (data.cell_membership @ data.usual)).clip(1e-12)
    peace = _peace(data)[data.cell_period] * data.usual / together
    weight = 1 / ((men + 1) / np.maximum(men - peace, 1.0) ** 2 + SHOCK**2)
    for period in range(len(data.cell_membership)):
        inside = data.cell_period == period
        bins, w = data.cell_bin[inside], weight[inside]
        found[np.ix_(bins, bins)] += np.diag(w) - np.outer(w, w) / w.sum()
    return found


def initial_peace(data: RegistryData) -> np.ndarray:
    r"""Return how well men's cases at target ages tell the log sex ratio of peace since the war began.

    Civilians' cases open sooner than soldiers'. With :math:`a` and :math:`b` the cases of either to be
    expected in the cells of a period, the information on :math:`\log a` with soldiers' number unknown is

    .. math::

        I = \sum \frac{a^2}{a + b} - \frac{(\sum ab / (a + b))^2}{\sum b^2 / (a + b)}

    and the ratio is known the less the fewer women there are. Settled cases tell nothing.

    Parameters
    ----------
    data : RegistryData
        The arrays.

    Returns
    -------
    array, shape (target ages, war periods)
    """
    targets, periods = len(data.target), data.women.shape[1]
    if data.settled:
        return np.zeros((targets, periods))
    peace = _peace_by_age(data)
    beyond = np.maximum(data.men[:targets] - peace, 1.0)
    at, member = data.cell_period, data.cell_membership
    military = data.cell_visible * data.bins.military[data.cell_bin]
    a = peace[:, at] * data.usual / (member.T @ (member @ data.usual)).clip(1e-12)
    b = beyond[:, at] * military / (member.T @ (member @ military)).clip(1e-12)
    both = (a + b).clip(1e-12)
    own, cross, other = (part / both @ member.T for part in (a * a, a * b, b * b))
    found = np.clip(own - cross**2 / other.clip(1e-12), 1e-12, None)
    return 1 / (1 / found + 1 / (data.women[:targets] + 0.5))


def _peace(data: RegistryData) -> np.ndarray:
    """Men's cases of the target ages to be expected of women's, by war period."""
    return _peace_by_age(data).sum(0)


def _peace_by_age(data: RegistryData) -> np.ndarray:
    targets = len(data.target)
    recent = slice(-data.base_men.shape[1] // 3, None)
    ratio = data.base_men[:targets, recent].sum(1) / np.maximum(data.base_women[:targets, recent].sum(1), 1)
    return ratio[:, None] * data.women[:targets]
