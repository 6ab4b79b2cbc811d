"""Counts by sex, age, period and region: a tidy table laid out as a dense array, and validated once."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import permutations
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from estimator.data.ages import AgeBands, split_ages
from estimator.data.display import Displayed
from estimator.data.periods import describe_years
from estimator.data.redaction import check_rows, known_columns, place_name
from estimator.errors import DataError

LOOK_ALIKES = str.maketrans("aceopxykmhtb", "асеорхукмнтв")
"""Latin letters typed in Cyrillic names, whose capitals or small letters look the same."""
SEXES = ("female", "male")
REQUIRED = ("year", "sex", "age_low", "age_high", "count")
WHOLE = ("year", "age_low", "age_high")
GROUP = ["region", "year"]
CELL = [*GROUP, "sex", "age_low", "age_high"]


def arrange_cells(frame: pd.DataFrame, name: str, columns: Mapping[str, str] | None = None) -> xr.Dataset:
    """Return the cells of a table as `Counts.from_frame` takes it, dims ([region,] sex, age, period).

    The frame's index, and the file's own names of `columns`, name faults. Years that a region lacks
    entirely are NaN.
    """
    columns = {column: column for column in frame.columns} | dict(columns or {})
    if absent := next((column for column in REQUIRED if column not in frame), None):
        known = known_columns(frame.columns, dict.fromkeys((*CELL, "count", "population"), ()))
        raise DataError(f"{name}: column {absent} is missing; found {known}. Rename a column to {absent}.")
    if frame.empty:
        raise DataError(f"{name}: no rows. Give one row a cell.")
    regional = "region" in frame
    _check_values(frame, name, columns)
    region = frame["region"].astype(str) if regional else ""
    frame = frame.assign(row=frame.index, region=region).reset_index(drop=True)
    _check_region_names(frame, name, columns)
    _check_repeats(frame, name, columns)
    bands = _common_bands(frame, name, columns)
    return _fill(frame, bands, name, regional=regional)


def _check_values(frame: pd.DataFrame, name: str, columns: Mapping[str, str]) -> None:
    numbers = {
        column: pd.to_numeric(frame[column], errors="coerce").to_numpy(float, na_value=np.nan)
        for column in (*WHOLE, "count", "population")
        if column in frame
    }
    tests = {"sex": (~frame["sex"].isin(SEXES), "Write female or male.")}
    if "region" in frame:
        remedy = "Name the region in every row, or drop the column."
        tests["region"] = (frame["region"].isna(), remedy)
    for column, lowest, remedy in (
        ("count", 0, "Counts are zero or more; correct these rows."),
        ("population", np.nextafter(0, 1),
         "Population must be positive; correct these rows or drop the column."),
    ):  # fmt: skip
        if column in numbers:
            tests[column] = (~((numbers[column] >= lowest) & (numbers[column] < np.inf)), remedy)
    for column in WHOLE:
        whole = (numbers[column] >= 0) & (numbers[column] % 1 == 0)
        blank = frame[column].isna() if column == "age_high" else False
        tests[column] = (~(whole | blank), "Write a whole number.")
    for column, (wrong, remedy) in tests.items():
        values = frame[column].rename(columns[column])
        check_rows(values, wrong, "{} is not usable", remedy, source=name)


def _check_region_names(frame: pd.DataFrame, name: str, columns: Mapping[str, str]) -> None:
    names = pd.Series(frame["region"].unique(), dtype=object)
    plain = names.map(fold_name)
    parts = [frozenset(name.split()) for name in plain]
    years = [set(frame.loc[frame["region"] == name, "year"]) for name in names]
    for (i, short), (j, long) in permutations(enumerate(parts), 2):
        if short < long and not years[i] & years[j]:  # one place, renamed between years
            plain[j] = plain[i]
    twins = plain.duplicated(keep=False)
    if twins.any():
        same = names[plain == plain[twins].iloc[0]]
        at = int((frame["region"] == same.iloc[1]).to_numpy().argmax())
        one, other = place_name(same.iloc[0]), place_name(same.iloc[1])
        raise DataError(
            f"{name}: column {columns['region']}, row {frame['row'].iloc[at]}: a region is named "
            f"twice, as '{one}' and '{other}'. Write one name, one row a cell."
        )


def fold_name(name: object) -> str:
    """Return a place's name as it is compared: without case, signs, ё and look-alike Latin letters."""
    text = unicodedata.normalize("NFKC", str(name)).casefold().replace("ё", "е")
    if re.search("[а-я]", text):
        text = text.translate(LOOK_ALIKES)
    return re.sub(r"\W+", " ", text).strip()


def _check_repeats(frame: pd.DataFrame, name: str, columns: Mapping[str, str]) -> None:
    repeated = frame.duplicated(CELL)
    if repeated.any():
        at = frame.loc[repeated.to_numpy().argmax()]
        same = (frame[CELL].astype(str) == at[CELL].astype(str)).all(axis=1)
        first = frame["row"].iloc[int(same.to_numpy().argmax())]
        where = f"{columns['region']} {place_name(at['region'])}, " if at["region"] else ""
        raise DataError(
            f"{name}: row {at['row']} repeats the cell of row {first}: {where}{columns['year']} "
            f"{at['year']}, {columns['sex']} {at['sex']}, {columns['age_low']} {at['age_low']} (such "
            f"rows: {int(repeated.sum())}). Keep one row a cell"
            + (" (is a region named twice?)." if at["region"] else ".")
        )


