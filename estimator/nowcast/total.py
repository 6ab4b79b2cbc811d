"""Deaths to date: those that the registry estimate holds, with court-declared deaths or without."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd

from estimator.data.court_filings import CourtFilings
from estimator.errors import VintageError
from estimator.estimate.estimate import Estimate
from estimator.models.named_list.declared import DeclaredPriors
from estimator.nowcast.declared import STEPS, declared_deaths, sensitivity, total_with_declared
from estimator.nowcast.weeks import share_until, weeks_of

HALF_YEAR = timedelta(days=180)
"""Nobody is declared dead sooner: court-declared deaths lie at least so long before the last filing."""


def with_declared(
    deaths: Estimate, filings: CourtFilings | None, *, seed: int,
    priors: DeclaredPriors | None = None,
) -> Estimate:  # fmt: skip
    """Add court-declared deaths, as they were known on the day of the estimate, to those of `flash`.

    Where none were known by then, or the publications learned from hold them already, a warning says
    so and all deaths are the ordinary ones. See `add_declared`.
    """
    known, day = deaths.provenance, deaths.as_of
    assert day is not None
    if filings is None:
        return _alone(deaths, "courts are not among the sources")
    if known["holds_late"]:
        return _alone(deaths, f"{'; '.join(known['learned_from'])} holds these deaths already")
    number = deaths.draws.sizes["draw"]
    try:
        declared = declared_deaths(filings, as_of=day, seed=seed, draws=number, priors=priors)
    except VintageError as unknown:
        return _alone(deaths, str(unknown))
    return add_declared(deaths, declared)


def add_declared(deaths: Estimate, declared: Estimate) -> Estimate:
    """Return all deaths by week, with ``ordinary`` and ``declared`` deaths as parts on the same draws.

    ``declared`` are those not among the ordinary ones. When they happened is not known: they are
    spread over ordinary deaths at least half a year before the last filing counted. The steps from
    filings to deaths are parts too: ``beyond_peace``, ``military``, ``court_declared`` (with the
    overlap) and ``overlap_share``. VintageError if the two are as of different days.
    """
    if declared.as_of != deaths.as_of:
        raise VintageError(
            f"deaths are estimated as of {deaths.as_of}, court-declared deaths as of "
            f"{declared.as_of}. Take both as of one day."
        )
    steps = {name: declared.draws[name].values[0] for name in STEPS}
    ordinary = deaths.total().array()
    total = total_with_declared(ordinary, steps["declared"], steps["overlap_share"])
    reached = declared.through
    weeks = weeks_of(deaths)
    old = np.asarray(weeks <= pd.Timestamp(reached - HALF_YEAR))
    old = old if old.any() else np.ones(len(weeks), bool)
    spread = deaths.array() * old[:, None]
    by_week = (total - ordinary) * spread / spread.sum(axis=0)
    days = (deaths.as_of - reached).days if deaths.as_of else 0
    late = f"filings after {reached} ({days} days) are not among the court-declared deaths"
    facts = {"filings": declared.provenance["filings"] | {"as_of": str(declared.as_of)}}
    return _with_parts(
        deaths,
        {
            "declared": by_week,
            **{name: steps[name] for name in ("beyond_peace", "military", "overlap_share")},
            "court_declared": steps["declared"],
        },
        facts | {"warnings": [*deaths.warnings, *([late] if days > 0 else [])]},
    )


def _alone(deaths: Estimate, why: str) -> Estimate:
    warning = f"court-declared deaths are not added: {why}"
    return _with_parts(deaths, {}, {"filings": None, "warnings": [*deaths.warnings, warning]})


def _with_parts(deaths: Estimate, parts: dict[str, np.ndarray], facts: dict[str, object]) -> Estimate:
    """Return deaths with parts, shape (weeks, draws) or (draws,), and facts of where they came from."""
    cells = {
        name: (
            ("chain", "draw", "period") if values.ndim == 2 else ("chain", "draw"),
            values.T[None],
        )
        for name, values in parts.items()
    }
    ordinary = deaths.draws["deaths"]
    draws = deaths.draws.assign({"ordinary": ordinary, **cells})
    if parts:
        draws["deaths"] = ordinary + draws["declared"]
    return replace(deaths, draws=draws, provenance=deaths.provenance | facts)


def has_declared(deaths: Estimate) -> bool:
    """Whether court-declared deaths were added."""
    return "declared" in deaths.parts


def overlap_sensitivity(deaths: Estimate, level: float = 0.95) -> pd.DataFrame:
    """Return all deaths at fixed overlaps of court-declared and ordinary ones; see `sensitivity`."""
    if not has_declared(deaths):
        raise VintageError(f"no court-declared deaths were known on {deaths.as_of}.")
    ordinary, declared = (deaths.select(part).total().array() for part in ("ordinary", "court_declared"))
    return sensitivity(ordinary, declared, level=level)


def deaths_through(deaths: Estimate, day: pd.Timestamp) -> np.ndarray:
    """Return draws of all deaths up to a day, (draws,); of the day's week a share."""
    return np.asarray(share_until(weeks_of(deaths), day) @ deaths.array())
