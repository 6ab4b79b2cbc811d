"""Convergence of a sample: it passes, or `ConvergenceError` is raised."""

import warnings
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import logsumexp

from estimator.errors import ConvergenceError
from estimator.inference.mixing import measure_mixing

RHAT_LIMIT = 1.01
ESS_LIMIT = 400
PARETO_K_LIMIT = 0.7
PRIOR_SHAPE, PRIOR_SIZE = 0.5, 10
"""Prior of k-hat: as if so many weights had shown it, so that it is steady where the tail is short."""
REMEDIES = {
    "nuts": "Try more draws and tuning, a longer baseline, or a fixed damping",
    "hmc": 'Try more draws, or engine="nuts"',
    "marginal": 'Counts may be too small for the Gaussian core: try engine="nuts", more draws, or wider '
    "age bands",
}
"""What to try when an engine's sample does not pass."""


@dataclass(frozen=True)
class Diagnostics:
    """Diagnostics of a sample; a measure that its engine does not have is None.

    Parameters
    ----------
    engine : str
        ``"nuts"``, ``"hmc"`` or ``"marginal"``.
    draws : int
        Draws kept, all chains together.
    max_rhat, min_ess_bulk, min_ess_tail : float or None
        Extremes over all quantities (Vehtari et al. 2021, doi 10.1214/20-BA1221). For the marginal
        engine `min_ess_bulk` is the effective sample size of the importance weights.
    divergences : int or None
        Divergent transitions of NUTS or HMC.
    pareto_k : float or None
        Shape of the tail of the importance ratios (Vehtari et al. 2024, JMLR 25(72)).
    worst : str
        The quantity with the worst measure.
    minimum_ess : int
        The effective sample size asked for.
    sample_stats : Dataset or None
        What the engine recorded of each draw, under ArviZ's names.
    largest_rhat : float
        The largest R-hat that passes.
    """

    engine: str
    draws: int
    max_rhat: float | None = None
    min_ess_bulk: float | None = None
    min_ess_tail: float | None = None
    divergences: int | None = None
    pareto_k: float | None = None
    worst: str = ""
    minimum_ess: int = ESS_LIMIT
    sample_stats: xr.Dataset | None = field(default=None, repr=False, compare=False)
    largest_rhat: float = RHAT_LIMIT

    def problems(self) -> list[str]:
        """Return a sentence for each measure that fails; empty where all pass."""
        failures = []
        # written so that NaN, which compares false with everything, counts as a failure
        limit = self.largest_rhat
        if self.max_rhat is not None and not self.max_rhat <= limit:
            failures.append(f"R-hat {self.max_rhat:.3f} of {self.worst} (at most {limit})")
        for name, value in (("bulk", self.min_ess_bulk), ("tail", self.min_ess_tail)):
            if value is not None and not value >= self.minimum_ess:
                failures.append(f"{name} ESS {value:.0f} of {self.worst} (at least {self.minimum_ess})")
        if self.divergences:
            failures.append(f"{self.divergences} divergent transitions (none allowed)")
        if self.pareto_k is not None and not self.pareto_k < PARETO_K_LIMIT:
            failures.append(f"Pareto k-hat {self.pareto_k:.2f} (below {PARETO_K_LIMIT})")
        return failures

    @property
    def converged(self) -> bool:
        """Whether every measure passes."""
        return not self.problems()

    def to_dict(self) -> dict[str, Any]:
        """Return the measures and the verdict, ready for JSON."""
        measures = {one.name: getattr(self, one.name) for one in fields(self) if one.compare}
        return {**measures, "converged": self.converged, "problems": self.problems()}


def check_convergence(diagnostics: Diagnostics, *, allow_unconverged: bool = False) -> None:
    """Raise `ConvergenceError`, saying which measure fails and what to try, unless that is allowed."""
    problems = diagnostics.problems()
    if not problems or allow_unconverged:
        return
    remedy = REMEDIES[diagnostics.engine]
    raise ConvergenceError(
        f"the {diagnostics.engine} engine did not converge: {'; '.join(problems)}. {remedy}; "
        "allow_unconverged=True returns the sample all the same and marks it."
    )


def diagnose_chains(
    posterior: xr.Dataset, *, divergences: int | None, engine: str = "nuts", minimum_ess: int = ESS_LIMIT
) -> Diagnostics:
    """Measure R-hat and ESS of every quantity in a posterior, dims chain, draw and any others."""
    import arviz_stats as azs

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        measures = {
            "rhat": azs.rhat(posterior),
            "bulk": azs.ess(posterior, method="bulk"),
            "tail": azs.ess(posterior, method="tail"),
        }
    rhat, where = _extreme(measures["rhat"], largest=True)
    bulk, bulk_where = _extreme(measures["bulk"], largest=False)
    tail, tail_where = _extreme(measures["tail"], largest=False)
    worst = where if rhat > RHAT_LIMIT else bulk_where if bulk <= tail else tail_where
    return Diagnostics(
        engine=engine,
        draws=posterior.sizes["chain"] * posterior.sizes["draw"],
        max_rhat=rhat,
        min_ess_bulk=bulk,
        min_ess_tail=tail,
        divergences=divergences,
        worst=worst,
        minimum_ess=minimum_ess,
    )


