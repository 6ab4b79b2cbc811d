"""`estimator nowcast` and `estimator study backtest`."""

import json

import pytest
from typer.testing import CliRunner

from estimator.cli.main import app
from estimator.errors import DataError
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
    arguments = ("study", "backtest", table, "--ahead", 196, "--every", 6, "--draws", 300)
    document = json.loads(run(*arguments, "--json").stdout)
    assert document["summary"]["vintages"] == len(document["vintages"]) > 0
    words = run(*arguments)
    assert "better" in words.stdout or "worse" in words.stdout
    assert "90% intervals cover" in words.stdout
