"""Registry, list and courts of a war whose dead are known: each man to be counted once."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from estimator.data.court_filings import CourtFilings
from estimator.data.evidence import DeathsEvidence
from estimator.data.named_list import NamedListVintages
from estimator.errors import DataError
from estimator.models.named_list.declared import YEAR, DeclaredPriors
from estimator.nowcast.declared import total_with_declared
from estimator.nowcast.flash import flash
from estimator.nowcast.total import with_declared
from estimator.progress import tracked

LEVELS = (50, 80, 95)
FIRST = pd.Timestamp("2022-02-24")
AS_OF = pd.Timestamp("2024-03-31")
PUBLISHED = pd.Timestamp("2024-02-24")
"""The registry's publication, of deaths to `KNOWN`; filings were counted to the same day."""
KNOWN = pd.Timestamp("2023-12-27")
COMMON_SD, WEEK_SD = 0.08, 0.06


@dataclass(frozen=True)
class KnownWar:
    """A war whose dead are known, and what is seen of it.

    ``total`` are all dead up to `AS_OF`, ``overlap`` the court-declared among them whom the registry's
    publication holds too, in persons; the list, the publication and the counts of courts are seen.
    """

    total: float
    overlap: float
    vintages: NamedListVintages = field(repr=False)
    evidence: DeathsEvidence = field(repr=False)
    filings: CourtFilings = field(repr=False)


def simulate_war(
    rng: np.random.Generator, *, priors: DeclaredPriors, missing: float = 0.25, level: float = 900.0
) -> KnownWar:
    """Draw a war: deaths by week, the missing among them, and three sources that overlap.

    The shares of court-declared deaths come from their priors, and errors of the publication from the
    sizes it states: the question is whether the chain of models adds them up rightly. ``missing`` is
    about the share of the dead without a body, known from courts alone save for the overlap, ``level``
    about the ordinary dead a week.
    """
    weeks = pd.date_range(FIRST, AS_OF, freq="7D", name="week")
    at = np.arange(len(weeks))
    phase, slope = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.004)
    deaths = level * np.exp(0.3 * np.sin(at / 12 + phase) + slope * at)
    deaths *= np.clip(((AS_OF - weeks).days + 1) / 7, 0, 1)
    granted, share, overlap = (
        rng.beta(*prior) for prior in (priors.granted, priors.military, priors.overlap)
    )
    # filings are given, and what share of them are dead is drawn
    beyond = deaths.sum() * missing / (1 - missing) / 0.7
    identified = 0.5 * beyond
    late = granted * (identified + share * (beyond - identified))
    # deaths that the registry counts though courts declared them late
    counted = deaths * (1 + overlap * late / deaths.sum())
    return KnownWar(
        total=float(deaths.sum() + late),
        overlap=float(overlap * late),
        vintages=_list(rng, weeks, counted),
        evidence=_publication(rng, weeks, counted),
        filings=_filings(rng, beyond, identified, priors),
    )


def _list(rng: np.random.Generator, weeks: pd.DatetimeIndex, deaths: np.ndarray) -> NamedListVintages:
    at = np.arange(len(weeks))
    logit = rng.normal(-0.2, 0.3) + np.cumsum(rng.normal(0, 0.02, len(at)))
    coming = rng.poisson(deaths / (1 + np.exp(-logit)))
    scale, power = rng.uniform(100, 200), rng.uniform(1.0, 1.5)
    named, before = np.zeros(len(at)), np.zeros(len(at))
    columns = {}
    for day in pd.date_range("2023-04-30", AS_OF, freq="28D"):
        lag = np.clip((day - weeks).days + 1 - 3.5, 0, None)
        now = 1 - (1 + lag / scale) ** -power
        pace = np.exp(0.15 * rng.standard_normal())
        chance = np.clip(pace * (now - before) / (1 - before), 0, 1)
        named = named + rng.binomial((coming - named).astype(int), chance)
        before = now
        columns[day.date()] = np.where(weeks <= day, named, np.nan)
    table = pd.DataFrame(columns, index=weeks)
    return NamedListVintages(table[table.notna().any(axis=1)], "a simulated list")


