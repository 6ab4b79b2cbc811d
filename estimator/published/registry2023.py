r"""The registry estimator of July 2023 (Meduza, Mediazona, D. Kobak), from its published inputs.

Source: github.com/meduza-data/excess-male-mortality, published with
https://en.zona.media/article/2023/07/10/stats; tables and chart data in ``fixtures/rnd2023``.

Named dead of age a were looked up in the inheritance registry: k(a) of n(a) had a case. With
:math:`\hat p = k / n` and :math:`\hat\sigma = \sqrt{\hat p (1 - \hat p) / n}`, excess cases C give

.. math:: D(a) = C(a) / \hat p(a), \qquad
          D_\pm(a) = C(a) / (\hat p(a) \mp 1.96\,\hat\sigma(a)).

Bounds are added over ages and weeks as they stand, and :math:`\hat p + 1.96\hat\sigma` is not
capped: it is 1.0024 at 45-49. Errors of the baseline, of counting and of delay are not in it.

Excess cases of one week w of death, published for ages 20-24 alone, are

.. math:: C(w) = c(d_w)\,[m(w) - \rho f(w)],

with male and female cases m and f, :math:`\rho` the ratio of male to female *cases* of the weeks
that begin in 2017-2019, and c the published tail coefficient (cases ever opened over cases opened
so far) for the days :math:`d_w` from the Thursday of the week to 23 June 2023 or, what is the same,
from its Sunday to 26 June, after which few cases of the published sample are dated. Only weekly
counts are public and the day of extraction is inferred: the chain gives 2,720.6 where 2,721.3 is
printed. With the ratio of deaths of 2017-2019 instead of cases it would give 2,590.

The Rosstat comparison of the same publication is the raw five-year linear ratio of
`estimator.published.ratio2025`, with RSS divided by 6 instead of 3 and printed as ± 2 SD.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from estimator.data.bundled import read_bundled
from estimator.published.ratio2025 import (
    AGE_LOW,
    IN_TOTAL,
    LAST_FIT_YEAR,
    ratio_forecast,
    rosstat_matrix,
)

NORMAL_95 = 1.96
LAST_WEEK_OF_2022 = "2022-12-26"
EXTRACTED_ON = "2023-06-23"  # inferred, with weeks dated by their Thursday
RHO_YEARS = (2017, 2019)


def wald_interval(successes: ArrayLike, trials: ArrayLike) -> pd.DataFrame:
    """Return share, lower and upper bound of the uncapped 95% Wald interval of a proportion."""
    number = np.asarray(trials, float)
    share = np.asarray(successes, float) / number
    margin = NORMAL_95 * np.sqrt(share * (1 - share) / number)
    return pd.DataFrame({"share": share, "lower": share - margin, "upper": share + margin})


def capture() -> pd.DataFrame:
    """Return the matched sample with its Wald intervals, indexed by ``age_low`` as text.

    The last row is the named dead of unknown age.
    """
    sample = read_bundled("rnd2023_matched_sample")
    interval = wald_interval(sample["found_in_registry"], sample["sampled"])
    return sample.join(interval).set_index("age_low")


def deaths_from_cases(excess_cases: ArrayLike, capture_by_age: pd.DataFrame) -> pd.DataFrame:
    """Divide excess cases by age, corrected for delay, by capture: estimate, lower and upper.

    `capture_by_age` has columns share, lower and upper; bounds are 95%, with the error of capture alone.
    """
    cases = np.asarray(excess_cases, float)
    divided_by = {"estimate": "share", "lower": "upper", "upper": "lower"}
    return pd.DataFrame({name: cases / capture_by_age[by] for name, by in divided_by.items()})


def by_age_2022() -> pd.DataFrame:
    """Return excess cases, deaths and their bounds for 2022, by age.

    The weeks are those from 2022-02-21 to 2022-12-26. Excess cases are the published deaths times
    the published capture; the bounds, which are not published by age, follow from both.
    """
    table = read_bundled("rnd2023_estimates_by_age_2022").dropna(subset="registry_estimate_2022")
    share = capture().loc[table["age_low"].astype(str)]
    cases = table["registry_estimate_2022"].to_numpy() * share["share"].to_numpy()
    return deaths_from_cases(cases, share).assign(excess_cases=cases)


def weekly() -> pd.DataFrame:
    """Return the published weekly deaths and bounds with their running sums, by start of week."""
    table = read_bundled("rnd2023_weekly_excess").set_index("week_start")
    names = {"excess_deaths": "estimate", "lower95": "lower", "upper95": "upper"}
    table = table.rename(columns=names)
    running = table[["estimate", "lower", "upper"]].cumsum().add_prefix("cumulative_")
    return table.join(running)


def weekly_total(last_week: str | None = None) -> dict[str, float]:
    """Sum estimate, lower and upper over the weeks to `last_week` (its start), by default all 65."""
    table = weekly()[["estimate", "lower", "upper"]]
    if last_week is not None:
        table = table.loc[table.index <= last_week]
    return {str(name): float(value) for name, value in table.sum().items()}


def chain_20_24() -> pd.DataFrame:
    """Recompute deaths of men aged 20-24 in 2022 from weekly counts of cases, by start of week.

    Columns are cases of men and women, the tail coefficient, excess cases and deaths.
    """
    counts = read_bundled("rnd2023_weekly_cases_age20_24")
    start = pd.to_datetime(counts["week_start"])
    peace = counts[start.dt.year.between(*RHO_YEARS)]
    rho = peace["cases_male"].sum() / peace["cases_female"].sum()
    begin = weekly().index[0]
    war = counts[counts["week_start"].between(begin, LAST_WEEK_OF_2022)].set_index("week_start")
    thursday = pd.to_datetime(war.index) + pd.Timedelta(days=3)
    days = (pd.Timestamp(EXTRACTED_ON) - thursday).days
    tail = read_bundled("rnd2023_tail_coefficients").set_index("days_since_death")
    coefficient = tail["tail_coefficient"].loc[days].to_numpy()
    excess = coefficient * (war["cases_male"] - rho * war["cases_female"])
    share = capture().loc["20", "share"]
    return war.assign(tail_coefficient=coefficient, excess_cases=excess, deaths=excess / share)


def rosstat_ratio_2022() -> pd.DataFrame:
    """Recompute the Rosstat comparison of 2022: excess and two SD by age, then ages 15-49."""
    male, female = rosstat_matrix("male"), rosstat_matrix("female")
    baseline = [year for year in male.columns if year <= LAST_FIT_YEAR]
    counterfactual, sd = ratio_forecast(
        baseline, male[baseline], female[baseline], [2022], female[[2022]], fit_years=5
    )
    excess = male[2022].to_numpy() - counterfactual[:, 0]
    margin = 2 * sd[:, 0] / np.sqrt(2)  # RSS over 6 where five years and two parameters leave 3
    under_50 = np.array(IN_TOTAL)
    columns = {
        "excess": [*excess, excess[under_50].sum()],
        "margin": [*margin, np.sqrt((margin[under_50] ** 2).sum())],
    }
    ages = pd.Index([*(f"{low}-{low + 4}" for low in AGE_LOW), "15-49"], name="age")
    return pd.DataFrame(columns, index=ages)
