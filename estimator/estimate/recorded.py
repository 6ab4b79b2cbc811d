"""Recorded estimates: whether a figure has moved beyond what sampling alone would move it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from estimator.errors import DataError
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import write_number

COLUMNS = ("period", "age", "statistic", "value", "error")
TOLERANCE = 4.0
"""Monte Carlo errors: one figure in sixteen thousand moves so far by chance."""
ROUNDING = 12**-0.5
"""Standard deviation of what rounding to whole persons takes from a quantile of counts."""
EXACT = 1e-6
"""Relative: what is lost where an exact figure is written to a table and read again."""


def record(estimate: Estimate, *, level: float = 0.95) -> pd.DataFrame:
    """Return the figures of an estimate, each with its Monte Carlo standard error.

    Columns period, age (``all`` where summed over), statistic (median and bounds of the equal-tailed
    interval), value and error, in persons. Errors are those of quantiles of `arviz_stats.mcse`, with that of
    rounding where draws are whole persons. Copies among the marginal engine's draws are spread at random
    first, and its errors enlarged by the root of draws over effective draws: steadier for bounds than what
    neighbouring copies show.
    """
    if _inflation(estimate) > 1:
        order = np.random.default_rng(0).permutation(estimate.draws.sizes["draw"])
        estimate = replace(estimate, draws=estimate.draws.isel(draw=order))
    keep = [dim for dim in ("age", "period") if dim in estimate.dims]
    parts = []
    for dims in dict.fromkeys((tuple(keep), *((dim,) for dim in keep), ())):
        excess = (estimate.by(*dims) if dims else estimate.total()).values
        parts.append(_figures(excess, dims, level))
    table = pd.concat(parts, ignore_index=True)[list(COLUMNS)]
    return table.assign(error=table["error"] * _inflation(estimate))


def record_draws(
    draws: Mapping[str, np.ndarray], *, level: float = 0.95, effective: float | None = None
) -> pd.DataFrame:
    """Return the figures of draws of named quantities, as `record` does of an estimate.

    ``period`` holds the name of the quantity, ``age`` is ``all``. Draws may be in any order. Where they are
    not independent `effective` is the least effective sample size: errors grow by the root of draws over it.
    """
    parts = []
    for name, values in draws.items():
        # draws may be laid out node by node of a grid, which errors of chains would take for drift
        shuffled = np.random.default_rng(0).permutation(np.asarray(values, float))
        chain = xr.DataArray(shuffled[None], dims=("chain", "draw"))
        figures = _figures(chain, (), level).assign(period=name)
        inflation = np.sqrt(len(shuffled) / (effective or len(shuffled)))
        parts.append(figures.assign(error=figures["error"] * inflation))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def moved(
    recorded: pd.DataFrame | str | Path, current: pd.DataFrame, *, tolerance: float = TOLERANCE
) -> list[str]:
    """Return a sentence for every figure that moved, the largest move first; none if all agree.

    `recorded` is what `record` returned, or a CSV of it, and `current` what it returns now. A figure may move
    by `tolerance` Monte Carlo standard errors of the difference; one without an error is exact, and may move
    by what writing a table rounds. `DataError` if the recorded table lacks a column.
    """
    text = {"period": str, "age": str}
    if isinstance(recorded, str | Path):
        name, recorded = Path(recorded).name, pd.read_csv(recorded, dtype=text)
    else:
        name = "recorded estimates"
    if missing := [column for column in COLUMNS if column not in recorded]:
        raise DataError(f"{name}: column {missing[0]} is missing. Record the estimates again.")
    both = recorded.astype(text).merge(
        current.astype(text), how="outer", on=list(COLUMNS[:3]), suffixes=("_then", "_now")
    )
    change = (both["value_now"] - both["value_then"]).abs()
    error = np.hypot(both["error_then"], both["error_now"])
    exact = change > EXACT * both["value_then"].abs().clip(lower=EXACT)
    far = (change / error).where(error != 0, np.where(exact, np.inf, 0.0))
    both["far"] = far.fillna(np.inf)  # a figure that only one of the tables has
    moves = both[both["far"] > tolerance].sort_values("far", ascending=False, kind="stable")
    return [_sentence(row, error[index]) for index, row in moves.iterrows()]


def _sentence(row: pd.Series, error: float) -> str:
    label = f"{row['period']}, age {row['age']}, {row['statistic']}"
    if np.isnan(error):
        return f"{label} {'is new' if np.isnan(row['value_then']) else 'is gone'}"
    then, now = row["value_then"], row["value_now"]
    size = f"{row['far']:.1f} Monte Carlo errors" if error else "an exact figure"
    by = f"{'+' if now > then else ''}{write_number(now - then)}"
    return f"{label} moved from {write_number(then)} to {write_number(now)} ({by}, {size})"


def _inflation(estimate: Estimate) -> float:
    """How much larger Monte Carlo errors are than those of as many independent draws."""
    if estimate.diagnostics.get("engine") != "marginal":
        return 1.0
    draws = estimate.draws.sizes["chain"] * estimate.draws.sizes["draw"]
    return float(np.sqrt(max(1.0, draws / estimate.diagnostics["min_ess_bulk"])))


def _figures(excess: xr.DataArray, dims: tuple[str, ...], level: float) -> pd.DataFrame:
    from arviz_stats import mcse

    tail = (1 - level) / 2
    # counts tie, and the order statistics next to a quantile would show no error at all
    whole = bool((excess == np.round(excess)).all())
    spread = np.random.default_rng(0).uniform(-0.5, 0.5, excess.shape) if whole else 0.0
    smooth = (excess + spread).to_dataset(name="excess")
    rows = []
    for statistic, at in (("median", 0.5), ("lower", tail), ("upper", 1 - tail)):
        values = excess.quantile(at, ("chain", "draw")).drop_vars("quantile")
        errors = np.hypot(mcse(smooth, method="quantile", prob=at)["excess"], whole * ROUNDING)
        figures = xr.Dataset({"value": values, "error": errors}).expand_dims("figure")
        rows.append(figures.to_dataframe().reset_index().assign(statistic=statistic))
    table = pd.concat(rows, ignore_index=True)
    for dim in ("period", "age"):
        table[dim] = table[dim].map(_written) if dim in dims else "all"
    return table


def _written(label: object) -> str:
    return str(label)[:10] if isinstance(label, np.datetime64 | pd.Timestamp) else str(label)
