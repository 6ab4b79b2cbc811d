"""The matched sample: named dead looked up in the registry, and how many had a case."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from estimator.data.ages import AgeBands, split_ages
from estimator.data.display import Displayed
from estimator.data.periods import parse_day
from estimator.data.redaction import check_columns, not_counts
from estimator.errors import DataError, VintageError

NOT_INDEPENDENT_FROM = date(2026, 1, 1)
"""From this vintage on the named list was itself matched against the registry."""


@dataclass(frozen=True, eq=False, repr=False)
class MatchedSample(Displayed):
    """Named dead looked up in the registry: found k of n, by age band.

    Building it is the only validation; what was passed in is copied, not changed.

    Parameters
    ----------
    data : DataFrame
        Index age band labels such as ``20-24``, ascending without gaps; columns ``found`` (persons
        with a case) and ``sampled`` (persons looked up).
    vintage : datetime.date or str
        The date at which the registry was searched or the result published, ``YYYY-MM-DD``.
    source : str
        Who matched, in words.
    unknown_age : tuple of int, optional
        Found and sampled among persons of unknown age, who are in no band.
    notes : tuple of str
        What was assumed on reading.
    deaths_by_week : Series, optional
        How the deaths of those looked up are spread over time: index the first day of each week, any
        positive weights. With it the search found only cases opened by the vintage, and a model of
        delay can tell the share that ever will be; without, all cases are taken to be open.
    weeks_known : bool
        Whether deaths are known to be spread so. If not, any share of those looked up may have died early
        enough for their cases to be open, and a model learns which, or has a prior.
    allow_dependent : bool
        Whether to take a vintage from `NOT_INDEPENDENT_FROM` on, when names were put on the list
        because of their cases and the share found says nothing of those not named.

    Raises
    ------
    VintageError
        If the vintage is absent or not a date, or dependent and that was not asked for.
    DataError
        If numbers are not whole persons, more are found than sampled, or bands overlap.
    """

    data: pd.DataFrame
    vintage: date
    source: str = "unnamed"
    unknown_age: tuple[int, int] | None = None
    notes: tuple[str, ...] = field(default=())
    deaths_by_week: pd.Series | None = field(default=None, repr=False)
    weeks_known: bool = True
    allow_dependent: bool = False

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "vintage", parse_day(self.vintage, "vintage"))
        except DataError as problem:
            raise VintageError(f"{self.source}: {problem}") from None
        if self.vintage >= NOT_INDEPENDENT_FROM and not self.allow_dependent:
            raise VintageError(
                f"{self.source}: matched on {self.vintage}. Since {NOT_INDEPENDENT_FROM} the list is "
                "itself matched against the registry: a name may be there because of its case, and "
                "the share found is too high for those not named. Take a sample matched before, or "
                "ask for it with allow_dependent=True."
            )
        check_columns(self.data, ("found", "sampled"), self.source)
        data = self.data[["found", "sampled"]].copy()
        data.index = pd.Index([str(label) for label in data.index], name="age")
        AgeBands.from_labels(data.index)
        for label, cases, sampled in data.itertuples():
            _check_share(cases, sampled, f"{self.source}: age {label}")
        object.__setattr__(self, "data", data.astype("int64"))
        if self.unknown_age is not None:
            _check_share(*self.unknown_age, f"{self.source}: unknown age")
            cases, sampled = self.unknown_age
            object.__setattr__(self, "unknown_age", (int(cases), int(sampled)))
        if self.deaths_by_week is not None:
            object.__setattr__(self, "deaths_by_week", self._checked_weeks(self.deaths_by_week))

    def _checked_weeks(self, weights: pd.Series) -> pd.Series:
        series = weights.astype(float).set_axis(pd.to_datetime(weights.index))
        if not (np.isfinite(series).all() and (series >= 0).all() and series.sum() > 0):
            raise DataError(f"{self.source}: deaths by week must be weights, not all of them zero.")
        if series.index.max().date() > self.vintage:
            raise DataError(
                f"{self.source}: deaths in the week of {series.index.max().date()} cannot have been "
                f"looked up by {self.vintage}. Correct the weeks, or the vintage."
            )
        return series

    @property
    def ages(self) -> AgeBands:
        """The age bands."""
        return AgeBands.from_labels(self.data.index)

    @property
    def with_case(self) -> np.ndarray:
        """Persons with a case, by age band."""
        return self.data["found"].to_numpy(copy=True)

    @property
    def sampled(self) -> np.ndarray:
        """Persons looked up, by age band."""
        return self.data["sampled"].to_numpy(copy=True)

    @property
    def share(self) -> pd.Series:
        """Found of sampled, by age band."""
        return (self.data["found"] / self.data["sampled"]).rename("share")

    @property
    def total(self) -> tuple[int, int]:
        """Found and sampled of all ages, unknown ones included."""
        cases, sampled = self.unknown_age or (0, 0)
        return cases + int(self.data["found"].sum()), sampled + int(self.data["sampled"].sum())

    def select(self, ages: tuple[int, int]) -> MatchedSample:
        """Return the bands of these ages, inclusive; persons of unknown age stay.

        Raises
        ------
        DataError
            If ages cut through a band.
        """
        return replace(self, data=self.data.loc[list(self.ages.within(*ages))])

    def to_frame(self) -> pd.DataFrame:
        """Return one row a band: age_low, age_high, found, sampled; unknown age, if any, last."""
        known = split_ages(self.data.reset_index(), self.ages)
        unknown = [] if self.unknown_age is None else [[None, None, *self.unknown_age]]
        rows = known.astype(object).to_numpy().tolist() + unknown
        return pd.DataFrame(rows, columns=known.columns).astype("Int64")

    def __str__(self) -> str:
        cases, sampled = self.total
        lines = [
            f"Matched sample: {cases:,} of {sampled:,} found in the registry, vintage {self.vintage}",
            f"  {self.source}",
            *(f"  {age}: {k} of {n}" for age, k, n in self.data.itertuples()),
        ]
        if self.unknown_age is not None:
            lines.append("  unknown age: {} of {}".format(*self.unknown_age))
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])


def _check_share(cases: float, sampled: float, where: str) -> None:
    if not_counts(pd.Series([cases, sampled])).any() or not sampled or cases > sampled:
        raise DataError(
            f"{where}: {cases} found of {sampled} sampled. Give whole persons, at least one sampled "
            "and no more found than sampled; leave out bands of which nobody was looked up."
        )
