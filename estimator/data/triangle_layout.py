"""Cells of a reporting triangle: which week or month a day is in, and which cells can be seen."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import xarray as xr

from estimator.data.ages import AgeBands
from estimator.data.counts_layout import SEXES
from estimator.data.dates import DAY, WEEK, Resolution, period_index, period_start
from estimator.errors import DataError

DIMS = ("sex", "age", "period", "delay")


def observable(
    starts: np.ndarray, delays: int, extracted_on: date, resolution: Resolution
) -> np.ndarray:
    """Return whether the period of opening was over at the extraction, dims (period, delay).

    The day of extraction counts as seen to its end.
    """
    following = np.datetime64(extracted_on, "D") + DAY
    opened = period_index(starts, resolution)[:, None] + np.arange(delays)
    return opened < period_index(following, resolution)


def check_labels(data: xr.Dataset, resolution: Resolution, source: str) -> None:
    """Check the coordinates of a triangle: sexes, ages, consecutive periods, delays from 0."""
    if 0 in data.sizes.values():
        raise DataError(f"{source}: the triangle has no cells. Choose a wider part of it.")
    if tuple(data["sex"].values) != SEXES:
        raise DataError(f"{source}: sexes must be {SEXES}, in this order.")
    AgeBands.from_labels([str(label) for label in data["age"].values])
    starts = data["period"].values.astype("datetime64[D]")
    index = period_index(starts, resolution)
    if (period_start(index, resolution) != starts).any() or (np.diff(index) != 1).any():
        raise DataError(
            f"{source}: periods must be the first days of consecutive {resolution}s"
            f"{' (Mondays)' if resolution == 'week' else ''}."
        )
    if (data["delay"].values != np.arange(data.sizes["delay"])).any():
        raise DataError(f"{source}: delays must be 0, 1, 2, … whole {resolution}s.")


def check_share(identified: float, source: str) -> None:
    """Check that the share of cases with known sex and age is in (0, 1]."""
    if not 0 < identified <= 1:
        raise DataError(
            f"{source}: identified is the share of cases whose sex and age are known, above 0 and "
            f"at most 1, not {identified}."
        )


def check_values(
    values: np.ndarray, seen: np.ndarray, resolution: Resolution, extracted_on: date, source: str
) -> None:
    """Check that cells, dims (sex, age, period, delay), agree with the date of extraction.

    `seen`, dims (period, delay), is what `observable` gives: those cells are counts, all others NaN.
    """
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


def hide_cells(
    cases: np.ndarray,
    first: object,
    resolution: Resolution,
    extracted_on: date,
    source: str,
    *,
    drop: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Return cells, NaN where not observable, without periods and delays that have no other.

    Dims (sex, age, period, delay); the first days of the periods left come second. Counts in cells
    that were not observable are refused, unless `drop`.
    """
    values = np.array(cases, dtype="float64")
    if values.ndim != len(DIMS) or values.shape[0] != len(SEXES):
        raise DataError(f"{source}: cases must have the dims {', '.join(DIMS)}, both sexes.")
    begin = period_index(np.asarray(first, "datetime64[D]"), resolution)
    starts = period_start(begin + np.arange(values.shape[2]), resolution)
    seen = observable(starts, values.shape[3], extracted_on, resolution)
    if not drop and (lost := float(np.nansum(values[..., ~seen]))) > 0:
        raise DataError(
            f"{source}: {lost:g} cases opened in {resolution}s not over by {extracted_on}. Correct "
            "the extraction date, or hide them."
        )
    if not seen.any():
        raise DataError(
            f"{source}: no {resolution} of death was over by {extracted_on}. Choose a later date."
        )
    values[..., ~seen] = np.nan
    return values[:, :, seen.any(axis=1)][..., seen.any(axis=0)], starts[seen.any(axis=1)]


def cells_frame(cases: xr.DataArray, bands: AgeBands) -> pd.DataFrame:
    """Return observed cells, one a row: period, sex, age_low, age_high, delay, cases."""
    frame = cases.to_series().dropna().reset_index()
    low, high = (dict(zip(bands.labels, ends)) for ends in (bands.low, bands.high))
    return frame.assign(
        age_low=frame["age"].map(low),
        age_high=pd.array([high[age] for age in frame["age"]], dtype="Int64"),
    )[["period", "sex", "age_low", "age_high", "delay", "cases"]]


OF_WEEKS = "months are made of whole weeks, by their Thursday, from weeks extracted on {}"
"""What a triangle made of weeks notes; of the date of extraction."""
ONLY_MONTHS = "weeks can become months only. For weeks, read the records with resolution='week'."


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
