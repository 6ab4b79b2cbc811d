"""The study runner: any executor, nothing lost, nothing repeated."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor

from estimator.calibration.study import Task, process_pool, run_study
from estimator.errors import DataError
from tests.calibration.work import computed, fail, square

ROOT = Path(__file__).resolve().parents[2]


def squares(marks, count=6, pause=0.0):
    return [Task(f"number {i}", square, (i, str(marks), pause)) for i in range(count)]


@pytest.fixture
def marks(tmp_path):
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


def values(results):
    return [result["square"] for result in results.values()]


def test_results_come_in_the_order_of_tasks_and_as_json(marks):
    results = run_study(squares(marks))
    assert values(results) == [0, 1, 4, 9, 16, 25]
    first = results["number 0"]
    assert first["pair"] == [0, "a"]
    assert np.isnan(first["missing"])


def test_a_study_started_again_repeats_nothing(marks, tmp_path):
    kept = tmp_path / "kept"
    once = run_study(squares(marks, 4), folder=kept)
    with ThreadPoolExecutor(2) as pool:
        more = run_study(squares(marks, 6), folder=kept, executor=pool)
    assert computed(marks) == dict.fromkeys(range(6), 1)
    assert values(more)[:4] == values(once)
    assert len(list(kept.iterdir())) == 6


def test_a_file_that_was_cut_off_is_computed_again(marks, tmp_path):
    run_study(squares(marks, 2), folder=tmp_path / "kept")
    for file in (tmp_path / "kept").iterdir():
        file.write_text(file.read_text()[:20])
    assert values(run_study(squares(marks, 2), folder=tmp_path / "kept")) == [0, 1]
    assert computed(marks) == {0: 2, 1: 2}


def test_a_failed_task_raises_and_what_is_there_is_kept(marks, tmp_path):
    tasks = [*squares(marks, 3), Task("fails", fail, (7,)), Task("later", square, (9, str(marks)))]
    with pytest.raises(ArithmeticError, match="task 7"):
        run_study(tasks, folder=tmp_path / "kept")
    assert len(list((tmp_path / "kept").iterdir())) == 3
    assert 9 not in computed(marks)


def test_two_tasks_of_one_key_and_a_file_for_a_folder_are_refused(marks, tmp_path):
    with pytest.raises(DataError, match="same key"):
        run_study(squares(marks, 2) + squares(marks, 1))
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="is a file"):
        run_study(squares(marks), folder=tmp_path / "file")
    with pytest.raises(DataError, match="at least 1"), process_pool(0):
        pass


def test_progress_goes_to_stderr_with_an_end(marks, capfd):
    run_study(squares(marks), progress=True, label="squares")
    out, err = capfd.readouterr()
    assert out == ""
    assert "squares" in err
    assert "6/6" in err


def test_process_pool_workers_have_one_thread_and_leave_the_environment(marks):
    before = dict(os.environ)
    with process_pool(2) as pool:
        assert pool.submit(os.getenv, "OMP_NUM_THREADS").result() == "1"
        assert values(run_study(squares(marks), executor=pool)) == [0, 1, 4, 9, 16, 25]
    assert dict(os.environ) == before


KILLED = """
from estimator.calibration.study import process_pool, run_study
from tests.calibration.test_study import squares
import sys
if __name__ == "__main__":
    with process_pool(2) as pool:
        run_study(squares(sys.argv[1], 40, 0.1), executor=pool, folder=sys.argv[2])
"""


def test_killed_halfway_it_loses_nothing_and_repeats_nothing(marks, tmp_path):
    kept, script = tmp_path / "kept", tmp_path / "study.py"
    script.write_text(KILLED)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    study = subprocess.Popen([sys.executable, script, marks, kept], env=environment)
    deadline = time.monotonic() + 60
    while not kept.is_dir() or len(list(kept.glob("*.json"))) < 8:
        assert study.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(study.pid, signal.SIGKILL)
    study.wait()
    time.sleep(0.5)  # workers end with the study
    finished = {int(json.loads(f.read_text())["result"]["pair"][0]) for f in kept.glob("*.json")}
    before = computed(marks)
    assert 8 <= len(finished) < 40
    assert len(before) <= len(finished) + 4  # nobody works on without the study
    results = run_study(squares(marks, 40), folder=kept)
    assert values(results) == [i**2 for i in range(40)]
    again = {number for number, times in computed(marks).items() if times > 1}
    assert not again & finished
    assert set(before) - finished == again  # only what was in a worker's hands


def test_an_executor_of_another_library_serves(marks, tmp_path):
    with get_reusable_executor(max_workers=2) as pool:
        results = run_study(squares(marks, 8), executor=pool, folder=tmp_path / "kept")
    assert values(results) == [i**2 for i in range(8)]
    assert computed(marks) == dict.fromkeys(range(8), 1)
    assert values(run_study(squares(marks, 8), folder=tmp_path / "kept")) == values(results)
    assert computed(marks) == dict.fromkeys(range(8), 1)
