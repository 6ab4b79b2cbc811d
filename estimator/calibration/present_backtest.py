"""Back-test of the answer to how many have died: issued on earlier days, scored by what was learned later.

The last publication sets late deaths apart, by week of death. All dead of a period are
what it has, or the names known of them by then where these are more. Of deaths up to `EXACT_TO` nearly all
late ones had been declared; later values of all dead are lower bounds, and are scored as such: draws above
one are taken to be on it, and an interval covers it that does not lie below it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from estimator.calibration.nowcast_backtest import chain_ladder
from estimator.calibration.scores import Forecast
from estimator.data.bundled import read_bundled
from estimator.data.named_list import NamedListVintages
from estimator.data.periods import parse_vintage
from estimator.data.record import Record
from estimator.estimate.estimate import Estimate
from estimator.models.present.priors import PresentPriors
from estimator.nowcast.present import bundled_record, estimate_present
from estimator.nowcast.weeks import share_between, weeks_of
from estimator.progress import tracked
from estimator.sources.record import load_record

DATES = (
    "2023-07-11", "2023-12-31", "2024-02-24", "2024-06-21", "2024-07-05", "2024-12-31", "2025-02-24",
    "2025-08-29", "2025-10-15", "2025-12-05",
)  # fmt: skip
"""Days on which something was published, or for which an estimate is made."""
EXACT_TO = pd.Timestamp("2025-05-31")
PUBLISHED = (
    "rnd-2023-07-total", "rnd-2024-02-2023end", "rnd-2024-02-now", "flash-2024-07", "rnd-2025-02-total",
    "rnd-2025-08-total",
)  # fmt: skip
"""Published totals of the registry's estimates, by id, oldest first."""
RIVALS = {
    "published": "the last published total, as printed",
    "carried": "the last published total, carried on at its mean pace",
    "constant": "names over a constant completeness",
    "ladder": "a chain ladder of names over a constant completeness",
}
"""Other answers to the same question, each from what was known on the day."""
QUANTITIES = {"deaths": "total_deaths", "ordinary": "ordinary"}


