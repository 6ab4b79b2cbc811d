"""Anybody's tidy table of deaths: forgiving in form, strict in meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from estimator.ages import parse_band
from estimator.cells import arrange_cells
from estimator.counts import Counts
from estimator.errors import DataError
from estimator.sources.calendar_years import add_up_years
from estimator.tables import choose_columns, read_table, to_number

ALIASES = {
    "year": ("period", "jahr", "année", "год", "time", "time_period"),
    "date": ("дата",),
    "sex": ("gender", "пол", "sexe", "geschlecht"),
    "age_low": ("age_from", "age_start", "age_lower", "age_min", "возраст_от"),
    "age_high": ("age_to", "age_end", "age_upper", "age_max", "возраст_до"),
    "age": ("age_group", "agegroup", "age group", "age_band", "возраст", "возрастная группа"),
    "count": ("number", "value", "obs_value"),
    "region": ("area", "geo", "place", "popname", "регион", "субъект"),
    "population": ("exposure", "pop", "exposures", "person_years", "население", "численность"),
}  # fmt: skip
"""Canonical column to the other names it goes by, in lower case."""

COUNTED = {
    "deaths": ("deaths", "death", "смерти", "умершие", "умерло", "число умерших"),
    "cases": ("cases", "case", "дела", "число дел"),
}
"""What the column of counts is also called, by unit: cases are never read as deaths."""

SEX_LABELS = {
    "female": ("f", "females", "woman", "women", "w", "fmle", "ж", "жен", "женщины", "женщина",
               "женский"),
    "male": ("m", "males", "man", "men", "mle", "м", "муж", "мужчины", "мужчина", "мужской"),
    "both": ("b", "t", "total", "both sexes", "all", "persons", "btsx", "оба", "оба пола", "всего",
             "итого"),
}  # fmt: skip
ALL_AGES = ("total", "tot", "all", "all ages", "всего", "все возрасты", "итого")
UNKNOWN_AGE = ("unk", "unknown", "not stated", "неизвестно", "не указан", "возраст неизвестен")
OPEN_ENDS = ("+", "inf", "infinity", "open", "и старше", "и более", "and over")


def read_counts(
    path: str | Path,
    *,
    unit: Literal["deaths", "cases"] = "deaths",
    source: str | None = None,
    vintage: str = "unknown",
) -> Counts:
    """Read a tidy table of deaths or cases, one row a cell.

    Columns, under these names or usual others in English and Russian: year (or date, if the dates
    cover whole years), sex, age_low and age_high (or one column age: ``15-19``, ``85+``), deaths,
    and if known region and population (persons at mid-year). A blank age_high is an open end;
    counts may be fractions, as in the Human Mortality Database. Rows for both sexes, all ages and
    unknown age are left out, and `notes` say so.

    Parameters
    ----------
    path : str or Path
        CSV, TSV (UTF-8 or cp1251), either of them gzipped, or Parquet.
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
    told = _names_in_file(table, aliases)
    table = _choose(table, aliases, name, unit)
    notes: list[str] = []
    frame = _sexes(table, told, name, notes)
    frame = _ages(frame, told, name, notes)
    if frame.empty:
        raise DataError(
            f"{name}: no row gives deaths of one sex at a known age. Export deaths by sex and age."
        )
    frame = _values(frame, told, name)
    if "date" in frame:
        frame = add_up_years(frame, name, told["date"])
        notes.append("dates added up to calendar years")
    return Counts(arrange_cells(frame, name, told), unit, source or name, vintage, tuple(notes))


def _names_in_file(table: pd.DataFrame, aliases: Mapping[str, Sequence[str]]) -> dict[str, str]:
    told = {name: name for name in aliases}
    for canonical, names in aliases.items():
        for column in table.columns:
            if column in {canonical, *names}:
                told[canonical] = column
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
            raise DataError(
                f"{name}: row 1: column {unit if column == 'count' else column} is missing; found "
                f"{', '.join(table.columns)}. {remedy}."
            )
    if "year" in chosen and "date" in chosen:
        raise DataError(
            f"{name}: row 1: columns year and date both tell the period. Remove one of them."
        )
    return chosen.drop(columns=[] if single or "age" not in chosen else ["age"])


def _plain(column: pd.Series) -> pd.Series:
    return column.astype("string").str.strip().str.strip(".").str.casefold()


def _sexes(table: pd.DataFrame, told: dict[str, str], name: str, notes: list[str]) -> pd.DataFrame:
    meaning = {label: sex for sex, labels in SEX_LABELS.items() for label in (sex, *labels)}
    sex = _plain(table["sex"]).map(meaning)
    if sex.isna().any():
        at = int(sex.isna().to_numpy().argmax())
        found = table["sex"].iloc[at]
        raise DataError(
            f"{name}: column {told['sex']}, row {table.index[at]}: "
            f"{'missing' if pd.isna(found) else repr(found)} is not a sex. Write female or male "
            "(or f, m, women, men, ж, м); rows for both sexes may be marked total."
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
        return _bands(table, told["age"], name)
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
    return table.assign(age_low=low, age_high=bounds)


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
            remedy="Give a number, zero where nobody died; correct or remove these rows.",
        )
    }  # fmt: skip
    if "year" in frame:
        values["year"] = to_number(
            frame["year"].rename(told["year"]), name, whole=True, least=1, remedy="Write 2022."
        )
    if "population" in frame:
        values["population"] = to_number(
            frame["population"].rename(told["population"]), name, least=np.nextafter(0, 1),
            remedy="Population must be positive; correct these rows or drop the column.",
        )  # fmt: skip
    return frame.assign(**values)
