"""Fit the registry model: sample, test convergence, and draw the war dead."""

from typing import Any

import numpy as np
import xarray as xr

from estimator.data.periods import DAY, period_index, period_start
from estimator.errors import DataError
from estimator.estimate.described import software
from estimator.estimate.estimate import Estimate, join_bands
from estimator.inference.convergence import ESS_LIMIT, Diagnostics, check_convergence
from estimator.models.registry.arrays import RegistryData
from estimator.models.registry.model import RegistryModel

ACCEPT = (0.9, 0.97)
KEPT = (
    "capture", "civilian_delay", "military_delay", "log_sex_ratio", "war_dead", "war_cases",
    "civilian_men", "civilian_seen", "military_seen", "level_sd", "slope_sd",
    "damping", "transient_sd", "shared", "season", "season_of_young", "capture_mean",
    "capture_spread", "war_step_sd", "war_drift_sd", "women_step_sd", "cell_shock_sd",
)  # fmt: skip
"""Variables that an estimate keeps of its posterior."""


def fit_registry(
    model: RegistryModel,
    *,
    seed: int,
    draws: int,
    minimum_ess: int | None = None,
    allow_unconverged: bool = False,
    progress: bool = False,
    compiled: Any = None,
) -> Estimate:
    """Fit a registry model with NUTS and return the war dead by age and period.

    Parameters
    ----------
    model : RegistryModel
        The specification.
    seed, draws, minimum_ess, allow_unconverged, progress
        As for `estimator.fit`.
    compiled : nutpie model, optional
        The compiled graph of a model with the same ages and periods, whose data are swapped: what a
        study of many registries saves its time by.

    Raises
    ------
    ConvergenceError
        If the sample does not pass and `allow_unconverged` is false.
    """
    from dataclasses import replace

    data = model.arrays()
    if compiled is None:
        compiled = compile_registry(data)
    else:
        compiled = compiled.with_data(**data_containers(data))
    first, second = np.random.SeedSequence(seed).spawn(2)
    posterior, diagnostics = sample_registry(compiled, seed=first, draws=draws, progress=progress)
    diagnostics = replace(diagnostics, minimum_ess=minimum_ess or ESS_LIMIT)
    check_convergence(diagnostics, allow_unconverged=allow_unconverged)
    return Estimate(
        draws=xr.Dataset({"excess": draw_war_dead(posterior, data, np.random.default_rng(second))}),
        unit="war dead",
        diagnostics=diagnostics.to_dict(),
        provenance={
            **model.specification(), "engine": "nuts", "seed": seed, "draws": draws,
            "versions": software(),
        },
        years=tuple(sorted({int(str(day)[:4]) for day in data.war_periods.astype("datetime64[D]")})),
        ages=join_bands(data.target),
        posterior=posterior,
        dates=_dates(data),
        sample_stats=diagnostics.sample_stats,
        observations=cases_fitted(data, posterior),
    )  # fmt: skip


def compile_registry(data: RegistryData) -> Any:
    """Compile the graph of a registry's arrays.

    Parameters
    ----------
    data : RegistryData
        As `RegistryModel.arrays` gives it.
    """
    from estimator.inference.nuts import compile_graph, quiet_compilation
    from estimator.models.registry.graph import build_registry

    with quiet_compilation():
        graph = build_registry(data)
    return compile_graph(graph)


def sample_registry(
    compiled: Any, *, seed: int | np.random.SeedSequence, draws: int, progress: bool = False
) -> tuple[xr.Dataset, Diagnostics]:
    """Sample a compiled graph of a registry.

    Parameters
    ----------
    compiled : nutpie model
        As `compile_registry` returns it, its data swapped or not.
    seed, draws, progress
        As for `estimator.fit`.

    Returns
    -------
    Dataset
        Those of `KEPT` that the graph has, dims (chain, draw, …).
    Diagnostics
        Of all variables, kept or not.
    """
    from estimator.inference.nuts import sample_compiled

    posterior, diagnostics = sample_compiled(
        compiled,
        seed=seed,
        draws=draws,
        target_accept=ACCEPT,
        progress=progress,
        undiagnosed=("civilian_seen", "military_seen"),
    )
    return posterior[[name for name in KEPT if name in posterior]], diagnostics


def data_containers(data: RegistryData) -> dict[str, np.ndarray]:
    """Return the counts of a registry by the names under which the graph holds them.

    Parameters
    ----------
    data : RegistryData
        Of the same ages and periods as the graph.
    """
    from estimator.models.registry.graph import initial_ratio

    targets = len(data.target)
    matched = data.matched
    centre, root = initial_ratio(data)
    found: dict[str, Any] = {
        "baseline_cases": data.base_men + data.base_women,
        "baseline_men_cases": data.base_men,
        "women_counts": data.women,
        "men_counts": data.men_by_cell,
        "sampled": matched.sampled,
        "found_counts": matched.found,
        "identified": data.identified,
        "ratio_centre": centre,
        "ratio_root": root,
    }
    if data.control:
        found["control_counts"] = data.men[targets:]
    if not data.settled:
        found["split_counts"], found["visible_civilian"] = data.civilians_by_cell, data.usual
    if matched.unknown_age is not None and targets == len(matched.data):
        found["found_unknown_age_count"], found["sampled_unknown_age"] = matched.unknown_age
    return {name: np.asarray(values) for name, values in found.items()}


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
    found = rng.binomial(data.men_by_cell.astype(int), share)
    opened = np.zeros((*military.shape[:2], 1, dead.shape[-1]))
    drawn = np.zeros(dead.shape)
    for period in range(dead.shape[-1]):
        inside = data.cell_period == period
        drawn[..., period] = found[..., inside].sum(-1)
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


def refuse_engine(engine: str | None) -> None:
    """Refuse an engine that the registry route does not have.

    Raises
    ------
    DataError
        If it is neither None nor ``"nuts"``.
    """
    if engine not in (None, "nuts"):
        raise DataError(f"the registry route has the engine 'nuts', not {engine!r}.")
