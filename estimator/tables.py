"""Tables from anywhere: encodings, delimiters and column names are forgiven, content is not."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from estimator.errors import DataError

ENCODINGS = ("utf-8-sig", "cp1251")
DELIMITERS = ",;\t|"


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a CSV, TSV, gzipped text or Parquet table as text columns.

    UTF-8 (with or without a byte-order mark) and cp1251 are read; the delimiter is found from the
    header. Column names are stripped and lower-cased; row numbers of the file are kept as the index
    (the first data row is row 2), so that errors can name them.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    DataFrame
        Text columns; empty fields are missing values.

    Raises
    ------
    DataError
        If the file is missing, empty, binary, in another encoding, or has a single column.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path.name}: no such file. Check the path.")
    content = path.read_bytes()
    if content[:4] == b"PAR1":
        return _read_parquet(path)
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    text = _decode(content, path.name)
    if not text.strip():
        raise DataError(f"{path.name}: the file is empty. Export the table again.")
    table = _parse(text, path.name)
    table.columns = [str(column).strip().lower() for column in table.columns]
    return table


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as problem:
        raise DataError(
            f"{path.name}: begins as Parquet but cannot be read; it may be cut short. Copy it again."
        ) from problem
    table = table.reset_index(drop=True)
    table.columns = [str(column).strip().lower() for column in table.columns]
    table = table.astype(object).where(table.notna(), None).map(
        lambda value: None if value is None else str(value)
    )
    table.index = pd.RangeIndex(2, len(table) + 2)
    return table


def _decode(content: bytes, name: str) -> str:
    if b"\x00" in content[:65536]:
        raise DataError(f"{name}: this is a binary file. Export it as CSV or Parquet.")
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        controls = sum(ord(c) < 32 and c not in "\r\n\t\f" for c in text[:65536])
        if controls == 0:
            return text
    raise DataError(f"{name}: neither UTF-8 nor cp1251 text. Save it as UTF-8.")


def _parse(text: str, name: str) -> pd.DataFrame:
    header = text.lstrip().splitlines()[0]
    counts = {delimiter: header.count(delimiter) for delimiter in DELIMITERS}
    delimiter = max(counts, key=lambda d: counts[d])
    if counts[delimiter] == 0:
        raise DataError(
            f"{name}: found one column, {header[:60]!r}. Columns are told apart by a comma, semicolon, "
            "tab or vertical bar; export it again with one of these."
        )
    width = len(next(csv.reader([header], delimiter=delimiter)))
    rows, numbers = [], []
    for number, row in enumerate(csv.reader(io.StringIO(text.lstrip()), delimiter=delimiter), start=1):
        if number == 1 or not any(field.strip() for field in row):
            continue
        if len(row) != width:
            raise DataError(
                f"{name}: row {number} has {len(row)} fields, the header has {width}. "
                "Correct the row (an unquoted delimiter?)."
            )
        rows.append([field.strip() or None for field in row])
        numbers.append(number)
    if not rows:
        raise DataError(f"{name}: a header but no rows. Export the table again.")
    columns = next(csv.reader([header], delimiter=delimiter))
    return pd.DataFrame(rows, columns=columns, index=numbers, dtype=object)


def choose_columns(
    table: pd.DataFrame, aliases: Mapping[str, Sequence[str]], required: Sequence[str], name: str
) -> pd.DataFrame:
    """Return the known columns under their canonical names.

    Parameters
    ----------
    table : DataFrame
        As `read_table` gives it.
    aliases : mapping
        Canonical name to the lower-case names users write.
    required : sequence of str
        Canonical names that must be found.
    name : str
        The file's name, for errors.

    Raises
    ------
    DataError
        If a required column is missing, or two columns claim the same meaning.
    """
    chosen: dict[str, str] = {}
    for canonical, names in aliases.items():
        hits = [column for column in table.columns if column in {canonical, *names}]
        if len(hits) > 1:
            raise DataError(f"{name}: columns {' and '.join(hits)} both mean {canonical}. Remove one.")
        if hits:
            chosen[canonical] = hits[0]
    if missing := [column for column in required if column not in chosen]:
        raise DataError(
            f"{name}: column {', '.join(missing)} is missing; found {', '.join(table.columns)}. "
            f"Rename a column to {missing[0]}."
        )
    return table[list(chosen.values())].set_axis(list(chosen), axis=1)


def to_number(column: pd.Series, name: str, *, whole: bool = False) -> pd.Series:
    """Convert text to numbers, refusing what is not one.

    Parameters
    ----------
    column : Series
        Text; its name and index (row numbers) go into the error.
    name : str
        The file's name.
    whole : bool
        Whether fractions are refused.

    Raises
    ------
    DataError
        If a value is missing, not a finite number, or not whole where it must be.
    """
    text = column.astype("string").str.replace(" ", "").str.replace(" ", "")
    numbers = pd.to_numeric(text, errors="coerce").astype("Float64").to_numpy(float, na_value=float("nan"))
    bad = ~pd.Series(numbers, index=column.index).between(-1e15, 1e15)
    if whole:
        bad |= pd.Series(numbers % 1 != 0, index=column.index)
    if bad.any():
        row = bad.idxmax()
        found = column.loc[row]
        what = "missing" if found is None or pd.isna(found) else f"{found!r}"
        kind = "a whole number" if whole else "a number"
        raise DataError(
            f"{name}: {int(bad.sum())} values of {column.name} are not {kind}, first in row {row}: {what}. "
            "Correct or remove these rows."
        )
    return pd.Series(numbers, index=column.index).astype("int64" if whole else "float64")


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
