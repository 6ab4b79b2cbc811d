"""Execute notebooks and write them with their outputs: ``python run.py notebooks [01 04 …]``.

Each `notebooks/NAME.py` is what one edits; `notebooks/NAME.ipynb` is the same with outputs, for readers and for
the site, which executes nothing.
"""

import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def execute(path: Path) -> None:
    """Run a notebook and write it beside its source, without what goes to stderr."""
    notebook = jupytext.read(path)
    NotebookClient(
        notebook, timeout=1800, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOKS)}}
    ).execute()
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, path.with_suffix(".ipynb"))


def main(chosen: list[str]) -> None:
    """Execute all notebooks, or those whose names begin as given."""
    for path in sorted(NOTEBOOKS.glob("*.py")):
        if not chosen or path.name.startswith(tuple(chosen)):
            print(f"executing {path.name}", file=sys.stderr, flush=True)
            execute(path)


if __name__ == "__main__":
    main(sys.argv[1:])
