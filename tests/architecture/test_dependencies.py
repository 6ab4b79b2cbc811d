"""What the package imports is what pyproject.toml says that it needs."""

import ast
import sys
import tomllib
from pathlib import Path

import estimator
from tests.conftest import ROOT

PACKAGE = Path(estimator.__file__).parent
THROUGH_OTHERS = {
    "arviz": "reads the saved posterior: Estimate.to_datatree",
    "h5netcdf": "xarray writes posterior.nc with it",
    "h5py": "h5netcdf's library",
    "numba": "compiles graphs for nutpie",
}
"""Dependencies that no module imports, and why they are there."""


def imported():
    """Return top-level packages that the package's modules import."""
    names = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
    return {name.lower() for name in names - sys.stdlib_module_names - {"estimator"}}


def declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    lines = (line.split("[")[0].split(">")[0] for group in groups for line in group)
    return {name.strip().lower().replace("-", "_") for name in lines}


def test_dependencies_are_what_is_imported():
    direct, needed = imported(), declared()
    optional = {"click", "markupsafe"}  # come with typer and jinja2
    assert direct - needed - optional == set(), "imported and not declared"
    assert needed - direct == set(THROUGH_OTHERS) - direct, "declared and not imported"
