"""What is known of Russia's regions besides deaths: men, income, the tile map, and names on the list."""

from pathlib import Path

import numpy as np
import pandas as pd

from estimator.data.bundled import read_bundled
from estimator.sources.columns import Table

MEN = "men_16_61_census_2021"
COVARIATES = {
    "poverty": "poverty_percent_2020", "income": "income_rub_month_2020", "urban share": "urban_share_2019",
}  # fmt: skip
COLUMNS = {"region": (), "men": ("population",), "names": ("named", "n"), "vintage": ("date",)}


def load_regions() -> pd.DataFrame:
    """Return the 85 regions of Russia: men of the 2021 census, covariates, place on the tile map.

    Returns
    -------
    DataFrame
        Indexed by the region's name in English.
    """
    return read_bundled("regions").set_index("region")


def load_named_by_region() -> pd.DataFrame:
    """Return names on the list by region and vintage: vintage, publisher, region, names.

    Publishers count in different ways (region of report, or home): compare no two of them.

    Returns
    -------
    DataFrame
        One row a vintage and region.
    """
    names = load_regions().reset_index().set_index("iso")["region"]
    table = read_bundled("named_by_region_vintages")
    table = table.assign(region=table["iso"].map(names)).dropna(subset="region")
    return table.rename(columns={"n": "names"})[["vintage", "publisher", "region", "names"]]


def read_men_by_region(path: str | Path) -> pd.Series:
    """Read men by region: columns region and men.

    Raises
    ------
    DataError
        If a column is missing, a region is named twice, or men are not a positive number.
    """
    table = Table.read(path, COLUMNS, ["region", "men"])
    men = table.number("men")
    table.check("men", ~(men > 0), "{} is not a number of men", "Write a positive number.")
    table.check("region", table["region"].duplicated(), "a region is named twice", "Keep one row a region.")
    return pd.Series(np.asarray(men, float), index=table["region"].astype(str), name="men")


def read_named_by_region(path: str | Path) -> pd.DataFrame:
    """Read names on a list by region: columns region, names and vintage.

    Raises
    ------
    DataError
        If a column is missing, or names are no whole number.
    """
    table = Table.read(path, COLUMNS, ["region", "names", "vintage"])
    names = table.number("names", whole=True)
    table.check("names", ~(names >= 0), "{} is no number of names", "Write zero or more.")
    days = pd.to_datetime(table["vintage"], errors="coerce", format="%Y-%m-%d")
    table.check("vintage", days.isna(), "{} is not a day", "Write YYYY-MM-DD.", dates=True)
    return pd.DataFrame(
        {
            "vintage": days.dt.strftime("%Y-%m-%d"),
            "publisher": Path(path).name,
            "region": table["region"].astype(str),
            "names": names,
        }
    )
