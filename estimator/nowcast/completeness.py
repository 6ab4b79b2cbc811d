"""Completeness of the named list, from publications and the list's own growth."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.special import expit
from threadpoolctl import threadpool_limits

from estimator.data.dates import parse_vintage
from estimator.data.evidence import DeathsEvidence, published_through
from estimator.data.minimum import GRACE
from estimator.data.named_list import NamedListVintages
from estimator.errors import VintageError
from estimator.estimate.intervals import credible_interval
from estimator.models.named_list.completeness import CompletenessModel, solve, solve_outer
from estimator.nowcast.list_growth import FEWEST, fit_list_growth

REACH = timedelta(days=183)
"""A list seen too rarely to learn its growth from takes no part where publications reach to within this
time of the last day: its delay would be the prior's, and publications say more."""
DELAY_OF_PRIOR = "too few to learn the list's delay from, which is the prior's"
"""What a warning says where deaths rest on a delay that was not learned; reports look for it."""
SOLVED = 300
"""Draws of the list for which completeness is solved; several draws are taken at each."""


@dataclass(frozen=True, eq=False)
class Completeness:
    """Share of the war dead who are on the list with a date of death, by week and vintage.

    Parameters
    ----------
    deaths : DataFrame
        War deaths, one row a week, one column a draw.
    vintages : NamedListVintages
        The list, as far as it was known.
    learned_from : tuple of str
        The publications, with their dates.
    warnings : tuple of str
        What the reader must know.
    prior_only : str
        Why deaths are little more than the prior of the list's delay; empty where they are not.
    """

    deaths: pd.DataFrame = field(repr=False)
    vintages: NamedListVintages = field(repr=False)
    learned_from: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    prior_only: str = ""

    def share(self, vintage: date | str | None = None) -> pd.DataFrame:
        """Return draws of the share named at a vintage, by default the last that was not stale.

        It can exceed 1: a publication and the list date deaths differently and cover other men.

        Raises
        ------
        VintageError
            If the list was not seen on that day, or only later than completeness was learned.
        """
        day = self.vintages.growing().vintage if vintage is None else parse_vintage(vintage)
        stamp = pd.Timestamp(self.vintages.at(day).vintage)
        # a stale copy may lack the last weeks, which an earlier vintage showed
        seen = self.vintages.counts.loc[:, :stamp].ffill(axis=1).iloc[:, -1]
        named = seen.reindex(self.deaths.index).fillna(0.0)
        return (1 / self.deaths).mul(named, axis=0)

    def to_frame(self, vintage: date | str | None = None, level: float = 0.95) -> pd.DataFrame:
        """Return the share by week: median, lower and upper (equal-tailed), with its vintage."""
        day = self.vintages.growing().vintage if vintage is None else parse_vintage(vintage)
        frame = summarise(self.share(day), "completeness", level)
        return frame.assign(vintage=str(day), level=level, kind="eti")


def completeness(
    vintages: NamedListVintages,
    anchors: list[DeathsEvidence],
    *,
    seed: int,
    through: date | str | None = None,
    draws: int = 3000,
    mixed_vintages: bool = False,
) -> Completeness:
    """Return the completeness of a list against published deaths of the same time.

    Parameters
    ----------
    vintages : NamedListVintages
        The list; its last vintage is the one that completeness is wanted for. See `as_of`.
    anchors : list of DeathsEvidence
        Published deaths.
    seed : int
        Same seed, same digits.
    through : datetime.date or str, optional
        Carry completeness on to the week of this day, by default the list's last week.
    draws : int
        Draws.
    mixed_vintages : bool
        Whether publications may be older or newer than the list's last vintage by more than a month.

    Raises
    ------
    VintageError
        If they are, and it was not asked for.
    """
    far = [a for a in anchors if abs(a.published_on - vintages.vintage) > GRACE]
    if far and not mixed_vintages:
        raise VintageError(
            f"{far[0].name} was published on {far[0].published_on}, the list is of "
            f"{vintages.vintage}: both have been revised in between. Take the list as_of that day, or "
            "ask for it with mixed_vintages=True."
        )
    last = None if through is None else parse_vintage(through)
    return estimate_completeness(vintages, anchors, through=last, seed=seed, draws=draws)


