"""What an estimate says of itself: data vintage, software, dates, convergence, and a short display."""

import os
import platform
import re
import sys
from abc import ABC, abstractmethod
from datetime import date
from html import escape
from importlib import metadata
from typing import Any

from estimator.data.periods import UNKNOWN, day_of, describe_years


class Described(ABC):
    """The description of an estimate, read from fields that `Estimate` adds."""

    quantity: str
    unit: str
    ages: str
    years: tuple[int, ...]
    dates: tuple[str, str] | None
    running: bool
    diagnostics: dict[str, Any]
    provenance: dict[str, Any]

    @property
    def target(self) -> str:
        """The target period in words: years, or the first and last day."""
        return " to ".join(self.dates) if self.dates else describe_years(self.years)

    @property
    def through(self) -> date:
        """The last day of the target period."""
        last = day_of(self.dates[1]) if self.dates else None
        return last or date(max(self.years), 12, 31)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the estimate must know."""
        return tuple(self.provenance.get("warnings") or ())

    @property
    def converged(self) -> bool:
        """Whether the posterior passed its convergence test."""
        return bool(self.diagnostics.get("converged", False))

    @property
    def heading(self) -> str:
        """What it counts, of whom and when: ``Excess deaths, ages 15-49, 2022-2023``."""
        name = self.quantity.replace("_", " ")
        who = f"{sex} " if (sex := self.provenance.get("target_sex")) else ""
        what = name if name.endswith(("share", self.unit)) else f"{name} {who}{self.unit}"
        what = f"Running totals of {what}" if self.running else what.capitalize()
        what = f"{place}: {what}" if (place := self.provenance.get("place")) else what
        return f"{what}, {'all ages' if self.ages == 'all' else f'ages {self.ages}'}, {self.target}"

    @property
    def _state(self) -> str:
        problems = "; ".join(self.diagnostics.get("problems", []))
        return "converged" if self.converged else f"NOT CONVERGED: {problems}"

    @abstractmethod
    def _facts(self) -> list[tuple[str, str]]:
        """Return lines of the display: what each is called, and its text."""

    def __repr__(self) -> str:
        return "\n".join([self.heading, *(f"  {name}: {text}" for name, text in self._facts())])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in self._facts()
        )
        return f"<table><caption>{escape(self.heading)}</caption>{rows}</table>"


VERSIONED = ("registry-excess", "numpy", "scipy", "xarray", "pymc", "pytensor", "nutpie", "numba")


def data_vintage(provenance: dict[str, Any]) -> str:
    """Return when the data of an estimate were seen: a day, or a less exact time, or `UNKNOWN`.

    ``data`` is as `VitalModel.specification` and `RegistryModel.specification` give it. Sources write a
    vintage as ``2025-03-25``, as ``2025-03-25, data to 2023``, or less exactly, as ``2023-07``; what
    follows a day is left out here.
    """
    written = str((provenance.get("data") or {}).get("vintage") or "").strip()
    day = re.match(r"\d{4}-\d{2}-\d{2}(?![\d-])", written)
    if day is not None and day_of(day.group()) is not None:
        return day.group()
    return written or UNKNOWN


def is_publication_day(provenance: dict[str, Any]) -> bool:
    """Whether the vintage is the day of publication, the day of extraction being unknown."""
    return "published" in str((provenance.get("data") or {}).get("vintage"))


def as_of(provenance: dict[str, Any]) -> str:
    """Say when the data were seen: ``data as of 2025-03-25``, ``data published on …``, or unknown."""
    vintage = data_vintage(provenance)
    if vintage == UNKNOWN:
        return "data of unknown vintage"
    return f"data {'published on' if is_publication_day(provenance) else 'as of'} {vintage}"


def software() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide a number."""
    versions = {name: _version(name) or "not installed" for name in VERSIONED}
    return {"python": platform.python_version(), **versions}


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
    versions: dict[str, str | None] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": str(os.cpu_count()),
        PACKAGE: _version(PACKAGE),
        **{name: _version(name) for name in _dependencies()},
    }
    width = max(len(name) for name in versions)
    sys.stdout.write(
        "".join(f"{name:<{width}} {version or 'missing'}\n" for name, version in versions.items())
    )
    return versions


def _dependencies() -> list[str]:
    """Return the names this package requires, without extras, bounds and markers."""
    required = [line for line in metadata.requires(PACKAGE) or [] if "extra ==" not in line]
    return sorted(re.split(r"[^A-Za-z0-9_.-]", line, maxsplit=1)[0] for line in required)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
