"""A program that is killed, or whose disk is full: what was there stays, and nothing is half-written."""

import json
import resource
import subprocess
import sys

import pytest

from estimator.calibration.study import Task, run_study
from estimator.cli.calibration import _workers
from estimator.data.triangle import ReportingTriangle
from estimator.errors import DataError
from estimator.report.pages.write import write_files
from estimator.sources.registry.read import read_registry
from tests.command import run
from tests.sources.registry_extracts import EXTRACTED, crowd, write

RUN = "import sys; from estimator.cli.main import main; sys.argv[0] = 'estimator'; main()"
KILL = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
SMALL_DISK = 1500
"""Bytes a file may have where the disk is full."""


def python(code, *arguments, most=None):
    """Run code in a process of its own, in which no file may have more than `most` bytes."""
    limit = None if most is None else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    # -B: bytecode would be cut off at the limit as well, and be read by whatever is run next
    command = [sys.executable, "-B", "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, preexec_fn=limit)


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def ingest_of(folder, name="a.csv"):
    return ("ingest", folder / name, "--extracted-on", EXTRACTED, "--out", folder / "t.parquet", "--force")


HALF_A_TRIANGLE = f"""
import pyarrow.parquet as pq
def write_half(table, path):
    open(path, "wb").write(b"PAR1 half")
    {KILL}
pq.write_table = write_half
{RUN}
"""


def test_a_killed_ingest(tmp_path):
    write(tmp_path / "a.csv", crowd(200))
    write(tmp_path / "old.csv", crowd(100))
    read_registry(tmp_path / "old.csv", extracted_on=EXTRACTED)[0].save(tmp_path / "t.parquet")
    there = content(tmp_path)
    assert python(HALF_A_TRIANGLE, *ingest_of(tmp_path)).returncode == -9
    now = content(tmp_path)
    (left,) = set(now) - set(there)
    assert left.name.startswith(".t.parquet.")
    assert {path: now[path] for path in there} == there
    read_registry(tmp_path / "a.csv", extracted_on=EXTRACTED)[0].save(tmp_path / "t.parquet")
    assert ReportingTriangle.load(tmp_path / "t.parquet").total > 150
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("before", [False, True])
def test_ingest_on_a_full_disk(tmp_path, before):
    write(tmp_path / "a.csv", crowd(400))
    if before:
        read_registry(tmp_path / "a.csv", extracted_on=EXTRACTED)[0].save(tmp_path / "t.parquet")
    there = content(tmp_path)
    done = python(RUN, *ingest_of(tmp_path), most=SMALL_DISK)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: t.parquet: cannot be written (File too large). Make room")
    assert done.stderr.count("\n") == 1
    assert content(tmp_path) == there


WRITE_REPORT = """
import os, signal, sys
from pathlib import Path
from estimator.report.pages.write import write_files
from estimator.sources.registry.read import read_registry
def killed(path): os.kill(os.getpid(), signal.SIGKILL)
more = {"figures/total.svg": killed} if sys.argv[2] == "kill" else {"figures/total.svg": "x" * 9000}
files = {"report.html": "new", "estimates.csv": "new", **more, "weeks.csv": "new"}
write_files(files, Path(sys.argv[1]), force=True)
"""


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("how", ["kill", "full"])
def test_a_report_that_is_not_finished(tmp_path, before, how):
    folder = tmp_path / "report"
    if before:
        write_files({"report.html": "old", "figures/by_age.svg": "old"}, folder)
        (folder / "mine.txt").write_text("my notes")
    there = content(folder)
    done = python(WRITE_REPORT, folder, how, most=SMALL_DISK if how == "full" else None)
    assert done.returncode == (-9 if how == "kill" else 1)
    assert "cannot be written" in done.stderr or how == "kill"
    assert {path: text for path, text in content(folder).items() if ".draft" not in str(path)} == there
    assert folder.exists() is before
    write_files({"report.html": "whole"}, folder, force=True)
    whole = {"report.html", "mine.txt"} if before else {"report.html"}
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == whole


def test_a_disk_that_is_full_is_said_in_one_line(tmp_path):
    folder = tmp_path / "report"
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"^report: cannot be written .*choose another place\.$"):
        write_files({"report.html": "", "weeks.csv": lambda path: (path / "none").write_text("x")}, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def square(n):
    return {"square": n * n}


STUDY = f"""
import sys
from pathlib import Path
from estimator.calibration.study import Task, run_study
from tests.cli.test_killed import square
number = 0
usual = Path.write_text
def write_text(path, text):
    global number
    number += 1
    if number == 4:
        usual(path, text[:5])
        {KILL}
    return usual(path, text)
Path.write_text = write_text
run_study([Task(f"square {{n}}", square, (n,)) for n in range(6)], folder=sys.argv[1])
"""


def test_a_killed_study_goes_on(tmp_path):
    folder = tmp_path / "study"
    tasks = [Task(f"square {n}", square, (n,)) for n in range(6)]
    assert python(STUDY, folder).returncode == -9
    kept = [path for path in folder.iterdir() if path.suffix == ".json"]
    assert len(kept) == 3
    assert all(json.loads(path.read_text())["result"] for path in kept)
    stamps = {path: path.stat().st_mtime_ns for path in kept}
    assert run_study(tasks, folder=folder) == run_study(tasks)
    assert {path: path.stat().st_mtime_ns for path in kept} == stamps
    assert len(list(folder.iterdir())) == 6


def test_a_study_on_a_full_disk_keeps_what_it_has(tmp_path):
    folder = tmp_path / "study"
    code = STUDY.replace("if number == 4", "if False")
    done = python(code.replace("'square': n * n", "'square': n"), folder, most=60)
    assert "cannot be written" in done.stderr
    assert not list(folder.iterdir())


@pytest.mark.slow
def test_a_report_of_the_command_line(tmp_path):
    """The whole command: what was in the folder is there, and nothing else; then it is run to its end."""
    vital = ("report", "vital", "--draws", 200, "--out", tmp_path / "report")
    code = (
        f"import estimator.estimate.storage as storage\nstorage.draft_of = lambda path: {KILL.split('; ')[1]}"
    )
    killed = python(f"import os, signal\n{code}\n{RUN}", *vital)
    assert killed.returncode == -9, killed.stderr
    assert not (tmp_path / "report").exists()
    full = python(RUN, *vital, most=9000)
    assert full.returncode == 2, full.stderr
    assert not (tmp_path / "report").exists()
    assert run(*vital).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_an_interrupt_while_commands_are_imported_prints_no_traceback():
    done = python("import estimator.cli; raise KeyboardInterrupt")
    assert done.returncode != 0
    assert done.stderr == ""
    assert "ValueError: no" in python("import estimator.cli; raise ValueError('no')").stderr


def test_an_interrupted_study_says_that_its_folder_goes_on(tmp_path, capsys):
    with pytest.raises(KeyboardInterrupt), _workers(1, tmp_path, True):
        raise KeyboardInterrupt
    assert f"{tmp_path} keeps what is done" in capsys.readouterr().err
    with pytest.raises(KeyboardInterrupt), _workers(1, None, True):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == ""
