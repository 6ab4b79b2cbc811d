"""Sample registries with NUTS, to compare the fast engine with: ``python -m tests.record_reference``.

The files hold 6,000 draws of 4 chains for each, from the graph compiled by JAX (the extra ``jax``), some
minutes; without it, half an hour. They have to be made anew whenever the model or its priors change.
"""

import json
from pathlib import Path

import numpy as np
from arviz_stats.base import array_stats

import estimator as est
from estimator.inference.registry_engine import reported
from tests import registries

FOLDER = Path(__file__).parent


def reconstruction():
    """Return the registry model of the bundled reconstruction."""
    periods = est.Periods(baseline=(2014, 2019), masked=(2020, 2021), target=(2022, 2023))
    return est.RegistryModel(est.load_registry_reconstruction(), est.load_matched_sample(), periods)


REGISTRIES = {"reconstruction": reconstruction, "small": registries.model}
"""Models by name: cases by week and settled, and a reporting triangle by month."""


def file_of(name):
    """Return the path of a model's reference."""
    return FOLDER / f"reference_{name}.json"


def summarised(quantities, *, groups=4):
    """Return mean, sd and effective sample size by quantity, of the dead by their logarithm.

    Chains are joined to a few groups: the ESS of many short ones is too high.
    """
    measured = {}
    for name, values in quantities.items():
        joined = np.asarray(values, float).reshape(groups, -1, *values.shape[2:])
        table = joined.reshape(*joined.shape[:2], -1)
        table = np.log(table) if name.startswith("dead") else table
        sizes = array_stats.ess(table, method="mean", chain_axis=0, draw_axis=1)
        for column, size in enumerate(np.atleast_1d(sizes)):
            draws = table[..., column]
            if np.ptp(draws) > 0:
                measured[f"{name}[{column}]"] = (float(draws.mean()), float(draws.std()), float(size))
    return measured


def of_estimate(estimate):
    """Return the summary of what a report prints, from an estimate with its posterior."""
    posterior = reported(estimate.posterior)
    arrays = {name: one.transpose("chain", "draw", ...).values for name, one in posterior.data_vars.items()}
    return summarised(arrays)


if __name__ == "__main__":
    for name, model in REGISTRIES.items():
        estimate = est.fit(model(), engine="nuts", seed=1, draws=6000)
        print(name, estimate.diagnostics)
        lines = (
            f"{json.dumps(key)}: {json.dumps(figures)}" for key, figures in of_estimate(estimate).items()
        )
        file_of(name).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
