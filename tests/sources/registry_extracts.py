"""Small registry extracts for tests: one record is a dict, a file is a list of them."""

import numpy as np
import pandas as pd

EXTRACTED = "2023-06-25"  # a Sunday
NAMES = ("Тайнов Секрет Планетович", "Тайнова Загадка Планетовна")
"""Planted: no output may hold any of these words."""
PLANTED = ("тайнов", "секрет", "загадка", "планетов", "тайнова", "1983-04-17", "17.04.1983")


def record(man=True, death="2022-03-02", opened="2022-05-11", birth="1983-04-17", **more):
    return {
        "ФИО": NAMES[0] if man else NAMES[1],
        "Дата рождения": birth,
        "Дата смерти": death,
        "Дата открытия дела": opened,
    } | more


def crowd(n=400, seed=1, **more):
    """Return records of as many persons, all usable, of both sexes and ages 15 to 69."""
    rng = np.random.default_rng(seed)
    death = np.datetime64("2021-01-04") + rng.integers(0, 500, n).astype("timedelta64[D]")
    opened = death + rng.integers(0, 300, n).astype("timedelta64[D]")
    birth = death - rng.integers(5500, 25000, n).astype("timedelta64[D]")
    men = rng.random(n) < 0.6
    return [
        record(bool(m), str(d), str(o), str(b)) | {"№": i} | more
        for i, (m, d, o, b) in enumerate(zip(men, death, opened, birth))
    ]


def write(path, records, sep=";", encoding="utf-8", **options):
    frame = pd.DataFrame(records)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, sep=sep, encoding=encoding, index=False, **options)
    return path
