"""Commands that README and docs show without what they print: each is run, on small files.

A command is run as it is shown, but for what stands in `WORDS` and `REDUCED`, and where
no option makes it short, in `FEWER`.
"""

import resource
import shlex
import shutil
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.docs_fewer import FEWER
from tests.docs_files import FILES
from tests.docs_pages import (
    BLOCK,
    EXECUTED,
    PAGES,
    SHOWN,
    blocks,
    commands,
    find_command,
    run_command,
)

WORDS = {"FILE": ["list.csv"], "…": []}
"""What stands for a reader's files, and what is written instead."""

OUTPUTS = ("out", "plot", "folder")
"""Parameters of commands that name what is written; other paths are read."""

LONGEST = 60
"""Seconds of one processor that a command may take."""


class Reduction(NamedTuple):
    """Options that a command is run with so that it takes seconds; the rest stays as it is shown."""

    words: str
    """What the commands begin with."""
    options: dict[str, str | None]
    """Option to the value that it gets, shown or not; None for a flag."""


# what is not sampled has not converged, and says so; FEWER has the reason
NOT_SAMPLED = {"--draws": "200", "--allow-unconverged": None}

REDUCED = (
    # every origin of the bundled record; test_readme.py reads them all
    Reduction("study placebo", {"--every": "10"}),
    # the nation and 85 regions, or five
    Reduction("report regions", {"--draws": "600"}),
    # chains of some hundred draws do not pass
    Reduction("report composition", {"--draws": "400", "--allow-unconverged": None}),
    # one origin, no region on its own
    Reduction("study placebo-regions", {"--every": "10", "--draws": "200", "--no-alone": None}),
    # three origins of each territory: one of each
    Reduction("study placebo AUS.csv", {"--every": "3", "--draws": "300"}),
    Reduction("study placebo rosstat", {"--every": "16", "--draws": "300"}),
    # minutes of compilation
    Reduction("report vital --engine nuts", NOT_SAMPLED),
    # few deaths tell little of delays: trajectories are long
    Reduction("report registry --triangle", {"--draws": "1000"}),
    # one fit of all sources, and one without each
    Reduction("report --", {"--as-of": "2023-07-11", "--no-registry": None}),
    # five million records
    Reduction("simulate made", {"--scale": "0.02"}),
    # five million records and a minute of fitting each
    Reduction("study recover", {"--registries": "1", "--faulty": "0"}),
    # a hundred wars
    Reduction("study present-recovery", {"--wars": "2"}),
    # 720 fits of 2,000 draws, and some hundred of peacetime; which of them: FEWER
    Reduction("study multiverse", {"--every": "30", "--draws": "400"}),
)

SLOW = (
    "report regions",
    "report composition",
    "study placebo-regions",
    "report --",
    "report registry",
    "report vital --out",
    "report vital --engine",
    "study placebo",
    "study backtest",
    "study present-recovery",
    "study recover",
    "study multiverse",
)
"""Commands that take more than three seconds of one processor all the same."""

EXTERNAL: tuple[str, ...] = ()
"""Commands that need third-party data."""


def begins(arguments, words):
    """Whether a command begins with words; the last may be cut, as a file's name."""
    return shlex.join(arguments).startswith(words)


def ours(arguments, table):
    return [words for words in table if begins(arguments, words)]


def reduced(arguments):
    """Return a shown command as it is run."""
    given = [word for shown in arguments for word in WORDS.get(shown, [shown])]
    for reduction in REDUCED:
        if begins(arguments, reduction.words):
            for option, value in reduction.options.items():
                given = with_option(given, option, value)
    return given


def with_option(arguments, option, value):
    """Return a command with an option in place of the one that it had, or added."""
    if option not in arguments:
        return [*arguments, option, *([] if value is None else [value])]
    at = arguments.index(option)
    return arguments if value is None else [*arguments[: at + 1], value, *arguments[at + 2 :]]


def places(arguments):
    """Return the paths that a command reads and those that it writes."""
    read, written = [], []
    command, options = find_command(arguments)
    for name, value in command.make_context(command.name, options).params.items():
        found = value if isinstance(value, list | tuple) else [value]
        paths = [path for path in found if isinstance(path, Path)]
        (written if name in OUTPUTS else read).extend(paths)
    return read, written


