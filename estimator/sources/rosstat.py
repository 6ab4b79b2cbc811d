"""Deaths in Russia as Rosstat counts them: the bundled national table, the public regional file."""

from pathlib import Path
from typing import Literal

import pandas as pd

from estimator.data.bundled import manifest, read_bundled
from estimator.data.counts import Counts, arrange_cells
from estimator.data.redaction import check_rows
from estimator.errors import DataError, check_choice
from estimator.sources.columns import Table
from estimator.sources.tables import name_of, sha256_of

SOURCE = "Rosstat, Russia"
NATION = "Российская Федерация"
TOTAL, UNKNOWN, MINORS = "Всего", "Неизвестно", "15-17 лет"
SEX = {"f": "female", "m": "male"}
COLUMNS = {"region": (), "year": (), "age": (), "gender": ("sex",), "deaths": ("count",)}

OKRUGS = {
    "Архангельская область": ("Архангельская область без АО", "Ненецкий АО"),
    "Тюменская область": ("Тюменская область без АО", "Ханты-Мансийский АО",
                          "Ямало-Hенецкий АО"),  # the Latin H is the file's
}  # fmt: skip
"""Each oblast that holds autonomous okrugs, and the parts that it is also given as."""

PARTS = ("Arkhangelsk", "Nenets", "Tyumen", "Khanty-Mansi", "Yamalo-Nenets")
"""Bundled names of the parts that make up the two oblasts."""

CHECHEN_INGUSH = ("Республика Ингушетия", range(1990, 1993))
"""Rows named Ingushetia that are the Chechen-Ingush republic: five times the deaths of 1995."""

TOLERANCE = 0.01
"""Part of a region-year's own total by which its age bands may differ from it."""


def load_rosstat(*, subtract_hiv: bool = False) -> Counts:
    """Return deaths in Russia by sex and five-year age, 1990-2023, from the bundled table.

    Deaths of unknown age and the missing are not in it; nor are deaths registered in annexed
    territory other than Crimea, which is in from 2014. Chechnya is not in the nation's figures
    before 2003, nor Ingushetia in 1993-1994 (see `read_rosstat_regions`).

    Parameters
    ----------
    subtract_hiv : bool
        Whether to subtract registered deaths from HIV, in both sexes, as the preferred variant of
        Kobak et al. 2025 does. Rosstat's table of them begins in 2006 and ends at age 84. Earlier
        years, and ages 85 and over, stay as they are: in 2006 the subtraction is 0.6% of deaths at
        ages 15-49, at most 2.3% of a cell, and moves the log sex ratio of no age by more than
        0.007, far below its movement from year to year. Dropping the years would cost more.

    Returns
    -------
    Counts
        Sexes × 18 age bands × 34 years; the subtraction is recorded in ``notes``.
    """
    deaths = read_bundled("rosstat_deaths_russia")
    notes: tuple[str, ...] = ()
    if subtract_hiv:
        key = ["year", "sex", "age_low"]
        hiv = read_bundled("rosstat_hiv_deaths_russia").set_index(key)["deaths"]
        known = hiv.reindex(pd.MultiIndex.from_frame(deaths[key]), fill_value=0).to_numpy()
        deaths = deaths.assign(deaths=deaths["deaths"] - known)
        notes = (
            "deaths from HIV subtracted, both sexes, 2006-2023, ages 0-84; none subtracted before "
            "2006 (no table; 0.6% of deaths at ages 15-49 in 2006) nor at 85+",
        )
    return Counts.from_frame(
        deaths.rename(columns={"deaths": "count"}),
        source=SOURCE,
        vintage=f"{manifest().loc['rosstat_deaths_russia', 'vintage']}; the day they were published, that of "
        "their extraction is not stated",
        notes=notes,
    )


