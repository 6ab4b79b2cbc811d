"""Running totals: noticed where new counts are wanted, and read as their differences."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from estimator.sources.columns import Table

BY_CHANCE, FEW_FALLS, MANY_RISES = 1 / 500, 0.04, 25
"""Probability that new counts rise all the time; falls for a rise, of so many, that are corrections."""
MOST_FIRST = 4
"""Totals that begin anew begin with a number like their steps: new counts may be many more than they rise."""
SAY = (
    "If these are running totals, say cumulative=True ({0}cumulative); if they are new counts, "
    "cumulative=False ({1}cumulative)."
)


def read_new_counts(
    table: Table, column: str, cell: Sequence[str], order: str, *, cumulative: bool | None, remedy: str,
    options: tuple[str, str] = ("--", "--no-"),
) -> pd.Series:  # fmt: skip
    """Return numbers as new counts along `order`: as they are, or of running totals the differences.

    Where the user does not say which they are, running totals are refused. The first number of a cell stays.
    """
    if not cumulative:
        if cumulative is None:
            check_not_running(table, column, cell, order, f"{remedy} {SAY.format(*options)}")
        return table[column]
    numbers = _groups(table, column, cell, order).diff().sort_index().set_axis(table.frame.index)
    along = table.columns.get(order, order)
    table.check(column, numbers < 0, f"{{}} is less than at the {along} before", "Running totals never fall.")
    return numbers.fillna(table[column])


def check_not_running(table: Table, column: str, cell: Sequence[str], order: str, remedy: str) -> None:
    """Refuse running totals taken for new counts; see `are_running`."""
    table.check(
        column, np.full(len(table.frame), are_running(table, column, cell, order)),
        f"numbers never fall along {table.columns.get(order, order)}, or hardly ever, as running totals",
        remedy,
    )  # fmt: skip


def are_running(table: Table, column: str, cell: Sequence[str], order: str, *, anew: bool = False) -> bool:
    """Whether numbers never fall along `order`, or hardly ever.

    Cells with fewer than three numbers say nothing. Of n numbers in any order, one order in n! never falls:
    the product over cells is what is judged by. `anew` asks for totals that begin again in each cell.
    """
    groups = _groups(table, column, cell, order)
    steps = groups.diff().dropna()
    if cell:
        steps = steps[(groups.transform("size") >= 3)[steps.index]]
    keys = [table.frame[name].reset_index(drop=True) for name in cell] or [np.zeros(len(table.frame))]
    rises = (steps > 0).groupby([pd.Series(key)[steps.index] for key in keys], dropna=False).sum()
    falls, chance = int((steps < 0).sum()), -sum(math.lgamma(n + 2) for n in rises)
    if falls > FEW_FALLS * rises.sum() or (falls and rises.sum() < MANY_RISES) or chance > np.log(BY_CHANCE):
        return False
    return not anew or groups.first().mean() <= MOST_FIRST * steps.mean()


def _groups(table: Table, column: str, cell: Sequence[str], order: str) -> pd.core.groupby.SeriesGroupBy:
    """Return the numbers of each cell, in order, at their places; without a cell all are one."""
    frame = table.frame.reset_index(drop=True).sort_values(order, kind="stable")
    keys = [frame[name] for name in cell] or [np.zeros(len(frame))]
    return frame.groupby(keys, dropna=False)[column]
