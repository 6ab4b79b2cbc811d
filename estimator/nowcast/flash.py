"""Flash estimate: deaths up to a day, from the list as known then and its completeness."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from estimator.data.evidence import DeathsEvidence, check_one_vintage, known_by
from estimator.data.minimum import GRACE
from estimator.data.named_list import NamedListVintages
from estimator.data.periods import parse_vintage
from estimator.errors import DataError, VintageError
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import interval_of
from estimator.nowcast.completeness import completeness
from estimator.nowcast.weeks import share_until, weeks_of

LONGEST = timedelta(days=120)
"""How far past its last week of death a list may be carried."""


def flash(
    vintages: NamedListVintages, evidence: list[DeathsEvidence], *, as_of: date | str,
    through: date | str | None = None, seed: int, draws: int = 3000, mixed_vintages: bool = False,
) -> Estimate:  # fmt: skip
    """Estimate deaths up to a day from the list as known on a date, and earlier publications.

    Vintages of the list and publications later than ``as_of`` are not used. The last week is cut at
    ``through``: by default `as_of`, or the end of the list's last week where that is more than `LONGEST`
    before it. At least `completeness.SOLVED` draws are taken.

    Provenance holds the minimum, the publications it learned_from, warnings, whether deaths declared
    late are in it (holds_late), the last publication's figure with ours of its days (published), and why
    it is little more than its prior (prior_only), empty where it is not.

    VintageError if nothing was known by then; or if publications of one family and of vintages more than
    a month apart state the same days, or the list was last seen more than a month before ``as_of``,
    unless ``mixed_vintages``. DataError if ``through`` lies too far past the list.
    """
    day = parse_vintage(as_of)
    known = vintages.as_of(day)
    if (seen := known.minimum().vintage) < day - GRACE and not mixed_vintages:
        raise VintageError(
            f"{known.source}: last seen on {seen}, {(day - seen).days} days before {day}: it is not the "
            "list of that day. Take an earlier day, or ask for it with mixed_vintages=True."
        )
    last = _last_day(known, day, through)
    learned = [part for one in known_by(evidence, day) if (part := one.until(last)) is not None]
    if not learned:
        raise VintageError(f"no publication known on {day} covers a period that ends by {last}.")
    learned, superseded = _of_one_kind(learned)
    if not mixed_vintages:
        check_one_vintage(learned)
    estimate = completeness(known, learned, through=last, seed=seed, draws=draws, mixed_vintages=True)
    # the last week ends on the day asked for
    inside = share_until(weeks_of(estimate), last)
    cells = (estimate.draws * xr.DataArray(inside, dims="period")).isel(period=inside > 0)
    minimum, provenance = known.minimum(), estimate.provenance
    provenance = provenance | {
        "model": "deaths to date",
        "as_of": str(day),
        "data": {"source": minimum.source, "vintage": str(minimum.vintage)},
        "minimum": {
            "total": minimum.total, "vintage": str(minimum.vintage), "source": minimum.source,
        },
        "warnings": [*provenance["warnings"], *superseded],
        "holds_late": any(one.holds_late for one in learned),
    }  # fmt: skip
    deaths = replace(estimate, draws=cells, provenance=provenance)
    return replace(deaths, provenance=provenance | {"published": _published(learned, deaths)})


def _last_day(known: NamedListVintages, day: date, through: date | str | None) -> date:
    """Return the last day of death: the one asked for, the day itself, or what the list reaches."""
    shown = known.growing().weeks[-1].date() + timedelta(days=6)
    default = day if day <= shown + LONGEST else shown
    last = default if through is None else parse_vintage(through)
    if last > shown + LONGEST:
        raise DataError(
            f"{last} is more than {LONGEST.days} days past the last week of death that the list shows, "
            f"which ends on {shown}. Take a later vintage, or an earlier day."
        )
    return last


def _published(learned: list[DeathsEvidence], deaths: Estimate) -> dict[str, Any]:
    """Return the figure of the last publication for its longest period, and ours of the same days."""
    last = max(one.published_on for one in learned)
    parts = [one for one in learned if one.published_on == last]
    rows, shares = [], []
    for one in parts:
        share = one.overlap(weeks_of(deaths))
        if one.item_sd is None:  # weeks: all together
            rows.append(one.periods)
            shares.append(share.sum(axis=0))
        else:
            length = (one.periods["end"] - one.periods["start"]).to_numpy()
            rows.append(one.periods.iloc[[int(length.argmax())]])
            shares.append(share[int(length.argmax())])
    stated = pd.concat(rows)
    ours = np.minimum(np.sum(shares, axis=0), 1) @ deaths.array()
    return {
        "name": "; ".join(one.name for one in parts), "published_on": str(last),
        "start": str(stated["start"].min().date()), "end": str(stated["end"].max().date()),
        "deaths": float(stated["deaths"].sum()), **interval_of(ours, 0.95),
    }  # fmt: skip


def _of_one_kind(learned: list[DeathsEvidence]) -> tuple[list[DeathsEvidence], list[str]]:
    """Leave out registry figures without late deaths once there are some with them; say which."""
    if not any(one.holds_late for one in learned):
        return learned, []
    kept = [one for one in learned if one.holds_late or one.family != "registry"]
    left = [one.name for one in learned if one not in kept]
    return kept, [f"left out, being without late deaths: {'; '.join(left)}"] if left else []
