"""Credible intervals: computed in one place, never without their kind and mass."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr

from estimator.errors import DataError

Kind = Literal["eti", "hdi"]
SAMPLE = ("chain", "draw")
"""Dims of draws."""


def credible_interval(
    draws: np.ndarray, *, level: float = 0.95, kind: Kind = "eti", axis: int = -1
) -> tuple[np.ndarray, np.ndarray]:
    """Return the bounds of a credible interval of equally weighted draws.

    ``axis`` is that of the draws; ``level`` the probability inside. ``"eti"`` is equal-tailed, with as
    much probability below as above; ``"hdi"`` the shortest interval.
    """
    if not 0 < level < 1:
        raise DataError(
            f"interval level must lie between 0 and 1, got {level}. Write 0.95 for 95%."
        )
    if kind == "eti":
        lower, upper = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=axis)
        return lower, upper
    if kind != "hdi":
        raise DataError(f"interval kind must be 'eti' or 'hdi', got {kind!r}.")
    ordered = np.sort(np.moveaxis(np.asarray(draws, float), axis, -1), axis=-1)
    count = ordered.shape[-1]
    inside = min(int(np.floor(level * count)), count - 1)
    width = ordered[..., inside:] - ordered[..., : count - inside]
    start = np.argmin(width, axis=-1)[..., None]
    return (
        np.take_along_axis(ordered, start, -1)[..., 0],
        np.take_along_axis(ordered, start + inside, -1)[..., 0],
    )


def interval_of_cells(draws: xr.DataArray, level: float, kind: Kind) -> xr.Dataset:
    """Return variables ``lower`` and ``upper`` of draws with labelled dims, cell by cell."""
    stacked = draws.stack(sample=SAMPLE).transpose(..., "sample")
    lower, upper = credible_interval(stacked.values, level=level, kind=kind)
    dims = [dim for dim in stacked.dims if dim != "sample"]
    coords = {dim: draws[dim] for dim in dims}
    return xr.Dataset({"lower": (dims, lower), "upper": (dims, upper)}, coords=coords)


def interval_of(draws: Any, level: float) -> dict[str, float]:
    """Return median, lower and upper bound (equal-tailed) of draws of one quantity."""
    values = np.asarray(draws, float)
    lower, upper = credible_interval(values, level=level)
    return {"median": float(np.median(values)), "lower": float(lower), "upper": float(upper)}


def summarise(draws: np.ndarray, name: str, level: float, index: pd.Index) -> pd.DataFrame:
    """Return columns NAME (the median), NAME_lower and NAME_upper (equal-tailed) of each row of draws."""
    lower, upper = credible_interval(draws, level=level)
    columns = {name: np.median(draws, axis=1), f"{name}_lower": lower, f"{name}_upper": upper}
    return pd.DataFrame(columns, index=index)


def write_number(value: float) -> str:
    """Write persons without decimals, shares and other small numbers with four digits."""
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.4g}"
