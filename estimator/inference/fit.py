"""Fit a model: build, sample, test convergence, and return an estimate."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from estimator.errors import DataError
from estimator.estimate.described import software
from estimator.estimate.estimate import Estimate, join_bands
from estimator.inference.convergence import ESS_LIMIT, Diagnostics, check_convergence
from estimator.inference.fit_registry import fit_registry
from estimator.inference.marginal import copies_together
from estimator.inference.regional import fit_regional
from estimator.models.regional.model import RegionalModel
from estimator.models.registry.model import RegistryModel
from estimator.models.vital.model import VitalModel
from estimator.models.vital.surface import Surface, draw_counterfactual, observed_counts

Engine = Literal["marginal", "hmc", "nuts"]
DRAWS = {"marginal": 20_000, "regions": 2000, "nuts": 6000}
"""Draws by engine. Of one table 20,000 cost a second more than 2,000 and steady bounds to about half a per
cent of their distance; of many regions they would fill the memory."""


def fit(
    model: VitalModel | RegionalModel | RegistryModel,
    *,
    engine: Engine | None = None,
    seed: int,
    draws: int | None = None,
    minimum_ess: int | None = None,
    allow_unconverged: bool = False,
    progress: bool = False,
) -> Estimate:
    """Fit a model and return its estimate.

    `RegionalModel` fits all regions at once. A `VitalModel` of counts by region fits each on its own, with
    its own hyperparameters; draws of different regions are then independent, so an interval for their sum
    leaves common shocks out.

    Parameters
    ----------
    model : VitalModel, RegionalModel or RegistryModel
        The specification.
    engine : {"marginal", "hmc", "nuts"}, optional
        ``"marginal"``, the default of `VitalModel`, integrates the states out and weights by
        importance: seconds, no compilation.
        ``"hmc"``, the default of `RegistryModel`, runs many short Hamiltonian chains on the same density
        in NumPy, and lengthens them until they pass: seconds, no compilation.
        ``"nuts"`` samples the PyMC model of either; it targets the same posterior.
    seed : int
        Same seed, same machine: same digits.
    draws : int, optional
        Posterior draws kept. Unless given: 20,000 for the marginal engine (2,000 of each region where
        counts are by region), 6,000 for NUTS, 3,000 for the registry
        route, whose default engine takes more if it needs them.
    minimum_ess : int, optional
        Effective sample size that a sample must reach to pass, `convergence.ESS_LIMIT` unless given.
        Studies of many small fits ask for less.
    allow_unconverged : bool
        Return a sample that failed its convergence test; it and its reports are marked.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Estimate
        Excess over (age, period[, region]); war dead of the registry route.

    Raises
    ------
    ConvergenceError
        If the sample does not pass and `allow_unconverged` is false.
    DataError
        If the engine is unknown or the number of draws is too small to summarise.
    """
    if not isinstance(model, RegistryModel | RegionalModel | VitalModel):
        raise DataError(
            f"fit: {type(model).__name__} is no model. Give one, such as VitalModel(counts, periods)."
        )
    if isinstance(model, RegistryModel):
        return fit_registry(
            model, engine=engine, seed=seed, draws=draws and _number(draws, draws),
            minimum_ess=minimum_ess, allow_unconverged=allow_unconverged, progress=progress,
        )  # fmt: skip
    if isinstance(model, RegionalModel):
        if engine not in (None, "marginal"):
            raise DataError(
                f"engine {engine!r}: all regions at once have the marginal engine alone. Leave engine out; "
                "for NUTS on a few regions, sample RegionalModel.build(nation)."
            )
        estimate = fit_regional(
            model, seed=seed, draws=_number(draws, DRAWS["regions"]), minimum_ess=minimum_ess,
            allow_unconverged=allow_unconverged, progress=progress,
        )  # fmt: skip
        return replace(estimate, observations=counts_fitted(model.nation))
    engine = engine or "marginal"
    if engine not in ("marginal", "nuts"):
        raise DataError(f"engine must be 'marginal' or 'nuts', got {engine!r}.")
    number = _number(draws, DRAWS["regions" if engine == "marginal" and model.counts.has_regions else engine])
    regions = model.counts.regions or (None,)
    seeds = np.random.SeedSequence(seed).spawn(2 * len(regions))
    parts: list[Any] = []
    posteriors: list[Any] = []
    statistics: list[Any] = []
    fits = []
    for i, region in enumerate(regions):
        surface = model.surface(region)
        posterior, diagnostics = _sample(
            surface, engine, seeds[2 * i], number, minimum_ess or ESS_LIMIT, progress
        )
        check_convergence(diagnostics, allow_unconverged=allow_unconverged)
        rng = np.random.default_rng(seeds[2 * i + 1])
        drawn = _draws_of(posterior, model, surface, region, rng), posterior, diagnostics.sample_stats
        for part, kept in zip(drawn, (parts, posteriors, statistics)):
            kept.append(copies_together(part, diagnostics))
        fits.append(diagnostics)
    regions = model.counts.regions
    return Estimate(
        draws=_joined(parts, regions),
        unit=model.counts.unit,
        diagnostics=worst_of(fits).to_dict(),
        provenance=_provenance(model, engine, seed, number),
        years=model.periods.target,
        ages=join_bands(model.target_labels),
        posterior=_joined(posteriors, regions),
        sample_stats=None if any(one is None for one in statistics) else _joined(statistics, regions),
        observations=counts_fitted(model),
    )


def _joined(parts: list[xr.Dataset], regions: tuple[str, ...]) -> xr.Dataset:
    """Return the draws of one fit, or those of regions along a dim of that name."""
    if not regions:
        return parts[0]
    return xr.concat(parts, dim="region", join="exact").assign_coords(region=list(regions))


def _number(draws: int | None, usual: int) -> int:
    number = usual if draws is None else draws
    if number < 100:
        raise DataError(f"draws must be at least 100 for a 95% interval, got {number}.")
    return number


def _sample(
    surface: Surface,
    engine: str,
    seed: np.random.SeedSequence,
    draws: int,
    minimum_ess: int,
    progress: bool,
) -> tuple[xr.Dataset, Diagnostics]:
    if engine == "nuts":
        from estimator.inference.nuts import sample_nuts

        posterior, diagnostics = sample_nuts(surface, seed=seed, draws=draws, progress=progress)
        return posterior, replace(diagnostics, minimum_ess=minimum_ess)
    from estimator.inference.marginal import sample_marginal

    return sample_marginal(surface, seed=seed, draws=draws, minimum_ess=minimum_ess, progress=progress)


@threadpool_limits.wrap(limits=1, user_api="blas")  # the same digits on any number of cores
def _draws_of(
    posterior: xr.Dataset,
    model: VitalModel,
    surface: Surface,
    region: str | None,
    rng: np.random.Generator,
) -> xr.Dataset:
    observed = observed_counts(surface)
    parts = {
        "counterfactual": draw_counterfactual(posterior["log_sex_ratio"], surface, rng=rng),
        "observed": observed,
    }
    counts = model.counts
    if counts.has_population:
        cells = {
            "sex": model.target_sex,
            "age": observed["age"],
            "period": observed["period"],
        }
        place = {"region": region} if region else {}
        parts["population"] = counts.data["population"].sel(cells | place).reset_coords(drop=True)
    return xr.Dataset(parts)


def counts_fitted(model: VitalModel) -> xr.Dataset:
    """Return deaths of the target sex and of both, dim cell, of each age, year and region with a likelihood.

    Ages, years and regions of the cells are ``cell_age``, ``cell_period`` and ``cell_region``.
    """
    regions = model.counts.regions or (None,)
    return xr.concat([_of_region(model, region) for region in regions], dim="cell")


def _of_region(model: VitalModel, region: str | None) -> xr.Dataset:
    surface = model.surface(region)
    ages, years = (
        np.asarray(labels)[at]
        for labels, at in zip((surface.ages, surface.years), np.nonzero(surface.observed))
    )
    prefix = f"{region} " if region else ""
    men, women = surface.target[surface.observed], surface.control[surface.observed]
    cells = {"deaths": men, "both": men + women, "cell_age": ages, "cell_period": years}
    cells |= {"cell_region": np.full(len(ages), region)} if region else {}
    labels = [f"{prefix}{age} {year}" for age, year in zip(ages, years)]
    return xr.Dataset({name: ("cell", values) for name, values in cells.items()}, {"cell": labels})


def worst_of(fits: list[Diagnostics]) -> Diagnostics:
    """Return the diagnostics of the fit that is furthest from passing."""

    def badness(one: Diagnostics) -> tuple[int, float, float]:
        return len(one.problems()), one.pareto_k or one.max_rhat or 0.0, -(one.min_ess_bulk or 0.0)

    return max(fits, key=badness)


def _provenance(model: VitalModel, engine: str, seed: int, draws: int) -> dict[str, Any]:
    return {
        **model.specification(),
        "engine": engine,
        "seed": seed,
        "draws": draws,
        "versions": software(),
    }
