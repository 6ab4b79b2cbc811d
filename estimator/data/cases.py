"""Cases by period: by sex, age and period of death, where delays of single cases are not known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import xarray as xr

from estimator.data.ages import AgeBands
from estimator.data.display import Displayed
from estimator.data.periods import UNKNOWN, Resolution, parse_day
from estimator.data.triangle import ReportingTriangle
from estimator.data.triangle_layout import check_axes
from estimator.errors import DataError

DIMS = ("sex", "age", "period")


@dataclass(frozen=True, eq=False, repr=False)
class CasesByPeriod(Displayed):
    """Cases by sex × age × period of death, without their delays.

    Parameters
    ----------
    data : xarray.DataArray
        Cases with dims (sex, age, period): ``sex`` is (female, male), ``age`` holds labels such as
        ``20-24``, ``period`` the first day of each week (a Monday) or month, without gaps.
    resolution : {"week", "month"}
        What a period is.
    extracted_on : datetime.date, str or None
        The day on which the registry was read: recent periods are then incomplete, by a delay that
        only published curves tell. None says that every case has been opened.
    source : str
        Who counted, in words.
    notes : tuple of str
        What was done on reading.
    identified : float
        As for `ReportingTriangle`.

    Raises
    ------
    DataError
        If dims, labels or values are not those of such a table.
    """

    data: xr.DataArray
    resolution: Resolution
    extracted_on: date | None = None
    source: str = "unnamed"
    notes: tuple[str, ...] = field(default=())
    identified: float = 1.0

    def __post_init__(self) -> None:
        if set(self.data.dims) != set(DIMS):
            raise DataError(f"{self.source}: cases need the dims {', '.join(DIMS)}.")
        data = self.data.transpose(*DIMS).astype(float).copy(deep=True)
        check_axes(data, self.resolution, self.source, ". Add the missing ones, with zero cases.")
        starts = data["period"].values.astype("datetime64[D]")
        if not np.isfinite(data.values).all() or (data.values < 0).any():
            raise DataError(f"{self.source}: cases must be finite and not negative.")
        if self.extracted_on is not None:
            day = parse_day(self.extracted_on, "extraction date")
            object.__setattr__(self, "extracted_on", day)
            if starts[-1] > np.datetime64(day):
                raise DataError(
                    f"{self.source}: the {self.resolution} of {starts[-1]} begins after the "
                    f"extraction on {day}. Correct the date, or leave these periods out."
                )
        object.__setattr__(self, "data", data.assign_coords(period=starts.astype("datetime64[ns]")))

    @classmethod
    def of(cls, triangle: ReportingTriangle, max_delay: int) -> CasesByPeriod:
        """Return the cases of a triangle opened within a delay, in periods long enough ago."""
        cases = triangle.opened_within(max_delay)
        known = cases.notnull().all(("sex", "age"))
        unit, day = f"{triangle.resolution}s", triangle.vintage
        note = f"cases opened within {max_delay} {unit}, of a registry read on {day}"
        return cls(
            cases.sel(period=known.values), triangle.resolution, source=triangle.source,
            notes=(*triangle.notes, note), identified=triangle.identified,
        )  # fmt: skip

    @property
    def ages(self) -> AgeBands:
        """The age bands."""
        return AgeBands.from_labels(self.data["age"].values)

    @property
    def periods(self) -> np.ndarray:
        """First days of the periods of death."""
        return self.data["period"].values

    @property
    def vintage(self) -> str:
        """The date of extraction; ``unknown`` where all is settled, whenever that was seen."""
        return str(self.extracted_on or UNKNOWN)

    def until(self, day: date | str) -> CasesByPeriod:
        """Return the part with periods that begin on a day or before it."""
        return replace(self, data=self.data.sel(period=slice(None, np.datetime64(day, "ns"))))

    def __str__(self) -> str:
        seen = f"extracted on {self.extracted_on}" if self.extracted_on else "all opened"
        first, last = self.periods[[0, -1]].astype("datetime64[D]")
        return (
            f"Cases by period: {float(self.data.sum()):,.0f}, {seen}\n  {self.source}\n"
            f"  {len(self.periods)} {self.resolution}s of death from {first} to {last}, ages "
            f"{', '.join(self.ages.labels)}"
        )


SettledCases = CasesByPeriod
"""The former name of `CasesByPeriod`."""
