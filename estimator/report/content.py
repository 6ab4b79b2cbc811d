"""What a report is made of: an estimate, what it is compared with, and where it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from estimator.data.minimum import DocumentedMinimum
from estimator.estimate.estimate import Estimate
from estimator.report.tables import estimate_rows, plain_rows, report_document

Compare = Callable[[Estimate, pd.DataFrame, DocumentedMinimum | None], pd.DataFrame]


@dataclass(frozen=True, eq=False)
class Content:
    """An estimate and all that is reported with it; see `estimator.report.report.Report`."""

    estimate: Estimate
    minimum: DocumentedMinimum | None = None
    _: KW_ONLY
    level: float = 0.95
    published: pd.DataFrame | Compare | None = None
    weeks: pd.DataFrame | None = None
    model: Any = None
    command: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    def __post_init__(self) -> None:
        if self.name:
            provenance = self.estimate.provenance | {"place": self.name}
            object.__setattr__(self, "estimate", replace(self.estimate, provenance=provenance))

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Rows of `estimate_rows`: the console, JSON, CSV, page and comparison all use this one table."""
        return estimate_rows(self.estimate, self.minimum, level=self.level)

    @cached_property
    def comparison(self) -> pd.DataFrame | None:
        """Published figures with ours; None where nothing was published of these people."""
        if callable(self.published):
            return self.published(self.estimate, self.rows, self.minimum)
        return self.published

    @cached_property
    def estimates(self) -> list[dict[str, Any]]:
        """The rows as plain values: None for what is not known."""
        return plain_rows(self.rows)

    def row(self, period: str, age: str) -> dict[str, Any] | None:
        """Return the row of a period and age band, or None where ages or periods were summed over."""
        for row in self.estimates:
            if row["period"] == period and row["age"] == age:
                return row
        return None

    def document(self) -> dict[str, Any]:
        """Return the report as plain values, ready for JSON; see `report_document`.

        Its provenance also holds the published figures of the same periods, where there are some.
        """
        document = report_document(
            self.estimate, self.minimum, level=self.level, estimates=self.estimates
        )
        if self.comparison is None:
            return document
        rows = self.comparison
        same_period = rows["group"].str.startswith("same period") & ~rows["ours"].astype(bool)
        published = plain_rows(rows[same_period].drop(columns="ours"))
        return document | {"provenance": document["provenance"] | {"published": published}}