def load_rosstat_regions(*, okrugs: Literal["joined", "apart"] = "apart") -> Counts:
    """Return deaths in Russia's regions by sex and five-year age, 15-69, 1990-2023, from the bundled table.

    It is what `read_rosstat_regions` reads from the published file, with Krasnoyarsk 2016 restored; regions
    have the names of `load_regions`.

    Parameters
    ----------
    okrugs : {"joined", "apart"}
        As for `read_rosstat_regions`.

    Returns
    -------
    Counts
        85 regions apart or 82 joined × sexes × 11 age bands × 34 years.
    """
    check_choice("okrugs", okrugs, "joined", "apart")
    deaths = read_bundled("rosstat_deaths_by_region")
    names = read_bundled("regions").set_index("iso")["region"].to_dict()
    whole = {name for name in deaths["iso"].unique() if name.endswith("+")}
    parts = {iso for iso, name in names.items() if name in PARTS}
    deaths = deaths[~deaths["iso"].isin(parts if okrugs == "joined" else whole)]
    names |= {f"{iso}+": f"{name} with okrugs" for iso, name in names.items()}
    frame = deaths.assign(region=deaths["iso"].map(names)).drop(columns="iso")
    return Counts.from_frame(
        frame.rename(columns={"deaths": "count"}),
        source=f"{SOURCE}, by region",
        vintage=str(manifest().loc["rosstat_deaths_by_region", "vintage"]),
        notes=(f"autonomous okrugs {okrugs}", "Krasnoyarsk 2016: the nation less all others"),
    )


def read_rosstat_regions(
    path: str | Path,
    *,
    okrugs: Literal["joined", "apart"] = "joined",
    year_range: tuple[int, int] | None = None,
    vintage: str = "unknown",
) -> Counts:
    """Read the public file of deaths by region, age, sex and year, 1990-2023.

    The file is ``deaths-by-age-gender-region-year-1990-2023.csv.gz`` of Kobak et al. 2025
    (github.com/dkobak/excess-mortality-war), columns Region, Year, Age, Gender, Deaths, in Russian.
    What is done with its traps:

    - the nation, totals (``Всего``), unknown ages (``Неизвестно``) and ``15-17`` (2023 only,
      within ``15-19``) are left out;
    - the Arkhangelsk and Tyumen oblasts are given whole and as parts; one of the two is kept, so
      that no death counts twice;
    - rows of Ingushetia for 1990-1992 are the Chechen-Ingush republic: missing here, so that a
      region is one place; 1993-1994 are not in the file, nor is Chechnya before 2004, nor Crimea
      and Sevastopol before 2014;
    - a region-year whose age bands miss its own total of known ages by more than `TOLERANCE` is
      faulty: Krasnoyarsk in 2016, whose bands hold 1,942 of 35,821 deaths. The nation less all other
      regions restores it, where the file has both and they make up its total; else it is missing.

    Regions add up to the national table from 1993 on but for 2003 (the nation has 7,193 deaths of
    no region, about as many as Chechnya has a year, which it lacks before). In 1990-1992
    they lack the Chechen-Ingush rows and, with ``okrugs="apart"``, both oblasts.

    Parameters
    ----------
    path : str or Path
        The file, as published, gzipped or not.
    okrugs : {"joined", "apart"}
        Autonomous okrugs as part of their oblast, with years from 1990, or as regions of their own
        next to the rest of the oblast, with years from 1993.
    year_range : tuple of int, optional
        First and last year to read; by default all. Regions without any of them are not in it.
    vintage : str
        The date at which the file was seen.

    Returns
    -------
    Counts
        Regions × sexes × 18 age bands × years; region-years not known are NaN, and ``notes`` say
        what was left out.

    Raises
    ------
    DataError
        If the file lacks a column or year, or has labels or values that are not those of this
        publication.
    """
    name = name_of(path)
    check_choice("okrugs", okrugs, "joined", "apart")
    table = _read(path)
    if okrugs == "joined":
        doubled = {part for parts in OKRUGS.values() for part in parts}
    else:
        doubled = set(OKRUGS)
    if year_range is not None:
        first, last = year_range
        if not {first, last} <= set(table["year"]) or last < first:
            raise DataError(
                f"{name}: column year: year_range {first}-{last} is not within "
                f"{table['year'].min()}-{table['year'].max()}. Give a first and a last year in it."
            )
        table = table[table["year"].between(first, last)]
    nation = table[table["region"] == NATION]
    table = table[~table["region"].isin({NATION, *doubled})]
    unknown = table.loc[table["age"] == UNKNOWN, "count"].sum()
    table, notes = _without_faulty(table, nation)
    bands = table[~table["age"].isin([TOTAL, UNKNOWN, MINORS])]
    ends = bands["age"].str.extract(r"^(?P<low>\d+)(?:-(?P<high>\d+) лет| и более)$")
    check_rows(
        bands["age"], ends["low"].isna(), "{} is not a label of this publication",
        "Give the file as published.", source=name,
    )  # fmt: skip
    low, high = ends["low"].astype("int64"), ends["high"].astype("Int64")
    cells = bands.assign(age_low=low, age_high=high).drop(columns="age")
    data = arrange_cells(cells, name, {"count": "deaths", "age_low": "age", "age_high": "age"})
    lost = f"{unknown:,.0f} deaths of unknown age left out"
    notes = (f"autonomous okrugs {okrugs}", lost, *notes, f"sha256 {sha256_of(path)[:12]}")
    return Counts(data, source=f"Rosstat regions, {name}", vintage=vintage, notes=notes)


