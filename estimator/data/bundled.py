"""Published figures that ship with the package: found by id, authenticated, then read."""

import hashlib
from functools import cache
from pathlib import Path

import pandas as pd

from estimator.errors import DataError

FIXTURES = Path(__file__).parents[1] / "_fixtures"
if not FIXTURES.exists():  # a checkout keeps them beside the package
    FIXTURES = Path(__file__).parents[2] / "fixtures"


@cache
def manifest() -> pd.DataFrame:
    """Return the manifest of bundled tables, one row a table, indexed by id."""
    table = pd.read_csv(FIXTURES / "MANIFEST.csv", dtype=str, keep_default_na=False)
    return table.set_index("id", drop=False)


def bundled_path(table_id: str) -> Path:
    """Return the path of a bundled table whose checksum agrees with the manifest."""
    table = manifest()
    if table_id not in table.index:
        raise DataError(f"no bundled table {table_id!r}. There are: {', '.join(sorted(table.index))}.")
    path = FIXTURES / table.loc[table_id, "path"]
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    if checksum != table.loc[table_id, "sha256"]:
        raise DataError(
            f"{path.name}: checksum {checksum[:12]}… is not the one in MANIFEST.csv. The file was changed; "
            "restore it, or update the manifest together with the reason in SOURCES.md."
        )
    return path


def read_bundled(table_id: str) -> pd.DataFrame:
    """Read a bundled table by its id; see `manifest` for what there is."""
    return pd.read_csv(bundled_path(table_id))
