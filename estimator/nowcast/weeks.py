"""Draws by week of death as an Estimate."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from estimator.estimate.described import software
from estimator.estimate.estimate import Estimate
from estimator.models.present import arrays

CELLS = ("chain", "draw", "period")


def weekly_estimate(
    variables: Mapping[str, np.ndarray], weeks: pd.DatetimeIndex, *, unit: str, through: date,
    provenance: dict[str, Any],
) -> Estimate:  # fmt: skip
    """Return draws by week as an estimate of the first variable, which is the quantity.

    Arrays have the shape (weeks, draws), or (weeks,) for what was counted. Weeks are labelled by their
    first days; the last one ends on ``through``.
    """
    cells = {
        name: (CELLS, values.T[None]) if values.ndim == 2 else ("period", values)
        for name, values in variables.items()
    }
    draws = xr.Dataset(cells, coords={"period": weeks.to_numpy()})
    return Estimate(
        draws=draws.assign_coords(chain=[0], draw=np.arange(draws.sizes["draw"])),
        quantity=next(iter(variables)),
        unit=unit,
        diagnostics={"engine": "laplace", "converged": True},
        provenance=provenance | {"versions": software()},
        years=tuple(sorted(set(weeks.year.tolist()))),
        ages="all",
        dates=(str(weeks[0].date()), str(through)),
    )


def names_shown(counts: pd.DataFrame, weeks: pd.DatetimeIndex) -> np.ndarray:
    """Return the names of each week when it was last shown, (weeks,): a stale copy may lack some."""
    return counts.ffill(axis=1).iloc[:, -1].reindex(weeks).fillna(0.0).to_numpy()


def share_until(weeks: pd.DatetimeIndex, day: date | pd.Timestamp) -> np.ndarray:
    """Return the share of each week that lies before the end of a day, (weeks,)."""
    return arrays.share_until(weeks, pd.Timestamp(day), days=7)


def share_between(weeks: pd.DatetimeIndex, first: pd.Timestamp, last: pd.Timestamp) -> np.ndarray:
    """Return the share of each week that lies between two days, both inside, (weeks,)."""
    return arrays.share_between(weeks, first, last, days=7)


def weeks_of(estimate: Estimate) -> pd.DatetimeIndex:
    """Return the first days of an estimate's weeks."""
    return pd.DatetimeIndex(estimate.draws["period"].to_numpy(), name="week")
