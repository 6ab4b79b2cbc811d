"""Checks on whole tables: rows of totals, all-zero deaths, deaths above population."""

from __future__ import annotations

import numpy as np

from estimator.data.redaction import place_name
from estimator.sources.columns import Table
from estimator.sources.vocabulary import ALL_REGIONS

CELL = ["year", "date", "sex", "age_low"]
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
    """Refuse a table in which nobody died, or of one sex nobody, or more than there were people.

    A region that is the sum of the others is refused too.
    """
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
    frame = table.frame
    sums = frame.groupby([key for key in CELL if key in table])["count"].transform("sum")
    # the table holds a whole and its parts where one region is half of every sum
    half = (frame["count"] * 2 - sums).abs() <= 1e-6 * sums
    whole = half.groupby(frame["region"]).all()
    if len(whole) < 3 or not whole.any():
        return
    region = whole.index[whole][0]
    table.check(
        "region", np.asarray(frame["region"] == region),
        f"{place_name(region)} is the sum of the other regions, so that everybody counts twice",
        "Remove its rows, or name it total.",
    )  # fmt: skip
