"""The house holds: imports go one way, and reading a result never loads PyMC."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

import estimator

PACKAGE = Path(estimator.__file__).parent
HEAVY = ("pymc", "pytensor", "nutpie")


def loaded_after(statement):
    code = f"import sys\n{statement}\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_contracts_hold():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "module",
    [
        "estimator",
        "estimator.report.tables",
        "estimator.report.console.report",
        "estimator.estimate.estimate",
        "estimator.sources.rosstat",
        "estimator.sources.deaths",
        "estimator.published.replicate",
        "estimator.inference.fit",
        "estimator.cli.main",
    ],
)
def test_reading_never_loads_pymc(module):
    assert not loaded_after(f"import {module}") & set(HEAVY)


def test_importing_the_package_loads_almost_nothing():
    assert not loaded_after("import estimator") & {
        "pandas",
        "xarray",
        "scipy",
        "matplotlib",
        *HEAVY,
    }


def test_import_takes_under_a_second():
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import estimator"], check=True)
    assert time.perf_counter() - started < 1.0


def test_public_names_resolve_and_are_documented():
    for name in estimator.__all__:
        assert getattr(estimator, name).__doc__, name
