"""Credible intervals of draws, and draws against the documented minimum, by reporting period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr

from estimator.data.minimum import GRACE, DocumentedMinimum
from estimator.data.periods import describe_years
from estimator.errors import DataError, VintageError

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
        raise DataError(f"interval level must lie between 0 and 1, got {level}. Write 0.95 for 95%.")
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


@dataclass(frozen=True)
class ReportingPeriod:
    """A stretch of time that is reported: its label, calendar years, days and labels among the draws.

    ``dates`` are its first and last day where it is not of whole years; ``periods`` is None for all.
    """

    label: str
    years: tuple[int, ...]
    dates: tuple[str, str] | None = None
    periods: Sequence | None = None

    def names(self, minimum: DocumentedMinimum) -> int:
        """Return the names to set against it."""
        if self.dates is not None:
            return minimum.against_dates(*self.dates)
        return minimum.against_years(self.years)


def reporting_periods(
    periods: xr.DataArray | None, years: tuple[int, ...], dates: tuple[str, str] | None
) -> list[ReportingPeriod]:
    """Return each calendar year, where periods are kept, and all together.

    ``periods`` are labels, years or first days, or None where they were summed over; ``dates`` are the
    first and last day where periods are weeks or months.
    """
    label = " to ".join(dates) if dates else describe_years(years)
    together = ReportingPeriod(label, years, dates)
    if periods is None or len(years) == 1:
        return [together]
    single = []
    for year in years:
        inside = periods.values[years_of(periods) == year]
        if dates is None:
            single.append(ReportingPeriod(str(year), (year,), None, [year]))
        elif inside.size:
            first, last = max(dates[0], f"{year}-01-01"), min(dates[1], f"{year}-12-31")
            label = f"{first} to {last}"
            single.append(ReportingPeriod(label, (year,), (first, last), inside))
    return [*single, together]


def years_of(periods: xr.DataArray) -> np.ndarray:
    """Return the calendar year in which each period begins; its label is that year or its first day."""
    dated = np.issubdtype(periods.dtype, np.datetime64)
    return np.asarray(periods.dt.year if dated else periods)


def days_apart(seen: date | None, minimum: DocumentedMinimum) -> int:
    """Return how many days after the data a list was seen, negative if before; 0 up to `GRACE`.

    Where it is not known when the data of the estimate were seen (None), nothing is apart.
    """
    if seen is None or abs(minimum.vintage - seen) <= GRACE:
        return 0
    return (minimum.vintage - seen).days


def check_vintages(seen: date | None, minimum: DocumentedMinimum) -> None:
    """Raise VintageError if a list was seen more than `GRACE` before or after the data."""
    days = days_apart(seen, minimum)
    if not days:
        return
    order = "after" if days > 0 else "before"
    raise VintageError(
        f"the data of the estimate were seen on {seen}, the named list ({minimum.source}) on "
        f"{minimum.vintage}, {abs(days):,} days {order} them: one knows deaths "
        f"that the other could not. Take a list seen within {GRACE.days} days of {seen}, or ask for this "
        "one with mixed_vintages=True, and say both dates."
    )


def against_minimum(
    excess: xr.DataArray,
    period: ReportingPeriod,
    minimum: DocumentedMinimum,
    level: float,
    kind: Kind,
) -> dict[str, object]:
    """Return one row: the sum of a period, dims (chain, draw), its interval, the minimum and their ratio."""
    lower, upper = credible_interval(excess.values.ravel(), level=level, kind=kind)
    names = period.names(minimum)
    median = float(excess.median())
    return {
        "period": period.label, str(excess.name): median, "lower": float(lower), "upper": float(upper),
        "level": level, "kind": kind,
        "minimum": names, "minimum_vintage": str(minimum.vintage),
        "ratio": median / names if names else np.nan,
        "completeness": names / median if median > 0 else np.nan,
        # of NaN, "greater" is false, which is not a probability of zero
        "probability_above_minimum": float((excess > names).where(excess.notnull()).mean(skipna=False)),
    }  # fmt: skip
