"""How each command ends: 0 done, 1 a check failed, 2 input or usage is wrong, 3 not converged."""

import pytest
from typer.main import get_command

from estimator.calibration import known_truth, multiverse, placebo, recovery
from estimator.cli.main import MOVED, app
from tests import uncompiled
from tests.command import run

FIT = "estimator.inference.fit.fit"
FITTING = (known_truth, multiverse, placebo, recovery)
"""Imported before `fit` is replaced, which they would keep."""
COMMANDS = [
    ("report",), ("report", "vital"), ("report", "registry"), ("report", "regions"),
    ("report", "composition"), ("study", "placebo-regions"), ("nowcast",), ("compare",),
    ("replicate",), ("fetch",), ("ingest",), ("simulate",), ("study", "placebo"),
    ("study", "known-truth"), ("study", "sbc"), ("study", "recover"), ("study", "multiverse"),
    ("study", "backtest"), ("study", "present-recovery"),
]  # fmt: skip
MISMATCH = {"a rule": {"cells": 2, "mismatches": 1, "max_abs_difference": 0.5}}
UNCONVERGED = (
    "--engine", "nuts", "--draws", "100", "--baseline", "2015:2019", "--ages", "20:29",
    "--control-ages", "none",
)  # fmt: skip
INGEST = ("ingest", "missing.csv", "--extracted-on", "2023-06-25")
REFUSED = [
    ("report", "--as-of", "May"),
    ("report", "--as-of", "2021-06-21"),
    ("report", "--level", "0"),
    ("report", "--sources", "police"),
    ("report", "vital", "--target", "2031"),
    ("report", "vital", "--target", "2010"),
    ("report", "vital", "--baseline", "2017:2019"),
    ("report", "vital", "--baseline", "2000:20x9"),
    ("report", "vital", "--ages", "15"),
    ("report", "vital", "--minimum", "2024-01-13"),
    ("report", "vital", "--minimum", "mine.csv"),
    ("report", "vital", "--counts", "missing.csv", "--baseline", "1990:2010", "--target", "2012"),
    ("report", "registry", "--triangle", "missing.parquet"),
    ("report", "registry", "--triangle", "."),
    ("report", "registry", "--war-began", "soon"),
    ("nowcast", "missing.csv"),
    ("compare", "--plot", "forest"),
    ("compare", "--quantity", "registry"),
    ("fetch", "nothing"),
    ("ingest", "missing.csv", "--extracted-on", "2023-06-25", "--out", "t.parquet"),
    (
        "ingest",
        "missing.csv",
        "--extracted-on",
        "2023-06-25",
        "--out",
        "t.parquet",
        "--ages",
        "15:50",
    ),
    ("simulate", "made", "--scale", "0"),
    ("study", "placebo", "--horizons", "3;4"),
    ("study", "placebo", "missing.csv"),
    ("study", "known-truth", "a.csv", "b.csv", "--baseline", "1990:2000", "--target", "2001"),
    ("study", "sbc", "--plot", "ranks"),
    ("study", "recover", "--level", "0.7"),
    ("study", "multiverse", "--level", "95"),
    ("study", "backtest", "missing.csv"),
    ("study", "present-recovery", "--overlap", "half"),
    ("report", "vital", "--draws", "99999999999"),
    ("report", "vital", "--no-such-option"),
    ("study", "placebo", "--every", "0"),
    ("study", "placebo", "--horizons", "0"),
    ("study", "placebo-regions", "--every", "0"),
    ("report", "regions", "--counts", "missing.csv", "--baseline", "1990:2010", "--target", "2012"),
    ("report", "composition", "--level", "0"),
    ("report", "--jobs", "0"),
    ("study", "multiverse", "--every", "0"),
    ("study", "recover", "--registries", "0", "--faulty", "0"),
    ("study", "recover", "--cut", "2023-99-01"),
    (*INGEST, "--out", "t.parquet", "--max-delay", "-3"),
    (*INGEST, "--out", "t.parquet", "--timezone", "Mars/Olympus"),
    (*INGEST, "--out", "t.csv"),
]
"""One line on stderr, nothing on stdout, nothing written."""


