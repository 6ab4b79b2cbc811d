"""The command line in this process: what `estimator` prints and how it ends."""

from estimator.cli.main import main


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
