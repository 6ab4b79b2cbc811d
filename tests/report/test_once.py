"""One report, one table: rows are computed once, whatever is made of them."""

import json
import subprocess
import sys

import pytest

FILES = 25
"""Files of the package whose functions `estimator report vital` calls."""


def calls_of(*arguments):
    """Return how often each function of the package was called, by file and name."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.report.trace", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stderr)


@pytest.mark.parametrize(
    "how", ["printed", *(pytest.param(how, marks=pytest.mark.slow) for how in ("json", "written"))]
)
def test_rows_are_computed_once(how, tmp_path):
    options = {"printed": (), "json": ("--json",), "written": ("--out", str(tmp_path / "out"))}
    calls = calls_of("report", "vital", "--quiet", "--draws", "2000", *options[how])
    assert calls["report/tables.py"]["estimate_rows"] == 1
    assert calls["report/tables.py"]["_ways_of_adding_up"] == 1
    if how == "printed":
        assert len(calls) <= FILES, sorted(calls)
