"""Tables of an estimate: rows for JSON and CSV, and files on disk."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from estimator.estimate import Estimate
from estimator.minimum import DocumentedMinimum
from estimator.periods import describe_years

COLUMNS = (
    "period",
    "age",
    "median",
    "mean",
    "sd",
    "lower",
    "upper",
    "level",
    "counterfactual",
    "observed",
    "minimum",
    "minimum_vintage",
    "probability_above_minimum",
)
DIAGNOSTICS = {
    "max_rhat": "max_rhat",
    "min_ess_bulk": "min_ess_bulk",
    "min_ess_tail": "min_ess_tail",
    "divergences": "divergences",
    "engine": "engine",
    "pareto_k": "pareto_k",
    "converged": "converged",
    "problems": "problems",
}


def estimate_rows(
    estimate: Estimate, minimum: DocumentedMinimum | None = None, *, level: float = 0.95
) -> pd.DataFrame:
    """Return one row per age band and for all ages, per period and for all periods together.

    Parameters
    ----------
    estimate : Estimate
        With dims age and period; regions are summed over.
    minimum : DocumentedMinimum, optional
        Named dead, set against all ages together: by period if the list has dates of death, otherwise
        against all periods together.
    level : float
        Of the equal-tailed credible interval.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, in persons.
    """
    national = estimate.by("age", "period")
    together = describe_years(estimate.years)
    parts = [
        national.to_frame(level),
        national.by("period").to_frame(level).assign(age=estimate.ages),
    ]
    if len(estimate.years) > 1:
        parts += [
            national.by("age").to_frame(level).assign(period=together),
            national.total().to_frame(level).assign(period=together, age=estimate.ages),
        ]
    rows = pd.concat(parts, ignore_index=True)
    rows["period"] = rows["period"].astype(str)
    rows = rows.assign(minimum=None, minimum_vintage=None, probability_above_minimum=None)
    if minimum is not None:
        for record in estimate.against(minimum, level=level).to_dict("records"):
            chosen = (rows["period"] == record["period"]) & (rows["age"] == estimate.ages)
            for column in ("minimum", "minimum_vintage", "probability_above_minimum"):
                rows.loc[chosen, column] = record[column]
    return rows[list(COLUMNS)]


def report_document(
    estimate: Estimate, minimum: DocumentedMinimum | None = None, *, level: float = 0.95
) -> dict[str, Any]:
    """Return the whole report as plain values, ready for JSON: estimates, diagnostics, provenance.

    Parameters
    ----------
    estimate, minimum, level
        As for `estimate_rows`.

    Returns
    -------
    dict
        ``estimates`` (one dict a row of `estimate_rows`), ``diagnostics`` (None where an engine does not
        have a measure) and ``provenance``.
    """
    rows = estimate_rows(estimate, minimum, level=level)
    return {
        "estimates": [_plain(record) for record in rows.to_dict("records")],
        "diagnostics": _plain(
            {name: estimate.diagnostics.get(key) for name, key in DIAGNOSTICS.items()}
        ),
        "provenance": estimate.provenance,
    }


def write_report(
    estimate: Estimate,
    folder: str | Path,
    minimum: DocumentedMinimum | None = None,
    *,
    level: float = 0.95,
) -> list[Path]:
    """Write estimates.csv, estimates.json and posterior.nc; all of them or none.

    Parameters
    ----------
    estimate, minimum, level
        As for `report_document`.
    folder : str or Path
        Created if absent; files of these names are replaced.

    Returns
    -------
    list of Path
        The files written.
    """
    folder = Path(folder)
    document = report_document(estimate, minimum, level=level)
    with tempfile.TemporaryDirectory() as scratch:
        draft = Path(scratch)
        estimate_rows(estimate, minimum, level=level).to_csv(draft / "estimates.csv", index=False)
        text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
        (draft / "estimates.json").write_text(text + "\n", encoding="utf-8")
        estimate.save(draft / "posterior.nc")
        folder.mkdir(parents=True, exist_ok=True)
        return [Path(shutil.copy(file, folder / file.name)) for file in sorted(draft.iterdir())]


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """Return Python numbers, with None for what is not known."""
    plain: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, np.generic):
            value = value.item()
        plain[str(key)] = None if isinstance(value, float) and not math.isfinite(value) else value
    return plain
