"""Which software made a number, and when its data were seen."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib import metadata
from typing import Any

from estimator.data.dates import UNKNOWN, day_of

VERSIONED = ("registry-excess", "numpy", "scipy", "xarray", "pymc", "pytensor", "nutpie", "numba")


def data_vintage(provenance: dict[str, Any]) -> str:
    """Return when the data of an estimate were seen: a day, or what else is told, or `UNKNOWN`.

    Sources write a vintage as ``2025-03-25``, as ``2025-03-25, data to 2023``, or less exactly, as
    ``2023-07``; what follows a day is left out here.

    Parameters
    ----------
    provenance : dict
        With ``data``, as `VitalModel.specification` and `RegistryModel.specification` give it.
    """
    told = str((provenance.get("data") or {}).get("vintage") or "").strip()
    day = re.match(r"\d{4}-\d{2}-\d{2}(?![\d-])", told)
    if day is not None and day_of(day.group()) is not None:
        return day.group()
    return told or UNKNOWN


def as_of(provenance: dict[str, Any]) -> str:
    """Say when the data were seen: ``data as of 2025-03-25``, or ``data of unknown vintage``.

    Parameters
    ----------
    provenance : dict
        As for `data_vintage`.
    """
    vintage = data_vintage(provenance)
    return "data of unknown vintage" if vintage == UNKNOWN else f"data as of {vintage}"


def software() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide a number."""
    return {"python": platform.python_version(), **installed_versions()}


def installed_versions() -> dict[str, str]:
    """Return the versions of the packages that decide a number."""
    found = {}
    for name in VERSIONED:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


PACKAGE = "registry-excess"


def show_versions() -> dict[str, str | None]:
    """Print and return the versions of Python, the platform, this package and its dependencies.

    Nothing is imported: versions are read from what is installed.

    Returns
    -------
    dict
        Name to version; None for a dependency that is not installed.

    Examples
    --------
    >>> import estimator as est
    >>> versions = est.show_versions()  # doctest: +ELLIPSIS
    python ...
    >>> versions["registry-excess"] == est.__version__
    True
    """
    found: dict[str, str | None] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": str(os.cpu_count()),
        PACKAGE: _version(PACKAGE),
        **{name: _version(name) for name in _dependencies()},
    }
    width = max(len(name) for name in found)
    sys.stdout.write(
        "".join(f"{name:<{width}} {version or 'missing'}\n" for name, version in found.items())
    )
    return found


def _dependencies() -> list[str]:
    """Return the names this package requires, without extras, bounds and markers."""
    required = [line for line in metadata.requires(PACKAGE) or [] if "extra ==" not in line]
    return sorted(re.split(r"[^A-Za-z0-9_.-]", line, maxsplit=1)[0] for line in required)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
