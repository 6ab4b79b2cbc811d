"""What a report says in words: what is counted, what is left out, how the sample was tested."""

from __future__ import annotations

import math
from typing import Any

from estimator.data.dates import UNKNOWN
from estimator.data.minimum import DocumentedMinimum
from estimator.data.periods import describe_years
from estimator.estimate.comparison import days_apart
from estimator.estimate.estimate import Estimate
from estimator.estimate.provenance import data_vintage
from estimator.inference.convergence import PARETO_K_LIMIT, RHAT_LIMIT

REGISTRY = "RegistryModel"
PERIODS = {
    "baseline": "peacetime years learned from",
    "masked": "years known but not learned from",
    "target": "years estimated",
}
CAPTURE = "the chance that a death of this kind ever opens an inheritance case"
"""What a capture probability is, for who reads the word for the first time."""
SHARES = ("damping", "shared")
"""Hyperparameters between 0 and 1; the others are above 0."""
PRIORS = {
    "level_sd": "how much a year moves the sex ratio for good (1 is 100%)",
    "slope_sd": "how much the yearly trend changes in a year",
    "damping": "the share of a trend that goes on into the next year",
    "transient_sd": "shocks of one year that leave no trace",
    "shared": "the share of a shock that neighbouring ages have in common",
}


def is_war_dead(estimate: Estimate) -> bool:
    """Whether an estimate counts the war dead themselves, and not an excess over peacetime.

    Parameters
    ----------
    estimate : Estimate
        Of any route.
    """
    return "excess" in estimate.draws


def included(estimate: Estimate) -> list[str]:
    """Say what the number includes, and what its interval does.

    Parameters
    ----------
    estimate : Estimate
        Of any route.
    """
    people = people_of(estimate)
    if is_war_dead(estimate):
        return [
            f"War dead among {people}, those with a case in the registry and those without one: cases "
            f"are divided by the capture probability ({CAPTURE}), which the share of named dead who have "
            "a case tells.",
            "The interval holds the uncertainty of that probability, of the delay of cases, of the sex ratio "
            "in peacetime and of counting.",
        ]
    return [
        f"Registered {estimate.unit} of {people} beyond what the peacetime sex ratio would have brought, "
        "given those of the other sex: war dead, and any other rise that the other sex did not share.",
        "The interval holds the uncertainty of the peacetime sex ratio, of its course since the baseline "
        "period, and of counting.",
    ]


def is_russian(estimate: Estimate) -> bool:
    """Whether an estimate is of Russia, where deaths in annexed territory are registered elsewhere.

    Parameters
    ----------
    estimate : Estimate
        With provenance.
    """
    data = estimate.provenance.get("data") or {}
    return "Russia" in place_of(estimate) or "Rosstat" in str(data.get("source"))


def missed_deaths(estimate: Estimate, *, listed: bool) -> str:
    """Say which deaths vital registration does not hold.

    Parameters
    ----------
    estimate : Estimate
        Of the vital route.
    listed : bool
        Whether it is set against a named list.
    """
    where = ", as in annexed territory" if is_russian(estimate) else ", as abroad"
    told = (
        f"The missing, and those whose deaths are registered elsewhere{where}: only deaths in this "
        "table are counted, so the true number is likely higher."
    )
    if listed:
        told += " Where the named list exceeds the estimate, that is the likely reason."
    return told


def left_out(estimate: Estimate, *, listed: bool = False) -> list[str]:
    """Say what the number leaves out, and what its interval does.

    Parameters
    ----------
    estimate : Estimate
        Of any route.
    listed : bool
        Whether it is set against a named list.
    """
    found = [f"Everybody but {people_of(estimate)}."]
    if is_war_dead(estimate):
        annexed = " and people of annexed territory" if is_russian(estimate) else ""
        found += [
            "Those for whom no case would be opened in this registry, such as fighters from abroad"
            f"{annexed}.",
            "The missing whose death is not established, as far as the matched sample of named dead "
            "does not stand for them.",
        ]
    else:
        found += [
            missed_deaths(estimate, listed=listed),
            "Late registration and errors in the table itself: the interval takes its counts as final.",
        ]
    if "region" in estimate.dims:
        found.append(
            "Shocks that regions share: each is fitted on its own, and the interval of their sum takes "
            "them as independent."
        )
    return found


