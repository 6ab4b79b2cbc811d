"""Sentences of a report, in the reader's language: what is counted, left out, and how it was tested.

English is what the code says, and the key under which `ru.toml` has the Russian.
"""

import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from estimator.data.minimum import DocumentedMinimum
from estimator.data.periods import UNKNOWN, describe_years
from estimator.estimate.described import data_vintage, is_publication_day
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import days_apart
from estimator.inference.convergence import PARETO_K_LIMIT, RHAT_LIMIT

_CHOSEN: ContextVar[str] = ContextVar("language", default="en")
RANGE = re.compile(r"(?<![\d-])(?!\d{4}-\d{2}(?!\d))(\d{1,4})-(\d{1,4})(?![\d-])")
"""Two numbers with a hyphen between, but not those of a day or month."""
MONTH = re.compile(r"(?<![\d-])(\d{4})-(\d{2})(?![\d-])")
DAY = re.compile(r"(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?![\d-])")


@contextmanager
def language(code: str) -> Iterator[None]:
    """Write all sentences, numbers and dates of this context in a language: ``en`` or ``ru``."""
    token = _CHOSEN.set(code)
    try:
        yield
    finally:
        _CHOSEN.reset(token)


def chosen_language() -> str:
    """Return the language in which reports are written now."""
    return _CHOSEN.get()


@cache
def catalogue(code: str) -> dict[str, str]:
    """Return the messages of a language by their English."""
    return tomllib.loads(Path(__file__).with_name(f"{code}.toml").read_text(encoding="utf-8"))


def say(message: str, /, **values: Any) -> str:
    """Return a message in the chosen language, with values put in; English where the table lacks it."""
    code = _CHOSEN.get()
    text = message if code == "en" else catalogue(code).get(message, message)
    return text.format(**values) if values else text


def dashed(text: str) -> str:
    """Write ranges with a dash, ``15-49`` as ``15–49``; in Russian, days as ``25.03.2025``."""
    text = RANGE.sub(r"\1–\2", text)
    if _CHOSEN.get() != "ru":
        return text
    return MONTH.sub(r"\2.\1", DAY.sub(r"\3.\2.\1", text)).replace(" to ", " – ")


CAPTURE = "the chance that a death of this kind ever opens an inheritance case"
"""What a capture probability is, where a page first uses the term."""
ENGINES = {
    "marginal": "states are integrated out exactly and hyperparameters weighted by importance",
    "nuts": "the whole model is sampled with the No-U-Turn sampler",
    "hmc": "the whole model is sampled by many short Hamiltonian chains",
}


def is_war_dead(estimate: Estimate) -> bool:
    """Whether an estimate counts the war dead themselves, and not an excess over peacetime."""
    return "excess" in estimate.draws


def included(estimate: Estimate) -> list[str]:
    """Return what the number includes, and what its interval covers."""
    people = dashed(people_of(estimate))
    if is_war_dead(estimate):
        return [
            say(
                "War dead among {people}, with a case in the registry or without one: cases are divided by "
                "the capture probability ({capture}), which is estimated from the share of named dead who "
                "have a case.",
                people=people, capture=say(CAPTURE),
            ),
            say(
                "The interval covers the uncertainty of that probability, of the delay of cases, of the sex "
                "ratio in peacetime and of counting."
            ),
        ]  # fmt: skip
    return [
        say(
            "Registered {unit} of {people} above what the peacetime sex ratio predicts from those of "
            "the other sex: war dead, and any other rise that the other sex did not share.",
            unit=say(estimate.unit), people=people,
        ),
        say(
            "The interval covers the uncertainty of the peacetime sex ratio, of its course since the "
            "baseline period, and of counting."
        ),
    ]  # fmt: skip


def is_russian(estimate: Estimate) -> bool:
    """Whether an estimate is of Russia, where deaths in annexed territory are registered elsewhere."""
    data = estimate.provenance.get("data") or {}
    return "Russia" in str(estimate.provenance.get("place")) or "Rosstat" in str(data.get("source"))


def missed_deaths(estimate: Estimate) -> str:
    """Return which deaths vital registration does not count."""
    where = say("as in annexed territory") if is_russian(estimate) else say("as abroad")
    return say(
        "Missing persons, and those whose deaths are registered elsewhere, {where}: only deaths in this "
        "table are counted, so the true number is likely higher.",
        where=where,
    )


def why_minimum_exceeds(estimate: Estimate, row: dict[str, Any] | None) -> str:
    """Return why the names exceed the lower bound of an estimate; empty where they do not."""
    if row is None or row["minimum"] is None or row["minimum"] <= row["lower"]:
        return ""
    if row["minimum"] > row["upper"]:
        where = say("The documented minimum lies above the whole interval.")
    elif row["minimum"] > row["median"]:
        where = say("The documented minimum is higher than the estimate.")
    else:
        where = say("The documented minimum lies within the interval.")
    if is_war_dead(estimate):
        reason = say("The list covers people whom this estimate does not: other ages, and other units.")
    else:
        place = say("as in annexed territory") if is_russian(estimate) else say("as abroad")
        reason = say(
            "Vital registration counts neither missing persons nor deaths registered elsewhere, {where}, "
            "and the list also has other ages: this estimate is a lower bound on war deaths.",
            where=place,
        )
    return f"{where} {reason}"


