"""Faults of registries: functions of simulated records and a generator, which return the records at fault."""

from collections.abc import Callable

import numpy as np

Columns = dict[str, np.ndarray]
"""Records as columns: death, opened and birth in days since 1970, sex (0 female, 1 male, -1 unknown),
soldier (bool), number (of the case)."""

DUPLICATED = 0.05
UNKNOWN_SEX = 0.08
HEAPED = 0.02
BATCHED = 0.10
OUTAGE = (np.datetime64("2022-09-05").astype(int), np.datetime64("2022-10-17").astype(int))
BACKLOG_DAYS = 56
SHARE_CHANGED = np.datetime64("2018-07-01").astype(int)
SHARES_BEFORE = (0.96, 0.92)
BATCH_DAYS = (300, 420)

Fault = Callable[[Columns, np.random.Generator], Columns]


def duplicates(records: Columns, rng: np.random.Generator) -> Columns:
    """One record in twenty is in the extract twice, with the same case number."""
    again = np.flatnonzero(rng.random(len(records["death"])) < DUPLICATED)
    return {name: np.concatenate([values, values[again]]) for name, values in records.items()}


def missing_sex(records: Columns, rng: np.random.Generator) -> Columns:
    """Eight in a hundred records have neither sex nor patronymic."""
    lost = rng.random(len(records["death"])) < UNKNOWN_SEX
    return records | {"sex": np.where(lost, -1, records["sex"])}


def heaping(records: Columns, rng: np.random.Generator) -> Columns:
    """Two in a hundred deaths are dated 1 January of their year."""
    year = records["death"].astype("datetime64[D]").astype("datetime64[Y]")
    january = year.astype("datetime64[D]").astype(int)
    heaped = (rng.random(len(january)) < HEAPED) & ~records["soldier"]
    return records | {"death": np.where(heaped, january, records["death"])}


def late_batches(records: Columns, rng: np.random.Generator) -> Columns:
    """One soldier's case in ten waits for a court: 300 to 420 days, then the first of a month."""
    late = records["soldier"] & (rng.random(len(records["death"])) < BATCHED)
    waited = records["death"] + rng.integers(*BATCH_DAYS, len(late))
    month = waited.astype("datetime64[D]").astype("datetime64[M]") + np.timedelta64(1, "M")
    batch = month.astype("datetime64[D]").astype(int)
    return records | {"opened": np.where(late, batch, records["opened"])}


def outage(records: Columns, rng: np.random.Generator) -> Columns:
    """For six weeks nothing is entered; the backlog is entered over the eight weeks after."""
    inside = (records["opened"] >= OUTAGE[0]) & (records["opened"] < OUTAGE[1])
    later = OUTAGE[1] + rng.integers(0, BACKLOG_DAYS, len(inside))
    return records | {"opened": np.where(inside, later, records["opened"])}


def share_change(records: Columns, rng: np.random.Generator) -> Columns:
    """Before July 2018 fewer deaths had a case: 4% fewer of women, 8% fewer of men."""
    early = records["death"] < SHARE_CHANGED
    share = np.where(early, np.take(SHARES_BEFORE, records["sex"]), 1.0)
    kept = rng.random(len(share)) < share
    return {name: values[kept] for name, values in records.items()}


FAULTS: dict[str, Fault] = {
    "duplicates": duplicates,
    "missing_sex": missing_sex,
    "heaping": heaping,
    "late_batches": late_batches,
    "outage": outage,
    "share_change": share_change,
}
ORDER = ("share_change", "late_batches", "outage", "heaping", "missing_sex", "duplicates")
"""The order in which faults are made: what happens to cases before what happens to their entries."""
