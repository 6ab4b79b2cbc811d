"""Simulation-based calibration: whether posteriors of data drawn from the model have the right width.

Draw parameters from the prior and data from the model, fit, and rank each true value among draws of its
posterior. If simulation, model and engine agree, ranks are uniform (Talts et al. 2018, arXiv:1804.06788).
Whether the model is true of the world is a question for the placebo.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chisquare
from statsmodels.stats.multitest import multipletests

from estimator.calibration.study import Task, run_study
from estimator.errors import DataError

LEVELS = 99
"""Draws that a true value is ranked among: ranks 0 to 99."""
BINS = 20
SIGNIFICANCE = 0.01
Replicate = Callable[[int], dict[str, Any]]
"""One replicate: takes its seed and returns ``ranks`` by quantity and ``converged``; importable by name."""


@dataclass(frozen=True)
class Calibration:
    """Ranks of a study: one row a replicate, one column a quantity, from 0 to `LEVELS`.

    Replicates that did not converge are counted; their ranks are among the others.
    """

    ranks: pd.DataFrame
    unconverged: int = 0

    def uniformity(self) -> pd.DataFrame:
        """Return one row a quantity with a test of its ranks for uniformity.

        ``statistic`` is chi-square of `BINS` bins, ``probability`` its p-value, ``corrected`` that after
        Holm's correction for the number of quantities, ``rejected`` whether it is below `SIGNIFICANCE`.
        ``mean`` and ``sd`` of the ranks are relative to a uniform's: 1 where calibrated; sd above 1 where
        posteriors are too narrow.
        """
        bins = (self.ranks // ((LEVELS + 1) / BINS)).astype(int)
        tests = [chisquare(np.bincount(bins[name], minlength=BINS)) for name in bins]
        probability = [float(test.pvalue) for test in tests]
        corrected = multipletests(probability, method="holm")[1]
        return pd.DataFrame({
            "quantity": list(self.ranks), "statistic": [float(test.statistic) for test in tests],
            "probability": probability,
            "mean": self.ranks.mean().to_numpy() / (LEVELS / 2),
            "sd": self.ranks.std().to_numpy() / np.sqrt(((LEVELS + 1) ** 2 - 1) / 12),
            "corrected": corrected, "rejected": corrected < SIGNIFICANCE,
        })  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Return replicates, unconverged, quantities and whether any is rejected, ready for JSON."""
        table = self.uniformity()
        return {
            "replicates": len(self.ranks), "unconverged": self.unconverged,
            "rejected": bool(table["rejected"].any()), "quantities": table.to_dict("records"),
        }  # fmt: skip


def calibrate(
    replicate: Replicate,
    *,
    replicates: int,
    seed: int,
    label: str,
    executor: Executor | None = None,
    folder: str | Path | None = None,
    progress: bool = False,
) -> Calibration:
    """Rank the truth in many replicates, with seeds drawn from `seed`; results are kept under `label`.

    Raises `DataError` where there are fewer than five replicates for each bin of the test.
    """
    if replicates < 5 * BINS:
        raise DataError(f"sbc: {replicates} replicates are too few; ask for {5 * BINS} or more.")
    seeds = np.random.SeedSequence(seed).generate_state(replicates)
    tasks = [Task(f"sbc 7 {label} {seed} {int(one)}", replicate, (int(one),)) for one in seeds]
    results = list(run_study(tasks, executor=executor, folder=folder, progress=progress,
                             label=label).values())  # fmt: skip
    ranks = pd.DataFrame([result["ranks"] for result in results])
    return Calibration(ranks, sum(not result["converged"] for result in results))


def rank_of(truth: float, draws: np.ndarray, rng: np.random.Generator) -> int:
    """Return how many of `LEVELS` draws, taken at random, are below the truth; ties at random."""
    sample = rng.choice(draws.ravel(), LEVELS, replace=False)
    ties = int((sample == truth).sum())
    return int((sample < truth).sum()) + int(rng.integers(0, ties + 1))
