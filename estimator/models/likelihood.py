"""Poisson and binomial log densities without the factorials, which depend on the data alone.

Counts are data containers of the graph, so that many registries share one compilation. The factorials are
then not folded into constants: they would be computed anew at every step, for forty per cent of the
sampler's time.
"""

from typing import Any

import pymc as pm
import pytensor.tensor as pt


def add_poisson(name: str, mean: pt.TensorVariable, *, observed: Any, dims: Any = None) -> pt.TensorVariable:
    r"""Add counts :math:`y \sim \mathrm{Poisson}(m)` to the model in context.

    .. math::

        \log p(y \mid m) = y \log m - m + \mathrm{constant}
    """
    return pm.CustomDist(name, mean, dist=_poisson_of, logp=_poisson, observed=observed, dims=dims)


def add_binomial(
    name: str,
    number: pt.TensorVariable,
    logit: pt.TensorVariable,
    *,
    observed: Any,
    dims: Any = None,
) -> pt.TensorVariable:
    r"""Add counts :math:`y \sim \mathrm{Binomial}(n, \mathrm{logistic}\,\lambda)` to the model in context.

    .. math::

        \log p(y \mid n, \lambda) = y \lambda - n \log(1 + e^\lambda) + \mathrm{constant}
    """
    return pm.CustomDist(name, number, logit, dist=_binomial_of, logp=_binomial, observed=observed, dims=dims)


def _poisson(value: Any, mean: Any) -> Any:
    return value * pt.log(mean) - mean


def _binomial(value: Any, number: Any, logit: Any) -> Any:
    return value * logit - number * pt.softplus(logit)


def _poisson_of(mean: Any, size: Any) -> Any:
    return pm.Poisson.dist(mean, size=size)


def _binomial_of(number: Any, logit: Any, size: Any) -> Any:
    return pm.Binomial.dist(n=number, logit_p=logit, size=size)
