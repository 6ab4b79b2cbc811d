"""`estimator joint` and `estimator report --route joint`."""

import json

import pytest
from typer.testing import CliRunner

from estimator.cli.main import app
from estimator.errors import DataError


def run(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_options_of_another_route_are_refused():
    done = run("report", "--route", "joint", "--baseline", "2000:2019")
    assert isinstance(done.exception, DataError)
    assert "--baseline is of another route" in str(done.exception)


@pytest.mark.slow
def test_bundled_data_alone(monkeypatch):
    """One vintage of May 2026: the cross-check is refused, late deaths are in the figures already."""
    monkeypatch.delenv("ESTIMATOR_DATA", raising=False)
    document = json.loads(run("report", "--route", "joint", "--json", "--draws", 900).stdout)
    assert document["as_of"] == "2026-05-22"
    assert "not independent" in document["cross_check"]["refused"]
    assert document["late"] is None
    assert any("holds these deaths already" in told for told in document["warnings"])


@pytest.mark.slow
@pytest.mark.external
def test_december_2025(external_data, monkeypatch):
    monkeypatch.setenv("ESTIMATOR_DATA", str(external_data))
    document = json.loads(run("report", "--route", "joint", "--json").stdout)
    assert (document["as_of"], document["minimum"]) == ("2025-12-05", 153_171)
    assert document["late"]["filings"] == 90_000
    total = document["total"]
    assert document["minimum"] < total["lower"] < total["median"] < total["upper"]
    # the revision of 2022 from 25,000 to 20,000 is not averaged away
    assert any("2022-02-24 to 2022-12-31: 20,000 stated" in told for told in document["conflicts"])
    assert document["cross_check"]["refused"] is None
