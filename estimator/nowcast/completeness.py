"""Completeness of the named list, from publications and the list's own growth."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.special import expit
from threadpoolctl import threadpool_limits

from estimator.data.evidence import DeathsEvidence, published_through
from estimator.data.minimum import GRACE
from estimator.data.named_list import NamedListVintages
from estimator.data.periods import parse_vintage
from estimator.errors import VintageError
from estimator.estimate.estimate import Estimate
from estimator.models.named_list.completeness import CompletenessModel, solve, solve_outer
from estimator.nowcast.list_growth import FEWEST, fit_list_growth
from estimator.nowcast.weeks import names_shown, weekly_estimate

REACH = timedelta(days=183)
"""A list seen too rarely to learn its growth from takes no part where publications reach to within this
time of the last day: its delay would be the prior's, and publications say more."""
DELAY_OF_PRIOR = "too few to learn the list's delay from, which is the prior's"
"""What a warning says where deaths rest on a delay that was not learned; reports look for it."""
SOLVED = 300
"""Draws of the list for which completeness is solved; several draws are taken at each."""


# a matrix of a few hundred rows, solved thousands of times: threads would wait for one another
@threadpool_limits.wrap(limits=1, user_api="blas")
def completeness(
    vintages: NamedListVintages, evidence: list[DeathsEvidence], *, seed: int,
    through: date | str | None = None, draws: int = 3000, mixed_vintages: bool = False,
) -> Estimate:  # fmt: skip
    """Return deaths by week with the names of the list's last vintage, whose ratio is completeness.

    The list's growth is fitted, then deaths given draws of it, at least `SOLVED`: publications do not
    change what is thought of the list (a cut between the two models). The list is carried on to the
    week of ``through``, by default to its last week. VintageError if publications are more than a month
    from the list's last vintage, unless ``mixed_vintages``.
    """
    far = [one for one in evidence if abs(one.published_on - vintages.vintage) > GRACE]
    if far and not mixed_vintages:
        raise VintageError(
            f"{far[0].name} was published on {far[0].published_on}, the list is of "
            f"{vintages.vintage}: both have been revised in between. Take the list as_of that day, or "
            "ask for it with mixed_vintages=True."
        )
    until = None if through is None else parse_vintage(through)
    rng = np.random.default_rng(seed)
    used = vintages.growing()
    seen = f"{len(used.vintages)} vintage{'s' * (len(used.vintages) > 1)}"
    few = len(used.vintages) < FEWEST
    last = until or used.weeks[-1].date() + timedelta(days=6)
    alone = few and published_through(evidence) >= pd.Timestamp(last - REACH)
    if alone:
        weeks, log_names = _without_list(used, evidence, last)
        warning = (
            f"the list is known by week of death at {seen}, which does not tell how it grows: deaths are "
            "those of publications, with their errors, and the list is the minimum alone"
        )
    else:
        weeks, log_names = _names(vintages, until, max(draws, SOLVED), rng)
        warning = f"{seen} known: {DELAY_OF_PRIOR}"
    deaths = _deaths(CompletenessModel(weeks, evidence), log_names, max(draws, SOLVED), rng)
    provenance = {
        "model": "completeness of the named list", "seed": seed,
        "data": {"source": vintages.source, "vintage": str(used.vintage)},
        "learned_from": [f"{one.name} ({one.published_on})" for one in evidence],
        "warnings": [warning] if few else [],
        "prior_only": f"{seen} of the list known" if few and not alone else "",
    }  # fmt: skip
    draws_by_week = {"deaths": deaths, "names": names_by_week(vintages, weeks)}
    return weekly_estimate(draws_by_week, weeks, unit="deaths", through=last, provenance=provenance)


def names_by_week(
    vintages: NamedListVintages, weeks: pd.DatetimeIndex, vintage: date | str | None = None
) -> np.ndarray:
    """Return the dated names on the list at a vintage, by default the last that was not stale, (weeks,)."""
    day = vintages.growing().vintage if vintage is None else parse_vintage(vintage)
    stamp = pd.Timestamp(vintages.at(day).vintage)
    return names_shown(vintages.counts.loc[:, :stamp], weeks)


def _names(
    vintages: NamedListVintages, through: date | None, draws: int, rng: np.random.Generator
) -> tuple[pd.DatetimeIndex, np.ndarray]:
    """Return weeks, and draws of the log names expected a year after death, (weeks, draws)."""
    fit = fit_list_growth(vintages, through=through, allow_few=True)
    standard = np.hstack([fit.standard(b) for _, b in fit.draws(draws, rng)])
    used, weeks = fit.model.used, fit.model.weeks
    names = names_shown(used.counts, weeks)
    old = np.asarray(weeks <= pd.Timestamp(used.vintage) - pd.Timedelta(days=365))
    old = old if old.any() else np.asarray(weeks <= pd.Timestamp(used.vintage))
    unit = names[old].sum() / np.median(standard[old].sum(axis=0))
    return weeks, np.log(standard * unit)


def _without_list(
    used: NamedListVintages, evidence: list[DeathsEvidence], last: date
) -> tuple[pd.DatetimeIndex, np.ndarray]:
    """Return weeks, and a list that says nothing of their deaths: few names, as many every week.

    At half of the lowest pace published, the logit of completeness is the logarithm of deaths but for
    its sign: deaths walk by themselves.
    """
    weeks = pd.date_range(used.weeks[0], pd.Timestamp(last), freq="7D", name="week")
    pace = [
        7 * row.deaths / ((row.end - row.start).days + 1)
        for one in evidence
        for row in one.periods.itertuples()
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
    start = solve(model, middle, float(walk), float(noise), outer.mean[:-2])[0].mean
    batches = np.array_split(rng.permutation(number), min(SOLVED, number))
    out = []
    for batch, (errors, walk, noise) in zip(batches, outer.draw(len(batches), rng), strict=True):
        # one list and one level stand for their batch; the logits differ within it
        names = log_names[:, batch[0]]
        posterior, _ = solve(model, names, walk, noise, errors, start)
        logits = posterior.draw(len(batch), rng)
        logits += model.drift(len(batch), rng)
        out.append(np.exp(names)[:, None] / expit(logits))
    return np.hstack(out)
