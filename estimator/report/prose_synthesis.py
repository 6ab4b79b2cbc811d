"""Sentences about the answer from all sources, in the reader's language, for the terminal and the page."""

import re
from collections.abc import Mapping
from typing import Any

from estimator.nowcast.contributions import SOURCES, main_source
from estimator.report.prose import chance, dashed, decimal, estimated, percent, persons, say

ANSWER = (
    "By {day}, as known then, {number} had died on the Russian side ({mass} {range}); the documented minimum "
    "is {minimum} names (vintage {vintage}), {share} of them."
)
"""The answer in one sentence: all dead to the day, interval, minimum and its vintage."""


def answer_terms(document: dict[str, Any]) -> dict[str, str]:
    """Return what is put into `ANSWER`."""
    total = document["total"]
    return {
        "day": dashed(document["through"]), "number": estimated(total),
        "mass": say("{level}% credible interval", level=decimal(100 * document["interval"]["level"])),
        "range": range_of(total), "minimum": persons(document["minimum"]),
        "vintage": dashed(document["list_vintage"]), "share": percent(document["completeness"]["median"]),
    }  # fmt: skip


def answer_sentence(document: dict[str, Any]) -> str:
    """Return the answer in one sentence."""
    return say(ANSWER, **answer_terms(document))


def whose_sentence(document: dict[str, Any]) -> str:
    """Say whose number it is: one family's with our error, or several sources'."""
    publication = named(document["last_publication"])
    match main_source(document["contributions"]):
        case "publications":
            return say(
                "The number is that of {publication}, and earlier ones, with our error and with deaths not "
                "yet declared.",
                publication=publication,
            )
        case None:
            return say(
                "The number is that of {publication}, with the named list and other sources.",
                publication=publication,
            )
        case source:
            return say(
                "The number is that of {source}, at the level of {publication}.",
                source=say(SOURCES[source]), publication=publication,
            )  # fmt: skip


def recorded_sentence(document: dict[str, Any]) -> str:
    """Set apart what was recorded by the day, and what had not been declared yet."""
    parts = ("recorded", "ordinary", "declared", "not_yet_declared")
    return say(
        "Recorded so far: {recorded}, of them {ordinary} in ordinary registration and {declared} declared "
        "late; died but not yet declared: {not_yet_declared}.",
        **{name: f"{estimated(document[name])} ({range_of(document[name])})" for name in parts},
    )


def forecast_sentence(document: dict[str, Any]) -> str:
    """Say which weeks a publisher forecast, and which no publication covers."""
    observed, last, first = (document[name] for name in ("observed_to", "published_to", "forecast_from"))
    days = {"observed": dashed(str(observed)), "last": dashed(str(last)), "first": dashed(str(first))}
    if first:
        return say(
            "Registry figures that were observed reach to {observed}, their publisher's forecast from "
            "{first} to {last}; what follows is estimated from the named list and the course before.",
            **days,
        )
    return say(
        "Registry figures that were observed reach to {observed}; what follows is estimated from the named "
        "list and the course before.",
        observed=days["observed"],
    )


def registry_sentence(document: dict[str, Any]) -> str:
    """Give the registry route's own number, and what was published of the same weeks; empty without it."""
    route = document["registry"]
    if not route:
        return ""
    return say(
        "The registry route by itself, on a reconstruction of the registry as of {extracted}: {number} men "
        "aged {ages} died from {first} to {last} ({mass} {range}). Published of the "
        "same weeks: {published}. The list names {names}, of any age, who died in them; men who are declared "
        "late hardly had cases yet.",
        extracted=dashed(route["extracted_on"]), number=estimated(route), ages=dashed(route["ages"]),
        first=dashed(route["first"]), last=dashed(route["last"]), range=range_of(route),
        names=persons(route["named"]),
        mass=say("{level}% credible interval", level=decimal(100 * document["interval"]["level"])),
        published="; ".join(f"{persons(row['deaths'])} ({named(row['name'])})" for row in route["published"]),
    )  # fmt: skip


def conflict_lines(rows: list[dict[str, Any]]) -> list[str]:
    """Return one line a statement that the other sources contradict."""
    return [
        say(
            "{statement}: {stated} stated, {expected} ({range}) expected from the others, p {p}",
            statement=named(row["statement"]), stated=persons(row["stated"]),
            expected=persons(row["expected"]), p=chance(row["p"]),
            range=say(
                "{lower} to {upper}", lower=persons(row["expected_lower"]),
                upper=persons(row["expected_upper"]),
            ),
        )
        for row in rows
    ]  # fmt: skip


def included() -> list[str]:
    """Return what the number of all sources includes, and what its interval covers."""
    return [
        say(
            "Soldiers of Russia killed in the war, named or not, in ordinary registration or declared late, "
            "and those who will be declared later."
        ),
        say(
            "The interval covers the errors that publications share, the share of late deaths and their "
            "delay, and how late names are added."
        ),
    ]


def left_out(document: dict[str, Any]) -> list[str]:
    """Return what the number of all sources leaves out, and what its interval does."""
    return [
        say(
            "People of annexed territory and fighters from abroad, as far as neither the registry nor the "
            "list has them; civilians; the dead of Ukraine."
        ),
        say("Deaths after {day}, and errors that all sources share.", day=dashed(document["through"])),
    ]


def sample_sentence(diagnostics: Mapping[str, Any]) -> str:
    """Say how the answer was sampled, and how well."""
    return say(
        "The posterior was sampled by Hamiltonian Monte Carlo: {draws} draws, largest R-hat {rhat}, least "
        "effective sample size {ess}.",
        draws=persons(diagnostics["draws"]), rhat=decimal(diagnostics["max_rhat"], 3),
        ess=persons(diagnostics["min_ess_bulk"]),
    )  # fmt: skip


def plain(text: str) -> str:
    """Return a publisher or population without its compiler's remark in brackets at the end."""
    return re.sub(r" \([^)]*\)$", "", text)


def range_of(interval: Mapping[str, Any]) -> str:
    """Write the bounds of an interval, to three digits of its sd."""
    return say("{lower} to {upper}", lower=estimated(interval, "lower"), upper=estimated(interval, "upper"))


def period(label: str) -> str:
    """Write a year, or ``to`` and a day."""
    day = label.removeprefix("to ")
    return label if day == label else say("to {day}", day=dashed(day))


NUMBER = re.compile(r"\d[\d-]*")


def named(source: str) -> str:
    """Return the name of a publication or statement, such as ``Meduza and Mediazona, July 2023, by week``.

    Its parts are messages once their numbers and days are taken out: ``July {first}``.
    """
    return ", ".join(map(_part, source.split(", ")))


def _part(part: str) -> str:
    part, bracket, day = part.partition(" (")
    if not re.search("[a-z]", part):
        return dashed(part + bracket + day)
    values = dict(zip(("first", "second"), NUMBER.findall(part), strict=False))
    keys = iter(values)
    message = NUMBER.sub(lambda _: f"{{{next(keys)}}}", part)
    return say(message, **{key: dashed(value) for key, value in values.items()}) + bracket + dashed(day)
