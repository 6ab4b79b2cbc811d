"""The backlog of a registry: cases that would usually be open and are not, which an outage makes."""

from collections.abc import Iterable

import numpy as np

from estimator.data.periods import DAY, Resolution, period_start
from estimator.models.registry.delay_bins import DAYS
from estimator.models.registry.outages import Outage, in_progress

LEAST_DAYS = 7
"""A backlog of fewer days of openings is no outage: holidays make one, and shocks of cells explain it."""
TIMES_USUAL = 3.0
"""An outage's backlog is at least so many times the largest of a usual year of peace."""
LEFT = 0.1
"""An outage is over when no more than this share of the largest backlog is left: what else waits is noise."""
LEAST_YEARS = 3
"""So many years of peace are needed to know a usual year."""


def backlogs(civilians: np.ndarray, seen: np.ndarray) -> np.ndarray:
    r"""Return the backlog at the end of each period of opening, in periods' usual openings; (openings,).

    .. math::

        B_o = \frac{1}{E_o} \sum_{t + d \le o} (N_t\, g_d - F_{t,d})

    with :math:`F` civilians' cases of death t and delay d, both (periods, delays), :math:`g` the usual share
    of a delay, :math:`N_t` cases of a period of death in all and :math:`E_o` openings expected in o. A
    holiday, or an outage, makes it rise; when all has been entered it is back where it was. It cannot drift,
    as N is of the same cases; at the last opening seen it is zero.
    """
    whole = seen.all(1)
    usual = civilians[whole].sum(0) / max(civilians[whole].sum(), 1.0)
    total = civilians.sum(1) / np.maximum(seen @ usual, 1e-9)
    expected = np.where(seen, total[:, None] * usual, 0.0)
    opened = np.add.outer(*(np.arange(number) for number in seen.shape))[seen]
    missing, openings = (np.bincount(opened, part[seen]) for part in (expected - civilians, expected))
    return np.asarray(np.cumsum(missing) / np.maximum(openings, 1.0))


def outages_since(
    civilians: np.ndarray,
    seen: np.ndarray,
    first: int,
    war: int,
    resolution: Resolution,
    known: Iterable[Outage] = (),
) -> tuple[Outage, ...]:
    """Return outages since the war began: times with a backlog far above the largest of a usual year.

    ``first`` and ``war`` are the numbers of the triangle's first period and of the war's, as `period_index`
    has them; the backlog of an outage that is ``known`` is not another's. The usual backlog of a season is
    the median over years of peace; what is above it has in each year a largest value, whose median over
    years is what is usual. An outage lasts from the first period that ends with more than that, and more than
    a tenth of the war's largest, to the one that ends with no more, if a further one was seen; at its height
    its backlog is at least `TIMES_USUAL` as much as is usual, and a week's openings.
    """
    if not seen.all(1).any():
        return ()
    backlog = backlogs(civilians, seen)
    openings = first + np.arange(len(backlog))
    starts = period_start(first + np.arange(len(backlog) + 1), resolution)
    year = starts[:-1].astype("datetime64[Y]")
    season = ((starts[:-1] - year.astype("datetime64[D]")) / DAY / DAYS[resolution]).round().astype(int)
    season %= {"week": 52, "month": 12}[resolution]
    peace = openings < war
    peace[: seen.shape[1]] = False  # deaths before the triangle have openings too
    if len(np.unique(year[peace])) < LEAST_YEARS:
        return ()
    for one in np.unique(season[peace]):
        backlog[season == one] -= np.median(backlog[peace & (season == one)])
    largest = max(np.median([backlog[peace & (year == one)].max() for one in np.unique(year[peace])]), 0.0)
    least = max(LEAST_DAYS / DAYS[resolution], TIMES_USUAL * largest)
    backlog[in_progress(known, openings, resolution)] = 0.0
    level = max(largest, LEFT * backlog[openings >= war].max(initial=0.0))
    edges = np.flatnonzero(np.diff((backlog > level).astype(int), prepend=0))
    return tuple(
        (starts[begin].item(), (starts[after + 1] - DAY).item())
        for begin, after in zip(edges[::2], edges[1::2])
        if openings[after] >= war and after + 1 < len(backlog) and backlog[begin:after].max() >= least
    )


def describe_outages(outages: Iterable[Outage]) -> str:
    """Return what outages that were found mean, and how to give them to the model; nothing of none."""
    pairs = [(str(first), str(last)) for first, last in outages]
    if not pairs:
        return ""
    months = " and of ".join(f"{first[:7]} to {last[:7]}" for first, last in pairs)
    options = " ".join(f"--outage {first}:{last}" for first, last in pairs)
    return (
        f"openings of {months} fell far behind the usual delays and caught up, as in an outage of the "
        "registry. War dead of these months and those before are wrong where the model does not know: try "
        f"outages={pairs}, {options}"
    )
