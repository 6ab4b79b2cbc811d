"""Days as users write them (``YYYY-MM-DD``), and the weeks and months they are in."""

import re
from datetime import date, datetime
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from estimator.errors import DataError, VintageError

Resolution = Literal["week", "month"]
UNKNOWN = "unknown"
"""The vintage of data of which nobody said when they were seen."""
MONDAY = np.datetime64("1970-01-05", "D")
DAY, WEEK = np.timedelta64(1, "D"), np.timedelta64(7, "D")


def day_of(value: object) -> date | None:
    """Return a date, or text written as ``YYYY-MM-DD``, as a date; None for anything else."""
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, datetime):
        return None if pd.isna(value) else value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_day(value: object, what: str) -> date:
    """Return a date, or text written as one; `what` it is goes into the DataError otherwise."""
    day = day_of(value)
    if day is None:
        raise DataError(f"{what} {value!r} is not a date. Write it as YYYY-MM-DD.")
    return day


def parse_vintage(vintage: object) -> date:
    """Return a vintage as a date; a VintageError says that it is absent or not a date."""
    day = day_of(vintage)
    if day is None:
        raise VintageError(
            f"vintage {vintage!r} is not a date. A minimum grows from week to week: say when this "
            "one was seen, as YYYY-MM-DD."
        )
    return day


def days_of(start: object, end: object) -> tuple[date, date]:
    """Return the first and last day of a period, both included; a DataError if one is no date."""
    first, last = day_of(start), day_of(end)
    if first is None or last is None:
        raise DataError(f"{start!r} to {end!r} is not a period. Write dates as YYYY-MM-DD.")
    return first, last


def period_index(days: np.ndarray | np.datetime64, resolution: Resolution) -> np.ndarray:
    """Return the consecutive number of the week (from Monday) or month of each day."""
    if resolution == "month":
        return np.asarray(days).astype("datetime64[M]").astype("int64")
    return (np.asarray(days).astype("datetime64[D]") - MONDAY).astype("int64") // 7


def period_start(index: ArrayLike, resolution: Resolution) -> np.ndarray:
    """Return the first days, ``datetime64[D]``, of periods as `period_index` numbers them."""
    if resolution == "month":
        return np.asarray(index).astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray(MONDAY + np.asarray(index) * WEEK)
