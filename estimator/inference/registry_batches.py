"""Batches of chains that move at once, the first in this process and the others in processes of their own.

In threads they would wait for one another: most of NumPy's steps on arrays so small hold the interpreter.
"""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from operator import attrgetter, methodcaller
from typing import Any, Self

import numpy as np

from estimator.errors import ConvergenceError
from estimator.inference.registry_chains import RegistryChains

COMMAND = "from estimator.inference.registry_batches import serve; serve()"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Helper:
    """A process that keeps a batch of chains and applies to it each function that it is sent."""

    def __init__(self) -> None:
        # without -P a file of the working directory, such as random.py, would be taken for a library
        path = os.pathsep.join(place or os.getcwd() for place in sys.path)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=os.environ | ONE_THREAD | {"PYTHONPATH": path},
        )  # fmt: skip

    def send(self, message: Any) -> None:
        """Send chains to keep, or a function of them to apply."""
        try:
            pickle.dump(message, self.process.stdin, protocol=5)  # type: ignore[arg-type]
            self.process.stdin.flush()  # type: ignore[union-attr]
        except BrokenPipeError:
            raise ConvergenceError(_ended(self.process.wait())) from None

    def receive(self) -> Any:
        """Wait for what the function returns, or raise what it raised."""
        try:
            error, value = pickle.load(self.process.stdout)  # type: ignore[arg-type]
        except EOFError:
            raise ConvergenceError(_ended(self.process.wait())) from None
        if error is not None:
            raise error
        return value

    def close(self) -> None:
        """End the process, whatever it is at."""
        self.process.terminate()
        self.process.communicate()


class Batches:
    """Batches of chains that do the same thing at the same time; close them by ``with``.

    Helpers start at once, and load what they need while the mode is looked for. There are none on one core,
    in a process that is itself one of many, and where ``OMP_NUM_THREADS`` allows one thread: then batches
    move one after another, to the same digits.
    """

    def __init__(self, number: int) -> None:
        one_of_many = multiprocessing.parent_process() or os.environ.get("OMP_NUM_THREADS") == "1"
        alone = (os.cpu_count() or 1) == 1 or one_of_many or not sys.executable
        self.helpers = [] if alone else [Helper() for _ in range(number - 1)]
        self.here: list[RegistryChains] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for helper in self.helpers:
            helper.close()

    def take(self, batches: list[RegistryChains]) -> None:
        """Give each helper its batch, and keep the others here."""
        number = len(batches) - len(self.helpers)
        self.here = batches[:number]
        for helper, chains in zip(self.helpers, batches[number:]):
            helper.send(chains)

    def call(self, function: Callable[[RegistryChains], Any]) -> list[Any]:
        """Return what a function, which can be pickled, returns of every batch, in their order."""
        for helper in self.helpers:
            helper.send(function)
        return [*map(function, self.here), *(helper.receive() for helper in self.helpers)]

    @property
    def divergences(self) -> int:
        """Divergences of all batches since they were last set to none."""
        return sum(self.call(attrgetter("divergences")))

    @divergences.setter
    def divergences(self, number: int) -> None:
        self.call(methodcaller("__setattr__", "divergences", number))

    @property
    def step(self) -> float:
        """The mean of the batches' steps; setting it sets all of them."""
        return float(np.exp(np.mean(np.log(self.call(attrgetter("step"))))))

    @step.setter
    def step(self, step: float) -> None:
        self.call(methodcaller("__setattr__", "step", step))


def _ended(code: int) -> str:
    return (
        f"a process that moved half of the chains ended with exit code {code}. If memory ran out, "
        "close other programs and try again."
    )


def serve() -> None:
    """Apply functions that arrive at the standard input to the chains that came first, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt ends the parent, which ends this process
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # replies only: whatever is printed goes elsewhere
    chains = None
    while True:
        try:
            message = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        if isinstance(message, RegistryChains):
            chains = message
            continue
        reply: tuple[Exception | None, Any]
        try:
            reply = None, message(chains)
        except Exception as error:
            reply = error, None
        pickle.dump(reply, replies, protocol=5)
        replies.flush()
