"""Running totals: noticed where new counts are wanted, and read as their differences."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from estimator.sources.columns import Table

LEAST_RISES, FEW_FALLS = 8, 0.04
"""Rises without a fall that are too many for new counts, and falls for a rise that are corrections."""
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
    numbers = _groups(table, column, cell, order).diff().reindex(table.frame.index)
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

    Cells with fewer than three numbers say nothing. Counts that are as likely to rise as to fall are
    taken for totals with a probability below 1 in 250, and series of few numbers with a far lower one. `anew`
    asks for totals that begin again in each cell.
    """
    groups = _groups(table, column, cell, order)
    steps = groups.diff().dropna()
    if cell:
        steps = steps[(groups.transform("size") >= 3).reindex(steps.index)]
    rises, falls = int((steps > 0).sum()), int((steps < 0).sum())
    if rises < LEAST_RISES or falls > FEW_FALLS * rises:
        return False
    return not anew or groups.first().mean() <= MOST_FIRST * steps.mean()


def _groups(table: Table, column: str, cell: Sequence[str], order: str) -> pd.core.groupby.SeriesGroupBy:
    """Return the numbers of each cell, in order; without a cell all are one."""
    frame = table.frame.sort_values(order, kind="stable")
    keys = [frame[name] for name in cell] or [np.zeros(len(frame))]
    return frame.groupby(keys, dropna=False)[column]
