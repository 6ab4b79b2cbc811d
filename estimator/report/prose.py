"""Sentences of a report: what is counted, what is left out, how the sample was tested."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from estimator.data.minimum import DocumentedMinimum
from estimator.data.periods import UNKNOWN, describe_years
from estimator.estimate.described import data_vintage
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import days_apart
from estimator.inference.convergence import PARETO_K_LIMIT, RHAT_LIMIT

CAPTURE = "the chance that a death of this kind ever opens an inheritance case"
"""What a capture probability is, where a page first uses the term."""
ENGINES = {
    "marginal": "states are integrated out exactly and hyperparameters weighted by importance",
    "nuts": "the whole model is sampled with the No-U-Turn sampler",
}


def is_war_dead(estimate: Estimate) -> bool:
    """Whether an estimate counts the war dead themselves, and not an excess over peacetime."""
    return "excess" in estimate.draws


def included(estimate: Estimate) -> list[str]:
    """Return what the number includes, and what its interval covers."""
    people = people_of(estimate)
    if is_war_dead(estimate):
        return [
            f"War dead among {people}, with a case in the registry or without one: cases are divided by the "
            f"capture probability ({CAPTURE}), which is estimated from the share of named dead who have a "
            "case.",
            "The interval covers the uncertainty of that probability, of the delay of cases, of the sex "
            "ratio in peacetime and of counting.",
        ]
    return [
        f"Registered {estimate.unit} of {people} above what the peacetime sex ratio predicts from those of "
        "the other sex: war dead, and any other rise that the other sex did not share.",
        "The interval covers the uncertainty of the peacetime sex ratio, of its course since the baseline "
        "period, and of counting.",
    ]


def is_russian(estimate: Estimate) -> bool:
    """Whether an estimate is of Russia, where deaths in annexed territory are registered elsewhere."""
    data = estimate.provenance.get("data") or {}
    return "Russia" in place_of(estimate) or "Rosstat" in str(data.get("source"))


def missed_deaths(estimate: Estimate, *, listed: bool) -> str:
    """Return which deaths vital registration does not count; ``listed`` if there is a named list."""
    where = "as in annexed territory" if is_russian(estimate) else "as abroad"
    reason = " Where the named list exceeds the estimate, that is the likely reason." if listed else ""
    return (
        f"The missing, and those whose deaths are registered elsewhere, {where}: only deaths in this "
        f"table are counted, so the true number is likely higher.{reason}"
    )


def left_out(estimate: Estimate, *, listed: bool = False) -> list[str]:
    """Return what the number leaves out, and what its interval does."""
    lines = [f"Everybody but {people_of(estimate)}."]
    if is_war_dead(estimate):
        annexed = " and people of annexed territory" if is_russian(estimate) else ""
        lines += [
            "Those for whom no case would be opened in this registry, such as fighters from abroad"
            f"{annexed}.",
            "The missing whose death is not established, as far as the matched sample of named dead "
            "does not represent them.",
        ]
    else:
        lines += [
            missed_deaths(estimate, listed=listed),
            "Late registration and errors in the table itself: the interval takes its counts as final.",
        ]
    if "region" in estimate.dims:
        lines.append(
            "Shocks that regions share: each is fitted on its own, and the interval of their sum takes "
            "them as independent."
        )
    return lines


def diagnostic_rows(estimate: Estimate) -> list[dict[str, str]]:
    """Return each measure of the sample that its engine has: value, limit and meaning."""
    diagnostics = estimate.diagnostics
    least = diagnostics.get("minimum_ess")
    at_least = f"at least {least:,}" if least else "not stated"
    measures = (
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
        {
            "measure": name,
            "value": form.format(diagnostics[key]),
            "limit": limit,
            "meaning": meaning,
        }
        for key, name, form, limit, meaning in measures
        if diagnostics.get(key) is not None
    ]


def engine_sentence(estimate: Estimate) -> str:
    """Return by which engine and how the posterior was drawn."""
    engine, draws = estimate.diagnostics.get("engine", "unknown"), estimate.diagnostics.get("draws")
    number = f"{draws:,} draws" if isinstance(draws, int) else ""
    return "; ".join(filter(None, (f"Engine {engine}", ENGINES.get(engine), number))) + "."


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _years(years: Any) -> str:
    return describe_years(years) or "none"


def _ages(ages: Any) -> str:
    return "-".join(map(str, ages)) if ages else "none"


def _matched(sample: Any) -> str:
    if not sample:
        return ""
    numbers = f"{sample['found']:,} of {sample['sampled']:,} found"
    return f"{numbers}, {sample['source']}, vintage {sample['vintage']}"


SPECIFICATION: dict[str, tuple[str, Callable[[Any], str]]] = {
    "model": ("model", _text),
    "baseline": ("baseline period (peacetime years learned from)", _years),
    "masked": ("masked period (years known but not learned from)", _years),
    "target": ("target period (years estimated)", _years),
    "war_began": ("war since", _text),
    "ages": ("target ages", _ages),
    "control_ages": ("control ages (few war dead; they show shocks that all ages share)", _ages),
    "target_sex": ("whose excess", _text),
    "damping": (
        "damping of the trend (1: it goes on, 0: it stops)",
        lambda value: "estimated" if value is None else str(value),
    ),
    "ratio_of": ("sex ratio of", _text),
    "resolution": ("resolution", _text),
    "horizon": ("longest delay, periods", _text),
    "matched": ("matched sample", _matched),
    "draws": ("draws", _text),
    "seed": ("seed", _text),
}
"""How a page names each choice of the model, by its key in the provenance, and writes its value."""
PRIORS = {
    "level_sd": "how much a year moves the sex ratio for good (1 is 100%)",
    "slope_sd": "how much the yearly trend changes in a year",
    "damping": "the share of a trend that goes on into the next year",
    "transient_sd": "shocks of one year that leave no trace",
    "shared": "the share of a shock that neighbouring ages have in common",
}
SHARES = ("damping", "shared")
"""Hyperparameters between 0 and 1, with logit-normal priors; the others are above 0 and log-normal."""


def specification_rows(estimate: Estimate) -> list[tuple[str, str]]:
    """Return the windows and choices of the model as pairs of name and value, as far as known."""
    provenance = estimate.provenance
    rows = [
        (label, write(provenance[key])) for key, (label, write) in SPECIFICATION.items() if key in provenance
    ]
    return [(label, value) for label, value in rows if value]


def prior_rows(estimate: Estimate) -> list[tuple[str, str]]:
    """Return each prior with its meaning, in natural units: the median and a 95% range."""
    priors = estimate.provenance.get("priors") or {}
    return [
        (
            f"prior of {name.replace('_', ' ')}{f' ({PRIORS[name]})' if name in PRIORS else ''}",
            _prior_range(name, value),
        )
        for name, value in priors.items()
    ]


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


def rounded(value: float, lower: float, upper: float) -> float:
    """Round a figure of an estimate to three digits of its posterior sd, as an interval shows it.

    Further digits change with the seed. JSON and CSV have them all.
    """
    spread = (upper - lower) / 4
    return round(value, min(2 - math.floor(math.log10(spread)), 0)) if spread > 0 else value


def estimated(row: Mapping[str, Any], field: str = "median") -> str:
    """Write a field of a row with ``lower`` and ``upper``, to three digits of its sd; counts are exact."""
    if field in ("observed", "minimum"):
        return persons(row[field])
    return persons(rounded(row[field], row["lower"], row["upper"]))


def persons(value: float | None) -> str:
    """Write a number of persons with thousands apart and a true minus sign; empty where not known."""
    return "" if value is None or value != value else f"{value:,.0f}".replace("-", "−")


def probability(value: float | None, digits: int = 2) -> str:
    """Write a probability, never as 0 or 1 but as below or above the last digit; empty where unknown."""
    if value is None or value != value:
        return ""
    least = 10.0**-digits
    if value < least / 2:
        return f"<{least:.{digits}f}"
    if value > 1 - least / 2:
        return f">{1 - least:.{digits}f}"
    return f"{value:.{digits}f}"


def chance(p: float | None) -> str:
    """Write a p-value after the letter p: ``= 0.04``, ``< 0.001``; empty where there is none."""
    if p is None or p != p:
        return ""
    if p >= 0.995:
        return "> 0.99"
    return "< 0.001" if p < 0.0005 else f"= {p:.3f}" if p < 0.095 else f"= {p:.2f}"


def quantity_of(estimate: Estimate) -> str:
    """Return what an estimate counts: ``excess male deaths``, ``male war dead``, or ``war dead``."""
    if estimate.quantity != "excess":
        return "war dead" if estimate.unit == "deaths" else estimate.unit
    sex = estimate.provenance.get("target_sex", "male")
    return f"{sex} {estimate.unit}" if "war" in estimate.unit else f"excess {sex} {estimate.unit}"


def place_of(estimate: Estimate) -> str:
    """Return where the people counted live, or the table's name; empty where it is not known."""
    return str(estimate.provenance.get("place") or "")


