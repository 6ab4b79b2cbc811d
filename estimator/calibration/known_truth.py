"""Known truth: a war whose deaths are known, estimated as if they were not.

Two tables are needed: all deaths, as a registry would have them, and the war's dead among them. The model
and the published rule use the first alone; both are scored against the second.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from estimator.calibration.reference_methods import Window, ratio_rule
from estimator.calibration.scores import LEVELS, Forecast, score_table
from estimator.errors import DataError
from estimator.estimate.estimate import Estimate
from estimator.inference.fit import fit
from estimator.models.vital.model import VitalModel
from estimator.sources.columns import choose_columns, to_number
from estimator.sources.tables import read_table

OURS = "registry-excess"
TOTAL = "total"
ALIASES: dict[str, tuple[str, ...]] = {"year": (), "sex": (), "age_low": (), "age_high": ()}
ALIASES |= {"truth": ("war_deaths_truth", "war_deaths", "deaths", "count")}


@dataclass(frozen=True)
class KnownTruth:
    """The model's estimate, and the scores of it and of the published rule against the truth.

    `cells` has one row a rule × age × year, ages and years each with ``total``: rule, age, year, then the
    columns of `estimator.calibration.scores.score_table`; observed is the true number, mean and
    quantiles are of the estimated excess.
    """

    cells: pd.DataFrame
    estimate: Estimate

    def summary(self) -> pd.DataFrame:
        """Return one row a rule.

        Truth and estimate of the whole, its relative error, 95% interval and whether that covers the
        truth, its CRPS; then over cells of single ages and years their number, coverage, CRPS and root
        mean square error.
        """
        rows = {}
        for rule, part in self.cells.groupby("rule", sort=False):
            sums = part[["age", "year"]] == TOTAL
            (total,) = part[sums.all(axis=1)].to_dict("records")
            cells = part[~sums.any(axis=1)]
            rows[str(rule)] = {
                "truth": total["observed"],
                "estimate": total["mean"],
                "error_relative": total["error_relative"],
                "lower": total["q2.5"],
                "upper": total["q97.5"],
                "covered": bool(total["covered_95"]),
                "crps": total["crps"],
                "cells": len(cells),
                **{f"coverage_{level}": cells[f"covered_{level}"].mean() for level in LEVELS},
                "cell_crps": cells["crps"].mean(),
                "cell_rmse": float(np.sqrt((cells["error"] ** 2).mean())),
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("rule")

    def to_dict(self) -> dict[str, Any]:
        """Return the summary, every cell and the model, ready for JSON."""
        names = {
            "rule": "rule", "age": "age", "year": "year", "observed": "truth", "mean": "estimate",
            "q2.5": "lower", "q97.5": "upper", "covered_95": "covered_95", "crps": "crps",
        }  # fmt: skip
        cells = self.cells[list(names)].rename(columns=names)
        return {
            "rules": json.loads(self.summary().to_json(orient="index", double_precision=12)),
            "cells": json.loads(cells.to_json(orient="records", double_precision=12)),
            "diagnostics": self.estimate.diagnostics,
            "provenance": self.estimate.provenance,
        }

    def to_json(self) -> str:
        """Return `to_dict` as JSON text; what does not exist is null."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)