def left_out(estimate: Estimate) -> list[str]:
    """Return what the number leaves out, and what its interval does."""
    lines = [say("Everybody but {people}.", people=dashed(people_of(estimate)))]
    if is_war_dead(estimate):
        annexed = say(" and people of annexed territory") if is_russian(estimate) else ""
        lines += [
            say(
                "Those for whom no case would be opened in this registry, such as fighters from abroad"
                "{annexed}.",
                annexed=annexed,
            ),
            say(
                "Missing persons whose death is not established, as far as the matched sample of named dead "
                "does not represent them."
            ),
        ]
    else:
        lines += [
            missed_deaths(estimate),
            say("Late registration and errors in the table itself: the interval takes its counts as final."),
        ]
    if "region" in estimate.dims:
        lines.append(
            say(
                "Shocks that regions share: each is fitted on its own, and the interval of their sum takes "
                "them as independent."
            )
        )
    return lines


def diagnostic_rows(estimate: Estimate) -> list[dict[str, str]]:
    """Return each measure of the sample that its engine has: value, limit and meaning."""
    diagnostics = estimate.diagnostics
    least = diagnostics.get("minimum_ess")
    at_least = say("at least {number}", number=persons(least)) if least else say("not stated")
    below, most = (say(text, number=decimal(limit)) for text, limit in
                   (("below {number}", PARETO_K_LIMIT), ("at most {number}", RHAT_LIMIT)))  # fmt: skip
    measures = (
        ("pareto_k", say("Pareto k-hat"), 2, below,
         say("whether the importance weights can be trusted: a long tail would leave few draws that count")),
        ("max_rhat", say("R-hat, largest"), 3, most,
         say("whether chains that started apart agree; 1 is perfect")),
        ("min_ess_bulk", say("effective sample size, smallest"), 0, at_least,
         say("how many independent draws the sample is worth for its middle")),
        ("min_ess_tail", say("effective sample size of the tails, smallest"), 0, at_least,
         say("the same for the bounds of intervals")),
        ("divergences", say("divergences"), 0, say("none"),
         say("steps at which the sampler lost its way, a sign of a biased sample")),
    )  # fmt: skip
    return [
        {
            "measure": name,
            "value": decimal(diagnostics[key], digits) if digits else persons(diagnostics[key]),
            "limit": limit,
            "meaning": meaning,
        }
        for key, name, digits, limit, meaning in measures
        if diagnostics.get(key) is not None
    ]


def engine_sentence(estimate: Estimate) -> str:
    """Return by which engine and how the posterior was drawn."""
    engine, draws = estimate.diagnostics.get("engine", "unknown"), estimate.diagnostics.get("draws")
    number = say("{number} draws", number=persons(draws)) if isinstance(draws, int) else ""
    parts = say("Engine {engine}", engine=engine), say(ENGINES.get(engine, "")), number
    return "; ".join(filter(None, parts)) + "."


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _years(years: Any) -> str:
    return say(describe_years(years) or "none")


def _ages(ages: Any) -> str:
    return "-".join(map(str, ages)) if ages else say("none")


def _days(pairs: Any) -> str:
    return ", ".join(
        say("{first} to {second}", first=dashed(one), second=dashed(other)) for one, other in pairs
    )


def _matched(sample: Any) -> str:
    if not sample:
        return ""
    return say(
        "{part} of {number} found, {source}, vintage {day}",
        part=persons(sample["found"]), number=persons(sample["sampled"]),
        source=say(str(sample["source"])), day=dashed(str(sample["vintage"])),
    )  # fmt: skip


SPECIFICATION: dict[str, tuple[str, Callable[[Any], str]]] = {
    "model": ("model", _text),
    "baseline": ("baseline period (peacetime years learned from)", _years),
    "masked": ("masked period (years known but not learned from)", _years),
    "target": ("target period (years estimated)", _years),
    "war_began": ("war since", _text),
    "ages": ("target ages", _ages),
    "control_ages": ("control ages (few war dead; they show shocks that all ages share)", _ages),
    "border_ages": ("border ages (some war dead; they show less)", _text),
    "target_sex": ("whose excess", _text),
    "damping": (
        "damping of the trend (1: it goes on, 0: it stops)",
        lambda value: say("estimated") if value is None else str(value),
    ),
    "ratio_of": ("sex ratio of", _text),
    "resolution": ("resolution", _text),
    "horizon": ("longest delay, periods", _text),
    "outages": ("outages of the registry", _days),
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
    "cohort_sd": "what people of a birth year keep as they grow older",
}
SHARES = ("damping", "shared")
"""Hyperparameters between 0 and 1, with logit-normal priors; the others are above 0 and log-normal."""


