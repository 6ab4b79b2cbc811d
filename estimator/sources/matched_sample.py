"""The matched sample of July 2023: named dead looked up in the inheritance registry."""

from pathlib import Path

import pandas as pd

from estimator.data.bundled import manifest, read_bundled
from estimator.data.matched_sample import MatchedSample
from estimator.errors import DataError
from estimator.sources.columns import Table

TABLE = "rnd2023_matched_sample"
WIDTH = 5
NOTE = "unknown age: a sample of its own, not the sum of the bands (504 of 817)"
FOLLOW_UPS = {
    "uncertain": "an unknown share of them died as the named list's did, the others early",
    "complete": "all of their cases are taken to have been open",
    "named list": "their weeks of death are taken to be spread as those of the named list of the same day",
}


def load_matched_sample(*, follow_up: str = "uncertain") -> MatchedSample:
    """Load the published matched sample: 845 of 1,367 named dead had a case by July 2023.

    Bands of five years from 15 to 49, together 504 of 817 persons, and 341 of 550 persons of
    unknown age. Integers were solved from the printed shares and intervals.

    Parameters
    ----------
    follow_up : {"uncertain", "complete", "named list"}
        When the sampled persons died is not published. ``"complete"``, as the publication has it: the
        share found is the share that ever will be; if cases of some were still to come, it is too low
        and deaths are overestimated. ``"named list"``: their deaths are spread over the weeks as
        those of the named list of that publication, and a model of delay raises the share; if the
        sample was of early deaths, deaths are underestimated. ``"uncertain"``: a share of them died as
        the named list's did and the others early, and the model has a uniform prior of that share.

    Raises
    ------
    DataError
        If the bundled table was changed, or the follow-up is neither.
    """
    if follow_up not in FOLLOW_UPS:
        raise DataError(f"follow_up must be one of {', '.join(FOLLOW_UPS)}, not {follow_up!r}.")
    note = FOLLOW_UPS[follow_up]
    table = read_bundled(TABLE)
    unknown = table["age_low"] == "unknown"
    known, row = table[~unknown], table[unknown].iloc[0]
    labels = [f"{age}-{age + WIDTH - 1}" for age in known["age_low"].astype(int)]
    data = known.set_axis(labels).rename(columns={"found_in_registry": "found"})
    entry = manifest().loc[TABLE]
    return MatchedSample(
        data=data[["found", "sampled"]],
        vintage=entry["published_on"],
        source=entry["publication"],
        unknown_age=(int(row["found_in_registry"]), int(row["sampled"])),
        notes=(NOTE, note),
        deaths_by_week=None if follow_up == "complete" else _named_by_week(),
        weeks_known=follow_up != "uncertain",
    )


def _named_by_week() -> pd.Series:
    """Return the names by week of death that were published with the sample."""
    table = read_bundled("rnd2023_weekly_excess")
    return pd.Series(table["named_list"].to_numpy(float), index=pd.to_datetime(table["week_start"]))


COLUMNS = {
    "age_low": ("age_from", "возраст от"),
    "age_high": ("age_to", "возраст до"),
    "found": ("found_in_registry", "with_case", "найдено"),
    "sampled": ("looked_up", "n", "проверено"),
}  # fmt: skip


def read_matched_sample(
    path: str | Path | pd.DataFrame, *, vintage: str, source: str | None = None
) -> MatchedSample:
    """Read anybody's matched sample: named dead looked up in the registry, found and sampled by age.

    Parameters
    ----------
    path : str, Path or DataFrame
        CSV, TSV, Parquet or data frame with columns age_low, age_high, found and sampled, one row a
        band. A row without ages holds persons of unknown age.
    vintage : str
        The day on which the registry was searched, ``YYYY-MM-DD``.
    source : str, optional
        Who matched, in words; by default the file's name.

    Raises
    ------
    DataError
        If the file cannot be read, a column is missing, or a number cannot be; the message names file,
        column and row.
    VintageError
        If the vintage is absent or not a date.
    """
    table = Table.read(path, COLUMNS, list(COLUMNS))
    blank = table["age_low"].isna().to_numpy()
    if blank.sum() > 1:
        raise DataError(f"{table.name}: {int(blank.sum())} rows have no age. Add them up to one.")
    ages = table.assign(**{name: table[name].mask(blank, "0") for name in ("age_low", "age_high")})
    numbers = pd.DataFrame({name: ages.number(name, whole=True, least=0) for name in COLUMNS})
    known, unknown = numbers[~blank].sort_values("age_low"), numbers[blank]
    labels = [f"{low}-{high}" for low, high in zip(known["age_low"], known["age_high"])]
    return MatchedSample(
        known[["found", "sampled"]].set_axis(labels),
        vintage=vintage,  # type: ignore[arg-type]
        source=source or table.name,
        unknown_age=(None if unknown.empty else (int(unknown["found"].sum()), int(unknown["sampled"].sum()))),
    )
