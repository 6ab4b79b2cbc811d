"""CI has all that tests need: a test that is skipped there must not pass unnoticed."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.conftest import NO_EXTERNAL, ROOT, SKIPS_FAIL, skip_is_a_failure

MARKED = SimpleNamespace(get_closest_marker=lambda name: name)
UNMARKED = SimpleNamespace(get_closest_marker=lambda name: None)


@pytest.mark.parametrize(
    ("variable", "marked", "unmarked"),
    [(SKIPS_FAIL, True, True), (NO_EXTERNAL, False, True), (None, False, False)],
)
def test_which_skips_fail(monkeypatch, variable, marked, unmarked):
    for name in (SKIPS_FAIL, NO_EXTERNAL):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "1")
    assert bool(skip_is_a_failure(MARKED)) == marked
    assert bool(skip_is_a_failure(UNMARKED)) == unmarked


def test_a_skip_fails_a_run_where_no_skip_is_allowed():
    environment = {k: v for k, v in os.environ.items() if k not in (NO_EXTERNAL, "PYTEST_ADDOPTS")}
    environment |= {"ESTIMATOR_DATA": "/nowhere", "PYTEST_XDIST_WORKER": "", SKIPS_FAIL: "1"}
    wanted = "tests/sources/test_rosstat.py"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "external", "-p", "no:cacheprovider", wanted],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0, done.stdout
    assert f"{SKIPS_FAIL} is set, and this skips: " in done.stdout