def diagnose_groups(posterior: xr.Dataset, *, divergences: int, groups: int = 4) -> Diagnostics:
    """Measure a posterior of many short chains, joined end to end to a few long ones.

    R-hat of short chains is above one from their shortness alone; between groups, chains that disagree still
    show. Autocorrelations about the mean of each of many short chains come out too low: over repeated runs
    of 64 chains of 47 draws, means varied 1.3 times as much as their ESS said, and 1.0 times what that of
    joined chains says. Constant quantities, such as one age's share, are not measured.
    """
    labels, columns = [], []
    for name, values in posterior.data_vars.items():
        table = values.transpose("chain", "draw", ...).values
        inner = table.shape[2:]
        columns.append(table.reshape(*table.shape[:2], -1))
        labels += [f"{name}{list(place) if inner else ''}" for place in np.ndindex(*inner)]
    draws = np.concatenate(columns, axis=2)
    moving = ~(np.ptp(draws, axis=(0, 1)) == 0)
    draws, names = draws[..., moving], np.array(labels)[moving]
    rhat, bulk, tail = measure_mixing(draws.reshape(groups, -1, draws.shape[2]))
    # NaN is extreme either way
    places = [int(np.argmax(rhat)), int(np.argmin(bulk)), int(np.argmin(tail))]
    largest, fewest, few = float(rhat[places[0]]), float(bulk[places[1]]), float(tail[places[2]])
    worst = places[0] if not largest <= RHAT_LIMIT else places[1 if fewest <= few else 2]
    return Diagnostics(
        engine="hmc",
        draws=draws.shape[0] * draws.shape[1],
        max_rhat=largest,
        min_ess_bulk=fewest,
        min_ess_tail=few,
        divergences=divergences,
        worst=str(names[worst]),
    )


def _extreme(measure: xr.Dataset, *, largest: bool) -> tuple[float, str]:
    """Return the extreme value over variables and the name of the quantity that has it."""
    best, where = (-np.inf, "") if largest else (np.inf, "")
    for name, values in measure.data_vars.items():
        flat = values.values.ravel()
        position = int(np.argmax(flat) if largest else np.argmin(flat))
        if np.isnan(flat).any():
            return float("nan"), str(name)
        if (flat[position] > best) if largest else (flat[position] < best):
            best = float(flat[position])
            index = np.unravel_index(position, values.shape)
            labels = [str(values[dim].values[i]) for dim, i in zip(values.dims, index)]
            where = f"{name}[{', '.join(labels)}]" if labels else str(name)
    return best, where


def psis(log_weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Return normalised weights, the largest replaced by quantiles of the Pareto fitted to them, and k-hat.

    It is that of Vehtari, Simpson, Gelman, Yao and Gabry (2024, JMLR 25(72)), and a test holds it to ArviZ's
    `psislw`, which would be loaded for this alone, with SciPy's distributions, in a fifth of a report's time.
    Without a fit, as where the largest are all alike, k-hat is NaN or infinite and weights stay as they are.
    """
    logs = np.where(np.isfinite(log_weights), log_weights, -1e10)
    logs -= logs.max()
    number = len(logs)
    length = int(3 * np.sqrt(number)) if number > 225 else number // 5
    order = np.argsort(logs)
    tail, cutoff = order[-length:], np.exp(logs[order[-length - 1]])
    shape, scale = fit_pareto(np.exp(logs[tail]) - cutoff)
    if np.isfinite(shape) and scale > 0:
        level = np.arange(0.5, length) / length
        quantile = cutoff + scale * np.expm1(-shape * np.log1p(-level)) / shape
        logs[tail] = np.minimum(np.log(quantile), 0.0)  # none larger than the largest was
    weights = np.exp(logs - logsumexp(logs))
    return weights / weights.sum(), float(shape)


def fit_pareto(excess: np.ndarray) -> tuple[float, float]:
    """Return shape and scale of a generalised Pareto distribution of sorted values above a threshold.

    It is the estimate of Zhang and Stephens (2009), a mean over a grid of the one parameter that remains once
    the shape is profiled out, with the shape drawn to its prior.
    """
    number = len(excess)
    quartile = excess[int(number / 4 + 0.5) - 1]
    if quartile <= excess[0]:
        return np.nan, np.nan
    points = 30 + int(np.sqrt(number))
    grid = 1 / excess[-1] + (1 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))) / (3 * quartile)
    shapes = np.log1p(-grid[:, None] * excess).mean(axis=1)
    log_likelihood = number * (np.log(-grid / shapes) - shapes - 1)
    at = np.sum(grid * np.exp(log_likelihood - logsumexp(log_likelihood)))
    shape = np.log1p(-at * excess).mean()
    scale = -shape / at
    return (number * shape + PRIOR_SIZE * PRIOR_SHAPE) / (number + PRIOR_SIZE), scale
