r"""Evidence synthesis: vital registration, registry, list and courts as statements about the same war dead.

One weekly series of ordinary deaths, :math:`D_w`, is the subject of all of them (`models.completeness`):
registry publications with an error that they share, excess deaths of vital registration with an error
of their own, and the list by its growth and a completeness that walks. Court-declared deaths are added
once, less their overlap: :math:`W = \sum_w D_w + L - O`.

Vital registration sees a share s of the ordinary dead, :math:`s \sim \mathrm{Beta}(18, 2)`: men of 15
to 49 registered in Russia proper; older men and those registered in annexed territory are not in it.
"""

from datetime import date

import numpy as np
import pandas as pd

from estimator.data.court_filings import CourtFilings
from estimator.data.evidence import DeathsEvidence
from estimator.data.named_list import NamedListVintages
from estimator.data.periods import parse_vintage
from estimator.errors import DataError
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import summarise
from estimator.nowcast.flash import flash
from estimator.nowcast.total import with_declared

VITAL = "vital registration"
SEEN = (18.0, 2.0)
"""Beta prior of the share of ordinary dead that vital registration sees."""


def vital_evidence(excess: Estimate, *, published_on: date | str) -> DeathsEvidence:
    """Return excess deaths of vital registration as a statement about ordinary deaths.

    Years' medians over the mean share seen; what the years' errors have in common, in logs, is the
    error of the publication, the rest is each year's own.

    The estimate is of the vital route, by year; its data appeared on ``published_on``. DataError if a
    year's lower bound is not above zero: then it is no statement in logs.
    """
    yearly = excess.by("period")
    years = [int(year) for year in yearly.draws["period"].to_numpy()]
    values = yearly.array()
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
    return DeathsEvidence(VITAL, parse_vintage(published_on), periods, float(common), own, family="vital")


def synthesis(
    vintages: NamedListVintages, evidence: list[DeathsEvidence], filings: CourtFilings | None, *,
    as_of: date | str, through: date | str | None = None, seed: int, draws: int = 3000,
    mixed_vintages: bool = False,
) -> Estimate:  # fmt: skip
    """Return all war dead by week from all sources together, as known on a day.

    Evidence is registry publications, and vital registration (`vital_evidence`); nothing known later
    than the day is used, and without filings no court-declared deaths. See `flash` for ``through``,
    ``mixed_vintages`` and what is refused, and `total.add_declared` for the parts.
    """
    ordinary = flash(
        vintages, evidence, as_of=as_of, through=through, seed=seed, draws=draws,
        mixed_vintages=mixed_vintages,
    )  # fmt: skip
    return with_declared(ordinary, filings, seed=seed + 1)


def evidence_used(deaths: Estimate, evidence: list[DeathsEvidence]) -> list[DeathsEvidence]:
    """Return what had been published by the day of the estimate, as far as it goes to its last day."""
    assert deaths.as_of is not None
    known = [one.until(deaths.through) for one in evidence if one.published_on <= deaths.as_of]
    return [one for one in known if one is not None]


def by_period(deaths: Estimate, vintages: NamedListVintages, level: float = 0.95) -> pd.DataFrame:
    """Return war dead and the ordinary of them, by year and together, with the names known by then."""
    assert deaths.as_of is not None
    known = vintages.as_of(deaths.as_of)
    names, minimum = known.at(known.growing().vintage), deaths.provenance["minimum"]
    yearly = deaths.by("year")
    years = yearly.draws["period"].to_numpy().tolist()
    labels = pd.Index([*map(str, years), f"to {deaths.through}"], name="period")
    dead, ordinary = (
        np.vstack([part.array(), part.array().sum(axis=0)])
        for part in (yearly.select("deaths"), yearly.select("ordinary"))
    )
    named = np.array([*(names.for_years([year]) for year in years), minimum["total"]])
    table = summarise(dead, "war_dead", level, labels)
    table = table.join(summarise(ordinary, "ordinary", level, labels)).reset_index()
    return table.assign(
        named=named, named_vintage=[*[str(names.vintage)] * len(years), minimum["vintage"]],
        probability_above_named=(dead > named[:, None]).mean(axis=1), as_of=str(deaths.as_of),
    )  # fmt: skip


def describe_priors() -> dict[str, str]:
    """Return the priors of a joint view as text: mean or median, and 95% interval."""
    from scipy.stats import beta

    from estimator.models.named_list.declared import DeclaredPriors
    from estimator.sources.published_deaths import CAPTURE_SD

    def share(parameters: tuple[float, float]) -> str:
        middle, low, high = beta.ppf([0.5, 0.025, 0.975], *parameters)
        return f"{middle:.2f} ({low:.2f}–{high:.2f})"

    late = DeclaredPriors()
    mean, sd = late.peacetime
    return {
        "share of the ordinary dead that vital registration sees": share(SEEN),
        "court filings a year in peace": f"{mean:,.0f} ({mean - 1.96 * sd:,.0f}–{mean + 1.96 * sd:,.0f})",
        "share of soldiers among filings beyond peace that show no military link": share(late.military),
        "share of filings that are granted, of men who died": share(late.granted),
        "overlap: share of men declared dead whom the ordinary deaths hold already": share(late.overlap),
        "error that all figures of one registry publication share, where none was published": (
            f"{CAPTURE_SD:.0%} (one standard deviation)"
        ),
    }


def evidence_from_estimate(
    deaths: Estimate, *, published_on: date | str, name: str = "registry route",
    family: str = "registry", holds_late: bool = False,
) -> DeathsEvidence:  # fmt: skip
    r"""Return a posterior of war dead by week as a statement, to stand in place of published figures.

    With :math:`v` the mean variance of a week's log and :math:`V` that of the log of all, the errors that
    weeks share have the variance :math:`c = (V - s v)/(1 - s)`, s being the sum of squared shares of
    the weeks: what is left, :math:`v - c`, is each week's own.

    Periods are weeks or months, labelled by their first days; ``published_on`` is the vintage, the day
    on which the estimate's data were known. ``family`` and ``holds_late`` are those of `DeathsEvidence`.
    """
    by_week = deaths.by("period")
    values = by_week.array()
    if deaths.dates is None or len(values) < 2:
        raise DataError(f"{name}: give an estimate of at least two weeks or months, with its dates.")
    start = pd.DatetimeIndex(by_week.draws["period"].to_numpy())
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