def _read(path: str | Path) -> pd.DataFrame:
    table = Table.read(path, COLUMNS, list(COLUMNS))
    strange = ~table["gender"].isin(SEX)
    table.check("gender", strange, "{} is not f or m", "Give the file as published.")
    numbers = {"year": table.number("year", whole=True), "count": table.number("deaths")}
    frame = table.frame.assign(sex=table["gender"].map(SEX), **numbers)
    return frame[["region", "year", "age", "sex", "count"]]


def _without_faulty(table: pd.DataFrame, nation: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out region-years that are another place; restore those whose bands do not make up their total."""
    place, years = CHECHEN_INGUSH
    notes = []
    other = (table["region"] == place) & table["year"].isin(years)
    if other.any():
        notes.append(f"{place} {years[0]}-{years[-1]} missing: the rows are the Chechen-Ingush republic")
        table = table[~other]
    kind = table["age"].map({TOTAL: "total", UNKNOWN: "unknown", MINORS: "within"}).fillna("bands")
    sums = table.groupby(["region", "year", kind.rename("kind")])["count"].sum().unstack()
    sums = sums.reindex(columns=["bands", "total", "unknown"]).fillna({"unknown": 0})
    known = sums["total"] - sums["unknown"]
    faulty = (sums["bands"] - known).abs() > TOLERANCE * known
    key = pd.MultiIndex.from_frame(table[["region", "year"]])
    whole = table[~key.isin(faulty.index[faulty])]
    for region, year in faulty.index[faulty]:
        rest = _nation_less_others(whole[whole["year"] == year], nation[nation["year"] == year])
        restored = abs(rest["count"].sum() - known[region, year]) <= TOLERANCE * known[region, year]
        if restored:
            whole = pd.concat([whole, rest.assign(region=region, year=year)], ignore_index=True)
        notes.append(
            f"{region} {year} {'restored, the nation less all others' if restored else 'missing'}: its age "
            f"bands hold {sums.loc[(region, year), 'bands']:,.0f} of {known[region, year]:,.0f} deaths of "
            "known age"
        )
    return whole, tuple(notes)


def _nation_less_others(others: pd.DataFrame, nation: pd.DataFrame) -> pd.DataFrame:
    """Return the nation's bands of a year less those of regions, columns age, sex, count."""
    totals = [
        part[~part["age"].isin([TOTAL, UNKNOWN, MINORS])].groupby(["age", "sex"])["count"].sum()
        for part in (nation, others)
    ]
    return totals[0].sub(totals[1], fill_value=0).clip(lower=0).rename("count").reset_index()
