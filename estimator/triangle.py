"""The reporting triangle: cases by period of death and delay, with the date of extraction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr

from estimator.ages import AgeBands
from estimator.cells import SEXES
from estimator.errors import DataError

Resolution = Literal["week", "month"]
DIMS = ("sex", "age", "period", "delay")
MONDAY = np.datetime64("1970-01-05", "D")


@dataclass(frozen=True, eq=False)
class ReportingTriangle:
    """Cases by sex × age × period of death × delay of opening, as seen at one date.

    A cell is observed when its whole period of opening (period of death plus delay) had passed by
    the date of extraction; all other cells are NaN, which is the right truncation. An observed cell
    without cases is 0. Building it is the only validation; what was passed in is not changed.

    Parameters
    ----------
    data : xarray.Dataset
        Variable ``cases`` with dims (sex, age, period, delay). ``sex`` is (female, male), ``age``
        holds labels such as ``20-24``, ``period`` is the first day of each week (a Monday) or month
        of death, without gaps, and ``delay`` counts whole periods from that of death to that of
        opening, from 0.
    resolution : {"week", "month"}
        What a period is.
    extracted_on : datetime.date or str
        The day on which the registry was read, ``YYYY-MM-DD``; the triangle's vintage.
    source : str
        Who counted, in words.
    notes : tuple of str
        What was done on reading.
    unit : {"cases"}
        What is counted.

    Raises
    ------
    DataError
        If dims, labels or values are not those of a triangle, an observable cell is missing, or a
        cell is filled that could not have been seen by the date of extraction.
    """

    data: xr.Dataset
    resolution: Resolution
    extracted_on: date
    source: str = "unnamed"
    notes: tuple[str, ...] = field(default=())
    unit: Literal["cases"] = "cases"

    def __post_init__(self) -> None:
        if self.resolution not in ("week", "month"):
            raise DataError(f"resolution {self.resolution!r}: write 'week' or 'month'.")
        object.__setattr__(self, "extracted_on", parse_day(self.extracted_on, "extraction date"))
        if "cases" not in self.data or set(self.data["cases"].dims) != set(DIMS):
            raise DataError(
                f"{self.source}: a triangle needs a variable 'cases' with dims {', '.join(DIMS)}."
            )
        data = self.data[["cases"]].copy(deep=True).transpose(*DIMS)
        if data["cases"].dtype.kind not in "iuf" or data["period"].dtype.kind != "M":
            raise DataError(f"{self.source}: cases must be numbers, and periods dates.")
        data["cases"] = data["cases"].astype("float64")
        object.__setattr__(self, "data", data.assign_coords(period=_stamps(data["period"].values)))
        self._refuse_labels()
        self._refuse_values()

    def _refuse_labels(self) -> None:
        if tuple(self.data["sex"].values) != SEXES:
            raise DataError(f"{self.source}: sexes must be {SEXES}, in this order.")
        _ = self.ages
        starts = self.data["period"].values.astype("datetime64[D]")
        index = period_index(starts, self.resolution)
        if (period_start(index, self.resolution) != starts).any() or (np.diff(index) != 1).any():
            raise DataError(
                f"{self.source}: periods must be the first days of consecutive {self.resolution}s."
            )
        if (self.data["delay"].values != np.arange(self.data.sizes["delay"])).any():
            raise DataError(f"{self.source}: delays must be 0, 1, 2, … whole periods.")
        if 0 in self.data.sizes.values():
            raise DataError(f"{self.source}: the triangle has no cells.")

    def _refuse_values(self) -> None:
        values, observed = self.data["cases"].values, self.observed.values
        if (values < 0).any() or np.isinf(values).any():
            raise DataError(f"{self.source}: cases must be finite and not negative.")
        known = ~np.isnan(values)
        if (known & ~observed).any():
            raise DataError(
                f"{self.source}: {int((known & ~observed).sum())} cells lie in {self.resolution}s of "
                f"opening not over by {self.extracted_on}. Correct the extraction date, or make "
                "these cells NaN."
            )
        if (~known & observed).any():
            raise DataError(
                f"{self.source}: {int((~known & observed).sum())} cells could be observed by "
                f"{self.extracted_on} and are NaN. Write 0 where no case was opened."
            )

    @property
    def observed(self) -> xr.DataArray:
        """Whether a cell's period of opening was over at the extraction, dims (period, delay)."""
        seen = observable(
            self.data["period"].values, self.data.sizes["delay"], self.extracted_on, self.resolution
        )
        return xr.DataArray(
            seen,
            dims=("period", "delay"),
            coords={"period": self.data["period"], "delay": self.data["delay"]},
        )

    @property
    def cases(self) -> xr.DataArray:
        """The cases, dims (sex, age, period, delay); NaN where not yet observable."""
        return self.data["cases"]

    @property
    def ages(self) -> AgeBands:
        """The age bands."""
        return AgeBands.from_labels([str(label) for label in self.data["age"].values])

    @property
    def periods(self) -> np.ndarray:
        """First days of the periods of death, as ``datetime64[ns]``."""
        return self.data["period"].values

    @property
    def max_delay(self) -> int:
        """The longest delay kept, in periods."""
        return self.data.sizes["delay"] - 1

    @property
    def vintage(self) -> str:
        """The date of extraction, ``YYYY-MM-DD``."""
        return self.extracted_on.isoformat()

    @property
    def total(self) -> float:
        """All cases in observed cells."""
        return float(np.nansum(self.data["cases"].values))

    @property
    def checksum(self) -> str:
        """SHA-256 of the values, labels, resolution and date of extraction."""
        labels = (*SEXES, *self.ages.labels, self.resolution, self.vintage)
        digest = hashlib.sha256("|".join(labels).encode())
        digest.update(self.periods.astype("datetime64[D]").astype("<i8").tobytes())
        digest.update(np.array(self.data["cases"].shape, "<i8").tobytes())
        digest.update(np.nan_to_num(self.data["cases"].values, nan=-1).astype("<f8").tobytes())
        return digest.hexdigest()

    def truncate(self, day: date | str) -> ReportingTriangle:
        """Return the triangle as it would have been extracted on an earlier day.

        Cells whose period of opening was not over by then are hidden; periods of death and delays
        of which nothing is left are dropped.

        Raises
        ------
        DataError
            If the day is later than the extraction, or nothing had been observed by it.
        """
        day = parse_day(day, "truncation date")
        if day > self.extracted_on:
            raise DataError(
                f"{self.source}: extracted on {self.extracted_on}; nothing is known of what was "
                f"opened up to {day}. Truncate at an earlier date."
            )
        return ReportingTriangle.from_array(
            np.nan_to_num(self.data["cases"].values), first=self.periods[0], ages=self.ages.labels,
            resolution=self.resolution, extracted_on=day, source=self.source, notes=self.notes,
            hide=True,
        )  # fmt: skip

    def settled(self, max_delay: int) -> xr.DataArray:
        """Return cases opened within `max_delay` periods, dims (sex, age, period).

        Periods too recent for that delay to have been observed are NaN.

        Raises
        ------
        DataError
            If the triangle does not reach to that delay.
        """
        if not 0 <= max_delay <= self.max_delay:
            raise DataError(
                f"{self.source}: delays reach from 0 to {self.max_delay} {self.resolution}s, not "
                f"{max_delay}. Ask for one of these."
            )
        part = self.data["cases"].isel(delay=slice(0, max_delay + 1))
        return part.sum("delay", skipna=False).rename("cases")

    def by_period(self) -> xr.DataArray:
        """Return cases opened so far, dims (sex, age, period): recent periods are incomplete."""
        return self.data["cases"].sum("delay", skipna=True).rename("cases")

    def select(
        self,
        *,
        ages: tuple[int, int] | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
        max_delay: int | None = None,
    ) -> ReportingTriangle:
        """Return the part with these ages, periods of death and delays.

        Parameters
        ----------
        ages : tuple of int, optional
            First and last age, inclusive; bounds of bands.
        since, until : datetime.date or str, optional
            Keep periods of death that begin from `since` to `until`, inclusive.
        max_delay : int, optional
            The longest delay to keep, in periods; later cases are left out.

        Raises
        ------
        DataError
            If ages cut through a band, or nothing is left.
        """
        data = self.data
        if ages is not None:
            data = data.sel(age=list(self.ages.within(*ages)))
        first = None if since is None else np.datetime64(parse_day(since, "since"))
        last = None if until is None else np.datetime64(parse_day(until, "until"))
        data = data.sel(period=slice(first, last))
        if max_delay is not None:
            data = data.isel(delay=slice(0, max(0, max_delay + 1)))
        return replace(self, data=data)

    def coarsen(self, resolution: Resolution) -> ReportingTriangle:
        """Return the triangle by month, from weeks; exact dates are gone, so months are of weeks.

        A week goes, whole, to the month of its Thursday, for deaths and for openings alike, and the
        result says so in its notes. Months of which some weeks are missing (the first and the last)
        are left out, and the extraction date becomes the end of the last month wholly observed.
        Months by exact date need the records: ``read_registry(…, resolution="month")``.

        Raises
        ------
        DataError
            If weeks are asked of months, or no month is whole.
        """
        from estimator.triangle_months import months_from_weeks

        if resolution == self.resolution:
            return self
        if resolution != "month":
            raise DataError(
                f"{self.source}: months cannot be split into weeks. Read the records again with "
                "resolution='week'."
            )
        return months_from_weeks(self)

    def to_frame(self) -> pd.DataFrame:
        """Return observed cells: period, sex, age_low, age_high, delay, cases."""
        from estimator.triangle_files import triangle_frame

        return triangle_frame(self)

    def save(self, path: str | Path) -> Path:
        """Write the triangle as Parquet with its metadata, whole or not at all."""
        from estimator.triangle_files import save_triangle

        return save_triangle(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> ReportingTriangle:
        """Read what `save` wrote.

        Raises
        ------
        DataError
            If the file is missing, cut short, or is not a saved triangle.
        """
        from estimator.triangle_files import load_triangle

        return load_triangle(Path(path))

    @classmethod
    def from_array(
        cls,
        cases: np.ndarray,
        *,
        first: date | str | np.datetime64,
        ages: Sequence[str],
        resolution: Resolution,
        extracted_on: date | str,
        source: str = "unnamed",
        notes: tuple[str, ...] = (),
        hide: bool = False,
    ) -> ReportingTriangle:
        """Build from counts, dims (sex, age, period, delay); cells not observable become NaN.

        Parameters
        ----------
        cases : ndarray
            Counts, female first; 0 or NaN where nothing could be observed yet.
        first : datetime.date, str or datetime64
            First day of the first period of death.
        ages : sequence of str
            Labels of the age bands.
        resolution, extracted_on, source, notes
            As for the class.
        hide : bool
            Whether cases opened in periods not over at the extraction are dropped, not refused.

        Raises
        ------
        DataError
            If nothing was observable, or cases lie where nothing could be seen (unless hidden).
        """
        values = np.array(cases, dtype="float64")
        if values.ndim != 4:
            raise DataError(f"{source}: cases must have the dims {', '.join(DIMS)}.")
        day = parse_day(extracted_on, "extraction date")
        begin = period_index(np.asarray(first, "datetime64[D]"), resolution)
        starts = period_start(begin + np.arange(values.shape[2]), resolution)
        seen = observable(starts, values.shape[3], day, resolution)
        if not hide and (lost := float(np.nansum(values[..., ~seen]))) > 0:
            raise DataError(
                f"{source}: {lost:g} cases opened in {resolution}s not over by {day}. Correct the "
                "extraction date, or hide them."
            )
        values[..., ~seen] = np.nan
        values = values[:, :, seen.any(axis=1)][..., seen.any(axis=0)]
        if 0 in values.shape:
            raise DataError(f"{source}: no {resolution} was over by {day}. Choose a later date.")
        labels: dict[str, Any] = {
            "sex": list(SEXES), "age": list(ages), "period": _stamps(starts[seen.any(axis=1)]),
            "delay": np.arange(values.shape[3]),
        }  # fmt: skip
        return cls(xr.Dataset({"cases": (DIMS, values)}, labels), resolution, day, source, notes)

    def __str__(self) -> str:
        first, last = self.periods[[0, -1]].astype("datetime64[D]")
        return "\n".join([
            f"Reporting triangle: {self.total:,.0f} cases, extracted on {self.extracted_on}",
            f"  {self.source}",
            f"  {len(self.periods)} {self.resolution}s of death from {first} to {last}, delays of 0 "
            f"to {self.max_delay} {self.resolution}s",
            f"  both sexes, ages {', '.join(self.ages.labels)}",
            *(f"  {note}" for note in self.notes),
        ])  # fmt: skip


def period_index(days: np.ndarray, resolution: Resolution) -> np.ndarray:
    """Number the week (from Monday) or month of each day, consecutively.

    Parameters
    ----------
    days : ndarray of datetime64
        Any days.
    resolution : {"week", "month"}
        What to number.
    """
    if resolution == "month":
        return np.asarray(days).astype("datetime64[M]").astype("int64")
    return (np.asarray(days).astype("datetime64[D]") - MONDAY).astype("int64") // 7


def period_start(index: np.ndarray, resolution: Resolution) -> np.ndarray:
    """Return the first days, ``datetime64[D]``, of periods as `period_index` numbers them.

    Parameters
    ----------
    index : ndarray of int
        Numbers of periods.
    resolution : {"week", "month"}
        What they number.
    """
    if resolution == "month":
        return np.asarray(index).astype("datetime64[M]").astype("datetime64[D]")
    return MONDAY + np.asarray(index) * 7


def observable(
    starts: np.ndarray, delays: int, extracted_on: date, resolution: Resolution
) -> np.ndarray:
    """Return whether the period of opening was over at the extraction, dims (period, delay).

    Parameters
    ----------
    starts : ndarray of datetime64
        First days of the periods of death.
    delays : int
        How many delays, from 0.
    extracted_on : datetime.date
        The day of extraction; it counts as seen to its end.
    resolution : {"week", "month"}
        What a period is.
    """
    following = np.datetime64(extracted_on, "D") + 1
    opened = period_index(starts, resolution)[:, None] + np.arange(delays)
    return opened < period_index(following, resolution)


def parse_day(value: object, what: str) -> date:
    """Return a date written as ``YYYY-MM-DD``, or given as one.

    Parameters
    ----------
    value : object
        A date, timestamp, datetime64 or text.
    what : str
        What it is, for the error.

    Raises
    ------
    DataError
        If it is not a date.
    """
    if isinstance(value, datetime) and not pd.isna(value):
        return value.date()
    if isinstance(value, date) and not pd.isna(value):
        return value
    try:
        return date.fromisoformat(str(value)[:10] if isinstance(value, np.datetime64) else str(value))
    except ValueError:
        raise DataError(f"{what} {value!r} is not a date. Write it as YYYY-MM-DD.") from None


def _stamps(days: np.ndarray) -> np.ndarray:
    return np.asarray(days).astype("datetime64[ns]")
