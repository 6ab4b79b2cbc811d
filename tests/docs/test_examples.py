"""What README and docs show is executed: Python, and commands with what they print.

Commands without what they print: test_docs_commands.py.
"""

import doctest
import json
import re
import shlex
import sys

import pytest

import estimator as est
from tests.docs_pages import (
    BLOCK,
    EXECUTED,
    PAGES,
    ROOT,
    SLOW,
    blocks,
    commands,
    find_command,
    is_near,
    run_command,
    shown_outputs,
)

LIKE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def run_console(code):
    """Run each line after ``$``; what follows it is what it prints, ``...`` for anything."""
    for part in re.split(r"^\$ ", code, flags=re.MULTILINE)[1:]:
        line, _, expected = part.partition("\n")
        program, *arguments = shlex.split(line)
        assert program == "estimator", f"only estimator is run here, not {program}"
        printed = run_command(arguments)
        if expected.strip():
            like = doctest.OutputChecker().check_output(expected, printed, LIKE)
            assert like, f"{line}\nshows\n{expected}\nprints\n{printed}"


def run_python(code, names, page):
    if ">>>" in code:
        test = doctest.DocTestParser().get_doctest(code, names, page.name, str(page), 0)
        runner = doctest.DocTestRunner(optionflags=LIKE)
        runner.run(test, clear_globs=False)
        names.update(test.globs)
        assert runner.summarize(verbose=False).failed == 0
    else:
        exec(compile(code, f"{page.name}, a block", "exec"), names)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page, EXECUTED)], ids=lambda page: page.stem
)
def test_blocks_run(page, tmp_path, monkeypatch, capsys):
    """The blocks of a page share names and a folder, as they do for its reader."""
    run_blocks(page, tmp_path, monkeypatch, capsys, slow=False)


@pytest.mark.slow
@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "index.md"], ids=lambda page: page.stem)
def test_blocks_of_the_answer_run(page, tmp_path, monkeypatch, capsys):
    run_blocks(page, tmp_path, monkeypatch, capsys, slow=True)


def test_the_five_lines_print_the_answer():
    """The same figures as `estimator report` has, kept in docs/figures/answer.json."""
    kept = json.loads((ROOT / "docs" / "figures" / "answer.json").read_text(encoding="utf-8"))
    for page in (ROOT / "README.md", ROOT / "docs" / "index.md"):
        code, shown = blocks(page, ("python",))[0][1], shown_outputs(page)[0]
        assert SLOW in code
        assert len([line for line in code.splitlines() if line]) <= 5
        numbers = [round(float(one)) for one in re.findall(r"\d+\.0", shown)]
        assert numbers == [round(kept["total"][name]) for name in ("median", "lower", "upper")]
        assert shown.split()[-1] == str(kept["minimum"])
        assert f"to {kept['through']}" in shown


def run_blocks(page, tmp_path, monkeypatch, capsys, *, slow):
    import matplotlib as mpl

    mpl.use("agg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("ESTIMATOR_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "argv", ["estimator"])
    names = {"__name__": "__docs__"}
    outputs = iter(shown_outputs(page))
    for language, code in blocks(page, EXECUTED):
        if language == "console":
            if not slow:
                run_console(code)
            continue
        shown = next(outputs)
        if (SLOW in code) != slow:
            exec("import estimator as est", names)
            continue
        capsys.readouterr()
        run_python(code, names, page)
        printed = capsys.readouterr().out
        if shown is not None:
            assert is_near(shown, printed), (
                f"{shown}\nis shown; now it prints\n{printed}\n(python run.py readme)"
            )
    from matplotlib import pyplot as plt

    plt.close("all")


IN_PROSE = [
    pytest.param(arguments, id=f"{page.stem}: {' '.join(arguments)[:60]}")
    for page in PAGES
    for span in re.findall(r"`(estimator [^`]+)`", BLOCK.sub("", page.read_text(encoding="utf-8")))
    for arguments in commands(span.replace("\n", " "))
]


@pytest.mark.parametrize("arguments", IN_PROSE)
def test_commands_that_prose_names_exist(arguments):
    """They stand for a reader's own and are not whole; their names and options are checked."""
    day = {"DAY": "2026-05-22"}
    command, options = find_command([day.get(argument, argument) for argument in arguments])
    if options:
        command.make_context(command.name, options)


def test_jobs_of_run_py_that_are_shown_exist():
    known = set(re.findall(r'job == "(\w+)"', (ROOT / "run.py").read_text(encoding="utf-8")))
    for page in PAGES:
        shown = set(re.findall(r"python run\.py (\w+)", page.read_text(encoding="utf-8")))
        assert shown <= known, page.name


def test_a_table_of_the_hmd_is_read_as_it_comes(tmp_path):
    """Layout of mortality.org: a title, an empty line, the header, sexes side by side."""
    ages = ["0", "1-4", *(f"{low}-{low + 4}" for low in range(5, 110, 5)), "110+"]
    rows = [f"{year} {age} {2.5 + i} {4 + i} 0" for year in (2000, 2001) for i, age in enumerate(ages)]
    text = "A country, Deaths (period 5x1)\n\n  Year  Age  Female  Male  Total\n" + "\n".join(rows)
    (tmp_path / "Deaths_5x1.txt").write_text(text)
    counts = est.read_counts(tmp_path / "Deaths_5x1.txt")
    assert counts.ages.labels[:2] == ("0-0", "1-4")
    assert counts.ages.labels[-1] == "110+"
    deaths = counts.data["count"].sel(sex="male", age="5-9", period=2001)
    assert float(deaths) == 6.0


def test_every_public_name_has_a_docstring():
    for name in est.__all__:
        assert (getattr(est, name).__doc__ or "").strip(), name


@pytest.mark.parametrize(
    "code",
    ["$ estimator fetch nothing\n", "$ estimator replicate --json\n[]\n", "$ ls\n"],
)
def test_a_wrong_console_block_is_seen(code):
    with pytest.raises((AssertionError, est.DataError)):
        run_console(code)


def test_python_blocks_are_there():
    assert sum(len(blocks(page, EXECUTED)) for page in PAGES) >= 20
