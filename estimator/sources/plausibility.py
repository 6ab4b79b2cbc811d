"""Tables that can be read but cannot be: totals among regions, no deaths at all, more than lived."""

from __future__ import annotations

import numpy as np
import pandas as pd

from estimator.data.redaction import place_name
from estimator.errors import DataError
from estimator.sources.vocabulary import ALL_REGIONS

CELL = ["year", "date", "sex", "age_low"]
OLD = 90
"""From this age on a year's deaths can exceed the people at its middle, of whom there are few."""


def without_total_regions(table: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Leave out rows of all regions together, where there are others; `notes` say so.

    Parameters
    ----------
    table : DataFrame
        Text columns under canonical names.
    notes : list of str
        Appended to.
    """
    if "region" not in table:
        return table
    plain = table["region"].astype("string").str.strip().str.casefold()
    total = plain.isin(ALL_REGIONS).to_numpy(dtype=bool, na_value=False)
    if not total.any() or total.all():
        return table
    notes.append(f"{int(total.sum()):,} rows for all regions left out")
    return table[~total]


def refuse_implausible(frame: pd.DataFrame, told: dict[str, str], name: str) -> None:
    """Refuse a table in which nobody died, or of one sex nobody, or more than there were people.

    Parameters
    ----------
    frame : DataFrame
        Columns sex, age_low, count, year or date[, region][, population], numbers checked one by
        one; its index names the rows.
    told : dict
        The file's own column names.
    name : str
        The file's name.

    Raises
    ------
    DataError
        As said, and if a region is the sum of the others.
    """
    column = f"{name}: column {told['count']}, row"
    for group, who in (
        (np.ones(len(frame), bool), ""),
        ((frame["sex"] == "female").to_numpy(), " of women"),
        ((frame["sex"] == "male").to_numpy(), " of men"),
    ):
        if not frame.loc[group, "count"].any():
            raise DataError(
                f"{column} {frame.index[group][0]}: every number{who} is 0 (such rows: "
                f"{int(group.sum())}). Give the deaths that were counted, or choose another column."
            )
    if "population" in frame:
        more = ((frame["count"] > frame["population"]) & (frame["age_low"] < OLD)).to_numpy()
        if more.any():
            at = int(more.argmax())
            raise DataError(
                f"{column} {frame.index[at]}: {frame['count'].iloc[at]:,.0f} deaths of a "
                f"{told['population']} of {frame['population'].iloc[at]:,.0f} (such rows: "
                f"{int(more.sum())}). Give persons, not thousands, or correct the row."
            )
    if "region" in frame:
        _refuse_sum(frame, told, name)


def _refuse_sum(frame: pd.DataFrame, told: dict[str, str], name: str) -> None:
    cell = [key for key in CELL if key in frame]
    sums = frame.groupby(cell)["count"].transform("sum")
    # the table holds a whole and its parts where one region is half of every sum
    half = (frame["count"] * 2 - sums).abs() <= 1e-6 * sums
    whole = half.groupby(frame["region"]).all()
    if len(whole) < 3 or not whole.any():
        return
    region = whole.index[whole][0]
    rows = frame.index[(frame["region"] == region).to_numpy()]
    raise DataError(
        f"{name}: column {told['region']}, row {rows[0]}: {place_name(region)} is the sum of the "
        f"other regions, so that everybody counts twice (such rows: {len(rows)}). Remove its rows, or "
        "name it total."
    )
