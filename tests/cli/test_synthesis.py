"""`estimator report`: how many have died by a day."""

import json

import pytest
from typer.testing import CliRunner

from estimator.cli.main import app
from estimator.errors import DataError, VintageError
from estimator.report.prose import estimated
from tests.report.pages import Page

DAY = "2023-07-11"


def run(*arguments):
    return CliRunner().invoke(app, ["report", *(str(one) for one in arguments)])


def document_of(*arguments):
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def document():
    return document_of("--as-of", DAY, "--no-registry")


def test_the_record_names_command_and_files(document):
    assert document["command"] == f"estimator report --as-of {DAY} --no-registry --level 0.95 --seed 1"
    assert all(len(digest) == 64 for digest in document["files"].values())
    assert document["diagnostics"]["converged"]
    assert {row["source"] for row in document["contributions"]} == {"publications", "names"}
    assert sum(row["share"] for row in document["contributions"]) == pytest.approx(1)
    assert document["statements"]


def test_printed_with_years_and_weeks_and_no_number_from_a_folder_of_data(document, monkeypatch, tmp_path):
    (tmp_path / "named_list_vintages_weekly.csv").write_text("vintage,week,count\n2023-01-01,2022-02-24,9\n")
    monkeypatch.setenv("ESTIMATOR_DATA", str(tmp_path))
    done = run("--as-of", DAY, "--no-contributions", "--no-registry", "--weeks", "--quiet")
    assert done.exit_code == 0, done.output
    text = " ".join(done.stdout.split())
    assert text.startswith(f"By {DAY}, as known then,")
    for bound in ("median", "lower", "upper"):
        assert estimated(document["total"], bound) in text
    assert "the documented minimum is" in text
    assert "died but not yet declared" in text
    assert "Registry figures that were observed reach to" in text
    assert done.stderr == ""


@pytest.mark.slow
def test_the_page_is_written_whole_and_the_registry_route_is_a_part(tmp_path):
    """The number of `estimator report registry` with the same seed, and what was published of the weeks."""
    folder = tmp_path / "page"
    done = run("--as-of", DAY, "--out", folder, "--quiet")
    assert done.exit_code == 0, done.output
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert {"report.html", "answer.json", "by_period.csv", "weeks.csv", "statements.csv"} <= names
    page = Page((folder / "report.html").read_text(encoding="utf-8")).text
    assert "Whose number it is" in page
    assert f"By {DAY}, as known then," in page
    part = json.loads((folder / "answer.json").read_text(encoding="utf-8"))["registry"]
    alone = document_of("registry")
    whole = ("2022-02-24 to 2023-05-21", "15-49")
    (row,) = [row for row in alone["estimates"] if (row["period"], row["age"]) == whole]
    assert part["median"] == pytest.approx(row["median"])
    assert [round(one["deaths"]) for one in part["published"]] == [46_584]
    assert part["diagnostics"]["converged"]
    text = " ".join(done.stdout.split())
    assert "The registry route by itself, on a reconstruction of the registry as of 2023-06-23" in text


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (("--out", "page", "--no-contributions"), DataError, "Leave out --no-contributions"),
        (("--seed", "2", "vital"), DataError, "`estimator report vital --seed 2`"),
        (("--as-of", "2021-01-01"), VintageError, "the first is of 2023-07-10"),
        (("--as-of", "2030-01-01"), VintageError, "nothing is known as late as 2030-01-01"),
    ],
)
def test_what_cannot_be_answered_is_refused(arguments, kind, message):
    done = run(*arguments)
    assert isinstance(done.exception, kind)
    assert message in str(done.exception)


@pytest.mark.slow
def test_bundled_data_alone():
    """Of the last day: the document that README is made from, in tests/architecture/test_wheel.py."""
    document = document_of("--as-of", "2025-12-05", "--no-registry", "--no-contributions")
    assert document["as_of"] == "2025-12-05"
    assert document["minimum"] == 153_171
    total = document["total"]
    assert document["minimum"] < total["lower"] < total["median"] < total["upper"]
