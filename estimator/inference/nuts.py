"""The NUTS engine: a PyMC model, sampled by nutpie."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from estimator.inference.convergence import Diagnostics, diagnose_chains
from estimator.models.vital.surface import Surface

if TYPE_CHECKING:
    import pymc

CHAINS = 4
TUNE, TUNE_SURFACE = 800, 400
"""Draws before those kept. A vital surface is sampled in units of a rough fit: there is little to tune, and
with half of them no sample was worse."""
TARGET_ACCEPT = (0.8, 0.95, 0.99)
"""Step sizes tried in turn: shorter steps only where the first left divergences, as happens in the funnel
of the innovations' scales where counts are small."""


def sample_nuts(
    surface: Surface,
    *,
    seed: int | np.random.SeedSequence,
    draws: int = 3000,
    progress: bool = False,
) -> tuple[xr.Dataset, Diagnostics]:
    """Sample the PyMC model of a surface: four chains, ``draws`` kept in all.

    Returns the free variables, dims (chain, draw, …), and R-hat, bulk and tail ESS and divergences. The
    same seed on the same machine gives the same digits, with a cold or a warm compile cache.
    """
    from estimator.models.vital.graph import build_vital

    compiled = compile_graph(build_vital(surface))
    return sample_compiled(compiled, seed=seed, draws=draws, tune=TUNE_SURFACE, progress=progress)


def compile_graph(graph: pymc.Model) -> Any:
    """Compile a PyMC model for `sample_compiled`; its `pm.Data` may be swapped with `with_data`."""
    import nutpie
    import pytensor

    # with fast maths a cached and a fresh compilation differ in the last digits for the same seed
    with pytensor.config.change_flags(numba__fastmath=False), quiet_compilation():
        return nutpie.compile_pymc_model(graph, backend="numba")


def sample_compiled(
    compiled: Any,
    *,
    seed: int | np.random.SeedSequence,
    draws: int,
    tune: int = TUNE,
    target_accept: tuple[float, ...] = TARGET_ACCEPT,
    undiagnosed: tuple[str, ...] = (),
    progress: bool = False,
) -> tuple[xr.Dataset, Diagnostics]:
    """Sample a compiled model with four chains, as `run_chains` does, and measure its convergence.

    ``undiagnosed`` are deterministic variables whose R-hat and ESS are not computed: they may be constant.
    """
    posterior, statistics = run_chains(
        compiled, seed=seed, draws=draws, tune=tune, target_accept=target_accept, progress=progress
    )
    diagnosed = posterior.drop_vars(undiagnosed, errors="ignore")
    diagnostics = diagnose_chains(diagnosed, divergences=int(statistics["diverging"].sum()))
    return posterior, replace(diagnostics, sample_stats=statistics)


def run_chains(
    compiled: Any,
    *,
    seed: int | np.random.SeedSequence,
    draws: int,
    tune: int,
    target_accept: tuple[float, ...],
    progress: bool = False,
) -> tuple[xr.Dataset, xr.Dataset]:
    """Run four chains of a compiled model; return the draws and the sampler's statistics of each.

    Acceptance targets are tried in turn while there are divergences.
    """
    import nutpie

    number = int(np.random.default_rng(seed).integers(2**31))
    for acceptance in target_accept:
        # the chains have the cores: threads of a small matrix product would take them away
        with threadpool_limits(limits=1, user_api="blas"):
            tree = nutpie.sample(
                compiled,
                draws=draws // CHAINS,
                tune=tune,
                chains=CHAINS,
                # more at once than cores take as many CPU seconds and longer
                cores=min(CHAINS, os.cpu_count() or 1),
                seed=number,
                progress_bar=progress,
                target_accept=acceptance,
                # twice the effective samples a second of the default on this posterior (docs/speed.md)
                adaptation="draw_diag",
            )
        if not tree["sample_stats"]["diverging"].any():
            break
    posterior = tree["posterior"].to_dataset().reset_coords(drop=True)
    return posterior, _sample_stats(tree["sample_stats"].to_dataset())


STATISTICS = {
    "mean_tree_accept": "acceptance_rate", "diverging": "diverging", "energy": "energy", "logp": "lp",
    "depth": "tree_depth", "n_steps": "n_steps", "step_size": "step_size",
}  # fmt: skip
"""nutpie's names of the statistics that are kept, and ArviZ's."""


def _sample_stats(recorded: xr.Dataset) -> xr.Dataset:
    there = {name: ours for name, ours in STATISTICS.items() if name in recorded}
    return recorded[list(there)].rename(there).reset_coords(drop=True)


@contextmanager
def quiet_compilation() -> Iterator[None]:
    """Hide three complaints of PyTensor about itself, none of which changes a model.

    PyMC's own MatrixNormal calls a function that has moved; and a rewrite of indices beyond 127 that
    were typed as eight bits fails with a logged traceback, and is then left out. JAX has no place for
    checks of parameters, such as that a scale is positive, which hold by construction.
    """
    logger = logging.getLogger("pytensor.graph.rewriting.basic")
    level = logger.level
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="pytensor.tensor.linalg.trace is deprecated")
        warnings.filterwarnings("ignore", message="Skipping .* as JAX tracing would remove it")
        logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            logger.setLevel(level)
