"""What a command shows while it works: a line or a bar on stderr, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]


@contextmanager
def working(told: str, *, quiet: bool) -> Iterator[None]:
    """Show a line on stderr until the work is done.

    Parameters
    ----------
    told : str
        What is being done.
    quiet : bool
        Show nothing.
    """
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(told):
        yield


@contextmanager
def counting(told: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr; yields a function of how many are done, and of how many.

    Parameters
    ----------
    told : str
        What is being done.
    quiet : bool
        Show nothing.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda done, whole: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(told, total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)
