"""Court filings to declare persons missing or dead: what was known of them, and from which day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from estimator.data.display import Displayed
from estimator.data.periods import day_of, parse_vintage
from estimator.data.redaction import check_columns, not_counts, quoted
from estimator.errors import DataError, VintageError

COLUMNS = ("first_day", "last_day", "known_on", "persons", "filings", "identified")
PERSONS = ("all", "military")


@dataclass(frozen=True, eq=False, repr=False)
class CourtFilings(Displayed):
    """Counts of filings, each with the period it covers and the day from which it was known.

    One row a count: first_day and last_day of filing (both included), known_on, persons (``all`` or
    ``military``), filings, and identified (those with an identifiable military link; NaN where not
    known). A count of the same persons and period known later takes the place of the earlier one.
    Building it is the only validation.
    """

    counts: pd.DataFrame = field(repr=False)
    source: str

    def __post_init__(self) -> None:
        check_columns(self.counts, COLUMNS, self.source)
        counts = self.counts[list(COLUMNS)].reset_index(drop=True)
        for name in COLUMNS[:3]:
            counts[name] = pd.to_datetime([self._day(day, name) for day in counts[name]])
        for name in COLUMNS[4:]:
            numbers = pd.to_numeric(counts[name], errors="coerce").astype(float)
            if (unread := (numbers.isna() & counts[name].notna()).to_numpy()).any():
                raise DataError(
                    f"{self.source}: column {name}: {quoted(counts[name][unread].iloc[0])} is not a number "
                    f"(such rows: {int(unread.sum())}). Write digits alone."
                )
            counts[name] = numbers
        counts = counts.sort_values(["known_on", "last_day"], ignore_index=True)
        self._check_rows(counts)
        self._check_fall(counts)
        object.__setattr__(self, "counts", counts)

    def _day(self, value: object, name: str) -> date:
        if (day := day_of(value)) is None:
            text = f"{self.source}: column {name}: {quoted(value, dates=True)} is not a date."
            raise VintageError(f"{text} Write YYYY-MM-DD.")
        return day

    def _check_rows(self, counts: pd.DataFrame) -> None:
        filings, identified = counts["filings"], counts["identified"]
        wrong = {
            "filings are not a whole number of at least zero": not_counts(filings),
            "more are identified than filed": identified > filings,
            "identified is not a whole number of at least zero": not_counts(identified.fillna(0)),
            f"persons must be one of {', '.join(PERSONS)}": ~counts["persons"].isin(PERSONS),
            "the period runs backwards": counts["last_day"] < counts["first_day"],
            "it was known before its last day": counts["known_on"] < counts["last_day"],
        }
        for fault, bad in wrong.items():
            if bad.any():
                row = _describe(counts[bad].iloc[0])
                raise DataError(
                    f"{self.source}: {row}: {fault} (such rows: {int(bad.sum())}). Correct the row."
                )

    def _check_fall(self, counts: pd.DataFrame) -> None:
        for _, rows in counts.groupby(["persons", "first_day"]):
            last = rows.drop_duplicates("last_day", keep="last").sort_values("last_day")
            fall = np.flatnonzero(np.diff(last["filings"]) < 0)
            if fall.size:
                before, after = last.iloc[fall[0]], last.iloc[fall[0] + 1]
                raise DataError(
                    f"{self.source}: filings fall from {before['filings']:,.0f} by "
                    f"{before['last_day'].date()} to {after['filings']:,.0f} by "
                    f"{after['last_day'].date()}. A filing is not undone: dockets were deleted, or "
                    "the counts are of other persons. Leave the later one out, or give it a first day "
                    "of its own."
                )

    def as_of(self, day: date | str) -> CourtFilings:
        """Return the counts that were known on a day; a VintageError says that there are none."""
        last = pd.Timestamp(parse_vintage(day))
        known = self.counts[self.counts["known_on"] <= last]
        if known.empty:
            first = self.counts["known_on"].min()
            text = "" if pd.isna(first) else f"; the first count is of {first.date()}"
            raise VintageError(f"{self.source}: nothing is known as of {last.date()}{text}.")
        return replace(self, counts=known)

    @property
    def vintage(self) -> date:
        """The day on which the last count became known."""
        return self.counts["known_on"].max().date()

    def latest(self) -> pd.DataFrame:
        """Return the rows that together reach furthest: of all persons, or of military claims.

        Rows of one kind of persons may not overlap, save that a longer period from the same first
        day takes the place of a shorter one.
        """
        kinds = [self._chain(rows) for _, rows in self.counts.groupby("persons")]
        # where both reach as far, what was counted later; then claims of soldiers
        order = ["last_day", "known_on", "persons"]
        return max(kinds, key=lambda rows: tuple(rows[order].max()))

    def _chain(self, rows: pd.DataFrame) -> pd.DataFrame:
        rows = rows.sort_values(["first_day", "last_day", "known_on"])
        rows = rows.drop_duplicates("first_day", keep="last")
        before = rows["last_day"].shift()
        if (twice := (rows["first_day"] <= before).to_numpy()).any():
            row = rows[twice].iloc[0]
            raise DataError(
                f"{self.source}: {_describe(row)} overlaps the period before it, which ends on "
                f"{before[twice].iloc[0].date()}: filings would be counted twice. Leave one out."
            )
        return rows.reset_index(drop=True)

    def __str__(self) -> str:
        rows = self.latest()
        return (
            f"Court filings known on {self.vintage}: {rows['filings'].sum():,.0f} of "
            f"{rows['persons'].iloc[0]} persons, {rows['first_day'].min().date()} to "
            f"{rows['last_day'].max().date()} ({self.source})"
        )


def _describe(row: pd.Series) -> str:
    persons = row["persons"] if row["persons"] in PERSONS else quoted(row["persons"])
    return (
        f"{persons}, {row['first_day'].date()} to {row['last_day'].date()}, known on "
        f"{row['known_on'].date()}, {row['filings']:,.0f} filings"
    )
