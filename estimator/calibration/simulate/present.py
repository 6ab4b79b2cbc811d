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
from estimator.data.record import FilingsSeen, NamesSeen, Record, Stream, WeeklyFigures
from estimator.models.present.arrays import LATE_AFTER, START
from estimator.nowcast.present import estimate_present

DAY = date(2024, 9, 1)
"""The day of the estimate of each simulated war."""
PUBLISHED = (date(2023, 7, 10), date(2024, 2, 20), date(2024, 8, 20))
"""Days of publication; the registry was read three weeks before, and half a year is left to be opened."""
LEVELS = (50, 80, 95)
KINDS = ("combined", "late set apart")
"""Publications count every case opened by then, or the newest sets apart those declared late."""


class _Luck:
    """Normal draws of what a whole war has one of; a mirrored war has the same with other signs."""

    def __init__(self, rng: np.random.Generator, sign: int) -> None:
        self.rng, self.sign = rng, sign

    def normal(self, sd: float = 1.0, size: int | None = None) -> Any:
        """Return normal draws of mean zero."""
        return self.sign * sd * self.rng.standard_normal(size)

    def median(self, median: float, sd: float) -> float:
        """Return a log-normal draw."""
        return float(median * np.exp(self.normal(sd)))


@dataclass(frozen=True, eq=False)
class _War:
    """Deaths by week, and the delays of late ones: median and shape of a gamma distribution."""

    weeks: pd.DatetimeIndex
    ordinary: np.ndarray
    late: np.ndarray
    declared: tuple[float, float]
    filed: tuple[float, float]

    def late_by(self, day: date, *, filed: bool = False) -> np.ndarray:
        """Return late deaths declared (or filed) by a day, by week of death."""
        from scipy.stats import gamma

        days = (pd.Timestamp(day) - self.weeks).days.to_numpy() - (0.0 if filed else LATE_AFTER)
        median, shape = self.filed if filed else self.declared
        return self.late * gamma.cdf(days, shape, scale=median / gamma.ppf(0.5, shape))


def simulate_war(
    rng: np.random.Generator, *, apart: bool = False, sign: int = 1
) -> tuple[Record, float, float]:
    """Draw a war and what is seen of it; return the record, all its dead to `DAY`, and the ordinary.

    Shares, delays and errors are centred where the priors expect them, and have other forms than in the
    model: a wave of deaths, log odds of late ones that bend once a year, gamma delays, an error of
    publications that drifts over the war, names that come at two paces. With ``apart`` the newest
    publication sets late deaths apart; a ``sign`` of -1 mirrors what a war has one of.
    """
    luck = _Luck(rng, sign)
    weeks = pd.date_range(START, DAY, freq="7D", name="week")
    at = np.arange(len(weeks))
    wave = 0.35 * np.sin(at / rng.uniform(9, 16) + rng.uniform(0, 6)) + rng.normal(0, 0.006) * at
    ordinary = rng.poisson(rng.lognormal(np.log(400), 0.4) * np.exp(wave)).astype(float)
    bends = np.log(1 / 3) + luck.normal(0.8) + luck.normal(0.7, 4)
    late = rng.poisson(ordinary * np.exp(np.interp(at, 52 * np.arange(4), bends))).astype(float)
    war = _War(
        weeks, ordinary, late, (luck.median(180, 0.5), rng.uniform(1, 2)),
        (luck.median(450, 0.45), rng.uniform(2, 4)),
    )  # fmt: skip
    record = Record(
        tuple(_publications(rng, luck, war, apart=apart)), (), tuple(_list(rng, luck, war)),
        tuple(_filings(luck, war)), (), pd.Series([1.0], index=[pd.Timestamp(DAY)]),
    )  # fmt: skip
    share = np.clip(((pd.Timestamp(DAY) - weeks).days + 1) / 7, 0, 1)
    return record, float(share @ (ordinary + late)), float(share @ ordinary)


def _publications(
    rng: np.random.Generator, luck: _Luck, war: _War, *, apart: bool
) -> Sequence[WeeklyFigures]:  # fmt: skip
    error = luck.normal(0.12) + luck.normal(0.15) * np.linspace(-1, 1, len(war.weeks))
    out = []
    for number, published in enumerate(reversed(PUBLISHED)):
        newest = number == 0
        error = error + (0.0 if newest else luck.normal(0.15))
        extracted = published - timedelta(days=21)
        kept = war.weeks + pd.Timedelta(days=180) <= pd.Timestamp(extracted)
        age = np.maximum((pd.Timestamp(extracted) - war.weeks).days.to_numpy(), 0)
        noise = error + luck.normal(0.3) * np.exp(-age / 200) + _centred(rng, 0.2, len(age))
        late = war.late_by(extracted)
        figures: dict[Stream, np.ndarray] = {"combined": war.ordinary + late}
        if newest and apart:
            figures = {"ordinary": war.ordinary, "late": late * np.exp(_centred(rng, 0.3, len(age)))}
        for stream, deaths in figures.items():
            seen = pd.Series((deaths * np.exp(noise))[kept], index=war.weeks[kept])
            out.append(WeeklyFigures(f"publication of {published}", published, extracted, stream, seen))
    return out[::-1]