# a matrix of a few hundred rows, solved thousands of times: threads would wait for one another
@threadpool_limits.wrap(limits=1, user_api="blas")
def estimate_completeness(
    vintages: NamedListVintages,
    anchors: list[DeathsEvidence],
    *,
    through: date | None,
    seed: int,
    draws: int,
) -> Completeness:
    """Fit the list's growth, then completeness given draws of it.

    Publications do not change what is thought of the list: a cut between the two models.

    Parameters
    ----------
    vintages : NamedListVintages
        The list, as far as it was known.
    anchors : list of DeathsEvidence
        Publications, of any date.
    through : datetime.date or None
        Carry on to the week of this day.
    seed, draws : int
        Same seed, same digits; draws, at least `SOLVED` of them.
    """
    rng = np.random.default_rng(seed)
    used = vintages.growing()
    seen = f"{len(used.vintages)} vintage{'s' * (len(used.vintages) > 1)}"
    few = len(used.vintages) < FEWEST
    last = through or used.weeks[-1].date() + timedelta(days=6)
    alone = few and published_through(anchors) >= pd.Timestamp(last - REACH)
    if alone:
        weeks, log_names = _without_list(used, anchors, last)
        told = (
            f"the list is known by week of death at {seen}, which does not tell how it grows: deaths are "
            "those of publications, with their errors, and the list is the minimum alone"
        )
    else:
        weeks, log_names = _names(vintages, through, max(draws, SOLVED), rng)
        told = f"{seen} known: {DELAY_OF_PRIOR}"
    deaths = _deaths(CompletenessModel(weeks, anchors), log_names, max(draws, SOLVED), rng)
    return Completeness(
        deaths=pd.DataFrame(deaths, index=weeks),
        vintages=vintages,
        learned_from=tuple(f"{anchor.name} ({anchor.published_on})" for anchor in anchors),
        warnings=(told,) if few else (),
        prior_only=f"{seen} of the list known" if few and not alone else "",
    )


def _names(
    vintages: NamedListVintages, through: date | None, draws: int, rng: np.random.Generator
) -> tuple[pd.DatetimeIndex, np.ndarray]:
    """Return weeks, and draws of the log names expected a year after death, (weeks, draws)."""
    fit = fit_list_growth(vintages, through=through, allow_few=True)
    standard = np.hstack([fit.standard(b) for _, b in fit.draws(draws, rng)])
    used, weeks = fit.model.used, fit.model.weeks
    names = used.counts.ffill(axis=1).iloc[:, -1].reindex(weeks).fillna(0.0).to_numpy()
    old = np.asarray(weeks <= pd.Timestamp(used.vintage) - pd.Timedelta(days=365))
    old = old if old.any() else np.asarray(weeks <= pd.Timestamp(used.vintage))
    unit = names[old].sum() / np.median(standard[old].sum(axis=0))
    return weeks, np.log(standard * unit)


def _without_list(
    used: NamedListVintages, anchors: list[DeathsEvidence], last: date
) -> tuple[pd.DatetimeIndex, np.ndarray]:
    """Return weeks, and a list that says nothing of their deaths: few names, as many every week.

    At half of the lowest pace published, the logit of completeness is the logarithm of deaths but for
    its sign: deaths walk by themselves.
    """
    weeks = pd.date_range(used.weeks[0], pd.Timestamp(last), freq="7D", name="week")
    pace = [
        7 * row.deaths / ((row.end - row.start).days + 1)
        for anchor in anchors
        for row in anchor.periods.itertuples()
    ]
    return weeks, np.full((len(weeks), 1), np.log(min(pace) / 2))


def _deaths(
    model: CompletenessModel, log_names: np.ndarray, number: int, rng: np.random.Generator
) -> np.ndarray:
    """Return draws of deaths, shape (weeks, number), given draws of the list, as many or one."""
    log_names = np.broadcast_to(log_names, (len(log_names), number))
    middle = np.median(log_names, axis=1)
    outer = solve_outer(model, middle)
    walk, noise = np.exp(outer.mean[-2:])
    start = solve(model, middle, float(walk), float(noise), outer.mean[:-2]).mode
    batches = np.array_split(rng.permutation(number), min(SOLVED, number))
    out = []
    for batch, (errors, walk, noise) in zip(batches, outer.draw(len(batches), rng), strict=True):
        # one list and one level stand for their batch; the logits differ within it
        names = log_names[:, batch[0]]
        logits = solve(model, names, walk, noise, errors, start).draw(len(batch), rng)
        logits += model.drift(len(batch), rng)
        out.append(np.exp(names)[:, None] / expit(logits))
    return np.hstack(out)


def summarise(draws: pd.DataFrame, name: str, level: float) -> pd.DataFrame:
    """Return median, lower and upper bound (equal-tailed) of each row of draws.

    Parameters
    ----------
    draws : DataFrame
        One row a week, one column a draw.
    name : str
        What they are; bounds are called so, with ``_lower`` and ``_upper``.
    level : float
        Mass of the interval.
    """
    values = draws.to_numpy()
    lower, upper = credible_interval(values, level=level)
    middle = np.median(values, axis=1)
    columns = {name: middle, f"{name}_lower": lower, f"{name}_upper": upper}
    return pd.DataFrame(columns, index=draws.index)
