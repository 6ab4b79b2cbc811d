"""The joint view as text, and as one page with its tables and figures."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from estimator.estimate.estimate import Estimate
from estimator.nowcast.completeness import DELAY_OF_PRIOR
from estimator.nowcast.conflict import CONFLICT
from estimator.nowcast.synthesis import SEEN, VITAL
from estimator.nowcast.total import has_declared
from estimator.report.pages.html import TEMPLATES
from estimator.report.pages.write import Files, write_files
from estimator.report.plots.nowcast import (
    plot_deaths,
    plot_overlap,
    plot_so_far,
    plot_statements,
)
from estimator.report.plots.style import save_plot
from estimator.report.prose import chance, persons, probability

SEEN_MEAN = SEEN[0] / sum(SEEN)
"""Mean share of the ordinary dead that vital registration sees."""
PRIOR_DRIVEN = (
    "Too few vintages of the list are known to learn how late names are added: this figure is hardly "
    "more than published estimates and a prior, and its upper end is the prior's."
)


def joint_text(document: dict[str, Any]) -> str:
    """Write the joint view for a terminal: the answer, periods, statements and conflicts.

    Parameters
    ----------
    document : dict
        As `cli_joint.joint_document` makes it.
    """
    total, bounds = document["total"], document["interval"]
    periods = pd.DataFrame(document["by_period"])
    table = pd.DataFrame(
        {
            "period": periods["period"],
            "war dead": _spans(periods, "war_dead"),
            "ordinary": _spans(periods, "ordinary"),
            "named": periods["named"].map(persons),
            "vintage": periods["named_vintage"],
        }
    )
    stated = pd.DataFrame(stated_rows(document["statements"]))
    check = pd.DataFrame(
        {
            "source": stated["source"],
            "period": stated["period"],
            "stated": stated["stated"].map(persons),
            "expected by the others": _spans(stated, "expected"),
            "p": stated["p"].map(lambda p: probability(p, 3)),
        }
    )
    return "\n".join([
        f"War dead to {document['through']}, as known on {document['as_of']}: "
        f"{persons(total['median'])} ({bounds['level']:.0%} credible interval "
        f"{persons(total['lower'])} to {persons(total['upper'])})",
        *([PRIOR_DRIVEN] if is_prior_driven(document) else []),
        f"documented minimum {document['minimum']:,} (vintage {document['list_vintage']}), "
        f"{document['completeness']['median']:.0%} of them", "",
        table.to_string(index=False), "", check.to_string(index=False), "",
        "Conflicts (p below 0.05):",
        *(f"  {told}" for told in conflict_words(document["statements"]) or ["none"]),
        _cross_check(document["cross_check"]) + ".",
        *(f"note: {told}" for told in document["warnings"]),
    ])  # fmt: skip


def write_joint(
    document: dict[str, Any], deaths: Estimate, folder: str | Path, *, level: float
) -> list[Path]:
    """Write report.html, joint.json, statements.csv, by_period.csv and the figures.

    Parameters
    ----------
    document : dict
        As `cli_joint.joint_document` makes it.
    deaths : Estimate
        What the plots are drawn from.
    folder : str or Path
        Created if absent; the files of an earlier report in it are removed.
    level : float
        Mass of the intervals.

    Returns
    -------
    list of Path
        The files written.
    """
    pictures = {
        name: (told, _kept(figure)) for name, told, figure in _figures(document, deaths, level)
    }
    files: Files = {
        "joint.json": json.dumps(document, indent=2, allow_nan=False) + "\n",
        "by_period.csv": pd.DataFrame(document["by_period"]).to_csv(index=False),
        "statements.csv": pd.DataFrame(document["statements"]).to_csv(index=False),
        "report.html": _page(document, {n: (told, p[0]) for n, (told, p) in pictures.items()}),
    }
    images = {
        f"figures/{name}.{ending}": content
        for name, (_, pair) in pictures.items()
        for ending, content in zip(("svg", "png"), pair)
    }
    return write_files({**files, **images}, folder)


def _figures(
    document: dict[str, Any], deaths: Estimate, level: float
) -> Iterator[tuple[str, str, Any]]:
    yield (
        "posterior", f"Posterior of all war deaths to {document['through']}, the {level:.0%} equal-tailed "
        "interval shaded, with the documented minimum as a line.",
        plot_deaths(deaths, level=level),
    )  # fmt: skip
    late = "" if not has_declared(deaths) else ", the total with deaths declared late"
    yield (
        "so_far", f"Running total of {'ordinary' if has_declared(deaths) else 'war'} deaths{late}, and of "
        "the names on the list by week of death.", plot_so_far(deaths, level=level),
    )  # fmt: skip
    yield (
        "statements", "What each source states, and the interval that the other sources expect it in. Of "
        "vital registration the figure is raised to all ordinary dead, by the share that it sees.",
        plot_statements(document["statements"], level=level),
    )  # fmt: skip
    if has_declared(deaths):
        yield (
            "overlap", "The total by the share of late deaths that the ordinary ones hold already.",
            plot_overlap(deaths, level=level),
        )  # fmt: skip


def _kept(drawn: Any) -> tuple[bytes, bytes]:
    svg, png = io.BytesIO(), io.BytesIO()
    save_plot(drawn, svg, format="svg", metadata={"Date": None})
    save_plot(drawn, png, format="png")
    return svg.getvalue(), png.getvalue()


def _page(document: dict[str, Any], pictures: dict[str, tuple[str, bytes]]) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"persons": persons, "probability": probability}
    inside = [
        {"caption": told, "address": f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"}
        for told, svg in pictures.values()
    ]
    return environment.get_template("joint.html.j2").render(
        view=document | {"statements": stated_rows(document["statements"])},
        conflicts=conflict_words(document["statements"]), prior_driven=is_prior_driven(document),
        pictures=inside, cross_check=_cross_check(document["cross_check"]), seen=SEEN_MEAN,
        told=PRIOR_DRIVEN,
        mass=f"{document['interval']['level']:.0%} equal-tailed credible interval",
    )  # fmt: skip


def stated_rows(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the statements as their sources make them; what was corrected stands beside.

    Vital registration enters the joint view raised by the share of ordinary dead that it sees. Here
    ``stated`` is what it states again, and ``corrected`` the raised figure; None for all others.

    Parameters
    ----------
    statements : list of dict
        Of the document.
    """
    return [
        row | {"stated": row["stated"] * SEEN_MEAN, "corrected": row["stated"]}
        if row["source"] == VITAL
        else row | {"corrected": None}
        for row in statements
    ]


