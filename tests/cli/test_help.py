"""What --help, --version and the tables of published figures show, at 80 columns."""

import io

import pandas as pd
import pytest
from rich.console import Console
from typer.main import get_command

import estimator
from estimator.cli.main import app
from estimator.published.figures import load_published
from estimator.report.console.published import comparison_tables, figures_table
from tests.command import run


def shown(*tables):
    console = Console(width=80, file=io.StringIO())
    for table in tables:
        console.print(table)
    return console.file.getvalue()


def words(text):
    """Return a table's text without its lines and line breaks."""
    return " ".join(text.translate(dict.fromkeys(map(ord, "│┃┏┓━┳┡╇┩├┼┤└┴┘─"), " ")).split())


@pytest.fixture
def helped(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    def help_of(*command):
        code, out, err = run(*command, "--help")
        assert (code, err) == (0, "")
        assert run(*command, "-h") == (code, out, err)
        return out

    return help_of


def test_version():
    told = run("--version")
    assert told == (0, f"registry-excess {estimator.__version__}\n", "")


def test_report_has_an_example_and_its_exit_codes(helped):
    text = " ".join(helped("report", "vital").split())
    assert "estimator report vital --counts deaths.csv --baseline 1990:2010" in text
    assert "Exit codes: 0 done, 2 input or usage is wrong, 3 the posterior did not" in text


@pytest.mark.parametrize(
    "command",
    [(), ("report",), ("report", "registry"), ("compare",), ("ingest",), ("study", "placebo")],
)
def test_flags_have_no_type(helped, command):
    text = helped(*command)
    assert "--help" in text
    assert "bool" not in text


def commands_of(group, name="estimator"):
    """Return every command below a group, by how it is called."""
    found = {}
    for part, command in group.commands.items():
        found |= {f"{name} {part}": command}
        found |= commands_of(command, f"{name} {part}") if hasattr(command, "commands") else {}
    return found


ALL = {
    called: {option: param for param in command.params for option in param.opts}
    for called, command in commands_of(get_command(app)).items()
    if called != "estimator study"
}
DAYS = {"--as-of", "--war-began", "--extracted-on", "--on", "--until", "--since"}
"""Days, besides the vintages of files: each has one meaning in all commands."""


@pytest.mark.parametrize("called", ALL)
def test_every_command_has_json_and_quiet(called):
    assert {"--json", "--quiet", "-q"} <= set(ALL[called])


@pytest.mark.parametrize("called", ALL)
def test_an_option_has_the_same_name_everywhere(called):
    """The day on which a file was seen is FILE-vintage; no other option is of a day."""
    for option, param in ALL[called].items():
        if "YYYY-MM-DD" in (param.help or "") or (param.metavar == "DAY" and option.startswith("--")):
            assert option in DAYS or option.endswith("-vintage"), option
        if option.endswith("-vintage"):
            assert option.removesuffix("-vintage") in ALL[called], f"{option} is of no file"


def test_figures_show_population_and_source():
    table = load_published()
    text = words(shown(figures_table(table)))
    assert "men 20-24" in text
    assert "men 25-29" in text
    assert "en.zona.media" in text
    assert "…" not in text


def test_compare_cuts_nothing_and_prints_few_rows():
    row = {
        "period": "2022", "ages": "15-49", "population": "men 15-49", "name": "ours",
        "vintage": "2023-01-01", "kind": "estimate", "estimate": 16_689.0, "lower": 4_812.0,
        "upper": 26_605.0, "interval": "95%", "quantity": "excess male deaths (probate registry)",
        "source": "https://en.zona.media/x", "ours": True, "group": "same period and population",
    }  # fmt: skip
    other = row | {"ours": False, "name": "theirs", "lower": float("nan")}
    rows = pd.DataFrame(
        [row, other, other | {"ages": "20-24"}, other | {"group": "other period or quantity"}]
    )
    few = words(shown(*comparison_tables(rows, everything=False)))
    for told in ("ours", "theirs", "excess male deaths", "en.zona.media", "16,689 (4,812 to"):
        assert told in few
    assert "…" not in few
    assert few.count("theirs") == 1
    assert "2 more figures, of other ages, people and periods: estimator compare --all" in few
    every = words(shown(*comparison_tables(rows)))
    assert every.count("theirs") == 3
    assert "--all" not in every
