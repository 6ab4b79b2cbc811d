"""Damaged inputs for every reader: ``python benchmarks/fuzz.py [--minutes 10] [--seed 1] [--reader counts]``.

Good files of each kind are damaged by hypothesis: cells, columns, rows, delimiters, encodings, bytes, other
formats. A reader may answer or refuse with one of the package's errors; anything else is a fault: another
exception, a message of several lines or with a planted name in it, more than ten seconds of computing. Faults
are printed in their smallest form, and the exit code is 1; so it is if memory rose above 1 GB.
"""

import argparse
import gzip
import io
import json
import resource
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from polars.exceptions import PanicException

from estimator.errors import DataError
from estimator.sources.deaths import read_counts
from estimator.sources.matched_sample import read_matched_sample
from estimator.sources.minimum import read_minimum
from estimator.sources.named_list_vintages import read_list_vintages
from estimator.sources.registry.patronymic import read_patronymics
from estimator.sources.registry.read import read_registry
from estimator.sources.registry.tables import read_triangle
from estimator.sources.rosstat import read_rosstat_regions

NAMES = ("Тайнов Секрет Планетович", "Тайнова Загадка Планетовна")
PLANTED = ("тайнов", "секрет", "загадка", "планетов")
SLOW, MOST_MEMORY, MOST_FAULTS = 10.0, 1.0, 20
DAY = {"extracted_on": "2023-06-25"}
READERS = {
    "counts": lambda path: read_counts(path),
    "counts of a zone": lambda path: read_counts(path, unknown_age="drop", timezone="Asia/Tokyo"),
    "minimum": lambda path: read_minimum(path, vintage="2024-01-01"),
    "vintages": lambda path: read_list_vintages(path),
    "triangle": lambda path: read_triangle(path, **DAY),
    "running triangle": lambda path: read_triangle(path, cumulative=True, **DAY),
    "saved triangle": lambda path: read_triangle(path),
    "records": lambda path: read_registry(path, **DAY),
    "all records": lambda path: read_registry(
        [path, path], losses="accept", january="drop", future_openings="drop", timezone="Europe/Moscow", **DAY
    ),
    "matched": lambda path: read_matched_sample(path, vintage="2024-01-01"),
    "patronymics": read_patronymics,
    "Rosstat's regions": read_rosstat_regions,
}


def good_tables():
    """Return good tables of each kind, by reader."""
    rng = np.random.default_rng(1)
    cells = pd.MultiIndex.from_product([range(2000, 2006), ["f", "m"], ["15-19", "20-24", "25+"]])
    counts = cells.to_frame(index=False, name=["Year", "Sex", "Age"])
    counts["Deaths"] = rng.poisson(900, len(counts))
    wide = (
        counts.pivot_table(index=["Sex", "Age"], columns="Year", values="Deaths")
        .reset_index()
        .rename(columns=str)
    )
    weeks = pd.date_range("2022-02-28", periods=8, freq="7D").strftime("%Y-%m-%d")
    cells = pd.MultiIndex.from_product([weeks, ["ж", "м"], ["20-24"], range(4)])
    triangle = cells.to_frame(index=False, name=["week", "sex", "age", "delay"])
    triangle["cases"] = rng.poisson(9, len(triangle))
    vintages = pd.MultiIndex.from_product([["2024-01-01", "2024-02-01"], weeks]).to_frame(index=False)
    vintages = vintages.set_axis(["vintage", "week", "count"][:2], axis=1).assign(count=5)
    death = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 400, 60), unit="D")
    records = pd.DataFrame({
        "Номер дела": np.arange(60), "ФИО": np.resize(NAMES, 60), "Дата рождения": "1983-04-17",
        "Дата смерти": death.strftime("%Y-%m-%d"),
        "Дата открытия дела": (death + pd.Timedelta("60D")).strftime("%Y-%m-%d"),
    })  # fmt: skip
    days = pd.date_range("2022-03-01", periods=20).strftime("%Y-%m-%d")
    regions = pd.MultiIndex.from_product(
        [["Тула", "Тверь"], [2000, 2001], ["Всего", "15-19 лет", "20 и более"], ["f", "m"]]
    ).to_frame(index=False, name=["Region", "Year", "Age", "Gender"])
    regions["Deaths"] = np.where(regions["Age"] == "Всего", 20, 10)
    return {
        "counts": counts, "counts of a zone": wide,
        "minimum": pd.DataFrame({"date": days, "count": rng.poisson(5, 20)}),
        "vintages": vintages, "triangle": triangle,
        "saved triangle": triangle.copy(),
        "running triangle": triangle.assign(cases=triangle.groupby(["week", "sex"])["cases"].cumsum()),
        "records": records, "all records": records.drop(columns="Номер дела"),
        "matched": pd.DataFrame({"age_low": [20, 25], "age_high": [24, 29], "found": [5, 7], "sampled": 9}),
        "patronymics": pd.DataFrame({"patronymic": ["Али", *NAMES], "sex": [1, 1, 0], "count": 9}),
        "Rosstat's regions": regions,
    }  # fmt: skip


