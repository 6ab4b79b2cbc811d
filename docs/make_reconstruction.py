r"""A reconstruction of the registry's weekly cases, 2014 to May 2023, from published figures alone.

``python docs/make_reconstruction.py`` writes the bundled table anew and prints its checks.

**It is not the registry.** The publication of July 2023 gives real weekly counts for ages 20-24 and, for
the other ages, deaths, shares, indices and estimates from which the counts are put together here:

1. *Women, by year.* Rosstat's deaths of women times the share with a case: that of 2020, which is
   published by age and sex, moved over the years on the logit scale by the slope that the real counts of
   ages 20-24 show, for each sex its own. The same slope at all ages is an assumption.
2. *Women, by week.* Spread evenly within a year and joined between years: no season is published.
3. *Men in peace, by year.* As women, up to 2021. For 2022 and 2023 women's cases times the ratio of
   cases of 2017-2019 and 2021, the trend of which is taken to be over.
4. *Men in peace, by week.* Following the published weekly index of male cases (ages 20-64), each year
   scaled to its sum; from 2022 on evenly.
5. *Cases of the war.* Published deaths by age in 2022 and by week, times the published capture: by age the
   cases of 2022, by week the deaths of 65 weeks. Both margins at once by iterative proportional fitting,
   with the age shares of 2022 for 2023. The index after February 2022 is not used: it is a check.
6. *What could be seen.* All cases of recent weeks are divided by the published tail coefficient of the
   week's age on the inferred day of extraction, civilians' and soldiers' alike, as the publication
   multiplied them.
7. *Ages 20-24* are then replaced by the published counts. Counts are rounded to whole cases.

Numbers that the reconstruction does not use, and is checked against (`checks`): the index of weeks since
the war began, by age; the Rosstat-ratio estimates; the cases of 2020 by week; the totals of the real counts
at 20-24 before they replace the reconstructed ones.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from estimator.data.ages import AgeBands
from estimator.data.bundled import read_bundled
from estimator.published.registry2023 import EXTRACTED_ON, LAST_WEEK_OF_2022, capture

AGES = AgeBands(tuple(range(15, 70, 5)), tuple(range(19, 70, 5)))
WAR_AGES = tuple(range(15, 50, 5))
FIRST_WEEK, LAST_WEEK = "2013-12-30", "2023-05-15"
SHARE_YEAR = 2020
REAL_AGE = 20
RATIO_YEARS = (2017, 2018, 2019, 2021)
ROUNDS = 200
"""Of proportional fitting, which no longer moves after ten."""
TABLE = Path("fixtures/registry_reconstruction/registry_reconstruction_2023.csv")


def reconstruct() -> pd.DataFrame:
    """Return one row a week, sex and five-year band from 15 to 69: week_start, sex, age_low, cases."""
    weeks = pd.date_range(FIRST_WEEK, LAST_WEEK, freq="7D")
    women, men = _civilian(weeks)
    war = _war_cases(weeks)
    seen = _seen(weeks)
    tables = {"female": women * seen, "male": (men + war) * seen}
    real = _real_counts(weeks)
    rows = []
    for sex, values in tables.items():
        values[AGES.low.index(REAL_AGE)] = real[sex]
        for low, line in zip(AGES.low, np.rint(values).astype(int)):
            cells = {"week_start": weeks.strftime("%Y-%m-%d"), "sex": sex, "age_low": low}
            rows.append(pd.DataFrame(cells | {"cases": line}))
    return pd.concat(rows, ignore_index=True)


def _civilian(weeks: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """Cases of women, and of men as in peace, by age and week, all that will ever be opened."""
    years, deaths = _yearly_deaths()
    shares = _case_shares(years)
    women = deaths["female"] * shares["female"]
    men = deaths["male"] * shares["male"]
    ratio = men / women
    usual = ratio[:, np.isin(years, RATIO_YEARS)].mean(axis=1)
    after = years > 2021
    men[:, after] = women[:, after] * usual[:, None]
    even = _weekly(years, women, weeks), _weekly(years, men, weeks)
    return even[0], even[1] * _index_shape(weeks)


def _yearly_deaths() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    table = read_bundled("rosstat_deaths_russia")
    table = table[table["age_low"].isin(AGES.low) & (table["year"] >= 2014)]
    wide = table.pivot_table(index=["sex", "age_low"], columns="year", values="deaths")
    years = wide.columns.to_numpy()
    return years, {sex: wide.loc[sex].to_numpy(float) for sex in ("female", "male")}


def _case_shares(years: np.ndarray) -> dict[str, np.ndarray]:
    """Share of deaths with a case, by age and year: step 1."""
    table = read_bundled("rnd2023_cases_and_deaths_2020").set_index("age_low").loc[list(AGES.low)]
    shares = {}
    for sex in ("female", "male"):
        share = (table[f"cases_{sex}"] / table[f"deaths_{sex}"]).to_numpy()
        moved = case_share_slope(sex) * (years - SHARE_YEAR)
        shares[sex] = 1 / (1 + np.exp(-(np.log(share / (1 - share))[:, None] + moved[None, :])))
    return shares


def case_share_slope(sex: str) -> float:
    """Return the yearly change of the logit share with a case at ages 20-24, 2014 to 2021."""
    counts = read_bundled("rnd2023_weekly_cases_age20_24")
    year = (pd.to_datetime(counts["week_start"]) + pd.Timedelta(days=3)).dt.year
    cases = counts.groupby(year)[f"cases_{sex}"].sum().loc[2014:2021]
    deaths = read_bundled("rosstat_deaths_russia")
    deaths = deaths[(deaths["sex"] == sex) & (deaths["age_low"] == REAL_AGE)]
    share = cases / deaths.set_index("year")["deaths"].loc[cases.index]
    return float(np.polyfit(share.index, np.log(share / (1 - share)), 1)[0])


def _weekly(years: np.ndarray, yearly: np.ndarray, weeks: pd.DatetimeIndex) -> np.ndarray:
    """Spread yearly numbers over weeks, joined between the middles of the years: step 2."""
    middle = _middle(weeks)
    spread = np.stack([np.interp(middle, years + 0.5, row) for row in yearly]) * 7 / 365.25
    for year, total in zip(years, yearly.T):
        inside = middle.astype(int) == year
        if inside.sum() > 50:
            spread[:, inside] *= (total / spread[:, inside].sum(1) * inside.sum() / 52.18)[:, None]
    return spread


def _middle(weeks: pd.DatetimeIndex) -> np.ndarray:
    thursday = weeks + pd.Timedelta(days=3)
    return thursday.year.to_numpy() + (thursday.day_of_year.to_numpy() - 0.5) / 365.25


def _index_shape(weeks: pd.DatetimeIndex) -> np.ndarray:
    """Return the weekly index of male cases, each year and age with mean one: step 4."""
    index = weekly_index(weeks)
    year = _middle(weeks).astype(int)
    shape = np.ones((len(AGES), len(weeks)))
    for number in range(2014, 2022):
        inside = year == number
        part = index.to_numpy()[:, inside]
        shape[:, inside] = np.where(
            np.isnan(part), 1.0, part / np.nanmean(np.where(np.isnan(part), 1.0, part), 1)[:, None]
        )
    return shape


def weekly_index(weeks: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the published index of male cases, percent of expected, by age and week; NaN elsewhere."""
    table = read_bundled("rnd2023_weekly_male_index")
    day = [
        pd.Timestamp.fromisocalendar(int(year), int(week), 1)
        for year, week in zip(table["iso_year"], table["iso_week"])
    ]
    wide = table.assign(week=day).pivot_table(
        index="age_low", columns="week", values="male_cases_percent_of_expected"
    )
    return wide.reindex(index=list(AGES.low), columns=weeks)


