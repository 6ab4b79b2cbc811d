"""The blocks of README and docs, and how a command in them is run."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import typer.main

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXECUTED = ("python", "console")
"""Languages whose blocks show what they print, or are programs."""
SHOWN = ("", "sh", "shell", "bash", "text", "yaml", "output", "pycon")
"""Languages whose blocks show commands without what they print; in YAML they are steps of a workflow."""


def blocks(page, languages):
    """Return language and code of a page's blocks that are in one of the languages."""
    return [
        (language, code)
        for language, code in BLOCK.findall(page.read_text(encoding="utf-8"))
        if language in languages
    ]


SLOW = "est.present("
"""What makes a block one of half a minute: it is run by a slow test."""
OUTPUT = re.compile(r"(^```python\n(?:.*?)^```\n+)```output\n(?:.*?)^```", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*")
NEAR = 0.06
"""Relative: how far a number that a page shows may lie from what its block prints on another machine."""


def printed_blocks(page):
    """Run the Python blocks of a page, which share names, and return what each prints."""
    names, printed = {"__name__": "__docs__"}, []
    for _, code in blocks(page, ("python",)):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, f"{page.name}, a block", "exec"), names)
        printed.append(out.getvalue())
    return printed


def shown_outputs(page):
    """Return, for each Python block of a page, the output that the page shows for it, or None."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    following = [*found[1:], ("", "")]
    return [
        after[1] if after[0] == "output" else None
        for block, after in zip(found, following, strict=True)
        if block[0] == "python"
    ]


def with_outputs(page):
    """Return the text of a page with what its Python blocks print now."""
    printed = [text for text, shown in zip(printed_blocks(page), shown_outputs(page)) if shown is not None]
    new = iter(printed)
    return OUTPUT.sub(
        lambda marked: f"{marked[1]}```output\n{next(new).rstrip()}\n```", page.read_text(encoding="utf-8")
    )


def is_near(shown, printed):
    """Whether two texts are the same but for numbers, and these are near each other."""
    pairs = [[float(one.replace(",", "")) for one in NUMBER.findall(text)] for text in (shown, printed)]
    plain = [" ".join(NUMBER.sub("#", text).split()) for text in (shown, printed)]
    if plain[0] != plain[1] or len(pairs[0]) != len(pairs[1]):
        return False
    return all(abs(a - b) <= max(NEAR * abs(b), 400 if abs(b) > 50 else 0.11) for a, b in zip(*pairs))


def commands(code):
    """Return the lines of a shell block that are ours, as arguments, comments cut."""
    lines = (line.strip().removeprefix("- run: ").removeprefix("$ ") for line in code.splitlines())
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("estimator ")]


def find_command(arguments):
    """Return a command, in a group or not, and the arguments after its name."""
    from estimator.cli.main import app

    command, rest = typer.main.get_command(app), list(arguments)
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
        code = typer.main.get_command(app).main(args=list(arguments), standalone_mode=False)
    assert not code, f"estimator {shlex.join(arguments)} ends with exit code {code}"
    return out.getvalue()
