"""The synthesis of all sources as one page, with its tables and figures."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from estimator.estimate.estimate import Estimate
from estimator.nowcast.total import has_declared
from estimator.report.pages.figures import Figure, Picture, draw_figures
from estimator.report.pages.html import render
from estimator.report.pages.write import Files, as_json, picture_files, write_files
from estimator.report.plots.nowcast import (
    plot_deaths,
    plot_overlap,
    plot_so_far,
    plot_statements,
)
from estimator.report.prose_synthesis import (
    PRIOR_DRIVEN,
    SEEN_MEAN,
    conflict_lines,
    cross_check_line,
    is_prior_driven,
    stated_rows,
)


@dataclass(frozen=True, eq=False)
class Synthesis:
    """Deaths to date from all sources: the document, the estimate drawn, the mass of its intervals."""

    document: dict[str, Any]
    deaths: Estimate
    level: float


FIGURES: tuple[Figure[Synthesis], ...] = (
    Figure(
        "posterior",
        "Posterior of all war deaths to {through}, the {level} equal-tailed interval shaded, with the "
        "documented minimum as a line.",
        lambda view: True,
        lambda view: plot_deaths(view.deaths, level=view.level),
    ),
    Figure(
        "so_far",
        "Running total of {kind} deaths{declared}, and of the names on the list by week of death.",
        lambda view: True,
        lambda view: plot_so_far(view.deaths, level=view.level),
    ),
    Figure(
        "statements",
        "What each source states, and the interval that the other sources expect it in. The figure of vital "
        "registration is raised to all ordinary dead, by the share that it sees.",
        lambda view: True,
        lambda view: plot_statements(view.document["statements"], level=view.level),
    ),
    Figure(
        "overlap",
        "The total by the share of late deaths that are among the ordinary ones already.",
        lambda view: has_declared(view.deaths),
        lambda view: plot_overlap(view.deaths, level=view.level),
    ),
)


def write_joint(
    document: dict[str, Any], deaths: Estimate, folder: str | Path, *, level: float, force: bool = False
) -> list[Path]:
    """Write report.html, joint.json, statements.csv, by_period.csv and the figures; all or none.

    ``document`` is what `estimator report --json` prints of all sources together.
    """
    declared = has_declared(deaths)
    terms = {
        "through": document["through"],
        "level": f"{100 * level:g}%",
        "kind": "ordinary" if declared else "war",
        "declared": ", the total with deaths declared late" if declared else "",
    }
    pictures = draw_figures(FIGURES, Synthesis(document, deaths, level), terms)
    files: Files = {
        "report.html": _page(document, pictures),
        "joint.json": as_json(document),
        **{
            f"{name}.csv": partial(pd.DataFrame(document[name]).to_csv, index=False)
            for name in ("by_period", "statements")
        },
        **picture_files(pictures),
    }
    return write_files(files, folder, force=force)


def _page(document: dict[str, Any], pictures: dict[str, Picture]) -> str:
    windows = document.get("windows", {}).items()
    priors = document.get("priors", {}).items()
    return render(
        "joint.html.j2",
        view=document,
        statements=stated_rows(document["statements"]),
        conflicts=conflict_lines(document["statements"]),
        prior_driven=PRIOR_DRIVEN if is_prior_driven(document) else "",
        pictures=pictures,
        cross_check=cross_check_line(document["cross_check"]),
        seen=SEEN_MEAN,
        mass=f"{100 * document['interval']['level']:g}% equal-tailed credible interval",
        made_from=[
            *((f"{name} years of vital registration", value) for name, value in windows),
            *((f"prior of the {name}, median and 95% range", value) for name, value in priors),
        ],
    )
