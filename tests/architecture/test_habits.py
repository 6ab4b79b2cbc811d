"""Hooks and workflow run what `python run.py test` and `.ci/run` do, and name no host."""

import re

import yaml

from tests.conftest import ROOT


def read(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    assert "://" not in text
    return yaml.safe_load(text), text


def test_hooks_are_the_linters_of_run_py():
    made, _ = read(".pre-commit-config.yaml")
    assert [repo["repo"] for repo in made["repos"]] == ["local"]
    entries = {hook["entry"].split()[0].removeprefix(".venv/bin/") for hook in made["repos"][0]["hooks"]}
    linters = set(re.findall(r'BIN / "(ruff|mypy)"', (ROOT / "run.py").read_text(encoding="utf-8")))
    assert entries == {*linters, "lint-imports"}


def test_the_workflow_runs_what_ci_runs():
    _, text = read(".github/workflows/ci.yml")
    assert "run: bash .ci/run" in text
    assert 'ESTIMATOR_NO_EXTERNAL: "1"' in text
