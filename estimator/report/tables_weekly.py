"""Periods of an estimate by their days, with the named list and published weeks."""

import numpy as np
import pandas as pd

from estimator.data.minimum import DocumentedMinimum
from estimator.errors import DataError
from estimator.estimate.described import data_vintage
from estimator.estimate.estimate import Estimate

DAY = pd.Timedelta(days=1)
PUBLISHED = {"published": "estimate", "published_lower": "lower", "published_upper": "upper"}


def weekly_table(
    estimate: Estimate,
    minimum: DocumentedMinimum | None = None,
    published: pd.DataFrame | None = None,
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return an estimate by week, month or year, with the named list and published weekly figures.

    ``published`` has one row a week: week (first day), estimate, lower, upper, in persons. Weeks are
    added up to the estimate's periods, bounds too, as those who published them did. One row a period:
    start, end (last day), median, lower, upper, and as far as given published, published_lower,
    published_upper and named, in persons, NaN in periods not covered to the end; vintage (when the data
    were seen) and named_vintage. Ages and regions are summed over. DataError is raised if periods were
    summed over, or are running totals.
    """
    edges = period_edges(estimate)
    if estimate.running:
        raise DataError("running totals have no periods of their own. Take it before cumulative().")
    ours = estimate.by("period").to_frame(level)
    table = pd.DataFrame({"start": edges[:-1], "end": edges[1:] - DAY})
    table = table.assign(**{name: ours[name].to_numpy() for name in ("median", "lower", "upper")})
    if published is not None:
        weeks = published.assign(week=pd.to_datetime(published["week"])).set_index("week")
        last = weeks.index.max() + 6 * DAY
        for name, column in PUBLISHED.items():
            table[name] = _sum_by_period(weeks[column], edges, through=last)
    if minimum is not None and minimum.by_week is not None:
        names = names_by_period(minimum, edges)
        table = table.assign(named=names, named_vintage=str(minimum.vintage))
    return table.assign(level=level, vintage=data_vintage(estimate.provenance))


def period_edges(estimate: Estimate) -> pd.DatetimeIndex:
    """Return the first day of each period and the day after the last; DataError if they were summed."""
    if "period" not in estimate.dims:
        raise DataError("periods were summed. Plot the estimate as `fit` returned it.")
    labels = estimate.draws["period"].values
    if not np.issubdtype(labels.dtype, np.datetime64):
        years = [int(year) for year in labels]
        return pd.DatetimeIndex([f"{year}-01-01" for year in years] + [f"{years[-1] + 1}-01-01"])
    starts = pd.DatetimeIndex(labels).as_unit("ns")
    if estimate.dates is not None:
        end = pd.Timestamp(estimate.dates[1]) + DAY
    else:
        month = (starts.day == 1).all()
        end = starts[-1] + (pd.DateOffset(months=1) if month else 7 * DAY)
    return starts.append(pd.DatetimeIndex([end]).as_unit("ns"))


def names_by_period(minimum: DocumentedMinimum, edges: pd.DatetimeIndex) -> np.ndarray:
    """Return the names by period of death; NaN in periods that the list does not reach to the end of.

    A week belongs to the period in which it begins; exact days are where they are known.
    """
    weeks = minimum.by_week if minimum.by_day is None else minimum.by_day
    if weeks is None:
        raise DataError(f"{minimum.source}, vintage {minimum.vintage}: no weeks of death.")
    return _sum_by_period(weeks, edges, through=pd.Timestamp(minimum.through))


def _sum_by_period(weeks: pd.Series, edges: pd.DatetimeIndex, *, through: pd.Timestamp) -> np.ndarray:
    """Add weeks up by the period in which they begin; NaN where they do not cover one to its end."""
    place = edges.searchsorted(weeks.index, side="right") - 1
    inside = (place >= 0) & (place < len(edges) - 1)
    sums = np.bincount(place[inside], weeks[inside], minlength=len(edges) - 1)
    covered = (edges[1:] - DAY <= through) & (edges[1:] > weeks.index.min())
    return np.where(covered, sums, np.nan)
