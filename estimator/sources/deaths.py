"""Anybody's tidy table of deaths: many forms, one meaning."""

import warnings
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from estimator.data.counts import Counts, arrange_cells, fold_name
from estimator.data.periods import latest_day
from estimator.data.redaction import ignored_columns, missing_column
from estimator.errors import DataError, DataWarning, check_choice
from estimator.sources import vocabulary
from estimator.sources.calendar_years import add_up_years
from estimator.sources.columns import (
    Aliases,
    Table,
    decimal_points,
    list_places,
    plain_text,
)
from estimator.sources.days import check_timezone
from estimator.sources.layouts import lay_out
from estimator.sources.plausibility import check_plausible, without_total_regions
from estimator.sources.tables import name_of, read_table

UNKNOWN_SPREAD, UNKNOWN_NOTED, LEAST_UNKNOWN = 0.02, 0.005, 5
"""Differences between years in the share of deaths of unknown age that are refused, and of which to warn;
and how many deaths of a year and sex are too few to judge by."""
WHOLE = "Give one column date, or add the numbers up and remove the column."
NO_WEEKS = "Weeks at New Year belong to two years: give years, months or days."
WRITE_AGE = "Write completed years of age; leave age_high blank where the last age is open-ended."


def read_counts(
    path: str | Path | pd.DataFrame,
    *,
    ages: tuple[int, int] | None = None,
    region: str | None = None,
    unit: Literal["deaths", "cases"] = "deaths",
    source: str | None = None,
    vintage: str = "unknown",
    unknown_age: Literal["refuse", "drop"] = "refuse",
    timezone: str | None = None,
    cumulative: bool | None = None,
    encoding: str | None = None,
) -> Counts:
    """Read a table of deaths or cases by sex, age and year.

    Columns, under these names or usual others in English, Russian, French, German and Spanish: year
    (or date, or year and month, if they cover whole years), sex, age_low and age_high (or one column
    age: ``15-19``, ``85+``, or its lower bound and a width), deaths, and if known region and
    population (persons at mid-year). One row a cell, or years or sexes side by side. A blank age_high is
    an open end; counts may be fractions, as in the Human Mortality Database. Sex may be in the WHO's
    codes, 1 and 2. Rows for both sexes, all ages, all regions and of unknown sex or age are left out;
    columns of other names are not read; `notes` say which.

    Parameters
    ----------
    path : str, Path or DataFrame
        CSV or TSV, either of them gzipped, Parquet, or a table in memory; also
        ``Deaths_5x1.txt`` of the Human Mortality Database and bulk TSV of Eurostat as they come.
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
    unknown_age : {"refuse", "drop"}
        What to do with deaths of unknown age whose share differs by more than 2% between years: left
        out, they are missing from the excess. From 0.5% on they are a warning.
    timezone : str, optional
        The office's time zone, such as ``Europe/Moscow``, where dates are instants in UTC.
    cumulative : bool, optional
        Whether the counts of a table by month or day are running totals since the year began. By default
        counts that never fall are refused; False says that they are new counts.
    encoding : str, optional
        Encoding of a text file, such as ``koi8-r``, where its contents do not decide.

    Raises
    ------
    DataError
        If the file cannot be read, a column is missing, or a value does not mean what it must; the
        message names file, column and row (the header is row 1) and says what to do.
    """
    name = name_of(path)
    check_choice("unit", unit, *vocabulary.COUNTED)
    check_choice("unknown_age", unknown_age, "refuse", "drop")
    check_timezone(timezone)
    if ages is not None and not (isinstance(ages, tuple) and len(ages) == 2):
        raise DataError(f"ages: {ages!r} are no first and last age. Write two, such as (15, 49).")
    aliases = vocabulary.ALIASES | {"count": (*vocabulary.COUNTED[unit], *vocabulary.ALIASES["count"])}
    raw, left_out = lay_out(read_table(path, encoding), aliases, name)
    notes = [*left_out, *ignored_columns(raw.columns, aliases)]
    table = _periods(_known_columns(raw, aliases, name, unit))
    if region is None:
        table = without_total_regions(table, notes)
    else:
        table = _region(table, region, notes)
    table = _sexes(table, notes)
    _check_unknown(table, notes, refuse=unknown_age == "refuse")
    table = _ages(table, notes)
    if table.frame.empty:
        raise DataError(
            f"{name}: no row gives deaths of one sex at a known age. Export deaths by sex and age."
        )
    if ages is not None:
        table = _within(table, ages, notes)
    present = table["sex"].unique()
    table.check(
        "sex", np.full(len(table.frame), len(present) == 1), f"every row is {present[0]}",
        "Add the other sex: one is the control of the other.",
    )  # fmt: skip
    table = _values(table, notes)
    check_plausible(table)
    if cumulative and "date" not in table:
        raise DataError(f"{name}: row 1: no column of dates, and running totals need one. Omit cumulative.")
    if "date" in table:
        table = add_up_years(table, timezone, cumulative=cumulative)
        notes.append("dates added up to calendar years")
    cells = arrange_cells(table.frame, name, table.columns)
    return Counts(cells, unit, source or name, vintage, tuple(notes))


