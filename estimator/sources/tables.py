"""The one reader of files: tables and extracts as text columns, in blocks of bounded memory.

Variants of encodings, delimiters and column names are recognised; invalid content is refused. Errors
name file and row, never a line: in a file without a header, or an extract of a registry, these are persons.
"""

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, cast

import pandas as pd
import polars as pl
import polars.selectors as cs

from estimator.data.redaction import check_file
from estimator.errors import DataError
from estimator.sources.encodings import check_encoding, find_encoding
from estimator.sources.text import (
    ALIGNED,
    UTF16,
    check_not_binary,
    cut_after_line,
    cut_notes,
    fields_of,
    find_delimiter,
    header_start,
)

BLOCK = 1 << 23
"""Bytes of text in a block."""
ROWS = 200_000
"""Rows of Parquet in a block."""
PANDAS_INDEX = "__index_level_"
FRAME = "data frame"
type Tabular = str | Path | pd.DataFrame
"""A file, or a table in its place."""
Progress = Callable[[int], None]
"""Called with the number of bytes of the file dealt with since the last call."""


class TableFile:
    """A CSV, TSV, gzipped text or Parquet file: its column names, and rows in blocks.

    The encoding of text is judged by its contents, if it is not given. Refused are files empty, binary, cut
    short, of unclear encoding or of a single column.
    """

    def __init__(
        self, path: Tabular, progress: Progress | None = None, *, encoding: str | None = None
    ) -> None:
        self.name = name_of(path)
        check_encoding(encoding)
        self.progress = progress
        self.notes: list[str] = []
        self._aligned, self.parquet = False, False
        self._frame = path if isinstance(path, pd.DataFrame) else None
        if isinstance(path, pd.DataFrame):
            named = any(name is not None for name in path.index.names)
            self._frame = path.reset_index() if named else path
            self.columns = [str(column) for column in self._frame.columns]
            return
        self.path = Path(path)
        check_file(self.path)
        with open(self.path, "rb") as file:
            head = file.read(4)
        self.parquet = head == b"PAR1"
        if self.parquet:
            self.columns = self._parquet_columns()
        else:
            self._pieces = self._read_pieces(zipped=head[:2] == b"\x1f\x8b")
            self._open_text(encoding)

    def blocks(self, places: Sequence[int], *, strict: bool = False) -> Iterator[tuple[pl.DataFrame, int]]:
        """Yield the columns at these places, named ``0``, ``1``, …, and the row a block begins at.

        Values are text, save dates of Parquet. A row of more fields than the header is refused, and
        where `strict` one of fewer.
        """
        if self._frame is not None:
            return self._frame_blocks(places)
        if self.parquet:
            return self._parquet_blocks(places)
        return self._text_blocks([str(place) for place in places], strict=strict)

    def _frame_blocks(self, places: Sequence[int]) -> Iterator[tuple[pl.DataFrame, int]]:
        """Yield rows of a data frame, numbered from 0, as those of a file."""
        assert self._frame is not None
        if self._frame.empty:
            raise DataError(f"{self.name}: no rows. Give one row a cell.")
        for start in range(0, len(self._frame), ROWS):
            part = self._frame.iloc[start : start + ROWS, list(places)]
            yield (
                pl.DataFrame([_as_text(part.iloc[:, n], str(place)) for n, place in enumerate(places)]),
                start,
            )

    def _parquet_columns(self) -> list[str]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        names: list[str] = []
        try:
            schema = pq.read_schema(self.path)
            names = [name for name in schema.names if not name.startswith(PANDAS_INDEX)]
            index = (schema.pandas_metadata or {}).get("index_columns", [])
            self._ranges = {
                str(column["name"]): column
                for column in index
                if isinstance(column, dict) and column.get("name") is not None
            }
        except (pa.ArrowException, OSError, ValueError):
            names = []
        if not names:  # outside the except block: the cause may quote the file
            raise self._damaged_parquet(1)
        return [*names, *self._ranges]

    def _damaged_parquet(self, row: int) -> DataError:
        where = f" after row {row}" if row > 1 else ""
        return DataError(
            f"{self.name}: begins as Parquet but cannot be read{where}; it may be cut short. Copy it again."
        )

    def _parquet_blocks(self, places: Sequence[int]) -> Iterator[tuple[pl.DataFrame, int]]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        row, fault = 2, False
        names = [self.columns[place] for place in places]
        chosen = [name for name in names if name not in self._ranges]
        try:
            with pq.ParquetFile(self.path) as file:
                share = self.path.stat().st_size / max(file.metadata.num_rows, 1)
                for batch in file.iter_batches(ROWS, columns=chosen):
                    table = pa.Table.from_batches([batch]).select(chosen)
                    # names and metadata of a damaged file may be no text
                    table = table.rename_columns([str(n) for n in range(len(chosen))])
                    table.validate(full=True)  # text that is none
                    frame = pl.DataFrame(table.replace_schema_metadata(None))
                    frame.columns = chosen
                    for name, column in self._ranges.items():  # an index that is not written out
                        steps = pl.int_range(row - 2, row - 2 + batch.num_rows, eager=True)
                        values = column["start"] + column["step"] * steps
                        frame = frame.with_columns(values.alias(name))
                    frame = frame.select(names)
                    frame.columns = [str(place) for place in places]
                    plain = [c for c, dtype in frame.schema.items() if not dtype.is_temporal()]
                    real = [c for c in plain if frame.schema[c].is_float()]
                    frame = frame.with_columns(pl.col(real).fill_nan(None))
                    yield frame.with_columns(pl.col(plain).cast(pl.String, strict=False)), row
                    row += batch.num_rows
                    if self.progress:
                        self.progress(int(share * batch.num_rows))
        except (pa.ArrowException, OSError, ValueError, pl.exceptions.PanicException):
            fault = True
        if fault:
            raise self._damaged_parquet(row - 1)
        if row == 2:
            raise DataError(f"{self.name}: a header but no rows. Export the table again.")

    def _read_pieces(self, *, zipped: bool) -> Iterator[bytes]:
        fault = False
        with open(self.path, "rb") as raw:
            file = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if zipped else raw)
            at = 0
            try:
                while piece := file.read(BLOCK):
                    yield piece
                    if self.progress:
                        self.progress(raw.tell() - at)
                    at = raw.tell()
            except (OSError, EOFError, zlib.error):
                fault = True
        if fault:
            kind = "begins as gzip but " if zipped else ""
            raise DataError(
                f"{self.name}: {kind}cannot be read to its end; it may be cut short. Copy it again."
            )

    def _open_text(self, encoding: str | None) -> None:
        """Read the first piece of the text: its encoding, header and delimiter."""
        first = next(self._pieces, b"")
        if encoding is None and first.startswith(UTF16):
            encoding = "utf-16"
        if encoding is not None:
            self._pieces = self._recoded(first, self._pieces, encoding)
            first = next(self._pieces, b"")
        if b"\r" in first and b"\n" not in first:  # as old programs of Macintosh end lines
            self._pieces = (piece.replace(b"\r", b"\n") for piece in self._pieces)
            first = first.replace(b"\r", b"\n")
        check_not_binary(first, self.name)
        if not first or first.isspace():
            raise DataError(f"{self.name}: the file is empty. Export the table again.")
        self.encoding = find_encoding(first, self.name)
        first = first.removeprefix(b"\xef\xbb\xbf")
        begin = header_start(first)
        line, _, self._rest = first[begin:].partition(b"\n")
        self._header_row = first.count(b"\n", 0, begin) + 1
        header = line.decode(self.encoding or "utf-8", errors="replace").rstrip("\r")
        if ALIGNED.fullmatch(line):
            self._aligned, header = True, "\t".join(header.split())
        delimiter = find_delimiter(header)
        if delimiter is None:
            raise DataError(
                f"{self.name}: row {self._header_row}: found one column. Columns are separated by a "
                "comma, semicolon, tab or vertical bar; export it again with one of these."
            )
        self._delimiter = delimiter
        self.columns = fields_of(header, delimiter)
        self._fit_trailing()
        mark = self._delimiter.encode()
        self._quoted = header.startswith('"') or any(b + b'"' in first for b in (mark, b"\n"))

    def _recoded(self, first: bytes, pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
        """Yield text of an encoding as UTF-8; spreadsheets write UTF-16 with a byte order mark."""
        fault = False
        try:
            for text in codecs.iterdecode(chain([first], pieces), encoding):
                yield text.encode()
        except UnicodeError:
            fault = True
        if fault:
            raise DataError(f"{self.name}: this is not text in {encoding}. Save it as UTF-8.")

    def _fit_trailing(self) -> None:
        """Give the header as many empty fields at its end as the first row has; rows end in delimiters."""
        row = self._rest.lstrip().partition(b"\n")[0].decode(errors="replace").rstrip("\r")
        fields = [] if self._aligned else fields_of(row, self._delimiter)
        named = max(n for n, column in enumerate(["", *self.columns]) if n == 0 or column.strip())
        if len(fields) > len(self.columns) and not any(fields[len(self.columns) :]):
            self.columns += [""] * (len(fields) - len(self.columns))
        elif named <= len(fields) < len(self.columns):
            self.columns = self.columns[: len(fields)]

    def _text_blocks(self, places: list[str], *, strict: bool) -> Iterator[tuple[pl.DataFrame, int]]:
        row, carry, read = self._header_row + 1, b"", False
        piece: bytes | None = self._rest
        while piece is not None:
            following = next(self._pieces, None)
            if following is None:
                whole, carry = carry + piece, b""
            else:
                whole, carry = cut_after_line(carry + piece, quoted=self._quoted)
            if len(carry) > 4 * BLOCK:
                raise DataError(f"{self.name}: after row {row}: a quote is not closed. Correct it.")
            if self._aligned:
                whole = b"\n".join(b"\t".join(line.split()) for line in whole.split(b"\n"))
            if strict and following is None:
                whole, notes = cut_notes(whole, self._delimiter, len(self.columns))
                self.notes += [f"{notes} lines of notes below the table left out"] if notes else []
            if whole and not whole.isspace():
                first = whole.lstrip(b"\r\n")  # a blank first line has one column
                row, whole = row + whole.count(b"\n", 0, len(whole) - len(first)), first
                block = self._scan(whole, row, strict=strict)
                yield block.select(places), row
                row += block.height
                read = True
            piece = following
        if not read:
            raise DataError(f"{self.name}: a header but no rows. Export the table again.")

    def _scan(self, text: bytes, row: int, *, strict: bool) -> pl.DataFrame:
        self.encoding = self.encoding or find_encoding(text, self.name)
        if b"\x00" in text:
            check_not_binary(b"\x00", self.name)
        if self.encoding not in (None, "utf-8"):
            text = text.decode(self.encoding, errors="replace").encode()
        if strict:
            self._check_width(text, row, short=True)
        columns = [str(place) for place in range(len(self.columns))]
        frame = None
        try:
            frame = pl.scan_csv(
                text, has_header=False, separator=self._delimiter,
                quote_char='"' if self._quoted else None,
                schema=dict.fromkeys(columns, pl.String), encoding="utf8",
            ).collect(engine="streaming")  # fmt: skip
        except pl.exceptions.PolarsError:
            pass
        if frame is None:  # outside the except block: the cause quotes the line
            self._check_width(text, row, short=True)
            raise DataError(f"{self.name}: after row {row}: a row cannot be read. Look for a stray quote.")
        return frame

    def _check_width(self, text: bytes, row: int, *, short: bool) -> None:
        """Refuse rows of another number of fields than the header has; blank ones are none."""
        width = len(self.columns)
        fault, number = "", 0
        try:
            reader = csv.reader(io.StringIO(text.decode(), newline=""), delimiter=self._delimiter)
            for fields in reader:
                wrong = len(fields) > width or (short and len(fields) < width)
                if wrong and any(field.strip() for field in fields):
                    fault = (
                        f"row {row + number} has {len(fields)} fields, the header has {width}. Correct "
                        f"the row (an unquoted {self._delimiter!r}, or another delimiter than the "
                        "header's?)"
                    )
                    break
                number = reader.line_num
        except UnicodeDecodeError:
            fault = (
                f"after row {row}: text that is not UTF-8, in a file that began so. Save all of it as UTF-8"
            )
        except csv.Error:
            fault = f"row {row + number} cannot be read. Look for a stray quote"
        if fault:  # outside the except block: the cause may quote the line
            raise DataError(f"{self.name}: {fault}.")


def _as_text(column: pd.Series, name: str) -> pl.Series:
    """Return a column of a data frame as text, or as it is if it has dates."""
    if isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M":
        return cast(pl.Series, pl.from_pandas(column.reset_index(drop=True))).alias(name)
    return pl.Series(name, [None if pd.isna(value) else str(value) for value in column], dtype=pl.String)


def name_of(path: Tabular) -> str:
    """Return what errors call a file, or a table in its place."""
    if isinstance(path, pd.DataFrame):
        return FRAME
    if not isinstance(path, str | Path):
        raise DataError(f"{type(path).__name__}: no file and no table. Give a path or a pandas DataFrame.")
    return Path(path).name


def read_table(path: Tabular, encoding: str | None = None) -> pd.DataFrame:
    """Return a table as text columns, names lower-cased, empty fields missing; refuse rows of another width.

    The index holds the rows as numbered in the file (the header is row 1), so that errors can name them; of
    a data frame, its own index where that is of whole numbers.
    """
    file = TableFile(path, encoding=encoding)
    parts = []
    for block, row in file.blocks(range(len(file.columns)), strict=True):
        block = block.with_columns(
            cs.datetime(time_zone=None).dt.to_string("%Y-%m-%d %H:%M:%S"),
            cs.datetime(time_zone="*").dt.to_string("%Y-%m-%dT%H:%M:%S%z"),
        )
        block = block.with_columns(pl.all().cast(pl.String))
        text = block.with_columns(pl.all().str.strip_chars())
        text = text.with_columns(pl.when(pl.all() != "").then(pl.all()))
        breaks = sum((pl.col(c).str.count_matches("\n").fill_null(0) for c in block.columns), pl.lit(0))
        lines = block.select(1 + breaks).to_series()
        numbers = row + lines.cum_sum().shift(1, fill_value=0)
        kept = text.select(~pl.all_horizontal(pl.all().is_null())).to_series()
        part = text.filter(kept).to_pandas().astype(object)
        parts.append(part.where(part.notna(), None).set_axis(numbers.filter(kept).to_list()))
    table = pd.concat(parts)
    if table.empty:
        raise DataError(f"{file.name}: a header but no rows. Export the table again.")
    table = table.set_axis([str(column).strip().lower() for column in file.columns], axis=1)
    table = table.loc[:, table.notna().any().to_numpy() | (table.columns != "")]
    if isinstance(path, pd.DataFrame) and path.index.dtype.kind in "iu" and path.index.is_unique:
        table = table.set_axis(path.index[table.index], axis=0)
    table.attrs["notes"] = tuple(file.notes)
    return table


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
