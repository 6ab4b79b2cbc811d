"""The newcomer's walk of docs/architecture.md is the way that a count goes through the code."""

import contextlib
import inspect
import io
import json
import re
import shlex
import sys
from pathlib import Path

import pytest

import estimator
from tests.conftest import ROOT

PACKAGE = Path(estimator.__file__).parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
COMMAND = re.search(r"`(estimator [^`]+)` from the count to the table", PAGE).group(1)
STEPS = re.findall(r"^\d+\. `(estimator/[\w/]+\.py)`, `([\w.]+)`:", PAGE, flags=re.MULTILINE)

FILES = 34
"""Files that a report visits at most; the page says why they are so many."""


@pytest.fixture(scope="module")
def calls(long_fits):
    """Functions of the package that the command calls, as (file, qualified name), in order."""
    long_fits.clear()  # a fit that another test made would call nothing
    from estimator.cli.main import main

    made = []
    root = f"{PACKAGE}/"

    def notice(frame, event, _):
        code = frame.f_code
        function = code.co_flags & inspect.CO_OPTIMIZED  # not the body of a class or module
        if event == "call" and function and code.co_filename.startswith(root):
            path = Path(code.co_filename).relative_to(PACKAGE.parent).as_posix()
            made.append((path, code.co_qualname))

    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setattr(sys, "argv", shlex.split(COMMAND))
        sys.setprofile(notice)
        try:
            with contextlib.suppress(SystemExit):
                main()
        finally:
            sys.setprofile(None)
    assert json.loads(printed.getvalue())["estimates"]
    return made


def test_named_files_exist():
    assert 8 <= len(STEPS) <= 16
    for path, _ in STEPS:
        assert (ROOT / path).is_file(), path


def test_named_functions_are_called_in_that_order(calls):
    first = {}
    for place, call in enumerate(calls):
        first.setdefault(call, place)
    missing = [step for step in STEPS if step not in first]
    assert not missing, f"not called: {missing}"
    assert sorted(STEPS, key=first.get) == STEPS


def test_a_report_computes_its_rows_once_and_visits_few_files(calls):
    assert sum(name == "estimate_rows" for _, name in calls) == 1
    files = sorted({path for path, _ in calls})
    assert len(files) <= FILES, f"{len(files)} files: {files}"
