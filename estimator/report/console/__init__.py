"""Tables for the terminal: rich tables, whole at 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def terminal() -> Console:
    """Return the console on stdout, as wide as the terminal is now."""
    from rich.console import Console

    return Console(highlight=False, markup=False)


def show(*parts: Any) -> None:
    """Print tables and lines on stdout."""
    console = terminal()
    for part in parts:
        console.print(part)


def table(
    title: str | None, headings: Sequence[str], rows: Iterable[Sequence[Any]], *, text: int = 1,
    caption: str | None = None,
) -> Table:  # fmt: skip
    """Return a table, its first `text` columns flush left, the others right.

    Where it is narrow, bounds and names go on to the next line: a number is never cut.
    """
    from rich import box
    from rich.table import Table

    made = Table(
        title=title, caption=caption, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0),
        title_justify="left", caption_justify="left", show_edge=False,
    )  # fmt: skip
    for place, heading in enumerate(headings):
        made.add_column(heading, justify="left" if place < text else "right", overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made


def records_table(
    title: str | None, records: Iterable[Mapping[Any, Any]], columns: Mapping[str, str], *,
    text: int = 1, caption: str | None = None,
) -> Table:  # fmt: skip
    """Return a table of records, one row each; `columns` are headings and how their cells are written."""
    rows = ([cell.format(**record) for cell in columns.values()] for record in records)
    return table(title, list(columns), rows, text=text, caption=caption)
