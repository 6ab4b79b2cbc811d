"""From a tidy table, one row a cell, to a dense array: every fault named by column and row."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from itertools import permutations

import numpy as np
import pandas as pd
import xarray as xr

from estimator.data.ages import AgeBands
from estimator.data.redaction import check_rows, known_columns, place_name
from estimator.errors import DataError

LOOK_ALIKES = str.maketrans("aceopxykmhtb", "асеорхукмнтв")
"""Latin letters typed in Cyrillic names, whose capitals or small letters look the same."""
SEXES = ("female", "male")
REQUIRED = ("year", "sex", "age_low", "age_high", "count")
WHOLE = ("year", "age_low", "age_high")
GROUP = ["region", "year"]
CELL = [*GROUP, "sex", "age_low", "age_high"]


def arrange_cells(
    frame: pd.DataFrame, name: str, columns: Mapping[str, str] | None = None
) -> xr.Dataset:
    """Return the cells of a table as `Counts.from_frame` takes it, dims ([region,] sex, age, period).

    The frame's index, and the file's own names of `columns`, name faults. Years that a region lacks
    entirely are NaN.
    """
    columns = {column: column for column in frame.columns} | dict(columns or {})
    if absent := next((column for column in REQUIRED if column not in frame), None):
        known = known_columns(frame.columns, dict.fromkeys((*CELL, "count", "population"), ()))
        raise DataError(
            f"{name}: column {absent} is missing; found {known}. Rename a column to {absent}."
        )
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
    data = xr.Dataset(
        {name: (dims, values) for name, values in arrays.items()}, dict(zip(dims, labels))
    )
    return data if regional else data.isel(region=0, drop=True)