def _war_cases(weeks: pd.DatetimeIndex) -> np.ndarray:
    """Cases of the war dead, as many as will ever be opened by the publication's reckoning: step 5."""
    by_age = read_bundled("rnd2023_estimates_by_age_2022").set_index("age_low")
    deaths = by_age["registry_estimate_2022"].reindex(WAR_AGES).to_numpy()
    table = read_bundled("rnd2023_weekly_excess")
    weekly = table.set_index(pd.to_datetime(table["week_start"]))["excess_deaths"]
    weekly = weekly.reindex(weeks).fillna(0.0)
    in_2022 = np.asarray(weeks <= pd.Timestamp(LAST_WEEK_OF_2022))
    deaths_by_week = np.outer(deaths / deaths.sum(), weekly.to_numpy())
    for _ in range(ROUNDS):
        deaths_by_week *= (deaths / deaths_by_week[:, in_2022].sum(1))[:, None]
        sums = deaths_by_week.sum(0)
        deaths_by_week *= np.divide(weekly.to_numpy(), sums, out=np.zeros_like(sums), where=sums > 0)
    share = capture().loc[[str(low) for low in WAR_AGES], "share"].to_numpy()
    cases = np.zeros((len(AGES), len(weeks)))
    cases[[AGES.low.index(low) for low in WAR_AGES]] = deaths_by_week * share[:, None]
    return cases


