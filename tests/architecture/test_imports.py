"""The house holds: rooms, one-way imports, and reading a result loads no PyMC."""

import re
import subprocess
import sys
from pathlib import Path

import estimator

PACKAGE = Path(estimator.__file__).parent
HEAVY = {"pymc", "pytensor", "nutpie", "arviz_stats", "scipy.stats"}
"""Samplers, and what takes a second to import and a report without files does not need."""
ROOMS = {
    "data", "sources", "models", "inference", "estimate", "nowcast", "published", "calibration",
    "report", "cli",
}  # fmt: skip


def test_import_contracts_hold():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "Contracts: 3 kept, 0 broken" in done.stdout


def test_ten_rooms_and_few_modules_outside_them():
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == ROOMS
    assert len(list(PACKAGE.glob("*.py"))) <= 8


LOADED = """
import sys
import estimator
print(len(sys.modules), *sorted(sys.modules))
for module in {modules!r}:
    __import__(module)
    print(module, *sorted({heavy!r} & set(sys.modules)))
"""
READERS = [
    "estimator.estimate.estimate",
    "estimator.sources.rosstat",
    "estimator.sources.deaths",
    "estimator.report.tables",
    "estimator.report.console.report",
    "estimator.published.replicate",
    "estimator.inference.fit",
    "estimator.cli.main",
]


def test_reading_loads_nothing_heavy_and_importing_loads_almost_nothing():
    """One after another: the first of the modules that loads one is named."""
    code = LOADED.format(modules=READERS, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, *lines = done.stdout.splitlines()
    number, *loaded = first.split()
    assert not set(loaded) & {"pandas", "numpy", "xarray", "scipy", "matplotlib", *HEAVY}
    assert int(number) < 120, "import estimator loads few modules, and so takes no time"
    assert lines == READERS


def test_public_names_resolve_and_are_documented():
    for name in estimator.__all__:
        assert getattr(estimator, name).__doc__, name


def test_layers_are_at_most_eight():
    text = (PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8")
    layers = re.search(r"^layers = \[(.*?)^\]", text, flags=re.MULTILINE | re.DOTALL).group(1)
    assert len(re.findall(r'"[^"]+"', layers)) <= 8
