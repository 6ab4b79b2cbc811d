"""A reporting triangle on disk: Parquet of the cells that are not zero, with metadata."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from estimator.errors import DataError

FORMAT = "registry-excess triangle 1"
KEY = b"registry_excess"
INDEX = ("sex", "age", "period", "delay")


def write_cells(path: Path, cases: np.ndarray, meta: dict[str, Any]) -> Path:
    """Write cells, dims (sex, age, period, delay) and 0 where not observable, with JSON metadata.

    They are written next to the target, which is then replaced: the file is whole or not there.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    at = np.nonzero(cases)
    columns = {name: pa.array(index.astype("int32")) for name, index in zip(INDEX, at)}
    table = pa.table(columns | {"cases": pa.array(cases[at])})
    text = json.dumps({"format": FORMAT, "shape": cases.shape, **meta}, ensure_ascii=False)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        pq.write_table(table.replace_schema_metadata({KEY: text.encode()}), partial)
        partial.replace(path)
    except OSError as problem:
        raise DataError(f"{path.name}: cannot be written ({problem.strerror}).") from problem
    finally:
        partial.unlink(missing_ok=True)
    return path


def read_cells(path: Path) -> tuple[np.ndarray, dict[str, Any]]:
    """Read what `write_cells` wrote: the cases and the metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.is_dir():
        raise DataError(f"{path.name}: this is a folder. Name a file in it.")
    if not path.is_file():
        raise DataError(f"{path.name}: no such file. Check the path.")
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as problem:
        raise DataError(
            f"{path.name}: cannot be read as Parquet; it may be cut short. Copy it again, or read "
            "the records with read_registry."
        ) from problem
    meta = json.loads((table.schema.metadata or {}).get(KEY, b"{}"))
    if meta.pop("format", None) != FORMAT:
        raise DataError(
            f"{path.name}: not a saved triangle of this version ({FORMAT}). Write it with "
            "ReportingTriangle.save, or read records and other tables with read_registry."
        )
    cases = np.zeros(meta.pop("shape"))
    cases[tuple(table[name].to_numpy() for name in INDEX)] = table["cases"].to_numpy()
    return cases, meta


def cells_checksum(cases: np.ndarray, labels: Iterable[str]) -> str:
    """Return the SHA-256 of cells and labels, whatever file they came from."""
    digest = hashlib.sha256("|".join(labels).encode())
    digest.update(np.array(cases.shape, "<i8").tobytes())
    digest.update(np.nan_to_num(cases, nan=-1).astype("<f8").tobytes())
    return digest.hexdigest()
