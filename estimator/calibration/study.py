"""Many fits, on any `concurrent.futures.Executor`, each kept as a file as soon as it is done.

One machine uses a process pool (`process_pool`), a cluster Dask's ``Client.get_executor()``, Ray's or
MPI's executor, without a line changed: tasks are submitted and awaited through `concurrent.futures`
alone. Results are written by the process that started the study, so workers share no disk with it.
A study killed halfway and started again reads what is there and computes the rest.

Importing this module loads the standard library only: workers set their threads before NumPy loads.
"""

import hashlib
import json
import multiprocessing
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from multiprocessing import connection
from pathlib import Path
from typing import Any

from estimator.data.drafts import draft_of
from estimator.errors import DataError
from estimator.progress import progress_bar

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
FORMAT = "registry-excess study 1"


@dataclass(frozen=True)
class Task:
    """One piece of work: a function importable by name in a worker, and its picklable arguments.

    A kept result is looked up by its key alone: the key is unique in the study and holds every setting and
    seed that decides the result, or a digest of them. The function returns what JSON can hold, NaN included.
    """

    key: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


def task_of(name: str, decides: Any, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Task:
    """Return a task whose key is a name and a digest of what decides its result.

    The source of the package is in the digest: what another version of it kept is computed again.
    """
    text = json.dumps([decides, _source_digest()], default=str)
    return Task(f"{name} {hashlib.sha256(text.encode()).hexdigest()[:16]}", function, arguments)


@cache
def _source_digest() -> str:
    digest = hashlib.sha256()
    for path, content in _sources(files("estimator")):
        digest.update(f"{path} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _sources(folder: Traversable, above: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield path and content of each module below a folder, in the order of their names."""
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _sources(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(".py"):
            yield above + entry.name, entry.read_bytes()


def run_study(
    tasks: Sequence[Task],
    *,
    executor: Executor | None = None,
    folder: str | Path | None = None,
    progress: bool = False,
    label: str = "study",
) -> dict[str, Any]:
    """Run tasks and return their results by key, in the order of the tasks.

    Without an executor tasks run in this process, one after another. `folder` keeps one JSON file a
    result; a file already there is read instead of computed. Results are as JSON gives them back (tuples
    are lists), the same whether computed or read. `progress` shows a bar on stderr.

    What a task raises is raised; tasks that have not begun are then cancelled, and finished results are
    kept. `DataError` if two tasks have one key, or the folder is a file.
    """
    by_key = {task.key: task for task in tasks}
    if len(by_key) < len(tasks):
        raise DataError("study: two tasks have the same key. Give each its own.")
    place = None if folder is None else Path(folder)
    if place is not None:
        if place.exists() and not place.is_dir():
            raise DataError(f"study: {place.name} is a file. Name a folder.")
        place.mkdir(parents=True, exist_ok=True)
    kept = {key: _read(place / _name(key), key) for key in by_key} if place else {}
    results = {key: record["result"] for key, record in kept.items() if record}
    waiting = [task for task in tasks if task.key not in results]
    with progress_bar(label, len(tasks), done=len(results), shown=progress) as advance:
        for key, result in _computed(waiting, executor):
            text = json.dumps({"format": FORMAT, "key": key, "result": result})
            if place is not None:
                with draft_of(place / _name(key)) as draft:
                    draft.write_text(text)
            results[key] = json.loads(text)["result"]
            advance(1)
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


def _read(file: Path, key: str) -> dict[str, Any] | None:
    """Return the kept record of a key; None if there is none, or one cut off by a full disk."""
    try:
        record = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return None
    ours = isinstance(record, dict) and record.get("key") == key and "result" in record
    return record if ours else None


@contextmanager
def process_pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Open a pool of single-threaded worker processes on this machine.

    Fits are small: one thread each on many processes is faster than many threads on one fit. Workers
    are started afresh, not forked, so a script that calls this guards it with
    ``if __name__ == "__main__":``. They inherit the environment before they load NumPy.
    """
    if jobs < 1:
        raise DataError(f"jobs must be at least 1, got {jobs}.")
    before = {name: os.environ[name] for name in THREADS if name in os.environ}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin_worker)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        for name in THREADS:
            del os.environ[name]
        os.environ.update(before)


def _begin_worker() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End when the study is killed: nobody would collect the results."""
    if parent := multiprocessing.parent_process():
        connection.wait([parent.sentinel])
        os._exit(1)
