"""Anybody's tidy table of deaths: forgiving in form, strict in meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from estimator.data.ages import parse_band
from estimator.data.counts import Counts
from estimator.data.counts_layout import arrange_cells
from estimator.data.redaction import missing_column, place_name, quoted
from estimator.errors import DataError
from estimator.sources.calendar_years import add_up_years
from estimator.sources.plausibility import refuse_implausible, without_total_regions
from estimator.sources.tables import choose_columns, find_columns, read_table, to_number
from estimator.sources.vocabulary import (
    ALIASES,
    ALL_AGES,
    CALENDAR,
    COUNTED,
    OLDEST,
    OPEN_ENDS,
    SEX_CODES,
    SEX_LABELS,
    UNKNOWN_AGE,
)


def read_counts(
    path: str | Path,
    *,
    ages: tuple[int, int] | None = None,
    region: str | None = None,
    unit: Literal["deaths", "cases"] = "deaths",
    source: str | None = None,
    vintage: str = "unknown",
) -> Counts:
    """Read a tidy table of deaths or cases, one row a cell.

    Columns, under these names or usual others in English and Russian: year (or date, if the dates
    cover whole years), sex, age_low and age_high (or one column age: ``15-19``, ``85+``), deaths,
    and if known region and population (persons at mid-year). A blank age_high is an open end;
    counts may be fractions, as in the Human Mortality Database. Sex may be in the WHO's codes, 1 and
    2. Rows for both sexes, all ages, all regions and unknown age are left out, and `notes` say so.

    Parameters
    ----------
    path : str or Path
        CSV, TSV (UTF-8 or cp1251), either of them gzipped, or Parquet.
    ages : tuple of int, optional
        First and last age to read, both included; bands outside are left out unexamined.
    region : str, optional
        The one region to read, of a file that has several.
    unit : {"deaths", "cases"}
        What is counted.
    source : str, optional
        Who counted, in words; by default the file's name.
    vintage : str
        The date at which the table was seen.

    Returns
    -------
    Counts
        The table, validated.

    Raises
    ------
    DataError
        If the file cannot be read, a column is missing, or a value does not mean what it must; the
        message names file, column and row (the header is row 1) and says what to do.
    """
    name = Path(path).name
    table = read_table(path)
    if unit not in COUNTED:
        raise DataError(f"unit: {unit!r} is not known. Write 'deaths' or 'cases'.")
    aliases = ALIASES | {"count": (*COUNTED[unit], *ALIASES["count"])}
    told = _names_in_file(table, aliases, name)
    table = _choose(table, aliases, name, unit)
    notes: list[str] = []
    if region is None:
        table = without_total_regions(table, notes)
    else:
        table = _region(table, region, told, name, notes)
    frame = _sexes(table, told, name, notes)
    frame = _ages(frame, told, name, notes)
    if frame.empty:
        raise DataError(
            f"{name}: no row gives deaths of one sex at a known age. Export deaths by sex and age."
        )
    if ages is not None:
        frame = _within(frame, ages, told, name, notes)
    _refuse_one_sex(frame, told, name)
    frame = _values(frame, told, name)
    refuse_implausible(frame, told, name)
    if "date" in frame:
        frame = add_up_years(frame, name, told["date"])
        notes.append("dates added up to calendar years")
    return Counts(arrange_cells(frame, name, told), unit, source or name, vintage, tuple(notes))


def _names_in_file(
    table: pd.DataFrame, aliases: Mapping[str, Sequence[str]], name: str
) -> dict[str, str]:
    told = {canonical: canonical for canonical in aliases}
    told |= find_columns(table.columns, aliases, name)
    if told["age"] in table and told["age_low"] not in table:
        told |= {"age_low": told["age"], "age_high": told["age"]}
    return told


def _choose(
    table: pd.DataFrame, aliases: Mapping[str, Sequence[str]], name: str, unit: str
) -> pd.DataFrame:
    chosen = choose_columns(table, aliases, (), name)
    single = "age" in chosen and "age_low" not in chosen and "age_high" not in chosen
    remedies = {
        "sex": "Add a column sex (female, male)",
        "count": f"Name the column of numbers {unit}",
        "age_low": "Give age_low and age_high, or one column age (15-19, 85+)",
        "age_high": "Give it beside age_low, blank where the last age is open-ended",
        "year": "Add a column year, or date",
    }
    for column, remedy in remedies.items():
        if (column == "year" and "date" in chosen) or (column.startswith("age_") and single):
            continue
        if column not in chosen:
            raise missing_column(
                unit if column == "count" else column, table.columns, aliases, name, f"{remedy}.",
                encoding=table.attrs.get("encoding"),
            )  # fmt: skip
    if "year" in chosen and "date" in chosen:
        raise DataError(
            f"{name}: row 1: columns year and date both tell the period. Remove one of them."
        )
    return chosen.drop(columns=[] if single or "age" not in chosen else ["age"])


def _plain(column: pd.Series) -> pd.Series:
    return column.astype("string").str.strip().str.strip(".[]").str.casefold()


def _region(
    table: pd.DataFrame, region: str, told: dict[str, str], name: str, notes: list[str]
) -> pd.DataFrame:
    if "region" not in table:
        raise DataError(
            f"{name}: row 1: column region is missing, and region {region!r} was asked for. Add "
            "the column, or leave region out."
        )
    chosen = table[(table["region"] == region).to_numpy(dtype=bool, na_value=False)]
    if chosen.empty:
        there = [place_name(label) for label in table["region"].dropna().unique()]
        raise DataError(
            f"{name}: column {told['region']}: no region {region!r}. There are: "
            f"{', '.join(there[:10])}{f' and {len(there) - 10} more' * (len(there) > 10)}. Write "
            "one of these."
        )
    notes.append(f"region {region} only")
    return chosen.drop(columns="region")


def _within(
    frame: pd.DataFrame, ages: tuple[int, int], told: dict[str, str], name: str, notes: list[str]
) -> pd.DataFrame:
    """Keep the bands within `ages`, which must be made of whole bands."""
    first, last = ages
    high = frame["age_high"].astype("Float64").fillna(np.inf).to_numpy(float)
    low = frame["age_low"].to_numpy()
    inside = (high >= first) & (low <= last)
    cut = inside & ((low < first) | (high > last))
    bounds = inside.any() and (low[inside].min(), high[inside].max()) == (first, last)
    if cut.any() or not bounds:
        at = int((cut if cut.any() else np.ones_like(cut)).argmax())
        end = f"{low[at]}+" if np.isinf(high[at]) else f"{low[at]}-{high[at]:.0f}"
        raise DataError(
            f"{name}: column {told['age_low']}, row {frame.index[at]}: ages {first}-{last} are not "
            f"made of whole bands, such as {end} here. Choose bounds that are."
        )
    notes.append(f"ages {first}-{last} only")
    return frame[inside]


def _refuse_one_sex(frame: pd.DataFrame, told: dict[str, str], name: str) -> None:
    present = set(frame["sex"])
    if len(present) == 1:
        raise DataError(
            f"{name}: column {told['sex']}, row {frame.index[0]}: every row is {present.pop()}. "
            "Add the other sex: one is the control of the other."
        )


def _sexes(table: pd.DataFrame, told: dict[str, str], name: str, notes: list[str]) -> pd.DataFrame:
    meaning = {label: sex for sex, labels in SEX_LABELS.items() for label in (sex, *labels)}
    labels = _plain(table["sex"]).str.replace(r"^(\d)\.0+$", r"\1", regex=True)
    sex = labels.map(meaning)
    if set(SEX_CODES) <= set(labels.dropna()) and not sex.isin(["female", "male"]).any():
        sex = labels.map(meaning | SEX_CODES)
        notes.append("sex 1 read as male, 2 as female")
    if sex.isna().any():
        at = int(sex.isna().to_numpy().argmax())
        found = table["sex"].iloc[at]
        raise DataError(
            f"{name}: column {told['sex']}, row {table.index[at]}: "
            f"{'missing' if pd.isna(found) else quoted(found)} is not a sex. Write female or male "
            "(or f, m, women, men, ж, м; or throughout 2 and 1); rows for both sexes may be marked "
            "total."
        )
    both = sex == "both"
    if both.any():
        notes.append(f"{int(both.sum()):,} rows for both sexes left out")
    return table.assign(sex=sex.astype(object))[~both.to_numpy()]


def _ages(table: pd.DataFrame, told: dict[str, str], name: str, notes: list[str]) -> pd.DataFrame:
    column = "age" if "age" in table else "age_low"
    plain = _plain(table[column])
    whole, unknown = plain.isin(ALL_AGES), plain.isin(UNKNOWN_AGE)
    if whole.any():
        notes.append(f"{int(whole.sum()):,} rows for all ages left out")
    if unknown.any():
        deaths = pd.to_numeric(table.loc[unknown.to_numpy(), "count"], errors="coerce").sum()
        notes.append(f"{deaths:,.0f} of unknown age left out")
    table = table[~(whole | unknown).to_numpy(dtype=bool, na_value=False)]
    if column == "age":
        return _open_ended(_bands(table, told["age"], name))
    end = _plain(table["age_high"])
    remedy = "Write completed years of age; leave age_high blank where the last age is open-ended."
    closed = ~(end.isna() | end.isin(OPEN_ENDS)).to_numpy(dtype=bool)
    high = to_number(
        table["age_high"].rename(told["age_high"])[closed], name, whole=True, least=0, remedy=remedy
    )
    low = to_number(
        table["age_low"].rename(told["age_low"]), name, whole=True, least=0, remedy=remedy
    )
    bounds = high.reindex(table.index).astype("Int64")
    backwards = (bounds < low).fillna(False).to_numpy(dtype=bool)
    if backwards.any():
        at = int(backwards.argmax())
        raise DataError(
            f"{name}: column {told['age_high']}, row {table.index[at]}: {bounds.iloc[at]} is below "
            f"{told['age_low']} {low.iloc[at]}. Write the last completed year of age of the band."
        )
    return _open_ended(table.assign(age_low=low, age_high=bounds))


def _open_ended(frame: pd.DataFrame) -> pd.DataFrame:
    beyond = (frame["age_high"] >= OLDEST).fillna(False)
    return frame.assign(age_high=frame["age_high"].mask(beyond, pd.NA))


def _bands(table: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    known: dict[str, tuple[int, int | None]] = {}
    absent = table["age"].isna().to_numpy()
    if absent.any():
        raise DataError(
            f"{name}: column {column}, row {table.index[absent][0]}: missing. Write 15-19, 85+ or "
            "40."
        )
    for label in table["age"].unique():
        try:
            known[label] = parse_band(label)
        except DataError as problem:
            row = table.index[(table["age"] == label).to_numpy()][0]
            raise DataError(f"{name}: column {column}, row {row}: {problem}") from None
    low = table["age"].map({label: band[0] for label, band in known.items()})
    high = table["age"].map({label: band[1] for label, band in known.items()})
    return table.drop(columns="age").assign(
        age_low=low.astype("int64"), age_high=pd.to_numeric(high).astype("Int64")
    )


def _values(frame: pd.DataFrame, told: dict[str, str], name: str) -> pd.DataFrame:
    values = {
        "count": to_number(
            frame["count"].rename(told["count"]), name, least=0,
            remedy="Give a number (1234.5), zero where nobody died; correct or remove these rows.",
        )
    }  # fmt: skip
    if "year" in frame:
        year = to_number(frame["year"].rename(told["year"]), name, whole=True, remedy="Write 2022.")
        strange = ~year.between(*CALENDAR)
        if strange.any():
            at = int(strange.to_numpy().argmax())
            raise DataError(
                f"{name}: column {told['year']}, row {year.index[at]}: {year.iloc[at]} is not a "
                f"calendar year (such values: {int(strange.sum())}). Write 2022."
            )
        values["year"] = year
    if "population" in frame:
        values["population"] = to_number(
            frame["population"].rename(told["population"]), name, positive=True,
            remedy="Population must be positive; correct these rows or drop the column.",
        )  # fmt: skip
    return frame.assign(**values)
