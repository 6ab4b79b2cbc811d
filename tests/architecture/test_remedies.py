"""Every remedy that a message names is there: options, arguments with their values, functions, commands."""

import ast
import inspect
import re
import typing
from pathlib import Path

import typer.main

import estimator as est
from estimator.cli.main import MOVED, app
from estimator.report.report import Report
from estimator.sources.named_list import list_vintages
from estimator.sources.named_list_vintages import read_list_vintages
from estimator.sources.registry.patronymic import read_patronymics

PACKAGE = Path(est.__file__).parent
PUBLIC = [getattr(est, name) for name in dir(est) if callable(getattr(est, name, None))]
FUNCTIONS = [*PUBLIC, Report, list_vintages, read_list_vintages, read_patronymics]


FORMER = {"--first-seed", "--late", "--route"}
"""Options of earlier versions, of which the command line says how they are written now."""


def messages():
    """Yield the texts of the package that are not docstrings; what stands in braces is left out."""
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            text = isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
            if text and id(node) not in bare:
                yield path.relative_to(PACKAGE), node.value


def commands(command=None, before=()):
    """Yield the words of each command, and its options."""
    command = command or typer.main.get_command(app)
    yield before, {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*before, name))


def arguments():
    """Return the arguments of public functions and methods, with the values that they take."""
    known = {}
    for function in FUNCTIONS:
        methods = [one for _, one in inspect.getmembers(function, inspect.isfunction)]
        for one in (function, *methods):
            try:
                hints = typing.get_type_hints(one)
                names = inspect.signature(one).parameters
            except (TypeError, ValueError, NameError):
                continue
            for name in names:
                known.setdefault(name, set()).update(map(str, typing.get_args(hints.get(name))))
    return known


def test_options_in_messages_exist():
    known = {option for _, options in commands() for option in options} | {"--help"} | FORMER
    found = {(str(path), option) for path, text in messages()
             for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)}  # fmt: skip
    assert len(found) > 30
    assert not sorted(pair for pair in found if pair[1] not in known)


def test_commands_in_messages_exist():
    known = {" ".join(words) for words, _ in commands()} | set(MOVED)
    for path, text in messages():
        for named in re.findall(r"`estimator ([a-z-]+(?: [a-z-]+)?)", text):
            assert named in known or named.split()[0] in known, f"{path}: {named}"


def test_arguments_and_functions_in_messages_exist():
    known, names = arguments(), {one.__name__ for one in FUNCTIONS}
    seen = 0
    for path, text in messages():
        for name, value in re.findall(r"\b([a-z_]+)=(?:'([a-z]+)'|True)", text):
            assert name in known, f"{path}: {name}={value}"
            literal = known[name] - {"<class 'str'>"}
            assert not value or value in literal or not {"refuse", "keep", "joined"} & literal, (
                f"{path}: {value}"
            )
            seen += 1
        for function in re.findall(r"\b(?:read|load)_[a-z_0-9]+\b", text):
            assert function in names, f"{path}: {function}"
    assert seen > 8
