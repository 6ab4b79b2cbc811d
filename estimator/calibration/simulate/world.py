"""A simulated country whose registry is like Russia's: civilians, soldiers, cases and delays, all known.

Figures are published ones wherever there are any; each function says what the seed varies. The peacetime sex
ratio is *not* drawn from the model that is tested with it: it moves as it did in ten successive years of
peace in Rosstat's own record, forwards or backwards, as it was or mirrored, with a seasonal pattern.
Soldiers' delay differs from the published curve as a curve of some fifteen cases may.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from estimator.data.ages import AgeBands
from estimator.data.bundled import read_bundled
from estimator.data.periods import period_index, period_start
from estimator.models.registry.delay_bins import MILITARY_TAIL, followed_cases, smoothed

AGES = AgeBands(tuple(range(15, 70, 5)), tuple(range(19, 70, 5)))
FIRST_WEEK = date(2013, 12, 30)
WAR_BEGAN = date(2022, 2, 24)
DAYS = 1096
"""Delays end after three years, where the published tail ends: "ever" means by then."""
YEARS = (2014, 2023)
"""Calendar years over which the sex ratio moves; it is constant after the middle of the last."""
PEACE = (2002, 2019)
"""Years without a pandemic and without many dead of a war: in 1999 to 2001 the ratio at 20-24 is up to a
tenth higher, with the dead of the second war in Chechnya."""
COVID_WAVES = ("2020-06-01", "2020-12-15", "2021-07-20", "2021-11-10", "2022-02-10")
WAVE_DAYS = 30.0


@dataclass(frozen=True)
class World:
    """Expected values in a simulated country.

    `weeks` (week) are Mondays of the weeks of death; `civilian_cases` (sex, age, week) those ever opened,
    women first; `war_dead` (age, week); `capture` (age) the probability that a soldier's death ever gets a
    case; `civilian_delay` and `military_delay` (day) the probability of each delay, given that a case is
    opened.
    """

    weeks: np.ndarray
    civilian_cases: np.ndarray
    war_dead: np.ndarray
    capture: np.ndarray
    civilian_delay: np.ndarray
    military_delay: np.ndarray


def make_world(rng: np.random.Generator, last_week: date) -> World:
    """Draw a world whose last week of death holds the day `last_week`."""
    first, last = (int(period_index(np.datetime64(d, "D"), "week")) for d in (FIRST_WEEK, last_week))
    weeks = period_start(np.arange(first, last + 1), "week")
    shares = _war_shares(rng, len(weeks))
    return World(
        weeks=weeks,
        civilian_cases=_civilian_deaths(rng, weeks) * _case_shares(rng, weeks),
        war_dead=shares * _weekly_war_dead(rng, weeks),
        capture=_capture(rng),
        civilian_delay=_civilian_delay(rng),
        military_delay=_military_delay(rng),
    )


def _years(weeks: np.ndarray) -> np.ndarray:
    """Return the middle of each week in years, such as 2022.5."""
    middle = weeks.astype("datetime64[D]") + np.timedelta64(3, "D")
    year = middle.astype("datetime64[Y]")
    return 1970 + year.astype(int) + (middle - year.astype("datetime64[D]")).astype(int) / 365.25


def _yearly_deaths() -> tuple[np.ndarray, np.ndarray]:
    """Return years since 1990 and Rosstat's deaths, (sex, age, year), women first."""
    table = read_bundled("rosstat_deaths_russia")
    table = table[table["age_low"].isin(AGES.low) & (table["year"] <= YEARS[1])]
    wide = table.pivot_table(index=["sex", "age_low"], columns="year", values="deaths")
    years = wide.columns.to_numpy()
    return years, np.stack([wide.loc["female"].to_numpy(), wide.loc["male"].to_numpy()])


