"""Tables for the terminal: rich tables, whole at 80 columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.table import Table
    from rich.text import Text


WHOLE: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
"""Numbers, dates and addresses stay whole."""


def terminal() -> Console:
    """Return the console on stdout, as wide as the terminal is now; a reader that leaves is no failure."""
    import os
    import sys

    from rich.console import Console

    class Patient(Console):
        def on_broken_pipe(self) -> None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(0)

    return Patient(highlight=False, markup=False)


def show(*parts: Any) -> None:
    """Print tables and lines on stdout."""
    from rich.text import Text

    console = terminal()
    for part in parts:
        console.print(_fit(part, console.width) if isinstance(part, str | Text) else part)


def _fit(cell: Any, width: int) -> Any:
    """Break the lines of a cell between words; at a no-break space rich would break a number."""
    from rich.text import Text

    if isinstance(cell, Text):
        lines = [_fit_line(line, width) for line in cell.split("\n", allow_blank=True)]
        return Text("\n", style=cell.style).join(lines)
    return "\n".join(fill(line, width, **WHOLE) for line in str(cell).split("\n"))


def _fit_line(line: Text, width: int) -> Text:
    from rich.text import Text

    return line if line.cell_len <= width else Text(fill(line.plain, width, **WHOLE), style=line.style)


@dataclass(frozen=True)
class Columns:
    """A table whose first column is flush left, and `text - 1` more; the others right.

    Lines break between words alone, so numbers and dates stay whole. Where even single words are too
    wide for the terminal, each row is written as a record, one line a column.
    """

    title: str | None
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]
    text: int = 1
    caption: str | None = None
    show_lines: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Any]:
        """Yield the title, the table or its records, and the caption."""
        from rich.text import Text

        if self.title:
            yield Text(self.title, "italic")
        widths = self._widths(options.max_width - 2 * len(self.headings) + 1)
        yield from self._records() if widths is None else [self._table(widths)]
        if self.caption:
            yield Text(self.caption, "dim italic")

    def _widths(self, room: int) -> list[int] | None:
        """Return the width of each column, of `room` together; None where words do not fit in."""
        columns = [[str(cell) for cell in column] for column in zip(self.headings, *self.rows)]
        least = [max(len(word) for cell in cells for word in re.split("[ \n]", cell)) for cells in columns]
        widths = [max(len(line) for cell in cells for line in cell.split("\n")) for cells in columns]
        if sum(least) > room:
            return None
        while sum(widths) > room:
            wide = [at for at, width in enumerate(widths) if width > least[at]]
            widths[max(wide, key=widths.__getitem__)] -= 1
        return widths

    def _table(self, widths: list[int]) -> Table:
        from rich import box
        from rich.table import Table

        made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, show_lines=self.show_lines)
        for place, (heading, width) in enumerate(zip(self.headings, widths)):
            made.add_column(heading, justify="left" if place < self.text else "right", width=width)
        for row in self.rows:
            made.add_row(*map(_fit, row, widths))
        return made

    def _records(self) -> Iterator[Text]:
        from rich.text import Text

        for row in self.rows:
            cells = [" ".join(str(cell).replace("\n", "; ").split(" ")) for cell in row]
            yield Text(cells[0], "bold")
            for heading, cell in zip(self.headings[1:], cells[1:]):
                if cell:
                    yield Text(f"  {' '.join(heading.split())}: {cell}")


def table(
    title: str | None, headings: Sequence[str], rows: Iterable[Sequence[Any]], *, text: int = 1,
    caption: str | None = None, show_lines: bool = False,
) -> Columns:  # fmt: skip
    """Return a table, its first `text` columns flush left, the others right."""
    return Columns(title, headings, [*rows], text, caption, show_lines)


def records_table(
    title: str | None, records: Iterable[Mapping[Any, Any]], columns: Mapping[str, str], *,
    text: int = 1, caption: str | None = None,
) -> Columns:  # fmt: skip
    """Return a table of records, one row each; `columns` are headings and how their cells are written."""
    rows = ([cell.format(**record) for cell in columns.values()] for record in records)
    return table(title, list(columns), rows, text=text, caption=caption)
