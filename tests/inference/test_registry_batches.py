"""Batches of chains move in processes of their own, to the digits that they have in one."""

import multiprocessing
import os
import signal
import subprocess
import sys
from operator import attrgetter, methodcaller

import numpy as np
import pytest

from estimator.errors import ConvergenceError
from estimator.inference import registry_engine
from estimator.inference.registry_batches import Batches
from tests.inference.kernel_cases import arrays


@pytest.fixture(scope="module")
def prepared():
    return registry_engine.prepared(arrays("settled"))


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


def started(prepared):
    kernel, units = prepared
    batches = Batches(2)
    with_chains = [
        registry_engine.RegistryChains(kernel, units, 8, rng) for rng in np.random.default_rng(3).spawn(2)
    ]
    batches.take(with_chains)
    return batches


def drawn(prepared):
    with started(prepared) as batches:
        batches.call(methodcaller("run", 4, path=1.2, adapt=True))
        batches.step = batches.step
        helpers = len(batches.helpers)
        return helpers, batches.call(methodcaller("draw", 3)), batches.call(attrgetter("step"))


def test_a_helper_has_the_digits_of_one_process(prepared, monkeypatch):
    helpers, apart, steps = drawn(prepared)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: True)
    none, together, _ = drawn(prepared)
    assert (helpers, none) == (1, 0)
    assert steps[0] == steps[1]
    for one, other in zip(apart, together):
        for name, values in one.items():
            np.testing.assert_array_equal(values, other[name], err_msg=name)
    assert not np.array_equal(apart[0]["war_dead"], apart[1]["war_dead"])


def test_a_helper_imports_nothing_from_the_working_directory(prepared, tmp_path, monkeypatch):
    (tmp_path / "random.py").write_text("raise ImportError('not the library')\n")
    monkeypatch.chdir(tmp_path)
    with started(prepared) as batches:
        assert len(batches.call(attrgetter("step"))) == 2


def test_an_error_in_a_helper_is_raised_here(prepared):
    with started(prepared) as batches:
        batches.helpers[0].send(attrgetter("nothing"))
        with pytest.raises(AttributeError, match="nothing"):
            batches.helpers[0].receive()


def test_a_helper_that_is_killed_is_an_error_that_says_so(prepared):
    with started(prepared) as batches:
        batches.helpers[0].process.send_signal(signal.SIGTERM)
        batches.helpers[0].process.wait()
        with pytest.raises(ConvergenceError, match="ended with exit code"):
            batches.call(attrgetter("step"))


def test_a_helper_loads_no_pandas():
    """It would take a helper longer than all else that it needs."""
    code = "import sys, estimator.inference.registry_batches; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
