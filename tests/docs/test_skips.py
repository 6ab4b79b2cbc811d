"""CI has all that tests need: there a skipped test must not pass unseen."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT, SKIPS_FAIL


@pytest.mark.parametrize("strict", [True, False])
def test_a_skip_fails_where_it_is_asked_to(strict):
    environment = {k: v for k, v in os.environ.items() if k not in (SKIPS_FAIL, "PYTEST_ADDOPTS")}
    environment |= {"ESTIMATOR_DATA": "/nowhere", "PYTEST_XDIST_WORKER": ""}
    if strict:
        environment[SKIPS_FAIL] = "1"
    wanted = "tests/sources/test_rosstat.py"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "external", "-p", "no:cacheprovider", wanted],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode != 0) == strict, done.stdout
    assert ("this skips: " in done.stdout) == strict