def _known_columns(raw: pd.DataFrame, aliases: Aliases, name: str, unit: str) -> Table:
    table = Table.of(raw, aliases, name).drop("notes")
    single = "age" in table and "age_low" not in table and "age_high" not in table
    if "week" in table:
        table.check("week", table["week"].notna(), "a week of each year", NO_WEEKS)
    if "part" in table and "date" not in table:
        table.check("part", table["part"].notna(), "a part of each year or month", WHOLE)
    table = table.drop("part")
    remedies = {
        "sex": "Add a column sex (female, male)",
        "count": f"Name the column of numbers {unit}",
        "age_low": "Give age_low and age_high, or one column age (15-19, 85+)",
        "age_high": "Give it with age_low, blank where the last age is open-ended",
        "year": "Add a column year, or date",
    }
    given = {"year"} if "date" in table or "time" in table else set()
    given |= {"age_low", "age_high"} if single else set()
    for column, remedy in remedies.items():
        if column not in table and column not in given:
            missing = unit if column == "count" else column
            raise missing_column(missing, raw.columns, aliases, name, f"{remedy}.")
    if "year" not in table and "time" in table:
        table = table.assign(year=table["time"]).named(year=table.columns["time"]).drop("time")
    if "year" in table and "date" in table:
        raise DataError(f"{name}: row 1: columns year and date both give the period. Remove one of them.")
    if single:
        return table.named(age_low=table.columns["age"], age_high=table.columns["age"])
    return table.drop("age")


def _periods(table: Table) -> Table:
    """Return a table by year or date, its months and quarters as their first days; refuse weeks."""
    if "time" in table:  # beside a year it is a part of it, of some unit
        units = set(plain_text(table["time_unit"])) if "time_unit" in table else set()
        part = {"monthly": "month", "quarterly": "quarter", "weekly": "week"}.get(str(*units)[:9], "")
        if len(units) != 1 or not part:
            raise DataError(
                f"{table.name}: row 1: columns {table.columns['year']} and {table.columns['time']} both "
                "give the period. Name the second month, or add its numbers up and remove it."
            )
        table = table.assign(**{part: table["time"]}).named(**{part: table.columns["time"]})
        if part == "week":
            table.check("week", table["week"].notna(), "a week of each year", NO_WEEKS)
    when = "date" if "date" in table else "year"
    text = table[when].astype("string").str.strip().str.upper().str.replace(r"\.0$", "", regex=True)
    weeks = text.str.fullmatch(r"\d{4}[- ]?W\d{1,2}").fillna(False)
    table.check(when, weeks, "{} is a week", NO_WEEKS, dates=True)
    if when == "date":
        text = text.str.replace(r"^((?:19|20)\d{2})/?([01]\d)$", r"\1-\2", regex=True)
        text = text.str.replace(r"^([01]\d)[./-](\d{4})$", r"\2-\1", regex=True)
    part = text.str.extract(r"^(\d{4})[- ]?(M|Q|-)(\d{1,2})$")
    own, month, quarter = table.columns[when], part[2], part[1] == "Q"
    if given := [name for name in ("month", "quarter") if name in table and when == "year"]:
        if len(given) == 2:
            table, given = table.drop("quarter"), ["month"]
        part[0], own, quarter = text, table.columns[given[0]], given == ["quarter"]
        month = table[given[0]].astype("string").str.strip().str.upper().str.replace(r"\.0$", "", regex=True)
        month = month.str.replace(r"^[QM](?=\d)", "", regex=True)
        names = {name: str(n + 1) for names in vocabulary.MONTHS for n, name in enumerate(names)}
        month = month.str.casefold().replace(names)
    elif part[0].isna().any():
        return table
    number = pd.to_numeric(month, errors="coerce")
    if given:
        wrong = ~number.between(1, 4 if given == ["quarter"] else 12).fillna(False)
        table.check(given[0], wrong, f"{{}} is not a {given[0]}", "Write its number, and leave out totals.")
    number = number.where(~(quarter & number.between(1, 4)), 3 * number - 2)
    dates = part[0] + "-" + number.astype("Int64").astype("string").str.zfill(2).fillna("00")
    return table.drop("month", "quarter", when).assign(date=dates.astype(object)).named(date=own)


