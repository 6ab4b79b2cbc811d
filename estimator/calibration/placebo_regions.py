"""Placebo of regions: all of them at once, and each on its own, in the same windows.

Besides the scores of regions it has those of their sum, where errors that regions share add up: a model that
takes regions as independent has intervals of sums that are too narrow, whatever those of regions are.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from estimator.calibration.placebo import PlaceboResult, roll
from estimator.calibration.placebo_window import OURS, scored, with_total
from estimator.calibration.reference_methods import RIVALS, Window
from estimator.calibration.scoreboard import scoreboard
from estimator.calibration.scores import Forecast
from estimator.calibration.study import Task, run_study, task_of
from estimator.data.counts import Counts
from estimator.data.periods import Periods, Years, parse_years
from estimator.errors import DataError
from estimator.inference.fit import fit
from estimator.models.regional.model import RegionalModel
from estimator.models.vital.model import VitalModel

ALONE, NATION, TOGETHER = "each region alone", "nation", "all regions"
RULES = ("ratio-5", "ratio-10", "constant ratio")
"""Rules of the placebo that are compared here; the others take minutes a hundred windows."""


@dataclass(frozen=True)
class RegionalPlacebo(PlaceboResult):
    """Every window of regions, scored, and those of their sum.

    Parameters
    ----------
    sums : DataFrame
        As `windows`, of all regions of an origin together: the model of all regions, each region alone
        taken as independent, and the nation's model, whose regions are those with every year.
    """

    sums: pd.DataFrame = field(default_factory=pd.DataFrame)

    def sums_board(self) -> pd.DataFrame:
        """Return one row a way of forecasting the sum of regions: coverage and relative scores."""
        return scoreboard(self.sums, seed=self.settings.get("seed", 0))

    def to_dict(self) -> dict[str, Any]:
        """Return the scoreboards as a document."""
        columns = ["windows", "coverage_50", "coverage_80", "coverage_95", "crps", "bias"]
        return {**super().to_dict(), "sums": self.sums_board()[columns].to_dict("index")}


def placebo_regions(  # noqa: PLR0913, public: one argument a setting of the study
    counts: Counts,
    *,
    seed: int,
    horizons: Sequence[int] = (3, 4),
    baseline_years: int = 20,
    minimum_baseline: int = 9,
    since: int = 1990,
    until: int | None = None,
    every: int = 1,
    ages: tuple[int, int] = (15, 49),
    control_ages: tuple[int, int] | None = (55, 69),
    exclude: Years = None,
    alone: bool = True,
    draws: int = 1000,
    minimum_ess: int = 200,
    executor: Executor | None = None,
    folder: str | Path | None = None,
    progress: bool = False,
) -> RegionalPlacebo:
    """Forecast peacetime of all regions at once and score it, with each region alone and ratio rules.

    Parameters
    ----------
    counts : Counts
        Deaths by region.
    alone : bool
        Fit each region on its own too: as many fits as there are regions.
    seed, horizons, baseline_years, since, until, every, ages, control_ages, exclude, draws, minimum_ess
        As for `estimator.placebo`; an origin is one fit of all regions that have ``minimum_baseline`` years.
    minimum_baseline, executor, folder, progress
        As for `estimator.placebo`.

    Returns
    -------
    RegionalPlacebo

    Raises
    ------
    DataError
        If no window is left, or the counts have no regions.
    """
    rolled = roll(
        counts.years, horizons=tuple(sorted(set(horizons))), baseline_years=baseline_years,
        minimum_baseline=minimum_baseline, since=since, until=until,
        exclude=frozenset(parse_years(exclude, name="exclude")),
    )  # fmt: skip
    tasks = [
        _origin_task(
            RegionalModel(_usable(counts, periods, minimum_baseline), periods, ages, control_ages),
            alone, seed, draws, minimum_ess,
        )
        for periods in list(rolled)[::every]
    ]  # fmt: skip
    if not tasks:
        raise DataError(
            f"placebo: no window is left in {counts.source}. Ask for fewer baseline years, or an earlier "
            "start."
        )
    results = run_study(tasks, executor=executor, folder=folder, progress=progress, label="origins")
    windows, sums = (
        pd.concat([pd.DataFrame(result[part]) for result in results.values()], ignore_index=True)
        for part in ("rows", "sums")
    )
    fits = pd.DataFrame([one for result in results.values() for one in result["fits"]])
    settings = {
        "source": counts.source, "data": counts.checksum[:16], "horizons": list(horizons),
        "baseline_years": baseline_years, "minimum_baseline": minimum_baseline, "since": since,
        "until": until, "every": every, "draws": draws, "minimum_ess": minimum_ess, "seed": seed,
    }  # fmt: skip
    return RegionalPlacebo(windows, fits, settings, sums)


def _usable(counts: Counts, periods: Periods, fewest: int) -> Counts:
    """Return the regions that have the target years and enough of the baseline, in the model's years."""
    known = counts.data["count"].notnull().all(("sex", "age"))
    target = known.sel(period=list(periods.target)).all("period")
    learned = known.sel(period=list(periods.baseline)).sum("period") >= fewest
    years = set(range(periods.all_years[0], periods.all_years[-1] + 1)) & set(counts.years)
    part = counts.select(years=years).data.sel(region=(target & learned).values)
    return Counts(part, counts.unit, counts.source, counts.vintage, counts.notes)