def lay_out(names, shelf, folder):
    """Put the files that a command reads into the folder where it is run."""
    for name in names:
        assert str(name) in FILES, (
            f"{name} is read by a command that a page shows: say how it is made, in FILES of "
            "tests/docs_files.py, or in WORDS what stands in its place"
        )
        made = shelf / name
        if not made.exists():
            FILES[str(name)](made)
        shutil.copy(made, folder / name)


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run_or_tell(arguments):
    """Run a command; where it cannot be run, fail with what the tables of this file lack."""
    before = processor_seconds()
    try:
        printed = run_command(arguments)
    except Exception as problem:
        pytest.fail(
            f"estimator {shlex.join(arguments)}: {type(problem).__name__}: {problem}\nMend the page or "
            "the command; or declare what it needs: a file in FILES, a smaller option in REDUCED (where "
            "there is none, FEWER), third-party data in EXTERNAL."
        )
    took = processor_seconds() - before
    assert took < LONGEST, f"{arguments} took {took:.0f} s: give it smaller options in REDUCED"
    return printed


def case(page, arguments):
    marks = [pytest.mark.slow] if ours(arguments, SLOW) else []
    marks += [pytest.mark.external] if ours(arguments, EXTERNAL) else []
    return pytest.param(arguments, id=f"{page.stem}: {' '.join(arguments)}"[:75], marks=marks)


COMMANDS = [
    (page, arguments) for page in PAGES for _, code in blocks(page, SHOWN) for arguments in commands(code)
]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A folder where each file is made once."""
    return tmp_path_factory.mktemp("shelf")


@pytest.fixture
def place(tmp_path, monkeypatch, request):
    """An empty folder to be in, without a display, a network or, where not marked so, others' data."""
    import matplotlib as mpl

    from estimator.calibration import study

    mpl.use("agg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    # without workers: they would take longer to begin than what they are given here
    monkeypatch.setattr(study, "process_pool", lambda jobs: nullcontext())
    data = tmp_path / "data"
    if request.node.get_closest_marker("external"):
        data = request.getfixturevalue("external_data")
    monkeypatch.setenv("ESTIMATOR_DATA", str(data))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    yield tmp_path
    from matplotlib import pyplot as plt

    plt.close("all")


@pytest.mark.parametrize("arguments", [case(*shown) for shown in COMMANDS])
def test_a_shown_command_runs_and_writes_what_it_names(arguments, shelf, place, monkeypatch):
    given = reduced(arguments)
    read, written = places(given)
    lay_out(read, shelf, place)
    for words in ours(arguments, FEWER):
        FEWER[words](monkeypatch)
    assert run_or_tell(given).strip()
    for path in written:
        files = [path] if path.suffix else [file for file in path.rglob("*") if file.is_file()]
        assert files, f"{path} is empty or not there"
        assert all(file.stat().st_size for file in files), path


def test_no_line_of_a_block_is_left_out():
    """What is not `estimator` is run.py: its report is `estimator report`, its test this test's run."""
    for page in PAGES:
        shown = {language for language, _ in BLOCK.findall(page.read_text(encoding="utf-8"))}
        assert shown <= {*EXECUTED, *SHOWN}, page.name
        for language, code in blocks(page, set(SHOWN) - {"yaml", "output", "pycon"}):
            lines = [line for line in code.splitlines() if line.strip()]
            others = [line for line in lines if not commands(line)]
            known = [line for line in others if line.startswith("python run.py ")]
            assert others == known, f"{page.name}, {language}: how is it run?"


def unused(rows):
    """Return the words that no shown command begins with."""
    return [words for words in rows if not any(begins(shown, words) for _, shown in COMMANDS)]


def test_every_row_of_the_tables_is_of_a_shown_command():
    rows = [*(reduction.words for reduction in REDUCED), *FEWER, *SLOW, *EXTERNAL]
    assert unused([*rows, "study sbc --replicates 7"]) == ["study sbc --replicates 7"]
    shown = [arguments for _, arguments in COMMANDS]
    assert set(WORDS) <= {word for one in shown for word in one}
    read = {str(path) for one in shown for path in places(reduced(one))[0]}
    assert set(FILES) == read


def test_a_reduction_replaces_one_value_and_leaves_the_rest():
    shown = ["study", "recover", "--registries", "20", "--faulty", "20"]
    assert reduced(shown) == ["study", "recover", "--registries", "1", "--faulty", "0"]
    assert with_option(["a", "--quiet"], "--quiet", None) == ["a", "--quiet"]
    assert with_option(["a"], "--quiet", None) == ["a", "--quiet"]
    assert reduced(["replicate"]) == ["replicate"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["report", "vital", "--counts", "other.csv"], "FILES"),
        (["replicat"], "no command replicat"),
    ],
)
def test_what_a_new_command_needs_is_told(arguments, words, shelf, place):
    with pytest.raises(AssertionError, match=words):
        lay_out(places(reduced(arguments))[0], shelf, place)


def test_a_command_that_ends_with_an_error_fails(place):
    with pytest.raises(pytest.fail.Exception, match="EXTERNAL"):
        run_or_tell(["fetch", "hmd-deaths"])
