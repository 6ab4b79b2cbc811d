"""Tables from anywhere: encodings, delimiters and column names are forgiven, content is not."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from estimator.data.redaction import letters, missing_column, quoted
from estimator.errors import DataError

ENCODINGS = ("utf-8-sig", "cp1251")
DELIMITERS = ",;\t|"
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S")


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
    refuse_no_file(path)
    content = path.read_bytes()
    if content[:4] == b"PAR1":
        return _read_parquet(path)
    if content[:2] == b"\x1f\x8b":
        content = _decompress(content, path.name)
    text, encoding = _decode(content, path.name)
    if not text.strip():
        raise DataError(f"{path.name}: the file is empty. Export the table again.")
    table = _parse(text, path.name)
    table.columns = [str(column).strip().lower() for column in table.columns]
    table.attrs["encoding"] = encoding
    return table


def refuse_no_file(path: Path) -> None:
    """Raise a DataError where there is no file of this name, or it is a folder."""
    if path.is_dir():
        raise DataError(f"{path.name}: this is a folder. Name a file in it.")
    if not path.is_file():
        raise DataError(f"{path.name}: no such file. Check the path.")


def _read_parquet(path: Path) -> pd.DataFrame:
    table = None
    try:
        table = pd.read_parquet(path)
    except Exception:  # a damaged file fails in many ways inside pyarrow
        pass
    if table is None:  # outside the except block: the cause may quote the file
        raise DataError(
            f"{path.name}: begins as Parquet but cannot be read; it may be damaged. Copy it again."
        )
    if table.empty:
        raise DataError(f"{path.name}: a header but no rows. Export the table again.")
    table = table.reset_index(drop=all(level is None for level in table.index.names))
    table.columns = [str(column).strip().lower() for column in table.columns]
    text = table.map(lambda value: None if pd.isna(value) else str(value).strip() or None)
    table = text.astype(object).where(text.notna(), None)
    table.index = pd.RangeIndex(2, len(table) + 2)
    return table


def _decompress(content: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as problem:
        raise DataError(
            f"{name}: begins as gzip but cannot be read; it may be cut short. Copy it again."
        ) from problem


def _decode(content: bytes, name: str) -> tuple[str, str]:
    head = content[:64]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or {0} in (set(head[::2]), set(head[1::2])):
        raise DataError(f"{name}: this is UTF-16 text. Save it as UTF-8.")
    if content[:4] == b"PK\x03\x04":
        raise DataError(
            f"{name}: this is a zip archive or a workbook. Unpack it, or export it as CSV."
        )
    if b"\x00" in content[:65536]:
        raise DataError(f"{name}: this is a binary file. Export it as CSV or Parquet.")
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        controls = sum(ord(c) < 32 and c not in "\r\n\t\f" for c in text[:65536])
        if controls == 0:
            return text, encoding
    raise DataError(f"{name}: neither UTF-8 nor cp1251 text. Save it as UTF-8.")


def _parse(text: str, name: str) -> pd.DataFrame:
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip())
    counts = {delimiter: lines[start].count(delimiter) for delimiter in DELIMITERS}
    delimiter = max(counts, key=lambda d: counts[d])
    if counts[delimiter] == 0:
        raise DataError(
            f"{name}: row {start + 1}: found one column. Columns are told apart by a comma, "
            "semicolon, tab or vertical bar; export it again with one of these."
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns: list[str] = []
    rows: list[list[str | None]] = []
    numbers: list[int] = []
    number = 0
    try:
        for row in reader:
            number, before = reader.line_num, number
            if not any(field.strip() for field in row):
                continue
            if not columns:
                columns = row
            elif len(row) != len(columns):
                raise DataError(
                    f"{name}: row {before + 1} has {len(row)} fields, the header has "
                    f"{len(columns)}. Correct the row (an unquoted {delimiter!r}, or another "
                    "delimiter than the header's?)."
                )
            else:
                rows.append([field.strip() or None for field in row])
                numbers.append(before + 1)
    except csv.Error as problem:
        raise DataError(
            f"{name}: row {number + 1} cannot be read ({problem}). Look for a stray quote."
        ) from problem
    if not rows:
        raise DataError(f"{name}: a header but no rows. Export the table again.")
    return pd.DataFrame(rows, columns=columns, index=numbers, dtype=object)


def find_columns(
    columns: Iterable[str], aliases: Mapping[str, Sequence[str]], name: str
) -> dict[str, str]:
    """Return the file's own names of the columns that are known, by canonical name.

    Case, spaces, hyphens and underscores do not tell names apart: ``Age group`` is ``age_group``.

    Parameters
    ----------
    columns : iterable of str
        The columns of the file.
    aliases : mapping
        Canonical name to the other names users write.
    name : str
        The file's name, for errors.

    Raises
    ------
    DataError
        If two columns claim the same meaning.
    """
    columns = list(columns)
    found: dict[str, str] = {}
    for canonical, names in aliases.items():
        known = {letters(alias) for alias in (canonical, *names)}
        hits = [column for column in columns if letters(column) in known]
        if len(hits) > 1:
            places = [str(i) for i, column in enumerate(columns, 1) if letters(column) in known]
            raise DataError(
                f"{name}: columns {' and '.join(hits)} both mean {canonical} (in row 1, columns "
                f"{' and '.join(places)}). Remove one."
            )
        if hits:
            found[canonical] = hits[0]
    return found


def choose_columns(
    table: pd.DataFrame, aliases: Mapping[str, Sequence[str]], required: Sequence[str], name: str
) -> pd.DataFrame:
    """Return the known columns under their canonical names.

    Parameters
    ----------
    table : DataFrame
        As `read_table` gives it.
    aliases : mapping
        Canonical name to the other names users write.
    required : sequence of str
        Canonical names that must be found.
    name : str
        The file's name, for errors.

    Raises
    ------
    DataError
        If a required column is missing, or two columns claim the same meaning.
    """
    chosen = find_columns(table.columns, aliases, name)
    if missing := [column for column in required if column not in chosen]:
        raise missing_column(
            ", ".join(missing), table.columns, aliases, name, f"Rename a column to {missing[0]}.",
            encoding=table.attrs.get("encoding"),
        )  # fmt: skip
    return table[list(chosen.values())].set_axis(list(chosen), axis=1)


def to_number(
    column: pd.Series,
    name: str,
    *,
    whole: bool = False,
    least: float = -math.inf,
    positive: bool = False,
    remedy: str = "Correct or remove these rows.",
) -> pd.Series:
    """Convert text to numbers, refusing what is not one.

    Parameters
    ----------
    column : Series
        Text; its name and index (row numbers) go into the error.
    name : str
        The file's name.
    whole : bool
        Whether fractions are refused.
    least : float
        The smallest number allowed.
    positive : bool
        Whether zero and less are refused.
    remedy : str
        What to do about rows at fault, in a sentence.

    Raises
    ------
    DataError
        If a value is missing, not a finite number, not whole where it must be, or too small.
    """
    text = column.astype("string").str.replace(r"[ \u00a0\u202f]", "", regex=True)
    parsed = pd.to_numeric(text, errors="coerce").astype("Float64")
    numbers = pd.Series(parsed.to_numpy(float, na_value=math.nan), index=column.index)
    tests = (
        (~numbers.between(-1e15, 1e15), "a number"),
        (numbers % 1 != 0, "a whole number") if whole else (numbers != numbers, "a number"),
        (numbers < least, f"{least:g} or more"),
        (numbers <= 0 if positive else numbers != numbers, "more than zero"),
    )
    for bad, kind in tests:
        if bad.any():
            at = int(bad.to_numpy().argmax())
            found = column.iloc[at]
            what = "missing, and must be" if pd.isna(found) else f"{quoted(found)} is not"
            raise DataError(
                f"{name}: column {column.name}, row {column.index[at]}: {what} {kind} "
                f"(such values: {int(bad.sum())}). {remedy}"
            )
    return numbers.astype("int64" if whole else "float64")


def to_date(column: pd.Series, *forms: str) -> pd.Series:
    """Return text as dates of the years 1000 to 2999, NaT where it is none.

    Parameters
    ----------
    column : Series
        Text such as ``2022-02-24`` or ``24.02.2022``.
    *forms : str
        Further formats, as in `datetime.strptime`.
    """
    # in seconds: in nanoseconds the years before 1678 would not fit
    dates = pd.Series(pd.NaT, index=column.index, dtype="datetime64[s]")
    for form in (*DATES, *forms):
        parsed = pd.to_datetime(column, format=form, errors="coerce")
        dates = dates.fillna(parsed.astype("datetime64[s]"))
    return dates.where(dates.dt.year.between(1000, 2999))


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
