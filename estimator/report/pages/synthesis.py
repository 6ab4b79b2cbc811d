"""The answer from all sources as one page, with its tables and figures."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from estimator.estimate.estimate import Estimate
from estimator.report.pages.figures import Figure, Picture, draw_figures
from estimator.report.pages.html import render
from estimator.report.pages.write import Files, as_json, picture_files, write_files
from estimator.report.plots.nowcast import plot_contributions, plot_deaths, plot_so_far
from estimator.report.prose_synthesis import (
    answer_sentence,
    conflict_lines,
    forecast_sentence,
    recorded_sentence,
    whose_sentence,
)


@dataclass(frozen=True, eq=False)
class Answer:
    """The dead to a day from all sources: the document, the estimate drawn, the mass of its intervals."""

    document: dict[str, Any]
    deaths: Estimate
    level: float


FIGURES: tuple[Figure[Answer], ...] = (
    Figure(
        "so_far",
        "Running total of all war dead to {through} with its {level} equal-tailed interval, of ordinary "
        "deaths among them, and of the names on the list by week of death. Weeks after {observed} are "
        "shaded: a forecast, or estimated from the list.",
        lambda view: True,
        lambda view: plot_so_far(view.deaths, level=view.level),
    ),
    Figure(
        "posterior",
        "Posterior of all war dead to {through}, the {level} equal-tailed interval shaded, with the "
        "documented minimum as a line.",
        lambda view: True,
        lambda view: plot_deaths(view.deaths, level=view.level),
    ),
    Figure(
        "contributions",
        "All war dead to {through}, fitted without each source in turn.",
        lambda view: bool(view.document["contributions"]),
        lambda view: plot_contributions(view.document, level=view.level),
    ),
)


def write_answer(
    document: dict[str, Any], deaths: Estimate, folder: str | Path, *, level: float, force: bool = False
) -> list[Path]:
    """Write report.html, answer.json, tables as CSV and the figures; all or none.

    ``document`` is what `estimator report --json` prints.
    """
    terms = {
        "through": document["through"], "level": f"{100 * level:g}%", "observed": document["observed_to"],
    }  # fmt: skip
    pictures = draw_figures(FIGURES, Answer(document, deaths, level), terms)
    files: Files = {
        "report.html": _page(document, pictures),
        "answer.json": as_json(document),
        **{
            f"{name}.csv": partial(pd.DataFrame(document[name]).to_csv, index=False)
            for name in ("by_period", "weeks", "statements")
        },
        **picture_files(pictures),
    }
    return write_files(files, folder, force=force)


def _page(document: dict[str, Any], pictures: dict[str, Picture]) -> str:
    return render(
        "joint.html.j2",
        view=document,
        sentences=[
            make(document) for make in (answer_sentence, whose_sentence, recorded_sentence, forecast_sentence)
        ],
        conflicts=conflict_lines(document["conflicts"]),
        pictures=pictures,
        mass=f"{100 * document['interval']['level']:g}% equal-tailed credible interval",
        made_from=[("as of", document["as_of"]), ("last day of death", document["through"])],
    )
