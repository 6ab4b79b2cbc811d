"""Checks on whole tables: rows of totals, all-zero deaths, deaths above population."""

import numpy as np
import pandas as pd

from estimator.data.redaction import place_name
from estimator.sources.columns import Table, list_places
from estimator.sources.vocabulary import ALL_REGIONS

CELL = ["year", "date", "sex", "age_low"]
SUM_ERROR = 0.01
"""Share of a whole by which its parts may miss it, in sum of differences over cells: deaths of no region.
Counts of unlike places differ by more, if only by chance."""
LIKE = 0.0075
"""Largest difference up to which a part may be the whole to a smaller scale; of large counts less, what
rounding alone makes."""
MOST_REGIONS, MOST_DISTRICTS = 400, 60
"""Regions among which all sums are looked for, and districts between very many regions and their nation."""
MANY = 100
"""Deaths of a usual year from which on none at all is no chance."""
OLD = 90
"""From this age on a year's deaths can exceed the people at its middle, of whom there are few."""


def without_total_regions(table: Table, notes: list[str]) -> Table:
    """Leave out rows of all regions together, where there are others; `notes` say so."""
    if "region" not in table:
        return table
    plain = table["region"].astype("string").str.strip().str.casefold()
    total = plain.isin(ALL_REGIONS).to_numpy(dtype=bool, na_value=False)
    if not total.any() or total.all():
        return table
    notes.append(f"{int(total.sum()):,} rows for all regions left out")
    return table.where(~total)


def check_plausible(table: Table) -> None:
    """Refuse tables where nobody died, of one sex or both, or more than lived, or a region is a sum."""
    sex, count = table["sex"], table["count"]
    for group, who in (
        (sex == sex, ""),
        (sex == "female", " of women"),
        (sex == "male", " of men"),
    ):
        table.check(
            "count", group & (not count[group].any()), f"every number{who} is 0",
            "Give the deaths that were counted, or choose another column.",
        )  # fmt: skip
    cell = [key for key in ("region", "sex", "age_low") if key in table]
    usual = count.groupby([table[key] for key in cell], dropna=False).transform("median")
    mark = count.isin([999, 9999, 99999, 999999]) & (count > 3 * usual)
    table.check(
        "count", mark, lambda at: f"{count.iloc[at]:.0f} is far above other years: it may mark a "
        "missing number",
        "Give the number, or leave out the year.",
    )  # fmt: skip
    table.check(
        "count", (count == 0) & (usual > MANY),
        lambda at: f"0 where other years have about {usual.iloc[at]:.0f}: it may mark a missing number",
        "Give the number, or leave out the year.",
    )  # fmt: skip
    if "population" in table:
        population = table["population"]
        table.check(
            "count", (count > population) & (table["age_low"] < OLD),
            lambda at: f"{count.iloc[at]:,.0f} deaths of a {population.name} of "
            f"{population.iloc[at]:,.0f}",
            "Give persons, not thousands, or correct the row.",
        )  # fmt: skip
    if "region" in table:
        _check_no_sum(table)


def _check_no_sum(table: Table) -> None:
    """Refuse a region that is the sum of others, so that people count twice.

    Shares of one population have such sums by chance: refused are only wholes whose parts are not all
    like them in ages, sexes and years, or that make up the table with their parts.
    """
    cell = [key for key in CELL if key in table]
    cells = table.frame.pivot_table(index=cell, columns="region", values="count", aggfunc="sum")
    for years in {tuple(cells[region].notna()): None for region in cells}:
        _check_no_sum_of(table, cells[list(years)].dropna(axis="columns"))


def _check_no_sum_of(table: Table, cells: pd.DataFrame) -> None:
    """Refuse sums among the regions that have all of some cells, such as those of the years of a nation."""
    names = cells.sum().sort_values().index
    if len(names) < 3:
        return
    values = cells[names].to_numpy(float)
    sums = find_sums(values) if len(names) <= MOST_REGIONS else _nation(values)
    covered = {place for whole, parts in sums.items() for place in (whole, *parts)}
    for whole, parts in reversed(sums.items()):
        like = any(_is_scaled(values[:, part], values[:, whole]) for part in parts)
        if len(covered) < len(names) and like:
            continue
        table.check(
            "region", np.asarray(table.frame["region"] == names[whole]),
            f"{place_name(names[whole])} is the sum of other regions "
            f"({list_places(names[part] for part in parts)}), so that everybody counts twice",
            "Remove its rows, or those of its parts; name a nation total.",
        )  # fmt: skip


def find_sums(values: np.ndarray) -> dict[int, list[int]]:
    """Return the columns that are sums of at least two others, within `SUM_ERROR`, and their parts.

    Columns, dims (cell, region), ascend. Parts are those whose share, by least squares not below zero,
    is above a half. A sum is itself no part, so that a nation is made of its smallest regions.
    """
    from scipy.optimize import nnls

    sums: dict[int, list[int]] = {}
    single: list[int] = []
    for place, whole in enumerate(values.T):
        parts: list[int] = []
        if values[:, single].sum() >= (1 - SUM_ERROR) * whole.sum() > 0:
            parts = single  # all of them first: shares of like regions are not unique
            if _misfit(whole, values[:, parts].sum(axis=1)) > SUM_ERROR:
                shares = nnls(values[:, single], whole)[0]
                parts = [part for part, share in zip(single, shares) if share > 0.5]
        if len(parts) > 1 and _misfit(whole, values[:, parts].sum(axis=1)) <= SUM_ERROR:
            sums[place] = list(parts)
        else:
            single.append(place)
    return sums


def _nation(values: np.ndarray) -> dict[int, list[int]]:
    """Return the largest of very many regions, if it is the sum of all but districts, and its parts."""
    last = values.shape[1] - 1
    totals = np.cumsum(values.sum(axis=0))
    for wholes in range(1, min(MOST_DISTRICTS, last)):
        parts = list(range(last - wholes + 1))
        if abs(totals[parts[-1]] / max(values[:, last].sum(), 1e-9) - 1) > SUM_ERROR:
            continue
        if _misfit(values[:, last], values[:, parts].sum(axis=1)) <= SUM_ERROR:
            return {last: parts}
    return {}


def _is_scaled(part: np.ndarray, whole: np.ndarray) -> bool:
    """Whether a part is the whole to a smaller scale, but for the rounding of both."""
    factor = whole.sum() / max(part.sum(), 1e-9)
    rounding = 0.5 * (1 + factor) * len(whole) / max(whole.sum(), 1e-9)
    return _misfit(whole, factor * part) <= min(LIKE, rounding)


def _misfit(whole: np.ndarray, other: np.ndarray) -> float:
    """Return the sum of differences as a share of the whole."""
    return float(np.abs(whole - other).sum() / max(whole.sum(), 1e-9))
