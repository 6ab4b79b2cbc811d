"""The commands of calibration, as a user calls them."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from estimator.cli.main import app
from estimator.errors import DataError
from estimator.inference.marginal import sample_marginal
from tests.simulated import simulate_counts

runner = CliRunner()
AGES = ("--ages", "20:34", "--control-ages", "55:64")
SMALL = (*AGES, "--baseline-years", "10", "--since", "1990", "--draws", "300", "--every", "4")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "north.csv"
    simulate_counts(seed=1).to_frame().rename(columns={"count": "deaths"}).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder that keeps the fits of the table's windows for the commands that ask for the same."""
    return tmp_path_factory.mktemp("kept")


def test_placebo_prints_json_and_nothing_else(table, kept):
    done = runner.invoke(app, ["study", "placebo", str(table), *SMALL, "--json", "--folder", str(kept)])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["windows"] == 3
    assert set(document["rules"]["registry-excess"]["coverage"]) == {"50", "80", "95"}
    assert (kept / "windows.csv").exists()


def test_placebo_prints_a_scoreboard(table):
    done = runner.invoke(app, ["study", "placebo", str(table), *SMALL, "--control-ages", "none"])
    assert done.exit_code == 0, done.output
    for word in ("registry-excess", "ratio-5", "structural", "crps ratio", "0 unconverged"):
        assert word in done.stdout


def test_regions_of_a_file_are_territories(table, tmp_path):
    frame = simulate_counts(seed=1).to_frame().rename(columns={"count": "deaths"})
    frame.assign(region="upper").to_csv(tmp_path / "land.csv", index=False)
    done = runner.invoke(app, ["study", "placebo", str(tmp_path / "land.csv"), *SMALL, "--json"])
    assert list(json.loads(done.stdout)["settings"]["territories"]) == ["land: upper"]


def test_regions_of_rosstat_are_territories_and_few_women_are_told(tmp_path):
    rows = []
    for seed, region in enumerate(("Первая область", "Вторая область")):
        frame = simulate_counts(seed=seed, women=4.0 + 30 * seed).to_frame()
        for year, low, sex, deaths in frame[["year", "age_low", "sex", "count"]].itertuples(False):
            rows.append((region, year, f"{low}-{low + 4} лет", sex[0], deaths))
    table = pd.DataFrame(rows, columns=["Region", "Year", "Age", "Gender", "Deaths"])
    table.to_csv(tmp_path / "regions.csv", index=False)
    asked = ["study", "placebo", str(tmp_path / "regions.csv"), "--rosstat", *SMALL]
    asked += ["--folder", str(tmp_path / "kept")]
    document = json.loads(runner.invoke(app, [*asked, "--json"]).stdout)
    assert list(document["settings"]["territories"]) == [
        "regions: Вторая область", "regions: Первая область",
    ]  # fmt: skip
    cells = document["rules"]["registry-excess"]["cells"]
    assert cells["all"]["number"] == 3 * document["windows"]
    assert 0 < cells["fewer than 5 women"]["number"] < cells["all"]["number"]
    assert 0 <= cells["fewer than 5 women"]["coverage"]["95"] <= 1
    assert "fewer than 5 women" in runner.invoke(app, asked).stdout


def test_some_origins_are_fitted_again_with_nuts_on_demand(table, kept, monkeypatch):
    def marginal(surface, graphs, seed, draws):
        return sample_marginal(surface, seed=seed, draws=draws)

    monkeypatch.setattr("estimator.calibration.placebo_nuts._sample", marginal)
    asked = ["study", "placebo", str(table), *SMALL, "--folder", str(kept), "--nuts", "1"]
    document = json.loads(runner.invoke(app, [*asked, "--json"]).stdout)
    assert {row["origin"] for row in document["nuts"]} < {2004, 2008, 2012}
    assert all(abs(row["difference"]) < 0.4 for row in document["nuts"])
    assert "The same windows with NUTS" in runner.invoke(app, asked).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--horizons", "3;4"], "are not years"),
        (["--control-ages", "55"], "not a span"),
        (["--since", "2010"], "no window is left"),
        (["--exclude", "2004:2006"], "no window is left"),
    ],
)
def test_wrong_options_are_refused(table, arguments, words):
    done = runner.invoke(app, ["study", "placebo", str(table), *SMALL, *arguments])
    assert isinstance(done.exception, DataError)
    assert words in str(done.exception)


def test_the_flag_of_rosstat_needs_a_file():
    done = runner.invoke(app, ["study", "placebo", "--rosstat"])
    assert "name the file of regions" in str(done.exception)


def test_one_name_for_two_territories_is_refused(table):
    done = runner.invoke(app, ["study", "placebo", str(table), str(table), *SMALL])
    assert "there already" in str(done.exception)


def test_known_truth_scores_a_war(table, tmp_path):
    truth = tmp_path / "truth.csv"
    rows = [f"{year},{low},0" for year in (2010, 2011) for low in (20, 25, 30)]
    truth.write_text("\n".join(["year,age_low,war_deaths", *rows]) + "\n")
    asked = ["study", "known-truth", str(table), str(truth), *AGES]
    asked += ["--baseline", "1995:2007", "--target", "2010:2011"]
    done = runner.invoke(app, [*asked, "--json"])
    assert done.exit_code == 0, done.exception
    document = json.loads(done.stdout)
    assert document["rules"]["registry-excess"]["truth"] == 0
    assert document["rules"]["registry-excess"]["error_relative"] is None
    shown = runner.invoke(app, asked)
    assert shown.exit_code == 0, shown.output
    assert "contains the truth" in shown.stdout
