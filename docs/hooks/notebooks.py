"""Notebooks as pages: as they are written, or executed and kept until the notebook or the package changes.

``ESTIMATOR_NOTEBOOKS=execute`` executes them (`python run.py docs --execute`); ``ESTIMATOR_QUICK=1`` takes
their reduced setting.
"""

import hashlib
import logging
import os
import re
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from mkdocs.structure.files import File
from nbclient import NotebookClient
from nbconvert import MarkdownExporter

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
KEPT = ROOT / ".cache" / "notebooks"
LONGEST = 3600
"""Seconds that a cell may take at the full setting."""
log = logging.getLogger("mkdocs.hooks.notebooks")


def on_files(files: Any, config: Any) -> Any:
    """Add a page for each notebook, with its figures next to it."""
    plain = os.environ.get("ESTIMATOR_NOTEBOOKS") != "execute"
    for path in NOTEBOOKS:
        log.info("Notebook %s%s", path.name, "" if plain else ", executed")
        for name, content in page(path, plain=plain).items():
            files.append(File.generated(config, f"notebooks/{name}", content=content))
    return files


def page(path: Path, *, plain: bool = False) -> dict[str, str | bytes]:
    """Return the files of a notebook's page, by name: Markdown, and the figures that it shows."""
    notebook = jupytext.read(path) if plain else executed(path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [one for one in cell.get("outputs", []) if one.get("name") != "stderr"]
    text, found = MarkdownExporter().from_notebook_node(
        notebook, resources={"unique_key": path.stem, "output_files_dir": path.stem}
    )
    text = re.sub(r"<style scoped>.*?</style>", "", text, flags=re.DOTALL)
    title, body = text.strip().split("\n", 1)
    note = f"*This page is the notebook `notebooks/{path.name}`, {_how(plain)}.*"
    return {f"{path.stem}.md": f"{title}\n\n{note}\n{body}\n", **found["outputs"]}


def executed(path: Path) -> Any:
    """Return the notebook with its outputs, from the cache where nothing changed since."""
    kept = KEPT / f"{path.stem}-{_state(path)}.ipynb"
    if kept.exists():
        return nbformat.read(kept, as_version=4)
    notebook = jupytext.read(path)
    NotebookClient(
        notebook,
        timeout=LONGEST,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    KEPT.mkdir(parents=True, exist_ok=True)
    for old in KEPT.glob(f"{path.stem}-*.ipynb"):
        old.unlink()
    nbformat.write(notebook, kept)
    return notebook


def _state(path: Path) -> str:
    """Return a mark of all that a notebook's outputs depend on in this checkout."""
    mark = hashlib.sha256(path.read_bytes() + _quick().encode())
    for source in [*sorted((ROOT / "estimator").rglob("*.py")), ROOT / "constraints.txt"]:
        mark.update(source.read_bytes())
    return mark.hexdigest()[:16]


def _quick() -> str:
    return os.environ.get("ESTIMATOR_QUICK", "")


def _how(plain: bool) -> str:
    if plain:
        return "as written: `python run.py docs --execute` also runs it"
    return "executed at its reduced setting" if _quick() else "executed at its full setting"
