"""Days, vintages, and the years of a study: baseline, masked and target."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from estimator.data.display import Displayed
from estimator.errors import DataError, VintageError


class Calendar(tuple[int, ...]):
    """Single years, already parsed: a pair is two years, not a range, also in `dataclasses.replace`."""

    __slots__ = ()


Years = str | int | tuple[int, int] | Iterable[int] | None


def parse_years(years: Years, *, name: str = "years") -> tuple[int, ...]:
    """Return sorted years, without repeats, from any form users write them in.

    That is ``"1990:1995,1999"``, ``"none"`` or None, ``2022``, a pair ``(first, last)`` meaning every
    year between the two inclusive, or any other iterable of single years. `name` is what the years
    are for, named in errors. Parsing the result again changes nothing.
    """
    if years is None:
        return Calendar()
    if isinstance(years, Calendar):
        return years
    if isinstance(years, str):
        return _parse_text(years, name)
    if isinstance(years, tuple) and len(years) == 2:
        return Calendar(_inclusive(_whole(years[0], name), _whole(years[1], name), name))
    if isinstance(years, Iterable):
        return Calendar(sorted({_whole(year, name) for year in years}))
    return Calendar((_whole(years, name),))


def _parse_text(text: str, name: str) -> tuple[int, ...]:
    if text.strip().lower() in {"", "none"}:
        return Calendar()
    years: set[int] = set()
    for part in text.split(","):
        text_of_two = re.sub(r"(?<=\d)\s*[-–—]\s*(?=\d)", ":", part.strip())
        first, colon, last = text_of_two.partition(":")
        years.update(_inclusive(_whole(first, name), _whole(last if colon else first, name), name))
    return Calendar(sorted(years))


def _whole(value: object, name: str) -> int:
    try:
        number = float(str(value))
    except ValueError:
        number = float("nan")
    if not math.isfinite(number) or number != int(number):
        raise DataError(f"{name}: {value!r} is not a year. Write 2022, 2000:2019 or 2020,2021.")
    return int(number)


def _inclusive(first: int, last: int, name: str) -> tuple[int, ...]:
    if last < first:
        raise DataError(f"{name}: {first}:{last} runs backwards. Write {last}:{first}.")
    return tuple(range(first, last + 1))


def describe_years(years: Iterable[int]) -> str:
    """Write years compactly: ``2000-2019``, ``2020-2021, 2023`` or ``none``."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][1] + 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs) or "none"


@dataclass(frozen=True, repr=False)
class Periods(Displayed):
    """Baseline, masked and target periods, in calendar years.

    Each argument takes what `parse_years` takes: ``(2000, 2019)`` is every year from 2000 to 2019.

    Parameters
    ----------
    baseline : years
        The peacetime years that the sex ratio is learned from.
    target : years
        The years whose excess is estimated.
    masked : years, optional
        Observed but not used, such as a pandemic.

    Raises
    ------
    DataError
        If periods overlap, a period is empty, the baseline has fewer than `MINIMUM_BASELINE` years,
        or the target is not wholly after or before the baseline's first year.
    """

    baseline: tuple[int, ...]
    target: tuple[int, ...]
    masked: tuple[int, ...] = field(default=())

    MINIMUM_BASELINE = 5

    def __init__(self, baseline: Years, target: Years, masked: Years = None) -> None:
        object.__setattr__(self, "baseline", parse_years(baseline, name="baseline"))
        object.__setattr__(self, "target", parse_years(target, name="target"))
        object.__setattr__(self, "masked", parse_years(masked, name="masked"))
        for name in ("baseline", "target"):
            if not getattr(self, name):
                raise DataError(f"periods: the {name} period is empty. Name at least one year.")
        pairs = (("baseline", "target"), ("baseline", "masked"), ("masked", "target"))
        for one, other in pairs:
            if shared := sorted(set(getattr(self, one)) & set(getattr(self, other))):
                raise DataError(
                    f"periods: {describe_years(shared)} is in both the {one} and the {other} "
                    "period. A year has one role: remove it from one of them."
                )
        if len(self.baseline) < self.MINIMUM_BASELINE:
            raise DataError(
                f"periods: the baseline has {len(self.baseline)} years "
                f"({describe_years(self.baseline)}); at least {self.MINIMUM_BASELINE} are needed "
                "to learn how the sex ratio moves. Extend it."
            )
        if min(self.target) < min(self.baseline):
            raise DataError(
                f"periods: target {describe_years(self.target)} begins before the baseline "
                f"({min(self.baseline)}). The baseline must begin first."
            )

    @property
    def all_years(self) -> tuple[int, ...]:
        """Every calendar year from the first to the last used, gaps included."""
        return tuple(range(self.baseline[0], max(self.target[-1], self.baseline[-1]) + 1))

    def __str__(self) -> str:
        return (
            f"baseline {describe_years(self.baseline)}, masked {describe_years(self.masked)}, "
            f"target {describe_years(self.target)}"
        )


Resolution = Literal["week", "month"]
UNKNOWN = "unknown"
"""The vintage of data of which nobody said when they were seen."""
MONDAY = np.datetime64("1970-01-05", "D")
DAY, WEEK = np.timedelta64(1, "D"), np.timedelta64(7, "D")


RELEASED = date(2026, 11, 1)
"""A computer's clock that is behind this day is wrong."""


def latest_day() -> date:
    """Return the last day on which anything can have been seen: today."""
    return max(date.today(), RELEASED)


def check_seen(day: date, what: str) -> None:
    """Refuse a day in the future on which something is said to have been seen."""
    if day > latest_day():
        raise VintageError(f"{what} {day} is in the future. Write the day on which it was seen.")


def day_of(value: object) -> date | None:
    """Return a date, or text written as ``YYYY-MM-DD``, as a date; None for anything else."""
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, datetime):
        return None if pd.isna(value) else value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_day(value: object, what: str) -> date:
    """Return a date, or text written as one; `what` it is goes into the DataError otherwise."""
    day = day_of(value)
    if day is None:
        raise DataError(f"{what} {value!r} is not a date. Write it as YYYY-MM-DD.")
    return day


def parse_vintage(vintage: object) -> date:
    """Return a vintage as a date; a VintageError says that it is absent or not a date."""
    day = day_of(vintage)
    if day is None:
        raise VintageError(
            f"vintage {vintage!r} is not a date. A minimum grows from week to week: say when this "
            "one was seen, as YYYY-MM-DD."
        )
    return day


def days_of(start: object, end: object) -> tuple[date, date]:
    """Return the first and last day of a period, both included; a DataError if one is no date."""
    first, last = day_of(start), day_of(end)
    if first is None or last is None:
        raise DataError(f"{start!r} to {end!r} is not a period. Write dates as YYYY-MM-DD.")
    return first, last


def period_index(days: np.ndarray | np.datetime64, resolution: Resolution) -> np.ndarray:
    """Return the consecutive number of the week (from Monday) or month of each day."""
    if resolution == "month":
        return np.asarray(days).astype("datetime64[M]").astype("int64")
    return (np.asarray(days).astype("datetime64[D]") - MONDAY).astype("int64") // 7


def period_start(index: ArrayLike, resolution: Resolution) -> np.ndarray:
    """Return the first days, ``datetime64[D]``, of periods as `period_index` numbers them."""
    if resolution == "month":
        return np.asarray(index).astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray(MONDAY + np.asarray(index) * WEEK)
