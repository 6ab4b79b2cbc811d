"""Pages, docstrings, messages and help are plain English: a house vocabulary, and proselint on pages."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import estimator
from tests.conftest import ROOT
from tests.docs_pages import PAGES

PACKAGE = Path(estimator.__file__).parent
VOCABULARY = {
    re.compile(phrase, re.IGNORECASE): instead
    for phrase, instead in tomllib.loads((ROOT / "docs" / "vocabulary.toml").read_text("utf-8")).items()
}
CODE = re.compile(
    r"^```.*?^```|`[^`\n]+`|\$\$.*?\$\$|\$[^$\n]+\$|<!--.*?-->|\]\([^)]*\)", re.MULTILINE | re.DOTALL
)
LINTED = (
    "README.md",
    "index.md",
    "tutorial.md",
    "reproduce.md",
    "howto.md",
    "limits.md",
    "ethics.md",
    "method.md",
)
"""Pages that proselint reads."""
UNUSED = ("typography.", "lexical_illusions", "dates_times.")
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
    return [
        f"{match[0]!r}: {instead}"
        for phrase, instead in VOCABULARY.items()
        for match in phrase.finditer(text)
    ]


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


def test_the_house_vocabulary_is_kept():
    found = all_faults()
    assert not found, "\n".join(f"{name}: {'; '.join(one)}" for name, one in found.items())


def test_a_phrase_is_seen_and_code_is_not(tmp_path):
    page = tmp_path / "a.md"
    page.write_text("Ours stands beside it.\n\n```\nbeside\n```\n`beside` [a](beside.md)\n", encoding="utf-8")
    assert faults(prose_of(page)) == ["'beside': next to, compared with, besides"]


def test_proselint_finds_nothing(tmp_path):
    for name in LINTED:
        page = ROOT / name if name == "README.md" else ROOT / "docs" / name
        (tmp_path / name).write_text(prose_of(page), encoding="utf-8")
    program = Path(sys.executable).parent / "proselint"
    files = [str(tmp_path / name) for name in LINTED]
    done = subprocess.run(
        [str(program), "--output-format", "compact", "check", *files], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.stderr == ""
    found = [line for line in re.findall(r"^.*:\d+:\d+:? .*$", done.stdout, flags=re.MULTILINE)]
    wrong = [line for line in found if not any(check in line for check in UNUSED)]
    assert not wrong, "\n".join(wrong)


if __name__ == "__main__":
    for name, found in sorted(all_faults().items()):
        print(f"{name}: {len(found)}")
        for one in found:
            print("   ", one)
