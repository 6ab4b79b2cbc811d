"""NUTS on a PyMC model that JAX compiles, in seconds where numba takes minutes; JAX is an optional extra."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from estimator.inference.hmc import Gaussian

if TYPE_CHECKING:
    import pymc

JITTER = 0.5
"""Sd of the points at which chains begin, in units of the Gaussian."""
OPTIONS = {"xla_cpu_multi_thread_eigen": False}
"""Options of XLA: each chain has a thread of its own, and small products are faster on one."""


def jax_is_there() -> bool:
    """Return whether JAX is installed; it is not imported."""
    return find_spec("jax") is not None


def compile_whitened(graph: pymc.Model, places: dict[str, slice], units: Gaussian) -> Any:
    """Compile a PyMC model for nutpie, to be sampled in the units of a Gaussian approximation.

    `places` says where each free variable is in a point of the Gaussian. The one variable of the compiled
    model is ``y``, which `Gaussian.points` turns into points.
    """
    import jax
    from nutpie.compiled_pyfunc import from_pyfunc

    jax.config.update("jax_enable_x64", True)
    density, size = _density(graph, places), len(units.centre)

    def of_whitened(y: Any, centre: Any, root: Any) -> Any:
        return density(centre + root @ y)

    fixed = tuple(jax.numpy.asarray(array) for array in (units.centre, units.root))
    traced = jax.jit(jax.value_and_grad(of_whitened)).lower(np.zeros(size), *fixed)
    evaluate = traced.compile(compiler_options=OPTIONS)

    def make_density() -> Any:
        def value_and_gradient(y: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = evaluate(y, *fixed)
            return float(value), np.asarray(gradient)

        return value_and_gradient

    return from_pyfunc(
        size,
        make_density,
        lambda *seeds: lambda y: {"y": np.array(y)},
        [np.dtype("float64")],
        [(size,)],
        ["y"],
        make_initial_point_fn=lambda seed: JITTER * np.random.default_rng(seed).standard_normal(size),
    )


def _density(graph: pymc.Model, places: dict[str, slice]) -> Any:
    """Return the log density of a PyMC model as a JAX function of a flat point."""
    import pytensor
    from pymc.model.transform.optimization import freeze_dims_and_data

    # sizes must be numbers, not variables, when JAX traces the function
    graph = freeze_dims_and_data(graph)
    first = graph.initial_point()
    values = {variable.name: graph.rvs_to_values[variable] for variable in graph.free_RVs}
    shapes = {name: np.shape(first[values[name].name]) for name in places}
    inputs = [values[name] for name in places]
    translated = pytensor.function(inputs, graph.logp(), mode="JAX", on_unused_input="ignore").vm.jit_fn

    def density(point: Any) -> Any:
        parts = [point[part].reshape(shapes[name]) for name, part in places.items()]
        return translated(*parts)[0]

    return density
