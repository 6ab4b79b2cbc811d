"""What the command line refuses: one line on stderr, exit code 2, nothing printed or written."""

import os

import pytest

from tests.command import run
from tests.simulated import simulate_counts
from tests.sources.test_tidy_refused import BAD
from tests.sources.tidy_tables import save

WINDOWS = ("--baseline", "1995:2006", "--target", "2010,2011", "--ages", "20:39")
OWN = (*WINDOWS, "--control-ages", "55:64")


@pytest.fixture
def refused(tmp_path, monkeypatch):
    """Return the one line that a command is refused with."""
    monkeypatch.chdir(tmp_path)

    def refuse(*arguments):
        before = sorted(tmp_path.rglob("*"))
        code, out, err = run(*arguments)
        assert (code, out) == (2, "")
        assert err.startswith("error: ")
        assert err.count("\n") == 1
        assert sorted(tmp_path.rglob("*")) == before
        return err

    return refuse


@pytest.fixture
def never_fitted(monkeypatch):
    """Fail where a command begins to compute what it will then refuse to write."""

    def fit(*_, **__):
        raise AssertionError("fitted before the refusal")

    monkeypatch.setattr("estimator.inference.fit.fit", fit)
    monkeypatch.setattr("estimator.calibration.simulate.registry.simulate_registry", fit)


def own_table(folder):
    frame = simulate_counts(seed=1).to_frame().rename(columns={"count": "deaths"})
    frame.to_csv(folder / "mine.csv", index=False)


@pytest.mark.parametrize("case", BAD)
def test_a_bad_table_leaves_nothing_behind(refused, tmp_path, case):
    table, place, remedy = BAD[case]
    path = save(tmp_path, table, "мои данные.csv")
    told = refused(
        "report", "vital", "--counts", path, "--baseline", "2000:2005", "--target", "2006",
        "--out", "made", "--json",
    )  # fmt: skip
    assert told.startswith("error: мои данные.csv: ")
    assert place in told
    assert remedy in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("registry", "--matched-vintage", "2024-01-01"), "Add --matched FILE, or leave"),
        (("vital", "--counts-vintage", "2024-01-01"), "Add --counts FILE, or leave it out"),
        (("vital", "--minimum-vintage", "2024-01-01"), "Add --minimum FILE, or leave it out"),
        (("vital", "--minimum", "none", "--minimum-vintage", "2024-01-01"), "Add --minimum FILE"),
        (("registry", "--minimum-vintage", "2024-01-01"), "Add --minimum FILE, or leave it out"),
    ],
)
def test_an_option_that_would_do_nothing(refused, never_fitted, arguments, words):
    assert words in refused("report", *arguments, "--out", "made")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("report", "--out", "file.txt"), "--out: file.txt is a file. Name a folder"),
        (("report", "registry", "--out", "file.txt"), "--out: file.txt is a file"),
        (("report", "vital", "--out", "file.txt"), "--out: file.txt is a file"),
        (("report", "--out", "file.txt/a/b"), "--out: b lies below file.txt, a file"),
        (("compare", "--plot", "nowhere/x.svg"), "--plot: no folder nowhere. Make it first"),
        (("compare", "--plot", "folder.svg"), "--plot: folder.svg is a folder. Name a file"),
        (("simulate", "file.txt"), "OUT: file.txt is a file"),
        (("simulate", "made", "--scale", "-1"), "--scale: -1 is not between 0 and 100"),
        (("simulate", "made", "--scale", "nan"), "--scale: nan is not between"),
        (("study", "placebo", "--plot", "nowhere/x.svg"), "--plot: no folder nowhere"),
        (("study", "placebo", "--folder", "file.txt"), "--folder: file.txt is a file"),
        (("study", "sbc", "--plot", "nowhere/x.svg"), "--plot: no folder nowhere"),
        (("study", "multiverse", "--out", "nowhere/x.csv"), "--out: no folder nowhere"),
        (("study", "recover", "--folder", "file.txt"), "--folder: file.txt is a file"),
    ],
)
def test_a_place_that_cannot_be_written(refused, never_fitted, tmp_path, arguments, words):
    (tmp_path / "file.txt").write_text("kept")
    (tmp_path / "folder.svg").mkdir()
    assert words in refused(*arguments)
    assert (tmp_path / "file.txt").read_text() == "kept"


