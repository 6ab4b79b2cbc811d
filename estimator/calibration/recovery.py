"""Recovery: whether the registry model finds what was put into a simulated registry."""

import tempfile
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from estimator.calibration.simulate.faults import FAULTS
from estimator.calibration.simulate.registry import SimulatedRegistry, simulate_registry
from estimator.calibration.study import Task, run_study
from estimator.data.periods import Periods, Resolution
from estimator.data.triangle import ReportingTriangle
from estimator.inference.fit_registry import fit_registry
from estimator.models.registry.model import RegistryModel

PERIODS = {"baseline": (2014, 2019), "masked": (2020, 2021), "target": (2022, 2023)}
QUANTILES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
Reader = Callable[[Path, date, Resolution], tuple[ReportingTriangle, dict[str, int]]]
"""Reads records: path, day of extraction, resolution; returns the triangle and how many records each rule
of cleaning touched. It must be importable by name, for workers to find it."""


def recover(
    seed: int,
    *,
    read: Reader,
    faults: Sequence[str] = (),
    resolution: Resolution = "month",
    cuts: Sequence[str] = (),
    draws: int = 2000,
) -> dict[str, Any]:
    """Simulate a registry, read it, fit it, and compare the posterior with the truth.

    `cuts` are dates to truncate the triangle at; without any, the date of extraction. The result has
    ``seed``, ``faults``, ``rules`` (records touched, by rule of the quality report) and ``fits``, each with
    ``cut``, ``outages``, ``diagnostics``, ``checks`` and ``quantities``: rows of kind (total, age, period),
    label, truth, quantiles and, of periods, the naive estimate. Where the cases show an outage the model is
    given it, as a user would who reads the warning.
    """
    made = simulate_registry(seed=seed, faults=faults)
    triangle, rules = _read(made, read, resolution)
    return {
        "seed": seed,
        "faults": list(faults),
        "rules": rules,
        "fits": [_fit_at(made, triangle, cut, seed, draws) for cut in cuts or (None,)],
    }


def _read(
    made: SimulatedRegistry, read: Reader, resolution: Resolution
) -> tuple[ReportingTriangle, dict[str, int]]:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what reading would warn of is among the rules
        made.write(folder, kind="parquet")
        return read(Path(folder) / "registry.parquet", made.extracted_on, resolution)


def _fit_at(
    made: SimulatedRegistry, triangle: ReportingTriangle, cut: str | None, seed: int, draws: int
) -> dict[str, Any]:
    from estimator.inference.checks_registry import check_registry

    seen = triangle if cut is None else triangle.truncate(cut)
    # a cut replays what was opened by then, with the sample that was matched at the end
    model = RegistryModel(seen, made.matched, Periods(**PERIODS), mixed_vintages=True)
    model = replace(model, outages=model.suggest_outages())
    estimate = fit_registry(model, seed=seed, draws=draws, allow_unconverged=True)
    truth = made.war_dead(seen.resolution).sel(age=list(model.target_labels))
    truth = truth.sel(period=estimate.draws["period"])
    return {
        "cut": cut,
        "outages": model.specification()["outages"],
        "diagnostics": estimate.diagnostics,
        "checks": check_registry(model, estimate, seed=seed).to_dict("records"),
        "quantities": _quantities(estimate.excess, truth, _naive(model)),
    }


def _quantities(excess: xr.DataArray, truth: xr.DataArray, naive: xr.DataArray) -> list[dict[str, Any]]:
    sample = ("chain", "draw")
    both = ("age", "period")
    rows: list[tuple[str, str, xr.DataArray, float, float | None]] = [
        ("total", "all", excess.sum(both), float(truth.sum()), float(naive.sum()))
    ]
    for age in excess["age"].values:
        chosen = excess.sel(age=age).sum("period")
        rows.append(("age", str(age), chosen, float(truth.sel(age=age).sum()), None))
    for period in excess["period"].values:
        chosen, simple = excess.sel(period=period).sum("age"), float(naive.sel(period=period))
        actual = float(truth.sel(period=period).sum())
        rows.append(("period", str(period)[:10], chosen, actual, simple))
    return [
        {
            "kind": kind, "label": label, "truth": actual, "naive": simple,
            "quantiles": [float(q) for q in draws.quantile(list(QUANTILES), sample)],
            "rank": float((draws < actual).mean() + 0.5 * (draws == actual).mean()),
        }
        for kind, label, draws, actual, simple in rows
    ]  # fmt: skip


def _naive(model: RegistryModel) -> xr.DataArray:
    """Return the estimate by period that has no model of delay: excess cases so far over capture."""
    data = model.arrays()
    beyond = data.men[: len(data.target)] - data.men_in_peace
    share = model.matched.share.loc[list(data.target)].to_numpy()
    return xr.DataArray(
        (beyond / share[:, None]).sum(0), {"period": data.war_periods}, ("period",), name="naive"
    )


def study_recovery(
    seeds: Sequence[int],
    *,
    read: Reader,
    faulty: Sequence[int] = (),
    cuts: Sequence[str] = (),
    resolution: Resolution = "month",
    executor: Executor | None = None,
    folder: str | Path | None = None,
    progress: bool = False,
) -> list[dict[str, Any]]:
    """Recover many registries: those of `seeds` without faults, those of `faulty` with one each.

    Faults go round in the order of `estimator.calibration.simulate.faults.FAULTS`.
    """
    names = list(FAULTS)
    wanted: list[tuple[int, tuple[str, ...]]] = [(seed, ()) for seed in seeds]
    wanted += [(seed, (names[i % len(names)],)) for i, seed in enumerate(faulty)]
    tasks = [
        Task(
            f"recovery 5 {resolution} {seed} {','.join(faults)} {','.join(cuts)}",
            _task,
            (seed, read, faults, resolution, tuple(cuts)),
        )
        for seed, faults in wanted
    ]
    results = run_study(tasks, executor=executor, folder=folder, progress=progress, label="registries")
    return list(results.values())


def _task(
    seed: int,
    read: Reader,
    faults: tuple[str, ...],
    resolution: Resolution,
    cuts: tuple[str, ...],
) -> dict[str, Any]:
    return recover(seed, read=read, faults=faults, resolution=resolution, cuts=cuts)


def recovery_table(results: Sequence[dict[str, Any]], *, level: float = 0.9) -> pd.DataFrame:
    """Return one row a quantity: seed, fault, cut, kind, label, truth, median, bounds, covered.

    The bounds are of the equal-tailed interval of mass 0.5, 0.8, 0.9 or 0.95.
    """
    tail = round((1 - level) / 2, 4)
    lower, upper = QUANTILES.index(tail), QUANTILES.index(round(1 - tail, 4))
    rows = []
    for result in results:
        for fit in result["fits"]:
            for one in fit["quantities"]:
                bounds = one["quantiles"]
                rows.append({
                    "seed": result["seed"], "fault": ",".join(result["faults"]) or "none",
                    "cut": fit["cut"], "kind": one["kind"], "label": one["label"],
                    "truth": one["truth"], "median": bounds[QUANTILES.index(0.5)],
                    "lower": bounds[lower], "upper": bounds[upper], "naive": one["naive"],
                    "rank": one["rank"], "converged": fit["diagnostics"]["converged"],
                })  # fmt: skip
    table = pd.DataFrame(rows)
    covered = (table["lower"] <= table["truth"]) & (table["truth"] <= table["upper"])
    return table.assign(covered=covered, error=np.log(table["median"] / table["truth"]))
