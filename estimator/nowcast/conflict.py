r"""Where sources conflict: each statement against what all the others would have it be.

The joint view is fitted again without a source, and the source's figures are drawn from what is left,
with the errors that it states of itself. The p-value is two-sided,

.. math:: p = 2 \min\{P(y^{rep} \geq y),\; P(y^{rep} \leq y)\}.

A small p is a conflict, and is shown: nothing is averaged away. Errors that publications of one family
share are drawn as if they were not, so that a conflict within a family is understated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from estimator.data.evidence import DeathsEvidence
from estimator.data.matched_sample import MatchedSample
from estimator.data.named_list import NamedListVintages
from estimator.errors import VintageError
from estimator.nowcast.declared import interval_of
from estimator.nowcast.flash import Flash, flash
from estimator.nowcast.synthesis import JointView

CONFLICT = 0.05
COLUMNS = [
    "source",
    "period",
    "stated",
    "expected",
    "expected_lower",
    "expected_upper",
    "p",
    "told",
    "vintage",
]


def statements(
    view: JointView, vintages: NamedListVintages, matched: MatchedSample | None = None, *,
    seed: int, draws: int = 1500, level: float = 0.95,
) -> pd.DataFrame:  # fmt: skip
    """Return every source's statements beside what the other sources expect of them.

    Parameters
    ----------
    view : JointView
        All sources together.
    vintages : NamedListVintages
        The list, as given to `joint_view`.
    matched : MatchedSample, optional
        The share of named dead with a case: set against the capture that the others imply.
    seed, draws : int
        Of the fits without a source.
    level : float
        Mass of the intervals.

    Returns
    -------
    DataFrame
        source, period, stated, expected (median, lower, upper) without it, p, what was done, and
        vintage: when the source was published, seen or matched.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for at, anchor in enumerate(view.anchors):
        others = [one for other, one in enumerate(view.anchors) if other != at]
        rest = _without(view, vintages, others, seed=seed, draws=draws)
        rows += _of(_against(anchor, rest, rng, level), anchor.published_on)
    rows += _named(view, level)
    if matched is not None:
        others = [one for one in view.anchors if not one.family.startswith("registry")]
        rest = _without(view, vintages, others, seed=seed, draws=draws)
        rows += _of(_capture(view, matched, rest, rng, level), matched.vintage)
    rows += _late(view, level)
    return pd.DataFrame(rows, columns=COLUMNS)


def _of(rows: list[dict[str, Any]], vintage: object) -> list[dict[str, Any]]:
    return [row | {"vintage": str(vintage)} for row in rows]


def two_sided(replicates: np.ndarray, stated: float) -> float:
    """Return the two-sided p-value of a figure among replicates.

    Parameters
    ----------
    replicates : array
        Draws of the figure.
    stated : float
        The figure.
    """
    above, below = (replicates >= stated).mean(), (replicates <= stated).mean()
    return float(min(1.0, 2 * min(above, below)))


def _without(
    view: JointView,
    vintages: NamedListVintages,
    others: list[DeathsEvidence],
    *,
    seed: int,
    draws: int,
) -> Flash | None:
    if not others:
        return None
    day = view.flash.as_of
    try:
        return flash(
            vintages, others, as_of=day, through=view.flash.through, seed=seed, draws=draws,
            mixed_vintages=True,  # the view was asked for them already
        )  # fmt: skip
    except VintageError:
        return None


def _against(
    anchor: DeathsEvidence, rest: Flash | None, rng: np.random.Generator, level: float
) -> list[dict[str, Any]]:
    periods = _by_year(anchor)
    if rest is None:
        told = "no other source tells the level"
        return [_row(anchor.name, p, stated, None, told, level) for p, _, stated in periods]
    weeks = pd.DatetimeIndex(rest.deaths.index)
    error = anchor.common_sd * rng.standard_normal(rest.deaths.shape[1])
    rows = []
    for told, periods_of, stated in periods:
        share = periods_of.overlap(weeks)
        expected = (share @ rest.deaths.to_numpy()).sum(axis=0) * np.exp(error)
        own = 0.0 if anchor.item_sd is None else anchor.item_sd
        expected = expected * np.exp(own * rng.standard_normal(len(expected)))
        rows.append(_row(anchor.name, told, stated, expected, "without it", level))
    return rows


