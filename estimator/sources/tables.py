"""The one reader of files: tables and extracts as text columns, in blocks of bounded memory.

Encodings, delimiters and column names are forgiven, content is not. Errors name file and row, never a
line: in a file without a header, or an extract of a registry, these are persons.
"""

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, cast

import pandas as pd
import polars as pl
import polars.selectors as cs

from estimator.data.redaction import check_file
from estimator.errors import DataError

DELIMITERS = ",;\t|"
BLOCK = 1 << 23
"""Bytes of text in a block."""
ROWS = 200_000
"""Rows of Parquet in a block."""
MOST_LINES_ABOVE = 30
"""Lines among which the header is looked for."""
PANDAS_INDEX = "__index_level_"
NOT_TEXT = "neither UTF-8 nor cp1251 text. Save it as UTF-8."
LETTERS = re.compile(r"[^\W\d_]{2,}")
COMMON = frozenset("оеаинтсрвл")
"""The ten most frequent letters of Russian, two thirds of a text."""
Progress = Callable[[int], None]
"""Called with the number of bytes of the file dealt with since the last call."""


class TableFile:
    """A CSV, TSV (UTF-8 or cp1251), gzipped text or Parquet file: its column names, and rows in blocks.

    Refused are those empty, binary, cut short, in another encoding or of a single column.
    """

    def __init__(self, path: str | Path, progress: Progress | None = None) -> None:
        self.path = Path(path)
        self.name = self.path.name
        self.progress = progress
        check_file(self.path)
        with open(self.path, "rb") as file:
            head = file.read(4)
        self.parquet = head == b"PAR1"
        if self.parquet:
            self.columns = self._parquet_columns()
        else:
            self._pieces = self._read_pieces(zipped=head[:2] == b"\x1f\x8b")
            self._open_text()

    def blocks(self, places: Sequence[int], *, strict: bool = False) -> Iterator[tuple[pl.DataFrame, int]]:
        """Yield the columns at these places, named ``0``, ``1``, …, and the row a block begins at.

        Values are text, save dates of Parquet. A row of more fields than the header is refused, and
        where `strict` one of fewer.
        """
        if self.parquet:
            return self._parquet_blocks(places)
        return self._text_blocks([str(place) for place in places], strict=strict)

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
        except (pa.ArrowException, OSError):
            pass
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
                    frame = pl.DataFrame(pa.Table.from_batches([batch]).select(chosen))
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
        except (pa.ArrowException, OSError):
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

    def _open_text(self) -> None:
        """Read the first piece of the text: its encoding, header and delimiter."""
        first = next(self._pieces, b"")
        check_not_binary(first, self.name)
        if not first or first.isspace():
            raise DataError(f"{self.name}: the file is empty. Export the table again.")
        self.encoding = find_encoding(first, self.name)
        first = first.removeprefix(b"\xef\xbb\xbf")
        begin = header_start(first)
        line, _, self._rest = first[begin:].partition(b"\n")
        self._header_row = first.count(b"\n", 0, begin) + 1
        header = line.decode(self.encoding or "utf-8").rstrip("\r")
        self._delimiter = max(DELIMITERS, key=header.count)
        if header.count(self._delimiter) == 0:
            raise DataError(
                f"{self.name}: row {self._header_row}: found one column. Columns are separated by a "
                "comma, semicolon, tab or vertical bar; export it again with one of these."
            )
        self.columns = next(csv.reader([header], delimiter=self._delimiter))
        mark = self._delimiter.encode()
        self._quoted = header.startswith('"') or any(b + b'"' in first for b in (mark, b"\n"))

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
            if whole and not whole.isspace():
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
        if self.encoding == "cp1251":
            text = text.decode("cp1251", errors="replace").encode()
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


def name_of(table: str | Path | pd.DataFrame) -> str:
    """Return how errors name a table: its file's name, or ``data frame``."""
    return "data frame" if isinstance(table, pd.DataFrame) else Path(table).name