def test_a_folder_without_permission(refused, never_fitted, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "cannot be written into. Choose another" in refused("report", "--out", "made")
    assert "cannot be written into" in refused("compare", "--plot", "x.svg")


def test_a_full_disk_is_one_line(refused, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device", "/somewhere/posterior.nc")

    monkeypatch.setattr("estimator.inference.fit.fit", full)
    assert refused("report", "vital") == (
        "error: posterior.nc: No space left on device. Choose another place, or make room.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--ages", "49:15"), "--ages: 49:15 runs backwards. Write 15:49."),
        (("--control-ages", "69:55"), "--control-ages: 69:55 runs backwards. Write 55:69."),
        (("--control-ages", "40:60"), "control ages 40:60 overlap the target ages 15:49"),
        (("--control-ages", "40:60"), "Choose others, such as 55:69, or none."),
        (("--ages", "0:100"), "Choose others, or none."),
        (("--counts", "."), "is a folder. Name a file in it."),
        (("--minimum", "2024-01-01"), "give another list as a file: --minimum FILE"),
        (("--counts", ".", "--baseline", "1990:2000", "--target", "2001"), "is a folder"),
        (("--level", "1.5"), "--level: 1.5 is not between 0 and 1. Write 0.95."),
        (("--counts-vintage", "May 2024"), "--counts-vintage"),
        (
            ("--target", "2021", "--masked", "none"),
            "weeks of death begin on 2022-02-21, after 2021",
        ),
    ],
)
def test_messages_speak_of_options(refused, never_fitted, arguments, words):
    told = refused("report", "vital", *arguments, "--out", "made")
    assert words in told
    assert "None" not in told
    assert "(4" not in told


@pytest.mark.parametrize(
    ("spans", "words"),
    [
        (("--baseline", "2000:2002", "--target", "2010"), "the baseline has 3 years"),
        (("--baseline", "1995:2006", "--target", "2006"), "2006 is in both"),
        (("--baseline", "1995:20x6", "--target", "2010"), "'20x6' is not a year"),
        (("--baseline", "1995:2006", "--target", "2031"), "target years 2031 are not in the data"),
        (("--target", "2010"), "say --baseline and --target"),
    ],
)
def test_periods_of_a_file_are_refused_in_its_name(refused, tmp_path, never_fitted, spans, words):
    own_table(tmp_path)
    ages = ("--ages", "20:39", "--control-ages", "55:64")
    told = refused("report", "vital", "--counts", "mine.csv", *spans, *ages, "--out", "made")
    assert told.startswith("error: mine.csv: ")
    assert words in told


def test_the_list_of_another_war_is_refused(monkeypatch, tmp_path, never_fitted):
    """Zero names in 2010 would read as a documented minimum of nobody."""
    monkeypatch.chdir(tmp_path)
    own_table(tmp_path)
    code, out, err = run(
        "report", "vital", "--counts", "mine.csv", *OWN, "--minimum", "2026-05-22",
        "--out", "made", "--json",
    )  # fmt: skip
    assert (code, out) == (2, "")
    warning, error = err.splitlines()
    assert warning.startswith("warning: the bundled list --minimum 2026-05-22 is of Russia's war")
    assert "mine.csv" in warning
    assert "its weeks of death begin on 2022-02-21, after 2010-12-31" in error
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_a_day_to_come_and_an_unknown_quantity(refused):
    assert "2999-01-01" in refused("report", "--as-of", "2999-01-01")
    assert "no published quantity has 'zzz' in it" in refused("compare", "--figures", "--quantity", "zzz")
    assert refused("report", "vital", "--out", "").endswith("write --out . for the present one.\n")


def test_a_reader_that_leaves_is_no_failure(tmp_path):
    import subprocess
    import sys

    code = "from estimator.cli.main import main; main()"
    done = subprocess.run(
        f"{sys.executable} -c '{code}' compare --figures | head -1; exit ${{PIPESTATUS[0]}}", shell=True,
        executable="/bin/bash", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
