"""Files and folders that are whole or not there, whatever stops the program."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from estimator.errors import DataError


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Yield a place next to a file or folder to write it to; it is put in place when all is written.

    If writing fails nothing is left, and what was there before stays.
    """
    with scratch_of(path) as draft:
        yield draft
        _flush(draft)
        draft.replace(path)


@contextmanager
def scratch_of(path: Path) -> Iterator[Path]:
    """Yield a place next to a file or folder, removed in the end; a DataError says that it cannot be written.

    What a killed program left is removed by the next that writes there.
    """
    _remove_left(path)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        yield scratch
    except OSError as problem:
        why = os.strerror(problem.errno) if problem.errno else type(problem).__name__
        raise DataError(
            f"{path.name}: cannot be written ({why}). Make room, or choose another place."
        ) from None
    finally:
        _remove(scratch)


def _flush(draft: Path) -> None:
    """Bring content to the disk before its name: a name without content is a file half-written."""
    for path in draft.rglob("*") if draft.is_dir() else [draft]:
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _remove_left(path: Path) -> None:
    for left in path.parent.glob(f".{path.name}.*.draft") if path.parent.is_dir() else ():
        process = re.fullmatch(r"\d+", left.name.split(".")[-2])
        if process and not _runs(int(process[0])):
            _remove(left)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True
