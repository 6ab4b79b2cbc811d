"""Compute what README.md shows and write it there: ``python run.py readme``.

Blocks between ``<!-- NAME -->`` and ``<!-- /NAME -->`` are replaced; docs/figures/total.png, sex_ratio.png and
so_far.png are drawn. ``ANSWER``, the command's own document, is kept in docs/figures/answer.json: a test compares
README with it, and a slow one compares it with the command.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import estimator as est
from estimator.published.figures import vital_figures
from estimator.published.specification import MINIMUM, RUSSIA
from estimator.report.plots.style import save_plot
from estimator.report.plots.total import plot_sex_ratio, plot_total
from estimator.report.prose import estimated, persons, probability
from estimator.report.tables import estimate_rows, plain_rows

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "docs" / "figures"
ANSWER = FIGURES / "answer.json"
KEPT = ("through", "as_of", "total", "minimum", "list_vintage", "completeness", "by_period", "whose")
"""What is kept of the document that `estimator report --json` prints."""


def command_document() -> dict:
    """Run `estimator report`, keep its running total as a figure, and return what README says of it."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["report", "--json", "--quiet", "--out", folder]
        code = "from estimator.cli.main import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
        )
        (FIGURES / "so_far.png").write_bytes((Path(folder) / "figures" / "so_far.png").read_bytes())
    document = json.loads(done.stdout)
    return {name: document[name] for name in KEPT if name in document}


def answer_block(document: dict) -> str:
    """Return the answer in a sentence and its years in a table."""
    total = document["total"]
    whose = f" It is the figure of {document['whose']}." if document.get("whose") else ""
    lines = [
        f"Russia's war dead to {document['through']}: **{estimated(total)}** "
        f"(95% credible interval {estimated(total, 'lower')} to {estimated(total, 'upper')}). The documented "
        f"minimum is **{persons(document['minimum'])}** names, from the list of {document['list_vintage']}.{whose}",
        "",
        "| died in | war dead (95% credible interval) | documented minimum |",
        "|---|---|---|",
    ]
    for row in document["by_period"]:
        cells = {name: row[f"war_dead_{name}"] for name in ("lower", "upper")} | {"median": row["war_dead"]}
        lines.append(
            f"| {row['period']} | {estimated(cells)} ({estimated(cells, 'lower')} to "
            f"{estimated(cells, 'upper')}) | {persons(row['named'])} |"
        )
    return "\n".join(lines)


def vital_block(estimate: est.Estimate, minimum: est.DocumentedMinimum) -> str:
    """Return the table of excess deaths in vital registration with what was published of the same men."""
    published = vital_figures()
    lines = [
        "| | excess, men 15–49 (95% credible interval) | Kobak et al. 2025 (± 1 SD) | documented minimum | "
        "P(estimate > minimum) |",
        "|---|---|---|---|---|",
    ]
    for row in plain_rows(estimate_rows(estimate, minimum)):
        if row["age"] != estimate.ages:
            continue
        (kobak,) = published[
            (published["period"] == row["period"]) & published["name"].str.startswith("Kobak")
        ].to_dict("records")
        lines.append(
            f"| {row['period']} | {estimated(row)} ({estimated(row, 'lower')} to {estimated(row, 'upper')}) "
            f"| {persons(kobak['estimate'])} ({persons(kobak['lower'])} to {persons(kobak['upper'])}) "
            f"| {persons(row['minimum'])} | {probability(row['probability_above_minimum'])} |"
        )
    return "\n".join(lines)


def with_blocks(text: str, blocks: dict[str, str]) -> str:
    """Return a page with its marked blocks replaced."""
    for name, block in blocks.items():
        marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text, number = marks.subn(lambda marked, block=block: f"{marked[1]}{block}\n{marked[2]}", text)
        if number != 1:
            raise SystemExit(f"README.md: {number} blocks {name}; give one.")
    return text


def main() -> None:
    """Write README's blocks, the kept document and the figures."""
    model, minimum = est.VitalModel(est.load_rosstat(), RUSSIA), est.load_named_list(MINIMUM)
    estimate = est.fit(model, seed=1)
    estimate = replace(estimate, provenance=estimate.provenance | {"place": "Russia"})
    save_plot(plot_sex_ratio(estimate, model), FIGURES / "sex_ratio.png", dpi=110)
    document = command_document()
    ANSWER.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    readme = ROOT / "README.md"
    blocks = {"answer": answer_block(document), "vital": vital_block(estimate, minimum)}
    readme.write_text(with_blocks(readme.read_text(encoding="utf-8"), blocks), encoding="utf-8")
    home = ROOT / "docs" / "index.md"
    only = {"answer": answer_block(document)}
    home.write_text(with_blocks(home.read_text(encoding="utf-8"), only), encoding="utf-8")
    write_outputs(readme, ROOT / "docs" / "tutorial.md", ROOT / "docs" / "index.md")
    save_plot(plot_total(estimate, minimum), FIGURES / "total.png", dpi=130)


def write_outputs(*pages: Path) -> None:
    """Write into pages what their Python blocks print."""
    from tests.docs_pages import with_outputs

    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for page in pages:
            page.write_text(with_outputs(page), encoding="utf-8")
        os.chdir(home)


if __name__ == "__main__":
    main()
