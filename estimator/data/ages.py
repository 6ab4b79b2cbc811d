"""Age bands: contiguous, non-overlapping groups of completed years of age."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from estimator.data.redaction import quoted
from estimator.errors import DataError


@dataclass(frozen=True)
class AgeBands:
    """Age bands in ascending order, without gaps or overlaps.

    Parameters
    ----------
    low : tuple of int
        First completed year of age of each band.
    high : tuple of int or None
        Last completed year of each band, inclusive; None in the last place means open-ended.

    Raises
    ------
    DataError
        If bands are empty, overlap, leave a gap, or an open end is not last.
    """

    low: tuple[int, ...]
    high: tuple[int | None, ...]

    def __post_init__(self) -> None:
        if not self.low or len(self.low) != len(self.high):
            raise DataError("age bands: give each lower bound its upper bound, at least one band.")
        for i, (first, last) in enumerate(zip(self.low, self.high)):
            if last is None and i < len(self.low) - 1:
                raise DataError(f"age bands: {first}+ is open-ended but is not the last band.")
            if first < 0 or (last is not None and last < first):
                raise DataError(f"age bands: {first}-{last} is not a band of completed years.")
            if i == 0:
                continue
            before = self.high[i - 1]
            if before is not None and first <= before:
                raise DataError(
                    f"age bands overlap: {self.labels[i - 1]} and {self.labels[i]}. Keep one set of bands."
                )
            if before is not None and first > before + 1:
                raise DataError(
                    f"age bands leave a gap between {before} and {first}. Add the missing band, or "
                    "read a contiguous range of ages only."
                )

    @property
    def labels(self) -> tuple[str, ...]:
        """Names such as ``15-19`` and ``85+``."""
        pairs = zip(self.low, self.high)
        return tuple(f"{a}+" if b is None else f"{a}-{b}" for a, b in pairs)

    @property
    def midpoint(self) -> np.ndarray:
        """Middle of each band in exact years of age; an open band is taken as ten years wide."""
        pairs = zip(self.low, self.high)
        return np.array([(a + (a + 10 if b is None else b + 1)) / 2 for a, b in pairs])

    def __len__(self) -> int:
        return len(self.low)

    def within(self, first: int, last: int) -> tuple[str, ...]:
        """Labels of the bands that together make up ages `first` to `last`, both included.

        Raises
        ------
        DataError
            If a bound cuts through a band or lies outside the bands.
        """
        if last < first or first not in self.low or last not in self.high:
            raise DataError(
                f"ages {first}-{last} do not coincide with bands of the data "
                f"({', '.join(self.labels)}). Choose bounds that do."
            )
        return self.labels[self.low.index(first) : self.high.index(last) + 1]

    def select(self, labels: Sequence[str]) -> AgeBands:
        """Return the bands of the given labels, in order.

        Raises
        ------
        DataError
            If a label is not among the bands, or the labels leave a gap.
        """
        if absent := [label for label in labels if label not in self.labels]:
            raise DataError(f"age bands: no band {', '.join(absent)}. There are: {', '.join(self.labels)}.")
        return AgeBands.from_labels(labels)

    @classmethod
    def from_labels(cls, labels: Iterable[object]) -> AgeBands:
        """Build bands from labels such as ``15-19`` and ``85+``."""
        return _bands_of(tuple(map(str, labels)))


@cache
def _bands_of(labels: tuple[str, ...]) -> AgeBands:
    low, high = zip(*map(parse_band, labels)) if labels else ((), ())
    return AgeBands(low, high)


AGE = r"(\d{1,3})"
YEARS = r"(?:\s*(?:years?|yrs?|ans|an|años|año|anos|anni|jahre?|lat|let|лет|года?|років|роки|рік))?"
UP = (
    r"(?:\+|-|\s*(?:and|or|и|plus|und|et|ou|y|o|u\.)\s*"
    r"(?:over|older|above|more|более|старше|выше|больше|mehr|älter|ältere|plus|más|mas|m\.|ä\.)?)"
)
PATTERNS = (
    (
        re.compile(
            rf"(?:de |от |von |from )?[yda]?{AGE}\s*(?:-|:|_|\.\.|to|t|bis|à|a|до)\s*[ya]?{AGE}{YEARS}"
        ),
        lambda a, b: (int(a), int(b)),
    ),
    (
        re.compile(rf"{AGE}{YEARS}\s*(?:bis unter|to under|to less than|to <|-\s*<)\s*{AGE}{YEARS}"),
        lambda a, b: (int(a), int(b) - 1),
    ),
    (re.compile(rf"\[{AGE},\s*{AGE}\)"), lambda a, b: (int(a), int(b) - 1)),
    (re.compile(rf"\({AGE},\s*{AGE}\]"), lambda a, b: (int(a) + 1, int(b))),
    (re.compile(rf"[ya]?{AGE}{YEARS}\s*{UP}{YEARS}"), lambda a: (int(a), None)),
    (re.compile(rf"(?:y_ge|>=|≥)\s*{AGE}"), lambda a: (int(a), None)),
    (
        re.compile(rf"(?:y_lt|<|under|до|less than|unter|moins de|menos de|младше)\s*{AGE}{YEARS}"),
        lambda a: (0, int(a) - 1),
    ),
    (re.compile(rf"y?{AGE}(?:\.0+)?{YEARS}"), lambda a: (int(a), int(a))),
)


def parse_band(label: str) -> tuple[int, int | None]:
    """Return the bounds of a label, None for an open end, or raise a DataError.

    Understood are ``15-19``, ``15:19``, ``85+``, ``40``, ``15-19 лет``, English and Russian words,
    Eurostat's codes (``Y_GE85``) and the brackets of the WHO's mortality database (``[15-19]``).
    """
    text = re.sub(r"[–—−‑]", "-", label.strip().lower().replace("\xa0", " "))
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1].strip()
    for pattern, bounds in PATTERNS:
        if match := pattern.fullmatch(text):
            return bounds(*match.groups())
    raise DataError(
        f"age band not understood: {quoted(label)}. Write it as 15-19, 85+ or 40 (a spreadsheet may "
        "have turned 5-9 into a date)."
    )


def split_ages(frame: pd.DataFrame, bands: AgeBands) -> pd.DataFrame:
    """Return a frame with age_low and age_high (missing where open) in the place of its labels, age."""
    place = frame.columns.get_loc("age")
    at = pd.Index(bands.labels).get_indexer(frame["age"])
    frame = frame.drop(columns="age")
    frame.insert(place, "age_low", np.array(bands.low)[at])
    frame.insert(place + 1, "age_high", pd.array(bands.high, dtype="Int64")[at])
    return frame
