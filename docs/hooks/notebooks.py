"""Notebooks as pages, with the outputs they are committed with; nothing is executed.

`python run.py notebooks` executes them anew. One that has no outputs yet is shown as it is written.
"""

import logging
import re
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from mkdocs.structure.files import File
from nbconvert import MarkdownExporter

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.py"))
SETUP = "setup"
"""Tag of cells whose code a page leaves out."""
log = logging.getLogger("mkdocs.hooks.notebooks")


def on_files(files: Any, config: Any) -> Any:
    """Add a page for each notebook, with its figures next to it."""
    for path in NOTEBOOKS:
        log.info("Notebook %s", path.stem)
        for name, content in page(path).items():
            files.append(File.generated(config, f"notebooks/{name}", content=content))
    return files


def page(path: Path) -> dict[str, str | bytes]:
    """Return the files of a notebook's page, by name: Markdown, and the figures that it shows."""
    kept = path.with_suffix(".ipynb")
    notebook = nbformat.read(kept, as_version=4) if kept.exists() else jupytext.read(path)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if not (SETUP in cell.metadata.get("tags", []) and not cell.get("outputs"))
    ]
    text, found = MarkdownExporter().from_notebook_node(
        notebook, resources={"unique_key": path.stem, "output_files_dir": path.stem}
    )
    text = re.sub(r"<style scoped>.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r"\]\(\.\./docs/", "](../", text)
    title, body = text.strip().split("\n", 1)
    how = "with the outputs it was committed with" if kept.exists() else "as it is written, not executed yet"
    note = f"*This page is the notebook `notebooks/{path.name}`, {how}.*"
    return {f"{path.stem}.md": f"{title}\n\n{note}\n{body}\n", **found["outputs"]}
