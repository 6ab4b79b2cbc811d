"""The command line."""

import sys
from types import TracebackType


def _end_quietly(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    """Print no traceback of an interrupt while commands are imported; later, `main` handles it."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, problem, trace)


sys.excepthook = _end_quietly
