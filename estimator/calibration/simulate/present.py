"""Publications, list and courts of wars whose dead are known, and the answer's totals against them."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from estimator.calibration.study import run_study, task_of
from estimator.data.record import FilingsSeen, NamesSeen, Record, WeeklyFigures
from estimator.models.present.arrays import LATE_AFTER, START
from estimator.nowcast.present import estimate_present

DAY = date(2024, 9, 1)
"""The day of the estimate of each simulated war."""
PUBLISHED = (date(2023, 7, 10), date(2024, 2, 20), date(2024, 8, 20))
"""Days of publication; the registry was read three weeks before, and half a year is left to be opened."""
LEVELS = (50, 80, 95)


def simulate_war(rng: np.random.Generator) -> tuple[Record, float, float]:
    """Draw a war and what is seen of it; return the record, all its dead to `DAY`, and the ordinary.

    Deaths come by week, late ones with gamma delays after half a year, publications as cases opened by
    a day times errors that later ones share with earlier ones, and names as Poisson counts whose pace
    and completeness drift. None of these is the model's own form.
    """
    weeks = pd.date_range(START, DAY, freq="7D", name="week")
    at = np.arange(len(weeks))
    wave = 0.35 * np.sin(at / rng.uniform(9, 16) + rng.uniform(0, 6)) + rng.normal(0, 0.006) * at
    ordinary = rng.poisson(rng.lognormal(np.log(450), 0.4) * np.exp(wave)).astype(float)
    logit = rng.normal(np.log(1 / 3), 0.5) + 0.25 * rng.standard_normal() * at / len(at)
    late = rng.poisson(ordinary * np.exp(logit)).astype(float)
    share = np.clip(((pd.Timestamp(DAY) - weeks).days + 1) / 7, 0, 1)
    delay = {"shape": rng.uniform(1.0, 2.0), "scale": rng.uniform(100, 220)}
    record = Record(
        tuple(_publications(rng, weeks, ordinary, late, delay)), (), tuple(_list(rng, weeks, ordinary, late)),
        tuple(_filings(rng, weeks, late, delay)), (), pd.Series([1.0], index=[pd.Timestamp(DAY)]),
    )  # fmt: skip
    return record, float(share @ (ordinary + late)), float(share @ ordinary)


def _declared(days: np.ndarray, delay: dict[str, float], after: float = LATE_AFTER) -> np.ndarray:
    """Return the share of late deaths declared by so many days after death."""
    from scipy.stats import gamma

    return np.asarray(gamma.cdf(days - after, delay["shape"], scale=delay["scale"]))


def _publications(
    rng: np.random.Generator, weeks: pd.DatetimeIndex, ordinary: np.ndarray, late: np.ndarray,
    delay: dict[str, float],
) -> Sequence[WeeklyFigures]:  # fmt: skip
    error = 0.1 * rng.standard_normal()
    slow = 0.1 * rng.standard_normal() * np.cos(np.pi * np.arange(len(weeks)) / len(weeks))
    out = []
    for number, published in enumerate(reversed(PUBLISHED)):
        error += 0.12 * rng.standard_normal() * (number > 0)
        extracted = published - timedelta(days=21)
        kept = weeks + pd.Timedelta(days=180) <= pd.Timestamp(extracted)
        opened = ordinary + late * _declared((pd.Timestamp(extracted) - weeks).days.to_numpy(), delay)
        noise = error + slow + 0.1 * rng.standard_normal(len(weeks))
        deaths = pd.Series((opened * np.exp(noise))[kept], index=weeks[kept])
        out.append(WeeklyFigures(f"publication of {published}", published, extracted, "combined", deaths))
    return out[::-1]


def _list(
    rng: np.random.Generator, weeks: pd.DatetimeIndex, ordinary: np.ndarray, late: np.ndarray
) -> Sequence[NamesSeen]:  # fmt: skip
    complete = rng.uniform(0.5, 1.0) * np.exp(rng.normal(0, 0.3) * np.arange(len(weeks)) / len(weeks))
    power, scale = rng.uniform(0.8, 1.2), rng.uniform(120, 300)
    named, before, out = np.zeros(len(weeks)), np.zeros(len(weeks)), []
    for day in pd.date_range("2023-07-01", DAY, freq="60D"):
        lag = np.clip((day - weeks).days.to_numpy() - 3.5, 0, None)
        now = 1 - np.exp(-((lag / scale) ** power))
        pace = np.exp(0.2 * rng.standard_normal())
        batch = np.exp(0.15 * rng.standard_normal(len(weeks)))
        added = (ordinary + 0.7 * late) * complete * pace * batch * np.maximum(now - before, 0)
        named, before = named + rng.poisson(added), now
        seen = day.date()
        out.append(NamesSeen(seen, seen, pd.Series(named, index=weeks)[weeks <= day]))
    return out


def _filings(
    rng: np.random.Generator, weeks: pd.DatetimeIndex, late: np.ndarray, delay: dict[str, float]
) -> Sequence[FilingsSeen]:  # fmt: skip
    until = date(2024, 7, 31)
    filed = late @ _declared((pd.Timestamp(until) - weeks).days.to_numpy(), delay, after=120.0)
    return [FilingsSeen(DAY, until, float(filed * np.exp(0.4 * rng.standard_normal())) + 1)]


@dataclass(frozen=True, eq=False)
class PresentRecovery:
    """Totals of wars that are known, recovered: one row a war and quantity.

    Columns war, quantity (deaths or ordinary), truth, mean, median, and rank, the share of draws below the
    truth.
    """

    table: pd.DataFrame = field(repr=False)
    unconverged: int

    def summary(self) -> dict[str, Any]:
        """Return by quantity how often central intervals cover, and the error of all wars together."""
        out: dict[str, Any] = {}
        for quantity, rows in self.table.groupby("quantity"):
            away = (rows["rank"] - 0.5).abs()
            out[str(quantity)] = {
                "coverage": {str(p): float((away <= p / 200).mean()) for p in LEVELS},
                "error": float(rows["mean"].sum() / rows["truth"].sum() - 1),
                "median_error": float((rows["median"] / rows["truth"]).median() - 1),
            }
        return {"wars": int(self.table["war"].nunique()), "unconverged": self.unconverged} | out

    def to_dict(self) -> dict[str, Any]:
        """Return the summary and all rows as plain values."""
        return {"summary": self.summary(), "wars": self.table.to_dict("records")}

    def __str__(self) -> str:
        scores = self.summary()
        lines = [f"{scores['wars']} simulated wars; {scores['unconverged']} did not converge"]
        for name in ("deaths", "ordinary"):
            cover = ", ".join(f"{p}%: {c:.0%}" for p, c in scores[name]["coverage"].items())
            lines.append(f"  {name}: coverage {cover}; error {scores[name]['error']:+.1%}")
        return "\n".join(lines)


def recover_present(
    wars: int, *, seed: int, executor: Executor | None = None, folder: str | Path | None = None,
    progress: bool = False,
) -> PresentRecovery:  # fmt: skip
    """Simulate wars and estimate each as the answer of `estimator report` is made."""
    tasks = [task_of(f"war {war}", [seed, war], recover_war, (seed, war)) for war in range(wars)]
    results = run_study(tasks, executor=executor, folder=folder, progress=progress, label="wars")
    rows = [row for result in results.values() for row in result["rows"]]
    failed = sum(not result["converged"] for result in results.values())
    return PresentRecovery(pd.DataFrame(rows), failed)


def recover_war(seed: int, war: int) -> dict[str, Any]:
    """Simulate one war and estimate its totals, as plain values."""
    record, deaths, ordinary = simulate_war(np.random.default_rng([seed, war]))
    answer = estimate_present(record, DAY, seed=war, allow_unconverged=True)
    rows = []
    for quantity, truth in (("deaths", deaths), ("ordinary", ordinary)):
        draws = answer.select(quantity).total().array()
        rows.append({
            "war": war, "quantity": quantity, "truth": truth, "mean": float(draws.mean()),
            "median": float(np.median(draws)), "rank": float((draws < truth).mean()),
        })  # fmt: skip
    return {"rows": rows, "converged": answer.converged}
