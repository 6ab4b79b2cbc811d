"""Two lists of the same dead: Chapman's estimator, as a cross-check and never as the estimate."""

from datetime import date
from typing import Any

import numpy as np

from estimator.data.matched_sample import NOT_INDEPENDENT_FROM, MatchedSample
from estimator.data.periods import parse_vintage
from estimator.errors import DataError, VintageError


def chapman(
    sample: MatchedSample, cases: float, *, list_vintage: date | str, level: float = 0.95
) -> dict[str, Any]:
    r"""Return Chapman's estimate of the dead from a list, a registry and their match.

    .. math::
        N = \frac{(n + 1)(c + 1)}{k + 1} - 1, \qquad
        \operatorname{var} N = \frac{(n + 1)(c + 1)(n - k)(c - k)}{(k + 1)^2 (k + 2)},

    of n named dead looked up k were matched to one of c cases of war dead. It holds only if being named
    says nothing of having a case; those missing are in neither, so that N is too low.

    ``cases`` are those of war dead in the registry, beyond peacetime; the interval is that of a normal
    in logs. VintageError from January 2026 on, when the two lists were no longer independent.

    Chapman, D. G. (1951), Some properties of the hypergeometric distribution with applications to
    zoological sample censuses; variance of Seber (1970).
    """
    from scipy.stats import norm

    day = parse_vintage(list_vintage)
    if day >= NOT_INDEPENDENT_FROM:
        raise VintageError(
            f"the named list of {day} was matched against the registry (since "
            f"{NOT_INDEPENDENT_FROM}): a name may be there because of its case, and the two lists are "
            "not independent. Take a vintage before 2026, or leave this cross-check out."
        )
    matched, sampled = sample.total
    if cases < matched:
        raise DataError(f"{cases:,.0f} cases are fewer than the {matched:,} matched. Give all cases.")
    number = (sampled + 1) * (cases + 1) / (matched + 1) - 1
    variance = (
        (sampled + 1) * (cases + 1) * (sampled - matched) * (cases - matched)
        / ((matched + 1) ** 2 * (matched + 2))
    )  # fmt: skip
    width = float(norm.ppf((1 + level) / 2) * np.sqrt(variance) / number)
    return {
        "named": sampled, "found": matched, "cases": float(cases), "estimate": float(number),
        "lower": float(number * np.exp(-width)), "upper": float(number * np.exp(width)),
        "list_vintage": str(day), "matched_vintage": str(sample.vintage), "level": level,
    }  # fmt: skip