TABLES = good_tables()
ODD = st.one_of(
    st.sampled_from([
        "", " ", ".", "..", "-", "0", "-1", "1e400", "nan", "inf", "1.234", "1,5", "1 234", "٣", "½", "１２",
        "2022-02-30", "31.12.2022", "03/04/2022", "3.4.22", "2022-W53", "2022-W99", "44620", "20220230",
        "2022-03-06T21:00:00Z", "0000-00-00", "9999-12-31", "1944-00-00", "15-19", "85+", "UNK", "Total",
        '"', "'", ";", ",", "\t", "\x00", "\ufeff", "#", "a\nb", "=1+1", "NULL", "№", "Suppressed", "9999",
        "9" * 400, "оглы", *NAMES, "17.04.1983",
    ]),
    st.text(max_size=12),
)  # fmt: skip
PLACE = st.integers(0, 10_000)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("cell"), PLACE, PLACE, ODD),
        st.tuples(st.just("column of"), PLACE, ODD),
        st.tuples(
            st.just("header"), PLACE, ODD | st.sampled_from(["week", "year", "date", "region", "notes"])
        ),
        st.tuples(
            st.sampled_from(["drop column", "twice column", "drop row", "twice row", "cut rows"]), PLACE
        ),
        st.tuples(st.sampled_from(["running", "shuffle", "no rows", "as float"])),
    ),
    max_size=4,
)
WRITINGS = st.tuples(
    st.sampled_from(";,\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8-r", "cp866", "utf-16-be"]),
    st.sampled_from(["text", "text", "text", "gzip", "parquet"]),
    st.sampled_from(["", "sep=;\n", "A title, of a table\n\n", "# note\n", "\n\n", "  Year   Age   Male\n"]),
    st.sampled_from(["", "\n", "\nSource: an office, 2024\n", '\n"---"\n"a note"\n', "\n;;;\n", '\n"']),
)
BYTES = st.lists(
    st.tuples(st.sampled_from(["flip", "cut", "insert"]), PLACE, st.binary(max_size=4)), max_size=3
)


def with_cell(table, row, column, value):
    table = table.astype(object)
    if table.size:
        table.iloc[row % len(table), column % table.shape[1]] = value
    return table


def with_column(table, column, value):
    table = table.astype(object)
    if table.size:
        table.isetitem(column % table.shape[1], [value] * len(table))
    return table


def with_header(table, column, name):
    names = list(table.columns)
    names[column % max(len(names), 1) :][:1] = [name]
    return table.set_axis([*names[: len(table.columns)]], axis=1)


def without(table, place, axis):
    size = table.shape[axis]
    kept = [n for n in range(size) if n != place % max(size, 1)]
    return table.iloc[:, kept] if axis else table.iloc[kept]


def again(table, place, axis):
    size = table.shape[axis]
    places = [*range(size), *([place % size] if size else [])]
    return table.iloc[:, places] if axis else table.iloc[places]


def running(table):
    if not table.columns.is_unique:
        return table
    return table.assign(**{name: table[name].cumsum() for name in table.select_dtypes("number")})


DAMAGES = {
    "cell": with_cell, "column of": with_column, "header": with_header,
    "drop column": lambda t, n: without(t, n, 1), "drop row": lambda t, n: without(t, n, 0),
    "twice column": lambda t, n: again(t, n, 1), "twice row": lambda t, n: again(t, n, 0),
    "cut rows": lambda t, n: t.iloc[: n % max(len(t), 1)], "running": running,
    "shuffle": lambda t: t.sample(frac=1, random_state=1), "no rows": lambda t: t.iloc[:0],
    "as float": lambda t: t.apply(lambda column: pd.to_numeric(column, errors="coerce")),
}  # fmt: skip


