"""Nothing of the user's is overwritten without --force, and the refusal comes before the work."""

import json

import pytest

from estimator.errors import DataError
from estimator.report.pages.write import foreign_files
from estimator.report.report import Report
from tests.command import run
from tests.report.conftest import annual_estimate


@pytest.fixture
def mine(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "estimates.csv").write_text("my own")
    return folder


def test_a_report_does_not_replace_a_foreign_file(mine):
    code, out, err = run("report", "vital", "--out", mine)
    assert (code, out) == (2, "")
    assert "--out: mine has estimates.csv, and no report of this program wrote it." in err
    assert "--force" in err
    with pytest.raises(DataError, match=r"mine: estimates\.csv is there already.*force=True"):
        Report(annual_estimate()).write(mine)
    assert (mine / "estimates.csv").read_text() == "my own"
    assert [one.name for one in mine.iterdir()] == ["estimates.csv"]


def test_with_force_it_does_and_a_report_replaces_its_own(mine):
    Report(annual_estimate()).write(mine, force=True)
    assert foreign_files(mine) == []
    (mine / "notes.txt").write_text("kept")
    Report(annual_estimate().by("period")).write(mine)
    assert (mine / "notes.txt").read_text() == "kept"
    assert not (mine / "figures" / "by_age.svg").exists()  # of the report before


def test_a_picture_of_ours_is_replaced_and_another_is_not(tmp_path):
    from matplotlib import pyplot as plt

    from estimator.report.plots.style import save_plot

    foreign = tmp_path / "forest.svg"
    foreign.write_text("<svg/>")
    code, _, err = run("compare", "--plot", foreign)
    assert (code, foreign.read_text()) == (2, "<svg/>")
    assert "forest.svg is there already. Choose another name, or add --force." in err
    for kind in ("svg", "png", "pdf"):
        own = tmp_path / f"own.{kind}"
        save_plot(plt.subplots()[1], own)
        code, _, err = run("compare", "--plot", own, "--all", "--figures")
        assert "is there already" not in err


def test_ingest_keeps_a_foreign_parquet(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"PAR1 not ours PAR1")
    (tmp_path / "extract.csv").write_text("a,b\n1,2\n")
    code, _, err = run(
        "ingest", tmp_path / "extract.csv", "--extracted-on", "2023-06-23",
        "--out", tmp_path / "t.parquet",
    )  # fmt: skip
    assert code == 2
    assert "t.parquet is there already" in err


def test_simulated_files_are_not_mixed_with_others(tmp_path):
    code, out, _ = run("simulate", tmp_path / "made", "--scale", "0.01", "--json")
    assert code == 0
    assert json.loads(out)["seed"] == 1
    (tmp_path / "made" / "truth.csv").write_text("mine")
    code, _, err = run("simulate", tmp_path / "made", "--scale", "0.01", "--json")
    assert code == 2
    assert "made has registry.parquet already" in err
    assert (tmp_path / "made" / "truth.csv").read_text() == "mine"


def test_options_are_grouped(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = run("-h")[1]
    places = [text.index(f"─ {panel} ─") for panel in ("Estimate", "Data", "Check")]
    assert places == sorted(places)
    assert text.index(" report ") < text.index(" nowcast ")
    text = run("report", "vital", "-h")[1]
    assert all(f"─ {panel} ─" in text for panel in ("Data", "Periods and ages", "Computation", "Output"))
