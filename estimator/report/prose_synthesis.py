"""Sentences about all sources together, for the terminal and the page."""

from typing import Any

from estimator.nowcast.completeness import DELAY_OF_PRIOR
from estimator.nowcast.conflict import CONFLICT
from estimator.nowcast.synthesis import SEEN, VITAL
from estimator.report.prose import chance, persons

SEEN_MEAN = SEEN[0] / sum(SEEN)
"""Mean share of the ordinary dead that vital registration sees."""
PRIOR_DRIVEN = (
    "Too few vintages of the list are known to learn how late names are added: this figure is hardly "
    "more than published estimates and a prior, and its upper end is the prior's."
)


def stated_rows(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the statements as their sources make them, with what was corrected.

    Vital registration enters the joint view raised by the share of ordinary dead that it sees. Here
    ``stated`` is what it states again, and ``corrected`` the raised figure; None for all others.
    """
    return [
        row | {"stated": row["stated"] * SEEN_MEAN, "corrected": row["stated"]}
        if row["source"] == VITAL
        else row | {"corrected": None}
        for row in statements
    ]


def conflict_lines(statements: list[dict[str, Any]]) -> list[str]:
    """Return one line a statement that the others contradict, with the figure as its source states it."""
    return [
        f"{row['source']}, {row['period']}: {persons(row['stated'])} stated"
        + (f" ({persons(row['corrected'])} corrected)" if row["corrected"] else "")
        + f", {persons(row['expected'])} ({persons(row['expected_lower'])} to "
        f"{persons(row['expected_upper'])}) expected from the others, p {chance(row['p'])}"
        for row in stated_rows(statements)
        if row["p"] is not None and row["p"] < CONFLICT
    ]


def is_prior_driven(document: dict[str, Any]) -> bool:
    """Whether so few vintages of the list are known that its delay is the prior's."""
    return any(DELAY_OF_PRIOR in told for told in document["warnings"])


def cross_check_line(check: dict[str, Any]) -> str:
    """Return the cross-check of list and registry as one line, or why there is none."""
    if check["refused"]:
        why = str(check["refused"]).rstrip(".")
        return f"Cross-check of list and registry (Chapman) refused: {why}"
    return (
        f"Cross-check of list and registry (Chapman), {check['period']}: {persons(check['estimate'])} "
        f"({persons(check['lower'])} to {persons(check['upper'])}; {check['found']:,} of "
        f"{check['named']:,} named found among {persons(check['cases'])} cases, matched "
        f"{check['matched_vintage']}), shown for comparison, not used"
    )
