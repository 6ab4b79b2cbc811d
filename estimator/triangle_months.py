"""A reporting triangle by month, made of one by week."""

from __future__ import annotations

from datetime import date

import numpy as np

from estimator.errors import DataError
from estimator.triangle_cells import DAY, WEEK, observable, period_index, period_start

OF_WEEKS = "months are made of whole weeks, by their Thursday, from weeks extracted on {}"
"""What a triangle made of weeks notes; of the date of extraction."""
ONLY_MONTHS = "weeks can become months only. For weeks, read the records with resolution='week'."


def months_of_weeks(
    values: np.ndarray, weeks: np.ndarray, extracted_on: date, source: str
) -> tuple[np.ndarray, np.ndarray, date]:
    """Add weeks of death and of opening up to months, each week to the month of its Thursday.

    Parameters
    ----------
    values : ndarray, dims (sex, age, week, delay in weeks)
        The cases, NaN where not observable.
    weeks : ndarray of datetime64
        Mondays of the weeks of death.
    extracted_on : datetime.date
        The day of extraction.
    source : str
        For the error.

    Returns
    -------
    cases : ndarray, dims (sex, age, month, delay in months)
        Over months whose weeks are all there.
    first : datetime64
        First day of the first month.
    extracted_on : datetime.date
        The last day of the last month whose weeks of opening were all over.

    Raises
    ------
    DataError
        If no month is whole.
    """
    thursday = np.asarray(weeks).astype("datetime64[D]") + 3 * DAY
    died = period_index(thursday, "month")
    opened = period_index(thursday[:, None] + WEEK * np.arange(values.shape[3]), "month")
    running = period_start(period_index(np.datetime64(extracted_on, "D") + DAY, "week"), "week")
    last = period_index(running + 3 * DAY, "month") - 1  # the month of its Thursday is not over
    begin = died[0] + int(period_index(thursday[0] - WEEK, "month") == died[0])
    length = last - begin + 1
    if length < 1:
        raise DataError(f"{source}: no month has all of its weeks. Keep the triangle by week.")
    # fewer weeks of death than months seen: the last month of death must be whole as well
    whole = period_index(thursday[-1] + WEEK, "month") - 1
    length = min(length, whole - begin + 1)
    keep = (
        (died[:, None] >= begin) & (died[:, None] < begin + length) & (opened <= last)
        & observable(weeks, values.shape[3], extracted_on, "week")
    )  # fmt: skip
    delay = (opened - died[:, None])[keep]
    if not delay.size:
        raise DataError(f"{source}: no month has all of its weeks. Keep the triangle by week.")
    cases = np.zeros((*values.shape[:2], length, int(delay.max()) + 1))
    rows = np.broadcast_to(died[:, None] - begin, keep.shape)[keep]
    groups = cases.reshape(-1, length * cases.shape[3])
    np.add.at(groups.T, rows * cases.shape[3] + delay, values[..., keep].reshape(len(groups), -1).T)
    end = period_start(last + 1, "month") - DAY
    return cases, period_start(begin, "month"), end.item()
