"""The blocks of README and docs, and how a command in them is run."""

import contextlib
import io
import re
import shlex
from pathlib import Path

from typer.main import get_command

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXECUTED = ("python", "console")
"""Languages whose blocks show what they print, or are programs."""
SHOWN = ("", "sh", "shell", "bash", "text", "yaml")
"""Languages whose blocks show commands without what they print; in YAML they are steps of a workflow."""


def blocks(page, languages):
    """Return language and code of a page's blocks that are in one of the languages."""
    return [
        (language, code)
        for language, code in BLOCK.findall(page.read_text(encoding="utf-8"))
        if language in languages
    ]


def commands(code):
    """Return the lines of a shell block that are ours, as arguments, comments cut."""
    lines = (line.strip().removeprefix("- run: ").removeprefix("$ ") for line in code.splitlines())
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("estimator ")]


def find_command(arguments):
    """Return a command, in a group or not, and the arguments after its name."""
    from estimator.cli.main import app

    command, rest = get_command(app), list(arguments)
    while rest and not rest[0].startswith("-") and hasattr(command, "commands"):
        name = rest.pop(0)
        assert name in command.commands, f"there is no command {name}"
        command = command.commands[name]
    return command, rest


def run_command(arguments):
    """Run a command in this process and return what it prints; an exit code other than 0 fails."""
    from estimator.cli.main import app

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = get_command(app).main(args=list(arguments), standalone_mode=False)
    assert not code, f"estimator {shlex.join(arguments)} ends with exit code {code}"
    return out.getvalue()
