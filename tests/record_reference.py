"""Sample the reconstruction with NUTS, to compare the fast engine with: ``python -m tests.record_reference``.

It takes about half an hour. The file was made from the same graph compiled by JAX: 6,000 draws of 4 chains,
R-hat of at most 1.004, ESS of at least 2,450, no divergences.
"""

import json
from pathlib import Path

import numpy as np
from arviz_stats.base import array_stats

import estimator as est
from estimator.inference.registry_engine import reported

FILE = Path(__file__).with_name("reference_reconstruction.json")


def reconstruction():
    """Return the registry model of the bundled reconstruction."""
    periods = est.Periods(baseline=(2014, 2019), masked=(2020, 2021), target=(2022, 2023))
    return est.RegistryModel(est.load_registry_reconstruction(), est.load_matched_sample(), periods)


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
    found = of_estimate(est.fit(reconstruction(), engine="nuts", seed=1, draws=6000))
    lines = (f"{json.dumps(name)}: {json.dumps(figures)}" for name, figures in found.items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
