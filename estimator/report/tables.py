"""What a report contains: rows of its estimate, the comparison, and both as plain values."""

import math
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from estimator.data.minimum import DocumentedMinimum
from estimator.estimate.described import data_vintage
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import ReportingPeriod

COLUMNS = (
    "period", "age", "median", "mean", "sd", "lower", "upper", "level", "counterfactual",
    "counterfactual_median", "observed", "vintage", "minimum", "minimum_vintage",
    "probability_above_minimum",
)  # fmt: skip
DIAGNOSTICS = (
    "max_rhat", "min_ess_bulk", "min_ess_tail", "divergences", "engine", "pareto_k", "converged",
    "problems",
)  # fmt: skip


def estimate_rows(
    estimate: Estimate, minimum: DocumentedMinimum | None = None, *, level: float = 0.95
) -> pd.DataFrame:
    """Return one row per age band and for all ages, per period and for all periods together.

    Weeks and months are added up to calendar years too, and regions are summed over. The minimum is set
    against all ages together: by period if the list has dates of death, otherwise against all periods
    together. Columns are `COLUMNS`, in persons. ``vintage`` is when the data were seen,
    ``minimum_vintage`` when the list was: they may be far apart. ``counterfactual`` is a mean;
    ``counterfactual_median`` and ``median`` add up to ``observed``.
    """
    rows = pd.concat(_ways_of_adding_up(estimate, level), ignore_index=True)
    empty: dict[str, Any] = dict.fromkeys(("minimum", "minimum_vintage", "probability_above_minimum"))
    rows = rows.assign(**empty)
    if minimum is not None:
        # every row has both vintages
        table = estimate.against(minimum, level=level, mixed_vintages=True)
        for record in table.to_dict("records"):
            row = (rows["period"] == record["period"]) & (rows["age"] == estimate.ages)
            for column in empty:
                rows.loc[row, column] = record[column]
    if "observed" in rows:
        # nothing is random about what was observed: the two medians add up to it
        rows = rows.assign(counterfactual_median=rows["observed"] - rows["median"])
    # the registry route draws the war dead themselves: nothing observed, no counterfactual
    return rows.reindex(columns=list(COLUMNS))


def _ways_of_adding_up(estimate: Estimate, level: float) -> list[pd.DataFrame]:
    """Return tables of age x period, of periods, and of each longer period by age and as a whole."""
    keep = [dim for dim in ("age", "period") if dim in estimate.dims]
    national = estimate.by(*keep)
    parts = []
    if "period" in keep:
        for dims in (keep, ["period"]) if "age" in keep else (keep,):
            table = national.by(*dims).to_frame(level)
            parts.append(table.assign(period=[_written(label) for label in table["period"]]))
    for longer in _longer_periods(national):
        whole = national.within(longer)
        for part in (whole, whole.total()) if "age" in keep else (whole,):
            parts.append(part.to_frame(level).assign(period=longer.label))
    return [part if "age" in part else part.assign(age=estimate.ages) for part in parts]


def _longer_periods(estimate: Estimate) -> list[ReportingPeriod]:
    """Return the reporting periods that are not periods of the estimate."""
    periods = estimate.reporting_periods()
    if "period" not in estimate.dims or estimate.dates is not None:
        return periods
    return [one for one in periods if one.periods is None and len(one.years) > 1]


def _written(period: Any) -> str:
    day = isinstance(period, (np.datetime64, pd.Timestamp))
    return str(period)[:10] if day else str(period)


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as dicts of Python values, None for what is not known."""
    return [{str(name): _plain(value) for name, value in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


Compare = Callable[[Estimate, pd.DataFrame, DocumentedMinimum | None], pd.DataFrame]


@dataclass(frozen=True, eq=False)
class Content:
    """An estimate and all that is reported with it; see `estimator.report.report.Report`."""

    estimate: Estimate
    minimum: DocumentedMinimum | None = None
    _: KW_ONLY
    level: float = 0.95
    published: pd.DataFrame | Compare | None = None
    totals: pd.DataFrame | None = None
    weeks: pd.DataFrame | Callable[[Estimate], pd.DataFrame | None] | None = None
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
    def published_weeks(self) -> pd.DataFrame | None:
        """Published weekly figures; None where there are none of these people."""
        return self.weeks(self.estimate) if callable(self.weeks) else self.weeks

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
        """Return the report as plain values, ready for JSON.

        ``estimates`` has one dict a row; ``regions`` one a region, all ages and periods together, and is
        there only where there are regions; ``vintage`` is that of the data, or ``unknown``;
        ``minimum_vintage`` that of the list, None without one; ``diagnostics`` are None where an engine
        does not have a measure. Where figures of the same periods were published, ``provenance`` has
        them too.
        """
        estimate = self.estimate
        document: dict[str, Any] = {
            "estimates": self.estimates,
            "diagnostics": {name: _plain(estimate.diagnostics.get(name)) for name in DIAGNOSTICS},
            "vintage": data_vintage(estimate.provenance),
            "minimum_vintage": None if self.minimum is None else str(self.minimum.vintage),
            "provenance": estimate.provenance,
        }
        if "region" in estimate.dims:
            document["regions"] = plain_rows(estimate.by("region").to_frame(self.level))
        if self.comparison is not None:
            rows = self.comparison
            shown = rows["group"].str.startswith("same period") & ~rows["ours"].astype(bool)
            published = plain_rows(rows[shown].drop(columns="ours"))
            document["provenance"] = estimate.provenance | {"published": published}
        return document
