"""`estimator flash`, `estimator nowcast` and `estimator nowcast-backtest`."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from estimator.cli.nowcast import app
from estimator.errors import DataError, VintageError
from tests.named_lists import named_list


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    counts = named_list(seed=5, weeks=120, every=28, number=20, level=300.0).vintages.counts
    path = tmp_path_factory.mktemp("list") / "list.csv"
    rows = counts.rename_axis(columns="vintage").stack().dropna().rename("count").reset_index()
    rows.assign(count=rows["count"].astype(int)).to_csv(path, index=False)
    return path


@pytest.fixture(autouse=True)
def no_data(monkeypatch):
    monkeypatch.delenv("ESTIMATOR_DATA", raising=False)


def run(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_flash_of_a_list_of_ones_own(table):
    done = run("flash", "--list", table, "--as-of", "2024-03-31", "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["list_vintage"] <= "2024-03-31"
    assert document["total"]["lower"] < document["total"]["median"] < document["total"]["upper"]
    assert all("2025" not in told for told in document["learned_from"])
    assert document["weeks"][-1]["week"] == "2024-03-28"


def test_flash_in_words(table):
    done = run("flash", "--list", table, "--as-of", "2024-03-31", "--level", 0.8)
    assert "Flash estimate as of 2024-03-31" in done.stdout
    assert "documented minimum" in done.stdout
    # years unless weeks are asked for, and nothing wide
    assert len(done.stdout.splitlines()) < 20
    assert "It can exceed 1" in done.stdout
    assert done.stderr == ""
    weekly = run("flash", "--list", table, "--as-of", "2024-03-31", "--weeks", "--quiet")
    assert len(weekly.stdout.splitlines()) > 100


def test_flash_without_a_list_says_which_vintage_it_has():
    done = run("flash", "--as-of", "2024-06-21")
    assert isinstance(done.exception, VintageError)
    told = str(done.exception)
    assert "the first vintage is 2026-05-22" in told
    for way in (
        "--list FILE",
        "ESTIMATOR_DATA",
        "named_list_vintages_weekly.csv",
        "`estimator fetch`",
    ):
        assert way in told


def test_the_list_is_found_through_the_folder(table, monkeypatch, tmp_path):
    frame = pd.read_csv(table)
    frame.to_csv(tmp_path / "named_list_vintages_weekly.csv", index=False)
    monkeypatch.setenv("ESTIMATOR_DATA", str(tmp_path))
    done = run("flash", "--as-of", "2024-03-31", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["list_vintage"] <= "2024-03-31"


def test_nowcast(table):
    done = run("nowcast", table, "--as-of", "2024-03-31", "--on", "2024-10-01", "--json")
    document = json.loads(done.stdout)
    assert (document["vintage"] <= "2024-03-31", document["on"]) == (True, "2024-10-01")
    words = run("nowcast", table, "--as-of", "2024-03-31", "--on", "2024-10-01")
    assert "List nowcast" in words.stdout
    refused = run("nowcast", table, "--on", "2024-10-01")
    assert isinstance(refused.exception, DataError)
    assert "is not after the vintage" in str(refused.exception)


def test_backtest(table):
    arguments = ("nowcast-backtest", table, "--ahead", 196, "--every", 6, "--draws", 300)
    document = json.loads(run(*arguments, "--json").stdout)
    assert document["summary"]["vintages"] == len(document["vintages"]) > 0
    words = run(*arguments)
    assert "better" in words.stdout or "worse" in words.stdout
    assert "90% intervals cover" in words.stdout


def test_court_declared_deaths_are_a_switch(table, tmp_path):
    counts = tmp_path / "filings.csv"
    counts.write_text(
        "first_day,last_day,known_on,persons,filings\n"
        "2022-03-01,2024-02-28,2024-03-10,military,9000\n"
    )
    arguments = ("flash", "--list", table, "--as-of", "2024-03-31", "--json")
    off, on = (
        json.loads(run(*arguments, *more).stdout) for more in ((), ("--late", "--filings", counts))
    )
    assert "with_late" not in off
    assert on["total"] == off["total"]
    whole = on["with_late"]
    assert whole["ordinary"]["median"] == pytest.approx(off["total"]["median"])
    assert whole["total"]["median"] > off["total"]["median"] + 2000
    words = run(*arguments[:-1], "--late")
    assert "With court-declared deaths" in words.stdout
    # the bundled counts of that day: those of 2023
    assert "16,591 filings (of all persons, to 2023-12-31)" in words.stdout
