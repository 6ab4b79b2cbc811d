"""From 12 million records to a triangle, against pandas: ``python benchmarks/ingest.py [--rows N]``.

Writes a seeded extract (names, dates of birth, death and opening) to a temporary folder, reads it in
a process of its own by each way, and prints seconds and peak resident memory as JSON. The ways:

- ours: `read_registry`, with sex from the patronymic, duplicates looked for, and all rules reported;
- pandas: read_csv, to_datetime and groupby by week of death and delay alone: dates, no cleaning;
- pandas_same: the same triangle with pandas: sex from the patronymic, duplicates, age, groupby.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

EXTRACTED = "2023-06-26"
BLOCK = 500_000
SURNAMES = "Смирнов Иванов Кузнецов Соколов Попов Лебедев Козлов Новиков Морозов Петров".split()
STEMS = "Александр Алексей Андре Борис Виктор Владимир Евгень Иван Михайл Никола Петр Степан".split()
DATES = {"Дата рождения": "birth", "Дата смерти": "death", "Дата открытия дела": "opened"}


def write_extract(path, rows, seed=1):
    """Write a registry extract in blocks; one record in five hundred appears twice."""
    import polars as pl

    rng = np.random.default_rng(seed)
    first = np.datetime64("2014-01-01")
    span = int((np.datetime64(EXTRACTED) - first).astype(int)) - 1
    with open(path, "wb") as file:
        file.write("Номер дела;ФИО;Дата рождения;Дата смерти;Дата открытия дела\n".encode())
        for start in range(0, rows, BLOCK):
            n = min(BLOCK, rows - start)
            death = rng.integers(0, span, n)
            opened = np.minimum(death + rng.gamma(2.0, 60.0, n).astype(int), span)
            age = rng.integers(15 * 365, 95 * 365, n)
            male = rng.random(n) < 0.55
            number = rng.integers(0, 100_000, n)
            surname = np.array(SURNAMES)[number % 10]
            given = np.array(STEMS)[number // 10 % 12]
            stem = np.array(STEMS)[number // 120 % 12]
            frame = pl.DataFrame({
                "number": np.arange(start, start + n),
                "surname": surname, "end": np.where(male, "", "а"), "given": given, "stem": stem,
                "last": np.where(male, "ович", "овна"),
                "birth": first + death - age, "death": first + death, "opened": first + opened,
            })  # fmt: skip
            dates = [pl.col(name).cast(pl.Date).dt.to_string("%d.%m.%Y") for name in DATES.values()]
            block = frame.select(
                pl.format("{}/2023", "number"),
                pl.concat_str(
                    pl.col("surname") + pl.col("end"), "given", pl.col("stem") + pl.col("last"),
                    separator=" ",
                ),
                *dates,
            )  # fmt: skip
            block[: n // 500].write_csv(file, include_header=False, separator=";")
            block[: n - n // 500].write_csv(file, include_header=False, separator=";")


def ours(path):
    import estimator.sources.registry.read as registry

    triangle, quality = registry.read_registry(path, extracted_on=EXTRACTED)
    return {"cases": triangle.total, "read": quality.read, "kept": quality.kept}


def read_pandas(path):
    import pandas as pd

    table = pd.read_csv(path, sep=";").rename(columns=DATES)
    for name in DATES.values():
        table[name] = pd.to_datetime(table[name], format="%d.%m.%Y")
    return table


def weeks(table):
    death = table["death"].dt.to_period("W").dt.start_time
    opened = table["opened"].dt.to_period("W").dt.start_time
    return table.assign(week=death, delay=(opened - death).dt.days // 7)


def pandas(path):
    cells = weeks(read_pandas(path)).groupby(["week", "delay"]).size()
    return {"cases": int(cells.sum())}


def pandas_same(path):
    import pandas as pd

    table = read_pandas(path)
    table = table.sort_values("opened").drop_duplicates(["ФИО", "birth", "death"])
    sex = table["ФИО"].str.endswith("вна").map({True: "female", False: "male"})
    early = (table["death"].dt.month * 100 + table["death"].dt.day) < (
        table["birth"].dt.month * 100 + table["birth"].dt.day
    )
    age = table["death"].dt.year - table["birth"].dt.year - early
    band = pd.cut(age, range(15, 71, 5), right=False)
    table = weeks(table.assign(sex=sex, band=band))
    table = table[(table["delay"] <= 156) & table["band"].notna()]
    cells = table.groupby(["sex", "band", "week", "delay"], observed=True).size()
    return {"cases": int(cells.sum())}


WAYS = {"ours": ours, "pandas": pandas, "pandas_same": pandas_same}


def measure(way, path):
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--way", way, "--file", str(path)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return {"seconds": round(time.perf_counter() - started, 1)} | json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=12_000_000)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--only", nargs="*", default=list(WAYS))
    chosen = parser.parse_args()
    if chosen.way:
        result = WAYS[chosen.way](chosen.file)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # kB on Linux
        print(json.dumps(result | {"peak_gb": round(peak, 2)}))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.file or Path(folder) / "extract.csv"
        if not path.exists():
            write_extract(path, chosen.rows)
        result = {"rows": chosen.rows, "file_gb": round(path.stat().st_size / 1024**3, 2)}
        for way in chosen.only:
            result[way] = measure(way, path)
            print(way, result[way], file=sys.stderr)
    if {"ours", "pandas"} <= set(result):
        for way in set(result) & {"pandas", "pandas_same"}:
            result[f"times_faster_than_{way}"] = round(result[way]["seconds"] / result["ours"]["seconds"], 1)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
