"""Counts in a PyMC model, whose density leaves out what only the data are in.

Counts stand in the graph as data that may be swapped, so that many registries share one compilation; then
nothing folds the factorials of the data, and they would be computed anew at every step of the sampler, for
forty per cent of its time. A density is wanted up to such a constant.
"""

from __future__ import annotations

from typing import Any

import pymc as pm
import pytensor.tensor as pt


def add_poisson(
    name: str, mean: pt.TensorVariable, *, observed: pt.TensorVariable, dims: Any = None
) -> pt.TensorVariable:
    r"""Add counts :math:`y \sim \mathrm{Poisson}(m)` to the model in context.

    .. math::

        \log p(y \mid m) = y \log m - m + \mathrm{constant}

    Parameters
    ----------
    name : str
        Of the observed variable.
    mean : TensorVariable
        m, above 0.
    observed : TensorVariable
        The counts, of the same shape.
    dims : str or tuple of str, optional
        Of the observed variable.
    """
    return pm.CustomDist(name, mean, dist=_poisson_of, logp=_poisson, observed=observed, dims=dims)


def add_binomial(
    name: str,
    number: pt.TensorVariable,
    logit: pt.TensorVariable,
    *,
    observed: pt.TensorVariable,
    dims: Any = None,
) -> pt.TensorVariable:
    r"""Add counts :math:`y \sim \mathrm{Binomial}(n, \mathrm{logistic}\,\lambda)` to the model in context.

    .. math::

        \log p(y \mid n, \lambda) = y \lambda - n \log(1 + e^\lambda) + \mathrm{constant}

    Parameters
    ----------
    name : str
        Of the observed variable.
    number : TensorVariable
        n.
    logit : TensorVariable
        :math:`\lambda`.
    observed : TensorVariable
        The counts, of the same shape.
    dims : str or tuple of str, optional
        Of the observed variable.
    """
    return pm.CustomDist(
        name, number, logit, dist=_binomial_of, logp=_binomial, observed=observed, dims=dims
    )


def _poisson(value: Any, mean: Any) -> Any:
    return value * pt.log(mean) - mean


def _binomial(value: Any, number: Any, logit: Any) -> Any:
    return value * logit - number * pt.softplus(logit)


def _poisson_of(mean: Any, size: Any) -> Any:
    return pm.Poisson.dist(mean, size=size)


def _binomial_of(number: Any, logit: Any, size: Any) -> Any:
    return pm.Binomial.dist(n=number, logit_p=logit, size=size)
