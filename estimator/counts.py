"""Counts: deaths or inheritance cases by sex, age and period, validated once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from estimator.ages import AgeBands
from estimator.errors import DataError
from estimator.periods import describe_years

SEXES = ("female", "male")
KEY = ["region", "period", "sex", "age_low"]


@dataclass(frozen=True)
class Counts:
    """Deaths or cases by sex × age × period[ × region].

    Build it with `Counts.from_frame`, or read it with `estimator.read_counts`. Building it is the only
    validation; afterwards it does not change.

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
            raise DataError(f"{self.source}: counts need a variable 'count' with dims {', '.join(dims)}.")
        object.__setattr__(self, "data", self.data.transpose(*dims))
        if tuple(self.data["sex"].values) != SEXES:
            raise DataError(f"{self.source}: sexes must be {SEXES}, got {tuple(self.data['sex'].values)}.")
        values = self.data["count"].values
        if (values < 0).any() or np.isinf(values).any():
            raise DataError(f"{self.source}: counts must be finite and not negative.")
        years_known = ~np.isnan(values)
        if not (years_known.all(axis=(-3, -2)) | ~years_known.any(axis=(-3, -2))).all():
            raise DataError(f"{self.source}: a year has some sex and age cells but not all.")

    @property
    def has_regions(self) -> bool:
        """Whether counts are by region."""
        return "region" in self.data.dims

    @property
    def ages(self) -> AgeBands:
        """The age bands."""
        return AgeBands.from_labels([str(label) for label in self.data["age"].values])

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
        for name in sorted(self.data.variables):
            values = self.data[name].values
            text = values.astype(str) if values.dtype.kind in "OUST" else np.asarray(values, float)
            digest.update(name.encode())
            digest.update("|".join(text.ravel()).encode() if text.dtype.kind == "U" else text.tobytes())
        return digest.hexdigest()

    def select(
        self, *, ages: tuple[int, int] | None = None, years: Iterable[int] | None = None,
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
                raise DataError(f"{self.source}: no region {region!r}. There are: {', '.join(self.regions)}.")
            data = data.sel(region=region, drop=True).dropna("period", how="all", subset=["count"])
        if ages is not None:
            data = data.sel(age=list(self.ages.within(*ages)))
        if years is not None:
            wanted = sorted(years)
            if absent := sorted(set(wanted) - set(data["period"].values.tolist())):
                raise DataError(
                    f"{self.source}: no counts for {describe_years(absent)}; the table has "
                    f"{describe_years(data['period'].values.tolist())}. Choose other years or add these."
                )
            data = data.sel(period=wanted)
        return Counts(data, self.unit, self.source, self.vintage, self.notes)

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy table: [region,] year, sex, age_low, age_high, count[, population]."""
        frame = self.data.to_dataframe().dropna(subset=["count"]).reset_index()
        bands = self.ages
        low = dict(zip(bands.labels, bands.low))
        high = dict(zip(bands.labels, bands.high))
        frame.insert(frame.columns.get_loc("age") + 1, "age_low", frame["age"].map(low))
        frame.insert(frame.columns.get_loc("age_low") + 1, "age_high",
                     pd.array([high[a] for a in frame["age"]], dtype="Int64"))
        return frame.drop(columns="age").rename(columns={"period": "year"})

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, *, unit: Literal["deaths", "cases"] = "deaths",
        source: str = "data frame", vintage: str = "unknown", notes: tuple[str, ...] = (),
    ) -> Counts:
        """Build from a tidy table; the frame is not changed.

        Parameters
        ----------
        frame : DataFrame
            Columns year, sex (``female``/``male``), age_low, age_high (missing where open-ended),
            count[, region][, population], one row a cell.
        unit, source, vintage, notes
            As for the class.

        Raises
        ------
        DataError
            On duplicate cells, missing cells, age bands that overlap, leave gaps or change over the
            years, negative counts, or a population that is not positive. The first row at fault is named
            by the frame's index.
        """
        frame = frame.rename(columns={"year": "period"})
        frame = frame.assign(region=frame["region"] if "region" in frame else "")
        _refuse_bad_values(frame, source)
        bands = _common_bands(frame, source)
        cells = frame.assign(age=frame["age_low"].map(dict(zip(bands.low, bands.labels))))
        values = ["count", *(["population"] if "population" in frame else [])]
        data = cells.set_index(["region", "sex", "age", "period"])[values].to_xarray()
        data = data.reindex(sex=list(SEXES), age=list(bands.labels)).sortby("period")
        _refuse_missing_cells(data, source)
        if (frame["region"] == "").all():
            data = data.isel(region=0, drop=True)
        return cls(data, unit, source, vintage, notes)


def _refuse_bad_values(frame: pd.DataFrame, source: str) -> None:
    where = "row {}".format
    for column, bad, remedy in (
        ("count", ~(frame["count"] >= 0), "Counts are zero or more; correct these rows."),
        *((("population", ~(frame["population"] > 0),
            "Population must be positive; correct these rows or drop the column."),)
          if "population" in frame else ()),
    ):
        if bad.any():
            row = bad.idxmax()
            raise DataError(
                f"{source}: {int(bad.sum())} values of {column} are not valid, first in {where(row)}: "
                f"{frame.loc[row, column]}. {remedy}"
            )
    repeated = frame.duplicated(KEY)
    if repeated.any():
        row = repeated.idxmax()
        raise DataError(
            f"{source}: {int(repeated.sum())} cells are given twice, first in {where(row)}: "
            f"{_cell(frame.loc[row])}. Keep one row a cell"
            + (" (is a region named twice?)." if frame.loc[row, "region"] else ".")
        )


def _cell(row: pd.Series) -> str:
    region = f"region={row['region']}, " if row["region"] else ""
    return f"{region}sex={row['sex']}, age_low={row['age_low']}, year={row['period']}"


def _common_bands(frame: pd.DataFrame, source: str) -> AgeBands:
    pairs = frame.groupby(["region", "period"])[["age_low", "age_high"]].apply(
        lambda part: tuple(sorted({(int(low), None if pd.isna(high) else int(high))
                                   for low, high in zip(part["age_low"], part["age_high"])},
                                  key=lambda pair: (pair[0], pair[1] is None, pair[1] or 0)))
    )
    first = pairs.iloc[0]
    for (region, year), bands in pairs.items():
        try:
            AgeBands(tuple(b[0] for b in bands), tuple(b[1] for b in bands))
        except DataError as problem:
            place = f"{region}, {year}" if region else str(year)
            raise DataError(f"{source}: year {place}: {problem}") from None
        if bands != first:
            changed = sorted(set(bands) ^ set(first), key=lambda pair: pair[0])[0]
            at = frame.index[(frame["period"] == year) & (frame["region"] == region)][0]
            raise DataError(
                f"{source}: age bands change: year {year}{f' of {region}' if region else ''} (row {at}) "
                f"differs from {pairs.index[0][1]} at ages {changed[0]}-{changed[1]}. "
                "Give every year and region the same age bands (column age_low, age_high)."
            )
    return AgeBands(tuple(b[0] for b in first), tuple(b[1] for b in first))


def _refuse_missing_cells(data: xr.Dataset, source: str) -> None:
    missing = data["count"].isnull()
    partial = missing & ~missing.all(["sex", "age"])
    if bool(partial.any()):
        first = {dim: data[dim].values[i[0]] for dim, i in zip(partial.dims, np.nonzero(partial.values))}
        region = f"region={first['region']}, " if first["region"] else ""
        raise DataError(
            f"{source}: {int(partial.sum())} cells missing, first {region}sex={first['sex']}, "
            f"age={first['age']}, period={first['period']}. Add the rows (zero where nobody died), or drop "
            "the year."
        )
