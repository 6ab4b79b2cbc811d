"""The one progress display: a bar on stderr that goes away when the work is done."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def progress_bar(
    label: str, total: int | None = None, *, done: int = 0, shown: bool = True
) -> Iterator[Callable[[int], None]]:
    """Show a bar, or without a total a pulse, and yield the function that advances it by some steps."""
    if not shown:
        yield lambda steps: None
        return
    from rich import progress
    from rich.console import Console

    text, left = progress.TextColumn("{task.description}"), progress.TimeRemainingColumn()
    count = progress.MofNCompleteColumn() if total else progress.TextColumn("")
    columns = text, progress.BarColumn(), count, left
    console = Console(stderr=True)
    with progress.Progress(*columns, console=console, transient=console.is_terminal) as bar:
        task = bar.add_task(label, total=total, completed=done)
        yield lambda steps: bar.advance(task, steps)


def tracked(items: Collection[Any], label: str, *, shown: bool) -> Iterator[Any]:
    """Yield the items, with a bar of how many are done."""
    with progress_bar(label, len(items), shown=shown) as advance:
        for item in items:
            yield item
            advance(1)
