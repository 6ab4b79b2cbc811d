"""The NUTS engine: the PyMC model, sampled by nutpie."""

from __future__ import annotations

import warnings

import numpy as np
import xarray as xr

from estimator.inference.convergence import Diagnostics, diagnose_chains
from estimator.models.vital import Surface

CHAINS = 4
TUNE = 800
TARGET_ACCEPT = (0.95, 0.99)
"""Step sizes tried in turn: shorter steps only where the first left divergences, as happens in the funnel
of the innovations' scales where counts are small."""


def sample_nuts(
    surface: Surface,
    *,
    seed: int | np.random.SeedSequence,
    draws: int = 3000,
    progress: bool = False,
) -> tuple[xr.Dataset, Diagnostics]:
    """Sample the PyMC model of a surface.

    Parameters
    ----------
    surface : Surface
        What is observed and asked for.
    seed : int or SeedSequence
        Same seed, same machine: same digits, with a cold or a warm compile cache.
    draws : int
        Draws kept, all four chains together.
    progress : bool
        Whether to show nutpie's progress bar.

    Returns
    -------
    Dataset
        The free variables, dims (chain, draw, …).
    Diagnostics
        R-hat, bulk and tail ESS, divergences.
    """
    import nutpie
    import pytensor

    from estimator.models.vital_graph import build_vital

    # with fast maths a cached and a fresh compilation differ in the last digits for the same seed
    with pytensor.config.change_flags(numba__fastmath=False), warnings.catch_warnings():
        # PyMC's own MatrixNormal calls a function that PyTensor has moved
        warnings.filterwarnings("ignore", message="pytensor.tensor.linalg.trace is deprecated")
        compiled = nutpie.compile_pymc_model(build_vital(surface), backend="numba")
    number = int(np.random.default_rng(seed).integers(2**31))
    for target_accept in TARGET_ACCEPT:
        tree = nutpie.sample(
            compiled,
            draws=draws // CHAINS,
            tune=TUNE,
            chains=CHAINS,
            seed=number,
            progress_bar=progress,
            target_accept=target_accept,
            # twice the effective samples a second of the default on this posterior (docs/speed.md)
            adaptation="draw_diag",
        )
        divergences = int(tree["sample_stats"]["diverging"].sum())
        if divergences == 0:
            break
    posterior = tree["posterior"].to_dataset().reset_coords(drop=True)
    return posterior, diagnose_chains(posterior, divergences=divergences)
