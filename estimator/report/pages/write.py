"""A report as a folder of files: complete, or not there at all."""

import json
import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from estimator.data.drafts import draft_of, scratch_of
from estimator.errors import DataError
from estimator.report.pages.figures import Picture, draw_pictures
from estimator.report.pages.html import report_html
from estimator.report.tables import Content
from estimator.report.tables_weekly import weekly_table

FIGURES = (
    "total", "by_age", "cumulative", "by_period", "published", "capture", "sex_ratio", "so_far",
    "statements", "overlap", "posterior", "tiles", "ranked", "shares",
)  # fmt: skip
OWN = (
    "report.html", "estimates.csv", "estimates.json", "posterior.nc", "published.csv", "weeks.csv",
    "joint.json", "by_period.csv", "statements.csv",
    "regions.json", "regions.csv", "names.csv", "published_2022.csv", "composition.json", "shares.csv",
    "roles.csv",
    *(f"figures/{name}.{ending}" for name in FIGURES for ending in ("svg", "png")),
)  # fmt: skip
"""What a report of any route may consist of."""
Files = Mapping[str, bytes | str | Callable[[Path], Any]]
"""Files by name: their content, or a function that writes them to a path."""


GENERATOR = re.compile('<meta name="generator" content="registry-excess: ([^"]*)">')
"""What a page says of the files that were written with it."""


def foreign_files(folder: Path) -> list[str]:
    """Return files that a report would replace or remove, and that no earlier report there wrote."""
    before = _written_before(folder)
    return [name for name in OWN if name not in before and (folder / name).exists()]


def _written_before(folder: Path) -> set[str]:
    page = folder / "report.html"
    text = page.read_text(encoding="utf-8", errors="replace") if page.is_file() else ""
    listed = GENERATOR.search(text)
    return set(listed.group(1).split()) if listed else set()


def write_files(files: Files, folder: str | Path, *, force: bool = False) -> list[Path]:
    """Write the files of a report and return their paths, sorted.

    They are made in a folder next to it, which is then put in its place. Where there is one already, each
    file takes the place of its forerunner once all are whole; files of an earlier report that this one
    does not have are removed: a figure left over would be taken for one of this report. DataError is
    raised, before anything is written, if a file there is not of an earlier report, unless ``force``.
    """
    folder = Path(folder)
    place = folder.resolve()
    if not force and (foreign := foreign_files(place)):
        raise DataError(
            f"{folder.name}: {foreign[0]} is there already, and no report of this program wrote it. Choose "
            "another folder, or replace it with --force (force=True)."
        )
    before = _written_before(place)
    listed = f'<meta name="generator" content="registry-excess: {" ".join(sorted(files))}">'
    page = str(files["report.html"]).replace("<title>", f"{listed}\n<title>", 1)
    files = {**files, "report.html": page}
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.is_dir() or (place != Path.cwd() and not any(place.iterdir())):
        with draft_of(place) as draft:
            _write_all(files, draft)
    else:
        with scratch_of(place / "report") as draft:
            _write_all(files, draft)
            for name in files:
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(draft / name, place / name)
            for name in (set(OWN) if force else before) - set(files):
                (place / name).unlink(missing_ok=True)
    return sorted(folder / name for name in files)


def _write_all(files: Files, draft: Path) -> None:
    draft.mkdir()
    for name, content in files.items():
        (draft / name).parent.mkdir(exist_ok=True)
        if callable(content):
            content(draft / name)
        else:
            (draft / name).write_bytes(content.encode() if isinstance(content, str) else content)


def write_report(report: Content, folder: str | Path, *, force: bool = False) -> list[Path]:
    """Write page, estimates, posterior and figures of a report; all of them or none."""
    pictures = draw_pictures(report)
    files: dict[str, bytes | str | Callable[[Path], Any]] = {
        "report.html": report_html(report, pictures),
        "estimates.csv": partial(report.rows.to_csv, index=False),
        "estimates.json": as_json(report.document()),
        "posterior.nc": report.estimate.save,
        **picture_files(pictures),
    }
    if report.comparison is not None:
        files["published.csv"] = partial(report.comparison.to_csv, index=False)
    if report.estimate.dates is not None and "period" in report.estimate.dims:
        weeks = weekly_table(report.estimate, report.minimum, report.published_weeks, level=report.level)
        files["weeks.csv"] = partial(weeks.to_csv, index=False)
    return write_files(files, folder, force=force)


def as_json(document: dict[str, Any]) -> str:
    """Return a document as the text of its JSON file."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def picture_files(pictures: Mapping[str, Picture]) -> dict[str, bytes]:
    """Return the plots by the names of their files."""
    return {
        f"figures/{name}.{ending}": content
        for name, picture in pictures.items()
        for ending, content in (("svg", picture.svg), ("png", picture.png))
    }
