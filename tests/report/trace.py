"""Run a command and count the package's own functions that it calls, and the files they are in."""

import json
import sys
from collections import Counter
from pathlib import Path

OPTIMIZED = 0x1
"""Flag of a function's code; bodies of modules and classes do not have it."""


def trace(arguments: list[str]) -> Counter[tuple[str, str]]:
    """Run a command of the package and return how often each function was called, by file and name."""
    import estimator
    from estimator.cli.main import app

    package = str(Path(estimator.__file__).parent)
    calls: Counter[tuple[str, str]] = Counter()

    def count(frame, event, _):
        code = frame.f_code
        if event == "call" and code.co_flags & OPTIMIZED and code.co_filename.startswith(package):
            calls[code.co_filename[len(package) + 1 :], code.co_qualname] += 1

    sys.setprofile(count)
    try:
        app(arguments, standalone_mode=False)
    finally:
        sys.setprofile(None)
    return calls


if __name__ == "__main__":
    calls = trace(sys.argv[1:])
    by_file: dict[str, dict[str, int]] = {}
    for (file, function), number in sorted(calls.items()):
        by_file.setdefault(file, {})[function] = number
    sys.stderr.write(json.dumps(by_file, indent=1) + "\n")
