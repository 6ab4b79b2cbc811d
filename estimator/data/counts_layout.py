"""From a tidy table, one row a cell, to a dense array: every fault named by column and row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from estimator.data.ages import AgeBands
from estimator.data.redaction import known_columns, place_name, quoted
from estimator.errors import DataError

SEXES = ("female", "male")
REQUIRED = ("year", "sex", "age_low", "age_high", "count")
WHOLE = ("year", "age_low", "age_high")
GROUP = ["region", "year"]
CELL = [*GROUP, "sex", "age_low", "age_high"]


def arrange_cells(
    frame: pd.DataFrame, name: str, columns: Mapping[str, str] | None = None
) -> xr.Dataset:
    """Return the cells of a tidy table as arrays; the frame is not changed.

    Parameters
    ----------
    frame : DataFrame
        Columns year, sex (``female``/``male``), age_low, age_high (missing where open-ended),
        count[, region][, population], one row a cell. Its index names rows in errors.
    name : str
        The file or source, named in errors.
    columns : mapping, optional
        The file's own column names, by the names above, for errors.

    Returns
    -------
    Dataset
        ``count`` (and ``population``) with dims ([region,] sex, age, period), labels in ascending
        order. Years that a region lacks entirely are NaN.

    Raises
    ------
    DataError
        On a missing column, unknown sexes, years or ages that are not whole, negative or missing
        counts, a population that is not positive, a region named in two ways, duplicate or missing
        cells, and age bands that overlap, leave gaps or change over years or regions.
    """
    told = {column: column for column in frame.columns} | dict(columns or {})
    if absent := [column for column in REQUIRED if column not in frame]:
        known = dict.fromkeys((*CELL, "count", "population"), ())
        raise DataError(
            f"{name}: column {absent[0]} is missing; found {known_columns(frame.columns, known)}. "
            f"Rename a column to {absent[0]}."
        )
    if frame.empty:
        raise DataError(f"{name}: no rows. Give one row a cell.")
    frame = frame.assign(row=frame.index).reset_index(drop=True)
    regional = "region" in frame
    frame = frame if regional else frame.assign(region="")
    _refuse_values(frame, name, told)
    frame = frame.assign(region=frame["region"].astype(str))
    _refuse_two_names(frame, name, told)
    _refuse_repeats(frame, name, told)
    bands = _common_bands(frame, name, told)
    return _fill(frame, bands, name, regional=regional)


def _refuse_values(frame: pd.DataFrame, name: str, told: Mapping[str, str]) -> None:
    tests = {
        "sex": (~frame["sex"].isin(SEXES), "Write female or male."),
        "region": (frame["region"].isna(), "Name the region in every row, or drop the column."),
        "count": (_unusable(frame["count"], 0), "Counts are zero or more; correct these rows."),
    }
    for column in WHOLE:
        numbers = pd.to_numeric(frame[column], errors="coerce").to_numpy(float, na_value=np.nan)
        wrong = ~((numbers >= 0) & (numbers % 1 == 0))
        if column == "age_high":
            wrong &= frame[column].notna().to_numpy()
        tests[column] = (pd.Series(wrong), "Write a whole number.")
    if "population" in frame:
        tests["population"] = (
            _unusable(frame["population"], np.nextafter(0, 1)),
            "Population must be positive; correct these rows or drop the column.",
        )
    for column, (bad, remedy) in tests.items():
        if bad.any():
            at = int(bad.to_numpy().argmax())
            value = frame[column].iloc[at]
            raise DataError(
                f"{name}: column {told[column]}, row {frame['row'].iloc[at]}: "
                f"{'missing' if pd.isna(value) else quoted(value)} is not usable "
                f"(such values: {int(bad.sum())}). {remedy}"
            )


def _unusable(column: pd.Series, lowest: float) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
    return pd.Series(~((numbers >= lowest) & (numbers < np.inf)))


def _refuse_two_names(frame: pd.DataFrame, name: str, told: Mapping[str, str]) -> None:
    names = pd.Series(frame["region"].unique(), dtype=object)
    plain = names.str.casefold().str.replace("ё", "е").str.replace(r"\W+", " ", regex=True)
    twins = plain.str.strip().duplicated(keep=False)
    if twins.any():
        same = names[plain.str.strip() == plain.str.strip()[twins].iloc[0]]
        at = int((frame["region"] == same.iloc[1]).to_numpy().argmax())
        one, other = place_name(same.iloc[0]), place_name(same.iloc[1])
        raise DataError(
            f"{name}: column {told['region']}, row {frame['row'].iloc[at]}: a region is named "
            f"twice, as '{one}' and '{other}'. Write one name, one row a cell."
        )


def _refuse_repeats(frame: pd.DataFrame, name: str, told: Mapping[str, str]) -> None:
    repeated = frame.duplicated(CELL)
    if repeated.any():
        at = frame.loc[repeated.to_numpy().argmax()]
        same = (frame[CELL].astype(str) == at[CELL].astype(str)).all(axis=1)
        first = frame["row"].iloc[int(same.to_numpy().argmax())]
        where = f"{told['region']} {place_name(at['region'])}, " if at["region"] else ""
        raise DataError(
            f"{name}: row {at['row']} repeats the cell of row {first}: {where}{told['year']} "
            f"{at['year']}, {told['sex']} {at['sex']}, {told['age_low']} {at['age_low']} (such "
            f"rows: {int(repeated.sum())}). Keep one row a cell"
            + (" (is a region named twice?)." if at["region"] else ".")
        )


def _common_bands(frame: pd.DataFrame, name: str, told: Mapping[str, str]) -> AgeBands:
    used = frame.drop_duplicates([*GROUP, "age_low", "age_high"])
    used = used[[*GROUP, "age_low", "age_high", "row"]].sort_values(
        [*GROUP, "age_low", "age_high"], kind="stable"
    )
    low = used["age_low"].to_numpy(int)
    high = used["age_high"].to_numpy(float, na_value=np.inf)
    same = (used[GROUP] == used[GROUP].shift()).all(axis=1).to_numpy()
    step = low - np.concatenate([[-1], high[:-1] + 1])
    column = f"column {told['age_low']}"
    for wrong, what, remedy in (
        (same & (step < 0), "overlap", "Keep one set of bands."),
        (same & (step > 0), "leave a gap", "Add the rows between, or give contiguous ages only."),
    ):
        if wrong.any():
            at = int(wrong.argmax())
            raise DataError(
                f"{name}: {column}, row {used['row'].iloc[at]}: age bands {what}: "
                f"{_label(low[at - 1], high[at - 1])} (row {used['row'].iloc[at - 1]}) and "
                f"{_label(low[at], high[at])} (row {used['row'].iloc[at]}) in "
                f"{_place(used.iloc[at])}. {remedy}"
            )
    pairs = pd.MultiIndex.from_arrays([low, high])
    group = used.groupby(GROUP, sort=False).ngroup().to_numpy()
    first = pairs[group == 0]
    odd = ~pairs.isin(first) | (np.bincount(group)[group] != len(first))
    if odd.any():
        at = int(odd.argmax())
        there = pairs[group == group[at]]
        changed = sorted(set(there) ^ set(first))[0]
        changes = ~there.isin(first)
        row = used["row"].to_numpy()[group == group[at]][int(changes.argmax())]
        raise DataError(
            f"{name}: {column}, row {row}: age bands change: {_place(used.iloc[at])} differs from "
            f"{_place(used.iloc[0])} at ages {_label(*changed)}. Give every year and region the "
            "same age bands."
        )
    lows, highs = zip(*first)
    try:
        return AgeBands(
            tuple(int(a) for a in lows), tuple(None if np.isinf(b) else int(b) for b in highs)
        )
    except DataError as problem:
        raise DataError(f"{name}: {column}: {problem}") from None


def _label(low: float, high: float) -> str:
    return f"{int(low)}+" if np.isinf(high) else f"{int(low)}-{int(high)}"


def _place(row: pd.Series) -> str:
    return f"{int(row['year'])}" + (f", {place_name(row['region'])}" if row["region"] else "")


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
    data = xr.Dataset(
        {column: (("region", "sex", "age", "period"), values) for column, values in arrays.items()},
        coords={
            "region": np.array(regions, dtype=object),
            "sex": list(SEXES),
            "age": list(bands.labels),
            "period": np.array(periods, dtype="int64"),
        },
    )
    return data if regional else data.isel(region=0, drop=True)
