"""Pages, docstrings, messages and help are plain English: a house vocabulary, and proselint on pages."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

import estimator
from tests.conftest import ROOT
from tests.docs_pages import PAGES

PACKAGE = Path(estimator.__file__).parent
VOCABULARY = {
    re.compile(phrase, re.IGNORECASE): instead
    for phrase, instead in tomllib.loads((ROOT / "docs" / "vocabulary.toml").read_text("utf-8")).items()
}
CODE = re.compile(r"^```.*?^```|`[^`\n]+`|\$\$.*?\$\$|\$[^$\n]+\$|<!--.*?-->|\]\([^)]*\)", re.MULTILINE | re.DOTALL)
LINTED = ("README.md", "index.md", "tutorial.md", "reproduce.md", "howto.md", "limits.md", "ethics.md", "method.md")
"""Pages that proselint reads."""
UNUSED = ("typography", "lexical_illusions", "misc.phrasal", "dates_times")
"""Checks of proselint that take tables, code and formulas for prose."""


def prose_of(page):
    """Return a page without its code, formulas and addresses, line by line as it is."""
    return CODE.sub(lambda cut: re.sub(r"[^\n]", " ", cut[0]), page.read_text(encoding="utf-8"))


def texts_of(module):
    """Yield each text of a module that people read, with its line: docstrings, messages, help."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value


def faults(text):
    return [f"{match[0]!r}: {instead}" for phrase, instead in VOCABULARY.items() for match in phrase.finditer(text)]


def all_faults():
    made = {}
    for page in PAGES:
        made[page.name] = faults(prose_of(page))
    for module in PACKAGE.rglob("*.py"):
        name = module.relative_to(PACKAGE).as_posix()
        made[name] = [f"line {line}: {one}" for line, text in texts_of(module) for one in faults(text)]
    for template in PACKAGE.rglob("*.j2"):
        made[template.name] = faults(template.read_text(encoding="utf-8"))
    return {name: found for name, found in made.items() if found}


if __name__ == "__main__":
    for name, found in sorted(all_faults().items()):
        print(f"{name}: {len(found)}")
        for one in found:
            print("   ", one)