def specification_rows(estimate: Estimate) -> list[tuple[str, str]]:
    """Return the windows and choices of the model as pairs of name and value, as far as known."""
    provenance = estimate.provenance
    rows = [
        (say(label), write(provenance[key]))
        for key, (label, write) in SPECIFICATION.items()
        if key in provenance
    ]
    return [(label, value) for label, value in rows if value]


def prior_rows(estimate: Estimate) -> list[tuple[str, str]]:
    """Return each prior with its meaning, in natural units: the median and a 95% range."""
    priors = estimate.provenance.get("priors") or {}
    return [
        (
            _prior_label(name),
            _prior_range(name, value),
        )
        for name, value in priors.items()
    ]


def _prior_label(name: str) -> str:
    plain = name.replace("_", " ")
    if name not in PRIORS:
        return say("prior of {name}, median and 95% range", name=plain)
    return say("prior of {name} ({meaning}), median and 95% range", name=plain, meaning=say(PRIORS[name]))


def _prior_range(name: str, value: Any) -> str:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return str(value)
    location, scale = value
    ends = [math.exp(location + step * scale) for step in (0, -1.96, 1.96)]
    if name in SHARES:
        ends = [end / (1 + end) for end in ends]
    digits = 2 if name in SHARES else 3
    middle, low, high = (decimal(end, digits) for end in ends)
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
    if value is None or value != value:
        return ""
    text = f"{value:,.0f}".replace("-", "−")
    return text.replace(",", "\N{NO-BREAK SPACE}") if _CHOSEN.get() == "ru" else text


def persons_axis(value: float, _: int | None = None) -> str:
    """Write a tick of an axis of persons, as matplotlib calls for it."""
    return persons(value)


def decimal(value: float, digits: int | None = None) -> str:
    """Write a number with its decimals, after a comma in Russian."""
    text = f"{value:g}" if digits is None else f"{value:.{digits}f}"
    return text.replace(".", ",") if _CHOSEN.get() == "ru" else text


def percent(share: float, *, signed: bool = False) -> str:
    """Write a share in whole percent; with its sign, where it is a change."""
    text = f"{100 * share:+.0f}" if signed else f"{100 * share:.0f}"
    return f"{text.replace('-', '−')}%"


def probability(value: float | None, digits: int = 2) -> str:
    """Write a probability, never as 0 or 1 but as below or above the last digit; empty where unknown."""
    if value is None or value != value:
        return ""
    least = 10.0**-digits
    if value < least / 2:
        return f"<{decimal(least, digits)}"
    if value > 1 - least / 2:
        return f">{decimal(1 - least, digits)}"
    return decimal(value, digits)


def chance(p: float | None) -> str:
    """Write a p-value after the letter p: ``= 0.04``, ``< 0.001``; empty where there is none."""
    if p is None or p != p:
        return ""
    if p >= 0.995:
        return f"> {decimal(0.99)}"
    return f"< {decimal(0.001)}" if p < 0.0005 else f"= {decimal(p, 3 if p < 0.095 else 2)}"


def quantity_of(estimate: Estimate) -> str:
    """Return what an estimate counts: ``excess male deaths``, ``male war dead``, or ``war dead``."""
    if estimate.quantity != "excess":
        return say("war dead" if estimate.unit == "deaths" else estimate.unit)
    sex = estimate.provenance.get("target_sex", "male")
    return say(f"{sex} {estimate.unit}" if "war" in estimate.unit else f"excess {sex} {estimate.unit}")


def place_of(estimate: Estimate) -> str:
    """Return where the people counted live, or the table's name; empty where it is not known."""
    return say(str(estimate.provenance.get("place") or ""))


def heading_of(estimate: Estimate) -> str:
    """Return where and what is counted: ``Russia: excess male deaths, ages 15-49``."""
    place, what = place_of(estimate), f"{quantity_of(estimate)}, {ages_of(estimate)}"
    return f"{place}: {what}" if place else what[:1].upper() + what[1:]


def people_of(estimate: Estimate) -> str:
    """Return who is counted: ``men aged 15-49``, or ``people of all ages``."""
    if estimate.ages == "all":
        return say("people of all ages")
    women = estimate.provenance.get("target_sex") == "female"
    return say("women aged {ages}" if women else "men aged {ages}", ages=estimate.ages)


def ages_of(estimate: Estimate) -> str:
    """Return the ages counted: ``ages 15-49``, or ``all ages``."""
    return say("all ages") if estimate.ages == "all" else say("ages {ages}", ages=estimate.ages)


def vintage_phrase(estimate: Estimate, minimum: DocumentedMinimum | None = None) -> str:
    """Return when the data were seen or published, and how far from the named list if over a month."""
    vintage = data_vintage(estimate.provenance)
    if vintage == UNKNOWN:
        return say("of unknown vintage")
    form = "published on {day}" if is_publication_day(estimate.provenance) else "as known on {day}"
    text = say(form, day=dashed(vintage))
    days = 0 if minimum is None else days_apart(estimate.vintage, minimum)
    if not days:
        return text
    apart = "{text}, {number} days before the list" if days > 0 else "{text}, {number} days after the list"
    return say(apart, text=text, number=persons(abs(days)))
