"""Placebo: forecast peacetime, where the excess is zero, and score what was forecast.

For each territory the last baseline year T, the origin, rolls through peacetime. The model learns from
the years up to T, learns nothing of the years between (they are masked, as a pandemic would be), and
forecasts men in the target years T + horizon from the women observed: the estimate of a war, asked of a
peace. It is the same specification with other periods. A window is territory × origin × horizon.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from estimator.calibration.placebo_window import window_task
from estimator.calibration.scoreboard import scoreboard, scoreboard_document
from estimator.calibration.study import run_study
from estimator.data.counts import Counts
from estimator.data.periods import Periods, Years, parse_years
from estimator.errors import DataError
from estimator.models.vital.model import VitalModel
from estimator.sources.rosstat import load_rosstat


@dataclass(frozen=True)
class PlaceboResult:
    """Every window of a placebo, scored.

    Parameters
    ----------
    windows : DataFrame
        One row a rule × window × target: territory, origin, horizon, year, age (a band or ``total``),
        control (women's deaths there), rule, then the columns of `estimator.calibration.scores.score_table`.
    fits : DataFrame
        One row a fit: territory, origin, converged, refitted, ess, pareto_k.
    settings : dict
        The arguments of the study.
    """

    windows: pd.DataFrame
    fits: pd.DataFrame
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def unconverged(self) -> int:
        """Number of fits whose sample did not pass, also after it was drawn again; they are kept."""
        return int((~self.fits["converged"]).sum())

    def scoreboard(self) -> pd.DataFrame:
        """Return one row a rule: coverage, relative scores and ratios of the total, with intervals."""
        return scoreboard(self.windows, seed=self.settings.get("seed", 0))

    def to_dict(self) -> dict[str, Any]:
        """Return the scoreboard as a document: windows, rules, unconverged, settings."""
        document = scoreboard_document(self.windows, seed=self.settings.get("seed", 0))
        fitted = {"fits": len(self.fits), "unconverged": self.unconverged}
        return {**document, **fitted, "settings": self.settings}

    def to_json(self) -> str:
        """Return `to_dict` as JSON text; what does not exist is null."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)


RUSSIA_BASELINE, RUSSIA_UNTIL = 9, 2019
"""The headline's baseline is twenty years, and Russia's table begins in 1990: with nine years or more before
an origin, 37 windows are left to score, where twenty would leave 14."""


def placebo(  # noqa: PLR0913, public: one argument a setting of the study
    territories: Mapping[str, Counts] | None = None,
    *,
    seed: int,
    horizons: Sequence[int] = (3, 4),
    baseline_years: int = 20,
    minimum_baseline: int | None = None,
    since: int = 1960,
    until: int | None = None,
    every: int = 1,
    ages: tuple[int, int] = (15, 49),
    control_ages: tuple[int, int] | None = (55, 69),
    exclude: Years = None,
    specification: Mapping[str, Any] | None = None,
    draws: int = 6000,
    minimum_ess: int = 100,
    executor: Executor | None = None,
    folder: str | Path | None = None,
    progress: bool = False,
) -> PlaceboResult:
    """Forecast the peacetime of territories and score it, with rival rules in the same windows.

    Parameters
    ----------
    territories : mapping of str to Counts, optional
        Deaths by territory, without regions; Russia, bundled, unless given: then an origin needs
        `RUSSIA_BASELINE` years and targets end before the pandemic and the war, in 2019, unless asked
        otherwise.
    seed : int
        Same seed, same machine: same digits, whichever executor. A window's own seed comes from its
        territory and origin, so that other windows do not change it.
    horizons : sequence of int
        Target years after the origin; those of one origin are forecast jointly.
    baseline_years : int
        Years up to the origin that are learned from; where fewer are there, all.
    minimum_baseline : int, optional
        Fewest years an origin must have behind it; `baseline_years` unless given.
    since, until : int
        First baseline year and last target year allowed.
    every : int
        Take every n-th origin.
    ages, control_ages
        As for `VitalModel`.
    exclude : years, optional
        Wars and pandemics: windows are left out whose baseline, masked gap or target has such a year.
    specification : mapping, optional
        Other arguments of `VitalModel`, such as ``damping`` or ``priors``.
    draws, minimum_ess : int
        Of each fit; rivals draw as many by default. With 1,000 draws sampling noise is 1% of the CRPS. A fit
        that does not converge is drawn again with more, then kept and counted.
    executor : concurrent.futures.Executor, optional
        Where fits run: see `estimator.calibration.study`.
    folder : path, optional
        Where fits are kept; a study started again there repeats nothing. Fits by another
        specification, other data or another version of the model are recognised and left alone.
    progress : bool
        Show a bar with the time left on stderr.

    Returns
    -------
    PlaceboResult

    Raises
    ------
    DataError
        If no window is left, a territory has regions, or an argument is out of range.
    """
    if territories is None:
        territories = {"Russia": load_rosstat()}
        until = RUSSIA_UNTIL if until is None else until
        minimum_baseline = minimum_baseline or min(RUSSIA_BASELINE, baseline_years)
    if not horizons or min(horizons) < 1 or every < 1:
        raise DataError("placebo: horizons and every must be at least 1.")
    ahead = tuple(sorted(set(horizons)))
    fewest = baseline_years if minimum_baseline is None else minimum_baseline
    if not Periods.MINIMUM_BASELINE <= fewest <= baseline_years:
        raise DataError(
            f"placebo: a baseline of {fewest} to {baseline_years} years cannot be. The fewest is "
            f"{Periods.MINIMUM_BASELINE}, and not more than --baseline-years."
        )
    excluded = frozenset(parse_years(exclude, name="exclude"))
    options = {"ages": ages, "control_ages": control_ages, **(specification or {})}
    tasks = []
    for name, counts in territories.items():
        if counts.has_regions:
            raise DataError(f"{name}: it has regions. Choose one: counts.select(region=…).")
        rolled = roll(
            counts.years,
            horizons=ahead,
            baseline_years=baseline_years,
            minimum_baseline=fewest,
            since=since,
            until=until,
            exclude=excluded,
        )
        template: VitalModel | None = None
        for periods in list(rolled)[::every]:
            template = (
                VitalModel(counts, periods, **options)
                if template is None
                else replace(template, periods=periods)
            )
            tasks.append(window_task(name, template, seed, draws, minimum_ess))
    if not tasks:
        raise DataError(
            f"placebo: no window is left in {', '.join(territories) or 'no territory'}: none has "
            f"{fewest} years from {since} on and a target {ahead[0]} years later without excluded "
            "years. Ask for fewer baseline years, an earlier start, or exclude less."
        )
    results = run_study(tasks, executor=executor, folder=folder, progress=progress, label="placebo fits")
    settings = {
        "territories": {name: counts.checksum[:16] for name, counts in territories.items()},
        "horizons": list(ahead),
        "baseline_years": baseline_years,
        "minimum_baseline": fewest,
        "since": since,
        "until": until,
        "every": every,
        "ages": list(ages),
        "control_ages": list(control_ages) if control_ages else None,
        "exclude": sorted(excluded),
        "specification": {key: str(value) for key, value in (specification or {}).items()},
        "draws": draws,
        "minimum_ess": minimum_ess,
        "seed": seed,
    }
    frames = [pd.DataFrame(result["rows"]) for result in results.values()]
    fits = pd.DataFrame([result["fit"] for result in results.values()])
    return PlaceboResult(pd.concat(frames, ignore_index=True), fits, settings)


def roll(
    years: Sequence[int],
    *,
    horizons: Sequence[int],
    baseline_years: int,
    minimum_baseline: int,
    since: int,
    until: int | None = None,
    exclude: frozenset[int] = frozenset(),
) -> Iterator[Periods]:
    """Yield the periods of every origin that has a window, ascending.

    A horizon whose target year is not there or excluded is left out, the origin's others are kept.

    Parameters
    ----------
    years : sequence of int
        The years of a table.
    horizons, baseline_years, minimum_baseline, since, until, exclude
        As for `placebo`.
    """
    there = {year for year in years if since <= year and (until is None or year <= until)}
    for origin in sorted(there):
        baseline: list[int] = []
        while len(baseline) < baseline_years and origin - len(baseline) in there:
            baseline.insert(0, origin - len(baseline))
        if len(baseline) < minimum_baseline or exclude & set(baseline):
            continue
        target = [
            origin + step
            for step in horizons
            if origin + step in there and not exclude & set(range(origin + 1, origin + step + 1))
        ]
        if target:
            masked = sorted(set(range(origin + 1, target[-1])) - set(target))
            yield Periods(baseline, target, masked=masked)