def heading_of(estimate: Estimate) -> str:
    """Return where and what is counted: ``Russia: excess male deaths, ages 15-49``."""
    place, what = place_of(estimate), f"{quantity_of(estimate)}, {ages_of(estimate)}"
    return f"{place}: {what}" if place else what[:1].upper() + what[1:]


def people_of(estimate: Estimate) -> str:
    """Return who is counted: ``men aged 15-49``, or ``people of all ages``."""
    if estimate.ages == "all":
        return "people of all ages"
    who = "women" if estimate.provenance.get("target_sex") == "female" else "men"
    return f"{who} aged {estimate.ages}"


def ages_of(estimate: Estimate) -> str:
    """Return the ages counted: ``ages 15-49``, or ``all ages``."""
    return "all ages" if estimate.ages == "all" else f"ages {estimate.ages}"


def vintage_phrase(estimate: Estimate, minimum: DocumentedMinimum | None = None) -> str:
    """Return when the data were seen, and how far from the named list where that is over a month."""
    vintage = data_vintage(estimate.provenance)
    if vintage == UNKNOWN:
        return "of unknown vintage"
    days = 0 if minimum is None else days_apart(estimate.vintage, minimum)
    apart = f", {abs(days):,} days {'before' if days > 0 else 'after'} the list" if days else ""
    return f"as known on {vintage}{apart}"
