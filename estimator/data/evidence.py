"""Published estimates of war deaths that a flash estimate learns completeness from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd

from estimator.data.minimum import GRACE
from estimator.data.periods import parse_vintage
from estimator.errors import DataError, VintageError


@dataclass(frozen=True, eq=False)
class DeathsEvidence:
    """War deaths by period, as one publication gave them; `published_on` is their vintage."""

    name: str
    published_on: date
    periods: pd.DataFrame = field(repr=False)
    """One row a period: start and end (days, both included) and deaths (persons, above 0)."""
    common_sd: float
    """Standard deviation, in logs, of the error that all its figures share (capture probability)."""
    item_sd: float | None = 0.05
    """Standard deviation, in logs, of each period's own error; for weeks it is learned instead."""
    family: str = "registry"
    """What it rests on. Publications of one family share half of the variance of `common_sd`: all
    estimates from the registry depend on its capture probability."""
    holds_late: bool = False
    """Whether its figures hold deaths declared late, so that court-declared deaths must not be added."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "published_on", parse_vintage(self.published_on))
        periods = self.periods[["start", "end", "deaths"]].reset_index(drop=True)
        periods = periods.assign(start=pd.to_datetime(periods["start"]), end=pd.to_datetime(periods["end"]))
        bad = (~(periods["deaths"] > 0) | (periods["end"] < periods["start"])).to_numpy()
        if periods.empty or bad.any():
            fault = "no periods" if periods.empty else f"{periods[bad].iloc[0].to_dict()}"
            raise DataError(f"{self.name}: {fault}: give a first and last day, and deaths above zero.")
        if self.common_sd <= 0 or (self.item_sd is not None and self.item_sd <= 0):
            raise DataError(f"{self.name}: standard deviations must be above zero.")
        object.__setattr__(self, "periods", periods)

    def until(self, day: date | str) -> DeathsEvidence | None:
        """Return the periods that end by a day, or None if there is none."""
        kept = self.periods[self.periods["end"] <= pd.Timestamp(parse_vintage(day))]
        return None if kept.empty else replace(self, periods=kept)

    def overlap(self, weeks: pd.DatetimeIndex) -> np.ndarray:
        """Return the share of each week that lies in each period, shape (periods, weeks)."""
        start = self.periods["start"].to_numpy()[:, None]
        end = self.periods["end"].to_numpy()[:, None] + np.timedelta64(1, "D")
        first = weeks.to_numpy()[None, :]
        days = np.minimum(end, first + np.timedelta64(7, "D")) - np.maximum(start, first)
        share = np.clip(days / np.timedelta64(7, "D"), 0, 1)
        if (outside := share.sum(axis=1) == 0).any():
            row = self.periods[outside].iloc[0]
            raise DataError(
                f"{self.name}: {row['start'].date()} to {row['end'].date()} has no week of the list, "
                f"{weeks[0].date()} to {weeks[-1].date()}. Leave it out, or take more weeks."
            )
        return share


def known_by(anchors: list[DeathsEvidence], as_of: date) -> list[DeathsEvidence]:
    """Return publications that had appeared by a day, the day itself among them."""
    known = [anchor for anchor in anchors if anchor.published_on <= as_of]
    if not known:
        first = min((anchor.published_on for anchor in anchors), default=None)
        text = f"; the first is of {first}" if first else ""
        raise VintageError(
            f"no estimate of deaths had been published by {as_of}{text}. Take a later day, or "
            "give an estimate known by then."
        )
    return known


def published_through(anchors: list[DeathsEvidence]) -> pd.Timestamp:
    """Return the last day of which a publication states deaths."""
    return max(anchor.periods["end"].max() for anchor in anchors)


def check_one_vintage(anchors: list[DeathsEvidence]) -> None:
    """Check that no two publications of one family, of vintages far apart, state the same days."""
    for one, other in combinations(sorted(anchors, key=lambda a: a.published_on), 2):
        first = max(one.periods["start"].min(), other.periods["start"].min())
        last = min(one.periods["end"].max(), other.periods["end"].max())
        far = other.published_on - one.published_on > GRACE
        if far and one.family == other.family and first <= last:
            raise VintageError(
                f"{one.name} ({one.published_on}) and {other.name} ({other.published_on}) state deaths "
                f"of the same days, {first.date()} to {last.date()}: one is a revision of the other. "
                "Give one of them, or ask for both, each with its own error, by mixed_vintages=True."
            )
