"""What was done to the records of a registry, rule by rule: counts only, never a value."""

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from estimator.errors import DataWarning


class RegistryWarning(DataWarning):
    """Something about the records of a registry that a user must know."""


class PatronymicWarning(RegistryWarning):
    """The sex column contradicts the patronymics in more than 1% of records."""


@dataclass(frozen=True)
class Rule:
    """One rule of cleaning: its short, stable name, how many records it touched, and what it says."""

    name: str
    records: int
    action: str
    """What became of the records: ``left out``, by the first rule that applies, ``repaired`` or ``kept``."""
    text: str


@dataclass(frozen=True)
class QualityReport:
    """How many records each rule touched, in order; those left out and those kept add up to those read.

    `kept` are the cases in the triangle; the openings are those of records with usable dates.
    """

    files: tuple[str, ...]
    read: int
    kept: int
    rules: tuple[Rule, ...]
    extracted_on: date
    first_opening: date | None = None
    last_opening: date | None = None
    notes: tuple[str, ...] = field(default=())

    def __getitem__(self, name: str) -> int:
        """Return how many records the rule of this name touched; 0 if none was."""
        return sum(rule.records for rule in self.rules if rule.name == name)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a rule: name, records, share of those read, action, text."""
        frame = pd.DataFrame(
            [asdict(rule) for rule in self.rules], columns=["name", "records", "action", "text"]
        )
        frame.insert(2, "share", frame["records"] / max(self.read, 1))
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        return json.loads(json.dumps(asdict(self), default=str))

    def __str__(self) -> str:
        lines = [
            f"Quality of {len(self.files)} file{'s' * (len(self.files) > 1)}: {self.read:,} records "
            f"read, {self.kept:,} cases kept; extracted on {self.extracted_on}, openings from "
            f"{self.first_opening} to {self.last_opening}"
        ]
        for rule in self.rules:
            if rule.records:
                share = 100 * rule.records / max(self.read, 1)
                lines.append(f"  {rule.records:>12,}  {share:5.1f}%  {rule.action:<9} {rule.text}")
        if clean := ", ".join(rule.name for rule in self.rules if not rule.records):
            lines.append(f"  looked for and not found: {clean}")
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])
