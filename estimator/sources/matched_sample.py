"""The matched sample of July 2023: named dead looked up in the inheritance registry."""

from __future__ import annotations

import pandas as pd

from estimator.bundled import manifest, read_bundled
from estimator.errors import DataError
from estimator.matched import MatchedSample

TABLE = "rnd2023_matched_sample"
WIDTH = 5
NOTE = "unknown age: a sample of its own, not the sum of the bands (504 of 817)"

SPREAD = "their weeks of death are taken to be spread as those of the named list of the same day"


def load_matched_sample() -> MatchedSample:
    """Load the published matched sample: 845 of 1,367 named dead had a case by July 2023.

    Bands of five years from 15 to 49, together 504 of 817 persons, and 341 of 550 persons of
    unknown age. Integers were solved from the printed shares and intervals. When the sampled persons
    died is not published: their deaths are taken to be spread over the weeks as those of the named
    list of that publication, so that a model of delay knows that recent dead may have a case later.

    Raises
    ------
    DataError
        If the bundled table was changed.
    """
    table = read_bundled(TABLE)
    unknown = table["age_low"] == "unknown"
    if unknown.sum() != 1:
        raise DataError(f"{TABLE}: there must be one row of unknown age. Restore the table.")
    known = table[~unknown]
    low = known["age_low"].astype(int)
    data = known.set_axis([f"{age}-{age + WIDTH - 1}" for age in low]).rename(
        columns={"found_in_registry": "found"}
    )
    row = table[unknown].iloc[0]
    entry = manifest().loc[TABLE]
    return MatchedSample(
        data=data[["found", "sampled"]],
        vintage=entry["published_on"],
        source=entry["publication"],
        unknown_age=(int(row["found_in_registry"]), int(row["sampled"])),
        notes=(NOTE, SPREAD),
        deaths_by_week=_named_by_week(),
    )


def _named_by_week() -> pd.Series:
    """Return the names by week of death that were published with the sample."""
    table = read_bundled("rnd2023_weekly_excess")
    return pd.Series(table["named_list"].to_numpy(float), index=pd.to_datetime(table["week_start"]))