def _by_year(anchor: DeathsEvidence) -> list[tuple[str, DeathsEvidence, float]]:
    """Return weekly figures added up by year, and totals as they stand."""
    table = anchor.periods
    whole = (table["end"] - table["start"]).dt.days.max() > 31
    keys = np.arange(len(table)) if whole else table["start"].dt.year.to_numpy()
    out = []
    for key in pd.unique(keys):
        kept = table[keys == key]
        told = f"{kept['start'].min().date()} to {kept['end'].max().date()}"
        part = DeathsEvidence(
            anchor.name, anchor.published_on, kept, anchor.common_sd, anchor.item_sd, anchor.family
        )
        out.append((told, part, float(kept["deaths"].sum())))
    return out


def _named(view: JointView, level: float) -> list[dict[str, Any]]:
    """Set names against war dead: the list is part of both, and can only be exceeded."""
    table = view.to_frame(level)
    return [
        {
            "source": "named list", "period": row["period"], "stated": float(row["named"]),
            "expected": row["war_dead"], "expected_lower": row["war_dead_lower"],
            "expected_upper": row["war_dead_upper"], "p": row["probability_above_named"],
            "told": "one-sided: chance that the dead are more than the names",
            "vintage": row["named_vintage"],
        }
        for row in table.to_dict("records")
    ]  # fmt: skip


def _capture(
    view: JointView,
    matched: MatchedSample,
    rest: Flash | None,
    rng: np.random.Generator,
    level: float,
) -> list[dict[str, Any]]:
    """Set the share of named dead with a case against what sources outside the registry imply."""
    weekly = [a for a in view.anchors if a.family == "registry"]
    found, sampled = matched.total
    if rest is None or not weekly or matched.vintage >= view.flash.as_of:
        return []
    first = weekly[0]
    weeks = pd.DatetimeIndex(rest.deaths.index)
    dead = (first.overlap(weeks) @ rest.deaths.to_numpy()).sum(axis=0)
    cases = first.periods["deaths"].sum() * found / sampled
    share = np.clip(cases / dead, 0, 1)
    again = rng.binomial(sampled, share) / sampled * 100
    told = f"{found} of {sampled} found, in per cent; implied by sources outside the registry"
    return [_row("matched sample", "per cent", 100 * found / sampled, again, told, level)]


def _late(view: JointView, level: float) -> list[dict[str, Any]]:
    late = view.present.late
    if late is None:
        return []
    added = view.present.total - view.present.ordinary
    told = "added to the rest: no other source speaks of these men"
    reached = late.filings.latest()["last_day"].max().date()
    row = _row("court filings", f"to {reached}", float("nan"), added, told, level)
    return _of([row | {"p": None}], late.filings.latest()["known_on"].max().date())


def _row(
    source: str, period: str, stated: float, expected: np.ndarray | None, told: str, level: float
) -> dict[str, Any]:
    row: dict[str, Any] = {"source": source, "period": period, "stated": stated, "told": told}
    if expected is None:
        return row | dict.fromkeys(COLUMNS[3:7])
    found = interval_of(expected, level)
    return row | {
        "expected": found["median"], "expected_lower": found["lower"],
        "expected_upper": found["upper"], "p": two_sided(expected, stated),
    }  # fmt: skip


def conflicts(table: pd.DataFrame) -> list[str]:
    """Return in words the statements that the other sources contradict.

    Parameters
    ----------
    table : DataFrame
        As `statements` returns it.
    """
    low = table[table["p"].notna() & (table["p"].astype(float) < CONFLICT)]
    return [
        f"{row['source']}, {row['period']}: {row['stated']:,.0f} stated, {row['expected']:,.0f} "
        f"({row['expected_lower']:,.0f} to {row['expected_upper']:,.0f}) expected from the others, "
        f"p = {row['p']:.3f}"
        for row in low.to_dict("records")
    ]
