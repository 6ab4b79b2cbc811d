"""A report as a folder of files."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from estimator.report.content import Report
from estimator.report.html import report_html
from estimator.report.pictures import draw_pictures
from estimator.report.tables import estimate_rows


def write_report(report: Report, folder: str | Path) -> list[Path]:
    """Write report.html, estimates.csv, estimates.json, posterior.nc and figures; all of them or none.

    Parameters
    ----------
    report : Report
        What to write.
    folder : str or Path
        Created if absent; files of these names are replaced.

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
        (draft / "estimates.json").write_text(text + "\n", encoding="utf-8")
        report.estimate.save(draft / "posterior.nc")
        pictures = draw_pictures(report)
        (draft / "figures").mkdir()
        for picture in pictures.values():
            picture.write(draft / "figures")
        (draft / "report.html").write_text(report_html(report, pictures), encoding="utf-8")
        made = sorted(file.relative_to(draft) for file in draft.rglob("*") if file.is_file())
        for file in made:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(draft / file, folder / file)
    return [folder / file for file in made]
