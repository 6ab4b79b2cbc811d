"""Tables of cases by week or month, sex and age, with or without delay: already counted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from estimator.data.ages import AgeBands, parse_band
from estimator.data.dates import Resolution, parse_day, period_index, period_start
from estimator.data.triangle import ReportingTriangle
from estimator.data.triangle_storage import KEY
from estimator.errors import DataError
from estimator.sources.registry.blocks import read_blocks
from estimator.sources.tables import choose_columns, read_table, to_date, to_number
from estimator.sources.vocabulary import ALIASES as COMMON
from estimator.sources.vocabulary import COUNTED, SEX_LABELS

TABLE_ALIASES = {
    "cases": (*COUNTED["cases"][1:], "count"),
    "week": ("week_start", "week_of_death", "неделя", "неделя смерти"),
    "month": ("month_start", "month_of_death", "месяц", "месяц смерти"),
    "delay": ("delay_weeks", "delay_months", "lag", "задержка"),
}
"""Canonical column of a table of cases to the other names it goes by."""
ALL_ALIASES = {
    **TABLE_ALIASES,
    "sex": COMMON["sex"],
    "age": COMMON["age"],
    "age_low": COMMON["age_low"],
    "age_high": COMMON["age_high"],
}
SETTLED = "the table has no delays: all cases stand at delay 0, as settled counts"


def is_table(path: Path) -> bool:
    """Return whether a file holds counted cases or a saved triangle, not records."""
    if _is_saved(path):
        return True
    block, _ = next(read_blocks(path, {**TABLE_ALIASES, "death": ("death_date", "дата смерти")}))
    found = set(block.collect_schema())
    return "cases" in found and bool(found & {"week", "month"}) and "death" not in found


def read_triangle(
    path: str | Path, *, extracted_on: date | str | None = None, source: str | None = None
) -> ReportingTriangle:
    """Read a saved triangle, or a table of cases, one row a cell.

    Columns of a table: week or month of death (first day, ``YYYY-MM-DD``; a month also
    ``YYYY-MM``), sex, age (``20-24``) or age_low and age_high, cases and, if known, delay in whole
    weeks or months. Cells without a row are 0. Without delays, cases stand at delay 0.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, gzipped or Parquet.
    extracted_on : datetime.date or str, optional
        The day the registry was read; required for a table.
    source : str, optional
        Who counted, in words; by default the file's name.

    Raises
    ------
    DataError
        If the file cannot be read, a column is missing, or a value or date is not one; the message
        names file, column and row.
    """
    path = Path(path)
    if _is_saved(path):
        return ReportingTriangle.load(path)
    if extracted_on is None:
        raise DataError(f"{path.name}: say extracted_on, the day on which the registry was read.")
    day = parse_day(extracted_on, "extraction date")
    frame = choose_columns(read_table(path), ALL_ALIASES, ["sex", "cases"], path.name)
    periods = [name for name in ("week", "month") if name in frame]
    if len(periods) != 1:
        raise DataError(f"{path.name}: row 1: give one column, week or month (of death).")
    resolution: Resolution = "week" if periods == ["week"] else "month"
    died = _periods(frame[resolution], resolution, path.name)
    sex = _sexes(frame["sex"], path.name)
    bands, age = _bands(frame, path.name)
    cases = to_number(frame["cases"], path.name, least=0).to_numpy()
    notes: tuple[str, ...] = (SETTLED,)
    delay = np.zeros(len(frame), "int64")
    if "delay" in frame:
        delay = to_number(frame["delay"], path.name, whole=True, least=0).to_numpy()
        notes = ()
    first, length = int(died.min()), int(np.ptp(died)) + 1
    shape = (2, len(bands), length, int(delay.max()) + 1)
    at = np.ravel_multi_index((sex, age, died - first, delay), shape)
    repeated = pd.Series(at).duplicated().to_numpy()
    if repeated.any():
        row = frame.index[int(repeated.argmax())]
        raise DataError(
            f"{path.name}: row {row}: this {resolution}, sex, age and delay were given before "
            f"(such rows: {int(repeated.sum())}). Keep one row a cell."
        )
    values = np.bincount(at, cases, minlength=int(np.prod(shape))).reshape(shape)
    return ReportingTriangle.from_array(
        values, first=period_start(first, resolution), ages=bands.labels,
        resolution=resolution, extracted_on=day, source=source or path.name, notes=notes,
    )  # fmt: skip


def _is_saved(path: Path) -> bool:
    if not path.is_file():
        return False
    with open(path, "rb") as file:
        if file.read(4) != b"PAR1":
            return False
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return KEY in (pq.read_schema(path).metadata or {})
    except (pa.ArrowException, OSError):
        return False


def _periods(column: pd.Series, resolution: Resolution, name: str) -> np.ndarray:
    days = to_date(column, *(("%Y-%m", "%m.%Y") if resolution == "month" else ()))
    bad = days.isna().to_numpy()
    if not bad.any():
        starts = days.to_numpy().astype("datetime64[D]")
        index = period_index(starts, resolution)
        bad = period_start(index, resolution) != starts
        if not bad.any():
            return index
    first = "a Monday, YYYY-MM-DD" if resolution == "week" else "the first of a month, or YYYY-MM"
    raise DataError(
        f"{name}: column {column.name}, row {column.index[int(bad.argmax())]}: not the first day of "
        f"a {resolution} (such rows: {int(bad.sum())}). Write {first}."
    )


def _sexes(column: pd.Series, name: str) -> np.ndarray:
    codes = {"female": 0, "male": 1}
    meaning = {label: codes[sex] for sex in codes for label in (sex, *SEX_LABELS[sex])}
    sex = column.astype("string").str.strip().str.strip(".").str.casefold().map(meaning)
    bad = sex.isna().to_numpy()
    if bad.any():
        raise DataError(
            f"{name}: column sex, row {column.index[int(bad.argmax())]}: not a sex (such rows: "
            f"{int(bad.sum())}). Write female or male, and leave out rows for both together."
        )
    return sex.to_numpy("int64")


def _bands(frame: pd.DataFrame, name: str) -> tuple[AgeBands, np.ndarray]:
    if "age" in frame:
        labels = frame["age"].astype("string").fillna("missing")
    elif {"age_low", "age_high"} <= set(frame):
        ends = frame["age_high"].astype("string")
        labels = frame["age_low"].astype("string") + ("-" + ends).fillna("+")
    else:
        raise DataError(f"{name}: row 1: column age is missing. Give age, or age_low and age_high.")
    known: dict[str, tuple[int, int | None]] = {}
    for label in labels.fillna("missing").unique():
        try:
            known[label] = parse_band(label)
        except DataError as problem:
            row = frame.index[int((labels == label).to_numpy().argmax())]
            raise DataError(f"{name}: column age, row {row}: {problem}") from None
    pairs = sorted(set(known.values()), key=lambda pair: pair[0])
    place = {label: pairs.index(band) for label, band in known.items()}
    bands = AgeBands(tuple(low for low, _ in pairs), tuple(high for _, high in pairs))
    return bands, labels.map(place).to_numpy("int64")
