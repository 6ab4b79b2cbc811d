"""Which software made a number, and when its data were seen."""

from __future__ import annotations

import platform
import re
from importlib import metadata
from typing import Any

from estimator.days import day_of

VERSIONED = ("registry-excess", "numpy", "scipy", "xarray", "pymc", "pytensor", "nutpie", "numba")
UNKNOWN = "unknown"
"""The vintage of data of which nobody said when they were seen."""


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
