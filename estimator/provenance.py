"""Which software made a number."""

from __future__ import annotations

import platform
from importlib import metadata

VERSIONED = ("registry-excess", "numpy", "scipy", "xarray", "pymc", "pytensor", "nutpie", "numba")


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
