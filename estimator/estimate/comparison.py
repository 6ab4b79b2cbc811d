"""Setting draws of an excess against the documented minimum, span of time by span."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import xarray as xr

from estimator.data.minimum import GRACE, DocumentedMinimum
from estimator.data.periods import describe_years
from estimator.errors import VintageError
from estimator.estimate.intervals import Kind, credible_interval

SAMPLE = ("chain", "draw")


@dataclass(frozen=True)
class Span:
    """A span of time that an excess is asked for.

    Parameters
    ----------
    label : str
        How it is written.
    years : tuple of int
        Its calendar years.
    dates : (str, str) or None
        First and last day, where it is not of whole years.
    periods : sequence or None
        Labels of its periods among the draws; None for all.
    """

    label: str
    years: tuple[int, ...]
    dates: tuple[str, str] | None = None
    periods: Sequence | None = None

    def names(self, minimum: DocumentedMinimum) -> int:
        """Return the names to set against the span."""
        if self.dates is not None:
            return minimum.against_dates(*self.dates)
        return minimum.against_years(self.years)


def spans_of(
    periods: xr.DataArray | None,
    years: tuple[int, ...],
    dates: tuple[str, str] | None,
    *,
    single: bool,
) -> list[Span]:
    """Return each calendar year, where periods are kept, and all together.

    Parameters
    ----------
    periods : xarray.DataArray or None
        Labels of the periods: years or first days; None where they were summed over.
    years : tuple of int
        All calendar years.
    dates : (str, str) or None
        First and last day, where periods are weeks or months.
    single : bool
        Whether single years are wanted.
    """
    together = Span(" to ".join(dates) if dates else describe_years(years), years, dates)
    if periods is None or not single or len(years) == 1:
        return [together]
    found = []
    for year in years:
        if dates is None:
            found.append(Span(str(year), (year,), None, [year]))
            continue
        inside = periods.values[periods.dt.year.values == year]
        if inside.size:
            first, last = max(dates[0], f"{year}-01-01"), min(dates[1], f"{year}-12-31")
            found.append(Span(f"{first} to {last}", (year,), (first, last), inside))
    return [*found, together]


def days_apart(seen: date | None, minimum: DocumentedMinimum) -> int:
    """Return how many days after the data a list was seen, negative if before; 0 up to `GRACE`.

    Parameters
    ----------
    seen : datetime.date or None
        When the data of the estimate were seen; where that is not known nothing is apart.
    minimum : DocumentedMinimum
        The named list at a vintage.
    """
    if seen is None or abs(minimum.vintage - seen) <= GRACE:
        return 0
    return (minimum.vintage - seen).days


def refuse_mixed_vintages(seen: date | None, minimum: DocumentedMinimum) -> None:
    """Refuse a list that was seen more than `GRACE` before or after the data.

    Parameters
    ----------
    seen : datetime.date or None
        When the data of the estimate were seen; where that is not known nothing is refused.
    minimum : DocumentedMinimum
        The named list at a vintage.

    Raises
    ------
    VintageError
        If the two are further apart.
    """
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
    excess: xr.DataArray, span: Span, minimum: DocumentedMinimum, level: float, kind: Kind
) -> dict[str, object]:
    """Return one row: the excess of a span, its interval, the minimum and what they say together.

    Parameters
    ----------
    excess : xarray.DataArray, dims (chain, draw)
        Draws of the span's sum.
    span : Span
        Which span.
    minimum : DocumentedMinimum
        The named list at a vintage.
    level, kind
        Of the credible interval.
    """
    lower, upper = credible_interval(excess.values.ravel(), level=level, kind=kind)
    names = span.names(minimum)
    median = float(excess.median())
    return {
        "period": span.label, "excess": median, "lower": float(lower), "upper": float(upper),
        "level": level, "kind": kind,
        "minimum": names, "minimum_vintage": str(minimum.vintage),
        "ratio": median / names if names else np.nan,
        "completeness": names / median if median > 0 else np.nan,
        # of NaN, "greater" is false, which is not a probability of zero
        "probability_above_minimum": float((excess > names).where(excess.notnull()).mean(skipna=False)),
    }  # fmt: skip