def known_truth(
    model: VitalModel,
    truth: pd.DataFrame | str | Path,
    *,
    seed: int,
    draws: int | None = None,
    allow_unconverged: bool = False,
) -> KnownTruth:
    """Estimate a war from a table of all deaths and compare with the deaths that it truly caused.

    Parameters
    ----------
    model : VitalModel
        The specification: total deaths, with the war years as its target.
    truth : DataFrame or path
        True war deaths by year and age band: columns year, age_low, a number (war_deaths_truth,
        war_deaths, deaths or count) and, where both sexes are in it, sex. It must have every target
        age and year.
    seed : int
        Same seed, same digits.
    draws, allow_unconverged
        As for `estimator.inference.fit.fit`.

    Raises
    ------
    DataError
        If the truth lacks a target age or year, has one twice, or cannot be read.
    ConvergenceError
        If the sample does not pass and `allow_unconverged` is false.
    """
    true = _true_cells(truth, model)
    with threadpool_limits(1):
        estimate = fit(model, seed=seed, draws=draws, allow_unconverged=allow_unconverged)
    excess = estimate.excess.transpose("age", "period", "chain", "draw")
    ours = excess.values.reshape(*excess.shape[:2], -1)
    window = Window.of(model)
    forecasts = {OURS: Forecast.from_draws(_margins(ours))}
    for length in (5, 10):
        if length <= len(model.periods.baseline):
            forecasts[f"ratio-{length}"] = _ratio_rule_excess(window, length)
    ages, years = [*model.target_labels, TOTAL], [*model.periods.target, TOTAL]
    labels = pd.MultiIndex.from_product([ages, years], names=["age", "year"]).to_frame(index=False)
    cells = [
        pd.concat([labels.assign(rule=rule), score_table(forecast, _margins(true))], axis=1)
        for rule, forecast in forecasts.items()
    ]
    return KnownTruth(pd.concat(cells, ignore_index=True), estimate)


def _ratio_rule_excess(window: Window, fit_years: int) -> Forecast:
    """Excess by the published rule, with errors of all cells added in quadrature, as printed for ages."""
    peace = ratio_rule(window, fit_years=fit_years, trend="linear")
    excess = window.target_men - peace.mean[:-1]
    return Forecast.normal(_margins(excess), np.sqrt(_margins(peace.sd[:-1] ** 2)))


def _margins(cells: np.ndarray) -> np.ndarray:
    """Add the sum over ages as a last row and the sum over years as a last column."""
    with_ages = np.concatenate([cells, cells.sum(0, keepdims=True)], axis=0)
    return np.concatenate([with_ages, with_ages.sum(1, keepdims=True)], axis=1)


def _true_cells(truth: pd.DataFrame | str | Path, model: VitalModel) -> np.ndarray:
    """Return the true war deaths, dims (target age, target year)."""
    name = "truth" if isinstance(truth, pd.DataFrame) else Path(truth).name
    table = truth.copy() if isinstance(truth, pd.DataFrame) else read_table(truth)
    table = choose_columns(table, ALIASES, ("year", "age_low", "truth"), name)
    if "sex" in table:
        table = table[table["sex"].astype(str).str.strip().str.lower() == model.target_sex]
    bands = model.counts.ages
    age = to_number(table["age_low"], name, whole=True, least=0, remedy="Write 15.")
    year = to_number(table["year"], name, whole=True, remedy="Write 1914.")
    value = to_number(table["truth"], name, remedy="Give the number of war deaths.")
    labels = age.map(dict(zip(bands.low, bands.labels)))
    _check_bands(table, age, year, model, name)
    index = pd.MultiIndex.from_arrays([labels, year])
    wanted = pd.MultiIndex.from_product([model.target_labels, model.periods.target])
    cells = pd.Series(value.to_numpy(float), index=index)
    if (twice := cells.index.duplicated() & cells.index.isin(wanted)).any():
        band, when = cells.index[twice][0]
        raise DataError(f"{name}: ages {band} in {when} are given twice. Leave one row of each.")
    if len(absent := wanted.difference(cells.index)):
        band, when = absent[0]
        raise DataError(
            f"{name}: no {model.target_sex} war deaths for ages {band} in {when} ({len(absent)} such "
            "cells). Add them, zero where nobody died, or choose other --target years or ages."
        )
    return cells.reindex(wanted).to_numpy().reshape(len(model.target_labels), -1)


def _check_bands(table: pd.DataFrame, age: pd.Series, year: pd.Series, model: VitalModel, name: str) -> None:
    bands = model.counts.ages
    used = year.isin(model.periods.target) & age.between(*model.ages)
    strange = used & ~age.isin(bands.low)
    if "age_high" in table:
        ends = pd.to_numeric(table["age_high"], errors="coerce")
        strange |= used & (ends != age.map(dict(zip(bands.low, bands.high))))
    if strange.any():
        raise DataError(
            f"{name}: row {table.index[strange][0]}: the band that begins at age "
            f"{age[strange].iloc[0]} is not one of the total's ({', '.join(model.target_labels)}). "
            "Give both tables the same age bands."
        )
