"""What a report is made of: an estimate, what it is set against, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from estimator.data.minimum import DocumentedMinimum
from estimator.estimate.estimate import Estimate
from estimator.report.tables import report_document


@dataclass(frozen=True, eq=False)
class Report:
    """An estimate and all that is told beside it; pages, tables and plots are made from this one object.

    Parameters
    ----------
    estimate : Estimate
        As `fit` returned it, of any route.
    minimum : DocumentedMinimum, optional
        The named list.
    level : float
        Of the equal-tailed credible intervals.
    published : DataFrame, optional
        Published figures and ours, from `estimator.published.comparison.compare_with_published`.
    model : VitalModel or RegistryModel, optional
        What was fitted: with it the peacetime sex ratio is drawn, or the capture probability.
    command : str
        The command that makes this report again.
    files : mapping of str to str
        SHA-256 of each file that was read, by its name.
    weeks : DataFrame, optional
        Published weekly figures: week (first day), estimate, lower, upper, name, interval.
    name : str
        Whose deaths: a country or place. By default that of the estimate's provenance.

    Raises
    ------
    DataError
        If the minimum cannot be set against the estimate, or the level is not between 0 and 1.
    """

    estimate: Estimate
    minimum: DocumentedMinimum | None = None
    level: float = 0.95
    published: pd.DataFrame | None = None
    model: Any = None
    command: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    weeks: pd.DataFrame | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.name:
            named = self.estimate.provenance | {"place": self.name}
            object.__setattr__(self, "estimate", replace(self.estimate, provenance=named))

    @cached_property
    def document(self) -> dict[str, Any]:
        """The report as plain values, ready for JSON; see `report_document`.

        Its provenance holds the published figures of the same periods too, where there are some.
        """
        found = report_document(self.estimate, self.minimum, level=self.level)
        if self.published is not None:
            plain = self.published.astype(object).where(self.published.notna(), None)
            theirs = ~self.published["ours"].astype(bool)
            near = theirs & self.published["group"].str.startswith("same period")
            beside = plain[near].drop(columns="ours").to_dict("records")
            found["provenance"] = found["provenance"] | {"published": beside}
        return found

    def row(self, period: str, age: str) -> dict[str, Any] | None:
        """Return the row of a period and age band, or None where ages or periods were summed over."""
        for row in self.document["estimates"]:
            if row["period"] == period and row["age"] == age:
                return row
        return None
