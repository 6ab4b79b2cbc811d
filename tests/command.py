"""The command line in this process: what `estimator` prints and how it ends."""

import contextlib
import io
import sys
from typing import NamedTuple
from unittest import mock

from estimator.cli.main import main


class Ended(NamedTuple):
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments, cwd="."):
    """Return how a command ends."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    argv = mock.patch.object(sys, "argv", ["estimator", *map(str, arguments)])
    with contextlib.chdir(cwd), argv, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    return Ended(code, out.getvalue(), err.getvalue())
