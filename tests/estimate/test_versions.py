"""Versions for bug reports, and how to cite."""

import tomllib
from importlib import metadata
from pathlib import Path

import yaml

import estimator as est

ROOT = Path(__file__).parents[2]


def test_show_versions_prints_what_it_returns(capsys):
    found = est.show_versions()
    printed = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert printed == {name: version or "missing" for name, version in found.items()}
    assert found["numpy"] == metadata.version("numpy")
    assert {
        "python",
        "platform",
        "registry-excess",
        "pymc",
        "arviz-stats",
        "polars",
    } <= found.keys()
    assert None not in found.values()


def test_a_missing_dependency_is_shown(monkeypatch, capsys):
    monkeypatch.setattr(metadata, "requires", lambda name: ["no-such-package>=1; python_version > '3'"])
    assert est.show_versions()["no-such-package"] is None
    assert "no-such-package missing" in capsys.readouterr().out


def test_citation_names_the_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert citation["version"] == est.__version__ == project["version"]
    assert citation["license"] == project["license"]
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert "10.1215/00703370-11862998" in {r.get("doi") for r in citation["references"]}
