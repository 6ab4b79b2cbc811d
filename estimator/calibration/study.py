"""Many fits, on any `concurrent.futures.Executor`, each kept as a file as soon as it is done.

One machine uses a process pool (`process_pool`), a cluster Dask's ``Client.get_executor()``, Ray's or
MPI's executor, without a line changed: tasks are submitted and awaited through `concurrent.futures`
alone. Results are written by the process that started the study, so workers share no disk with it.
A study killed halfway and started again reads what is there and computes the rest.

Importing this module loads the standard library only: workers set their threads before NumPy loads.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import Any

from estimator.errors import DataError

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
FORMAT = "registry-excess study 1"


@dataclass(frozen=True)
class Task:
    """One piece of work.

    Parameters
    ----------
    key : str
        Its name in the study, unique; with every setting and seed that decides the result, or a digest
        of them, since a kept result is found by its key alone.
    function : callable
        Importable by name in a worker; returns what JSON can hold (NaN included).
    arguments : tuple
        Positional arguments, picklable.
    """

    key: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


def run_study(
    tasks: Sequence[Task],
    *,
    executor: Executor | None = None,
    folder: str | Path | None = None,
    progress: bool = False,
    label: str = "study",
) -> dict[str, Any]:
    """Run tasks and return their results by key, in the order of the tasks.

    Parameters
    ----------
    tasks : sequence of Task
        What to do.
    executor : concurrent.futures.Executor, optional
        Where; in this process, one after another, unless given. It is not shut down.
    folder : path, optional
        Where results are kept, one JSON file each. Files already there are read, not computed again.
    progress : bool
        Show a bar with the time left on stderr.
    label : str
        What the bar says.

    Returns
    -------
    dict
        Results as JSON gives them back (tuples are lists), the same whether computed or read.

    Raises
    ------
    DataError
        If two tasks have one key, or the folder is a file.
    Exception
        Whatever a task raises, as it was raised; tasks that have not begun are then cancelled, and
        results that are there are kept.
    """
    by_key = {task.key: task for task in tasks}
    if len(by_key) < len(tasks):
        raise DataError("study: two tasks have the same key. Give each its own.")
    place = None if folder is None else Path(folder)
    if place is not None:
        if place.exists() and not place.is_dir():
            raise DataError(f"study: {place.name} is a file. Name a folder.")
        place.mkdir(parents=True, exist_ok=True)
    found = {key: kept for key in by_key if place and (kept := _read(place, key)) is not None}
    results = {key: kept["result"] for key, kept in found.items()}
    waiting = [task for task in tasks if task.key not in results]
    with _bar(label, len(tasks), len(results), progress) as advance:
        for key, result in _computed(waiting, executor):
            text = json.dumps({"format": FORMAT, "key": key, "result": result})
            if place is not None:
                _write(place / _name(key), text)
            results[key] = json.loads(text)["result"]
            advance()
    return {key: results[key] for key in by_key}


def _computed(tasks: Sequence[Task], executor: Executor | None) -> Iterator[tuple[str, Any]]:
    if executor is None:
        for task in tasks:
            yield task.key, task.function(*task.arguments)
        return
    keys: dict[Future[Any], str] = {}
    try:
        for task in tasks:
            keys[executor.submit(task.function, *task.arguments)] = task.key
        for future in as_completed(keys):
            yield keys[future], future.result()
    finally:
        for future in keys:
            future.cancel()


def _name(key: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-")[:60]
    return f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"


def _read(folder: Path, key: str) -> dict[str, Any] | None:
    try:
        kept = json.loads((folder / _name(key)).read_text())
    except FileNotFoundError:
        return None
    except ValueError:  # not ours, or cut off by a full disk: compute it again
        return None
    return kept if isinstance(kept, dict) and kept.get("key") == key and "result" in kept else None


def _write(path: Path, text: str) -> None:
    """Write whole or not at all: a name appears only once its content is on the disk."""
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


@contextmanager
def _bar(label: str, total: int, done: int, progress: bool) -> Iterator[Callable[[], None]]:
    if not progress:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    left = TimeRemainingColumn(elapsed_when_finished=True)
    with Progress(*columns, left, console=Console(stderr=True)) as bar:
        job = bar.add_task(label, total=total, completed=done)
        yield lambda: bar.advance(job)


@contextmanager
def process_pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Open a pool of single-threaded worker processes on this machine.

    Fits are small: one thread each on many processes is faster than many threads on one fit. Workers
    are started afresh, not forked, so a script that calls this guards it with
    ``if __name__ == "__main__":``.

    Parameters
    ----------
    jobs : int
        Number of workers.
    """
    if jobs < 1:
        raise DataError(f"jobs must be at least 1, got {jobs}.")
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin_worker)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        _restore(before)


def _begin_worker() -> None:
    os.environ.update(dict.fromkeys(THREADS, "1"))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End when the study is killed: nobody would collect the results."""
    if parent := multiprocessing.parent_process():
        connection.wait([parent.sentinel])
        os._exit(1)


def _restore(before: Mapping[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
