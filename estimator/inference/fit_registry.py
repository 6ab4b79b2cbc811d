"""Fit the registry model: sample, test convergence, and draw the war dead."""

from dataclasses import replace

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from estimator.data.periods import DAY, period_index, period_start
from estimator.errors import DataError
from estimator.estimate.described import software
from estimator.estimate.estimate import Estimate, join_bands
from estimator.inference.convergence import ESS_LIMIT, Diagnostics, check_convergence, diagnose_chains
from estimator.inference.nuts_jax import compile_whitened, jax_is_there
from estimator.inference.registry_batches import Batches
from estimator.inference.registry_engine import (
    BATCHES,
    labelled,
    named,
    prepared,
    reported,
    sample_fast,
    warm_up,
)
from estimator.models.registry.arrays import RegistryData
from estimator.models.registry.model import RegistryModel
from estimator.progress import progress_bar

DRAWS = 3000
ACCEPT, ACCEPT_WHITENED = (0.9, 0.97), (0.93, 0.99)
"""Acceptance targets tried in turn while there are divergences. In the fast engine's units 0.8 takes half the
steps, 15 a draw, but one divergence in thousands of draws has all of them sampled again."""
TUNE_WHITENED = 200
"""Draws before those kept where the units are the fast engine's: there is little to tune."""
WITHOUT_JAX = 'compiling with numba: minutes (seconds with JAX: install the extra "jax")'
KEPT = (
    "capture", "civilian_delay", "military_delay", "log_sex_ratio", "war_dead", "war_cases",
    "civilian_men", "civilian_seen", "military_seen", "level_sd", "slope_sd", "damping", "transient_sd",
    "shared", "season", "season_of_young", "follow_up", "capture_mean", "capture_spread", "war_step_sd",
    "war_persistence", "war_drift_sd", "women_step_sd", "cell_shock_sd", "weekly_shock_sd",
)  # fmt: skip
"""Variables that an estimate keeps of its posterior."""


def fit_registry(
    model: RegistryModel,
    *,
    engine: str | None = None,
    seed: int,
    draws: int | None = None,
    minimum_ess: int | None = None,
    allow_unconverged: bool = False,
    progress: bool = False,
) -> Estimate:
    """Fit a registry model and return the war dead by age and period; arguments as for `estimator.fit`.

    Raises `ConvergenceError` if the sample does not pass, and `DataError` if the route lacks the engine.
    """
    data = model.arrays()
    engine = engine or "hmc"
    if engine not in ("hmc", "nuts"):
        raise DataError(f"the registry route has the engines 'hmc' and 'nuts', not {engine!r}.")
    draws = draws or DRAWS
    first, second = np.random.SeedSequence(seed).spawn(2)
    sampler = {"engine": engine}
    if engine == "nuts":
        sampler["compiler"] = "jax" if jax_is_there() else "numba"
        sample = {"jax": sample_with_jax, "numba": sample_with_numba}[sampler["compiler"]]
        posterior, diagnostics = sample(data, seed=first, draws=draws, progress=progress)
        diagnostics = replace(diagnostics, minimum_ess=minimum_ess or ESS_LIMIT)
    else:
        posterior, diagnostics = sample_fast(
            data, seed=first, draws=draws, minimum_ess=minimum_ess or ESS_LIMIT
        )
    check_convergence(diagnostics, allow_unconverged=allow_unconverged)
    return Estimate(
        draws=xr.Dataset({"excess": draw_war_dead(posterior, data, np.random.default_rng(second))}),
        unit="war dead",
        diagnostics=diagnostics.to_dict(),
        provenance={
            **model.specification(), **sampler, "seed": seed, "draws": draws, "versions": software(),
        },
        years=tuple(sorted({int(str(day)[:4]) for day in data.war_periods.astype("datetime64[D]")})),
        ages=join_bands(data.target),
        posterior=posterior[[name for name in KEPT if name in posterior]],
        dates=_dates(data),
        sample_stats=diagnostics.sample_stats,
        observations=cases_fitted(data, posterior),
    )  # fmt: skip


