"""The reporting triangle: cases by period of death and delay, with the date of extraction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr

from estimator.data.ages import AgeBands, split_ages
from estimator.data.counts import SEXES
from estimator.data.display import Displayed
from estimator.data.drafts import draft_of
from estimator.data.periods import Resolution, parse_day, period_index, period_start
from estimator.data.redaction import check_file
from estimator.data.triangle_layout import (
    DIMS,
    check_axes,
    check_values,
    months_of_weeks,
    observable,
)
from estimator.errors import DataError

FORMAT = "registry-excess triangle 1"
KEY = b"registry_excess"
"""Where the metadata of a saved triangle is in those of its Parquet file."""


@dataclass(frozen=True, eq=False, repr=False)
class ReportingTriangle(Displayed):
    """Cases by sex × age × period of death × delay of opening, as seen at one date.

    A cell is observed if its period of opening (period of death plus delay) was over by the date of
    extraction; all others are NaN, which is the right truncation. What was passed in is not changed.

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
    identified : float
        Share of cases of known sex and age. Others are in no cell, and taken to be like those that are.

    Raises
    ------
    DataError
        If this is not a triangle, an observable cell is missing, or one is filled that could not have
        been seen by the date of extraction.
    """

    data: xr.Dataset
    resolution: Resolution
    extracted_on: date
    source: str = "unnamed"
    notes: tuple[str, ...] = field(default=())
    unit: Literal["cases"] = "cases"
    identified: float = 1.0

    def __post_init__(self) -> None:
        if self.resolution not in ("week", "month"):
            raise DataError(f"resolution {self.resolution!r}: write 'week' or 'month'.")
        if not 0 < self.identified <= 1:
            raise DataError(
                f"{self.source}: identified is the share of cases whose sex and age are known, above "
                f"0 and at most 1, not {self.identified}."
            )
        object.__setattr__(self, "extracted_on", parse_day(self.extracted_on, "extraction date"))
        if "cases" not in self.data or set(self.data["cases"].dims) != set(DIMS):
            raise DataError(f"{self.source}: give a variable 'cases' with dims {', '.join(DIMS)}.")
        data = self.data[["cases"]].copy(deep=True).transpose(*DIMS)
        if data["cases"].dtype.kind not in "iuf" or data["period"].dtype.kind != "M":
            raise DataError(f"{self.source}: cases must be numbers, and periods dates.")
        data["cases"] = data["cases"].astype("float64")
        stamps = data["period"].values.astype("datetime64[ns]")
        object.__setattr__(self, "data", data.assign_coords(period=stamps))
        if 0 in self.data.sizes.values():
            raise DataError(f"{self.source}: the triangle has no cells. Choose a wider part of it.")
        monday = " (Mondays)." if self.resolution == "week" else "."
        check_axes(self.data, self.resolution, self.source, monday)
        if (self.data["delay"].values != np.arange(self.data.sizes["delay"])).any():
            text = f"delays must be 0, 1, 2, … whole {self.resolution}s."
            raise DataError(f"{self.source}: {text}")
        day = self.extracted_on
        check_values(self.cases.values, self.observed.values, self.resolution, day, self.source)

    @property
    def observed(self) -> xr.DataArray:
        """Whether a cell's period of opening was over at the extraction, dims (period, delay)."""
        period, delay = self.data["period"], self.data["delay"]
        seen = observable(period.values, delay.size, self.extracted_on, self.resolution)
        return xr.DataArray(seen, {"period": period, "delay": delay}, ("period", "delay"))

    @property
    def cases(self) -> xr.DataArray:
        """The cases, dims (sex, age, period, delay)."""
        return self.data["cases"]

    @property
    def ages(self) -> AgeBands:
        """The age bands."""
        return AgeBands.from_labels(self.data["age"].values)

    @property
    def periods(self) -> np.ndarray:
        """First days of the periods of death."""
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
        return float(np.nansum(self.cases))

    @property
    def checksum(self) -> str:
        """SHA-256 of the values, labels, resolution and date of extraction."""
        labels = (*self.ages.labels, self.resolution, self.vintage, str(self.periods[0])[:10])
        digest = hashlib.sha256("|".join(labels).encode())
        digest.update(np.array(self.cases.shape, "<i8").tobytes())
        digest.update(np.nan_to_num(self.cases.values, nan=-1).astype("<f8").tobytes())
        return digest.hexdigest()

    def truncate(self, day: date | str) -> ReportingTriangle:
        """Return the triangle as of an earlier day.

        Raises
        ------
        DataError
            If the day is later than the extraction, or nothing had been observed by it.
        """
        day = parse_day(day, "truncation date")
        if day > self.extracted_on:
            known = f"{self.source}: nothing is known after its extraction on {self.extracted_on}"
            raise DataError(f"{known}, and {day} is later. Truncate at an earlier date.")
        return ReportingTriangle.from_array(
            self.cases.values, first=self.periods[0], ages=self.ages.labels,
            resolution=self.resolution, extracted_on=day, source=self.source, notes=self.notes,
            hide=True, identified=self.identified,
        )  # fmt: skip

    def opened_within(self, max_delay: int) -> xr.DataArray:
        """Return cases opened within a delay, by sex, age and period; NaN where too recent.

        Raises
        ------
        DataError
            If the triangle does not reach to that delay.
        """
        if not 0 <= max_delay <= self.max_delay:
            known = f"from 0 to {self.max_delay} {self.resolution}s, not {max_delay}"
            raise DataError(f"{self.source}: delays reach {known}.")
        return self.cases.isel(delay=slice(0, max_delay + 1)).sum("delay", skipna=False)

    settled = opened_within
    """The former name of `opened_within`."""

    def by_period(self) -> xr.DataArray:
        """Return cases opened so far, dims (sex, age, period); recent periods are incomplete."""
        return self.cases.sum("delay", skipna=True)

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
            Keep periods of death that begin on these days or between them.
        max_delay : int, optional
            The longest delay to keep, in periods; later cases are left out.

        Raises
        ------
        DataError
            If ages cut through a band, or nothing is left.
        """
        data = self.data if ages is None else self.data.sel(age=list(self.ages.within(*ages)))
        bounds = (None if day is None else parse_day(day, "period") for day in (since, until))
        data = data.sel(period=slice(*(day and np.datetime64(day) for day in bounds)))
        kept = slice(None if max_delay is None else max(0, max_delay + 1))
        return replace(self, data=data.isel(delay=kept))

    def coarsen(self, resolution: Resolution) -> ReportingTriangle:
        """Return the triangle by month, from weeks: a week goes, whole, to the month of its Thursday.

        Months that lack weeks are left out, and the extraction becomes the end of the last month wholly
        observed. Months by exact date need ``read_registry(…, resolution="month")``.

        Raises
        ------
        DataError
            If weeks are wanted of months, or no month is whole.
        """
        if resolution == self.resolution:
            return self
        if resolution != "month":
            remedy = "For weeks, read the records with resolution='week'."
            raise DataError(f"{self.source}: weeks can become months only. {remedy}")
        cases, first, day = months_of_weeks(
            self.data["cases"].values, self.periods, self.extracted_on, self.source
        )
        note = f"months are made of whole weeks, by their Thursday, from weeks extracted on {self.vintage}"
        return ReportingTriangle.from_array(
            cases, first=first, ages=self.ages.labels, resolution="month", extracted_on=day,
            source=self.source, notes=(*self.notes, note), identified=self.identified,
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """Return observed cells, one a row: period, sex, age_low, age_high, delay, cases."""
        columns = ["period", "sex", "age_low", "age_high", "delay", "cases"]
        return split_ages(self.cases.to_series().dropna().reset_index(), self.ages)[columns]

    def save(self, path: str | Path) -> Path:
        """Write the triangle as Parquet: the cells that are not zero, and metadata as JSON.

        They are written next to the target, which is then replaced: the file is whole or not there.

        Raises
        ------
        DataError
            If the file cannot be written.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        path, cases = Path(path), np.nan_to_num(self.cases.values)
        meta: dict[str, Any] = {"format": FORMAT, "shape": cases.shape}
        meta |= {name: getattr(self, name) for name in ("resolution", "source", "notes", "identified")}
        meta |= {"ages": self.ages.labels, "extracted_on": self.vintage}
        meta |= {"first": str(self.periods[0])[:10]}
        at = np.nonzero(cases)
        columns = {name: pa.array(index.astype("int32")) for name, index in zip(DIMS, at)}
        table = pa.table(columns | {"cases": pa.array(cases[at])})
        text = json.dumps(meta, ensure_ascii=False)
        with draft_of(path) as draft:
            pq.write_table(table.replace_schema_metadata({KEY: text.encode()}), draft)
        return path

    @classmethod
    def load(cls, path: str | Path) -> ReportingTriangle:
        """Read what `save` wrote.

        Raises
        ------
        DataError
            If the file is missing, cut short, or no saved triangle.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = Path(path)
        check_file(path)
        damaged = DataError(
            f"{path.name}: cannot be read as Parquet; it may be cut short. Copy it again, or read the "
            "records with read_registry."
        )
        try:
            table = pq.read_table(path)
            meta = json.loads((table.schema.metadata or {}).get(KEY, b"{}"))
        except (pa.ArrowException, OSError, ValueError) as problem:
            raise damaged from problem
        if meta.pop("format", None) != FORMAT:
            raise DataError(
                f"{path.name}: not a saved triangle of this version ({FORMAT}). Write it with "
                "ReportingTriangle.save, or read records and other tables with read_registry."
            )
        try:
            cases = np.zeros(meta.pop("shape"))
            cases[tuple(table[name].to_numpy() for name in DIMS)] = table["cases"].to_numpy()
        except (KeyError, IndexError, ValueError, TypeError, pa.ArrowException) as problem:
            raise damaged from problem
        return cls.from_array(cases, **meta | {"notes": tuple(meta["notes"])})

    @classmethod
    def from_array(
        cls,
        cases: np.ndarray,
        *,
        first: date | str | np.datetime64 | np.ndarray,
        ages: Sequence[str],
        resolution: Resolution,
        extracted_on: date | str,
        source: str = "unnamed",
        notes: tuple[str, ...] = (),
        hide: bool = False,
        identified: float = 1.0,
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
        resolution, extracted_on, source, notes, identified
            As for the class.
        hide : bool
            Drop cases opened in periods not over at the extraction, instead of refusing them.

        Raises
        ------
        DataError
            If nothing was observable, or cases lie where nothing could be seen (unless hidden).
        """
        day = parse_day(extracted_on, "extraction date")
        values = np.array(cases, dtype="float64")
        if values.ndim != len(DIMS) or values.shape[0] != len(SEXES):
            raise DataError(f"{source}: cases must have the dims {', '.join(DIMS)}, both sexes.")
        begin = period_index(np.asarray(first, "datetime64[D]"), resolution)
        starts = period_start(begin + np.arange(values.shape[2]), resolution)
        seen = observable(starts, values.shape[3], day, resolution)
        if not hide and (lost := float(np.nansum(values[..., ~seen]))) > 0:
            raise DataError(
                f"{source}: {lost:g} cases opened in {resolution}s not over by {day}. Correct the "
                "extraction date, or leave these cases out."
            )
        if not seen.any():
            raise DataError(f"{source}: no {resolution} of death was over by {day}. Choose a later date.")
        values[..., ~seen] = np.nan
        labels: dict[str, Any] = {
            "sex": list(SEXES), "age": list(ages), "period": starts.astype("datetime64[ns]"),
            "delay": np.arange(values.shape[3]),
        }  # fmt: skip
        data = xr.Dataset({"cases": (DIMS, values)}, labels)
        data = data.isel(period=seen.any(axis=1), delay=seen.any(axis=0))
        return cls(data, resolution, day, source, notes, identified=identified)

    def __str__(self) -> str:
        first, last = self.periods[[0, -1]].astype("datetime64[D]")
        return "\n  ".join([
            f"Reporting triangle: {self.total:,.0f} cases, extracted on {self.extracted_on}",
            self.source,
            f"{len(self.periods)} {self.resolution}s of death from {first} to {last}",
            f"both sexes, ages {', '.join(self.ages.labels)}",
            f"delays of 0 to {self.max_delay} {self.resolution}s; recent periods are incomplete",
            *([f"sex and age are known of {self.identified:.1%}"] if self.identified < 1 else []),
            *self.notes,
        ])  # fmt: skip
