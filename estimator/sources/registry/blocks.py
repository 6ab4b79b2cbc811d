"""Registry extracts in blocks of text columns: bounded memory, and no value in any error.

Errors name file, row and columns that are known words; never a line, a value or an unknown column
name, since in a file without a header these are persons.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, cast

import polars as pl

from estimator.errors import DataError
from estimator.sources.tables import DELIMITERS, find_columns, refuse_no_file

BLOCK = 1 << 23
ROWS = 200_000
Progress = Callable[[int], None]
"""Called with the number of bytes of the file dealt with since the last call."""


def read_blocks(
    path: Path, aliases: Mapping[str, Sequence[str]], progress: Progress | None = None
) -> Iterator[tuple[pl.LazyFrame, int]]:
    """Yield blocks of the known columns under canonical names, and the row each begins at.

    Parameters
    ----------
    path : Path
        CSV, TSV (UTF-8 or cp1251; comma, semicolon, tab or bar), either gzipped, or Parquet.
    aliases : mapping
        Canonical name to the other names users write.
    progress : callable, optional
        Told of bytes read.

    Raises
    ------
    DataError
        If the file is missing, empty, binary, cut short, in another encoding, or has a row of more
        fields than the header.
    """
    refuse_no_file(path)
    with open(path, "rb") as file:
        head = file.read(4)
    if head == b"PAR1":
        yield from _parquet(path, aliases, progress)
    else:
        yield from _text(path, aliases, progress, zipped=head[:2] == b"\x1f\x8b")


def _parquet(
    path: Path, aliases: Mapping[str, Sequence[str]], progress: Progress | None
) -> Iterator[tuple[pl.LazyFrame, int]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    row, fault = 1, False
    try:
        with pq.ParquetFile(path) as file:
            found = _known(file.schema_arrow.names, aliases, path.name)
            share = path.stat().st_size / max(file.metadata.num_rows, 1)
            for batch in file.iter_batches(ROWS, columns=list(found.values())):
                frame = pl.DataFrame(pa.Table.from_batches([batch]))
                frame = frame.rename({told: name for name, told in found.items()})
                plain = [c for c, dtype in frame.schema.items() if not dtype.is_temporal()]
                yield frame.with_columns(pl.col(plain).cast(pl.String, strict=False)).lazy(), row
                row += batch.num_rows
                if progress:
                    progress(int(share * batch.num_rows))
    except (pa.ArrowException, OSError):
        fault = True
    if fault:  # outside the except block: the cause may quote values
        where = f" after row {row}" if row > 1 else ""
        raise DataError(
            f"{path.name}: begins as Parquet but cannot be read{where}; it may be cut short. Copy "
            "it again."
        )


def _text(
    path: Path, aliases: Mapping[str, Sequence[str]], progress: Progress | None, *, zipped: bool
) -> Iterator[tuple[pl.LazyFrame, int]]:
    name = path.name
    pieces = _pieces(path, progress, zipped=zipped)
    first = next(pieces, b"")
    _refuse_binary(first, name)
    if not first or first.isspace():
        raise DataError(f"{name}: the file is empty. Export the registry again.")
    encoding = _encoding(first, name)
    line, _, rest = first.lstrip(b"\r\n").partition(b"\n")
    header = line.decode(encoding or "utf-8").rstrip("\r").removeprefix("\ufeff")
    delimiter = max(DELIMITERS, key=header.count)
    if header.count(delimiter) == 0:
        raise DataError(
            f"{name}: row 1: found one column. Columns are told apart by a comma, semicolon, tab or "
            "vertical bar; export it again with one of these."
        )
    columns = next(csv.reader([header], delimiter=delimiter))
    found = _known(columns, aliases, name)
    numbered = [f"column_{i}" for i in range(len(columns))]
    chosen = {told: name for name, told in found.items()}
    names = {old: chosen[column] for old, column in zip(numbered, columns) if column in chosen}
    mark = delimiter.encode()
    quoted = any(sign + b'"' in first for sign in (mark, b"\n")) or header.startswith('"')
    row, carry = 2, b""
    piece: bytes | None = rest
    while piece is not None:
        following = next(pieces, None)
        if following is None:
            whole = carry + piece
        else:
            whole, carry = _cut(carry + piece, quoted=quoted)
        if len(carry) > 4 * BLOCK:
            raise DataError(f"{name}: after row {row}: a quote is not closed. Correct it.")
        if whole and not whole.isspace():
            encoding = encoding or _encoding(whole, name)
            if b"\x00" in whole:
                _refuse_binary(b"\x00", name)
            block = _scan(whole, encoding, numbered, delimiter, quoted, row, name)
            yield block.select(names.keys()).rename(names).lazy(), row
            row += block.height
        piece = following
    if row == 2:
        raise DataError(f"{name}: a header but no rows. Export the registry again.")


def _pieces(path: Path, progress: Progress | None, *, zipped: bool) -> Iterator[bytes]:
    fault = False
    with open(path, "rb") as raw:
        file = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if zipped else raw)
        at = 0
        try:
            while piece := file.read(BLOCK):
                yield piece
                if progress:
                    progress(raw.tell() - at)
                at = raw.tell()
        except (OSError, EOFError, zlib.error):
            fault = True
    if fault:
        raise DataError(
            f"{path.name}: cannot be read to its end; it may be cut short. Copy it again."
        )


def _cut(text: bytes, *, quoted: bool) -> tuple[bytes, bytes]:
    """Split after the last line that is whole: not inside a quoted field."""
    end = text.rfind(b"\n") + 1
    if quoted:
        inside = text.count(b'"', 0, end) % 2
        while inside and end:
            before = text.rfind(b"\n", 0, end - 1) + 1
            inside = (inside + text.count(b'"', before, end)) % 2
            end = before
    return text[:end], text[end:]


def _scan(
    text: bytes, encoding: str | None, columns: list[str], delimiter: str, quoted: bool,
    row: int, name: str,
) -> pl.DataFrame:  # fmt: skip
    if encoding == "cp1251":
        text = text.decode("cp1251", errors="replace").encode()
    frame = None
    try:
        frame = pl.scan_csv(
            text, has_header=False, separator=delimiter, quote_char='"' if quoted else None,
            schema=dict.fromkeys(columns, pl.String), encoding="utf8",
        ).collect(engine="streaming")  # fmt: skip
    except pl.exceptions.PolarsError:
        pass
    if frame is None:  # outside the except block: the cause quotes the line
        raise _unreadable(text, len(columns), delimiter, row, name)
    return frame


def _unreadable(text: bytes, width: int, delimiter: str, row: int, name: str) -> DataError:
    try:
        lines = io.StringIO(text.decode(), newline="")
    except UnicodeDecodeError:
        return DataError(
            f"{name}: after row {row}: text that is not UTF-8, in a file that began so. Save all of "
            "it as UTF-8."
        )
    try:
        for number, fields in enumerate(csv.reader(lines, delimiter=delimiter), start=row):
            if len(fields) > width or (len(fields) < width and fields):
                return DataError(
                    f"{name}: row {number} has {len(fields)} fields, the header has {width}. "
                    f"Correct the row (an unquoted {delimiter!r}, or another delimiter?)."
                )
    except csv.Error:
        pass
    return DataError(f"{name}: after row {row}: a row cannot be read. Look for a stray quote.")


def _refuse_binary(head: bytes, name: str) -> None:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or {0} in (set(head[:64:2]), set(head[1:64:2])):
        raise DataError(f"{name}: this is UTF-16 text, or binary. Save it as UTF-8.")
    if head[:4] == b"PK\x03\x04":
        raise DataError(f"{name}: this is a zip archive or a workbook. Export it as CSV.")
    if b"\x00" in head:
        raise DataError(f"{name}: this is a binary file. Export it as CSV or Parquet.")


def _encoding(text: bytes, name: str) -> str | None:
    """Return utf-8 or cp1251, or None where all is ASCII and either may follow."""
    if text.isascii():
        return None
    end = text.rfind(b"\n") + 1 or len(text)
    for encoding in ("utf-8", "cp1251"):
        try:
            told = text[:end].decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(ord(sign) < 32 and sign not in "\r\n\t\f" for sign in told[:65536]):
            return encoding
    raise DataError(f"{name}: neither UTF-8 nor cp1251 text. Save it as UTF-8.")


def _known(
    columns: Sequence[str], aliases: Mapping[str, Sequence[str]], name: str
) -> dict[str, str]:
    return find_columns([column.strip('" \ufeff') and column for column in columns], aliases, name)
