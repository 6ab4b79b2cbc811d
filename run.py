"""Set up the environment and run the main job or the tests. Needs nothing but Python >= 3.12.

    python run.py report [options]      the estimate, from figures that ship with the project
    python run.py test [pytest options] linters, types and tests, as CI runs them
    python run.py docs                  the pages as a site, in site/index.html
    python run.py notebooks [01 …]      execute notebooks and keep their outputs: minutes
    python run.py readme                compute the figures that README shows, and write them there
    python run.py lock                  pin the dependencies anew

The environment is made in .venv from pinned versions with checked hashes; it is made once and again
when a pin changes.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
RUNTIME = ROOT / "constraints.txt"
DEVELOPMENT = ROOT / "constraints-dev.txt"
OLDEST = (3, 12)
PARALLEL = ("-n", "logical", "--maxprocesses", "4", "--dist", "worksteal")
"""A process for each core, four at most; options given on the command line come later and win."""


def interpreter() -> str:
    """Return a Python that is new enough: this one, or one on the path."""
    if sys.version_info >= OLDEST:
        return sys.executable
    for name in ("python3.13", "python3.12"):
        found = shutil.which(name)
        # a version manager's shim is on the path even where that version is not chosen
        if found and not subprocess.run([found, "--version"], capture_output=True, check=False).returncode:
            return found
    raise SystemExit(
        f"Python {'.'.join(map(str, OLDEST))} or newer is needed; this is {sys.version.split()[0]}. "
        "Install it and run this again with it."
    )


def call(*command: str) -> None:
    """Run a command in the checkout and stop where it fails."""
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def set_up(pins: Path) -> None:
    """Make the environment hold exactly these pins, unless it does already."""
    python = BIN / "python"
    if not python.exists():
        call(interpreter(), "-m", "venv", str(VENV))
    wanted = hashlib.sha256(pins.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = VENV / f".{pins.stem}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"setting up .venv from {pins.name} (once)", file=sys.stderr, flush=True)
    pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
    call(*pip, "--require-hashes", "--requirement", str(pins))
    call(*pip, "--no-deps", "--no-build-isolation", "--editable", ".")
    # pip compiles in one process, the tests of packages too; a package may hold files that no Python compiles
    compile_all = (str(python), "-m", "compileall", "-qq", "-j", "0", "-x", r"[\\/]tests?[\\/]", str(VENV))
    subprocess.run(compile_all, cwd=ROOT, check=False)
    stamp.write_text(wanted)


def lock() -> None:
    """Write both pin files with hashes, naming no host and no path."""
    set_up(DEVELOPMENT)
    shared = (
        str(BIN / "uv"),
        "pip",
        "compile",
        "pyproject.toml",
        "--quiet",
        "--universal",
        "--python-version",
        "3.12",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-header",
        "--no-annotate",
        "--upgrade",
    )
    call(*shared, "--group", "build", "--output-file", RUNTIME.name)
    call(
        *shared,
        "--group",
        "build",
        "--group",
        "dev",
        "--constraint",
        RUNTIME.name,
        "--output-file",
        DEVELOPMENT.name,
    )


def test(options: list[str]) -> None:
    """Run what CI runs; pytest comes last and closes with its own line."""
    set_up(DEVELOPMENT)
    # tests start the command hundreds of times: each compiles the package anew where bytecode is not kept
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    call(str(BIN / "ruff"), "check", ".")
    call(str(BIN / "ruff"), "format", "--check", "--quiet", ".")
    call(str(BIN / "mypy"))
    call(str(BIN / "python"), "-m", "pytest", *PARALLEL, *options)


def docs(options: list[str]) -> None:
    """Build the site from docs/; a warning is an error. It asks no server for anything."""
    set_up(DEVELOPMENT)
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    call(str(BIN / "mkdocs"), "build", "--strict", *options)
    print(f"open {ROOT / 'site' / 'index.html'}")


def main(arguments: list[str]) -> None:
    """Dispatch on the first word."""
    job, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if job == "report":
        set_up(RUNTIME)
        call(str(BIN / "estimator"), "report", *rest)
    elif job == "test":
        test(rest)
    elif job == "docs":
        docs(rest)
    elif job == "notebooks":
        set_up(DEVELOPMENT)
        call(str(BIN / "python"), "-m", "docs.make_notebooks", *rest)
    elif job == "readme":
        set_up(DEVELOPMENT)
        call(str(BIN / "python"), "-m", "docs.make_readme")
    elif job == "lock":
        lock()
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
