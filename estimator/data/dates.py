"""Days as users write them: ``YYYY-MM-DD``."""

from __future__ import annotations

import re
from datetime import date, datetime

import pandas as pd

from estimator.errors import DataError, VintageError

UNKNOWN = "unknown"
"""The vintage of data of which nobody said when they were seen."""


def parse_vintage(vintage: object) -> date:
    """Return a vintage as a date.

    Raises
    ------
    VintageError
        If it is absent, or not a date written as ``YYYY-MM-DD``.
    """
    day = day_of(vintage)
    if day is None:
        raise VintageError(
            f"vintage {vintage!r} is not a date. A minimum grows from week to week: say when this "
            "one was seen, as YYYY-MM-DD."
        )
    return day


def days_of(start: object, end: object) -> tuple[date, date]:
    """Return the first and last day of a period.

    Parameters
    ----------
    start, end : datetime.date or str
        Both included.

    Raises
    ------
    DataError
        If one of them is not a date.
    """
    first, last = day_of(start), day_of(end)
    if first is None or last is None:
        raise DataError(f"{start!r} to {end!r} is not a period. Write dates as YYYY-MM-DD.")
    return first, last


def day_of(value: object) -> date | None:
    """Return a date, or text written as one, as a date; None for anything else."""
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