def _centred(rng: np.random.Generator, sd: float, number: int) -> np.ndarray:
    """Return errors in logs that leave sums over weeks as they are on average."""
    return sd * rng.standard_normal(number) - sd**2 / 2


def _list(rng: np.random.Generator, luck: _Luck, war: _War) -> Sequence[NamesSeen]:
    """Name men among those who died and whose death is known, each once."""
    from scipy.special import expit, logit

    weeks, at = war.weeks, np.linspace(0, 1, len(war.weeks))
    complete = expit(logit(0.6) + luck.normal() + luck.normal(0.7) * at)
    quick, slow = rng.uniform(0.3, 0.6), luck.median(420, 0.4)
    named, before, out = np.zeros(len(weeks)), np.zeros(len(weeks)), []
    for day in pd.date_range("2023-07-01", DAY, freq="60D"):
        lag = np.clip((day - weeks).days.to_numpy() - 3.5, 0, None)
        now = 1 - quick * np.exp(-lag / 60) - (1 - quick) * np.exp(-lag / slow)
        pace = np.exp(0.2 * rng.standard_normal())
        batch = np.exp(0.15 * rng.standard_normal(len(weeks)))
        known = war.ordinary + war.late_by(day.date())
        unnamed = np.clip(known - named, 0, None).astype(int)
        chance = known * complete * pace * batch * (now - before) / np.maximum(unnamed, 1)
        named, before = named + rng.binomial(unnamed, np.minimum(chance, 1.0)), now
        seen = day.date()
        out.append(NamesSeen(seen, seen, pd.Series(named, index=weeks)[weeks <= day]))
    return out


def _filings(luck: _Luck, war: _War) -> Sequence[FilingsSeen]:
    until = date(2024, 7, 31)
    filed = war.late_by(until, filed=True).sum() / 1.1
    return [FilingsSeen(DAY, until, luck.median(filed, 0.5) + 1)]


@dataclass(frozen=True, eq=False)
class PresentRecovery:
    """Totals of wars that are known, recovered: one row a war and quantity.

    Columns war, kind, quantity (deaths or ordinary), truth, mean, median, and rank, the share of draws
    below the truth. Wars come in pairs, the second with the luck of the first mirrored, so that
    the mean error of a hundred shows a bias and not luck.
    """

    table: pd.DataFrame = field(repr=False)
    unconverged: int

    def summary(self) -> dict[str, Any]:
        """Return by quantity how often central intervals cover, and the mean error; by kind of war too."""
        out: dict[str, Any] = {name: _scores(rows) for name, rows in self.table.groupby("quantity")}
        kinds = {
            kind: {"wars": int(rows["war"].nunique())}
            | {name: _scores(part) for name, part in rows.groupby("quantity")}
            for kind, rows in self.table.groupby("kind")
        }  # fmt: skip
        return (
            {"wars": int(self.table["war"].nunique()), "unconverged": self.unconverged}
            | out
            | {"kinds": kinds}
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the summary and all rows as plain values."""
        return {"summary": self.summary(), "wars": self.table.to_dict("records")}

    def __str__(self) -> str:
        scores = self.summary()
        lines = [f"{scores['wars']} simulated wars; {scores['unconverged']} did not converge"]
        of_kinds = [(f"{kind}, {one['wars']} wars, ", one) for kind, one in scores["kinds"].items()]
        for label, part in [("", scores), *of_kinds]:
            for name in ("deaths", "ordinary"):
                cover = ", ".join(f"{p}%: {c:.0%}" for p, c in part[name]["coverage"].items())
                lines.append(f"  {label}{name}: coverage {cover}; mean error {part[name]['error']:+.1%}")
        return "\n".join(lines)


def _scores(rows: pd.DataFrame) -> dict[str, Any]:
    """Return coverage of central intervals, and the mean error in logs with its standard error over pairs."""
    away = (rows["rank"] - 0.5).abs()
    logs = np.log(rows["median"] / rows["truth"])
    pairs = logs.groupby(rows["war"] // 2).mean()
    return {
        "coverage": {str(p): float((away <= p / 200).mean()) for p in LEVELS},
        "error": float(np.expm1(logs.mean())),
        "standard_error": float(pairs.std() / np.sqrt(len(pairs))) if len(pairs) > 1 else 0.0,
        "error_of_sums": float(rows["mean"].sum() / rows["truth"].sum() - 1),
        "spread": float(logs.std()),
    }


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
    pair, second = divmod(war, 2)
    kind = pair % len(KINDS)
    rng = np.random.default_rng([seed, pair])
    record, deaths, ordinary = simulate_war(rng, apart=bool(kind), sign=-1 if second else 1)
    answer = estimate_present(record, DAY, seed=war, allow_unconverged=True)
    rows = []
    for quantity, truth in (("deaths", deaths), ("ordinary", ordinary)):
        draws = answer.select(quantity).total().array()
        rows.append({
            "war": war, "kind": KINDS[kind], "quantity": quantity, "truth": truth,
            "mean": float(draws.mean()), "median": float(np.median(draws)),
            "rank": float((draws < truth).mean()),
        })  # fmt: skip
    return {"rows": rows, "converged": answer.converged}
