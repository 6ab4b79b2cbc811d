"""Every identifier that docs/nomenclature.md names exists."""

import ast
import re
from pathlib import Path

import pytest

import estimator
from tests.conftest import ROOT

PACKAGE = Path(estimator.__file__).parent
PAGE = (ROOT / "docs" / "nomenclature.md").read_text(encoding="utf-8")
ROWS = [line.split("|")[1:3] for line in PAGE.splitlines() if line.startswith("| ")]
NAMED = sorted({name for _, cell in ROWS for name in re.findall(r"`([\w.]+)`", cell)})


def identifiers(tree):
    """Return the names of a module: bare ones, and members and annotated fields as Class.name."""
    bare, members = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            bare.add(node.name)
        elif isinstance(node, ast.arg):
            bare.add(node.arg)
        elif isinstance(node, ast.Name):
            bare.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            bare.add(node.value)  # a variable of a graph or of a table
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    members.add(f"{node.name}.{part.name}")
                elif isinstance(part, ast.AnnAssign):
                    members.add(f"{node.name}.{part.target.id}")
    return bare | members


@pytest.fixture(scope="module")
def there():
    parsed = (ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py"))
    return set().union(*map(identifiers, parsed))


def test_the_page_has_about_thirty_terms():
    assert 30 <= len([term for term, _ in ROWS if term.strip() not in ("Term", "---")]) <= 50


@pytest.mark.parametrize("name", NAMED)
def test_an_identifier_exists(there, name):
    assert name in there
