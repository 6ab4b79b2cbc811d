"""Versions of everything a result depends on, for bug reports and methods sections."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib import metadata

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
