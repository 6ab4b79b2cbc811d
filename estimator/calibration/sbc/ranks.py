r"""Simulation-based calibration: whether posteriors of data drawn from the model are as wide as they say.

Draw parameters from the prior and data from the model, fit, and find the rank of each true value among
draws of its posterior. If simulation, model and engine are one, ranks are uniform (Talts et al. 2018,
arXiv:1804.06788). It says nothing of whether the model is true of the world; placebo does.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chisquare

from estimator.calibration.study import Task, run_study
from estimator.errors import DataError

LEVELS = 99
"""Draws that a true value is ranked among: ranks 0 to 99."""
BINS = 20
SIGNIFICANCE = 0.01
Ranked = Callable[[int], dict[str, Any]]
"""One replicate: takes its seed and returns ``ranks`` by quantity and ``converged``; importable by name."""


@dataclass(frozen=True)
class Calibration:
    """Ranks of a study.

    Parameters
    ----------
    ranks : DataFrame
        One row a replicate, one column a quantity: ranks from 0 to `LEVELS`.
    unconverged : int
        Replicates whose sample did not pass its test; their ranks are among the others.
    """

    ranks: pd.DataFrame
    unconverged: int = 0

    def uniformity(self) -> pd.DataFrame:
        """Test each quantity's ranks for uniformity.

        Returns
        -------
        DataFrame
            One row a quantity: ``statistic`` (chi-square of `BINS` bins), ``probability``, its value
            after Holm's correction for the number of quantities, ``rejected`` at `SIGNIFICANCE`, and
            the ``mean`` and ``sd`` of the ranks over those of a uniform (1 where calibrated; sd above 1
            says that posteriors are too narrow).
        """
        rows = []
        width = (LEVELS + 1) / BINS
        for name, column in self.ranks.items():
            counts = np.bincount((column // width).astype(int), minlength=BINS)
            found = chisquare(counts)
            rows.append({
                "quantity": name, "statistic": float(found.statistic),
                "probability": float(found.pvalue),
                "mean": float(column.mean() / (LEVELS / 2)),
                "sd": float(column.std() / np.sqrt(((LEVELS + 1) ** 2 - 1) / 12)),
            })  # fmt: skip
        table = pd.DataFrame(rows)
        order = table["probability"].rank(method="first")
        corrected = (table["probability"] * (len(table) - order + 1)).clip(upper=1.0)
        # Holm: a larger probability is never corrected to less than a smaller one
        running = corrected.iloc[np.argsort(order)].cummax()
        table["corrected"] = running.reindex(table.index)
        return table.assign(rejected=table["corrected"] < SIGNIFICANCE)

    def to_dict(self) -> dict[str, Any]:
        """Return numbers for JSON: replicates, unconverged, quantities, and whether any is rejected."""
        table = self.uniformity()
        return {
            "replicates": len(self.ranks), "unconverged": self.unconverged,
            "rejected": bool(table["rejected"].any()), "quantities": table.to_dict("records"),
        }  # fmt: skip


def calibrate(
    replicate: Ranked,
    *,
    replicates: int,
    seed: int,
    label: str,
    executor: Executor | None = None,
    folder: str | Path | None = None,
    progress: bool = False,
) -> Calibration:
    """Rank the truth in many replicates.

    Parameters
    ----------
    replicate : callable
        See `Ranked`.
    replicates : int
        How many; at least five for each bin of the test.
    seed : int
        Replicates have seeds drawn from it.
    label : str
        What the model is called; results are kept under it.
    executor, folder, progress
        As for `run_study`.

    Raises
    ------
    DataError
        If there are too few replicates for the test.
    """
    if replicates < 5 * BINS:
        raise DataError(f"sbc: {replicates} replicates are too few; ask for {5 * BINS} or more.")
    seeds = np.random.SeedSequence(seed).generate_state(replicates)
    tasks = [Task(f"sbc 2 {label} {seed} {int(one)}", replicate, (int(one),)) for one in seeds]
    results = list(run_study(tasks, executor=executor, folder=folder, progress=progress,
                             label=label).values())  # fmt: skip
    ranks = pd.DataFrame([result["ranks"] for result in results])
    return Calibration(ranks, sum(not result["converged"] for result in results))


def rank_of(truth: float, draws: np.ndarray, rng: np.random.Generator) -> int:
    """Return how many of `LEVELS` draws, taken at random, are below the truth; ties at random.

    Parameters
    ----------
    truth : float
        The true value.
    draws : ndarray
        Draws of its posterior; at least `LEVELS`.
    rng : numpy.random.Generator
        Source of randomness.
    """
    chosen = rng.choice(draws.ravel(), LEVELS, replace=False)
    ties = int((chosen == truth).sum())
    return int((chosen < truth).sum()) + int(rng.integers(0, ties + 1))
