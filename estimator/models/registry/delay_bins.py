"""Delays in bins: narrow where most cases are opened, wide where few are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.special import ndtr

from estimator.data.bundled import read_bundled
from estimator.data.matched_sample import MatchedSample
from estimator.data.periods import Resolution, period_index, period_start
from estimator.data.triangle_layout import observable

HORIZON = {"week": 78, "month": 18}
"""Longest delay of the model, in periods: a year and a half, by when nearly all cases of civilians have
been opened, and those of the published sample of soldiers that ever were."""
WEEK_WIDTHS = (1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 2, 1, 1, 1, 3, 5, 6, 8, 12, 18)
"""Weeks to a bin: single ones about the 26th, when the legal term of half a year makes a spike."""
DAYS = {"week": 7.0, "month": 30.4375}
CYCLE: dict[Resolution, int] = {"week": 1, "month": 48}
"""Periods after which the calendar repeats itself."""
CURVE_HORIZONS = 2
"""How many horizons of deaths before the war tell the usual curve: three years, in which it hardly moved."""
FLOOR = 0.001
"""Added to each published share of a bin."""
MILITARY_TAIL = 0.04
"""Share of soldiers' cases opened after the last day of the published curve, within a year and a half."""


@dataclass(frozen=True)
class DelayBins:
    """Bins of delays and the published share of cases in each.

    Parameters
    ----------
    edges : tuple of (int, int)
        First delay and the one after the last, in periods.
    civilian, military : array, shape (bins,)
        Published shares, adding up to 1 within the horizon.
    """

    edges: tuple[tuple[int, int], ...]
    civilian: np.ndarray
    military: np.ndarray

    @property
    def horizon(self) -> int:
        """How many delays there are, in periods."""
        return self.edges[-1][1]

    @classmethod
    def of(cls, resolution: Resolution, horizon: int | None = None) -> DelayBins:
        """Make bins up to a horizon, a year and a half by default."""
        longest = horizon or HORIZON[resolution]
        widths = WEEK_WIDTHS if resolution == "week" else (1,) * longest
        ends = np.unique(np.minimum(np.cumsum(widths), longest))
        ends = np.append(ends[ends < longest], longest)
        edges = tuple((int(a), int(b)) for a, b in zip([0, *ends[:-1]], ends))
        civilian, military = (
            np.array([by_delay[low:high].sum() for low, high in edges])
            for by_delay in (
                _usual_shares(days, resolution, longest) for days in (civilian_days(), military_days())
            )
        )
        return cls(edges, _positive(civilian), _positive(military))


def _positive(share: np.ndarray) -> np.ndarray:
    """Add up to 1, with nothing at zero: nobody of sixty is not nobody."""
    floored = share / share.sum() + FLOOR
    return floored / floored.sum()


def civilian_days() -> np.ndarray:
    """Return the share of cases by day: deaths of the last published year, then the published tail."""
    table = read_bundled("rnd2023_case_delay_by_year")
    last = table[table["year_of_death"] == table["year_of_death"].max()]
    daily = last.sort_values("days_since_death")["percent_of_cases_opened"].to_numpy()[:365] / 100
    tail = read_bundled("rnd2023_tail_coefficients").set_index("days_since_death")
    later = np.clip(np.diff(1 / tail["tail_coefficient"].to_numpy()[365:]), 0, None)
    return np.concatenate([[0.0], daily, later])


def followed_cases() -> tuple[np.ndarray, int]:
    """Return the day of each case of the killed who were followed, and for how many days they were."""
    share = read_bundled("rnd2023_military_delay")["killed_percent_with_case"].to_numpy()
    return np.flatnonzero(np.diff(share, prepend=0.0)), len(share)


def military_days() -> np.ndarray:
    """Return the share of soldiers' cases by day: the published sample of killed, with a thin tail."""
    table = read_bundled("rnd2023_military_delay").set_index("days_since_death")
    share = table["killed_percent_with_case"].to_numpy()
    daily = np.zeros(540)
    daily[: len(share)] = np.diff(share / share.max(), prepend=0.0) * (1 - MILITARY_TAIL)
    smooth = np.convolve(daily, np.full(29, 1 / 29), mode="same")
    smooth[len(share) :] += MILITARY_TAIL / (len(smooth) - len(share))
    return smooth


def smooth_military_days() -> np.ndarray:
    """Return the share of soldiers' cases by day as a smooth curve, with the same tail.

    Of thirty cases whole months have none, which says nothing of the calendar.
    """
    opened, followed = followed_cases()
    day = np.arange(540)
    tail = np.clip((day + 1 - followed) / (540 - followed), 0, 1)
    by_day = (1 - MILITARY_TAIL) * smoothed(opened, day + 0.5) + MILITARY_TAIL * tail
    return np.diff(by_day, prepend=0.0)


