"""No identifier of the package is built on a word that says nothing of what it names."""

import ast
import re
from pathlib import Path

import estimator

PACKAGE = Path(estimator.__file__).parent
BANNED = {"told", "found", "beside", "rough", "spans", "words", "settled"}
ALLOWED = {"SettledCases", "FileNotFoundError", "ModuleNotFoundError", "PackageNotFoundError"}
"""A replaced public name, kept as a documented alias, and names of Python's own."""
REMAINING = {
    "data/triangle.py": 1,
}
"""Uses that are still there, by file: each number may only fall, and a new file has none."""
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def identifiers(tree):
    """Return every name that a module binds or uses, with its line."""
    for node in ast.walk(tree):
        names = {
            ast.Name: "id", ast.arg: "arg", ast.Attribute: "attr", ast.FunctionDef: "name",
            ast.AsyncFunctionDef: "name", ast.ClassDef: "name", ast.alias: "name",
            ast.keyword: "arg", ast.ExceptHandler: "name",
        }.get(type(node))  # fmt: skip
        given = [getattr(node, names)] if names else []
        given += [node.asname] if isinstance(node, ast.alias) else []
        for name in filter(None, given):
            yield name, node.lineno


def is_banned(name):
    return name not in ALLOWED and bool(BANNED & {part.lower() for part in PART.findall(name)})


def banned_in(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lines = [f"line {line}: {name}" for name, line in identifiers(tree) if is_banned(name)]
    return lines + ([f"the module {path.name}"] if is_banned(path.stem) else [])


def test_names_say_what_they_name():
    wrong = {path.relative_to(PACKAGE).as_posix(): banned_in(path) for path in PACKAGE.rglob("*.py")}
    more = [
        f"{path}: {', '.join(lines)}" for path, lines in sorted(wrong.items())
        if len(lines) > REMAINING.get(path, 0)
    ]  # fmt: skip
    assert not more, "\n".join(more)


def test_a_banned_name_is_seen_and_its_likes_are_not():
    assert all(map(is_banned, ("told", "what_was_found", "RoughFit", "settled_cases", "in_words")))
    assert not any(map(is_banned, ("SettledCases", "founded", "throughput", "wordsworth", "span")))
