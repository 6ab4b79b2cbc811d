"""The registry's cases laid out for the model: baseline, war and delays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from estimator.data.cases import CasesByPeriod
from estimator.data.matched_sample import MatchedSample
from estimator.data.periods import DAY, Periods, Resolution, period_index, period_start
from estimator.data.triangle import ReportingTriangle
from estimator.data.triangle_layout import observable
from estimator.models.baseline import BaselinePriors
from estimator.models.registry.delay_bins import (
    DAYS,
    DelayBins,
    calendar_factors,
    civilian_days,
    prewar_delays,
    share_followed_up,
    smooth_military_days,
    within_bins,
)
from estimator.models.registry.outages import NO_BLOCK, Outage, blocks_of

KNOT_WEEKS = 4
WAR_SHARE = 1 / 3
"""Prior median of soldiers' cases in a war's first period, as a share of men's cases in peace; the prior's sd
is a factor of seven. Russia's war dead of 2022 were a seventh of the men of these ages who died otherwise,
those of England and Wales in 1914-18 between half and three times as many. The war's own cases do not set it:
of a young war few are open."""
AGE_CONTRAST = (42.5, 25.0)
"""Middle and half width of the ages of working life, years."""


@dataclass(frozen=True)
class RegistryData:
    """A registry model's arrays. Ages are target bands first, then control bands.

    Parameters
    ----------
    matched : MatchedSample
        Soldiers looked up in the registry.
    priors : BaselinePriors
        Of the sex ratio.
    war_began : datetime.date
        First day with war dead.
    resolution : {"week", "month"}
        Length of a period.
    identified : float
        Share of cases with known sex and age.
    published_delays : bool
        Whether delays of single cases are unknown.
    target, control : tuple of str
        Labels of the bands.
    midpoint : array, shape (ages,)
        Middle of each band, years.
    years : array, shape (years,)
        Years that the sex ratio has a state for.
    is_baseline_year : array of bool, shape (years,)
        Which of them are baseline years.
    base_years, war_years : array, shape (periods, years)
        Weights that interpolate yearly states to the middle of each period.
    base_season, war_season : array, shape (periods, 4)
        Two harmonics of the year.
    base_women, base_men : array, shape (ages, baseline periods)
        Cases opened so far.
    women, men : array, shape (ages, war periods)
        Cases opened within the horizon so far.
    men_by_cell : array, shape (target ages, cells)
        Men's cases by cell of the triangle, in the order of `cell_period`.
    cell_period : array of int, shape (cells,)
        War period of each cell.
    cell_visible : array, shape (cells, bins)
        Share of each bin that a cell shows. A cell is one bin of delays, as far as it could be seen; or
        what was opened in an outage and its backlog, parts of several bins; of cases by period, all bins. Of
        a triangle it is that of soldiers, in the period's own calendar (`calendar_factors`).
    usual : array, shape (cells,)
        Share of civilians' cases in each cell, by the delays before the war, in the period's calendar; of the
        whole first period, where soldiers' begins with the war.
    prewar_delay_dispersion : (float, int)
        Pearson dispersion of pre-war delays, mean of (seen - expected)^2 / expected, and the number of
        cells it is a mean of.
    civilians_by_cell : array, shape (cells,)
        Cases of women and of men of control ages, all ages together: they identify the delay.
    bins : DelayBins
        Bins of delays, with published shares.
    war_periods : array of datetime64
        First days of the war periods.
    calendar : array, shape (war periods,)
        Days of each war period, in mean lengths of a period: about 1.
    war_exposure : array, shape (war periods,)
        The same since the war began: less in the first.
    knots : array, shape (war periods, knots)
        Weights that interpolate the women's level between its knots.
    share_followed_up : array, shape (bins,)
        Share of each bin that had passed when the matched sample was looked up.
    women_level : array, shape (ages,)
        Log of women's cases a period of mean length in recent years: the prior's centre of the first.
    war_level : float
        Log of `WAR_SHARE` of men's cases a period in recent years of peace: the prior's centre of the first
        log number of soldiers' cases.
    """

    matched: MatchedSample
    priors: BaselinePriors
    war_began: date
    resolution: Resolution
    identified: float
    published_delays: bool
    target: tuple[str, ...]
    control: tuple[str, ...]
    midpoint: np.ndarray
    years: np.ndarray
    is_baseline_year: np.ndarray
    base_years: np.ndarray
    war_years: np.ndarray
    base_season: np.ndarray
    war_season: np.ndarray
    base_women: np.ndarray
    base_men: np.ndarray
    women: np.ndarray
    men: np.ndarray
    men_by_cell: np.ndarray
    cell_period: np.ndarray
    cell_visible: np.ndarray
    usual: np.ndarray
    civilians_by_cell: np.ndarray
    prewar_delay_dispersion: tuple[float, int]
    bins: DelayBins
    war_periods: np.ndarray
    calendar: np.ndarray
    war_exposure: np.ndarray
    knots: np.ndarray
    share_followed_up: np.ndarray
    women_level: np.ndarray
    war_level: float

    @property
    def followed_up(self) -> bool:
        """Whether the matched sample was looked up when all of its cases could be open."""
        return bool((self.share_followed_up == 1).all())

    @property
    def follow_up_unknown(self) -> bool:
        """Whether it is unknown how many of the sample died too late for that."""
        return not self.followed_up and not self.matched.weeks_known

    @cached_property
    def cell_membership(self) -> np.ndarray:
        """Which cells belong to which war period, shape (war periods, cells)."""
        return np.equal.outer(np.arange(self.women.shape[1]), self.cell_period).astype(float)

    @cached_property
    def men_in_peace(self) -> np.ndarray:
        """Men's cases expected of women's by the last baseline ratio, shape (target ages, war periods)."""
        targets = len(self.target)
        return _men_in_peace(self.base_men[:targets], self.base_women[:targets], self.women[:targets])

    @cached_property
    def unopened(self) -> np.ndarray:
        """Share of civilians' cases in no cell: usually not open yet, shape (war periods,)."""
        return np.clip(1 - self.cell_membership @ self.usual, 0, 1)

    @property
    def age_contrast(self) -> np.ndarray:
        """How young each band is: 1 at 15-19, -1 at 65-69; the season's weight."""
        return (AGE_CONTRAST[0] - self.midpoint) / AGE_CONTRAST[1]

    def seasonal(self, season: np.ndarray, season_of_young: np.ndarray, harmonics: np.ndarray) -> np.ndarray:
        """Return the season of the log sex ratio for draws of its coefficients.

        Parameters
        ----------
        season, season_of_young : array, shape (draws, 4)
            Coefficients of the harmonics.
        harmonics : array, shape (periods, 4)
            `base_season` or `war_season`.

        Returns
        -------
        array, shape (draws, ages, periods)
        """
        young = (season_of_young @ harmonics.T)[:, None, :]
        return (season @ harmonics.T)[:, None, :] + self.age_contrast[:, None] * young

    def coords(self) -> dict[str, Any]:
        """Return labels of every dimension of the model's variables."""
        ages = [*self.target, *self.control]
        return {
            "age": ages,
            "target_age": list(self.target),
            "contrast": np.arange(len(self.target) - 1),
            "matched_age": [str(label) for label in self.matched.data.index],
            "period": self.years.tolist(),
            "ratio_mode": np.arange(len(ages) * len(self.years)),
            "war_period": [str(day)[:10] for day in self.war_periods.astype("datetime64[D]")],
            "delay": [f"{low}-{high - 1}" for low, high in self.bins.edges],
            "bin_contrast": np.arange(len(self.bins.edges) - 1),
            "women_mode": np.arange(len(ages)),
            "knot": np.arange(self.knots.shape[1]),
            "harmonic": ["cos", "sin", "cos2", "sin2"],
            "cell": np.arange(len(self.cell_period)),
            "baseline_period": np.arange(self.base_women.shape[1]),
        }

    @classmethod
    def of(
        cls,
        source: ReportingTriangle | CasesByPeriod,
        matched: MatchedSample,
        periods: Periods,
        *,
        war_began: date,
        target: tuple[str, ...],
        control: tuple[str, ...],
        horizon: int | None,
        priors: BaselinePriors,
        outages: tuple[Outage, ...] = (),
    ) -> RegistryData:
        """Lay out cases; the parameters are those of `RegistryModel`, with ages as labels of bands."""
        resolution = source.resolution
        bins = DelayBins.of(resolution, horizon)
        labels = [*target, *control]
        cases, seen = _cases(source, labels, bins.horizon)
        blocks, seen = blocks_of(outages, source.periods, seen, resolution)
        index = period_index(source.periods, resolution)
        first_period = int(period_index(np.datetime64(war_began), resolution))
        at, year = _middles(index, resolution)
        war = (index >= first_period) & np.isin(year, periods.target)
        base = np.isin(year, periods.baseline) & (index < first_period)
        years = np.arange(year[base].min(), year[war].max() + 1)
        total = np.where(seen[None, None], cases, 0).sum(-1)
        if isinstance(source, ReportingTriangle):
            soldiers = smooth_military_days()
            factors = (
                calendar_factors(civilian_days(), index, resolution, bins.horizon),
                calendar_factors(soldiers, index, resolution, bins.horizon, begun=war_began),
            )
            laid = _triangle_cells(len(target), cases, seen, blocks, war, bins, factors)
        else:
            laid = _cells_by_period(source, cases[1, : len(target)][:, war, 0], index[war], bins)
        known = source.ages
        base_women, base_men = total[:, :, base]
        women, men = total[:, :, war]
        recent = slice(-base_women.shape[1] // 3, None)
        return cls(
            matched=matched,
            priors=priors,
            war_began=war_began,
            resolution=resolution,
            identified=source.identified,
            published_delays=not isinstance(source, ReportingTriangle),
            target=target,
            control=control,
            midpoint=known.midpoint[[known.labels.index(label) for label in labels]],
            years=years,
            is_baseline_year=np.isin(years, periods.baseline),
            base_years=_interpolation(at[base], years),
            war_years=_interpolation(at[war], years),
            base_season=_harmonics(at[base]),
            war_season=_harmonics(at[war]),
            base_women=base_women,
            base_men=base_men,
            women=women,
            men=men,
            bins=bins,
            war_periods=source.periods[war],
            calendar=_lengths(index[war], resolution),
            war_exposure=_lengths(index[war], resolution, since=war_began),
            knots=_knots(int(war.sum()), resolution),
            share_followed_up=share_followed_up(matched, bins, resolution),
            women_level=np.log(base_women[:, recent].mean(axis=1) + 0.5),
            war_level=float(np.log(WAR_SHARE * (base_men[: len(target), recent].sum(0).mean() + 0.5))),
            **laid,
        )


def _cases(
    source: ReportingTriangle | CasesByPeriod, labels: list[str], horizon: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return cases (sex, age, period, delay) and which (period, delay) could be seen."""
    if isinstance(source, ReportingTriangle):
        data = source.cases.sel(age=labels).isel(delay=slice(0, horizon))
        return data.values, source.observed.values[:, :horizon]
    data = source.data.sel(age=labels)
    return data.values[..., None], np.ones((data.sizes["period"], 1), bool)


def civilians_by_delay(
    source: ReportingTriangle, target: tuple[str, ...], control: tuple[str, ...], horizon: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return cases of women, and of men of control ages, and which could be seen; both (periods, delays)."""
    cases, seen = _cases(source, [*target, *control], horizon)
    return _civilians(cases, len(target)), seen


def _civilians(cases: np.ndarray, targets: int) -> np.ndarray:
    return np.asarray(np.nan_to_num(cases[0]).sum(0) + np.nan_to_num(cases[1, targets:]).sum(0))


def _men_in_peace(base_men: np.ndarray, base_women: np.ndarray, women: np.ndarray) -> np.ndarray:
    recent = slice(-base_men.shape[1] // 3, None)
    ratio = base_men[:, recent].sum(1) / np.maximum(base_women[:, recent].sum(1), 1)
    return np.asarray(ratio[:, None] * women)


def _triangle_cells(
    targets: int, cases: np.ndarray, seen: np.ndarray, blocks: np.ndarray, war: np.ndarray, bins: DelayBins,
    factors: tuple[np.ndarray, np.ndarray],
) -> dict[str, Any]:  # fmt: skip
    """Lay out the triangle of deaths since the war began.

    `factors` are those of the calendar, of civilians and of soldiers, both (periods, delays). The cells of a
    period of death that were opened in one block, an outage and its backlog, are one cell.
    """
    everyone = np.nan_to_num(cases).sum((0, 1))
    usual = seen & (blocks == NO_BLOCK)
    # how a bin's cases are spread over its delays does not change from one year to the next
    weights = within_bins(everyone, usual, bins)
    before = np.flatnonzero(war)[0]
    shown = [weights * factor for factor in factors]
    calendar = np.stack([shown[0][:, low:high].sum(1) for low, high in bins.edges], axis=1)
    curve, scatter = prewar_delays(everyone, usual, before, bins, calendar)
    civil = _civilians(cases, targets)
    bin_of = np.repeat(np.arange(len(bins.edges)), np.diff(bins.edges)[:, 0])[: seen.shape[1]]
    group = np.where(blocks == NO_BLOCK, bin_of, len(bins.edges) + blocks)
    cells = []
    for place, period in enumerate(np.flatnonzero(war)):
        for one in np.unique(group[period, seen[period]]):
            inside = np.flatnonzero(seen[period] & (group[period] == one))
            men = cases[1, :targets, period][:, inside].sum(-1)
            of_civilians, of_soldiers = (
                _summed(one_kind[period, inside], bin_of[inside], len(bins.edges)) for one_kind in shown
            )
            cells.append((place, of_civilians @ curve, of_soldiers, men, civil[period, inside].sum()))
    period_of, shares, visible, men, civilians = (np.array(part) for part in zip(*cells))
    return {
        "cell_period": period_of,
        "cell_visible": visible,
        "usual": shares,
        "men_by_cell": men.T,
        "civilians_by_cell": civilians,
        "prewar_delay_dispersion": scatter,
    }


def _summed(values: np.ndarray, places: np.ndarray, number: int) -> np.ndarray:
    """Add up values by place, of which there are so many; places are in order."""
    starts = np.flatnonzero(np.diff(places, prepend=-1))
    sums = np.zeros(number)
    sums[places[starts]] = np.add.reduceat(values, starts)
    return sums


def _cells_by_period(
    source: CasesByPeriod, men: np.ndarray, index: np.ndarray, bins: DelayBins
) -> dict[str, Any]:
    """Lay out cases by period: one cell a period, with the share of each bin that could be seen."""
    number = len(index)
    visible = np.ones((number, len(bins.edges)))
    if source.extracted_on is not None:
        starts = period_start(index, source.resolution)
        seen = observable(starts, bins.horizon, source.extracted_on, source.resolution)
        for b, (low, high) in enumerate(bins.edges):
            visible[:, b] = seen[:, low:high].mean(1)
    return {
        "men_by_cell": men,
        "cell_period": np.arange(number),
        "cell_visible": visible,
        "usual": np.zeros(number),
        "civilians_by_cell": np.zeros(number),
        "prewar_delay_dispersion": (1.0, 0),
    }


def _lengths(index: np.ndarray, resolution: Resolution, since: date | None = None) -> np.ndarray:
    """Return the days of each period, or those since a day, in mean lengths of a period."""
    start = period_start(index, resolution)
    if since is not None:
        start = np.maximum(start, np.datetime64(since, "D"))
    return np.asarray((period_start(index + 1, resolution) - start) / DAY / DAYS[resolution])


def _middles(index: np.ndarray, resolution: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the middle of each period in years, and the calendar year it belongs to."""
    start = period_start(index, resolution)  # type: ignore[arg-type]
    following = period_start(index + 1, resolution)  # type: ignore[arg-type]
    middle = start + (following - start) // 2
    year = middle.astype("datetime64[Y]")
    days = (middle - year.astype("datetime64[D]")).astype(int)
    number = 1970 + year.astype(int)
    return number + days / 365.25, number


def _interpolation(at: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Weights of yearly states, each at the middle of its year; flat beyond the first and last."""
    return np.stack([np.interp(at, years + 0.5, row) for row in np.eye(len(years))], axis=1)


def _harmonics(at: np.ndarray) -> np.ndarray:
    angle = 2 * np.pi * at
    return np.stack([np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)], axis=1)


def _knots(periods: int, resolution: str) -> np.ndarray:
    """Weights of knots: every month, or every fourth week and interpolated between."""
    if resolution == "month" or periods <= KNOT_WEEKS:
        return np.eye(periods)
    number = max(2, round(periods / KNOT_WEEKS))
    at = np.linspace(0, periods - 1, number)
    return np.stack([np.interp(np.arange(periods), at, row) for row in np.eye(number)], axis=1)