def _common_bands(frame: pd.DataFrame, name: str, columns: Mapping[str, str]) -> AgeBands:
    """Return the age bands that every year and region share; refuse a group with others."""
    used = frame.drop_duplicates([*GROUP, "age_low", "age_high"]).sort_values(
        [*GROUP, "age_low", "age_high"], kind="stable", ignore_index=True
    )
    low = used["age_low"].astype(int)
    high = pd.Series(used["age_high"].to_numpy(float, na_value=np.inf))
    group = used.groupby(GROUP, sort=False).ngroup()
    labels = [f"{a}+" if np.isinf(b) else f"{a}-{b:.0f}" for a, b in zip(low, high)]

    def place(at: int) -> str:
        region = used["region"].iloc[at]
        return f"{int(used['year'].iloc[at])}" + (f", {place_name(region)}" if region else "")

    def between(fault: str) -> Callable[[int], str]:
        return lambda at: (
            f"age bands {fault}: {labels[at - 1]} (row {used['row'].iloc[at - 1]}) and {labels[at]} "
            f"(row {used['row'].iloc[at]}) in {place(at)}"
        )

    rows = low.set_axis(used["row"]).rename(columns["age_low"])
    step = (low - high.groupby(group).shift() - 1).fillna(0)
    check_rows(rows, step < 0, between("overlap"), "Keep one set of bands.", source=name)
    remedy = "Add the rows between, or give contiguous ages only."
    check_rows(rows, step > 0, between("leave a gap"), remedy, source=name)
    bands = pd.Series(list(zip(low, high)))
    common = bands[group == 0]
    for _, others in bands.groupby(group):
        if changed := sorted(set(others) ^ set(common)):
            new = [at for at, band in others.items() if band not in set(common)]
            at = (new or others.index)[0]
            label = labels[bands.tolist().index(changed[0])]
            raise DataError(
                f"{name}: column {columns['age_low']}, row {used['row'].iloc[at]}: age bands change: "
                f"{place(at)} differs from {place(0)} at ages {label}. Give every year and region the "
                "same age bands."
            )
    try:
        return AgeBands.from_labels(labels[: len(common)])
    except DataError as problem:
        raise DataError(f"{name}: column {columns['age_low']}: {problem}") from None


def _fill(frame: pd.DataFrame, bands: AgeBands, name: str, *, regional: bool) -> xr.Dataset:
    region, regions = pd.factorize(frame["region"], sort=True)
    period, periods = pd.factorize(frame["year"].astype("int64"), sort=True)
    sex = (frame["sex"] == SEXES[1]).to_numpy(int)
    age = np.searchsorted(bands.low, frame["age_low"].to_numpy(int))
    shape = (len(regions), len(SEXES), len(bands), len(periods))
    arrays = {}
    for column in ("count", *(["population"] if "population" in frame else [])):
        arrays[column] = np.full(shape, np.nan)
        arrays[column][region, sex, age, period] = pd.to_numeric(frame[column])
    absent = np.isnan(arrays["count"])
    partial = absent & ~absent.all(axis=(1, 2), keepdims=True)
    if partial.any():
        r, s, a, t = (int(i[0]) for i in np.nonzero(partial))
        where = f"region {place_name(regions[r])}, " if regional else ""
        raise DataError(
            f"{name}: {int(partial.sum())} cells are missing, first {where}year {periods[t]}, sex "
            f"{SEXES[s]}, age {bands.labels[a]}. Add the rows (zero where nobody died), or drop "
            "the year."
        )
    dims = ("region", "sex", "age", "period")
    labels = (np.array(regions, dtype=object), list(SEXES), list(bands.labels), np.array(periods))
    data = xr.Dataset({name: (dims, values) for name, values in arrays.items()}, dict(zip(dims, labels)))
    return data if regional else data.isel(region=0, drop=True)


@dataclass(frozen=True, repr=False)
class Counts(Displayed):
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
            raise DataError(f"{self.source}: counts need a variable 'count' with dims {', '.join(dims)}.")
        object.__setattr__(self, "data", self.data.transpose(*dims))
        if tuple(self.data["sex"].values) != SEXES:
            raise DataError(f"{self.source}: sexes must be {SEXES}, got {tuple(self.data['sex'].values)}.")
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
            raise DataError(f"{self.source}: population must be positive wherever deaths are known.")

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
                raise DataError(f"{self.source}: no region {region!r}. There are: {', '.join(self.regions)}.")
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
            count (or the unit: ``deaths``, ``cases``) and, if known, region and population; one row a cell.
        unit, source, vintage, notes
            As for the class.

        Raises
        ------
        DataError
            On duplicate cells, missing cells, age bands that overlap, leave gaps or change over the
            years, negative counts, or a population that is not positive. The first row at fault is
            named by the frame's index.
        """
        if "count" not in frame and unit in frame:
            frame = frame.rename(columns={unit: "count"})
        return cls(arrange_cells(frame, source), unit, source, vintage, notes)

    def __str__(self) -> str:
        regions = [f"{len(self.regions)} regions"] if self.has_regions else []
        return "\n  ".join([
            f"Counts of {self.unit}: {float(self.data['count'].sum()):,.0f}",
            f"years {describe_years(self.years)}",
            f"{self.source}, vintage {self.vintage}",
            f"both sexes, ages {self.ages.labels[0]} to {self.ages.labels[-1]} in {len(self.ages)} bands",
            *regions,
            "with populations" if self.has_population else "without populations",
            *self.notes,
        ])  # fmt: skip
