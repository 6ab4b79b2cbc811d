"""Multiverse: the estimate under every defensible choice, and a mixture weighted by placebo forecasts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from estimator.calibration.placebo import placebo
from estimator.calibration.placebo_window import OURS, TOTAL
from estimator.calibration.scores import stack
from estimator.calibration.study import Task, run_study
from estimator.data.counts import Counts
from estimator.data.periods import Periods, describe_years
from estimator.errors import DataError
from estimator.inference.fit import fit
from estimator.models.baseline import BaselinePriors
from estimator.models.vital.model import VitalModel

GRID = (np.arange(400) + 0.5) / 400
"""Levels at which the posterior of a specification is kept, of equal mass."""
TREND = ("baseline", "trend")
"""Choices that placebo weighs here; the likelihood is not weighed, the others change what is forecast."""
WITHOUT_SHOCK = BaselinePriors(transient_sd=(float(np.log(1e-4)), 0.05))
"""A yearly shock of 0.01%, which is none: counts are then binomial given the trend."""
PLACE = ["territory", "origin", "horizon"]


@dataclass(frozen=True)
class Choices:
    """The axes of a multiverse; the first of each is the default specification's.

    A likelihood with noise of each cell on its own, such as a negative or a beta-binomial, is not among
    them: errors of neighbouring ages would cancel in a total, and they do not.

    Parameters
    ----------
    baselines : tuple of int
        Lengths of the baseline in years, up to its last year.
    trends : tuple of (float or None)
        Damping of the trend: None is estimated, 0 has no trend, 1 a line that is never damped.
    masked : tuple of bool
        Whether years between baseline and target are masked, or learned from as peace.
    control_ages : tuple
        Control ages, or None.
    ages : tuple of (int, int)
        Target ages.
    shocks : tuple of bool
        The likelihood: overdispersed by the yearly shock that ages share, or a plain binomial.
    """

    baselines: tuple[int, ...] = (20, 10, 30)
    trends: tuple[float | None, ...] = (None, 0.0, 1.0)
    masked: tuple[bool, ...] = (True, False)
    control_ages: tuple[tuple[int, int] | None, ...] = ((55, 69), None)
    ages: tuple[tuple[int, int], ...] = ((15, 49), (15, 54))
    shocks: tuple[bool, ...] = (True, False)


@dataclass(frozen=True, eq=False)
class Multiverse:
    """Estimates by specification.

    Parameters
    ----------
    table : DataFrame
        One row a specification and period: the choices (`axes`), ``default``, ``period``, ``median``,
        ``lower``, ``upper`` in persons, and ``converged``.
    quantiles : DataFrame
        The same rows, columns the posterior's quantiles at `GRID`.
    axes : tuple of str
        Names of the choices.
    level : float
        Of the equal-tailed intervals.
    weights : DataFrame or None
        Stacking weights of the choices of trend, with the mean log density of each alone.
    """

    table: pd.DataFrame
    quantiles: pd.DataFrame = field(repr=False)
    axes: tuple[str, ...]
    level: float = 0.95
    weights: pd.DataFrame | None = None

    def summary(self) -> pd.DataFrame:
        """Return, by period, the default, the range of medians, and the stacked mixture if there is one."""
        rows = []
        for period, part in self.table.groupby("period", sort=False):
            default = part[part["default"]].iloc[0]
            row = {
                "period": period, "specifications": len(part),
                "default": default["median"], "lower": default["lower"], "upper": default["upper"],
                "lowest_median": part["median"].min(), "highest_median": part["median"].max(),
                "above_zero": float((part["lower"] > 0).mean()),
                "unconverged": int((~part["converged"]).sum()),
            }  # fmt: skip
            if self.weights is not None:
                row |= dict(zip(("stacked", "stacked_lower", "stacked_upper"), self._mixed(period)))
            rows.append(row)
        return pd.DataFrame(rows)

    def stacked(
        self, territories: Mapping[str, Counts], *, seed: int, **options: Any
    ) -> Multiverse:
        """Return the same with weights that placebo windows give to the choices of trend.

        Parameters
        ----------
        territories : mapping of str to Counts
            Peacetime to forecast.
        seed : int
            Same seed, same digits.
        **options
            As for `placebo`: since, until, every, draws, executor, folder, progress.
        """
        choices = self.table.drop_duplicates(list(TREND))[list(TREND)]
        scores = {}
        for length, trend in choices.itertuples(index=False):
            years = int(str(length).split()[0])
            fewest = min(years, options.get("minimum_baseline") or years)
            found = placebo(
                territories, seed=seed, baseline_years=years,
                specification={"damping": _damping(trend)},
                **(options | {"minimum_baseline": fewest}),
            )  # fmt: skip
            ours = (found.windows["rule"] == OURS) & (found.windows["age"] == TOTAL)
            scores[length, trend] = -found.windows[ours].set_index(PLACE)["log_score"]
        density = pd.DataFrame(scores).dropna()
        if density.empty:
            raise DataError(
                "multiverse: no placebo window is common to all baselines. Begin earlier."
            )
        table = pd.DataFrame(density.columns.tolist(), columns=list(TREND)).assign(
            weight=stack(density.to_numpy()),
            log_density=density.mean().to_numpy(),
            windows=len(density),
        )
        return replace(self, weights=table)

    def _mixed(self, period: Any) -> np.ndarray:
        """Median and interval of the mixture over trends, all other choices at their default."""
        assert self.weights is not None
        first = self.table[self.table["default"]].iloc[0]
        others = [axis for axis in self.axes if axis not in TREND]
        chosen = (self.table["period"] == period) & (self.table[others] == first[others]).all(
            axis=1
        )
        part = self.table[chosen].merge(self.weights, on=list(TREND), how="left")
        values = self.quantiles[chosen.to_numpy()].to_numpy()
        mass = np.repeat(part["weight"].to_numpy()[:, None] / len(GRID), len(GRID), axis=1)
        order = np.argsort(values, axis=None)
        ordered, reached = values.ravel()[order], np.cumsum(mass.ravel()[order])
        tail = (1 - self.level) / 2
        return np.interp([0.5, tail, 1 - tail], reached, ordered)


def multiverse(
    counts: Mapping[str, Counts],
    periods: Periods,
    choices: Choices | None = None,
    *,
    seed: int,
    draws: int = 2000,
    level: float = 0.95,
    executor: Executor | None = None,
    folder: str | Path | None = None,
    progress: bool = False,
) -> Multiverse:
    """Fit the vital model under every combination of choices.

    Parameters
    ----------
    counts : mapping of str to Counts
        Variants of the data by name, such as with and without deaths from HIV; the default first.
    periods : Periods
        Of the default; the first choice of baseline replaces its length.
    choices : Choices, optional
        The other axes.
    seed, draws
        As for `estimator.fit`; every specification has the same seed.
    level : float
        Of the equal-tailed intervals.
    executor, folder, progress
        As for `run_study`.

    Returns
    -------
    Multiverse

    Raises
    ------
    DataError
        If the data lack a year or an age of a specification.
    """
    choices = choices or Choices()
    gap = sorted(set(periods.masked))
    axes = {
        "data": list(counts),
        "baseline": [f"{years} years" for years in choices.baselines],
        "trend": [_trend(damping) for damping in choices.trends],
        "gap": [_gap(gap, masked) for masked in (choices.masked if gap else (True,))],
        "control ages": [_span(ages) for ages in choices.control_ages],
        "ages": [_span(ages) for ages in choices.ages],
        "likelihood": ["yearly shock" if shock else "plain binomial" for shock in choices.shocks],
    }
    parts = product(
        counts.items(), choices.baselines, choices.trends,
        choices.masked if gap else (True,), choices.control_ages, choices.ages,
        choices.shocks,
    )  # fmt: skip
    labels = pd.DataFrame(product(*axes.values()), columns=list(axes))
    tasks = []
    for (name, table), years, damping, masked, control, ages, shock in parts:
        model = VitalModel(
            table,
            _periods(periods, years, masked),
            ages=ages,
            control_ages=control,
            damping=damping,
            priors=BaselinePriors() if shock else WITHOUT_SHOCK,
        )
        decides = json.dumps([model.specification(), name, seed, draws], default=str)
        digest = hashlib.sha256(decides.encode()).hexdigest()[:16]
        tasks.append(Task(f"multiverse 1 {digest}", fit_specification, (model, seed, draws)))
    results = run_study(tasks, executor=executor, folder=folder, progress=progress, label="fits")
    frames = []
    for (place, label), found in zip(labels.iterrows(), results.values()):
        quantiles = pd.DataFrame(found["quantiles"]).T
        told = {**label.to_dict(), "default": place == 0, "converged": found["converged"]}
        kept = list(quantiles.to_numpy())
        frames.append(pd.DataFrame({**told, "period": quantiles.index, "quantiles": kept}))
    whole = pd.concat(frames, ignore_index=True)
    values = np.stack(whole.pop("quantiles").to_list())
    tail = (1 - level) / 2
    bounds = np.stack([np.interp([0.5, tail, 1 - tail], GRID, row) for row in values])
    whole[["median", "lower", "upper"]] = bounds
    return Multiverse(whole, pd.DataFrame(values, columns=GRID), tuple(axes), level)


@threadpool_limits.wrap(limits=1)
def fit_specification(model: VitalModel, seed: int, draws: int) -> dict[str, Any]:
    """Fit one specification: the work of one task.

    Parameters
    ----------
    model, seed, draws
        As for `estimator.fit`.

    Returns
    -------
    dict
        ``quantiles`` at `GRID` by period and for all together, and ``converged``.
    """
    estimate = fit(model, seed=seed, draws=draws, allow_unconverged=True)
    excess = estimate.by("period").excess
    found = {str(year): excess.sel(period=year) for year in excess["period"].values}
    if len(found) > 1:
        found[describe_years(model.periods.target)] = excess.sum("period")
    return {
        "quantiles": {
            period: np.quantile(values, GRID).tolist() for period, values in found.items()
        },
        "converged": estimate.converged,
    }


def _periods(periods: Periods, years: int, masked: bool) -> Periods:
    last = periods.baseline[-1]
    first = last - years + 1
    if masked or not periods.masked:
        return Periods((first, last), periods.target, masked=periods.masked)
    return Periods((first, max(periods.masked)), periods.target)


def _trend(damping: float | None) -> str:
    names: dict[float | None, str] = {None: "damped", 0.0: "none", 1.0: "undamped"}
    return names.get(damping, f"damping {damping:g}" if damping is not None else "")


def _damping(trend: str) -> float | None:
    known = {"damped": None, "none": 0.0, "undamped": 1.0}
    return known[trend] if trend in known else float(trend.split()[1])


def _gap(years: Sequence[int], masked: bool) -> str:
    return f"{describe_years(years)} {'masked' if masked else 'learned'}" if years else "none"


def _span(ages: tuple[int, int] | None) -> str:
    return f"{ages[0]}-{ages[1]}" if ages else "none"
