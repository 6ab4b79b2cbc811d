"""One window of a placebo: the model and its rivals forecast it, and are scored."""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from estimator.calibration.reference_methods import RIVALS, Window
from estimator.calibration.scores import Forecast, score_table
from estimator.calibration.study import Task, task_of
from estimator.inference.fit import fit
from estimator.models.vital.model import VitalModel

OURS = "registry-excess"
TOTAL = "total"
REFIT = 4
"""A sample that did not converge is drawn once more with this many times the draws."""


def window_task(name: str, model: VitalModel, seed: int, draws: int, minimum_ess: int) -> Task:
    """Return the task of one origin, whose key holds all that decides its result.

    A window's own seed comes from the study's ``seed``, the territory's ``name`` and the origin.
    """
    used = range(model.periods.all_years[0], model.periods.all_years[-1] + 1)
    counts = model.counts.select(years=set(used) & set(model.counts.years))
    part = replace(model, counts=counts)
    origin = part.periods.baseline[-1]
    parts = (seed, zlib.crc32(name.encode()), origin)
    own_seed = int(np.random.SeedSequence(parts).generate_state(1)[0])
    decides = [part.specification(), own_seed, draws, minimum_ess, sorted(RIVALS)]
    arguments = (name, part, own_seed, draws, minimum_ess)
    return task_of(f"{name} {origin}", decides, score_window, arguments)


@threadpool_limits.wrap(limits=1)
def score_window(name: str, model: VitalModel, seed: int, draws: int, minimum_ess: int) -> dict[str, Any]:
    """Fit one origin and score the model and its rivals: the work of one task.

    Returns ``rows``, the columns of `PlaceboResult.windows`, and ``fit``, a row of `PlaceboResult.fits`.
    """
    asked: dict[str, Any] = {"minimum_ess": minimum_ess, "allow_unconverged": True}
    estimate = fit(model, seed=seed, draws=draws, **asked)
    if refitted := not estimate.converged:
        estimate = fit(model, seed=seed, draws=REFIT * draws, **asked)
    window = Window.of(model)
    cells = estimate.draws["counterfactual"].stack(sample=("chain", "draw")).values
    forecasts = {OURS: Forecast.from_draws(with_total(cells))}
    for place, (rule, forecast) in enumerate(RIVALS.items()):
        forecasts[rule] = forecast(window, np.random.default_rng([seed, place]))
    diagnostics = estimate.diagnostics
    return {
        "rows": scored(name, window, model.target_labels, forecasts).to_dict("list"),
        "fit": {
            "territory": name,
            "origin": model.periods.baseline[-1],
            "converged": estimate.converged,
            "refitted": refitted,
            "ess": diagnostics["min_ess_bulk"],
            "pareto_k": diagnostics["pareto_k"],
        },
    }


def with_total(cells: np.ndarray) -> np.ndarray:
    """Return cells (ages, ...) with their sum over ages as the last row."""
    return np.concatenate([cells, cells.sum(0, keepdims=True)])


def scored(
    name: str, window: Window, ages: tuple[str, ...], forecasts: Mapping[str, Forecast]
) -> pd.DataFrame:
    """Return the scores of forecasts by rule, of each age band and the total, one row a target year."""
    labels = pd.MultiIndex.from_product(
        [[*ages, TOTAL], window.target_years.tolist()], names=["age", "year"]
    ).to_frame(index=False)
    origin = int(window.years[-1])
    labels = labels.assign(
        territory=name,
        origin=origin,
        horizon=labels["year"] - origin,
        control=with_total(window.target_women).ravel(),
    )
    observed = with_total(window.target_men)
    return pd.concat(
        [
            pd.concat([labels.assign(rule=rule), score_table(forecast, observed)], axis=1)
            for rule, forecast in forecasts.items()
        ],
        ignore_index=True,
    )
