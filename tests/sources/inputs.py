"""Tables and extracts as offices and registries export them, to be changed by tests of inputs."""

import numpy as np
import pandas as pd
import pytest

from estimator.errors import DataError
from estimator.sources.registry.read import read_registry
from tests.sources.registry_extracts import crowd

YEARS, AGES = range(2000, 2013), ("15-19", "20-24", "25-29", "30-34", "35-39", "40-44")


def deaths(scale=1.0, seed=1, **more):
    """Return a tidy table of deaths, as many as in a province, in words of an office's export."""
    rng = np.random.default_rng(seed)
    rows = [
        (year, sex, age, rng.poisson(scale * (100 + 80 * i) * (2 if sex == "m" else 1)))
        for year in YEARS
        for sex in ("f", "m")
        for i, age in enumerate(AGES)
    ]
    return pd.DataFrame(rows, columns=["Year", "Sex", "Age", "Deaths"]).assign(**more)


def save(folder, table, name="table.csv", **options):
    path = folder / name
    if isinstance(table, str):
        path.write_text(table)
    else:
        table.to_csv(path, index=False, **options)
    return path


def locale(number, thousands, decimal, digits):
    text = f"{number:,.{digits}f}"
    return text.translate(str.maketrans({",": thousands, ".": decimal}))


def answer_of(read, path, **options):
    """Return what a reader answers and an empty text, or None and its refusal."""
    try:
        return read(path, **options), ""
    except DataError as refusal:
        return None, str(refusal)


def refused(read, path, *parts, **options):
    with pytest.raises(DataError) as caught:
        read(path, **options)
    message = str(caught.value)
    assert message.startswith(path.name)
    for part in parts:
        assert part in message, message
    return message


def triangle_table(seed=1, delays=12):
    rng = np.random.default_rng(seed)
    weeks = pd.date_range("2021-01-04", periods=10, freq="7D").strftime("%Y-%m-%d")
    rows = [
        (week, sex, "20-24", delay, rng.poisson(20 * np.exp(-delay / 4)))
        for week in weeks
        for sex in ("f", "m")
        for delay in range(delays)
    ]
    return pd.DataFrame(rows, columns=["week", "sex", "age", "delay", "cases"])


def running(table):
    return table.assign(cases=table.groupby(["week", "sex", "age"])["cases"].cumsum())


def provinces(seed, n=9):
    """Return regions of unlike sizes and unlike ages."""
    rng = np.random.default_rng(seed)
    parts = [deaths(rng.uniform(0.3, 6), seed + i, Region=f"P{i}") for i in range(n)]
    for part in parts:
        part["Deaths"] = (part["Deaths"] * part["Age"].map(
            dict(zip(AGES, rng.uniform(0.8, 1.2, len(AGES))))
        )).round().astype(int)  # fmt: skip
    return parts


def together(parts, name, missing=0):
    whole = pd.concat(parts).groupby(["Year", "Sex", "Age"], as_index=False)["Deaths"].sum()
    whole.loc[whole.index[::7], "Deaths"] += missing
    return whole.assign(Region=name)


EXTRACTED = {"extracted_on": "2023-06-25"}


def extract(**changes):
    """Return a registry extract of 400 cases, all usable, with columns replaced."""
    frame = pd.DataFrame(crowd(400))
    for column, change in changes.items():
        frame[SAID[column]] = change(frame[SAID[column]])
    return frame


SAID = {"birth": "Дата рождения", "death": "Дата смерти", "opened": "Дата открытия дела"}


def dates(form):
    return lambda column: pd.to_datetime(column).dt.strftime(form)


def every(step, change):
    return lambda column: column.where(np.arange(len(column)) % step > 0, change(column))


def instants(zone, form="%Y-%m-%dT%H:%M:%S.000Z"):
    def change(column):
        return pd.to_datetime(column).dt.tz_localize(zone).dt.tz_convert("UTC").dt.strftime(form)

    return change


def same(path, expected, **options):
    np.testing.assert_array_equal(
        read_registry(path, **EXTRACTED, **options)[0].cases.values, expected.cases.values
    )


def serial(column):
    days = (pd.to_datetime(column) - pd.Timestamp("1899-12-30")).dt.days
    return days.astype(str)
