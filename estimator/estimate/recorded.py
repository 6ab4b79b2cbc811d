"""Recorded estimates: whether a figure has moved beyond what sampling alone would move it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from estimator.errors import DataError
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import write_number

COLUMNS = ("period", "age", "statistic", "value", "error")
TOLERANCE = 4.0
"""Monte Carlo errors: of a hundred figures none moves so far by chance."""
ROUNDING = 12**-0.5
"""Standard deviation of what rounding to whole persons takes from a quantile of counts."""
EXACT = 1e-6
"""Relative: what is lost where an exact figure is written to a table and read again."""


def record(estimate: Estimate, *, level: float = 0.95) -> pd.DataFrame:
    """Return what an estimate says, each figure with its Monte Carlo standard error.

    Parameters
    ----------
    estimate : Estimate
        With the dims age and period, or what is left of them.
    level : float
        Of the equal-tailed interval.

    Returns
    -------
    DataFrame
        One row a figure: period, age (``all`` where summed over), statistic (median, lower, upper),
        value and error, in persons. Errors are those of quantiles of `arviz_stats.mcse`, with that of
        rounding where draws are whole persons; draws of the marginal engine are resampled by
        importance, of which chains know nothing, and their errors are larger by the root of draws
        over effective draws.
    """
    wider = _wider(estimate)
    parts: list[pd.DataFrame] = []
    keep: list[str] = [dim for dim in ("age", "period") if dim in estimate.dims]
    single = [[dim] for dim in keep] if len(keep) > 1 else []
    whole: list[str] = []
    for dims in (keep, *single, whole):
        excess = (estimate.by(*dims) if dims else estimate.total()).values
        if not parts or dims != keep:
            parts.append(_figures(excess, dims, level))
    table = pd.concat(parts, ignore_index=True)[list(COLUMNS)]
    return table.assign(error=table["error"] * wider)


def record_draws(draws: Mapping[str, np.ndarray], *, level: float = 0.95) -> pd.DataFrame:
    """Return what independent draws of named quantities say, as `record` does of an estimate.

    Parameters
    ----------
    draws : mapping of str to array
        Of each quantity its draws, one dimension; they may be in any order.
    level : float
        Of the equal-tailed interval.

    Returns
    -------
    DataFrame
        As from `record`; ``period`` holds the name of the quantity, ``age`` is ``all``.
    """
    parts = []
    for name, values in draws.items():
        # draws may be laid out node by node of a grid, which errors of chains would take for drift
        shuffled = np.random.default_rng(0).permutation(np.asarray(values, float))
        chain = xr.DataArray(shuffled[None], dims=("chain", "draw"))
        parts.append(_figures(chain, [], level).assign(period=name))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def moved(
    recorded: pd.DataFrame | str | Path, current: pd.DataFrame, *, tolerance: float = TOLERANCE
) -> list[str]:
    """Return a sentence for every figure that moved, largest first; none if all stand.

    Parameters
    ----------
    recorded : DataFrame or path
        What `record` returned, or a CSV of it.
    current : DataFrame
        What `record` returns now.
    tolerance : float
        How many Monte Carlo standard errors of the difference a figure may move. Figures without an
        error are exact: they may move by what writing a table rounds, one part in a million.

    Raises
    ------
    DataError
        If the recorded table lacks a column.
    """
    name = Path(recorded).name if isinstance(recorded, str | Path) else "recorded estimates"
    text = {"period": str, "age": str}
    table = pd.read_csv(recorded, dtype=text) if isinstance(recorded, str | Path) else recorded
    if missing := [column for column in COLUMNS if column not in table]:
        raise DataError(f"{name}: column {missing[0]} is missing. Record the estimates again.")
    both = [part.astype(text).set_index(list(COLUMNS[:3])) for part in (table, current)]
    joined = both[0].merge(
        both[1], how="outer", left_index=True, right_index=True, suffixes=("_then", "_now")
    )
    found = []
    for place, row in joined.iterrows():
        label = "{1}, age {2}, {0}".format(place[2], *place[:2])
        if row.isna().any():
            gone = "is new" if np.isnan(row["value_then"]) else "is gone"
            found.append((np.inf, f"{label} {gone}"))
            continue
        then, now = row["value_then"], row["value_now"]
        error = float(np.hypot(row["error_then"], row["error_now"]))
        if error:
            far = abs(now - then) / error
            size = f"{far:.1f} Monte Carlo errors"
        else:
            far = np.inf if abs(now - then) > EXACT * max(abs(then), EXACT) else 0.0
            size = "an exact figure"
        if far > tolerance:
            by = f"{'+' if now > then else ''}{write_number(now - then)}"
            found.append(
                (
                    far,
                    f"{label} moved from {write_number(then)} to {write_number(now)} ({by}, {size})",
                )
            )
    return [sentence for _, sentence in sorted(found, key=lambda pair: -pair[0])]


def _wider(estimate: Estimate) -> float:
    if estimate.diagnostics.get("engine") != "marginal":
        return 1.0
    draws = estimate.draws.sizes["chain"] * estimate.draws.sizes["draw"]
    return float(np.sqrt(max(1.0, draws / estimate.diagnostics["min_ess_bulk"])))


def _figures(excess: xr.DataArray, dims: list[str], level: float) -> pd.DataFrame:
    from arviz_stats import mcse

    sample = ("chain", "draw")
    tail = (1 - level) / 2
    # counts tie, and the order statistics beside a quantile would tell of no error at all
    whole = bool((excess == np.round(excess)).all())
    spread = np.random.default_rng(0).uniform(-0.5, 0.5, excess.shape) if whole else 0.0
    smooth = excess + spread
    rows = []
    for statistic, at in (("median", 0.5), ("lower", tail), ("upper", 1 - tail)):
        values = excess.quantile(at, sample).drop_vars("quantile")
        errors = mcse(smooth.to_dataset(name="excess"), method="quantile", prob=at)["excess"]
        errors = np.hypot(errors, ROUNDING if whole else 0.0)
        table = xr.Dataset({"value": values, "error": errors}).to_dataframe() if dims else (
            pd.DataFrame({"value": [float(values)], "error": [float(errors)]})
        )  # fmt: skip
        table = table.reset_index() if dims else table
        rows.append(table.assign(statistic=statistic))
    found = pd.concat(rows, ignore_index=True)
    for dim in ("period", "age"):
        found[dim] = found[dim].map(_written) if dim in dims else "all"
    return found


def _written(label: object) -> str:
    return str(label)[:10] if isinstance(label, np.datetime64 | pd.Timestamp) else str(label)