def _civilian_deaths(rng: np.random.Generator, weeks: np.ndarray) -> np.ndarray:
    """Civilian deaths by sex, age and week: Rosstat's women, and men by a ratio of peacetime.

    The seed varies the course of the ratio and the strength of the seasons.
    """
    recorded, deaths = _yearly_deaths()
    inside = recorded >= YEARS[0]
    years, at = recorded[inside], _years(weeks)
    ratio = _peacetime_ratio(rng, recorded, np.log(deaths[1] / deaths[0]))
    women = _women(years, deaths[0][:, inside], weeks)
    season = np.cos(2 * np.pi * (at - 15 / 365))
    summer = np.cos(2 * np.pi * (at - 190 / 365))
    young = np.clip((60 - AGES.midpoint) / 45, 0, 1)[:, None]
    level = np.stack([np.interp(at, years + 0.5, row) for row in ratio])
    men = women * np.exp(level + rng.normal(0.05, 0.02) * young * summer)
    return np.stack([women, men]) * np.exp(rng.normal(0.05, 0.01) * season)


def _peacetime_ratio(rng: np.random.Generator, recorded: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Return the log sex ratio by age and year: the level of 2014, moved as in ten successive years of peace.

    The seed chooses the ten years of Russia's record, whether they run forwards or backwards, and whether the
    ratio falls where it rose. With one course for all, the errors of all simulated registries would have one
    sign.
    """
    length = YEARS[1] - YEARS[0] + 1
    peace = ratio[:, (recorded >= PEACE[0]) & (recorded <= PEACE[1])]
    first = rng.integers(peace.shape[1] - length + 1)
    course = peace[:, first : first + length]
    if rng.random() < 0.5:
        course = course[:, ::-1]
    sign = rng.choice((-1, 1))
    return ratio[:, recorded == YEARS[0]] + sign * (course - course[:, :1])


def _women(years: np.ndarray, deaths: np.ndarray, weeks: np.ndarray) -> np.ndarray:
    """Spread yearly deaths over weeks; the excess of 2020-22 over the years around goes into waves."""
    pandemic = np.isin(years, (2020, 2021, 2022))
    at = _years(weeks)
    waves = [np.datetime64(day) for day in COVID_WAVES]
    shape = sum(np.exp(-0.5 * ((weeks - wave).astype(int) / WAVE_DAYS) ** 2) for wave in waves)
    weekly = np.empty((len(deaths), len(weeks)))
    for row, values in enumerate(deaths):
        calm = np.interp(years, years[~pandemic], values[~pandemic])
        weekly[row] = np.interp(at, years + 0.5, calm) * 7 / 365.25
        for year, excess in zip(years, values - calm):
            inside = np.where(at.astype(int) == year, shape, 0.0)
            if excess > 0 and inside.sum() > 0:
                weekly[row] += excess * inside / inside.sum()
    return weekly


def _age_correlation() -> np.ndarray:
    distance = (AGES.midpoint[:, None] - AGES.midpoint[None, :]) / 12.0
    return 0.8 * np.exp(-0.5 * distance**2) + 0.2 * np.eye(len(AGES))


def _case_shares(rng: np.random.Generator, weeks: np.ndarray) -> np.ndarray:
    """Share of deaths with a case: that of 2020, drifting over the years, differently by sex."""
    table = read_bundled("rnd2023_cases_and_deaths_2020").set_index("age_low").loc[list(AGES.low)]
    share = np.stack([table[f"cases_{s}"] / table[f"deaths_{s}"] for s in ("female", "male")])
    women = rng.normal(0.03, 0.01)
    drift = np.array([women, women + rng.normal(0.0, 0.01)])
    logit = np.log(share / (1 - share))[:, :, None] + drift[:, None, None] * (_years(weeks) - 2020)
    return 1 / (1 + np.exp(-logit))


def _weekly_war_dead(rng: np.random.Generator, weeks: np.ndarray) -> np.ndarray:
    """War dead by week: the published course begun at a random week, with a random level and noise."""
    table = read_bundled("rnd2023_weekly_excess")
    starts = table["week_start"].to_numpy("datetime64[D]")
    # the war began on a Thursday: the first week has four of its days, here and in the publication
    series = table["excess_deaths"].to_numpy(float) / _share_at_war(starts)
    index = period_index(weeks, "week") - period_index(starts[0], "week")
    course = series[(index + rng.integers(len(series))) % len(series)]
    noise = np.exp(np.cumsum(rng.normal(0, 0.05, len(weeks))) + rng.normal(0, 0.1, len(weeks)))
    level = np.exp(rng.normal(0, 0.3)) / noise[index >= 0].mean()
    return course * noise * level * _share_at_war(weeks)


def _share_at_war(weeks: np.ndarray) -> np.ndarray:
    """Return the share of each week's days since the war began."""
    began = int(np.datetime64(WAR_BEGAN).astype(int))
    return np.clip((weeks.astype("datetime64[D]").astype(int) + 7 - began) / 7, 0, 1)


def _war_shares(rng: np.random.Generator, weeks: int) -> np.ndarray:
    """Shares of the war dead by age: the published ones of 2022, varied, growing older with time."""
    table = read_bundled("rnd2023_estimates_by_age_2022").set_index("age_low")
    dead = table["registry_estimate_2022"]
    # no registry estimate from 50 on: in proportion to names
    ratio = dead.sum() / table.loc[dead.notna(), "named_list_2022"].sum()
    dead = dead.fillna(table["named_list_2022"] * ratio).reindex(AGES.low).fillna(0.0).to_numpy()
    mean = dead / dead.sum()
    drawn = np.where(mean > 0, rng.gamma(300 * mean + 1e-9), 0.0)
    time = np.linspace(-1, 1, weeks)[None, :]
    drift = np.exp(rng.normal(0.15, 0.1) * (AGES.midpoint[:, None] - 35) / 10 * time)
    varied = drawn[:, None] * drift
    return varied / varied.sum(axis=0)


def _capture(rng: np.random.Generator) -> np.ndarray:
    """Capture by age: one smooth curve near the matched sample of 2023."""
    table = read_bundled("rnd2023_matched_sample")
    table = table[table["age_low"] != "unknown"]
    middle = table["age_low"].astype(int).to_numpy() + 2.5
    share = (table["found_in_registry"] + 6) / (table["sampled"] + 10)
    logit = np.log(share / (1 - share)).to_numpy()
    line = np.polyval(np.polyfit(middle, logit, 1, w=np.sqrt(table["sampled"])), AGES.midpoint)
    bend = rng.multivariate_normal(np.zeros(len(AGES)), _age_correlation())
    return 1 / (1 + np.exp(-(np.minimum(line, 1.0) + rng.normal(0, 0.1) + 0.15 * bend)))


def _stretched(cumulative: np.ndarray, factor: float) -> np.ndarray:
    """Return the probability of each day for a share opened by the end of each, whose days are stretched."""
    ends = np.arange(1, DAYS + 1)
    drawn = np.interp(ends / factor, np.arange(len(cumulative) + 1), np.append(0.0, cumulative))
    step = np.clip(np.diff(drawn, prepend=0.0), 0, None)
    return step / step.sum()


def _civilian_delay(rng: np.random.Generator) -> np.ndarray:
    """Return the published delays of deaths of 2018, with the published tail after a year."""
    table = read_bundled("rnd2023_case_delay_by_year")
    daily = table[table["year_of_death"] == table["year_of_death"].max()]
    share = daily.sort_values("days_since_death")["percent_of_cases_opened"].to_numpy()[:365] / 100
    tail = read_bundled("rnd2023_tail_coefficients").set_index("days_since_death")
    later = np.diff(1 / tail["tail_coefficient"].to_numpy()[365:])
    daily_shares = np.concatenate([[0.0], share, np.clip(later, 0, None)])[:DAYS]
    daily_shares[:186] *= np.exp(rng.normal(0, 0.1) * np.linspace(-1, 1, 186))
    padded = np.pad(daily_shares, (0, DAYS - len(daily_shares)))
    return padded / padded.sum()


def _military_delay(rng: np.random.Generator) -> np.ndarray:
    """Return a smooth curve of thirty cases drawn from the followed, with a thin tail to a year and a half.

    Thirty cases leave the share opened by half a year uncertain by nine points. The seed draws them, and
    stretches all delays by a factor with an sd of 10%: both together err as some fifteen cases do. Of the
    tail nothing was published: its share is exponential, with the model's guess as mean.
    """
    opened, followed = followed_cases()
    day = np.arange(541)
    share = smoothed(rng.choice(opened, len(opened)), day + 0.5)
    tail = np.clip((day - followed) / (540 - followed), 0, 1)
    late = rng.exponential(MILITARY_TAIL)
    curve = (1 - late) * share + late * tail
    return _stretched(curve, float(np.exp(rng.normal(0, 0.1))))
