"""What an estimate says of itself: its dates, its convergence, and a short display."""

from __future__ import annotations

from datetime import date
from html import escape
from typing import Any

from estimator.data.dates import day_of
from estimator.data.periods import describe_years


class Described:
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
        what = name if name.endswith(("share", self.unit)) else f"{name} {self.unit}"
        what = f"Running totals of {what}" if self.running else what.capitalize()
        return f"{what}, {'all ages' if self.ages == 'all' else f'ages {self.ages}'}, {self.target}"

    @property
    def _state(self) -> str:
        problems = "; ".join(self.diagnostics.get("problems", []))
        return "converged" if self.converged else f"NOT CONVERGED: {problems}"

    def _facts(self) -> list[tuple[str, str]]:
        raise NotImplementedError

    def __repr__(self) -> str:
        return "\n".join([self.heading, *(f"  {name}: {text}" for name, text in self._facts())])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>"
            for name, text in self._facts()
        )
        return f"<table><caption>{escape(self.heading)}</caption>{rows}</table>"
