r"""Joint view: vital registration, registry, list and courts as statements about the same war dead.

One weekly series of ordinary deaths, :math:`D_w`, is asked for by all of them (`models.completeness`):
registry publications with an error that they share, excess deaths of vital registration with an error
of their own, and the list by its growth and a completeness that walks. The late stream is added once,
less its overlap: :math:`W = \sum_w D_w + L - O`.

Vital registration sees a share s of the ordinary dead, :math:`s \sim \mathrm{Beta}(18, 2)`: men of 15
to 49 registered in Russia proper; older men and those registered in annexed territory are not in it.
When late deaths happened is not known: they are spread over ordinary deaths at least half a year
before the last filing counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from estimator.data.court_filings import CourtFilings
from estimator.data.dates import parse_vintage
from estimator.data.evidence import DeathsEvidence
from estimator.data.named_list import NamedListVintages
from estimator.errors import DataError
from estimator.estimate.estimate import Estimate
from estimator.nowcast.declared import interval_of
from estimator.nowcast.flash import Flash, flash
from estimator.nowcast.total import Present, with_late

VITAL = "vital registration"
SEEN = (18.0, 2.0)
"""Beta prior of the share of ordinary dead that vital registration sees."""
HALF_YEAR = timedelta(days=180)


def vital_anchor(excess: Estimate, *, published_on: date | str) -> DeathsEvidence:
    """Return excess deaths of vital registration as a statement about ordinary deaths.

    Years' medians over the mean share seen; what the years' errors have in common, in logs, is the
    error of the publication, the rest is each year's own.

    Parameters
    ----------
    excess : Estimate
        Of the vital route, by year.
    published_on : datetime.date or str
        When its data appeared.

    Raises
    ------
    DataError
        If a year's lower bound is not above zero: then it tells nothing in logs.
    """
    draws = excess.by("period").excess.stack(sample=("chain", "draw"))
    years = [int(year) for year in draws["period"].to_numpy()]
    values = draws.transpose("period", "sample").to_numpy()
    low, middle, high = np.quantile(values, [0.025, 0.5, 0.975], axis=1)
    if (low <= 0).any():
        year = years[int((low <= 0).argmax())]
        raise DataError(
            f"excess deaths of {year} reach {low.min():,.0f}: they may be none, which a statement in "
            "logs cannot say. Take a longer baseline, or leave vital registration out."
        )
    first, second = SEEN
    seen = first / (first + second)
    seen_sd = np.sqrt(first * second / (first + second + 1)) / (first + second) / seen
    sd = (np.log(high) - np.log(low)) / 3.92
    shared = float(np.corrcoef(values).min()) if len(years) > 1 else 0.5
    common = np.sqrt(max(shared, 0.0) * np.mean(sd) ** 2 + seen_sd**2)
    periods = pd.DataFrame({
        "start": [f"{year}-02-24" if year == 2022 else f"{year}-01-01" for year in years],
        "end": [f"{year}-12-31" for year in years], "deaths": middle / seen,
    })  # fmt: skip
    own = float(np.sqrt(max(1 - shared, 0.05)) * np.mean(sd))
    return DeathsEvidence(
        VITAL, parse_vintage(published_on), periods, float(common), own, family="vital"
    )


@dataclass(frozen=True, eq=False)
class JointView:
    """War dead by week from all sources together, as known on a date.

    Parameters
    ----------
    present : Present
        Ordinary deaths by week, and the late stream.
    anchors : tuple of DeathsEvidence
        The statements used, vital registration among them where it had appeared.
    vintages : NamedListVintages
        The list as far as it was known.
    """

    present: Present
    anchors: tuple[DeathsEvidence, ...] = field(repr=False)
    vintages: NamedListVintages = field(repr=False)

    @property
    def flash(self) -> Flash:
        """Ordinary deaths by week."""
        return self.present.flash

    def years(self) -> list[int]:
        """Return the years of death."""
        return sorted(set(pd.DatetimeIndex(self.flash.deaths.index).year))

    def ordinary(self, year: int) -> np.ndarray:
        """Return draws of the ordinary deaths in weeks that begin in a year."""
        weeks = pd.DatetimeIndex(self.flash.deaths.index)
        return np.asarray(self.flash.deaths[weeks.year == year].sum().to_numpy())

    def war_dead(self, year: int) -> np.ndarray:
        """Return draws of all war dead of a year: ordinary, and its part of the late stream."""
        added = self.present.total - self.present.ordinary
        late = self.present.late
        if late is None:
            return self.ordinary(year)
        weeks = pd.DatetimeIndex(self.flash.deaths.index)
        last = late.filings.latest()["last_day"].max() - HALF_YEAR
        old = self.flash.deaths[weeks <= last]
        part = old[pd.DatetimeIndex(old.index).year == year].sum() / old.sum()
        return self.ordinary(year) + added * part.to_numpy()

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """Return war dead by year and together beside the named, and completeness; see the columns."""
        names = self.vintages.at(self.vintages.growing().vintage)
        rows = []
        for year in self.years():
            dead = self.war_dead(year)
            rows.append({
                "period": str(year), **_renamed("war_dead", interval_of(dead, level)),
                **_renamed("ordinary", interval_of(self.ordinary(year), level)),
                "named": names.for_years([year]), "named_vintage": str(names.vintage),
                "probability_above_named": float((dead > names.for_years([year])).mean()),
            })  # fmt: skip
        total, minimum = self.present.total, self.flash.minimum
        rows.append({
            "period": f"to {self.flash.through}", **_renamed("war_dead", interval_of(total, level)),
            **_renamed("ordinary", interval_of(self.present.ordinary, level)),
            "named": minimum.total, "named_vintage": str(minimum.vintage),
            "probability_above_named": float((total > minimum.total).mean()),
        })  # fmt: skip
        return pd.DataFrame(rows).assign(as_of=str(self.flash.as_of))


def joint_view(
    vintages: NamedListVintages,
    anchors: list[DeathsEvidence],
    filings: CourtFilings,
    *,
    as_of: date | str,
    seed: int,
    draws: int = 3000,
    mixed_vintages: bool = False,
) -> JointView:
    """Put all sources together, as known on a date.

    Parameters
    ----------
    vintages : NamedListVintages
        The list.
    anchors : list of DeathsEvidence
        Registry publications, and vital registration (`vital_anchor`).
    filings : CourtFilings
        Counts of courts.
    as_of : datetime.date or str
        Nothing known later is used.
    seed : int
        Same seed, same digits.
    draws : int
        Draws.
    mixed_vintages : bool
        See `flash`.

    Raises
    ------
    VintageError
        If nothing had been published, or the list was not seen, by then; or vintages are mixed and
        that was not asked for.
    """
    ordinary = flash(
        vintages, anchors, as_of=as_of, seed=seed, draws=draws, mixed_vintages=mixed_vintages
    )
    day = ordinary.as_of
    used = [a.until(ordinary.through) for a in anchors if a.published_on <= day]
    return JointView(
        present=with_late(ordinary, filings, seed=seed + 1),
        anchors=tuple(a for a in used if a is not None),
        vintages=vintages.as_of(day),
    )


def _renamed(name: str, told: dict[str, float]) -> dict[str, float]:
    return {name: told["median"], f"{name}_lower": told["lower"], f"{name}_upper": told["upper"]}


def anchor_from_estimate(
    deaths: Estimate,
    *,
    published_on: date | str,
    name: str = "registry route",
    family: str = "registry",
    holds_late: bool = False,
) -> DeathsEvidence:
    r"""Return a posterior of war dead by week as a statement, to stand in place of published figures.

    With :math:`v` the mean variance of a week's log and :math:`V` that of the log of all, the errors that
    weeks share have the variance :math:`c = (V - s v)/(1 - s)`, s being the sum of squared shares of
    the weeks: what is left, :math:`v - c`, is each week's own.

    Parameters
    ----------
    deaths : Estimate
        By period: weeks or months, labelled by their first days.
    published_on : datetime.date or str
        The vintage: the day on which its data were known.
    name, family : str
        See `DeathsEvidence`.
    holds_late : bool
        Whether deaths declared late are in it.

    Raises
    ------
    DataError
        If periods have no dates, there are fewer than two, or some may have had no deaths.
    """
    draws = deaths.by("period").excess.stack(sample=("chain", "draw"))
    values = draws.transpose("period", "sample").to_numpy()
    if deaths.dates is None or len(values) < 2:
        raise DataError(
            f"{name}: give an estimate of at least two weeks or months, with its dates."
        )
    start = pd.DatetimeIndex(draws["period"].to_numpy())
    low = np.quantile(values, 0.025, axis=1)
    if (low <= 0).any():
        at = int((low <= 0).argmax())
        raise DataError(
            f"{name}: {start[at].date()} may have had no deaths ({low[at]:,.0f}), which a statement in "
            "logs cannot say. Give longer periods, or leave the first ones out."
        )
    logs = np.log(np.clip(values, low[:, None] / 2, None))
    middle = np.median(values, axis=1)
    own, whole = logs.var(axis=1).mean(), np.log(values.sum(axis=0)).var()
    squares = float(((middle / middle.sum()) ** 2).sum())
    common = float(np.clip((whole - squares * own) / (1 - squares), 0.01 * own, 0.99 * own))
    last = max(pd.Timestamp(deaths.dates[1]), start[-1])
    end = start[1:] - pd.Timedelta(days=1)
    periods = pd.DataFrame({"start": start, "end": [*end, last], "deaths": middle})
    return DeathsEvidence(
        name, parse_vintage(published_on), periods, common**0.5, float((own - common) ** 0.5),
        family, holds_late,
    )  # fmt: skip
