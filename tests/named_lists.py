"""Named lists made by a rule that is known: deaths, the share that is ever named, and its delay."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from estimator.data.named_list import NamedListVintages

FIRST = pd.Timestamp("2022-02-24")


@dataclass(frozen=True)
class World:
    """What is true of a simulated list."""

    weeks: pd.DatetimeIndex
    deaths: np.ndarray
    share: np.ndarray
    vintages: NamedListVintages

    def named_by(self, day):
        """Return the names expected on a day, by week."""
        return self.deaths * self.share * named_share((pd.Timestamp(day) - self.weeks).days + 1)


def named_share(days):
    """Return the share of names to come that are on the list so many days after a week began."""
    lag = np.clip(np.asarray(days, float) - 3.5, 0, None)
    return 1 - (1 + lag / 150) ** -1.2


def named_list(*, seed, weeks=130, first="2023-06-30", every=21, number=22, noise=0.0, level=900.0):
    """Return a world: deaths that rise and fall, a share named that falls, a list that grows.

    Parameters
    ----------
    seed : int
        Same seed, same list.
    weeks, first, every, number
        Weeks of death; the first vintage, days between vintages, how many.
    noise : float
        Log sd of each vintage's pace.
    level : float
        Deaths a week, about.
    """
    rng = np.random.default_rng(seed)
    index = pd.date_range(FIRST, periods=weeks, freq="7D", name="week")
    at = np.arange(weeks)
    deaths = level * np.exp(0.35 * np.sin(at / 14) + 0.004 * at)
    share = 1 / (1 + np.exp(0.4 + 0.006 * at))
    days = pd.date_range(first, periods=number, freq=f"{every}D")
    coming = rng.poisson(deaths * share)
    named = np.zeros(weeks)
    columns = {}
    before = np.zeros(weeks)
    for day in days:
        now = named_share((day - index).days + 1)
        chance = np.clip((now - before) / np.clip(1 - before, 1e-9, None), 0, 1)
        chance = np.clip(chance * np.exp(noise * rng.standard_normal()), 0, 1)
        named = named + rng.binomial((coming - named).astype(int), chance)
        before = now
        columns[day.date()] = np.where(index <= day, named, np.nan)
    counts = pd.DataFrame(columns, index=index)
    shown = counts.notna().any(axis=1)
    return World(index, deaths, share, NamedListVintages(counts[shown], "a simulated list"))
