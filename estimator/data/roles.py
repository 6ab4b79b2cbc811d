"""Names on a list by role and period of death."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from estimator.data.display import Displayed
from estimator.errors import DataError


@dataclass(frozen=True, repr=False)
class NamesByRole(Displayed):
    """Names by role and period of death, and names whose role is not known.

    Parameters
    ----------
    names : DataFrame
        Whole names, one row a period (its first day), one column a role.
    unknown : Series
        Names without a role by the same periods.
    source, vintage : str
        Whose list, and the day it was seen.

    Raises
    ------
    DataError
        If there are fewer than two roles or periods, a count is negative or not whole, or a period has no
        name of known role.
    """

    names: pd.DataFrame
    unknown: pd.Series
    source: str = "unnamed"
    vintage: str = "unknown"

    def __post_init__(self) -> None:
        counts = self.counts
        if min(counts.shape) < 2:
            raise DataError(f"{self.source}: shares need two roles and two periods at least.")
        for values in (counts, self.without):
            if (values < 0).any() or (values % 1 != 0).any():
                raise DataError(f"{self.source}: names are whole numbers, zero or more. Correct these rows.")
        if not self.unknown.index.equals(self.names.index):
            raise DataError(f"{self.source}: names without a role are of other periods. Give the same.")
        if (empty := counts.sum(axis=1) == 0).any():
            day = str(self.names.index[int(empty.argmax())])[:10]
            raise DataError(
                f"{self.source}: no name of known role died in the period from {day}. Use longer ones."
            )

    @property
    def counts(self) -> np.ndarray:
        """Names by period and role, shape (periods, roles)."""
        return self.names.to_numpy(float)

    @property
    def without(self) -> np.ndarray:
        """Names without a role, shape (periods,)."""
        return self.unknown.to_numpy(float)

    @property
    def periods(self) -> pd.DatetimeIndex:
        """First days of the periods."""
        return pd.DatetimeIndex(self.names.index)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles."""
        return tuple(map(str, self.names.columns))

    def __str__(self) -> str:
        first, last = (str(day)[:10] for day in self.periods[[0, -1]])
        return (
            f"Names by role, {self.source}, vintage {self.vintage}\n"
            f"  {len(self.roles)} roles, {len(self.periods)} periods from {first} to {last}\n"
            f"  {self.counts.sum():,.0f} names with a role, {self.without.sum():,.0f} without"
        )
