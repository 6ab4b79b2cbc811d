"""Priors of the war dead to a day, with their reasons.

None rests on what became known later: each is what could be said when the first weekly estimate was
published, in July 2023, or is wide enough to hold what could not. How wide the walks and the errors of
publications are was chosen by how often intervals of earlier days held later values, all days together;
docs/present.md has that choice with each day left out in turn.
"""

from dataclasses import dataclass, field

import numpy as np

LATE_ODDS = float(np.log(0.25 / 0.75))


def _scales() -> dict[str, tuple[float, float]]:
    return {
        "walk": (0.2, 4.0),
        "late_step": (0.35, 30.0),
        "common": (0.12, 4.0),
        "revision": (0.15, 4.0),
        "complete_step": (0.2, 10.0),
        "pace": (0.3, 4.0),
    }


def _positive() -> dict[str, tuple[float, float]]:
    return {
        "filing_delay": (450.0, 0.45),
        "filing_shape": (2.0, 0.3),
        "declared_delay": (180.0, 0.5),
        "declared_shape": (1.2, 0.25),
        "item_sd": (0.12, 0.25),
        "late_item_sd": (0.3, 0.5),
        "list_scale": (250.0, 0.5),
        "list_shape": (0.7, 0.3),
        "list_noise": (0.25, 0.3),
    }


@dataclass(frozen=True)
class PresentPriors:
    """Priors of the model of the war dead to a day.

    Parameters
    ----------
    level : (float, float)
        Median ordinary deaths in four weeks at the start, and standard deviation of its log: 500 to 5,000
        a month hold every estimate of the spring of 2022.
    late_share : (float, float)
        Mean and standard deviation of the log odds that a death is declared late. A quarter: of 103
        soldiers whose cases were followed in 2023, 43 were missing, and some of the missing are found;
        95% from 6% to 61%.
    late_kept : float
        What is left after eight weeks of a difference of these log odds from their level: kinds of fighting,
        and with them the share of the missing, last about a year, and a share does not wander off.
    scale : dict
        Effects of one unknown variance, by name: median scale and degrees of freedom, few where the
        scale is to be learned. ``walk``, steps of log deaths from four weeks to the next: weeks differ
        by a factor of five within a year. ``late_step``, steps of the log odds in eight weeks: the odds
        may double in a year. ``common``, the error of the newest publication, half as wide again as
        the interval stated in 2023, whose capture probabilities alone give 0.08. ``revision``, what a
        later publication changes in an earlier one. ``complete_step``, of the log completeness in eight
        weeks. ``pace``, of the list between two vintages.
    positive : dict
        Medians and standard deviations of logs. ``filing_delay``, ``filing_shape``: Weibull delay from a late
        death to the filing in court, a year and more, since courts were little used in 2023.
        ``declared_delay``, ``declared_shape``: Weibull delay of the declaration after the half year before
        which nobody is. Within a year 26% of 43 missing had a case, and 50% of 60 killed: half of the missing
        were declared then, give or take a factor of two to three. Courts begin at once, at a rate that
        hardly changes. ``item_sd``, a publication's own error in four weeks.
        ``late_item_sd``, that of late deaths set apart. ``list_scale``, ``list_shape``: the Weibull delay of
        names, most come within a year. ``list_noise``: of names of four weeks.
    slope_sd, slope_days : float
        Error of a publication in weeks that were young when the registry was read, and how fast it fades.
    capture_sd : float
        Slow shapes of the error that publications share: men who died at different times have a case
        with different probability.
    complete, complete_drift : (float, float), float
        Median and standard deviation of the log of the share ever named with a date, wide: since no more are
        named than have died, its median is about 0.6 and 95% are from 0.25 to one; and its trend in eight
        weeks: lists tire, or find archives.
    seen : (float, float)
        Mean share of ordinary deaths that vital registration of men under 50 sees, and standard deviation
        in logs: older men and those registered in annexed territory are not in it.
    late_per_filing, filing_sd : float
        Late deaths for each filing beyond peacetime: courts reject some and count men twice, and some
        late deaths are registered without a court; and the error of a count, in logs.
    list_error : float
        By how much, in logs, names of a half-year may exceed its dead: a man in fifty may be on the list
        twice, or with a date in another half-year.
    """

    level: tuple[float, float] = (1600.0, 1.0)
    late_share: tuple[float, float] = (LATE_ODDS, 0.8)
    late_kept: float = float(np.exp(-56 / 365))
    scale: dict[str, tuple[float, float]] = field(default_factory=_scales)
    positive: dict[str, tuple[float, float]] = field(default_factory=_positive)
    slope_sd: float = 0.3
    slope_days: float = 200.0
    capture_sd: float = 0.2
    complete: tuple[float, float] = (0.8, 0.6)
    complete_drift: float = 0.1
    seen: tuple[float, float] = (0.85, 0.12)
    late_per_filing: float = 1.1
    filing_sd: float = 0.5
    list_error: float = 0.02
