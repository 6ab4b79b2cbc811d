"""Tasks that a worker imports by name; each leaves a mark where it ran."""

import os
import time
from pathlib import Path


def square(number, marks, pause=0.0):
    """Return the square, after leaving one file for each time it was computed."""
    time.sleep(pause)
    place = Path(marks) / f"{number}-{os.getpid()}-{time.time_ns()}"
    place.touch()
    return {"square": number**2, "missing": float("nan"), "pair": (number, "a")}


def fail(number):
    """Raise."""
    raise ArithmeticError(f"task {number} failed")


def computed(marks):
    """Return how many times each number was computed."""
    times: dict[int, int] = {}
    for mark in Path(marks).iterdir():
        number = int(mark.name.partition("-")[0])
        times[number] = times.get(number, 0) + 1
    return times
