"""Sample models with NUTS, to compare other engines with: ``python -m tests.record_reference [model ...]``.

The files summarise 6,000 draws of 4 chains of each. With the extra ``jax`` it takes some minutes, without it
half an hour. They have to be made anew whenever a model or its priors change.
"""

import json
import sys
from pathlib import Path

import numpy as np
from arviz_stats.base import array_stats

import estimator as est
from estimator.inference.nuts import compile_graph, sample_compiled
from estimator.inference.registry_engine import reported
from estimator.models.regional.deviation import DeviationPriors
from estimator.models.regional.model import RegionalModel
from tests import registries
from tests.simulated_regions import counts_of, simulate_regions

FOLDER = Path(__file__).parent


def reconstruction():
    """Return the registry model of the bundled reconstruction."""
    periods = est.Periods(baseline=(2014, 2019), masked=(2020, 2021), target=(2022, 2023))
    return est.RegistryModel(est.load_registry_reconstruction(), est.load_matched_sample(), periods)


def vital():
    """Return the vital model of the bundled counts."""
    return est.VitalModel(est.load_rosstat(), est.Periods((2000, 2019), (2022, 2023), (2020, 2021)))


def regions():
    """Return a model of three simulated regions, and log sex ratios of its nation as they are in it."""
    frame = simulate_regions(seed=7, number=3, years=range(2003, 2016), women=(60, 300))
    periods = est.Periods((2003, 2012), (2014, 2015), masked=2013)
    model = RegionalModel(counts_of(frame), periods, ages=(20, 39), control_ages=(55, 64))
    return model, np.full(model.surface("region 01").observed.shape, 1.0)


REGISTRIES = {"reconstruction": reconstruction, "small": registries.model}
"""Registry models by name: cases by week and settled, and a reporting triangle by month."""
MODELS = REGISTRIES | {"vital": vital}
DRAWS = 6000


def file_of(name):
    """Return the path of a model's reference."""
    return FOLDER / f"reference_{name}.json"


def summarised(quantities, *, groups=4):
    """Return mean, sd and effective sample size by quantity, of the dead and soldiers' delays by logarithm.

    Chains are joined to a few groups: the ESS of many short ones is too high.
    """
    measured = {}
    for name, values in quantities.items():
        joined = np.asarray(values, float).reshape(groups, -1, *values.shape[2:])
        table = joined.reshape(*joined.shape[:2], -1)
        table = np.log(table) if name.startswith(("dead", "military_delay")) else table
        sizes = array_stats.ess(table, method="mean", chain_axis=0, draw_axis=1)
        for column, size in enumerate(np.atleast_1d(sizes)):
            draws = table[..., column]
            if np.ptp(draws) > 0:
                measured[f"{name}[{column}]"] = (float(draws.mean()), float(draws.std()), float(size))
    return measured


def reference(name):
    """Return what NUTS gave: mean, sd and effective sample size by quantity."""
    return json.loads(file_of(name).read_text(encoding="utf-8"))


def of_vital(estimate):
    """Return the summary of a vital estimate's excess, by cell and in all."""
    excess = estimate.excess.transpose("chain", "draw", ...)
    both = {"excess": excess.values, "total": excess.sum(excess.dims[2:]).values}
    return summarised(both)


def of_registry(estimate):
    """Return the summary of what a report of the registry prints."""
    posterior = reported(estimate.posterior)
    arrays = {name: one.transpose("chain", "draw", ...).values for name, one in posterior.data_vars.items()}
    return summarised(arrays)


def sample_regions():
    """Return the summary of a sample of the regions' deviations and of their scales."""
    model, nation = regions()
    posterior, measures = sample_compiled(
        compile_graph(model.build(nation)), seed=1, draws=DRAWS, undiagnosed=("standard",)
    )
    print("regions", measures)
    names = ("deviation", *DeviationPriors.NAMES)
    return summarised({name: posterior[name].transpose("chain", "draw", ...).values for name in names})


def sample(name):
    """Return the summary of a sample of a model that `est.fit` knows."""
    estimate = est.fit(MODELS[name](), engine="nuts", seed=1, draws=DRAWS)
    print(name, estimate.diagnostics)
    return of_registry(estimate) if name in REGISTRIES else of_vital(estimate)


if __name__ == "__main__":
    for name in sys.argv[1:] or (*MODELS, "regions"):
        measured = sample_regions() if name == "regions" else sample(name)
        lines = (f"{json.dumps(quantity)}: {json.dumps(figures)}" for quantity, figures in measured.items())
        file_of(name).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
