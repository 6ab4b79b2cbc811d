"""Flash estimate: deaths up to a day, from the list as known then and its completeness."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from estimator.data.dates import parse_vintage
from estimator.data.evidence import DeathsEvidence, check_one_vintage, known_by
from estimator.data.minimum import GRACE, DocumentedMinimum
from estimator.data.named_list import NamedListVintages
from estimator.errors import DataError, VintageError
from estimator.estimate.intervals import credible_interval
from estimator.nowcast.completeness import estimate_completeness, summarise

LONGEST = timedelta(days=120)
"""How far past its last week of death a list may be carried."""


@dataclass(frozen=True, eq=False)
class Flash:
    """War deaths by week up to a day, as they could be estimated on a date.

    Parameters
    ----------
    deaths : DataFrame
        One row a week of death (first day), one column a draw, in persons. The last week is cut at
        `through`.
    completeness : DataFrame
        Share on the list at its vintage, by week; one column a draw.
    as_of : datetime.date
        Nothing seen later is in it.
    through : datetime.date
        The last day of death.
    minimum : DocumentedMinimum
        The list at its last vintage by then.
    anchors : tuple of str
        The publications completeness was learned from, with their dates.
    warnings : tuple of str
        What the reader must know.
    holds_late : bool
        Whether deaths declared late are in it, as they are in the publications it learned from.
    published : dict
        What the last publication says by itself: name, published_on, start, end, deaths, and ours of
        the same days (median, lower and upper of 95%).
    prior_only : str
        Why the estimate is little more than its prior; empty where it is not.
    """

    deaths: pd.DataFrame = field(repr=False)
    completeness: pd.DataFrame = field(repr=False)
    as_of: date
    through: date
    minimum: DocumentedMinimum
    anchors: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    holds_late: bool = False
    published: dict[str, Any] = field(default_factory=dict)
    prior_only: str = ""

    def weekly(self, level: float = 0.95) -> pd.DataFrame:
        """Return one row a week: deaths and completeness, median and equal-tailed interval."""
        return summarise(self.deaths, "deaths", level).join(
            summarise(self.completeness, "completeness", level)
        )

    def yearly(self, level: float = 0.95) -> pd.DataFrame:
        """Return deaths and completeness by the year in which a week begins, and all together."""
        year = pd.DatetimeIndex(self.deaths.index).year.astype(str)
        named = self.completeness * self.deaths
        deaths = pd.concat([self.deaths.groupby(year).sum(), self.deaths.sum().to_frame("all").T])
        names = pd.concat([named.groupby(year).sum(), named.sum().to_frame("all").T])
        table = summarise(deaths, "deaths", level).round(0).astype(int)
        return table.join(summarise(names / deaths, "completeness", level)).rename_axis("died in")

    def cumulative(self, level: float = 0.95) -> pd.DataFrame:
        """Return running totals of deaths, median and equal-tailed interval."""
        return summarise(self.deaths.cumsum(), "deaths", level)

    def total(self, level: float = 0.95) -> dict[str, float]:
        """Return deaths up to `through`: median, lower, upper, and the chance to exceed the list."""
        draws = self.deaths.sum().to_numpy()
        lower, upper = credible_interval(draws, level=level)
        return {
            "median": float(np.median(draws)),
            "lower": float(lower),
            "upper": float(upper),
            "probability_above_minimum": float((draws > self.minimum.total).mean()),
            "share_on_list": float(np.median(self.minimum.total / draws)),
        }

    def to_dict(self, level: float = 0.95) -> dict[str, Any]:
        """Return the estimate as plain values, with its dates."""
        weeks = self.weekly(level).join(self.cumulative(level).add_prefix("cumulative_")).round(4)
        return {
            "quantity": "war deaths on the Russian side since the first week, persons",
            "as_of": str(self.as_of),
            "through": str(self.through),
            "list_vintage": str(self.minimum.vintage),
            "minimum": self.minimum.total,
            "source": self.minimum.source,
            "interval": {"kind": "eti", "level": level},
            "total": self.total(level),
            "learned_from": list(self.anchors),
            "published": self.published,
            "little_more_than_prior": self.prior_only or None,
            "warnings": list(self.warnings),
            "weeks": [
                {"week": str(week.date()), **row}
                for week, row in zip(weeks.index, weeks.to_dict("records"), strict=True)
            ],
        }

    def __str__(self) -> str:
        told = self.total()
        doubt = f", LITTLE MORE THAN ITS PRIOR ({self.prior_only})" if self.prior_only else ""
        lines = [
            f"Flash estimate as of {self.as_of}{doubt}: {told['median']:,.0f} war deaths on the Russian "
            f"side to {self.through} (95% credible interval {told['lower']:,.0f} to "
            f"{told['upper']:,.0f})",
            f"  documented minimum: {self.minimum.total:,} names, vintage {self.minimum.vintage}; "
            f"{told['share_on_list']:.0%} of the dead",
        ]
        if beside := self.published:
            lines.append(
                f"  published: {beside['deaths']:,.0f}, {beside['start']} to {beside['end']} "
                f"({beside['name']}, {beside['published_on']}); ours of these days "
                f"{beside['median']:,.0f} ({beside['lower']:,.0f} to {beside['upper']:,.0f})"
            )
        lines.append("  completeness learned from " + "; ".join(self.anchors))
        return "\n".join([*lines, *(f"  {warning}" for warning in self.warnings)])


def flash(
    vintages: NamedListVintages,
    anchors: list[DeathsEvidence],
    *,
    as_of: date | str,
    through: date | str | None = None,
    seed: int,
    draws: int = 3000,
    mixed_vintages: bool = False,
) -> Flash:
    """Estimate deaths up to a day from the list as known on a date, and earlier publications.

    The growth of the list is fitted first and completeness given its draws: publications do not
    change what is thought of the list (a cut between the two models).

    Parameters
    ----------
    vintages : NamedListVintages
        The list; vintages later than `as_of` are not used.
    anchors : list of DeathsEvidence
        Published estimates; those that appeared after `as_of` are not used.
    as_of : datetime.date or str
        The date of the estimate.
    through : datetime.date or str, optional
        The last day of death. By default `as_of`, or the end of the list's last week where that is
        more than `LONGEST` before it.
    seed : int
        Same seed, same digits.
    draws : int
        Draws; at least `completeness.SOLVED` are taken.
    mixed_vintages : bool
        Whether publications of one family and of vintages more than a month apart may state the same
        days, and whether the list may have been seen last more than a month before `as_of`.

    Raises
    ------
    VintageError
        If nothing was known of the list, or nothing published, by then; or vintages are mixed and
        that was not asked for.
    DataError
        If `through` lies too far past the list's vintage.
    """
    day = parse_vintage(as_of)
    known = vintages.as_of(day)
    if (seen := known.minimum().vintage) < day - GRACE and not mixed_vintages:
        raise VintageError(
            f"{known.source}: last seen on {seen}, {(day - seen).days} days before {day}: it is not the "
            "list of that day. Take an earlier day, or ask for it with mixed_vintages=True."
        )
    shown = known.growing().weeks[-1].date() + timedelta(days=6)
    default = day if day <= shown + LONGEST else shown
    last = default if through is None else parse_vintage(through)
    if last > shown + LONGEST:
        raise DataError(
            f"{last} is more than {LONGEST.days} days past the last week of death that the list shows, "
            f"which ends on {shown}. Take a later vintage, or an earlier day."
        )
    published = [anchor.until(last) for anchor in known_by(anchors, day)]
    learned = [anchor for anchor in published if anchor is not None]
    if not learned:
        raise VintageError(f"no publication known on {day} covers a period that ends by {last}.")
    learned, superseded = _of_one_kind(learned)
    if not mixed_vintages:
        check_one_vintage(learned)
    completeness = estimate_completeness(known, learned, through=last, seed=seed, draws=draws)
    # the last week ends on the day asked for
    weeks = completeness.deaths.index
    whole = np.clip(((pd.Timestamp(last) - weeks).days + 1) / 7, 0, 1).to_numpy()
    deaths = completeness.deaths.mul(whole, axis=0)
    return Flash(
        deaths=deaths,
        completeness=completeness.share(),
        as_of=day,
        through=last,
        minimum=known.minimum(),
        anchors=completeness.learned_from,
        warnings=(*completeness.warnings, *superseded),
        holds_late=any(anchor.holds_late for anchor in learned),
        published=_published(learned, deaths),
        prior_only=completeness.prior_only,
    )


def _published(learned: list[DeathsEvidence], deaths: pd.DataFrame) -> dict[str, Any]:
    """Return the figure of the last publication for its longest period, and ours of the same days."""
    last = max(anchor.published_on for anchor in learned)
    parts = [anchor for anchor in learned if anchor.published_on == last]
    rows, shares = [], []
    for anchor in parts:
        share = anchor.overlap(pd.DatetimeIndex(deaths.index))
        if anchor.item_sd is None:  # weeks: all together
            rows.append(anchor.periods)
            shares.append(share.sum(axis=0))
        else:
            length = (anchor.periods["end"] - anchor.periods["start"]).to_numpy()
            rows.append(anchor.periods.iloc[[int(length.argmax())]])
            shares.append(share[int(length.argmax())])
    told = pd.concat(rows)
    ours = np.minimum(np.sum(shares, axis=0), 1) @ deaths.to_numpy()
    lower, upper = credible_interval(ours, level=0.95)
    return {
        "name": "; ".join(anchor.name for anchor in parts), "published_on": str(last),
        "start": str(told["start"].min().date()), "end": str(told["end"].max().date()),
        "deaths": float(told["deaths"].sum()), "median": float(np.median(ours)),
        "lower": float(lower), "upper": float(upper),
    }  # fmt: skip


def _of_one_kind(learned: list[DeathsEvidence]) -> tuple[list[DeathsEvidence], tuple[str, ...]]:
    """Leave out registry figures without late deaths once there are some with them."""
    if not any(anchor.holds_late for anchor in learned):
        return learned, ()
    kept = [anchor for anchor in learned if anchor.holds_late or anchor.family != "registry"]
    left = [anchor.name for anchor in learned if anchor not in kept]
    told = f"left out, being without late deaths: {'; '.join(left)}"
    return kept, (told,) if left else ()
