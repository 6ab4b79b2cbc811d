"""Counts: deaths or inheritance cases by sex, age and period, validated once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from estimator.data.ages import AgeBands, split_ages
from estimator.data.counts_layout import SEXES, arrange_cells
from estimator.data.periods import describe_years
from estimator.errors import DataError


@dataclass(frozen=True)
class Counts:
    """Deaths or cases by sex × age × period[ × region].

    Build it with `Counts.from_frame`, or read it with `estimator.read_counts`. Building it is the
    only validation; afterwards it does not change.

    Parameters
    ----------
    data : xarray.Dataset
        Variable ``count`` with dims (sex, age, period) or (region, sex, age, period); optionally
        ``population`` (persons at mid-period) with the same dims. ``age`` holds labels such as
        ``15-19``, ``period`` calendar years. A region may lack whole years: those cells are NaN.
    unit : {"deaths", "cases"}
        What is counted.
    source : str
        Who counted, in words.
    vintage : str
        The date at which the table was seen, or ``"unknown"``.
    notes : tuple of str
        What was done on reading, such as a subtraction.

    Raises
    ------
    DataError
        If dims, labels or values are not those of a table of counts.
    """

    data: xr.Dataset
    unit: Literal["deaths", "cases"] = "deaths"
    source: str = "unnamed"
    vintage: str = "unknown"
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", self.data.copy(deep=True))
        dims = ("region", "sex", "age", "period") if self.has_regions else ("sex", "age", "period")
        if "count" not in self.data or set(self.data["count"].dims) != set(dims):
            raise DataError(
                f"{self.source}: counts need a variable 'count' with dims {', '.join(dims)}."
            )
        object.__setattr__(self, "data", self.data.transpose(*dims))
        if tuple(self.data["sex"].values) != SEXES:
            raise DataError(
                f"{self.source}: sexes must be {SEXES}, got {tuple(self.data['sex'].values)}."
            )
        _ = self.ages  # which checks them
        periods = self.data["period"].values
        if periods.dtype.kind not in "iu" or (np.diff(periods) <= 0).any():
            raise DataError(f"{self.source}: periods must be whole years in ascending order.")
        if len(set(self.regions)) < len(self.regions):
            raise DataError(f"{self.source}: a region is named twice. Write each once.")
        for name, variable in self.data.data_vars.items():
            if variable.dtype.kind not in "iuf":
                raise DataError(f"{self.source}: {name} must be numbers, not {variable.dtype}.")
        values = self.data["count"].values
        if (values < 0).any() or np.isinf(values).any():
            raise DataError(f"{self.source}: counts must be finite and not negative.")
        known = ~np.isnan(values)
        if not (known.all(axis=(-3, -2)) | ~known.any(axis=(-3, -2))).all():
            raise DataError(f"{self.source}: a year has some sex and age cells but not all.")
        if self.has_population and not (self.data["population"].values[known] > 0).all():
            raise DataError(
                f"{self.source}: population must be positive wherever deaths are known."
            )

    @property
    def has_regions(self) -> bool:
        """Whether counts are by region."""
        return "region" in self.data.dims

    @property
    def ages(self) -> AgeBands:
        """The age bands."""
        return AgeBands.from_labels(self.data["age"].values)

    @property
    def years(self) -> tuple[int, ...]:
        """The calendar years present, ascending."""
        return tuple(int(year) for year in self.data["period"].values)

    @property
    def regions(self) -> tuple[str, ...]:
        """Region names, empty where counts are not by region."""
        return tuple(str(r) for r in self.data["region"].values) if self.has_regions else ()

    @property
    def has_population(self) -> bool:
        """Whether the exposure (mid-period population) is known."""
        return "population" in self.data

    @property
    def checksum(self) -> str:
        """SHA-256 of the values and labels: equal tables agree whatever file they came from."""
        digest = hashlib.sha256()
        for name in sorted(map(str, self.data.variables)):
            values = self.data[name].values
            digest.update(name.encode())
            if values.dtype.kind in "OUST":
                digest.update("|".join(values.astype(str).ravel()).encode())
            else:
                digest.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
        return digest.hexdigest()

    def select(
        self,
        *,
        ages: tuple[int, int] | None = None,
        years: Iterable[int] | None = None,
        region: str | None = None,
    ) -> Counts:
        """Return the part of the table with these ages (inclusive bounds), years and region.

        Raises
        ------
        DataError
            If ages cut through a band, or a year or region is not in the table.
        """
        data = self.data
        if region is not None:
            if region not in self.regions:
                raise DataError(
                    f"{self.source}: no region {region!r}. There are: {', '.join(self.regions)}."
                )
            data = data.sel(region=region, drop=True).dropna("period", how="all", subset=["count"])
        if ages is not None:
            data = data.sel(age=list(self.ages.within(*ages)))
        if years is not None:
            wanted = sorted(set(years))
            if absent := sorted(set(wanted) - set(data["period"].values.tolist())):
                raise DataError(
                    f"{self.source}: no counts for {describe_years(absent)}; the table has "
                    f"{describe_years(data['period'].values.tolist())}. Choose other years or add "
                    "these."
                )
            data = data.sel(period=wanted)
        return Counts(data, self.unit, self.source, self.vintage, self.notes)

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy table: [region,] year, sex, age_low, age_high, count[, population]."""
        frame = self.data.to_dataframe().dropna(subset=["count"]).reset_index()
        return split_ages(frame, self.ages).rename(columns={"period": "year"})

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        unit: Literal["deaths", "cases"] = "deaths",
        source: str = "data frame",
        vintage: str = "unknown",
        notes: tuple[str, ...] = (),
    ) -> Counts:
        """Build from a tidy table; the frame is not changed.

        Parameters
        ----------
        frame : DataFrame
            Columns year, sex (``female``/``male``), age_low, age_high (missing where open-ended),
            count and, if known, region and population; one row a cell.
        unit, source, vintage, notes
            As for the class.

        Raises
        ------
        DataError
            On duplicate cells, missing cells, age bands that overlap, leave gaps or change over the
            years, negative counts, or a population that is not positive. The first row at fault is
            named by the frame's index.
        """
        return cls(arrange_cells(frame, source), unit, source, vintage, notes)
