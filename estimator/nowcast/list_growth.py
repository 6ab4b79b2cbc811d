"""Nowcast of a named list: how many who died in each week will be on it at a later day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from estimator.data.named_list import NamedListVintages
from estimator.data.periods import parse_vintage
from estimator.errors import DataError
from estimator.estimate.estimate import Estimate
from estimator.models.laplace import Counts, Gaussian, laplace
from estimator.models.named_list.growth import (
    HYPER_LOG_SD,
    HYPER_MEDIAN,
    NAMES,
    ListGrowthModel,
    basis,
    quadrature,
)
from estimator.nowcast.weeks import names_shown, weekly_estimate

AHEAD = timedelta(days=365)
"""How long after its vintage a list is foreseen by default."""
FEWEST, SHORTEST = 6, 120
"""Vintages, and the days between the first and the last, from which growth can be learned."""
SEARCH = 150
GRID = np.array([-1.75, -0.875, 0.0, 0.875, 1.75])
"""Nodes at which the drift is integrated, in prior log standard deviations about its mode."""
STEP = 14.0
"""Days of one step of the forecast."""


@dataclass(frozen=True, eq=False)
class ListGrowthFit:
    """A fitted list growth: Gaussians of the latent variables, one a value of the drift, weighted."""

    model: ListGrowthModel
    hypers: list[np.ndarray]
    posteriors: list[Gaussian]
    weights: np.ndarray

    def draws(self, number: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield hyperparameters and draws, shape (variables, n), node by node of the drift."""
        for hyper, posterior, size in zip(
            self.hypers, self.posteriors, rng.multinomial(number, self.weights), strict=True
        ):
            if size:
                yield hyper, posterior.draw(size, rng)

    def nowcast(self, on: date | str, *, seed: int, draws: int = 2000) -> Estimate:
        """Return the names that the list will hold on a later day, by week of death, with those it has now.

        The pace drifts on and lumps come as before; a draw is a count, noise included.
        """
        used, day = self.model.used, parse_vintage(on)
        if day <= used.vintage:
            raise DataError(f"{day} is not after the vintage {used.vintage}. Ask for a later day.")
        rng = np.random.default_rng(seed)
        end = float(self.model.days(pd.DatetimeIndex([day]))[0]) + 1
        names = names_shown(used.counts, self.model.weeks)
        added = np.hstack([self._ahead(b, hyper, end, rng) for hyper, b in self.draws(draws, rng)])
        undated = float(used.undated.iloc[-1])
        hyper = np.round(self.hypers[int(np.argmax(self.weights))], 4)
        provenance = {
            "model": "growth of the named list", "seed": seed,
            "data": {"source": used.source, "vintage": str(used.vintage)}, "on": str(day),
            "undated": None if np.isnan(undated) else int(undated),
            "hyperparameters": dict(zip(NAMES, hyper.tolist(), strict=True)),
        }  # fmt: skip
        return weekly_estimate(
            {"names": names[:, None] + added, "named": names}, self.model.weeks, unit="names",
            through=self.model.weeks[-1].date() + timedelta(days=6), provenance=provenance,
        )  # fmt: skip

    def _ahead(self, b: np.ndarray, hyper: np.ndarray, end: float, rng: np.random.Generator) -> np.ndarray:
        lump_sd, drift_sd, size = hyper[2:5]
        a = b[self.model.sections[0]]
        edges = np.append(np.arange(self.model.times[-1], end, STEP), end)
        pace, total = np.zeros(b.shape[1]), np.zeros(a.shape)
        for start, stop in pairwise(edges):
            days = stop - start
            pace = pace + drift_sd * np.sqrt(days / 365) * rng.standard_normal(len(pace))
            lump = lump_sd * np.sqrt(STEP / days) * rng.standard_normal(len(pace))
            mean = self.exposure(b, start, stop, 2) * np.exp(a + pace + lump)
            total += rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape))
        return total

    def exposure(self, b: np.ndarray, start: float, stop: float, number: int) -> np.ndarray:
        """Return the delay's integral between two days, shape (weeks, draws)."""
        starts = self.model.starts
        low = np.maximum(start - starts, 0)
        lag, weight = quadrature(low, np.maximum(stop - starts, 0), number)
        return integrate_delay(b[self.model.sections[1]], lag, weight)

    def standard(self, b: np.ndarray, maturity: float = 365.0) -> np.ndarray:
        """Return names expected by an age of the week at the last vintage's pace, (weeks, draws)."""
        lag, weight = quadrature(np.zeros(1), np.full(1, maturity), 24)
        return np.exp(b[self.model.sections[0]]) * integrate_delay(b[self.model.sections[1]], lag, weight)


