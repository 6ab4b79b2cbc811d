"""The answer from all sources as one page, with its tables and figures."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from estimator.estimate.described import software
from estimator.estimate.estimate import Estimate
from estimator.report import prose_synthesis as prose
from estimator.report.pages.figures import Figure, Picture, draw_figures
from estimator.report.pages.html import render
from estimator.report.pages.write import Files, as_json, picture_files, write_files
from estimator.report.plots.nowcast import plot_contributions, plot_deaths, plot_so_far
from estimator.report.prose import dashed, decimal, say


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
        "through": dashed(document["through"]), "level": f"{decimal(100 * level)}%",
        "observed": dashed(str(document["observed_to"])),
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
    through, known_on = dashed(document["through"]), dashed(document["as_of"])
    level = decimal(100 * document["interval"]["level"])
    terms: dict[str, Any] = prose.answer_terms(document)
    for name in ("number", "minimum"):
        terms[name] = Markup("<strong>{}</strong>").format(terms[name])
    makers = (prose.whose_sentence, prose.recorded_sentence, prose.forecast_sentence)
    return render(
        "joint.html.j2",
        view=document,
        title=say("Russia: war dead to {day}, as known then", day=through),
        answer=prose.ANSWER,
        terms=terms,
        sentences=[make(document) for make in makers],
        registry=prose.registry_sentence(document),
        included=prose.included(),
        left_out=prose.left_out(document),
        conflicts=prose.conflict_lines(document["conflicts"]),
        sampled=prose.sample_sentence(document["diagnostics"]),
        pictures=pictures,
        mass=say("{level}% equal-tailed credible interval", level=level),
        through=through,
        known_on=known_on,
        version=software()["registry-excess"],
    )
