"""Cells of a reporting triangle: which week or month a day is in, and which cells can be seen."""

from datetime import date

import numpy as np
import xarray as xr

from estimator.data.ages import AgeBands
from estimator.data.counts import SEXES
from estimator.data.periods import DAY, WEEK, Resolution, period_index, period_start
from estimator.errors import DataError

DIMS = ("sex", "age", "period", "delay")


def observable(starts: np.ndarray, delays: int, extracted_on: date, resolution: Resolution) -> np.ndarray:
    """Return whether the period of opening was over by the end of the extraction's day, (period, delay)."""
    following = np.datetime64(extracted_on, "D") + DAY
    opened = period_index(starts, resolution)[:, None] + np.arange(delays)
    return opened < period_index(following, resolution)


def check_axes(data: xr.Dataset | xr.DataArray, resolution: Resolution, source: str, remedy: str) -> None:
    """Check what all tables of cases have: both sexes, age bands, consecutive periods of death."""
    if tuple(data["sex"].values) != SEXES:
        raise DataError(f"{source}: sexes must be {SEXES}, in this order.")
    AgeBands.from_labels(data["age"].values)
    starts = data["period"].values.astype("datetime64[D]")
    index = period_index(starts, resolution)
    if (period_start(index, resolution) != starts).any() or (np.diff(index) != 1).any():
        raise DataError(f"{source}: periods must be the first days of consecutive {resolution}s{remedy}")


def check_values(
    values: np.ndarray, seen: np.ndarray, resolution: Resolution, extracted_on: date, source: str
) -> None:
    """Check that cells, dims (sex, age, period, delay), are counts where `observable`, and else NaN."""
    if (values < 0).any() or np.isinf(values).any():
        raise DataError(f"{source}: cases must be finite and not negative.")
    known = ~np.isnan(values)
    if early := int((known & ~seen).sum()):
        raise DataError(
            f"{source}: {early} cells lie in {resolution}s of opening not over by {extracted_on}. "
            "Correct the extraction date, or make these cells NaN."
        )
    if missing := int((~known & seen).sum()):
        raise DataError(
            f"{source}: {missing} cells could be observed by {extracted_on} and are NaN. Write 0 "
            "where no case was opened."
        )


def months_of_weeks(
    values: np.ndarray, weeks: np.ndarray, extracted_on: date, source: str
) -> tuple[np.ndarray, np.ndarray, date]:
    """Add weeks of death and of opening up to months, each week to the month of its Thursday.

    Given dims (sex, age, week, delay in weeks) and the Mondays of the weeks of death, returns cases with
    dims (sex, age, month, delay in months) over months whose weeks are all there, the first day of the
    first month, and the last day of the last month whose weeks of opening were all over.
    """
    thursday = np.asarray(weeks).astype("datetime64[D]") + 3 * DAY
    died = period_index(thursday, "month")
    opened = period_index(thursday[:, None] + WEEK * np.arange(values.shape[3]), "month")
    running = period_start(period_index(np.datetime64(extracted_on, "D") + DAY, "week"), "week")
    last = period_index(running + 3 * DAY, "month") - 1  # the month of its Thursday is not over
    begin = died[0] + int(period_index(thursday[0] - WEEK, "month") == died[0])
    # fewer weeks of death than months seen: the last month of death must be whole as well
    end = min(last, period_index(thursday[-1] + WEEK, "month") - 1)
    seen = observable(weeks, values.shape[3], extracted_on, "week") & (opened <= last)
    keep = seen & ((died >= begin) & (died <= end))[:, None]
    if not keep.any():
        raise DataError(f"{source}: no month has all of its weeks. Keep the triangle by week.")
    month, delay = (died - begin).repeat(keep.sum(axis=1)), (opened - died[:, None])[keep]
    cases = np.zeros((*values.shape[:2], end - begin + 1, int(delay.max()) + 1))
    by_month = np.moveaxis(cases, (2, 3), (0, 1))
    np.add.at(by_month, (month, delay), np.moveaxis(values[..., keep], 2, 0))
    day = period_start(last + 1, "month") - DAY
    return cases, period_start(begin, "month"), day.item()