def saved(folder):
    """Return the bytes of a saved triangle."""
    TABLES["triangle"].to_csv(folder / "triangle.csv", index=False)
    path = read_triangle(folder / "triangle.csv", **DAY).save(folder / "t.parquet")
    return path.read_bytes()


def written(table, writing, folder):
    """Return the bytes of a file; the triangle that is saved is what it is."""
    mark, encoding, kind, above, below = writing
    if table is TABLES["saved triangle"]:
        return saved(folder)
    if kind == "parquet":
        buffer = io.BytesIO()
        names = [f"{name}" if list(table.columns).index(name) == n else f"{name}.{n}"
                 for n, name in enumerate(table.columns)]  # fmt: skip
        table.astype(str).set_axis(names, axis=1).to_parquet(buffer)
        return buffer.getvalue()
    text = above + table.to_csv(index=False, sep=mark, escapechar="\\") + below
    content = text.encode(encoding, errors="replace")
    return gzip.compress(content) if kind == "gzip" else content


def damaged(content, changes):
    """Return bytes with some flipped, cut off or inserted."""
    for kind, place, more in changes:
        at = place % max(len(content), 1)
        if kind == "cut":
            content = content[:at]
        else:
            content = content[:at] + more + content[at + (len(more) if kind == "flip" else 0) :]
    return content


def fault_of(reader, path):
    """Return what is wrong with a reader's answer to a file, or None."""
    started, said = time.process_time(), []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            answer = READERS[reader](path)
        answer = answer if isinstance(answer, tuple) else (answer,)
        said = [str(warning.message) for warning in caught]
        said += [] if reader == "patronymics" else [str(part) for part in answer]
    except DataError as problem:
        said = [str(problem)]
        if "\n" in said[0]:
            return f"a message of several lines: {said[0]!r}"
    except (Exception, PanicException) as problem:
        return f"{type(problem).__name__}: {problem}\n{traceback.format_exc(limit=-3)}"
    if spoken := [name for name in PLANTED if name in " ".join(said).casefold()]:
        return f"a message holds {spoken}: {said}"
    seconds = time.process_time() - started
    return f"took {seconds:.0f} s" if seconds > SLOW else None


def fuzz_batch(number, readers, folder, examples):
    """Return the smallest input with a fault among so many new ones, or None; count them in `examples`."""
    smallest: dict[str, str] = {}

    @seed(number)
    @settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck),
              phases=[Phase.generate, Phase.shrink], report_multiple_bugs=False)  # fmt: skip
    @given(st.sampled_from(readers), st.sampled_from(list(TABLES)), st.booleans(), CHANGES, WRITINGS, BYTES)
    def one(reader, other, same, changes, writing, spoiled):
        examples[0] += 1
        table = TABLES[reader if same else other]
        for kind, *places in changes:
            table = DAMAGES[kind](table, *places)
        path = folder / "input.csv"
        path.write_bytes(damaged(written(table, writing, folder), spoiled))
        if fault := fault_of(reader, path):
            kind = reader if same else f"{reader} of a file of {other}"
            smallest["fault"] = f"{kind}, {changes}, {writing}, {spoiled}\n  {fault}"
            raise AssertionError(fault)

    try:
        one()
    except Exception:  # the last one that failed is the smallest
        return smallest.get("fault", traceback.format_exc(limit=3))
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reader", choices=READERS, action="append")
    chosen = parser.parse_args()
    readers, examples, faults = chosen.reader or list(READERS), [0], []
    end, number = time.monotonic() + 60 * chosen.minutes, chosen.seed
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end and len(faults) < MOST_FAULTS:
            if fault := fuzz_batch(number, readers, Path(folder), examples):
                faults.append(fault)
                print(f"FAULT (batch {number}): {fault}", file=sys.stderr, flush=True)
            number += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # kB on Linux
    result = {
        "inputs": examples[0],
        "faults": len(faults),
        "peak_gb": round(peak, 2),
        "seeds": number - chosen.seed,
    }
    print(json.dumps(result))
    sys.exit(1 if faults or peak > MOST_MEMORY else 0)


if __name__ == "__main__":
    main()
