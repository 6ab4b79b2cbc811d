r"""How the sex ratio of a region's deaths deviates from the nation's.

With :math:`\lambda` the nation's log sex ratio (`estimator.models.vital`), that of region :math:`r` is

.. math::

    \lambda^r_{a,t} &= \lambda_{a,t} + d^r_{a,t} + e^r_{a,t} \\
    d^r &\sim MN(0,\ \sigma_d^2 K_d,\ R_\phi), \quad (R_\phi)_{ts} = \phi^{|t - s|} \\
    e^r_{\cdot t} &\sim N(0,\ \sigma_e^2 K_e)

The deviation :math:`d^r` is damped: what sets a region apart lasts, and fades by :math:`\phi` a year, so that
a forecast of years ahead returns towards the nation's. :math:`e^r` is a shock of one year and one region; the
part of a shock that all regions share is in :math:`\lambda`. All regions share the four hyperparameters: a
region of few deaths borrows them, and is drawn to the nation where its own counts say little.
:math:`K_d, K_e` are correlations over age (`estimator.models.baseline.age_correlation`).

In target years regions add up to the nation: with :math:`F^r` deaths of the control sex,

.. math::

    \sum_r F^r_{a,t}\, e^{d^r_{a,t} + e^r_{a,t}} = \sum_r F^r_{a,t}

since :math:`\lambda` is the ratio of all deaths of the regions together; deviations that did not cancel would
be an error of the nation counted a second time.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from estimator.models.baseline import AGE_LENGTH, Hyperpriors, age_correlation

SHOCK_SHARED = 0.5
"""Share of a region's shock that neighbouring ages have in common. Fixed: regional counts hardly show it."""


@dataclass(frozen=True, repr=False)
class DeviationPriors(Hyperpriors):
    """Priors of the scales that regions share, as (location, scale) on an unbounded scale.

    Scales of 0.7 to 1 are wide: the counts of ten regions or more outvote them.

    Parameters
    ----------
    deviation_sd : (float, float)
        Log-normal, median 0.1: regions of one country lie some 10% apart.
    persistence : (float, float)
        Logit-normal, median 0.95: what sets a region apart halves in a decade or two.
    deviation_shared : (float, float)
        Logit-normal, median 0.82, as for the nation's steps: the share of a deviation that neighbouring
        ages have in common.
    shock_sd : (float, float)
        Log-normal, median 0.02: a region's own shock of one year, beyond the counting noise.
    """

    deviation_sd: tuple[float, float] = (float(np.log(0.1)), 0.7)
    persistence: tuple[float, float] = (3.0, 1.0)
    deviation_shared: tuple[float, float] = (1.5, 0.7)
    shock_sd: tuple[float, float] = (float(np.log(0.02)), 0.7)

    TITLE = "regions' deviations"
    NAMES = ("deviation_sd", "persistence", "deviation_shared", "shock_sd")
    BOUNDED = ("persistence", "deviation_shared")


def deviation_covariances(hyper: dict[str, Any], midpoint: np.ndarray, years: int) -> tuple[Any, ...]:
    """Return covariances of deviations and of shocks: over age, over time, over age, over time.

    The whole covariance, of cells in the order of a raveled (age, year) array, is the Kronecker product of
    the first two plus that of the last two. Hyperparameters may be numbers or PyTensor scalars.
    """
    lag = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    over_age = age_correlation(midpoint, shared=hyper["deviation_shared"], length=AGE_LENGTH)
    own = age_correlation(midpoint, shared=SHOCK_SHARED, length=AGE_LENGTH)
    return (
        hyper["deviation_sd"] ** 2 * over_age,
        hyper["persistence"] ** lag,
        hyper["shock_sd"] ** 2 * own,
        np.eye(years),
    )


def add_up(
    deviation: np.ndarray, covariance: np.ndarray, control: np.ndarray, counted: np.ndarray
) -> np.ndarray:
    r"""Condition deviations of target cells on regions adding up to the nation.

    Draws are moved by Matheron's rule, :math:`d^r - Q^r W^r M^{-1} g`, where :math:`g` is by how much (log)
    regions together exceed the nation, :math:`W` the regions' shares of it, and :math:`M` the variance of
    the weighted sum; twice, because the sum is not linear.

    Parameters
    ----------
    deviation : array, shape (regions, draws, cells)
        Draws of each region given its own counts.
    covariance : array, shape (regions, cells, cells)
        Their posterior covariance.
    control : array, shape (regions, cells)
        Deaths of the control sex.
    counted : array of bool, shape (regions,)
        The regions whose sum the nation is.

    Returns
    -------
    array, shape (regions, draws, cells)
    """
    weight = np.where(counted[:, None], control + 0.5, 0.0)
    expected = weight * np.exp(deviation.mean(axis=1))
    share = expected / expected.sum(axis=0)
    gain = covariance * share[:, None, :]
    variance = np.einsum("rc,rcd->cd", share, gain)
    for _ in range(2):
        together = np.einsum("rc,rdc->dc", weight, np.exp(deviation)) / weight.sum(axis=0)
        back = np.linalg.solve(variance, np.log(together).T)
        deviation = deviation - np.einsum("rcj,jd->rdc", gain, back)
    return deviation
