"""What a file of text is besides its rows: its delimiter, and the lines above and below a table."""

import csv
import re
from itertools import pairwise

from estimator.errors import DataError

DELIMITERS = ",;\t|"
MOST_LINES_ABOVE = 30
"""Lines among which the header is looked for."""
UTF16 = (b"\xff\xfe", b"\xfe\xff")
ALIGNED = re.compile(rb"\s*[A-Za-z]\w*(?:[ \t]{2,}[A-Za-z]\w*){2,}\s*")
"""A header of columns set apart by spaces, as in files of the Human Mortality Database."""
NOTE = re.compile(
    r"\W*(?:---|\*|©|\(c\)|#|sources?\b|notes?\b|footnotes?\b|quellen?\b|anmerkung|hinweis|stand\b|fuentes?\b"
    r"|notas?\b|источник|примечани|last updated?\b|updated?\b|last modified|total of|caveats?\b|symbols?\b)",
    re.IGNORECASE,
)
"""How a line below a table begins, where it has delimiters of its own."""


def check_not_binary(head: bytes, name: str) -> None:
    """Refuse UTF-16 without a mark, archives, workbooks and other content that is not text."""
    zeros = {0} in (set(head[:64:2]), set(head[1:64:2]))
    if zeros and len(head) > 1:
        raise DataError(f"{name}: this is UTF-16 text. Save it as UTF-8.")
    if head[:4] == b"PK\x03\x04":
        raise DataError(f"{name}: this is a zip archive or a workbook. Unpack it, or export it as CSV.")
    if form := {b"{": "JSON", b"[": "JSON", b"<": "HTML or XML"}.get(head.lstrip()[:1]):
        raise DataError(f"{name}: this is {form}. Export it as CSV.")
    if b"\x00" in head:
        raise DataError(f"{name}: this is a binary file. Export it as CSV or Parquet.")


def header_start(text: bytes) -> int:
    """Return where the header begins: after blank lines, comments, ``sep=;`` and titles.

    A title has one field, or is followed by a blank line and has not as many fields as the header.
    """
    start, lines = 0, []
    for line in text.split(b"\n")[:MOST_LINES_ABOVE]:
        plain = line.strip()
        if not plain.startswith(b"#") and not plain.lower().startswith(b"sep="):
            lines.append((start, plain))
        start += len(line) + 1
    full = [(at, fields_above(plain)) for at, plain in lines if plain]
    blank_next = {at for (at, _), (_, following) in pairwise(lines) if not following}
    for n, (at, fields) in enumerate(full):
        later = [other for _, other in full[n + 1 :]]
        title = fields == 1 or (at in blank_next and later[:1] != [fields])
        if not title or not any(other > 1 for other in later):
            return at
    return 0


def fields_above(line: bytes) -> int:
    """Return how many fields a line has by the delimiter that gives most, or of words set apart by spaces."""
    if ALIGNED.fullmatch(line):
        return len(line.split())
    whole = line[:1] == b'"' and line[-1:] == b'"' and line.count(b'"') == 2
    return 1 if whole else 1 + max(line.count(mark.encode()) for mark in DELIMITERS)


def find_delimiter(header: str) -> str | None:
    """Return what parts the columns of a header; bulk files of Eurostat have commas in their first."""
    if "\\" in header and "\t" in header:
        return "\t"
    mark = max(DELIMITERS, key=header.count)
    return mark if mark in header else None


def fields_of(line: str, delimiter: str) -> list[str]:
    """Return the fields of one line; a stray end of line in it is a space."""
    line = re.sub(r"[\r\n]+", " ", line.strip("\r\n"))
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def cut_notes(text: bytes, delimiter: str, width: int) -> tuple[bytes, int]:
    """Return rows without the notes below them, and how many lines these are.

    A note has one field, or begins as notes do and has fewer than the header. A last line of one field
    that may be a row cut short is left, to be refused.
    """
    lines = text.split(b"\n")
    end = len(lines)
    while end and (not lines[end - 1].strip() or _is_note(lines[end - 1], delimiter, width)):
        end -= 1
    below = [line for line in lines[end:] if line.strip()]
    if not below:
        return text, 0
    first = below[0].decode(errors="replace")
    apart = not lines[end].strip() or (text.endswith(b"\n") and re.search(r"[^\W\d].*\s\S", first))
    if not (apart or NOTE.match(first)):
        return text, 0
    return b"\n".join(lines[:end]) + b"\n", len(below)


def _is_note(line: bytes, delimiter: str, width: int) -> bool:
    text = line.decode(errors="replace").strip()
    if text.count('"') % 2:
        return False
    fields = len(fields_of(text, delimiter))
    return fields == 1 or (fields < width and NOTE.match(text) is not None)


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
