"""Deaths in Russia as published by Rosstat: the bundled national table and the regional file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from estimator.bundled import manifest, read_bundled
from estimator.counts import Counts
from estimator.errors import DataError
from estimator.tables import choose_columns, read_table, to_number

NATION = "Российская Федерация"
INCLUDED_ELSEWHERE = ("Архангельская область", "Тюменская область")
"""Regions given with and without their autonomous okrugs: the okrugs are kept, these are not."""
TOTALS = ("всего", "неизвестно")
OVERLAPPING = "15-17 лет"
KEY = ["year", "sex", "age_low"]


def load_rosstat(*, subtract_hiv: bool = False) -> Counts:
    """Load deaths in Russia by sex, five-year age and year, 1990–2023.

    Parameters
    ----------
    subtract_hiv : bool
        Subtract deaths from HIV of both sexes, the preferred variant of Kobak et al. (2025,
        doi 10.1215/00703370-11862998): the HIV epidemic moved the sex ratio of the 2010s. HIV deaths
        are published from 2006, when they were 0.6% of the deaths of either sex at ages 15–49, so the
        years before, from which nothing is subtracted, keep their sex ratio. At 85 and over nothing
        is subtracted.

    Returns
    -------
    Counts
        National deaths; from 2014 with Crimea, as published.
    """
    deaths = read_bundled("rosstat_deaths_russia").rename(columns={"deaths": "count"})
    about = manifest().loc["rosstat_deaths_russia"]
    notes: tuple[str, ...] = ()
    if subtract_hiv:
        hiv = read_bundled("rosstat_hiv_deaths_russia").rename(columns={"deaths": "hiv"})
        merged = deaths.merge(hiv[[*KEY, "hiv"]], on=KEY, how="left")
        deaths["count"] = merged["count"] - merged["hiv"].fillna(0)
        notes = (
            f"HIV deaths {hiv['year'].min()}-{hiv['year'].max()} subtracted from both sexes, ages under "
            "85; none subtracted in earlier years, when they were at most 0.6% of deaths of either sex",
        )
    return Counts.from_frame(
        deaths, source="Rosstat, Russia", vintage=about["vintage"] or "unknown", notes=notes
    )


def read_rosstat_regions(path: str | Path) -> Counts:
    """Read Rosstat's public file of deaths by region, 1990–2023.

    Two regions stand in the file both with and without their autonomous okrugs; here the okrugs and
    the remainders are kept, so that regions add up to the nation without counting anybody twice. The
    national rows, totals over ages and deaths of unknown age are left out, and so is ``15-17``, which
    exists for 2023 only and repeats part of ``15-19``. Years a region does not report (Chechnya before
    2004, Ingushetia 1993–94, Crimea and Sevastopol before 2014) are missing, not zero.

    Parameters
    ----------
    path : str or Path
        ``Region, Year, Age, Gender, Deaths``, as published, gzipped or not.

    Returns
    -------
    Counts
        Deaths by region, sex, age and year; `notes` say what was left out.

    Raises
    ------
    DataError
        If the file is not this one; the column or row is named.
    """
    name = Path(path).name
    wanted = {"region": (), "year": (), "age": (), "sex": ("gender",), "count": ("deaths",)}
    table = choose_columns(read_table(path), wanted, list(wanted), name)
    label = table["age"].str.lower().str.strip()
    unknown = int(pd.to_numeric(table.loc[label == "неизвестно", "count"]).sum())
    keep = ~label.isin([*TOTALS, OVERLAPPING]) & ~table["region"].isin([NATION, *INCLUDED_ELSEWHERE])
    table, label = table[keep], label[keep]
    bounds = label.str.extract(r"^(?P<low>\d+)(?:-(?P<high>\d+))?")
    if bounds["low"].isna().any():
        row = bounds["low"].isna().idxmax()
        raise DataError(f"{name}: age in row {row} is {table.loc[row, 'age']!r}. Expected '15-19 лет'.")
    sex = table["sex"].str.lower().map({"f": "female", "m": "male"})
    if sex.isna().any():
        row = sex.isna().idxmax()
        raise DataError(f"{name}: Gender in row {row} is {table.loc[row, 'sex']!r}. Expected f or m.")
    frame = pd.DataFrame({
        "region": table["region"], "sex": sex, "year": to_number(table["year"], name, whole=True),
        "age_low": bounds["low"].astype("int64"), "age_high": bounds["high"].astype("Int64"),
        "count": to_number(table["count"], name),
    })
    return Counts.from_frame(
        frame, source=name, vintage="unknown",
        notes=(
            f"left out: national rows, {', '.join(INCLUDED_ELSEWHERE)} (with okrugs), totals, "
            f"{unknown:,} deaths of unknown age in all rows of the file, band {OVERLAPPING}",
        ),
    )
