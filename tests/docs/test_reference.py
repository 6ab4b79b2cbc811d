"""The reference has every public name once, in a group, with an example that runs."""

import doctest
import tomllib
import warnings

import matplotlib as mpl
import pytest

import estimator as est
from tests.conftest import ROOT

GROUPS = tomllib.loads((ROOT / "docs" / "reference.toml").read_text(encoding="utf-8"))
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def test_every_public_name_is_there_once():
    names = [name for group in GROUPS.values() for name in group if name != "about"]
    assert sorted(names) == sorted(est.__all__)
    assert list(GROUPS) == ["Load", "Specify", "Fit", "Ask", "Plot", "Study"]


def test_examples_run(monkeypatch, tmp_path):
    mpl.use("agg")
    monkeypatch.chdir(tmp_path)
    names, failed = {}, []
    for group in GROUPS.values():
        for name, code in group.items():
            if name == "about":
                continue
            test = doctest.DocTestParser().get_doctest(code, names, name, "docs/reference.toml", 0)
            assert test.examples, name
            runner = doctest.DocTestRunner(optionflags=FLAGS)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                runner.run(test, clear_globs=False)
            names.update(test.globs)
            if runner.summarize(verbose=False).failed:
                failed.append(name)
    assert not failed
    mpl.pyplot.close("all")


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_says_what_it_is(group):
    assert GROUPS[group]["about"].endswith(".")
