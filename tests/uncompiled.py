"""A stand-in for the sampler that compiles nothing: points about where the chains would begin."""

import numpy as np
import xarray as xr

from estimator.inference.convergence import diagnose_chains

CHAINS = 4
SPREAD = 0.02
"""Sd of the points about the first one, in the units that are sampled in."""


class Uncompiled:
    """A graph of PyMC in the place of a compiled one."""

    def __init__(self, graph):
        self.graph = graph

    def with_data(self, **swapped):
        """Return the same: its data are in it already, if it is used for one set of them."""
        return self


def points(compiled, *, seed, draws, **options):
    """Return what `sample_compiled` does, unconverged: every variable of the graph at random points."""
    graph = compiled.graph
    rng = np.random.default_rng(seed)
    first = graph.initial_point()
    names = [variable.name for variable in graph.unobserved_RVs]
    evaluate = graph.compile_fn(
        graph.replace_rvs_by_values(graph.unobserved_RVs), inputs=graph.value_vars,
        mode="FAST_COMPILE", on_unused_input="ignore",
    )  # fmt: skip
    found = [
        evaluate({k: v + SPREAD * rng.standard_normal(np.shape(v)) for k, v in first.items()})
        for _ in range(draws // CHAINS * CHAINS)
    ]
    variables = {}
    for name, *values in zip(names, *found):
        table = np.stack(values).reshape(CHAINS, -1, *np.shape(values[0]))
        own = graph.named_vars_to_dims.get(name) or [f"{name} {i}" for i in range(table.ndim - 2)]
        variables[name] = (("chain", "draw", *own), table)
    used = {dim for dims, _ in variables.values() for dim in dims}
    coords = {dim: list(told) for dim, told in graph.coords.items() if dim in used and told}
    posterior = xr.Dataset(variables, coords)
    return posterior, diagnose_chains(posterior, divergences=draws)


def use(monkeypatch):
    """Sample nothing from here on: a graph takes minutes to compile, however small it is."""
    from estimator.inference import nuts

    monkeypatch.setattr(nuts, "compile_graph", Uncompiled)
    monkeypatch.setattr(nuts, "sample_compiled", points)