def _origin_task(model: RegionalModel, alone: bool, seed: int, draws: int, minimum_ess: int) -> Task:
    origin = model.periods.baseline[-1]
    own_seed = int(np.random.SeedSequence((seed, origin)).generate_state(1)[0])
    decides = [model.specification(), alone, own_seed, draws, minimum_ess, RULES]
    return task_of(f"regions {origin}", decides, score_origin, (model, alone, own_seed, draws, minimum_ess))


@threadpool_limits.wrap(limits=1)
def score_origin(
    model: RegionalModel, alone: bool, seed: int, draws: int, minimum_ess: int
) -> dict[str, Any]:
    """Fit one origin and score regions and their sum: the work of one task."""
    asked: dict[str, Any] = {"seed": seed, "draws": draws, "minimum_ess": minimum_ess}
    pooled = fit(model, allow_unconverged=True, **asked)
    nation = fit(model.nation, allow_unconverged=True, **asked)
    fits = [_fit_row(pooled, model, TOGETHER), _fit_row(nation, model, NATION)]
    rows, independent = [], []
    for region in model.counts.regions:
        single = _alone(model, region)
        window = Window.of(single)
        forecasts = {OURS: _forecast(pooled.draws["counterfactual"].sel(region=region))}
        if alone:
            own = fit(single, allow_unconverged=True, **asked)
            fits.append(_fit_row(own, model, region))
            independent.append(own.draws["counterfactual"])
            forecasts[ALONE] = _forecast(independent[-1])
        forecasts |= {rule: RIVALS[rule](window, np.random.default_rng(seed)) for rule in RULES}
        rows.append(scored(region, window, model.target_labels, forecasts))
    together = {OURS: _forecast(pooled.draws["counterfactual"].sum("region"))}
    if independent:
        together[ALONE] = _forecast(sum(independent[1:], independent[0]))
    whole = _summed(model)
    sums = [
        scored(TOGETHER, whole, model.target_labels, together),
        scored(
            TOGETHER, Window.of(model.nation), model.target_labels,
            {NATION: _forecast(nation.draws["counterfactual"])},
        ),
    ]  # fmt: skip
    return {
        "rows": pd.concat(rows).to_dict("list"), "sums": pd.concat(sums).to_dict("list"), "fits": fits
    }  # fmt: skip


def _alone(model: RegionalModel, region: str) -> VitalModel:
    """Return the model of one region on its own, with the baseline years that it has."""
    counts = model.counts.select(region=region)
    own = tuple(year for year in model.periods.baseline if year in counts.years)
    return replace(model.regions, counts=counts, periods=replace(model.periods, baseline=own))


def _summed(model: RegionalModel) -> Window:
    """Return the window of all regions together; its baseline, which differs by region, is not used."""
    window = Window.of(model.nation)
    target = model.counts.data["count"].sel(
        age=list(model.target_labels), period=list(model.periods.target)
    ).sum("region")  # fmt: skip
    men, women = (target.sel(sex=sex).values for sex in (model.target_sex, model.regions.control_sex))
    return replace(window, target_men=men, target_women=women)


def _forecast(counterfactual: Any) -> Forecast:
    cells = counterfactual.stack(sample=("chain", "draw")).transpose("age", "period", "sample")
    return Forecast.from_draws(with_total(cells.values))


def _fit_row(estimate: Any, model: RegionalModel, name: str) -> dict[str, Any]:
    diagnostics = estimate.diagnostics
    return {
        "territory": name, "origin": model.periods.baseline[-1], "converged": estimate.converged,
        "ess": diagnostics["min_ess_bulk"], "pareto_k": diagnostics["pareto_k"],
    }  # fmt: skip