def _check_unknown(table: Table, notes: list[str], *, refuse: bool) -> None:
    """Refuse deaths of unknown age whose share differs between years, or warn of them."""
    column = "age" if "age" in table else "age_low"
    age = plain_text(table[column])
    unknown = age.isin(vocabulary.UNKNOWN_AGE)
    if not unknown.any():
        return
    number = pd.to_numeric(decimal_points(table["count"], table.name, whole=False), errors="coerce")
    when = table["date"].astype(str).str[:4] if "date" in table else table["year"].astype(str)
    place = table["region"].astype(str) if "region" in table else when.where(when.isna(), "")
    cells = [place, when, table["sex"]]
    sums = number[~age.isin(vocabulary.ALL_AGES)].groupby(cells).sum()
    lost = number[unknown].groupby(cells).sum().reindex(sums.index).fillna(0.0)
    share = (lost / sums.clip(lower=1)).where(lost >= LEAST_UNKNOWN, 0.0)
    groups = share.groupby(level=[0, 2])
    above = share - groups.transform("min")
    if above.max() <= UNKNOWN_NOTED:
        return
    region, year, sex = above.idxmax()
    text = (
        f"{share.max():.1%} of deaths of {sex}s in {year} are of unknown age, "
        f"{groups.min()[region, sex]:.1%} in another year: left out, they are missing from the excess"
    )
    table.check(
        column, unknown & refuse & (above.max() > UNKNOWN_SPREAD), text,
        "Spread them over the known ages, or leave them out with unknown_age='drop' (--unknown-age drop).",
    )  # fmt: skip
    notes.append(text)
    warnings.warn(f"{table.name}: {text}.", DataWarning, stacklevel=3)


def _region(table: Table, region: str, notes: list[str]) -> Table:
    if "region" not in table:
        raise DataError(
            f"{table.name}: row 1: column region is missing, and region {region!r} is wanted. Add "
            "the column, or leave region out."
        )
    folded = table["region"].map(fold_name, na_action="ignore")
    chosen = table.where((folded == fold_name(region)).to_numpy(dtype=bool, na_value=False))
    if chosen.frame.empty:
        raise DataError(
            f"{table.name}: column {table.columns['region']}: no region {region!r}. There are: "
            f"{list_places(table['region'].dropna().unique())}. Write one of these."
        )
    notes.append(f"region {region} only")
    return chosen.drop("region")


def _sexes(table: Table, notes: list[str]) -> Table:
    sex, codes = table.sex(both=True)
    if codes:
        notes.append("sex 1 read as male, 2 as female")
    both = sex == "both"
    if both.any():
        notes.append(f"{int(both.sum()):,} rows for both sexes left out")
    unknown = sex == "unknown"
    if unknown.any():
        number = decimal_points(table["count"], table.name, whole=False)
        number = pd.to_numeric(number, errors="coerce")
        when = table["date"].astype(str).str[:4] if "date" in table else table["year"].astype(str)
        sums = number[~both].groupby(when).sum().clip(lower=1)
        by_year = number[unknown].groupby(when).sum().reindex(sums.index).fillna(0.0)
        lost, share = by_year.sum(), by_year.where(by_year >= LEAST_UNKNOWN, 0.0) / sums
        table.check(
            "sex", unknown & ((lost > UNKNOWN_SPREAD * sums.sum()) | (share.max() > UNKNOWN_SPREAD)),
            f"{lost:,.0f} deaths are of unknown sex, in {share.idxmax()} {share.max():.1%} of all",
            "Spread them over both sexes, or remove the rows.",
        )  # fmt: skip
        notes.append(f"{lost:,.0f} of unknown sex left out")
    return table.assign(sex=sex).where(~(both | unknown))


