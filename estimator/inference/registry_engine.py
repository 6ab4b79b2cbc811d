"""The registry route's engine: many short chains on the NumPy kernel, lengthened until they pass."""

from dataclasses import replace
from operator import methodcaller

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from estimator.inference.convergence import ESS_LIMIT, RHAT_LIMIT, Diagnostics, diagnose_groups
from estimator.inference.hmc import Gaussian, curvature, find_mode, lengthen
from estimator.inference.registry_batches import Batches
from estimator.inference.registry_chains import RegistryChains
from estimator.inference.registry_kernel import RegistryKernel
from estimator.inference.registry_units import SCALES, above_floors, refined
from estimator.models.registry.arrays import RegistryData
from estimator.models.registry.preconditioner import Preconditioner
from estimator.models.registry.priors import WAR_PERSISTENCE

BATCHES, CHAINS = 2, 32
"""Batches, each in a process of its own, and the chains of each, which move together: half of what a gradient
costs a chain in a batch of 16 is the interpreter's, a third in one of 32, and 64 chains may be as short as 32
draws."""
WARM = (15, 25, 10)
"""Trajectories that find the step, measure the spread of all chains, and find the step again."""
SHORT, MEDIUM = 1.2, 2.0
"""Lengths of trajectories while the step is found, and while the spread is measured."""
ROUNDS = 30
"""Rounds before a sample is given up: the first of the draws asked for, the others of a quarter as many."""
HARD = (
    (*SCALES, "capture_free"), ("war_free", "military_delay_free"), ("war_profile_free", "war_drift_free"),
)  # fmt: skip
"""Variables whose spread the curvature at the mode gets wrong: their scale is measured from chains. First in
blocks, since the fewer directions there are, the smaller the spread that noise cannot make; then together."""
STARTS = {
    "cell_shock_sd": -3.0, "women_step_sd": -2.7, "capture_spread": -0.7,
    "war_step_sd": -1.2, "war_persistence": WAR_PERSISTENCE[0], "war_drift_scale": 0.1,
    "weekly_shock_scale": 0.025,
}  # fmt: skip
"""Where the search for the mode begins; the ratio's scales at prior medians, others at the first guess from
counts."""
DIMS = {
    "log_sex_ratio": ("age", "period"), "capture": ("matched_age",), "season": ("harmonic",),
    "season_of_young": ("harmonic",), "military_delay": ("delay",), "civilian_delay": ("delay",),
    "civilian_seen": ("cell",), "military_seen": ("cell",),
} | dict.fromkeys(("war_cases", "war_dead", "civilian_men"), ("target_age", "war_period"))  # fmt: skip


def sample_fast(
    data: RegistryData,
    *,
    seed: int | np.random.SeedSequence,
    draws: int,
    minimum_ess: int = ESS_LIMIT,
    largest_rhat: float = RHAT_LIMIT,
) -> tuple[xr.Dataset, Diagnostics]:
    """Sample a registry model without PyMC; return the posterior and its diagnostics.

    At least `draws` draws are taken, and more until R-hat and effective sample sizes pass: of the scales, of
    capture, of delays, of the sex ratio, and of the expected dead by age, by period and in all.
    """
    with threadpool_limits(limits=1, user_api="blas"), Batches(BATCHES) as batches:
        warm_up(batches, *prepared(data), seed)
        length = -(-draws // (BATCHES * CHAINS))

        def judge(kept: list[xr.Dataset], lost: int) -> tuple[xr.Dataset, Diagnostics]:
            posterior = xr.concat(kept, dim="draw") if len(kept) > 1 else kept[0]
            measures = diagnose_groups(reported(posterior), divergences=lost)
            return posterior, replace(measures, minimum_ess=minimum_ess, largest_rhat=largest_rhat)

        posterior, measures = lengthen(
            lambda number: _draw(batches, number), judge, [batches],
            first=length, later=-(-length // 4), rounds=ROUNDS,
        )  # fmt: skip
    return labelled(posterior, data), measures


def start_point(kernel: RegistryKernel) -> np.ndarray:
    """Return the point from which the mode is looked for."""
    point = np.zeros(kernel.size)
    point[:5] = kernel.ratio.locations
    for name, value in STARTS.items():
        if name in kernel.at:
            point[kernel.at[name]] = value
    return point


def prepared(data: RegistryData) -> tuple[RegistryKernel, Gaussian]:
    """Return the kernel in refined units, and a Gaussian about its mode."""
    kernel = RegistryKernel(data, Preconditioner.of(data))
    mode = above_floors(kernel, find_mode(kernel, start_point(kernel))[0])
    kernel = RegistryKernel(data, refined(kernel, mode, curvature(kernel, mode)))
    start = np.zeros(kernel.size)
    for name in SCALES:
        if name in kernel.at and not name.endswith("_free"):
            start[kernel.at[name]] = mode[kernel.at[name]]
    return kernel, Gaussian.at(*find_mode(kernel, start))


def warm_up(
    batches: Batches, kernel: RegistryKernel, units: Gaussian, seed: int | np.random.SeedSequence
) -> Gaussian:
    """Begin chains, find their step, and stretch their units to the spread of all; return these units."""
    rngs = np.random.default_rng(seed).spawn(BATCHES)
    batches.take([RegistryChains(kernel, units, CHAINS, rng) for rng in rngs])
    find_step, measured, find_again = WARM
    batches.call(methodcaller("run", find_step, path=SHORT, adapt=True))
    places = np.concatenate(batches.call(methodcaller("run", measured, path=MEDIUM)))
    later = places[:, measured // 5 :].reshape(-1, kernel.size)
    for names in (*HARD, sum(HARD, ())):
        hard = [part for name, part in kernel.at.items() if name in names]
        rows = np.concatenate([np.arange(part.start, part.stop) for part in hard])
        units, change = units.stretched(later, rows, limit=1.5)
        later = change(later)
    batches.call(methodcaller("change_units", units))
    batches.call(methodcaller("run", find_again, path=SHORT, adapt=True))
    batches.step = batches.step  # the mean of all: a sample has one
    return units


def _draw(batches: Batches, length: int) -> xr.Dataset:
    """Return draws of all variables that an estimate keeps, dims (chain, draw, ...)."""
    drawn = batches.call(methodcaller("draw", length))
    return named({name: np.concatenate([one[name] for one in drawn]) for name in drawn[0]})


def named(draws: dict[str, np.ndarray]) -> xr.Dataset:
    """Return draws by name, axes chain, draw and any others, with names of their axes."""
    return xr.Dataset(
        {name: (("chain", "draw", *DIMS.get(name, ())), value) for name, value in draws.items()}
    )


def labelled(posterior: xr.Dataset, data: RegistryData) -> xr.Dataset:
    """Return a posterior with the labels of ages, periods and cells, and numbers of chains and draws."""
    labels = data.coords() | {name: np.arange(posterior.sizes[name]) for name in ("chain", "draw")}
    return posterior.assign_coords({str(dim): labels[str(dim)] for dim in posterior.dims})


def reported(posterior: xr.Dataset) -> xr.Dataset:
    """Return what must have converged: what a report prints or a reader is shown."""
    dead = posterior["war_dead"]
    large = ("war_dead", "war_cases", "civilian_men", "civilian_seen", "military_seen")
    return posterior.drop_vars((*large, "log_sex_ratio")).assign(
        log_sex_ratio_last=posterior["log_sex_ratio"].isel(period=-1),
        dead_by_age=dead.sum("war_period"),
        dead_by_period=dead.sum("target_age"),
        dead=dead.sum(("target_age", "war_period")),
    )