@dataclass(frozen=True, eq=False)
class PresentBacktest:
    """The answer of earlier days, scored.

    Parameters
    ----------
    rows : DataFrame
        One row a day, period and quantity: as_of, period (``to the day`` or a half-year), quantity
        (deaths or ordinary), later, lower_bound, median, lower, upper (95%), covered, covered_80, crps; of
        totals of deaths also each rival's figure and CRPS (``published``, ``published_crps``, …).
    seed : int
        Of the sampler.
    """

    rows: pd.DataFrame = field(repr=False)
    seed: int

    @property
    def totals(self) -> pd.DataFrame:
        """The rows to the day itself."""
        return self.rows[self.rows["period"] == "to the day"]

    def summary(self) -> dict[str, Any]:
        """Return how often intervals cover, and the mean CRPS of the answer and of its rivals."""
        deaths = self.totals[self.totals["quantity"] == "deaths"]
        ordinary = self.totals[self.totals["quantity"] == "ordinary"]
        halves = self.rows[self.rows["period"] != "to the day"]
        by_half = halves.groupby("quantity")["covered"].mean()
        return {
            "days": len(deaths),
            "deaths_covered": int(deaths["covered"].sum()),
            "ordinary_covered": int(ordinary["covered"].sum()),
            "half_years": len(halves),
            "half_years_covered": float(halves["covered"].mean()),
            **{f"half_years_{name}_covered": float(value) for name, value in by_half.items()},
            "crps": float(deaths["crps"].mean()),
            "ordinary_crps": float(ordinary["crps"].mean()),
            "rivals": {name: float(deaths[f"{name}_crps"].mean()) for name in RIVALS},
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the summary and all rows as plain values."""
        table = self.rows.round(1).astype(object).where(self.rows.notna(), None)
        return {
            "interval": {"kind": "eti", "level": 0.95}, "seed": self.seed,
            "later_vintage": "Mediazona and Meduza, May 2026", "exact_to": str(EXACT_TO.date()),
            "rivals": RIVALS, "summary": self.summary(), "rows": table.to_dict("records"),
        }  # fmt: skip


def present_backtest(
    dates: Sequence[str] = DATES, *, seed: int, priors: PresentPriors | None = None,
    progress: bool = False,
) -> PresentBacktest:  # fmt: skip
    """Issue the answer on each day, from what was known then, and score it by the last vintage."""
    later = later_deaths()
    rows: list[dict[str, Any]] = []
    for as_of in tracked(dates, "days", shown=progress):
        day = parse_vintage(as_of)
        known = bundled_record(day, seed=seed)
        answer = estimate_present(known, day, seed=seed, priors=priors)
        rows += _scored(answer, later, rivals(known, day))
    return PresentBacktest(pd.DataFrame(rows), seed)


def later_deaths() -> pd.DataFrame:
    """Return deaths by week as the last vintage has them: total_deaths, ordinary with the forecast, names."""
    table = read_bundled("registry2026_weekly_decomposed")
    weeks = pd.DatetimeIndex(pd.to_datetime(table["week_start"]), name="week")
    ordinary = table["excess_deaths"].fillna(0) + table["predicted_deaths"].fillna(0)
    frame = table[["total_deaths"]].assign(ordinary=ordinary).set_axis(weeks, axis=0)
    names = load_record().names[-1].names.reindex(weeks).fillna(0.0)
    return frame.assign(names=names).sort_index()


def _periods(day: date) -> Iterator[tuple[str, pd.Timestamp, pd.Timestamp]]:
    """Yield the whole time to a day, and each half-year that had ended: label, first and last day."""
    first = pd.Timestamp("2022-02-21")
    yield "to the day", first, pd.Timestamp(day)
    for year in range(2022, day.year + 1):
        for half, (start, end) in enumerate((("01-01", "06-30"), ("07-01", "12-31")), 1):
            if pd.Timestamp(f"{year}-{end}") < pd.Timestamp(day):
                yield f"{year} H{half}", pd.Timestamp(f"{year}-{start}"), pd.Timestamp(f"{year}-{end}")


def _scored(
    answer: Estimate, later: pd.DataFrame, others: dict[str, tuple[float, float]]
) -> Iterator[dict[str, Any]]:
    for period, start, end in _periods(answer.through):
        for quantity, column in QUANTITIES.items():
            # a week of the last day is whole in the answer: its share of the week is in the draws
            ours = np.where(weeks_of(answer) <= end, 1.0, 0.0)
            if period != "to the day":
                ours = share_between(weeks_of(answer), start, end)
            draws = ours @ answer.select(quantity).array()
            known = share_between(pd.DatetimeIndex(later.index), start, end) @ later
            value = float(max(known[column], known["names"]) if quantity == "deaths" else known[column])
            bound = quantity == "deaths" and end > EXACT_TO
            row = {
                "as_of": str(answer.as_of), "period": period, "quantity": quantity, "later": value,
                "lower_bound": bound, **_score(Forecast.from_draws(draws[None]), value, bound),
            }  # fmt: skip
            if period == "to the day" and quantity == "deaths":
                for name, (figure, sd) in others.items():
                    score = _score(Forecast.from_draws(_normal_draws(figure, sd)), value, bound)
                    row |= {name: figure, f"{name}_crps": score["crps"]}
            yield row


def _score(forecast: Forecast, value: float, bound: bool) -> dict[str, Any]:
    """Return interval, coverage and CRPS of a forecast; of a lower bound what lies below it alone."""
    (low, high), (low_80, high_80) = forecast.interval(95), forecast.interval(80)
    assert forecast.draws is not None
    scored = Forecast.from_draws(np.minimum(forecast.draws, value)) if bound else forecast
    return {
        "median": float(forecast.quantile(0.5)[0]), "lower": float(low[0]), "upper": float(high[0]),
        "covered": bool((bound or low[0] <= value) and value <= high[0]),
        "covered_80": bool((bound or low_80[0] <= value) and value <= high_80[0]),
        "crps": float(scored.crps(np.array([value]))[0]),
    }  # fmt: skip


def _normal_draws(mean: float, sd: float) -> np.ndarray:
    """Return evenly spaced quantiles of a normal, or a point twice, shape (1, draws)."""
    from scipy.special import ndtri

    if sd == 0:
        return np.full((1, 2), mean)
    return np.asarray(mean + sd * ndtri((np.arange(2000) + 0.5) / 2000))[None]


def rivals(known: Record, day: date) -> dict[str, tuple[float, float]]:
    """Return each rival's figure of all dead to a day, and its standard deviation (0: none was stated)."""
    figures = read_bundled("published_figures").set_index("id").loc[list(PUBLISHED)]
    there = figures[pd.to_datetime(figures["published_on"]) <= pd.Timestamp(day)]
    last = there.iloc[-1]
    sd = 0.0 if pd.isna(last["lower"]) else (last["upper"] - last["lower"]) / 3.92
    total, end = float(last["estimate"]), pd.Timestamp(last["period_end"])
    started = pd.Timestamp(last["period_start"])
    carried = (pd.Timestamp(day) - started).days / (end - started).days
    first = known.weekly[0]
    stated, weeks = float(first.deaths.sum()), first.deaths.index
    earliest, latest = known.names[0].names, known.names[-1].names
    ladder = _ladder(known, day)
    return {
        "published": (total, float(sd)),
        "carried": (total * max(carried, 1.0), float(sd) * max(carried, 1.0)),
        "constant": (float(latest.sum()) * stated / float(earliest.reindex(weeks).sum()), 0.0),
        "ladder": (float(ladder.sum()) * stated / float(ladder.reindex(weeks).sum()), 0.0),
    }


def _ladder(known: Record, day: date) -> pd.Series:
    """Return the names of each week a year after a day by the chain ladder; of one vintage, the names."""
    counts = pd.DataFrame({one.seen_on: one.names for one in known.names}).sort_index()
    later = [one for one in counts.columns if one > known.names[0].seen_on]
    if len(later) < 2:
        return known.names[-1].names
    counts = counts[later]
    counts = counts.mask(counts.bfill().notna() & counts.ffill().notna() & counts.isna(), 0.0)
    vintages = NamedListVintages(counts.dropna(how="all"), "the bundled list")
    on = pd.Timestamp(day + timedelta(days=365))
    return pd.Series(chain_ladder(vintages.growing(), on), index=vintages.growing().weeks)
