"""An estimate beside every published figure: those of its period and population, then the others."""

from __future__ import annotations

import re

import pandas as pd

from estimator.data.bundled import read_bundled
from estimator.data.minimum import DocumentedMinimum
from estimator.errors import DataError
from estimator.estimate.estimate import Estimate
from estimator.published.figures import INVASION, comparable, date_bounds, load_published

SAME = "same period and population"
PERIOD_ONLY = "same period, other population"
OTHER = "other period or quantity"
NO_INTERVAL = "none published"
QUANTITY = {"deaths": "excess male deaths", "war dead": "war dead, men"}
"""What an estimate of each unit is of."""
GROUPS = (SAME, PERIOD_ONLY, OTHER)
COLUMNS = (
    "group",
    "period",
    "ages",
    "name",
    "vintage",
    "kind",
    "estimate",
    "lower",
    "upper",
    "interval",
    "quantity",
    "population",
    "source",
    "note",
    "ours",
    "id",
)
NOT_DEATHS = re.compile(r"wounded|injured|losses|courts", re.IGNORECASE)
"""Quantities with the wounded in them, or that count filings: never set beside an excess of deaths."""
UNDER_50 = re.compile(r"men under 50\b", re.IGNORECASE)
SPAN = re.compile(r"^men (\d{2}-\d{2})$")


def ages_of(population: str) -> str | None:
    """Return the ages of men that a published figure covers, or None where it does not say.

    Parameters
    ----------
    population : str
        As published: ``men 20-24``; ``men under 50``, which the registry estimates mean as 15-49.
    """
    if UNDER_50.search(population):
        return "15-49"
    found = SPAN.match(population)
    return found.group(1) if found else None


def compare_with_published(
    estimate: Estimate, rows: pd.DataFrame, minimum: DocumentedMinimum | None = None
) -> pd.DataFrame:
    """Set an estimate of Russia's excess deaths of men beside every published figure.

    Parameters
    ----------
    estimate : Estimate
        Of men, with dims age and period, as `fit` returned it.
    rows : DataFrame
        The same estimate as `estimator.report.tables.estimate_rows` summarises it.
    minimum : DocumentedMinimum, optional
        The named list that `rows` holds: of all ages, so that it stands with figures of other
        populations.

    Returns
    -------
    DataFrame
        One row a figure, columns `COLUMNS`, in persons. ``group`` is `SAME` (ours stands first, with
        ``ours`` true), `PERIOD_ONLY` (deaths in one of our periods, of other or unstated people) or
        `OTHER` (without ours). ``vintage`` is the date of publication, for ours that of the data;
        ``kind`` is minimum, estimate, claim or count; ``interval`` says what the bounds are.

    Raises
    ------
    DataError
        If the estimate has no ages or periods left, or is not of deaths of men.
    """
    if not {"age", "period"} <= set(estimate.dims) or estimate.running:
        raise DataError(
            "the comparison needs ages and periods. Give the estimate as `fit` returned it."
        )
    men = estimate.provenance.get("target_sex", "male") == "male"
    if estimate.unit not in QUANTITY or not men:
        raise DataError("published figures are deaths of men. Give an estimate of those.")
    published = _published(estimate)
    matched = published[published["group"] == SAME]
    pairs = set(zip(matched["period"], matched["ages"]))
    spans = _spans(estimate)
    shown = [
        period in spans and (age == estimate.ages or (period, age) in pairs)
        for period, age in zip(rows["period"], rows["age"])
    ]
    parts = [_own(estimate, rows[shown]), published]
    if minimum is not None:
        named = rows["minimum"].notna() & rows["period"].isin(spans)
        parts.append(_named(rows[named], minimum))
    return _ordered(pd.concat(parts, ignore_index=True), estimate)


def registry_figures(estimate: Estimate) -> pd.DataFrame:
    """Return what was published of the registry in July 2023 for the periods of an estimate.

    Parameters
    ----------
    estimate : Estimate
        War dead of Russia by week or month.

    Returns
    -------
    DataFrame
        period (as the estimate's is written), name, estimate, lower, upper, interval, in persons.
    """
    table = _published(estimate)
    exact = table["id"].isin(["rnd-2023-07-2022-exact", "rnd-2023-07-total-exact"])
    found = table[exact & (table["group"] == SAME)]
    return found.assign(name="July 2023", interval="95%")[
        ["period", "name", "estimate", "lower", "upper", "interval"]
    ]


def weekly_figures(estimate: Estimate) -> pd.DataFrame | None:
    """Return the weekly figures published in July 2023, where an estimate is of the same men.

    Parameters
    ----------
    estimate : Estimate
        War dead of Russia by week or month.

    Returns
    -------
    DataFrame or None
        week (first day), estimate, lower, upper, in persons, name and interval; None for other ages.
    """
    if estimate.ages != "15-49" or estimate.dates is None:
        return None
    table = read_bundled("rnd2023_weekly_excess")
    table = table.rename(
        columns={
            "week_start": "week", "excess_deaths": "estimate", "lower95": "lower",
            "upper95": "upper",
        }
    )[["week", "estimate", "lower", "upper"]]  # fmt: skip
    return table.assign(name="Meduza and Mediazona, July 2023", interval="95%")


