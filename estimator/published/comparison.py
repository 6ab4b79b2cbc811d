"""An estimate compared with every published figure: those of its period and population, then the others."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from estimator.data.bundled import read_bundled
from estimator.data.minimum import DocumentedMinimum
from estimator.errors import DataError
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import interval_of
from estimator.published.figures import INVASION, comparable, date_bounds, load_published

SAME = "same period and population"
PERIOD_ONLY = "same period, other population"
OTHER = "other period or quantity"
NO_INTERVAL = "none published"
QUANTITY = {"deaths": "excess male deaths", "war dead": "war dead, men"}
"""What an estimate of each unit is of."""
GROUPS = (SAME, PERIOD_ONLY, OTHER)
COLUMNS = (
    "group", "period", "ages", "name", "vintage", "kind", "estimate", "lower", "upper", "interval",
    "quantity", "population", "source", "note", "ours", "id",
)  # fmt: skip
NOT_DEATHS = re.compile(r"wounded|injured|losses|courts", re.IGNORECASE)
"""Quantities that include the wounded or count filings: never compared with an excess of deaths."""
UNDER_50 = re.compile(r"men under 50\b", re.IGNORECASE)
SLACK = pd.Timedelta(days=7)
"""A total to the end of a year is compared with ours to the last week that the list shows."""
BAND = re.compile(r"^men (\d{2}-\d{2})$")


def ages_of(population: str) -> str | None:
    """Return the ages of men that a published figure covers, or None where it does not say.

    ``men 20-24`` is 20-24; ``men under 50`` is 15-49, as the registry estimates mean it.
    """
    if UNDER_50.search(population):
        return "15-49"
    band = BAND.match(population)
    return band.group(1) if band else None


def compare_with_published(
    estimate: Estimate, rows: pd.DataFrame, minimum: DocumentedMinimum | None = None
) -> pd.DataFrame:
    """Compare an estimate of Russia's excess deaths of men with every published figure.

    `rows` is the estimate as `estimator.report.tables.estimate_rows` summarises it, and `minimum` the
    named list in them: of all ages, it is listed with figures of other populations.

    The result has one row a figure, columns `COLUMNS`, in persons. ``group`` is `SAME` (ours comes first,
    with ``ours`` true), `PERIOD_ONLY` (deaths in one of our periods, of other or unstated people) or
    `OTHER` (without ours). ``vintage`` is the date of publication, for ours that of the data; ``kind`` is
    minimum, estimate, claim or count; ``interval`` says what the bounds are. `DataError` if the estimate has
    no ages or periods left, or is not of deaths of men.
    """
    if not {"age", "period"} <= set(estimate.dims) or estimate.running:
        raise DataError("the comparison needs ages and periods. Give the estimate as `fit` returned it.")
    men = estimate.provenance.get("target_sex", "male") == "male"
    if estimate.unit not in QUANTITY or not men:
        raise DataError("published figures are deaths of men. Give an estimate of those.")
    published = _published(estimate)
    same = published[published["group"] == SAME]
    compared = set(zip(same["period"], same["ages"]))
    periods = _periods(estimate)
    shown = [
        period in periods and (age == estimate.ages or (period, age) in compared)
        for period, age in zip(rows["period"], rows["age"])
    ]
    parts = [_own(estimate, rows[shown]), published]
    if minimum is not None:
        named = rows["minimum"].notna() & rows["period"].isin(periods)
        parts.append(_named(rows[named], minimum))
    return _ordered(pd.concat(parts, ignore_index=True), estimate)


def registry_figures(estimate: Estimate) -> pd.DataFrame:
    """Return what was published of the registry in July 2023 for the periods of an estimate of war dead.

    Columns period (as the estimate's is written), name, estimate, lower, upper, interval, in persons.
    """
    table = _published(estimate)
    exact = table["id"].isin(["rnd-2023-07-2022-exact", "rnd-2023-07-total-exact"])
    figures = table[exact & (table["group"] == SAME)].assign(name="July 2023", interval="95%")
    return figures[["period", "name", "estimate", "lower", "upper", "interval"]]


def weekly_figures(estimate: Estimate) -> pd.DataFrame | None:
    """Return the weekly figures published in July 2023 if an estimate is of men 15-49 by date, else None.

    Columns week (first day), estimate, lower, upper, in persons, name and interval.
    """
    if estimate.ages != "15-49" or estimate.dates is None:
        return None
    names = {
        "week_start": "week", "excess_deaths": "estimate", "lower95": "lower", "upper95": "upper",
    }  # fmt: skip
    table = read_bundled("rnd2023_weekly_excess")[list(names)].rename(columns=names)
    return table.assign(name="Meduza and Mediazona, July 2023", interval="95%")


def published_totals(
    ours_to: Callable[[pd.Timestamp], np.ndarray], *, through: date, as_of: date, level: float
) -> list[dict[str, Any]]:
    """Return every published total since the invasion with ours to the same day, a week apart at most.

    `ours_to` gives draws of our total to a day. Totals of officers or of an age band are left out. One whose
    last day is not known better than to the year has none of ours: the dead doubled within a year.
    """
    rows = []
    for row in load_published().to_dict("records"):
        first, last = date_bounds(row["period_start"])[0], date_bounds(row["period_end"])[1]
        deaths = row["kind"] != "count" and not NOT_DEATHS.search(row["quantity"])
        part = row["quantity"].startswith("of which") or "since start of" in row["quantity"]
        near = abs((first - INVASION).days) <= 7 and last <= pd.Timestamp(through) + SLACK
        some = row["population"] == "officers" or _is_narrow(ages_of(row["population"]))
        if not deaths or part or some or not near:
            continue
        ours, published_on = ours_to(last), str(row["published_on"])
        bounds: dict[str, float | None] = dict.fromkeys(("median", "lower", "upper"))
        if len(str(row["period_end"])) > len("2025"):
            bounds |= interval_of(ours, level)
        numbers = {name: row[name] for name in ("estimate", "lower", "upper")}
        rows.append({
            "to": str(row["period_end"]), "publisher": row["publisher"], "published_on": published_on,
            **{name: None if pd.isna(value) else float(value) for name, value in numbers.items()},
            "interval": row["interval_level"], "kind": row["kind"], "population": row["population"],
            "source": row["source_url"], "ours": bounds["median"], "ours_lower": bounds["lower"],
            "ours_upper": bounds["upper"], "later": bool(published_on) and published_on > str(as_of),
        })  # fmt: skip
    return sorted(rows, key=lambda row: (row["to"], row["published_on"]))


def _is_narrow(ages: str | None) -> bool:
    """Whether ages are a band of a table, and not all men of fighting age."""
    low, _, high = (ages or "0-99").partition("-")
    return int(high) - int(low) < 20


def _ordered(table: pd.DataFrame, estimate: Estimate) -> pd.DataFrame:
    """Sort by group, period, all ages before bands, ours before theirs, vintage."""
    periods = {period: place for place, period in enumerate(_periods(estimate))}
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


def _periods(estimate: Estimate) -> dict[str, tuple[str, str]]:
    """Return how the periods of an estimate are written, single years first, and their bounds."""
    return {
        period.label: period.dates or (str(period.years[0]), str(period.years[-1]))
        for period in estimate.reporting_periods()
    }


def _own(estimate: Estimate, rows: pd.DataFrame) -> pd.DataFrame:
    data = estimate.provenance.get("data", {})
    version = estimate.provenance.get("versions", {}).get("registry-excess", "")
    return rows.rename(columns={"age": "ages", "median": "estimate"}).assign(
        group=SAME, name="registry-excess", vintage=str(data.get("vintage", "")), kind="estimate",
        interval=[f"{100 * level:g}% equal-tailed credible interval" for level in rows["level"]],
        quantity=f"{QUANTITY[estimate.unit]}, {estimate.provenance.get('model', '')}",
        population="men " + rows["age"], source=f"{data.get('source', '')}; registry-excess {version}",
        note="" if estimate.converged else "NOT CONVERGED: do not quote", ours=True, id="",
    )[list(COLUMNS)]  # fmt: skip


def _named(rows: pd.DataFrame, minimum: DocumentedMinimum) -> pd.DataFrame:
    return rows.assign(
        group=PERIOD_ONLY, ages="", name="named dead", vintage=rows["minimum_vintage"], kind="minimum",
        estimate=rows["minimum"].astype(float), lower=float("nan"), upper=float("nan"),
        interval=NO_INTERVAL, quantity="named dead by week of death", population=minimum.population,
        source=minimum.source, note="the documented minimum", ours=False, id="",
    )[list(COLUMNS)]  # fmt: skip


def _published(estimate: Estimate) -> pd.DataFrame:
    """Return every published figure in `COLUMNS`, with its group and, where it is ours, our period."""
    ours = [comparable(*bounds)[["id"]].assign(period=label) for label, bounds in _periods(estimate).items()]
    table = load_published().merge(pd.concat(ours).drop_duplicates("id", keep="last"), on="id", how="left")
    deaths = ~table["quantity"].str.contains(NOT_DEATHS) & (table["kind"] != "count")
    same = table["period"].notna() & deaths
    covered = table["population"].map(ages_of)
    ages = [estimate.ages, *(str(age) for age in estimate.draws["age"].values)]
    since_invasion = [date_bounds(start)[0] == INVASION for start in table["period_start"]]
    start = table["period_start"].mask(since_invasion, "invasion")
    level = table["interval_level"]
    return table.assign(
        group=np.select([same & covered.isin(ages), same], [SAME, PERIOD_ONLY], OTHER),
        period=table["period"].where(same, start + " to " + table["period_end"]),
        ages=covered.fillna(""),
        name=table["publisher"],
        vintage=table["published_on"],
        interval=level.mask(level == "", "not stated").mask(table["lower"].isna(), NO_INTERVAL),
        population=table["population"].replace("", "not stated"),
        source=table["source_url"],
        ours=False,
    )[list(COLUMNS)]