def _ages(table: Table, notes: list[str]) -> Table:
    """Return the rows of known ages, with age_low and age_high as numbers."""
    plain = plain_text(table["age" if "age" in table else "age_low"])
    whole, unknown = plain.isin(vocabulary.ALL_AGES), plain.isin(vocabulary.UNKNOWN_AGE)
    if whole.any():
        notes.append(f"{int(whole.sum()):,} rows for all ages left out")
    if unknown.any():
        deaths = pd.to_numeric(table["count"][unknown], errors="coerce").sum()
        notes.append(f"{deaths:,.0f} of unknown age left out")
    table = table.where(~(whole | unknown))
    if "age" in table:
        bands = table.bands()
        low, high = bands["age_low"].astype("int64"), bands["age_high"]
        table = table.drop("age")
    else:
        end = plain_text(table["age_high"])
        closed = table.where(~(end.isna() | end.isin(vocabulary.OPEN_ENDS)).to_numpy(dtype=bool))
        high = closed.number("age_high", whole=True, least=0, remedy=WRITE_AGE)
        high = high.reindex(table.frame.index).astype("Int64")
        low = table.number("age_low", whole=True, least=0, remedy=WRITE_AGE)
        table.check(
            "age_high", (high < low).fillna(False),
            lambda at: f"{high.iloc[at]} is below {table.columns['age_low']} {low.iloc[at]}",
            "Write the last completed year of age of the band.",
        )  # fmt: skip
    return table.assign(age_low=low, age_high=high.mask((high >= vocabulary.OLDEST).fillna(False), pd.NA))


def _within(table: Table, ages: tuple[int, int], notes: list[str]) -> Table:
    """Keep the bands within `ages`, which must be made of whole bands."""
    first, last = ages
    high = table["age_high"].astype("Float64").fillna(np.inf).to_numpy(float)
    low = table["age_low"].to_numpy()
    inside = (high >= first) & (low <= last)
    cut = inside & ((low < first) | (high > last))
    bounds = inside.any() and (low[inside].min(), high[inside].max()) == (first, last)
    wrong = cut if cut.any() else np.full_like(cut, not bounds)
    table.check(
        "age_low", wrong,
        lambda at: f"ages {first}-{last} are not made of whole bands, such as "
        + (f"{low[at]}+ here" if np.isinf(high[at]) else f"{low[at]}-{high[at]:.0f} here"),
        "Choose bounds that are.",
    )  # fmt: skip
    notes.append(f"ages {first}-{last} only")
    return table.where(inside)


def _values(table: Table, notes: list[str]) -> Table:
    remedy = "Give a number (1234.5), zero where nobody died; correct or remove these rows."
    values = {"count": table.number("count", least=0, remedy=remedy)}
    if "year" in table:
        year = table.number("year", whole=True, remedy="Write 2022.")
        wrong = ~year.between(*vocabulary.CALENDAR)
        table.check("year", wrong, lambda at: f"{year.iloc[at]} is not a calendar year", "Write 2022.")
        late = year > latest_day().year
        table.check("year", late, lambda at: f"{year.iloc[at]} has not begun", "Leave out what is foreseen.")
        values["year"] = year
    if "population" in table:
        remedy = "Population must be positive; correct these rows or drop the column."
        population = table.number("population", least=0, remedy=remedy)
        values["population"] = population
        if (empty := population == 0).any():
            row = population.index[int(empty.to_numpy().argmax())]
            notes.append(f"population left out: {int(empty.sum()):,} cells are of nobody, first row {row}")
            table, _ = table.drop("population"), values.pop("population")
    return table.assign(**values)