def _seen(weeks: pd.DatetimeIndex) -> np.ndarray:
    """Share of cases open on the day of extraction, by week: step 6."""
    tail = read_bundled("rnd2023_tail_coefficients").set_index("days_since_death")
    days = (pd.Timestamp(EXTRACTED_ON) - (weeks + pd.Timedelta(days=3))).days
    coefficient = tail["tail_coefficient"].reindex(np.minimum(days, tail.index.max())).to_numpy()
    return np.where(days > tail.index.max(), 1.0, 1 / coefficient)


def _real_counts(weeks: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    table = read_bundled("rnd2023_weekly_cases_age20_24")
    table = table.set_index(pd.to_datetime(table["week_start"])).reindex(weeks)
    return {sex: table[f"cases_{sex}"].to_numpy(float) for sex in ("female", "male")}


def checks() -> pd.DataFrame:
    """Compare the reconstruction with published numbers that it does not use.

    Columns check, reconstructed, published and ratio: yearly cases at ages 20-24 before the real
    counts replace them, by sex; and by age the mean index of male cases from 2022-02-21 to
    2022-12-26, men's cases over those in peace.
    """
    weeks = pd.date_range(FIRST_WEEK, LAST_WEEK, freq="7D")
    women, men = _civilian(weeks)
    war, seen = _war_cases(weeks), _seen(weeks)
    real = _real_counts(weeks)
    year = _middle(weeks).astype(int)
    at = AGES.low.index(REAL_AGE)
    rows = []
    for sex, values in (("female", women), ("male", men + war)):
        for number in range(2014, 2023):
            inside = year == number
            rows.append((
                f"cases of {sex}s aged 20-24 in {number}",
                float((values * seen)[at, inside].sum()), float(real[sex][inside].sum()),
            ))  # fmt: skip
    inside = np.asarray((weeks >= "2022-02-21") & (weeks <= LAST_WEEK_OF_2022))
    index = weekly_index(weeks)
    for low in WAR_AGES[1:]:
        place = AGES.low.index(low)
        made = 100 * (men + war)[place, inside].sum() / men[place, inside].sum()
        rows.append((
            f"index of male cases aged {low}-{low + 4}, war weeks of 2022", float(made),
            float(index.loc[low].to_numpy()[inside].mean()),
        ))  # fmt: skip
    table = pd.DataFrame(rows, columns=["check", "reconstructed", "published"])
    return table.assign(ratio=table["reconstructed"] / table["published"])


if __name__ == "__main__":
    reconstruct().to_csv(Path(__file__).parents[1] / TABLE, index=False)
    print(checks().round(3).to_string())