def smoothed(drawn: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Return the share of draws up to each time in days, smoothed so that their mean and variance stay.

    The smoothed bootstrap of Silverman and Young (Biometrika 1987): a normal kernel of Silverman's width
    about draws moved towards their mean, mirrored at the day of death.
    """
    mean, sd = drawn.mean(), drawn.std()
    lower, upper = np.quantile(drawn, (0.25, 0.75))
    width = 0.9 * min(sd, (upper - lower) / 1.34) * len(drawn) ** -0.2
    shrunk = 1 / np.sqrt(1 + (width / sd) ** 2)
    centre, width = mean + shrunk * (drawn - mean), shrunk * width
    times = time[:, None]
    return np.asarray((ndtr((times - centre) / width) - ndtr((-times - centre) / width)).mean(axis=1))


def calendar_factors(
    days: np.ndarray, index: np.ndarray, resolution: Resolution, horizon: int, *, begun: date | None = None
) -> np.ndarray:
    """Return what the calendar makes of a curve's shares by delay, as factors, shape (periods, delays).

    Months differ in length: at the end of February those who died in January have waited for 28 to 58 days,
    at the end of August those who died in July for 31 to 61. And where a war began late in its first period,
    all its dead have waited less. `days` are shares by day, `index` numbers periods of death; deaths are
    spread evenly over the days of each, of that with the day `begun` from it on. The mean of four years is 1,
    as it is of a delay that no case has. By week all factors are 1, but for the first.
    """
    own = _calendar_shares(days, index, resolution, horizon, begun)
    usual = np.broadcast_to(_usual_shares(days, resolution, horizon), own.shape)
    return np.divide(own, usual, out=np.ones_like(own), where=usual > 0)


def _usual_shares(days: np.ndarray, resolution: Resolution, horizon: int) -> np.ndarray:
    """Return the share of cases by delay in periods, on average over a cycle of the calendar."""
    first = int(period_index(np.datetime64("2022-01-01"), resolution))
    return _calendar_shares(days, first + np.arange(CYCLE[resolution]), resolution, horizon).mean(0)


def _calendar_shares(
    days: np.ndarray, index: np.ndarray, resolution: Resolution, horizon: int, begun: date | None = None
) -> np.ndarray:
    """Return the share of cases by delay of each period of death, (periods, delays), given shares by day."""
    cumulative = np.concatenate([[0.0], np.cumsum(days / days.sum())])
    first = None if begun is None else np.datetime64(begun, "D")
    rows = []
    for period in index:
        bounds = period_start(period + np.arange(horizon + 1), resolution)
        start = first if first is not None and bounds[0] <= first < bounds[1] else bounds[0]
        passed = (bounds - np.arange(start, bounds[1])[:, None]).astype(int)
        rows.append(np.diff(cumulative[np.clip(passed, 0, len(days))], axis=1).mean(0))
    return np.stack(rows)


def within_bins(civil: np.ndarray, seen: np.ndarray, bins: DelayBins) -> np.ndarray:
    """Return how each bin's share is spread over its delays, shape (horizon,): 1 in every bin.

    From civilian cases of all ages and from which of them could be seen, both (periods, delays).
    """
    times = seen.sum(0)
    mean = np.where(seen, civil, 0).sum(0) / np.maximum(times, 1)
    padded = np.zeros(bins.horizon)
    padded[: len(mean)] = mean
    shares = np.empty(bins.horizon)
    for low, high in bins.edges:
        part = padded[low:high]
        known = np.zeros(high - low, bool)
        known[: max(0, len(times[low:high]))] = times[low:high] > 0
        even = part[known].mean() if known.any() and part.sum() > 0 else 1.0
        filled = np.where(known & (part.sum() > 0), part, even) + 1e-9
        shares[low:high] = filled / filled.sum()
    return shares


def prewar_delays(
    everyone: np.ndarray, seen: np.ndarray, before: int, bins: DelayBins, calendar: np.ndarray
) -> tuple[np.ndarray, tuple[float, int]]:
    """Return civilians' usual delay, and how far single periods of death scattered about it.

    Parameters
    ----------
    everyone, seen : array, shape (periods, delays)
        Cases of both sexes and all ages, and which of them could be seen.
    before : int
        The first period of the war.
    bins : DelayBins
        Bins of delays.
    calendar : array, shape (periods, bins)
        What the calendar makes of the share of each bin (`calendar_factors`).

    Returns
    -------
    usual : array, shape (bins,)
        Share of cases in each bin, of the last deaths before the war wholly seen. Half a case is added to
        each bin. A floor of a thousandth would raise a tail of a few thousandths by a third.
    scatter : (float, int)
        The mean of (seen - expected)^2 / expected over cells of a period and a bin, and their number.

    Where too few periods are whole these are the bins' published civilian shares, 1 and 0. A period without a
    case says nothing of delays, and is left out.
    """
    reach = min(bins.horizon, seen.shape[1])
    whole = np.flatnonzero(seen[:before, :reach].all(1))[-CURVE_HORIZONS * bins.horizon :]
    cases = np.stack([everyone[whole, low:high].sum(1) for low, high in bins.edges], axis=1)
    filled = cases.any(1)
    if len(whole) < bins.horizon // 2 or reach < bins.horizon or not filled.any():
        return bins.civilian, (1.0, 0)
    cases, factors = cases[filled], calendar[whole][filled]
    number = cases.sum(1, keepdims=True)
    usual = (cases.sum(0) + 0.5) / (number * factors).sum(0)
    usual /= usual.sum()
    expected = usual * factors
    expected *= number / expected.sum(1, keepdims=True)
    return usual, (float(((cases - expected) ** 2 / expected).mean()), cases.size)


def share_followed_up(matched: MatchedSample, bins: DelayBins, resolution: Resolution) -> np.ndarray:
    """Return the share of each bin that had passed, on average, when the sample was looked up; (bins,).

    All bins had passed where the sample does not say when its members died.
    """
    if matched.deaths_by_week is None:
        return np.ones(len(bins.edges))
    weights = matched.deaths_by_week / matched.deaths_by_week.sum()
    starts = weights.index.to_numpy().astype("datetime64[D]") + np.timedelta64(3, "D")
    seen = observable(starts, bins.horizon, matched.vintage, resolution)
    passed = weights.to_numpy() @ seen
    return np.array([passed[low:high].mean() for low, high in bins.edges])
