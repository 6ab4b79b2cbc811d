"""Deaths by week and a list's nowcast as plain values for JSON, and as a few lines of text."""

from typing import Any

import numpy as np
import pandas as pd

from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import interval_of, summarise
from estimator.nowcast.weeks import weeks_of


def deaths_table(deaths: Estimate, level: float = 0.95) -> pd.DataFrame:
    """Return deaths and completeness by period, median and equal-tailed interval, one row a period."""
    values, weeks = deaths.array(), weeks_of(deaths)
    share = deaths.draws["names"].to_numpy()[:, None] / values
    table = summarise(values, "deaths", level, weeks)
    return table.join(summarise(share, "completeness", level, weeks))


def cumulative_table(deaths: Estimate, level: float = 0.95) -> pd.DataFrame:
    """Return running totals of deaths by week, median and equal-tailed interval."""
    return summarise(deaths.cumulative().array(), "deaths", level, weeks_of(deaths))


def headline(deaths: Estimate, level: float = 0.95) -> dict[str, float]:
    """Return all deaths: median, lower, upper, the chance to exceed the list, and the share on it."""
    draws, minimum = deaths.total().array(), deaths.provenance["minimum"]["total"]
    return interval_of(draws, level) | {
        "probability_above_minimum": float((draws > minimum).mean()),
        "share_on_list": float(np.median(minimum / draws)),
    }


def week_rows(deaths: Estimate, level: float = 0.95) -> list[dict[str, Any]]:
    """Return deaths, completeness and running totals (``cumulative_deaths``) by week, as plain values."""
    running = cumulative_table(deaths, level).add_prefix("cumulative_")
    return _rows(deaths_table(deaths, level).join(running).round(4))


def list_document(names: Estimate, level: float = 0.95) -> dict[str, Any]:
    """Return a list's nowcast as plain values, with its dates."""
    known, interval = names.provenance, interval_of(names.total().array(), level)
    return {
        "quantity": "names with a date of death", "source": known["data"]["source"],
        "vintage": known["data"]["vintage"], "on": known["on"],
        "interval": {"kind": "eti", "level": level}, "undated_at_vintage": known["undated"],
        "total": {"named": float(names.draws["named"].sum())} | interval,
        "weeks": _rows(list_table(names, level).round(1)),
        "hyperparameters": known["hyperparameters"],
    }  # fmt: skip


def list_table(names: Estimate, level: float = 0.95) -> pd.DataFrame:
    """Return names at the vintage and those foreseen, by week: named, mean, median, lower, upper."""
    table = names.to_frame(level).set_index("period").rename_axis("week")
    return table[["named", "mean", "median", "lower", "upper"]]


def list_text(names: Estimate) -> str:
    """Write a list's nowcast in one sentence."""
    document = list_document(names)
    total, undated = document["total"], document["undated_at_vintage"]
    return (
        f"List nowcast: {total['named']:,.0f} dated names at vintage {document['vintage']} will be "
        f"{total['median']:,.0f} on {document['on']} (95% {total['lower']:,.0f} to "
        f"{total['upper']:,.0f}){'' if undated is None else f'; {undated:,} more were undated'}"
    )


def _rows(weeks: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {"week": str(week.date()), **row}
        for week, row in zip(weeks.index, weeks.to_dict("records"), strict=True)
    ]
