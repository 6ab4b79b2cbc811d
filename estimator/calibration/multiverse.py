"""Multiverse: the estimate under every defensible choice, and a mixture weighted by placebo forecasts."""

from __future__ import annotations

from collections.abc import Mapping
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
from estimator.calibration.study import run_study, task_of
from estimator.data.counts import Counts
from estimator.data.periods import Periods, describe_years
from estimator.errors import DataError
from estimator.inference.fit import fit
from estimator.models.baseline import BaselinePriors
from estimator.models.vital.model import VitalModel

GRID = (np.arange(400) + 0.5) / 400
"""Levels of the posterior quantiles that are kept of a specification, of equal mass."""
MINIMUM_ESS = 100
"""Effective draws that end a fit: a sample then carries several surfaces a proposal, and has many more."""
TREND = ("baseline", "trend")
"""Choices that the placebo weighs. The likelihood is not weighed; the others change what is forecast."""
WITHOUT_SHOCK = BaselinePriors(transient_sd=(float(np.log(1e-4)), 0.05))
"""A yearly shock of 0.01%, practically none: counts are then binomial given the trend."""
WINDOW = ["territory", "origin", "horizon"]


@dataclass(frozen=True)
class Choices:
    """The axes of a multiverse; the first of each is the default specification's.

    A likelihood with noise of each cell on its own, such as a negative or a beta-binomial, is not among
    them: errors of neighbouring ages would cancel in a total, and in data they do not.

    `baselines` are lengths in years, up to the baseline's last year. `trends` are dampings: None is
    estimated, 0 has no trend, 1 a line that is never damped. `masked` says whether years between baseline and
    target are masked, or learned from as peace; `shocks` whether the likelihood is overdispersed by the
    yearly shock that ages share, or a plain binomial; `cohorts` whether the baseline follows birth years.
    `border_ages` have a say where they lie between target ages and control ages; other combinations are one.
    """

    baselines: tuple[int, ...] = (20, 10, 30)
    trends: tuple[float | None, ...] = (None, 0.0, 1.0)
    masked: tuple[bool, ...] = (True, False)
    control_ages: tuple[tuple[int, int] | None, ...] = ((55, 69), None)
    border_ages: tuple[tuple[int, int] | None, ...] = ((50, 54), None)
    ages: tuple[tuple[int, int], ...] = ((15, 49), (15, 54))
    shocks: tuple[bool, ...] = (True, False)
    cohorts: tuple[bool, ...] = (True, False)

    def axes(self, counts: Mapping[str, Counts], periods: Periods) -> dict[str, dict[str, Any]]:
        """Return what each choice is called, and its value, by axis."""
        masked = periods.masked
        gap = {f"{describe_years(masked)} {'masked' if mask else 'learned'}": mask for mask in self.masked}
        return {
            "data": dict(counts),
            "baseline": {f"{years} years": years for years in self.baselines},
            "trend": {_trend(damping): damping for damping in self.trends},
            "gap": gap if masked else {"none": True},
            "control ages": {_band(ages): ages for ages in self.control_ages},
            "border ages": {_band(ages): ages for ages in self.border_ages},
            "ages": {_band(ages): ages for ages in self.ages},
            "likelihood": {
                "yearly shock" if shock else "plain binomial":
                    BaselinePriors() if shock else WITHOUT_SHOCK
                for shock in self.shocks
            },
            "cohorts": {"followed" if cohorts else "not followed": cohorts for cohorts in self.cohorts},
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class Multiverse:
    """Estimates by specification.

    `table` has one row a specification and period: its choice on each of `axes`, ``default``, ``period``,
    ``median``, ``lower``, ``upper`` in persons (equal-tailed intervals of mass `level`), and ``converged``;
    `quantiles` the same rows, its columns the posterior's quantiles at `GRID`. `axes` has what each choice is
    called, and its value, by axis; `weights` the stacking weights of the choices of trend, with the mean log
    density of each alone.
    """

    table: pd.DataFrame
    quantiles: pd.DataFrame = field(repr=False)
    axes: dict[str, dict[str, Any]] = field(repr=False)
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
                mixture = self._mixture(self.weights, period)
                row |= dict(zip(("stacked", "stacked_lower", "stacked_upper"), mixture))
            rows.append(row)
        return pd.DataFrame(rows)

    def stacked(self, territories: Mapping[str, Counts], *, seed: int, **options: Any) -> Multiverse:
        """Return the same with the weights that placebo windows in peace give to the choices of trend.

        The options are those of `placebo`: since, until, every, draws, executor, folder, progress.
        """
        log_score = {}
        for length, trend in product(*(self.axes[axis] for axis in TREND)):
            years = self.axes["baseline"][length]
            fewest = min(years, options.get("minimum_baseline") or years)
            board = placebo(
                territories, seed=seed, baseline_years=years,
                specification={"damping": self.axes["trend"][trend]},
                **(options | {"minimum_baseline": fewest}),
            )  # fmt: skip
            ours = (board.windows["rule"] == OURS) & (board.windows["age"] == TOTAL)
            log_score[length, trend] = board.windows[ours].set_index(WINDOW)["log_score"]
        density = -pd.DataFrame(log_score).dropna()
        if density.empty:
            raise DataError("multiverse: no placebo window is common to all baselines. Begin earlier.")
        table = pd.DataFrame(density.columns.tolist(), columns=list(TREND)).assign(
            weight=stack(density.to_numpy()),
            log_density=density.mean().to_numpy(),
            windows=len(density),
        )
        return replace(self, weights=table)

    def _mixture(self, weights: pd.DataFrame, period: Any) -> np.ndarray:
        """Median and interval of the mixture over trends, all other choices at their default."""
        default = self.table[self.table["default"]].iloc[0]
        others = [axis for axis in self.axes if axis not in TREND]
        same = (self.table[others] == default[others]).all(axis=1)
        same &= self.table["period"] == period
        weight = self.table[same].merge(weights, on=list(TREND), how="left")["weight"].to_numpy()
        values = self.quantiles[same.to_numpy()].to_numpy().ravel()
        order = np.argsort(values)
        each = np.repeat(weight / len(GRID), len(GRID))[order]
        mass = np.cumsum(each) - each / 2  # a quantile of the grid lies in the middle of its mass
        return np.interp(_levels(self.level), mass, values[order])


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
    """Fit the vital model under every combination of choices that is a model of its own, with one seed.

    `counts` are variants of the data by name, such as with and without deaths from HIV; the default first.
    `periods` are the default's; the choices of baseline replace its length. `executor`, `folder` and
    `progress` are those of `estimator.calibration.study.run_study`.
    """
    axes = (choices or Choices()).axes(counts, periods)
    specifications, tasks = [], []
    for chosen in product(*(choice.items() for choice in axes.values())):
        labels, value = (dict(zip(axes, part)) for part in zip(*chosen))
        model = VitalModel(
            value["data"], _periods(periods, value["baseline"], value["gap"]), ages=value["ages"],
            control_ages=value["control ages"], border_ages=value["border ages"], damping=value["trend"],
            priors=value["likelihood"], cohorts=value["cohorts"],
        )  # fmt: skip
        if value["border ages"] and not model.border_labels and None in axes["border ages"].values():
            continue  # the same as without border ages
        specifications.append(labels)
        decides = [model.specification(), labels["data"], seed, draws]
        tasks.append(task_of("multiverse", decides, fit_specification, (model, seed, draws)))
    results = run_study(tasks, executor=executor, folder=folder, progress=progress, label="fits")
    rows, quantiles = [], []
    for place, (labels, result) in enumerate(zip(specifications, results.values())):
        for period, values in result["quantiles"].items():
            interval = zip(("median", "lower", "upper"), np.interp(_levels(level), GRID, values))
            rows.append({
                **labels, "default": place == 0, "converged": result["converged"], "period": period,
                **dict(interval),
            })  # fmt: skip
            quantiles.append(values)
    return Multiverse(pd.DataFrame(rows), pd.DataFrame(quantiles, columns=GRID), axes, level)


@threadpool_limits.wrap(limits=1)
def fit_specification(model: VitalModel, seed: int, draws: int) -> dict[str, Any]:
    """Fit one specification: ``converged``, and ``quantiles`` at `GRID` by year and for all together."""
    estimate = fit(model, seed=seed, draws=draws, minimum_ess=MINIMUM_ESS, allow_unconverged=True)
    excess = estimate.by("period").excess
    by_period = {str(year): excess.sel(period=year) for year in excess["period"].values}
    if len(by_period) > 1:
        by_period[describe_years(model.periods.target)] = excess.sum("period")
    return {
        "quantiles": {period: np.quantile(values, GRID).tolist() for period, values in by_period.items()},
        "converged": estimate.converged,
    }


def _periods(periods: Periods, years: int, masked: bool) -> Periods:
    first, last = periods.baseline[-1] - years + 1, periods.baseline[-1]
    if masked or not periods.masked:
        return replace(periods, baseline=(first, last))
    return Periods((first, max(periods.masked)), periods.target)


def _levels(mass: float) -> list[float]:
    """Levels of the median and of the equal-tailed interval of that mass."""
    return [0.5, (1 - mass) / 2, (1 + mass) / 2]


def _trend(damping: float | None) -> str:
    names: dict[float | None, str] = {None: "damped", 0.0: "none", 1.0: "undamped"}
    return names.get(damping, f"damping {damping:g}" if damping is not None else "")


def _band(ages: tuple[int, int] | None) -> str:
    return f"{ages[0]}-{ages[1]}" if ages else "none"