def _ordered(table: pd.DataFrame, estimate: Estimate) -> pd.DataFrame:
    """Sort by group, period, all ages before bands, ours before theirs, vintage."""
    periods = {period: place for place, period in enumerate(_spans(estimate))}
    same = table["group"] == SAME
    key = pd.DataFrame({
        "group": table["group"].map(GROUPS.index),
        "period": table["period"].map(periods).fillna(len(periods)),
        "band": same & (table["ages"] != estimate.ages),
        "ages": table["ages"].where(same, ""),
        "theirs": ~table["ours"],
        "vintage": table["vintage"],
    })  # fmt: skip
    order = key.sort_values(list(key.columns), kind="stable").index
    return table.loc[order, list(COLUMNS)].reset_index(drop=True)


def _spans(estimate: Estimate) -> dict[str, tuple[str, str]]:
    """Return how the periods of an estimate are written, single years first, and their bounds."""
    return {
        period.label: period.dates or (str(period.years[0]), str(period.years[-1]))
        for period in estimate.reporting_periods()
    }


def _own(estimate: Estimate, rows: pd.DataFrame) -> pd.DataFrame:
    data = estimate.provenance.get("data", {})
    version = estimate.provenance.get("versions", {}).get("registry-excess", "")
    return pd.DataFrame({
        "group": SAME,
        "period": rows["period"],
        "ages": rows["age"],
        "name": "registry-excess",
        "vintage": str(data.get("vintage", "")),
        "kind": "estimate",
        "estimate": rows["median"].astype(float),
        "lower": rows["lower"].astype(float),
        "upper": rows["upper"].astype(float),
        "interval": [f"{level:.0%} equal-tailed credible interval" for level in rows["level"]],
        "quantity": f"{QUANTITY[estimate.unit]}, {estimate.provenance.get('model', '')}",
        "population": "men " + rows["age"],
        "source": f"{data.get('source', '')}; registry-excess {version}",
        "note": "" if estimate.converged else "NOT CONVERGED: do not quote",
        "ours": True,
        "id": "",
    })  # fmt: skip


def _named(rows: pd.DataFrame, minimum: DocumentedMinimum) -> pd.DataFrame:
    return pd.DataFrame({
        "group": PERIOD_ONLY,
        "period": rows["period"],
        "ages": "",
        "name": "named dead",
        "vintage": rows["minimum_vintage"],
        "kind": "minimum",
        "estimate": rows["minimum"].astype(float),
        "lower": float("nan"),
        "upper": float("nan"),
        "interval": NO_INTERVAL,
        "quantity": "named dead by week of death",
        "population": minimum.population,
        "source": minimum.source,
        "note": "the documented minimum",
        "ours": False,
        "id": "",
    })  # fmt: skip


def _published(estimate: Estimate) -> pd.DataFrame:
    table = load_published()
    period = {
        figure: text
        for text, bounds in _spans(estimate).items()
        for figure in comparable(*bounds)["id"]
    }
    covered = table["population"].map(ages_of)
    ages = {estimate.ages, *(str(age) for age in estimate.draws["age"].values)}
    deaths = ~table["quantity"].str.contains(NOT_DEATHS) & (table["kind"] != "count")
    same = table["id"].isin(period) & deaths
    group = pd.Series(OTHER, table.index).mask(same, PERIOD_ONLY)
    group = group.mask(same & covered.isin(ages), SAME)
    shown = [
        period[figure] if there else _span(start, end)
        for figure, there, start, end in zip(
            table["id"], same, table["period_start"], table["period_end"]
        )
    ]
    bounds = table["lower"].notna()
    interval = table["interval_level"].where(table["interval_level"] != "", "not stated")
    return pd.DataFrame({
        "group": group,
        "period": shown,
        "ages": covered.fillna(""),
        "name": table["publisher"],
        "vintage": table["published_on"],
        "kind": table["kind"],
        "estimate": table["estimate"],
        "lower": table["lower"],
        "upper": table["upper"],
        "interval": interval.where(bounds, NO_INTERVAL),
        "quantity": table["quantity"],
        "population": table["population"].where(table["population"] != "", "not stated"),
        "source": table["source_url"],
        "note": table["note"],
        "ours": False,
        "id": table["id"],
    })  # fmt: skip


def _span(start: str, end: str) -> str:
    """Write a period as published, from the invasion where it starts there."""
    from_invasion = date_bounds(start)[0] == INVASION
    return f"invasion to {end}" if from_invasion else f"{start} to {end}"
