"""Back-test of the list nowcast: issued at each vintage, scored against the list a year later."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from estimator.calibration.scores import Forecast
from estimator.data.named_list import NamedListVintages
from estimator.errors import DataError
from estimator.nowcast.list_growth import AHEAD, FEWEST, SHORTEST, fit_list_growth
from estimator.nowcast.weeks import weeks_of
from estimator.progress import tracked

LAGS = np.array([0, 14, 28, 42, 56, 84, 112, 168, 224, 308, 392, 504, 700, 2000], float)
"""Bounds of the delays, in days, within which the chain ladder's growth is constant."""
LEVEL = 90


def chain_ladder(known: NamedListVintages, on: pd.Timestamp) -> np.ndarray:
    """Return the names of each week on a later day, forecast by constant ratios, shape (weeks,).

    The daily growth of a delay is pooled over all weeks and vintages. A week with no names yet has none:
    a ratio of nothing is nothing.
    """
    counts, weeks = known.counts.to_numpy(), known.weeks.to_numpy()
    seen = known.vintages.to_numpy()
    names, days_of_names = np.zeros(len(LAGS) - 1), np.zeros(len(LAGS) - 1)
    for k in range(1, counts.shape[1]):
        days = (seen[k] - seen[k - 1]) / np.timedelta64(1, "D")
        lag = (seen[k] - weeks) / np.timedelta64(1, "D") - days / 2
        both = ~np.isnan(counts[:, k]) & ~np.isnan(counts[:, k - 1])
        place = np.digitize(lag[both], LAGS) - 1
        before, after = counts[both, k - 1], counts[both, k]
        np.add.at(names, place, after - before)
        np.add.at(days_of_names, place, (before + after) / 2 * days)
    growth = np.divide(names, days_of_names, out=np.zeros_like(names), where=days_of_names > 0)
    named = known.counts.ffill(axis=1).iloc[:, -1].to_numpy()
    horizon = np.arange((on - known.vintages[-1]).days) + 0.5
    start = (seen[-1] - weeks) / np.timedelta64(1, "D")
    place = np.clip(np.digitize(start[:, None] + horizon, LAGS) - 1, 0, len(growth) - 1)
    return named * np.exp(growth[place].sum(axis=1))


