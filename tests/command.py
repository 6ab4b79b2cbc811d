"""The command line in this process: what `estimator` prints and how it ends."""

import contextlib
import io
import sys
from types import SimpleNamespace
from unittest import mock

from estimator.cli.main import main


def run(*arguments, cwd="."):
    """Return a command's ``returncode``, ``stdout`` and ``stderr``, as those of a process."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    argv = mock.patch.object(sys, "argv", ["estimator", *map(str, arguments)])
    with contextlib.chdir(cwd), argv, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    return SimpleNamespace(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())


def call(monkeypatch, capsys, *arguments):
    """Return the exit code of a command, its stdout and its stderr."""
    monkeypatch.setattr("sys.argv", ["estimator", *map(str, arguments)])
    capsys.readouterr()
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    printed = capsys.readouterr()
    return code, printed.out, printed.err