def _publication(rng: np.random.Generator, weeks: pd.DatetimeIndex, deaths: np.ndarray) -> DeathsEvidence:
    kept = weeks + pd.Timedelta(days=6) <= KNOWN
    error = COMMON_SD * rng.standard_normal() + WEEK_SD * rng.standard_normal(kept.sum())
    start = weeks[kept]
    periods = pd.DataFrame({
        "start": start, "end": start + pd.Timedelta(days=6), "deaths": deaths[kept] * np.exp(error)
    })  # fmt: skip
    return DeathsEvidence("a publication", PUBLISHED.date(), periods, COMMON_SD, None)


def _filings(
    rng: np.random.Generator, beyond: float, identified: float, priors: DeclaredPriors
) -> CourtFilings:
    years = ((KNOWN - FIRST).days + 1) / YEAR
    level, sd = priors.peacetime
    row = {
        "first_day": FIRST.date(), "last_day": KNOWN.date(), "known_on": PUBLISHED.date(),
        "persons": "all", "filings": round(beyond + years * rng.normal(level, sd)),
        "identified": round(identified),
    }  # fmt: skip
    return CourtFilings(pd.DataFrame([row]), "simulated courts")


@dataclass(frozen=True, eq=False)
class PresentRecovery:
    """Totals of wars that are known, recovered with the guard against double counting and without.

    One row a war: truth, overlap, median, guard_off, guard_rank and plain_rank (share of draws below the
    truth, with the guard and without).
    """

    table: pd.DataFrame = field(repr=False)

    def summary(self) -> dict[str, Any]:
        """Return coverage of central intervals and mean error relative to the truth, both ways."""
        table = self.table
        out: dict[str, Any] = {"wars": len(table)}
        for name, rank, middle in (
            ("guarded", "guard_rank", "median"),
            ("plain_sum", "plain_rank", "guard_off"),
        ):
            away = (table[rank] - 0.5).abs()
            out[name] = {
                "coverage": {str(p): float((away <= p / 200).mean()) for p in LEVELS},
                "error": float((table[middle] / table["truth"] - 1).mean()),
            }
        out["overlap"] = float((table["overlap"] / table["truth"]).mean())
        return out

    def __str__(self) -> str:
        scores = self.summary()
        lines = [f"{scores['wars']} simulated wars; {scores['overlap']:.1%} of the dead in two sources"]
        for name, label in (
            ("guarded", "ordinary + declared - overlap"),
            ("plain_sum", "plain sum"),
        ):
            cover = ", ".join(f"{p}%: {c:.0%}" for p, c in scores[name]["coverage"].items())
            lines.append(f"  {label}: coverage {cover}; mean error {scores[name]['error']:+.1%}")
        return "\n".join(lines)


def recover_present(
    wars: int, *, seed: int, draws: int = 600, missing: float = 0.25,
    priors: DeclaredPriors | None = None, progress: bool = False,
) -> PresentRecovery:  # fmt: skip
    """Simulate wars and estimate each by flash and court-declared deaths, with the guard and without.

    The priors are those of the truth and of the estimate.

    Raises
    ------
    DataError
        If the share of missing does not lie between 0 and 1.
    """
    if not 0 < missing < 1:
        raise DataError(f"missing: {missing} is not a share between 0 and 1. Write 0.25.")
    chosen, rows = priors or DeclaredPriors(), []
    for one in tracked(np.random.SeedSequence(seed).spawn(wars), "wars", shown=progress):
        war = simulate_war(np.random.default_rng(one), priors=chosen, missing=missing)
        own = int(one.generate_state(1)[0])
        ordinary = flash(
            war.vintages,
            [war.evidence],
            as_of=AS_OF.date(),
            through=AS_OF.date(),
            seed=own,
            draws=draws,
        )
        deaths = with_declared(ordinary, war.filings, seed=own + 1, priors=chosen)
        parts = ("deaths", "ordinary", "court_declared", "overlap_share")
        total, *streams = (deaths.select(part).total().array() for part in parts)
        plain = total_with_declared(*streams, guard=False)
        rows.append({
            "truth": war.total, "overlap": war.overlap, "median": float(np.median(total)),
            "guard_off": float(np.median(plain)), "guard_rank": float((total < war.total).mean()),
            "plain_rank": float((plain < war.total).mean()),
        })  # fmt: skip
    return PresentRecovery(pd.DataFrame(rows))
