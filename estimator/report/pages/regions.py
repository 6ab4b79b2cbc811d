"""Regions and roles as one page each, with tables and figures."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from estimator.estimate.estimate import Estimate
from estimator.nowcast.composition import role_shares
from estimator.report.pages.figures import Figure, Picture, draw_figures
from estimator.report.pages.html import render
from estimator.report.pages.write import Files, as_json, picture_files, write_files
from estimator.report.plots.composition import COLOURS, plot_shares
from estimator.report.plots.regions import plot_ranked, plot_tiles
from estimator.sources.regions import load_regions


@dataclass(frozen=True, eq=False)
class View:
    """What a page shows: its document, and the estimate drawn."""

    document: dict[str, Any]
    estimate: Estimate

    @property
    def level(self) -> float:
        """Mass of the intervals."""
        return float(self.document["interval"]["level"])

    @property
    def regions(self) -> pd.DataFrame:
        """The regional table."""
        return pd.DataFrame(self.document["regions"]).set_index("region")

    @property
    def column(self) -> str:
        """What is drawn of each region."""
        return "per_10k" if "per_10k" in self.document["regions"][0] else "excess"

    @property
    def note(self) -> str:
        """Where the data come from."""
        data = self.estimate.provenance.get("data") or {}
        return f"{data.get('source', '')} (vintage {data.get('vintage', 'unknown')})"


LABELS = {"per_10k": "excess per 10,000 men", "excess": "excess, persons"}
REGIONS: tuple[Figure[View], ...] = (
    Figure(
        "tiles",
        "A tile for each region: {what}, the posterior median.",
        lambda view: "statements" in view.document,
        lambda view: plot_tiles(
            view.regions, load_regions(), view.column, label=LABELS[view.column], note=view.note
        ),
    ),
    Figure(
        "ranked",
        "{What} of each region: median and {level} equal-tailed interval, the highest above.",
        lambda view: True,
        lambda view: plot_ranked(
            view.regions, view.column, label=LABELS[view.column], level=view.level, note=view.note
        ),
    ),
)
ROLES: tuple[Figure[View], ...] = (
    Figure(
        "shares",
        "Share of the largest roles among the named by period of death, with the {level} interval.",
        lambda view: True,
        lambda view: plot_shares(
            role_shares(view.estimate, level=view.level),
            [row["role"] for row in view.document["roles"][: len(COLOURS)]],
            level=view.level,
            note=view.note,
        ),
    ),
)


def write_regions(
    document: dict[str, Any], estimate: Estimate, folder: str | Path, *, force: bool = False
) -> list[Path]:
    """Write report.html, regions.json, tables, the posterior and figures of regions; all or none."""
    view = View(document, estimate)
    pictures = draw_figures(REGIONS, view, _terms(view, LABELS[view.column]))
    tables = {"regions": document["regions"], "names": document["names"]}
    if published := document.get("published_2022"):
        tables["published_2022"] = published["regions"]
    return write_files(_files("regions", tables, view, pictures), folder, force=force)


def write_composition(
    document: dict[str, Any], estimate: Estimate, folder: str | Path, *, force: bool = False
) -> list[Path]:
    """Write report.html, composition.json, tables, the posterior and figures of roles; all or none."""
    view = View(document, estimate)
    pictures = draw_figures(ROLES, view, _terms(view, "share"))
    tables = {"shares": document["shares"], "roles": document["roles"]}
    return write_files(_files("composition", tables, view, pictures), folder, force=force)


def _terms(view: View, what: str) -> dict[str, str]:
    return {"what": what, "What": what.capitalize(), "level": f"{100 * view.level:g}%"}


def _files(kind: str, tables: dict[str, Any], view: View, pictures: dict[str, Picture]) -> Files:
    data = view.document["provenance"].get("data") or {}
    page = render(
        f"{kind}.html.j2",
        view=view.document,
        column=LABELS.get(view.column, "") if kind == "regions" else "",
        pictures=pictures,
        names=_latest_names(view.document.get("names", [])),
        mass=f"{100 * view.level:g}% equal-tailed credible interval",
        versions=view.document["provenance"].get("versions") or {},
        made_from=[
            ("data", data.get("source", "")),
            ("vintage of the data", data.get("vintage", "unknown")),
            *(("on reading", note) for note in data.get("notes") or ()),
        ],
    )
    return {
        "report.html": page,
        f"{kind}.json": as_json(view.document),
        "posterior.nc": view.estimate.save,
        **{
            f"{name}.csv": partial(pd.DataFrame(rows).to_csv, index=False)
            for name, rows in tables.items()
            if rows
        },
        **picture_files(pictures),
    }


def _latest_names(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of the last vintage, and of the last that is set against an excess."""
    compared = [row["vintage"] for row in rows if row.get("names_over_excess") is not None]
    shown = {max(vintages) for vintages in ([row["vintage"] for row in rows], compared) if vintages}
    return [row for row in rows if row["vintage"] in shown]
