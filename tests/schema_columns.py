"""Columns and checks that schemas of bundled tables are made of."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

DAY = r"\d{4}-\d{2}-\d{2}"
PARTIAL_DATE = r"\d{4}(-\d{2}(-\d{2})?)?"
BAND = r"\d{1,2}-\d{1,2}"
ADDRESS = r"https?://\S+.*|second-hand: republished"


def text(pattern: str = ".+", nullable: bool = False) -> pa.Column:
    """Return a column of texts that match a pattern wholly.

    Parameters
    ----------
    pattern : str
        Regular expression that the whole text must match.
    nullable : bool
        Whether it may be absent.
    """
    return pa.Column(str, pa.Check.str_matches(rf"^(?:{pattern})$"), nullable=nullable)


def one_of(*values: str) -> pa.Column:
    """Return a column of texts out of these."""
    return pa.Column(str, pa.Check.isin(values))


def integer(low: float, high: float = float("inf")) -> pa.Column:
    """Return a column of whole numbers within bounds.

    Parameters
    ----------
    low, high : float
        Bounds, both included.
    """
    return pa.Column(int, pa.Check.in_range(low, high))


def real(
    low: float = float("-inf"), high: float = float("inf"), nullable: bool = False
) -> pa.Column:
    """Return a column of numbers within bounds.

    Parameters
    ----------
    low, high : float
        Bounds, both included.
    nullable : bool
        Whether it may be absent.
    """
    return pa.Column(float, pa.Check.in_range(low, high), nullable=nullable)


def ordered(low: str, middle: str, high: str) -> pa.Check:
    """Return a check that a figure lies within its bounds, where they are given.

    Parameters
    ----------
    low, middle, high : str
        Columns of the lower bound, the figure and the upper bound.
    """

    def inside(table: pd.DataFrame) -> pd.Series:
        given = table[middle].where(table[middle].notna(), table[low])
        return table[low].isna() | (table[low].le(given) & given.le(table[high]))

    return pa.Check(inside, error=f"{low} <= {middle} <= {high}")


def complete(*keys: str) -> pa.Check:
    """Return a check that the table is a full grid of its keys."""

    def is_full_grid(table: pd.DataFrame) -> bool:
        cells = 1
        for key in keys:
            cells *= table[key].nunique()
        return len(table) == cells

    return pa.Check(is_full_grid, error=f"every combination of {', '.join(keys)} occurs once")


def weekly(column: str) -> pa.Check:
    """Return a check that a column runs in weeks."""

    def steps_are_weeks(table: pd.DataFrame) -> bool:
        return bool(pd.to_datetime(table[column]).diff().dropna().eq(pd.Timedelta(days=7)).all())

    return pa.Check(steps_are_weeks, error=f"{column} runs in steps of seven days")


def rising(column: str) -> pa.Check:
    """Return a check that a column never falls."""
    return pa.Check(
        lambda table: table[column].is_monotonic_increasing, error=f"{column} never falls"
    )


def schema_of(key: str, *checks: pa.Check, **columns: pa.Column) -> pa.DataFrameSchema:
    """Return the schema of a table: its key, checks and columns, no others, in this order."""
    return pa.DataFrameSchema(
        columns, checks=list(checks), unique=key.split(), strict=True, ordered=True
    )
