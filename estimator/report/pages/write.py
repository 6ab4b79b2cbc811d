"""A report as a folder of files."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from estimator.report.pages.figures import draw_pictures
from estimator.report.pages.html import report_html
from estimator.report.report import Report
from estimator.report.tables import estimate_rows
from estimator.report.tables_weekly import weekly_table

FIGURES = (
    "total", "by_age", "cumulative", "by_period", "published", "capture", "sex_ratio", "so_far",
    "statements", "overlap", "posterior",
)  # fmt: skip
OWN = (
    "report.html", "estimates.csv", "estimates.json", "posterior.nc", "published.csv", "weeks.csv",
    "joint.json", "by_period.csv", "statements.csv",
    *(f"figures/{name}.{ending}" for name in FIGURES for ending in ("svg", "png")),
)  # fmt: skip
"""What a report of any route may consist of."""


def clear_report(folder: Path) -> None:
    """Remove the files of an earlier report, and nothing else.

    A figure that the new report does not have would stay, and be taken for its own.

    Parameters
    ----------
    folder : Path
        Where a report is about to be written.
    """
    for name in OWN:
        (folder / name).unlink(missing_ok=True)


def write_report(report: Report, folder: str | Path) -> list[Path]:
    """Write report.html, estimates, posterior.nc, figures and published.csv; all of them or none.

    Parameters
    ----------
    report : Report
        What to write.
    folder : str or Path
        Created if absent; the files of an earlier report in it are removed.

    Returns
    -------
    list of Path
        The files written.
    """
    folder = Path(folder)
    with tempfile.TemporaryDirectory() as scratch:
        draft = Path(scratch)
        rows = estimate_rows(report.estimate, report.minimum, level=report.level)
        rows.to_csv(draft / "estimates.csv", index=False)
        text = json.dumps(report.document, indent=2, ensure_ascii=False, allow_nan=False)
        if report.published is not None:
            report.published.to_csv(draft / "published.csv", index=False)
        if report.estimate.dates is not None and "period" in report.estimate.dims:
            weeks = weekly_table(report.estimate, report.minimum, report.weeks, level=report.level)
            weeks.to_csv(draft / "weeks.csv", index=False)
        (draft / "estimates.json").write_text(text + "\n", encoding="utf-8")
        report.estimate.save(draft / "posterior.nc")
        pictures = draw_pictures(report)
        (draft / "figures").mkdir()
        for picture in pictures.values():
            picture.write(draft / "figures")
        (draft / "report.html").write_text(report_html(report, pictures), encoding="utf-8")
        made = sorted(file.relative_to(draft) for file in draft.rglob("*") if file.is_file())
        clear_report(folder)
        for file in made:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(draft / file, folder / file)
    return [folder / file for file in made]
