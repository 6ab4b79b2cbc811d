"""Public files that are not ours to ship: fetched from their publishers' addresses, checked, kept."""

import logging
import os
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from estimator.errors import DataError

VARIABLE = "ESTIMATOR_DATA"
"""Environment variable that names a folder of one's own instead of the cache."""
TIMEOUT = 30


@dataclass(frozen=True)
class RemoteFile:
    """A public file, as listed in remote.toml: what it is, where it is published, how to cite it.

    `file` is its name on our side, looked for in ``ESTIMATOR_DATA`` too; `page` where a person finds it
    and `where` on that page; `address` where a program gets it, None where one must register or ask;
    `sha256` that of the file as published, None where not known or the file is renewed in place.
    """

    name: str
    file: str
    what: str
    page: str
    licence: str
    citation: str
    read_with: str
    address: str | None = None
    sha256: str | None = None
    where: str = ""


@dataclass(frozen=True)
class Fetched:
    """A file on disk, the checksum of its bytes, and whether it was downloaded now."""

    file: RemoteFile
    path: Path
    sha256: str
    downloaded: bool

    @property
    def verified(self) -> bool:
        """Whether the checksum was known beforehand; it then agrees, or `fetch` would have refused."""
        return self.file.sha256 is not None


@cache
def remote_files() -> dict[str, RemoteFile]:
    """Return every public file by name; those of the named list are called by the day of their copy."""
    listed = tomllib.loads((files("estimator.sources") / "remote.toml").read_text("utf-8"))
    known = {name: RemoteFile(name, **entry) for name, entry in listed["files"].items()}
    lists = listed["named-lists"]
    for day, commit in lists["commits"].items():
        path, name = f"docs/{day}_cumsum.csv", f"named-list-{day}"
        common = {key: lists[key] for key in ("page", "licence", "citation")}
        known[name] = RemoteFile(
            name=name, file=f"named_list_{day}.csv", where=path,
            address=f"{lists['raw']}/{commit}/{path}",
            what=f"Names of known date of death, by day, as seen on {day}",
            read_with=f"est.read_minimum, its column change called count; vintage={day!r}",
            **common,
        )  # fmt: skip
    return known


def data_folder() -> Path:
    """Return the folder of fetched files: ``ESTIMATOR_DATA`` if set, else the user's cache."""
    import pooch

    return Path(os.environ.get(VARIABLE) or pooch.os_cache("registry-excess"))


def fetch(name: str, *, progress: bool = False) -> Fetched:
    """Bring a public file of `remote_files` from its publisher, unless it is there already."""
    import pooch

    known = remote_files()
    if name not in known:
        lists = [listed for listed in known if listed.startswith("named-list-")]
        others = ", ".join(listed for listed in known if listed not in lists)
        raise DataError(
            f"no public file {name!r}. There are: {others}, {lists[0]} to {lists[-1]} ({len(lists)} "
            "vintages)."
        )
    file = known[name]
    path = data_folder() / file.file
    there = path.is_file()
    if not there:
        _download(file, path, progress)
    digest = pooch.file_hash(path)
    if file.sha256 is not None and digest != file.sha256:
        raise DataError(
            f"{path}: checksum {digest} is not {file.sha256}. It is another file, or was changed: "
            "move it away and fetch again."
        )
    return Fetched(file, path, digest, downloaded=not there)


def _download(file: RemoteFile, path: Path, progress: bool) -> None:
    place = file.address or f"{file.page} ({file.where})"
    by_hand = f"By hand: download {place} and save it as {path}."
    if file.address is None:
        raise DataError(f"{file.name} has no open address. {by_hand}")
    import pooch

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise DataError(
            f"{path.parent}: cannot be made ({type(problem).__name__}). Set {VARIABLE} to a folder of yours."
        ) from problem
    if not os.access(path.parent, os.W_OK):
        raise DataError(f"{path.parent}: cannot be written to. Set {VARIABLE} to a folder of yours.")
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        downloader = pooch.HTTPDownloader(progressbar=progress, timeout=TIMEOUT)
        pooch.retrieve(file.address, file.sha256, path.name, path.parent, downloader=downloader)
    except OSError as problem:  # requests' errors are of this kind
        raise DataError(
            f"{file.name} could not be downloaded ({type(problem).__name__}). {by_hand}"
        ) from problem
    except ValueError as problem:  # pooch's word for a wrong checksum; it keeps nothing
        raise DataError(
            f"{file.name}: what {file.address} sent has another checksum than {file.sha256}, and was "
            f"not kept. See {file.page} whether the file was replaced."
        ) from problem
    finally:
        logger.setLevel(level)