def conflict_words(statements: list[dict[str, Any]]) -> list[str]:
    """Return in words the statements that the others contradict, what is stated as its source has it.

    Parameters
    ----------
    statements : list of dict
        Of the document.
    """
    return [
        f"{row['source']}, {row['period']}: {persons(row['stated'])} stated"
        + (f" ({persons(row['corrected'])} corrected)" if row["corrected"] else "")
        + f", {persons(row['expected'])} ({persons(row['expected_lower'])} to "
        f"{persons(row['expected_upper'])}) expected from the others, p {chance(row['p'])}"
        for row in stated_rows(statements)
        if row["p"] is not None and row["p"] < CONFLICT
    ]


def is_prior_driven(document: dict[str, Any]) -> bool:
    """Whether so few vintages of the list are known that its delay is the prior's.

    Parameters
    ----------
    document : dict
        Of the joint view.
    """
    return any(DELAY_OF_PRIOR in told for told in document["warnings"])


def _cross_check(told: dict[str, Any]) -> str:
    if told["refused"]:
        why = str(told["refused"]).rstrip(".")
        return f"Cross-check of list and registry (Chapman) refused: {why}"
    return (
        f"Cross-check of list and registry (Chapman), {told['period']}: {persons(told['estimate'])} "
        f"({persons(told['lower'])} to {persons(told['upper'])}; {told['found']:,} of "
        f"{told['named']:,} named found among {persons(told['cases'])} cases, matched "
        f"{told['matched_vintage']}), shown beside, not used"
    )


def _spans(table: pd.DataFrame, name: str) -> list[str]:
    return [
        "" if pd.isna(middle) else f"{persons(middle)} ({persons(low)} to {persons(high)})"
        for middle, low, high in zip(
            table[name], table[f"{name}_lower"], table[f"{name}_upper"], strict=True
        )
    ]
