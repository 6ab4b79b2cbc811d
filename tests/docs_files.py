"""The files that commands in README and docs read, small and made up: by name, how each is made."""

import shutil
from functools import cache

import pandas as pd

import estimator as est
from estimator.calibration.simulate.registry import simulate_registry
from tests.named_lists import named_list
from tests.simulated import simulate_counts
from tests.simulated_regions import simulate_regions

SCALE = 0.02
"""Of Russia: ninety thousand records."""


@cache
def simulated_registry():
    return simulate_registry(seed=1, extracted_on="2023-06-23", scale=SCALE)


def national_table(path):
    """Write deaths of all ages and years of a nation, as a reader's own table."""
    table = est.load_rosstat().to_frame().rename(columns={"count": "deaths"})
    table.to_csv(path, index=False)


def territory(seed):
    """Return how to write a table of deaths with peace for three origins of a placebo."""

    def write(path):
        counts = simulate_counts(seed=seed, years=range(1980, 2006), lows=range(15, 70, 5))
        counts.to_frame().rename(columns={"count": "deaths"}).to_csv(path, index=False)

    return write


def regions(path):
    """Write two regions in the layout of Rosstat's file of regions."""
    parts = []
    for seed, region in enumerate(("Первая область", "Вторая область")):
        counts = simulate_counts(seed=seed, years=range(1990, 2024), lows=range(15, 70, 5))
        cells = counts.to_frame()
        parts.append(pd.DataFrame({
            "Region": region, "Year": cells["year"],
            "Age": [f"{low}-{high} лет" for low, high in zip(cells["age_low"], cells["age_high"])],
            "Gender": cells["sex"].str[0], "Deaths": cells["count"],
        }))  # fmt: skip
    pd.concat(parts).to_csv(path, index=False)


def country(path):
    """Write the regions of a country, in peace and in a target year."""
    ages = range(15, 70, 5)
    simulate_regions(seed=3, number=4, years=range(1990, 2013), lows=ages).to_csv(path, index=False)


def records(path):
    made = path.parent / f"records of {path.stem}"
    shutil.copy(simulated_registry().write(made, kind="csv")[0], path)


def matched_sample(path):
    made = path.parent / f"sample of {path.stem}"
    shutil.copy(simulated_registry().write(made, kind="csv")[1], path)


def triangle(path):
    """Write a triangle of months: of weeks its graph would be some times larger."""
    extract = path.with_suffix(".records.csv")
    records(extract)
    found, _ = est.read_registry(extract, extracted_on="2023-06-23", resolution="month")
    found.save(path)


def vintages(path):
    """Write a named list of thirty vintages, four weeks apart, up to the autumn of 2025."""
    world = named_list(seed=5, weeks=100, every=28, number=30, level=300.0)
    cells = world.vintages.counts.rename_axis(columns="vintage").stack().dropna()
    cells.astype(int).rename("count").reset_index().to_csv(path, index=False)


FILES = {
    "mine.csv": national_table,
    "country.csv": country,
    "AUS.csv": territory(1),
    "AUT.csv": territory(2),
    "rosstat_deaths_by_region_1990_2023.csv.gz": regions,
    "extract.csv": records,
    "registry.csv": records,
    "matched.csv": matched_sample,
    "triangle.parquet": triangle,
    "t.parquet": triangle,
    "list.csv": vintages,
}