def diagnostic_rows(estimate: Estimate) -> list[dict[str, str]]:
    """Return each measure of the sample: what was found, what is asked, and what it means.

    Parameters
    ----------
    estimate : Estimate
        With the diagnostics of its engine; a measure that it does not have is left out.
    """
    found = estimate.diagnostics
    asked = found.get("minimum_ess")
    at_least = f"at least {asked:,}" if asked else "not stated"
    told = (
        ("pareto_k", "Pareto k-hat", "{:.2f}", f"below {PARETO_K_LIMIT}",
         "whether the importance weights can be trusted: a long tail would leave few draws that count"),
        ("max_rhat", "R-hat, largest", "{:.3f}", f"at most {RHAT_LIMIT}",
         "whether chains that started apart agree; 1 is perfect"),
        ("min_ess_bulk", "effective sample size, smallest", "{:,.0f}", at_least,
         "how many independent draws the sample is worth for its middle"),
        ("min_ess_tail", "effective sample size of the tails, smallest", "{:,.0f}", at_least,
         "the same for the bounds of intervals"),
        ("divergences", "divergences", "{:,}", "none",
         "steps at which the sampler lost its way, a sign of a biased sample"),
    )  # fmt: skip
    return [
        {"measure": name, "found": form.format(found[key]), "asked": limit, "meaning": meaning}
        for key, name, form, limit, meaning in told
        if found.get(key) is not None
    ]


def engine_in_words(estimate: Estimate) -> str:
    """Say by which engine and how the posterior was drawn.

    Parameters
    ----------
    estimate : Estimate
        With diagnostics and provenance.
    """
    engine = estimate.diagnostics.get("engine", "unknown")
    how = {
        "marginal": "states are integrated out exactly and hyperparameters weighted by importance",
        "nuts": "the whole model is sampled with the No-U-Turn sampler",
    }.get(engine, "")
    drawn = estimate.diagnostics.get("draws")
    number = f"{drawn:,} draws" if isinstance(drawn, int) else ""
    return "; ".join(part for part in (f"Engine {engine}", how, number) if part) + "."


def specification_rows(estimate: Estimate) -> list[tuple[str, str]]:
    """Return the windows and choices of the model as pairs of name and value.

    Parameters
    ----------
    estimate : Estimate
        With provenance; what it does not hold is left out.
    """
    known = estimate.provenance
    rows: list[tuple[str, str]] = []

    def add(name: str, value: Any) -> None:
        if value not in (None, ""):
            rows.append((name, str(value)))

    add("model", known.get("model"))
    for name, meaning in PERIODS.items():
        if name in known:
            add(f"{name} period ({meaning})", describe_years(known[name]) or "none")
    add("war since", known.get("war_began"))
    if "ages" in known:
        add("target ages", "-".join(map(str, known["ages"])))
    if "control_ages" in known:
        add(
            "control ages (few war dead; they tell of shocks that all ages share)",
            "-".join(map(str, known["control_ages"] or ["none"])),
        )
    add("whose excess", known.get("target_sex"))
    if "damping" in known:
        add(
            "damping of the trend (1: it goes on, 0: it stops)",
            "estimated" if known["damping"] is None else known["damping"],
        )
    add("sex ratio of", known.get("ratio_of"))
    add("resolution", known.get("resolution"))
    add("longest delay, periods", known.get("horizon"))
    if matched := known.get("matched"):
        add("matched sample", f"{matched['found']:,} of {matched['sampled']:,} found, "
            f"{matched['source']}, vintage {matched['vintage']}")  # fmt: skip
    add("draws", known.get("draws"))
    add("seed", known.get("seed"))
    return rows


