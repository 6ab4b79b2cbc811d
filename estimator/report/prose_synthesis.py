"""Sentences about the answer from all sources, for the terminal and the page."""

from typing import Any

from estimator.report.prose import chance, estimated, persons


def answer_sentence(document: dict[str, Any]) -> str:
    """Return the answer in one sentence: all dead to the day, interval, minimum and its vintage."""
    total, mass = document["total"], f"{100 * document['interval']['level']:g}% credible interval"
    return (
        f"By {document['through']}, as known then, {estimated(total)} had died on the Russian side "
        f"({mass} {_bounds(total)}); the documented minimum is {document['minimum']:,} names "
        f"(vintage {document['list_vintage']}), {document['completeness']['median']:.0%} of them."
    )


def whose_sentence(document: dict[str, Any]) -> str:
    """Say whose number it is."""
    return f"The number is that of {document['whose']}."


def recorded_sentence(document: dict[str, Any]) -> str:
    """Set apart what was recorded by the day, and what had not been declared yet."""
    parts = {name: document[name] for name in ("ordinary", "declared", "not_yet_declared", "recorded")}
    text = {name: f"{estimated(part)} ({_bounds(part)})" for name, part in parts.items()}
    return (
        f"Recorded so far: {text['recorded']}, of them {text['ordinary']} in ordinary registration and "
        f"{text['declared']} declared late; died but not yet declared: {text['not_yet_declared']}."
    )


def forecast_sentence(document: dict[str, Any]) -> str:
    """Say which weeks a publisher forecast, and which no publication covers."""
    observed, published = document["observed_to"], document["published_to"]
    text = f"Registry figures that were observed reach to {observed}"
    if document["forecast_from"]:
        text += f", their publisher's forecast from {document['forecast_from']} to {published}"
    return f"{text}; what follows is estimated from the named list and the course before."


def conflict_lines(rows: list[dict[str, Any]]) -> list[str]:
    """Return one line a statement that the other sources contradict."""
    return [
        f"{row['statement']}: {persons(row['stated'])} stated, {persons(row['expected'])} "
        f"({persons(row['expected_lower'])} to {persons(row['expected_upper'])}) expected from the others, "
        f"p {chance(row['p'])}"
        for row in rows
    ]


def _bounds(interval: dict[str, Any]) -> str:
    return f"{estimated(interval, 'lower')} to {estimated(interval, 'upper')}"