@dataclass(frozen=True, eq=False)
class ListBacktest:
    """The list nowcast, scored.

    Parameters
    ----------
    weeks : DataFrame
        One row a vintage and week of death: vintage, scored_at, week, named, observed, mean, median,
        lower and upper (90%), lower_95, upper_95, covered, covered_95, pit, crps, chain_ladder and
        its crps, chain_ladder_crps (of a point: the absolute error).
    totals : DataFrame
        One row a vintage: all its weeks together, the same columns.
    skipped : dict
        Vintages at which no nowcast was scored, and why.
    source : str
        Who keeps the list.
    """

    weeks: pd.DataFrame = field(repr=False)
    totals: pd.DataFrame = field(repr=False)
    skipped: dict[str, str] = field(repr=False)
    source: str

    def summary(self) -> dict[str, Any]:
        """Return coverage and CRPS over all weeks of all vintages, and the chain ladder's."""
        weeks, totals = self.weeks, self.totals
        error = (weeks["median"] - weeks["observed"]).abs().mean()
        return {
            "vintages": len(totals),
            "weeks": len(weeks),
            "coverage_90": float(weeks["covered"].mean()),
            "coverage_95": float(weeks["covered_95"].mean()),
            "crps": float(weeks["crps"].mean()),
            "chain_ladder_crps": float(weeks["chain_ladder_crps"].mean()),
            "crps_gain": float(1 - weeks["crps"].sum() / weeks["chain_ladder_crps"].sum()),
            "median_error": float(error),
            "totals_coverage_90": float(totals["covered"].mean()),
            "totals_bias": float((totals["median"] / totals["observed"] - 1).mean()),
            "chain_ladder_totals_bias": float((totals["chain_ladder"] / totals["observed"] - 1).mean()),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the summary and one record a vintage, as plain values."""
        by = self.weeks.groupby("vintage")
        table = self.totals.assign(
            weeks=by.size().to_numpy(),
            weeks_covered=by["covered"].mean().round(3).to_numpy(),
            weeks_crps=by["crps"].mean().round(1).to_numpy(),
            weeks_chain_ladder_crps=by["chain_ladder_crps"].mean().round(1).to_numpy(),
        )
        return {
            "source": self.source,
            "interval": {"kind": "eti", "level": LEVEL / 100},
            "summary": self.summary(),
            "vintages": table.round(2).to_dict("records"),
            "skipped": self.skipped,
        }


def list_backtest(
    vintages: NamedListVintages,
    *,
    seed: int,
    ahead: timedelta = AHEAD,
    every: int = 1,
    draws: int = 2000,
    progress: bool = False,
) -> ListBacktest:
    """Issue the nowcast at every vintage, from it and earlier ones alone, and score it a year later.

    The vintage nearest to the day ``ahead``, within 16 days, says what came; ``every`` takes every n-th
    vintage.

    Raises
    ------
    DataError
        If no vintage can be scored.
    """
    weeks: list[pd.DataFrame] = []
    totals: list[dict[str, Any]] = []
    skipped: dict[str, str] = {}
    for vintage in tracked(vintages.vintages[::every], "vintages", shown=progress):
        known = vintages.as_of(vintage.date())
        reason, later = _target(vintages, known, ahead)
        if later is None:
            skipped[str(vintage.date())] = reason
            continue
        names = fit_list_growth(known).nowcast(later.date(), seed=seed, draws=draws)
        index, draws_of, named = weeks_of(names), names.array(), names.draws["named"].to_numpy()
        observed = vintages.counts[later].reindex(index).to_numpy()
        rival = chain_ladder(known.growing(), later)
        when = {"vintage": str(vintage.date()), "scored_at": str(later.date())}
        weeks.append(_scores(draws_of, observed, rival, named).assign(week=index, **when))
        sums = [part.sum(axis=0, keepdims=True) for part in (draws_of, observed, rival, named)]
        totals.append({**when, **_scores(*sums).iloc[0].to_dict()})
    if not weeks:
        raise DataError(
            f"{vintages.source}: no vintage can be scored: {FEWEST} vintages over {SHORTEST} days are "
            f"needed before it, and one {ahead.days} days after it."
        )
    return ListBacktest(pd.concat(weeks), pd.DataFrame(totals), skipped, vintages.source)


def _target(
    vintages: NamedListVintages, known: NamedListVintages, ahead: timedelta
) -> tuple[str, pd.Timestamp | None]:
    used = known.growing()
    if used.vintage != known.vintage:
        return "a copy of an earlier vintage", None
    if len(used.vintages) < FEWEST or (used.vintages[-1] - used.vintages[0]).days < SHORTEST:
        return "too few vintages before it", None
    later = vintages.nearest(known.vintage + ahead)
    if later is None:
        return f"no vintage {ahead.days} days later", None
    return "", pd.Timestamp(later)


def _scores(draws: np.ndarray, observed: np.ndarray, rival: np.ndarray, named: np.ndarray) -> pd.DataFrame:
    forecast = Forecast.from_draws(draws)
    low, high = forecast.interval(LEVEL)
    low_95, high_95 = forecast.interval(95)
    return pd.DataFrame(
        {
            "named": named,
            "observed": observed,
            "mean": forecast.mean,
            "median": forecast.quantile(0.5),
            "lower": low,
            "upper": high,
            "lower_95": low_95,
            "upper_95": high_95,
            "covered": forecast.covers(observed, LEVEL),
            "covered_95": forecast.covers(observed, 95),
            "pit": forecast.pit(observed),
            "crps": forecast.crps(observed),
            "chain_ladder": rival,
            "chain_ladder_crps": np.abs(rival - observed),
        }
    )