def prior_rows(estimate: Estimate) -> list[tuple[str, str]]:
    """Return each prior with its meaning, in natural units: the median and a 95% range.

    Parameters
    ----------
    estimate : Estimate
        With provenance: locations and scales on an unbounded scale.
    """
    priors = estimate.provenance.get("priors") or {}
    return [(_prior_name(name), _prior_range(name, value)) for name, value in priors.items()]


def _prior_name(name: str) -> str:
    meaning = PRIORS.get(name)
    return f"prior of {name.replace('_', ' ')}{f' ({meaning})' if meaning else ''}"


def _prior_range(name: str, value: Any) -> str:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return str(value)
    location, scale = value
    ends = [math.exp(location + step * scale) for step in (0, -1.96, 1.96)]
    if name in SHARES:
        ends = [end / (1 + end) for end in ends]
    digits = 2 if name in SHARES else 3
    middle, low, high = (f"{end:.{digits}f}" for end in ends)
    return f"{middle} ({low}–{high})"


def probability(value: float | None, digits: int = 2) -> str:
    """Write a probability; one that rounds to 0 or 1 is said to be below or above the last digit.

    Parameters
    ----------
    value : float or None
        Empty where it is not known.
    digits : int
        After the point.
    """
    if value is None or value != value:
        return ""
    least = 10.0**-digits
    if value < least / 2:
        return f"<{least:.{digits}f}"
    if value > 1 - least / 2:
        return f">{1 - least:.{digits}f}"
    return f"{value:.{digits}f}"


def chance(p: float | None) -> str:
    """Write a p-value after the letter p: ``= 0.04``, ``< 0.001``.

    Parameters
    ----------
    p : float or None
        Empty where there is none.
    """
    if p is None or p != p:
        return ""
    return "< 0.001" if p < 0.0005 else f"= {p:.3f}" if p < 0.095 else f"= {p:.2f}"


def quantity_of(estimate: Estimate) -> str:
    """Say what an estimate counts: ``excess male deaths``, or ``male war dead``.

    Parameters
    ----------
    estimate : Estimate
        With unit and provenance.
    """
    sex = estimate.provenance.get("target_sex", "male")
    return f"{sex} {estimate.unit}" if "war" in estimate.unit else f"excess {sex} {estimate.unit}"


def place_of(estimate: Estimate) -> str:
    """Say where the people counted live, or which table they stand in; empty where it is not known.

    Parameters
    ----------
    estimate : Estimate
        With provenance, as `estimator report --name` completes it.
    """
    return str(estimate.provenance.get("place") or "")


def heading_of(estimate: Estimate) -> str:
    """Say where and what is counted: ``Russia: excess male deaths, ages 15-49``.

    Parameters
    ----------
    estimate : Estimate
        With unit, ages and provenance.
    """
    place, what = place_of(estimate), f"{quantity_of(estimate)}, ages {estimate.ages}"
    return f"{place}: {what}" if place else what[:1].upper() + what[1:]


def people_of(estimate: Estimate) -> str:
    """Say who is counted: ``men aged 15-49``.

    Parameters
    ----------
    estimate : Estimate
        With ages and provenance.
    """
    who = "women" if estimate.provenance.get("target_sex") == "female" else "men"
    return f"{who} aged {estimate.ages}"


def known_in_words(estimate: Estimate, minimum: DocumentedMinimum | None = None) -> str:
    """Say when the data were seen, and how far from the named list where that is more than a month.

    Parameters
    ----------
    estimate : Estimate
        With provenance.
    minimum : DocumentedMinimum, optional
        The named list that it is set against.
    """
    vintage = data_vintage(estimate.provenance)
    if vintage == UNKNOWN:
        return "of unknown vintage"
    told = f"as known on {vintage}"
    days = 0 if minimum is None else days_apart(estimate.vintage, minimum)
    return (
        f"{told}, {abs(days):,} days {'before' if days > 0 else 'after'} the list" if days else told
    )