def names(command, prefix=()):
    for name, part in getattr(command, "commands", {}).items():
        if getattr(part, "invoke_without_command", True) or not hasattr(part, "commands"):
            yield (*prefix, name)
        yield from names(part, (*prefix, name))


@pytest.fixture
def ended(monkeypatch, tmp_path):
    """Run a command in an empty folder; return its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ESTIMATOR_DATA", raising=False)

    def end(*arguments):
        ends = run(*arguments)
        assert list(tmp_path.iterdir()) == []
        return ends

    return end


def test_every_command_is_here():
    assert sorted(names(get_command(app))) == sorted(COMMANDS)
    refused = {one[:2] if one[0] == "study" else one[:1] for one in REFUSED}
    assert refused | {("replicate",)} >= {one if one[0] == "study" else one[:1] for one in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_is_0_and_an_unknown_option_2(ended, command):
    assert ended(*command, "-h")[0] == 0
    code, out, err = ended(*command, "--no-such-option")
    assert (code, out) == (2, "")
    assert "Traceback" not in err


SEEDED = [one for one in COMMANDS if one[-1] not in ("replicate", "fetch", "ingest")]


@pytest.mark.parametrize("command", SEEDED, ids=" ".join)
def test_a_seed_below_0_is_2(ended, command):
    arguments = ["a.csv"] if command[-1] in ("nowcast", "simulate", "backtest") else []
    if command[-1] == "known-truth":
        arguments = ["a.csv", "b.csv", "--baseline", "1990:2000", "--target", "2001"]
    code, out, err = ended(*command, *arguments, "--seed", "-1")
    assert (code, out) == (2, "")
    assert "--seed" in err


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_wrong_input_is_one_line_and_2(ended, arguments, monkeypatch):
    def fit(*_, **__):
        raise AssertionError("fitted before the refusal")

    monkeypatch.setattr(FIT, fit)
    code, out, err = ended(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    if arguments[-2] in ("--draws", "--every", "--horizons", "--cut", "--max-delay", "--timezone"):
        assert arguments[-2].strip("-") in err


@pytest.mark.parametrize(
    ("arguments", "now"),
    [
        *(((old, "--seed", "1"), f"estimator {new} --seed 1`") for old, new in MOVED.items()),
        (("flash", "--late", "--as-of", "D"), "report --as-of D`"),
        (("joint", "--as-of", "D"), "estimator report --as-of D`"),
        (("report", "--quiet", "vital", "--ages", "20:29"), "report vital --quiet --ages 20:29`"),
        (("report", "--seed", "5", "vital"), "estimator report vital --seed 5`"),
        (("recover", "--first-seed", "3"), "estimator study recover --seed 3`"),
        (("study", "recover", "--first-seed", "3"), "estimator study recover --seed 3`"),
        (("report", "--route", "registry", "--seed", "2"), "estimator report registry --seed 2`"),
        (("report", "--route=vital", "--ages", "20:29"), "estimator report vital --ages 20:29`"),
        (("report", "--route", "joint"), "estimator report`"),
        (("report", "--counts", "a b.csv"), "estimator report vital --counts 'a b.csv'`"),
        (("report", "--triangle=t.parquet"), "estimator report registry --triangle=t.parquet`"),
    ],
)
def test_old_spellings_are_one_line_that_names_the_new_one(ended, arguments, now):
    code, out, err = ended(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.rstrip().removesuffix(".").endswith(now)


def test_done_is_0(ended):
    assert ended("compare", "--figures", "--quantity", "registry")[0] == 0
    assert ended("fetch")[0] == 0


def test_a_failed_check_is_1(ended, monkeypatch):
    monkeypatch.setattr("estimator.published.replicate.replicate", lambda: MISMATCH)
    assert ended("replicate")[0] == 1


def test_unconverged_is_3(ended, monkeypatch):
    uncompiled.use(monkeypatch)  # what is not sampled has not converged
    code, out, err = ended("report", "vital", *UNCONVERGED, "--out", "made")
    assert (code, out) == (3, "")
    assert "did not converge" in err
