"""The scoreboard of rules over windows: as a table, and as a document for JSON."""

import math
from typing import Any

import numpy as np
import pandas as pd

from estimator.calibration.reference_methods import REFERENCE
from estimator.calibration.scores import LEVELS, cluster_bootstrap, pit_histogram

MEANS = {
    **{f"coverage_{level}": f"covered_{level}" for level in LEVELS},
    "crps": "crps_relative",
    "crps_absolute": "crps",
    "log_score": "log_score",
    "interval_score_95": "interval_score_95",
    "bias": "error_relative",
}
"""Columns of the scoreboard that are means of columns of windows; bias is of the mean, relative."""


FEW = 5
"""Age cells with fewer deaths of women than this are summed up on their own."""


def scoreboard(windows: pd.DataFrame, *, seed: int, age: str = "total") -> pd.DataFrame:
    """Summarise windows by rule, for one age band or the total; the seed is the bootstrap's.

    Columns, indexed by rule: windows (with a forecast), coverage at each level, crps (mean of CRPS over
    observed), crps_absolute, log_score, interval_score_95, bias (mean of error over observed), rmse
    (root mean square of error over observed), rmse_absolute, crps_ratio and rmse_ratio to the published
    rule over windows where both have a forecast; and for coverage, crps_ratio and rmse_ratio ``_low``
    and ``_high``, a 95% bootstrap interval over territories, NaN where there is but one.
    """
    chosen = windows[windows["age"] == age]
    place = ["territory", "origin", "horizon"]
    wide = {rule: part.set_index(place) for rule, part in chosen.groupby("rule", sort=False)}
    reference = wide.get(REFERENCE)
    rows = {rule: _summary(part, reference, seed) for rule, part in wide.items()}
    board = pd.DataFrame.from_dict(rows, orient="index")
    board.index.name = "rule"
    return board.astype({"windows": int})


def _summary(part: pd.DataFrame, reference: pd.DataFrame | None, seed: int) -> dict[str, float]:
    values = pd.DataFrame({name: part[column] for name, column in MEANS.items()})
    squares = part["error_relative"] ** 2
    infinite = np.isinf(values)  # a log score where the sd is zero
    means = values.mask(infinite, np.nan).mean()
    means[infinite.any()] = np.inf
    row = {"windows": int(part["crps"].notna().sum()), **means.to_dict()}
    row |= {
        "rmse": float(np.sqrt(squares.mean())),
        "rmse_absolute": float(np.sqrt((part["error"] ** 2).mean())),
    }
    if reference is None:
        return row
    paired = pd.DataFrame(
        {
            "crps": part["crps_relative"],
            "crps_reference": reference["crps_relative"].reindex(part.index),
            "square": squares,
            "square_reference": (reference["error_relative"] ** 2).reindex(part.index),
        }
    )
    # means over the windows that both rules forecast
    both = paired.where(paired.notna().all(axis=1))
    coverage = values[[f"coverage_{level}" for level in LEVELS]]
    joined = pd.concat([coverage, both], axis=1)
    row |= _ratios(joined.mean().to_dict())
    territories = part.index.get_level_values("territory")
    if territories.nunique() < 2:
        return row
    draws = pd.DataFrame(cluster_bootstrap(joined, territories, seed=seed), columns=joined.columns)
    for name, drawn in {**{c: draws[c] for c in coverage}, **_ratios(draws)}.items():
        row[f"{name}_low"], row[f"{name}_high"] = np.nanquantile(drawn, [0.025, 0.975])
    return row


def _ratios(means: Any) -> dict[str, Any]:
    square = means["square"] / means["square_reference"]
    return {
        "crps_ratio": means["crps"] / means["crps_reference"],
        "rmse_ratio": np.sqrt(square),
    }


def scoreboard_document(windows: pd.DataFrame, *, seed: int) -> dict[str, Any]:
    """Return the scoreboard as nested dicts, ready for JSON: numbers that do not exist are None.

    Keys: ``windows``, the number of territory × origin × horizon, and ``rules``: by rule coverage,
    scores and ratios, their intervals, the PIT histogram, then coverage by age (``ages``), of all age
    cells and of those with fewer than `FEW` women (``cells``), and by territory (``territories``).
    """
    total = windows[windows["age"] == "total"]
    board = scoreboard(windows, seed=seed)
    by_age = {a: scoreboard(windows, seed=seed, age=a) for a in windows["age"].unique()}
    by_territory = {t: scoreboard(part, seed=seed) for t, part in total.groupby("territory")}
    cells = windows[windows["age"] != "total"]
    parts = {"all": cells, f"fewer than {FEW} women": cells[cells["control"] < FEW]}
    rules = {}
    for rule, row in board.iterrows():
        plain = row[[c for c in board if "coverage" not in c and not c.endswith(("_low", "_high"))]]
        bounds = {
            name: [row[f"{name}_low"], row[f"{name}_high"]]
            for name in (*(f"coverage_{level}" for level in LEVELS), "crps_ratio", "rmse_ratio")
            if f"{name}_low" in row
        }
        rules[str(rule)] = {
            "coverage": _coverage(row),
            **plain.to_dict(),
            "intervals": bounds,
            "pit": pit_histogram(total.loc[total["rule"] == rule, "pit"]).tolist(),
            "ages": {a: _coverage(b.loc[rule]) for a, b in by_age.items() if a != "total"},
            "cells": {name: _cells(part[part["rule"] == rule]) for name, part in parts.items()},
            "territories": {
                t: {
                    "windows": b.loc[rule, "windows"],
                    "coverage": _coverage(b.loc[rule]),
                    "crps_ratio": b.loc[rule, "crps_ratio"] if "crps_ratio" in b else None,
                }
                for t, b in by_territory.items()
            },
        }
    number = len(total[["territory", "origin", "horizon"]].drop_duplicates())
    return _plain({"windows": number, "rules": rules})


def _coverage(row: pd.Series) -> dict[str, float]:
    return {str(level): row[f"coverage_{level}"] for level in LEVELS}


def _cells(part: pd.DataFrame) -> dict[str, Any]:
    means = {str(level): part[f"covered_{level}"].mean() for level in LEVELS}
    return {"number": len(part), "coverage": means}


def _plain(value: Any) -> Any:
    """Return what JSON can hold."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, (np.integer, int)) or value is None:
        return None if value is None else int(value)
    number = float(value)
    return number if math.isfinite(number) else None
