"""Public files that are not ours to ship: fetched from their publishers' addresses, checked, kept."""

from __future__ import annotations

import hashlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from estimator.errors import DataError
from estimator.sources.remote_files import RemoteFile, remote_files

VARIABLE = "ESTIMATOR_DATA"
"""Environment variable that names a folder of one's own instead of the cache."""
TIMEOUT = 30
BLOCK = 1 << 20


@dataclass(frozen=True)
class Fetched:
    """A file on disk.

    Parameters
    ----------
    file : RemoteFile
        What it is.
    path : Path
        Where it is.
    sha256 : str
        Computed from its bytes.
    downloaded : bool
        Whether it was brought now; otherwise it was there.
    """

    file: RemoteFile
    path: Path
    sha256: str
    downloaded: bool

    @property
    def verified(self) -> bool:
        """Whether the checksum was known beforehand; it then agrees, or `fetch` would have refused."""
        return self.file.sha256 is not None


def data_folder() -> Path:
    """Return the folder of fetched files: ``ESTIMATOR_DATA`` if set, else the user's cache."""
    import pooch

    return Path(os.environ.get(VARIABLE) or pooch.os_cache("registry-excess"))


def fetch(name: str, *, progress: bool = False) -> Fetched:
    """Bring a public file from its publisher, unless it is there already.

    Parameters
    ----------
    name : str
        See `estimator.sources.remote_files.remote_files`.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Fetched
        With the file's path and checksum.

    Raises
    ------
    DataError
        If there is no such name, the file can only be had by hand or could not be downloaded (the
        message says from where to where), or its checksum is not the known one.
    """
    files = remote_files()
    if name not in files:
        raise DataError(f"no public file {name!r}. There are: {', '.join(_grouped(files))}.")
    file = files[name]
    path = data_folder() / file.file
    there = path.is_file()
    if not there:
        _download(file, path, progress)
    digest = _sha256(path)
    if file.sha256 is not None and digest != file.sha256:
        raise DataError(
            f"{path}: checksum {digest} is not {file.sha256}. It is another file, or was changed: "
            "move it away and fetch again."
        )
    return Fetched(file, path, digest, downloaded=not there)


def by_hand(file: RemoteFile, path: Path) -> str:
    """Say how to bring a file without us.

    Parameters
    ----------
    file : RemoteFile
        What to bring.
    path : Path
        Where it belongs.
    """
    source = file.address or f"{file.page} ({file.where})"
    return f"By hand: download {source} and save it as {path}"


def _grouped(files: dict[str, RemoteFile]) -> list[str]:
    """Return names for a message; of the many vintages of the list the first and the last."""
    lists = [name for name in files if name.startswith("named-list-")]
    return [
        *(name for name in files if name not in lists),
        f"{lists[0]} to {lists[-1]} ({len(lists)} vintages)",
    ]


def _download(file: RemoteFile, path: Path, progress: bool) -> None:
    if file.address is None:
        raise DataError(f"{file.name} has no open address. {by_hand(file, path)}.")
    import pooch

    _prepare(path.parent)
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        pooch.retrieve(
            file.address,
            known_hash=file.sha256,
            fname=path.name,
            path=path.parent,
            downloader=pooch.HTTPDownloader(progressbar=progress, timeout=TIMEOUT),
        )
    except OSError as problem:  # requests' errors are of this kind
        raise DataError(
            f"{file.name} could not be downloaded ({type(problem).__name__}). {by_hand(file, path)}."
        ) from problem
    except ValueError as problem:  # pooch's word for a wrong checksum; it keeps nothing
        raise DataError(
            f"{file.name}: what {file.address} sent has another checksum than {file.sha256}, and was "
            f"not kept. See {file.page} whether the file was replaced."
        ) from problem
    finally:
        logger.setLevel(level)


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise DataError(
            f"{folder}: cannot be made ({type(problem).__name__}). Set {VARIABLE} to a folder of yours."
        ) from problem
    if not os.access(folder, os.W_OK):
        raise DataError(f"{folder}: cannot be written to. Set {VARIABLE} to a folder of yours.")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
