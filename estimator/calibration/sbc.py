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
from scipy.special import expit
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
    tasks = [Task(f"sbc 1 {label} {seed} {int(one)}", replicate, (int(one),)) for one in seeds]
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


YEARS = tuple(range(2000, 2015))
AGES = ("20-24", "25-29", "30-34", "35-39")
SIZES = (300.0, 500.0, 900.0, 1500.0)
"""Deaths of both sexes a year by age in the small version of the vital model."""


def vital_replicate(seed: int) -> dict[str, Any]:
    """Draw a small table of deaths from the vital model, fit it with the marginal engine, and rank.

    Ten baseline years, two masked, three target years, four ages, of which the last is a control age.
    Ranked are the five hyperparameters, the log sex ratio of the last baseline year, and of the last
    target year: the mean over ages and single ages.

    Parameters
    ----------
    seed : int
        Of the replicate.
    """
    from dataclasses import replace

    from estimator.inference.marginal import sample_marginal

    rng = np.random.default_rng(seed)
    template = _vital_template()
    priors = template.model.priors
    location, scale = priors.moments()
    point = location + scale * rng.standard_normal(len(location))
    truth = {
        name: float(expit(value) if name in priors.BOUNDED else np.exp(value))
        for name, value in zip(priors.NAMES, point)
    }
    over_age, over_time = template.covariance(truth)
    noise = rng.standard_normal(template.observed.shape)
    ratio = template.mean + _root(over_age) @ noise @ _root(over_time).T
    total = rng.poisson(np.array(SIZES)[:, None] * np.ones(template.observed.shape))
    men = rng.binomial(total, expit(ratio)).astype(float)
    surface = replace(template, target=men, control=total - men)
    posterior, diagnostics = sample_marginal(surface, seed=seed, draws=1000, minimum_ess=400)
    ranks = {name: rank_of(truth[name], posterior[name].values, rng) for name in priors.NAMES}
    drawn = posterior["log_sex_ratio"].transpose("chain", "draw", "age", "period").values[0]
    for name, year in (("last baseline year", 9), ("target year", -1)):
        ranks[f"ratio, {name}, mean"] = rank_of(
            ratio[:, year].mean(), drawn[:, :, year].mean(1), rng
        )
        ranks[f"ratio, {name}, {AGES[0]}"] = rank_of(ratio[0, year], drawn[:, 0, year], rng)
    return {"ranks": ranks, "converged": diagnostics.converged}


def _vital_template() -> Any:
    import xarray as xr

    from estimator.counts import Counts
    from estimator.models.vital import VitalModel
    from estimator.periods import Periods

    data = xr.Dataset(
        {"count": (("sex", "age", "period"), np.ones((2, len(AGES), len(YEARS))))},
        {"sex": ["female", "male"], "age": list(AGES), "period": list(YEARS)},
    )
    periods = Periods(baseline=(2000, 2009), masked=(2010, 2011), target=(2012, 2014))
    counts = Counts(data, unit="deaths", source="simulated", vintage="2026-01-01")
    return VitalModel(counts, periods, ages=(20, 34), control_ages=(35, 39)).surface()


def _root(covariance: np.ndarray) -> np.ndarray:
    return np.linalg.cholesky(covariance + 1e-9 * np.eye(len(covariance)))
