"""`estimator report`: all sources together."""

import json

import pytest
from typer.testing import CliRunner

from estimator.cli.main import app
from estimator.errors import DataError, VintageError
from tests.named_lists import named_list


def run(*arguments):
    return CliRunner().invoke(app, ["report", *(str(one) for one in arguments)])


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    counts = named_list(seed=5, weeks=120, every=28, number=20, level=300.0).vintages.counts
    path = tmp_path_factory.mktemp("list") / "list.csv"
    rows = counts.rename_axis(columns="vintage").stack().dropna().rename("count").reset_index()
    rows.assign(count=rows["count"].astype(int)).to_csv(path, index=False)
    return path


@pytest.fixture
def filings(tmp_path):
    path = tmp_path / "filings.csv"
    path.write_text(
        "first_day,last_day,known_on,persons,filings\n2022-03-01,2024-02-28,2024-03-10,military,9000\n"
    )
    return path


@pytest.fixture(autouse=True)
def no_data(monkeypatch):
    monkeypatch.delenv("ESTIMATOR_DATA", raising=False)


SMALL = ("--as-of", "2024-03-31", "--sources", "registry", "--no-conflicts")
"""Publications and the list alone, without the fits that leave one source out."""


def document_of(*arguments):
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_list_of_ones_own_as_of_a_day(table):
    document = document_of("--list", table, *SMALL)
    assert document["list_vintage"] <= "2024-03-31"
    assert document["total"]["lower"] < document["total"]["median"] < document["total"]["upper"]
    assert all("2025" not in publication for publication in document["learned_from"])
    assert document["weeks"][-1]["week"] == "2024-03-28"
    assert document["late"] is None
    assert document["statements"] == []
    assert document["cross_check"]["refused"] is None


def test_the_record_names_command_and_files(table):
    document = document_of("--list", table, *SMALL, "--level", "0.8", "--seed", 3)
    assert document["command"] == (
        "estimator report --as-of 2024-03-31 --list list.csv --sources registry --no-conflicts "
        "--level 0.8 --draws 3000 --seed 3"
    )
    assert "list.csv" in document["files"]
    assert all(len(digest) == 64 for digest in document["files"].values())
    assert document["windows"]["target"] == "2022-2023"
    assert document["interval"]["level"] == 0.8


def test_printed_with_years_and_with_weeks(table):
    done = run("--list", table, *SMALL)
    assert "War dead to 2024-03-31, as known on 2024-03-31" in done.stdout
    assert "documented minimum" in done.stdout
    assert "It can exceed 1" not in done.stdout
    assert done.stderr == ""
    weekly = run("--list", table, *SMALL, "--weeks", "--through", "2024-02-29", "--quiet")
    assert "War dead to 2024-02-29" in weekly.stdout
    assert "It can exceed 1" in weekly.stdout
    assert len(weekly.stdout.splitlines()) > 200


def test_courts_are_added_once(table, filings):
    arguments = ("--list", table, "--as-of", "2024-03-31", "--no-conflicts")
    alone = document_of(*arguments, "--sources", "registry")
    whole = document_of(*arguments, "--sources", "registry,courts", "--filings", filings)
    assert whole["ordinary"]["median"] == pytest.approx(alone["total"]["median"])
    assert whole["total"]["median"] > alone["total"]["median"] + 2000
    assert "filings.csv" in whole["files"]
    # the bundled counts of that day: those of 2023
    assert document_of(*arguments, "--sources", "registry,courts")["late"]["filings"] == 16_591


def test_a_day_before_the_first_vintage_is_refused_with_ways_out():
    done = run("--as-of", "2024-06-21")
    assert isinstance(done.exception, VintageError)
    message = str(done.exception)
    assert "the first vintage is 2026-05-22" in message
    for way in (
        "--list FILE",
        "ESTIMATOR_DATA",
        "named_list_vintages_weekly.csv",
        "`estimator fetch`",
    ):
        assert way in message


def test_the_list_is_found_through_the_folder(table, monkeypatch, tmp_path):
    (tmp_path / "named_list_vintages_weekly.csv").write_text(table.read_text())
    monkeypatch.setenv("ESTIMATOR_DATA", str(tmp_path))
    assert document_of(*SMALL)["list_vintage"] <= "2024-03-31"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--sources", "vital,police"), "'police' is none. Choose from vital,registry,courts"),
        (("--sources", "courts"), "Add vital, registry or both"),
        (("--sources", "vital", "--filings", "f.csv"), "Add courts to --sources"),
        (("--out", "page", "--no-conflicts"), "Leave out --no-conflicts"),
        (("--seed", "2", "vital"), "`estimator report vital --seed 2`"),
    ],
)
def test_options_that_would_do_nothing_are_refused(arguments, message):
    done = run(*arguments)
    assert isinstance(done.exception, DataError)
    assert message in str(done.exception)


@pytest.mark.slow
def test_bundled_data_alone():
    """One vintage of May 2026: the cross-check is refused, late deaths are in the figures already."""
    document = document_of("--draws", 900)
    assert document["as_of"] == "2026-05-22"
    assert "not independent" in document["cross_check"]["refused"]
    assert document["late"] is None
    assert any("holds these deaths already" in warning for warning in document["warnings"])


@pytest.mark.slow
@pytest.mark.external
def test_december_2025(external_data, monkeypatch):
    monkeypatch.setenv("ESTIMATOR_DATA", str(external_data))
    document = document_of("--as-of", "2025-12-05")
    assert (document["as_of"], document["minimum"]) == ("2025-12-05", 153_171)
    assert document["late"]["filings"] == 90_000
    total = document["total"]
    assert document["minimum"] < total["lower"] < total["median"] < total["upper"]
    # the revision of 2022 from 25,000 to 20,000 is not averaged away
    assert any("2022-02-24 to 2022-12-31: 20,000 stated" in line for line in document["conflicts"])
    assert document["cross_check"]["refused"] is None