def integrate_delay(log_h: np.ndarray, lag: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the integral of h for draws of log h at its knots, shape (knots, draws), as (weeks, draws).

    Delays and weights of the nodes have the shape (weeks, nodes).
    """
    total = np.zeros((len(lag), log_h.shape[1]))
    for node in range(lag.shape[1]):
        knot, after = basis(lag[:, node])
        log_at = (1 - after)[:, None] * log_h[knot] + after[:, None] * log_h[knot + 1]
        total += weight[:, node][:, None] * np.exp(log_at)
    return total


# a matrix of a few hundred rows, solved thousands of times: threads would wait for one another
@threadpool_limits.wrap(limits=1, user_api="blas")
def fit_list_growth(
    vintages: NamedListVintages, *, through: date | None = None, allow_few: bool = False
) -> ListGrowthFit:
    """Fit the growth of a list.

    Latent variables by a Laplace approximation; hyperparameters at their posterior mode (Nelder-Mead
    on the Laplace evidence and the prior), except the drift of the pace, of which data say least and
    the forecast depends on most: it is integrated on five nodes.

    Weeks of death are carried on to ``through``. Fewer than `FEWEST` vintages that grew, or all within
    `SHORTEST` days, are refused unless ``allow_few``: the delay is then the prior's.
    """
    model = ListGrowthModel(vintages, None if through is None else pd.Timestamp(through))
    used = model.used
    days = (used.vintages[-1] - used.vintages[0]).days
    if not allow_few and (len(used.vintages) < FEWEST or days < SHORTEST):
        raise DataError(
            f"{used.source}: {len(used.vintages)} vintages over {days} days do not tell how the list "
            f"grows. Give at least {FEWEST} over {SHORTEST} days."
        )
    posterior_at = _posterior(model)
    mode = _search(posterior_at)
    drift = np.eye(len(mode))[3] * HYPER_LOG_SD
    nodes = [mode + node * drift for node in GRID]
    posteriors, scores = zip(*map(posterior_at, nodes))
    weights = np.exp(np.array(scores) - max(scores))
    return ListGrowthFit(model, list(np.exp(nodes)), list(posteriors), weights / weights.sum())


def _posterior(model: ListGrowthModel) -> Any:
    """Return a function from log hyperparameters to the Gaussian and the log posterior density."""
    added, first, nodes, node_weights = model.observations()
    last: dict[str, np.ndarray | None] = {"mode": None}

    def evaluate(theta: np.ndarray) -> tuple[Gaussian, float]:
        hyper = np.exp(theta)
        counts = Counts(added, np.where(first, hyper[5], hyper[4]), nodes, node_weights)
        prior = Gaussian(*model.prior(hyper))
        posterior, evidence = laplace(counts, prior, last["mode"])
        last["mode"] = posterior.mean
        off = (theta - np.log(HYPER_MEDIAN)) / HYPER_LOG_SD
        return posterior, evidence - 0.5 * float(off @ off)

    return evaluate


def _search(posterior_at: Any) -> np.ndarray:
    start = np.log(HYPER_MEDIAN)
    simplex = np.vstack([start, start + 0.4 * np.eye(len(start))])
    optimum = minimize(
        lambda theta: -posterior_at(theta)[1],
        start,
        method="Nelder-Mead",
        options={"maxfev": SEARCH, "xatol": 0.03, "fatol": 0.1, "initial_simplex": simplex},
    )
    return np.asarray(optimum.x)
