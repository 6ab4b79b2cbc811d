"""An estimate as groups that ArviZ knows: posterior, predictions, observations, log likelihood, statistics.

What a vital model is fitted to are deaths of the target sex among those of both (`observations` of the
estimate: ``deaths`` and ``both``, dim cell); of a registry model, cases of men (``cases``, dims target_age
and cell). Their log likelihood and replicates follow from these and the parameters, and are computed when
they are first needed.
"""

from typing import Any

import numpy as np
import xarray as xr
from scipy.special import expit

SAMPLE = ("chain", "draw")
GROUPS = ("posterior", "posterior_predictive", "log_likelihood", "sample_stats", "observed_data",
          "constant_data")  # fmt: skip
"""Groups of the tree, in their order; each is there if the estimate has what it needs."""
REPLICATES = 2000
"""Draws of a chain that have replicates of the data: more show nothing more."""


def target_dims(cells: xr.Dataset) -> xr.Dataset:
    """Return cells whose age is called ``target_age`` and so on: parameters have more ages and periods."""
    return cells.rename({dim: f"target_{dim}" for dim in cells.dims if dim not in SAMPLE})


def groups_of(
    quantity: xr.DataArray,
    draws: xr.Dataset,
    parameters: xr.Dataset | None,
    observations: xr.Dataset | None,
    sample_stats: xr.Dataset | None,
    seed: int,
) -> dict[str, xr.Dataset]:
    """Return the groups of a tree by name; ``seed`` is that of the replicates."""
    drawn = [name for name, cells in draws.items() if set(SAMPLE) <= {*cells.dims}]
    posterior = xr.Dataset() if parameters is None else parameters
    fixed = [name for name in draws if name not in drawn]
    groups = {
        "posterior": posterior.merge(target_dims(draws[drawn].assign({str(quantity.name): quantity}))),
        "observed_data": target_dims(draws[fixed]),
    }
    if sample_stats is not None:
        groups["sample_stats"] = sample_stats
    if observations is not None and parameters is not None:
        groups |= _checked(parameters, observations, np.random.default_rng([seed, 1]))
        groups["observed_data"] = groups["observed_data"].merge(groups.pop("counts"))
    return {name: groups[name] for name in GROUPS if name in groups and groups[name].data_vars}


def _checked(
    parameters: xr.Dataset, observations: xr.Dataset, rng: np.random.Generator
) -> dict[str, xr.Dataset]:
    """Return counts and constants of the likelihood, its logarithm by draw and cell, and replicates."""
    name = "deaths" if "deaths" in observations else "cases"
    template = _ratio(parameters, observations) if name == "deaths" else _mean(parameters, observations)
    distribution = _law(template, observations)
    counts = observations[name]
    log_likelihood = distribution.logpmf(counts.values).astype(np.float32)
    few = template.isel(draw=slice(0, REPLICATES))
    replicates = _law(few, observations).rvs(size=few.shape, random_state=rng).astype(np.int32)
    return {
        "log_likelihood": template.copy(data=log_likelihood).to_dataset(name=name),
        "posterior_predictive": few.copy(data=replicates).to_dataset(name=name),
        "counts": counts.to_dataset(),
        "constant_data": observations.drop_vars(name),
    }


def _law(template: xr.DataArray, observations: xr.Dataset) -> Any:
    """Return the law of deaths given their log sex ratio, or of cases given their mean."""
    from scipy.stats import binom, poisson  # half a second, which a report without files need not wait

    if "both" in observations:
        return binom(observations["both"].values.astype(int), expit(template.values))
    return poisson(template.values)


def _ratio(parameters: xr.Dataset, observations: xr.Dataset) -> xr.DataArray:
    """Return draws of the log sex ratio by cell."""
    chosen = {
        name: observations[f"cell_{name}"]
        for name in ("age", "period", "region")
        if f"cell_{name}" in observations
    }
    ratio = parameters["log_sex_ratio"].sel(chosen).reset_coords(drop=True)
    return ratio.assign_coords(cell=observations["cell"]).transpose(*SAMPLE, "cell")


def _mean(parameters: xr.Dataset, observations: xr.Dataset) -> xr.DataArray:
    """Return draws of the expected cases of men by age and cell."""
    at = {"war_period": observations["cell_period"]}
    peace, war = (parameters[name].isel(at).reset_coords(drop=True) for name in ("civilian_men", "war_cases"))
    mean = peace * parameters["civilian_seen"] + war * parameters["military_seen"]
    return mean.transpose(*SAMPLE, *observations["cases"].dims)
