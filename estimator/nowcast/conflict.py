r"""Where sources conflict: each statement against what all the others would have it be.

The synthesis is fitted again without a source, and the source's figures are drawn from what is left,
with the errors that it states of itself. The p-value is two-sided,

.. math:: p = 2 \min\{P(y^{rep} \geq y),\; P(y^{rep} \leq y)\}.

A small p is a conflict, and is shown: nothing is averaged away. Errors that publications of one family
share are drawn as if they were not, so that a conflict within a family is understated.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from estimator.data.evidence import DeathsEvidence
from estimator.data.matched_sample import MatchedSample
from estimator.data.named_list import NamedListVintages
from estimator.errors import VintageError
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import interval_of
from estimator.nowcast.flash import flash
from estimator.nowcast.synthesis import by_period, evidence_used
from estimator.nowcast.total import has_declared
from estimator.nowcast.weeks import weeks_of

CONFLICT = 0.05
COLUMNS = (
    "source", "period", "stated", "expected", "expected_lower", "expected_upper", "p", "told", "vintage",
)  # fmt: skip


def statements(
    deaths: Estimate, vintages: NamedListVintages, evidence: list[DeathsEvidence],
    matched: MatchedSample | None = None, *, seed: int, draws: int = 1500, level: float = 0.95,
) -> pd.DataFrame:  # fmt: skip
    """Return every source's statements with what the other sources expect of them.

    List and evidence are those given to `synthesis`; the matched sample, the share of named dead with
    a case, is compared with the capture probability that the others imply. Seed and draws are of the
    fits without a source. Columns are `COLUMNS`: expected (median, lower, upper) without the source, p,
    what was done, and vintage, when the source was published, seen or matched.
    """
    rng, used = np.random.default_rng(seed), evidence_used(deaths, evidence)
    rows: list[dict[str, Any]] = []
    for at, one in enumerate(used):
        others = [*used[:at], *used[at + 1 :]]
        rest = _without(deaths, vintages, others, seed=seed, draws=draws)
        rows += _against(one, rest, rng, level)
    rows += _named(by_period(deaths, vintages, level))
    if matched is not None:
        others = [one for one in used if not one.family.startswith("registry")]
        rest = _without(deaths, vintages, others, seed=seed, draws=draws)
        weekly = [one for one in used if one.family == "registry"]
        if rest is not None and weekly and str(matched.vintage) < str(deaths.as_of):
            rows.append(_capture(weekly[0], matched, rest, rng, level))
    rows += _declared(deaths, level)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def two_sided(replicates: np.ndarray, stated: float) -> float:
    """Return the two-sided p-value of a figure among replicates."""
    above, below = (replicates >= stated).mean(), (replicates <= stated).mean()
    return float(min(1.0, 2 * min(above, below)))


def _without(
    deaths: Estimate, vintages: NamedListVintages, others: list[DeathsEvidence], *, seed: int,
    draws: int,
) -> Estimate | None:  # fmt: skip
    if not others:
        return None
    try:
        return flash(
            vintages, others, as_of=str(deaths.as_of), through=deaths.through, seed=seed, draws=draws,
            mixed_vintages=True,  # the synthesis was asked for them already
        )  # fmt: skip
    except VintageError:
        return None


def _against(
    one: DeathsEvidence, rest: Estimate | None, rng: np.random.Generator, level: float
) -> list[dict[str, Any]]:
    periods = _by_year(one)
    if rest is None:
        why = "no other source states the level"
        return [
            _row((one.name, period, one.published_on), stated, None, why, level)
            for period, _, stated in periods
        ]
    weeks, ours = weeks_of(rest), rest.array()
    error = one.common_sd * rng.standard_normal(ours.shape[1])
    rows = []
    for period, part, stated in periods:
        expected = (part.overlap(weeks) @ ours).sum(axis=0) * np.exp(error)
        own = 0.0 if one.item_sd is None else one.item_sd
        expected = expected * np.exp(own * rng.standard_normal(len(expected)))
        label = one.name, period, one.published_on
        rows.append(_row(label, stated, expected, "without it", level))
    return rows


def _by_year(one: DeathsEvidence) -> list[tuple[str, DeathsEvidence, float]]:
    """Return weekly figures added up by year, and totals as they are: label, evidence, deaths."""
    table = one.periods
    whole = (table["end"] - table["start"]).dt.days.max() > 31
    keys = np.arange(len(table)) if whole else table["start"].dt.year.to_numpy()
    out = []
    for key in pd.unique(keys):
        kept = table[keys == key]
        label = f"{kept['start'].min().date()} to {kept['end'].max().date()}"
        out.append((label, replace(one, periods=kept), float(kept["deaths"].sum())))
    return out


def _named(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Compare names with war dead: the list is part of both, and can only be exceeded."""
    names = {
        "war_dead": "expected", "war_dead_lower": "expected_lower", "war_dead_upper": "expected_upper",
        "probability_above_named": "p", "named": "stated", "named_vintage": "vintage",
    }  # fmt: skip
    rows = table.rename(columns=names).astype({"stated": float})
    rows[["source", "told"]] = (
        "named list",
        "one-sided: chance that the dead are more than the names",
    )
    return rows[list(COLUMNS)].to_dict("records")


def _capture(
    first: DeathsEvidence, matched: MatchedSample, rest: Estimate, rng: np.random.Generator,
    level: float,
) -> dict[str, Any]:  # fmt: skip
    """Compare the share of named dead with a case with what sources outside the registry imply."""
    seen, sampled = matched.total
    dead = (first.overlap(weeks_of(rest)) @ rest.array()).sum(axis=0)
    cases = first.periods["deaths"].sum() * seen / sampled
    share = np.clip(cases / dead, 0, 1)
    again = rng.binomial(sampled, share) / sampled * 100
    what = f"{seen} of {sampled} found, in per cent; implied by sources outside the registry"
    label = "matched sample", "per cent", matched.vintage
    return _row(label, 100 * seen / sampled, again, what, level)


def _declared(deaths: Estimate, level: float) -> list[dict[str, Any]]:
    if not has_declared(deaths):
        return []
    added, filings = deaths.select("declared").total().array(), deaths.provenance["filings"]
    what = "added to the rest: no other source counts these men"
    label = "court filings", f"to {filings['filed_until']}", filings["known_on"]
    return [_row(label, float("nan"), added, what, level) | {"p": None}]


def _row(
    label: tuple[str, str, object],
    stated: float,
    expected: np.ndarray | None,
    what: str,
    level: float,
) -> dict[str, Any]:
    """Return a statement, labelled by source, period and vintage, with what is expected of it."""
    source, period, vintage = label
    row = {
        "source": source,
        "period": period,
        "stated": stated,
        "told": what,
        "vintage": str(vintage),
    }
    if expected is None:
        return row | dict.fromkeys(COLUMNS[3:7])
    numbers = interval_of(expected, level)
    return row | {
        "expected": numbers["median"], "expected_lower": numbers["lower"],
        "expected_upper": numbers["upper"], "p": two_sided(expected, stated),
    }  # fmt: skip


def conflicts(table: pd.DataFrame) -> list[str]:
    """Write each of the `statements` that the other sources contradict as a sentence."""
    low = table[table["p"].notna() & (table["p"].astype(float) < CONFLICT)]
    return [
        f"{row['source']}, {row['period']}: {row['stated']:,.0f} stated, {row['expected']:,.0f} "
        f"({row['expected_lower']:,.0f} to {row['expected_upper']:,.0f}) expected from the others, "
        f"p = {row['p']:.3f}"
        for row in low.to_dict("records")
    ]