def _text_of_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a data frame as `read_table` returns a file; the index of whole numbers names its rows."""
    named = [level for level in frame.index.names if level is not None]
    frame = frame.reset_index(level=named) if named else frame
    rows = frame.index if frame.index.dtype.kind in "iu" and frame.index.is_unique else range(len(frame))
    if frame.empty:
        raise DataError("data frame: no rows. Give one row a cell.")
    text = frame.astype(object).map(lambda value: None if pd.isna(value) else str(value).strip() or None)
    text = text.where(text.notna(), None).set_axis(pd.Index(rows), axis=0)
    return text.set_axis([str(column).strip().lower() for column in frame.columns], axis=1)


def read_table(path: str | Path | pd.DataFrame) -> pd.DataFrame:
    """Return a table as text columns, names lower-cased, empty fields missing; refuse rows of another width.

    The index holds the rows as numbered in the file (the header is row 1), so that errors can name them; of
    a data frame, its own index.
    """
    if isinstance(path, pd.DataFrame):
        return _text_of_frame(path)
    file = TableFile(path)
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
    return table.set_axis([str(column).strip().lower() for column in file.columns], axis=1)


def check_not_binary(head: bytes, name: str) -> None:
    """Refuse UTF-16, archives, workbooks and other content that is not text."""
    zeros = {0} in (set(head[:64:2]), set(head[1:64:2]))
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or (zeros and len(head) > 1):
        raise DataError(f"{name}: this is UTF-16 text. Save it as UTF-8.")
    if head[:4] == b"PK\x03\x04":
        raise DataError(f"{name}: this is a zip archive or a workbook. Unpack it, or export it as CSV.")
    if b"\x00" in head:
        raise DataError(f"{name}: this is a binary file. Export it as CSV or Parquet.")


def find_encoding(text: bytes, name: str) -> str | None:
    """Return utf-8 or cp1251, or None where all is ASCII and either may follow; refuse others.

    Nearly any bytes are letters in cp1251: its text must look Russian, as Latin-1 and KOI8-R do not.
    """
    if text.isascii():
        return None
    end = text.rfind(b"\n") + 1 or len(text)
    for encoding in ("utf-8", "cp1251"):
        try:
            decoded = text[:end].decode(encoding)[: BLOCK // 64]
        except UnicodeDecodeError:
            continue
        if any(ord(sign) < 32 and sign not in "\r\n\t\f" for sign in decoded):
            continue
        if encoding == "utf-8":
            return encoding
        if _is_russian({word for word in LETTERS.findall(decoded) if not word.isascii()}):
            return encoding
    raise DataError(f"{name}: {NOT_TEXT}")


def _is_russian(terms: set[str]) -> bool:
    """Return whether words have the letters and case of Russian ones, or there are none to judge by."""
    if not terms:
        return True
    cased = [word for word in terms if word.islower() or word.isupper() or word.istitle()]
    plain = [word for word in cased if all("\u0400" <= letter <= "\u052f" for letter in word)]
    text = "".join(plain)
    common = sum(letter in COMMON for letter in text.casefold())
    # small letters of KOI8-R, read as cp1251, are capitals
    least = 0.45 if sum(map(str.isupper, text)) > len(text) / 2 else 0.25
    return len(plain) >= 0.7 * len(terms) and common >= least * len(text)


def header_start(text: bytes) -> int:
    """Return where the header begins: after blank lines, comments, ``sep=;`` and a title of one field."""
    marks = [mark.encode() for mark in DELIMITERS]
    start, title = 0, -1
    for line in text.split(b"\n")[:MOST_LINES_ABOVE]:
        plain = line.strip()
        if plain and not plain.startswith(b"#") and not plain.lower().startswith(b"sep="):
            quoted_whole = plain[:1] == b'"' and plain[-1:] == b'"' and plain.count(b'"') == 2
            fields = 1 if quoted_whole else 1 + max(map(plain.count, marks))
            if title >= 0:
                return start if fields >= 3 else title
            if fields > 1:
                return start
            title = start
        start += len(line) + 1
    return max(title, 0)


def cut_after_line(text: bytes, *, quoted: bool) -> tuple[bytes, bytes]:
    """Split after the last line that is whole: not inside a quoted field."""
    end = text.rfind(b"\n") + 1
    if quoted:
        inside = text.count(b'"', 0, end) % 2
        while inside and end:
            before = text.rfind(b"\n", 0, end - 1) + 1
            inside = (inside + text.count(b'"', before, end)) % 2
            end = before
    return text[:end], text[end:]


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