def sample_with_jax(
    data: RegistryData, *, seed: np.random.SeedSequence, draws: int, progress: bool = False
) -> tuple[xr.Dataset, Diagnostics]:
    """Sample the PyMC graph in the units of the fast engine: seconds to compile, few steps a draw.

    What is sampled is the graph's density; scales and quantities at its draws are evaluated in NumPy. Those
    that a report shows are diagnosed, as for the fast engine.
    """
    from estimator.inference.nuts import quiet_compilation, run_chains
    from estimator.models.registry.graph import build_registry

    begun, sampled = seed.spawn(2)
    with threadpool_limits(limits=1, user_api="blas"):
        with Batches(BATCHES) as batches:
            kernel, units = prepared(data)
            units = warm_up(batches, kernel, units, begun)
        with progress_bar("compiling with JAX", shown=progress), quiet_compilation():
            compiled = compile_whitened(build_registry(data, kernel.units), kernel.at, units)
        drawn, statistics = run_chains(
            compiled, seed=sampled, draws=draws, tune=TUNE_WHITENED, target_accept=ACCEPT_WHITENED,
            progress=progress,
        )  # fmt: skip
        points = units.points(drawn["y"].values)
        quantities = [kernel.density_and_quantities(points[:, i])[1] for i in range(points.shape[1])]
    posterior = labelled(named(kernel.by_name(points, quantities)), data)
    lost = int(statistics["diverging"].sum())
    return posterior, replace(diagnose_chains(reported(posterior), divergences=lost), sample_stats=statistics)


def sample_with_numba(
    data: RegistryData, *, seed: np.random.SeedSequence, draws: int, progress: bool = False
) -> tuple[xr.Dataset, Diagnostics]:
    """Compile the PyMC graph, which takes minutes, and sample it with NUTS.

    All of its variables are diagnosed, but for shares seen of a cell, which may be constant.
    """
    from estimator.inference import nuts
    from estimator.models.registry.graph import build_registry

    with progress_bar(WITHOUT_JAX, shown=progress):
        with nuts.quiet_compilation():
            graph = build_registry(data)
        compiled = nuts.compile_graph(graph)
    return nuts.sample_compiled(
        compiled,
        seed=seed,
        draws=draws,
        target_accept=ACCEPT,
        progress=progress,
        undiagnosed=("civilian_seen", "military_seen"),
    )


def draw_war_dead(posterior: xr.Dataset, data: RegistryData, rng: np.random.Generator) -> xr.DataArray:
    """Draw the number of war dead: soldiers among the cases seen, and those without a case.

    Parameters
    ----------
    posterior : xarray.Dataset
        With ``war_dead``, ``war_cases``, ``civilian_men`` (target_age, war_period),
        ``civilian_seen`` and ``military_seen`` (cell); dims (chain, draw, …).
    data : RegistryData
        The arrays.
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    DataArray, dims (chain, draw, age, period)
    """
    dims = ("chain", "draw", "target_age", "war_period")
    dead, cases, peace = (
        posterior[name].transpose(*dims).values for name in ("war_dead", "war_cases", "civilian_men")
    )
    civilian, military = (
        posterior[name].transpose("chain", "draw", "cell").values[:, :, None, :]
        for name in ("civilian_seen", "military_seen")
    )
    soldiers = cases[..., data.cell_period] * military
    share = soldiers / (soldiers + peace[..., data.cell_period] * civilian)
    among = rng.binomial(data.men_by_cell.astype(int), share)
    opened = np.zeros((*military.shape[:2], 1, dead.shape[-1]))
    drawn = np.zeros(dead.shape)
    for period in range(dead.shape[-1]):
        inside = data.cell_period == period
        drawn[..., period] = among[..., inside].sum(-1)
        opened[..., period] = military[..., inside].sum(-1)
    # an opening shock may bring the share of a period a little above 1
    unseen = np.clip(dead - cases * opened, 0, None)
    drawn += rng.poisson(unseen)
    return xr.DataArray(
        drawn,
        {
            "chain": posterior["chain"].values,
            "draw": posterior["draw"].values,
            "age": list(data.target),
            "period": data.war_periods.astype("datetime64[ns]"),
        },
        ("chain", "draw", "age", "period"),
        name="excess",
    )


def cases_fitted(data: RegistryData, posterior: xr.Dataset) -> xr.Dataset:
    """Return cases of men by age and cell of the triangle, and the war period of each cell (a position)."""
    coords = {dim: posterior[dim].values for dim in ("target_age", "cell") if dim in posterior.coords}
    cases = {"cases": (("target_age", "cell"), data.men_by_cell), "cell_period": ("cell", data.cell_period)}
    return xr.Dataset(cases, {"target_age": list(data.target)} | coords)


def _dates(data: RegistryData) -> tuple[str, str]:
    """Return the first day of the war and the last day of the last period."""
    resolution = data.resolution
    following = period_index(data.war_periods[-1], resolution) + 1
    last = period_start(np.asarray(following), resolution) - DAY
    return data.war_began.isoformat(), str(last.astype("datetime64[D]"))
