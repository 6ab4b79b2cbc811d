"""Notebooks are articles with outputs; what they say is asserted here, of the names they compute."""

import io
import os
from contextlib import redirect_stdout

import pytest

from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
EXECUTED = [path for path in NOTEBOOKS if path.with_suffix(".ipynb").exists()]


def cells_of(path):
    import jupytext

    return jupytext.read(path).cells


def test_there_are_notebooks_and_most_are_executed():
    assert [path.name[:2] for path in NOTEBOOKS][:6] == ["01", "02", "03", "04", "05", "06"]
    assert {"01", "02", "04", "05"} <= {path.name[:2] for path in EXECUTED}


@pytest.mark.parametrize("path", EXECUTED, ids=lambda path: path.stem)
def test_a_notebook_is_an_article_with_its_outputs(path):
    """No test code in the prose, twelve cells of code at most, figures, and the source that was executed."""
    import nbformat

    kept = nbformat.read(path.with_suffix(".ipynb"), as_version=4).cells
    written = cells_of(path)
    assert [cell.source for cell in kept] == [cell.source for cell in written], "python run.py notebooks"
    code = [cell for cell in kept if cell.cell_type == "code"]
    assert len(code) <= 12
    for cell in code:
        assert "assert" not in cell.source
        assert "ESTIMATOR_QUICK" not in cell.source
        assert not any(one.get("name") == "stderr" or one.output_type == "error" for one in cell.outputs)
    pictures = [one for cell in code for one in cell.outputs if "image/png" in one.get("data", {})]
    assert len(pictures) >= 2
    assert kept[0].source.startswith("# ")


def run(stem, monkeypatch, **replaced):
    """Run the code of a notebook and return its names; texts of the code may be replaced."""
    import matplotlib as mpl

    mpl.use("agg")
    monkeypatch.chdir(ROOT / "notebooks")
    monkeypatch.setitem(os.environ, "OMP_NUM_THREADS", "1")
    names = {"__name__": "__notebook__"}
    (path,) = (ROOT / "notebooks").glob(f"{stem}*.py")
    for cell in cells_of(path):
        if cell.cell_type == "code":
            source = cell.source
            for old, new in replaced.items():
                source = source.replace(old, new)
            with redirect_stdout(io.StringIO()):
                exec(compile(source, path.name, "exec"), names)
    mpl.pyplot.close("all")
    return names


def test_01_says_what_the_data_say(monkeypatch):
    names = run("01", monkeypatch)
    young, older = names["ratio"].sel(age="20-24").to_series(), names["ratio"].sel(age="60-64").to_series()
    assert young[2022] > 1.3 * young[2019]
    assert abs(older[2022] / older[2019] - 1) < 0.05
    assert older[2023] > older[2022]
    assert len(names["shown"]) >= 3
    assert names["published"].set_index("id").loc["kobak-2025-total", "estimate"] == 58_500


@pytest.mark.slow
def test_02_says_what_the_scores_say(monkeypatch):
    names = run("02", monkeypatch)
    assert names["totals"].to_dict() == {2022: 20_618, 2023: 37_864}
    board = names["board"]
    ours, published = board.loc["registry-excess"], board.loc["ratio-5"]
    assert ours["coverage_95"] > 0.9
    assert 0.25 < published["coverage_95"] < 0.4
    others = board.loc[["ratio-5", "ratio-10", "structural"], "crps_ratio"]
    assert ours["crps_ratio"] < others.min()
    assert (
        names["against"].set_index("period").loc["2023", "minimum"] > names["estimate"].total().excess.mean()
    )


@pytest.mark.slow
def test_03_finds_the_truth_that_it_plots(monkeypatch):
    names = run("03", monkeypatch)
    total, truth = names["total"].iloc[0], int(names["truth"].sum())
    assert total["lower"] < truth < total["upper"]
    assert any(line.get_label() == "true number of dead" for line in names["axis"].lines)
    assert round(names["published"]["estimate"], 2) == 46_583.60


@pytest.mark.slow
def test_04_says_what_the_wars_say(monkeypatch):
    names = run("04", monkeypatch)
    total = names["total"]
    assert total["lower"] < 619_596 < total["upper"]
    assert abs(total["median"] / 619_596 - 1.018) < 0.002
    dead = names["truth"]["war_deaths"].sum()
    lower, upper = (float(names["excess"].total().interval()[bound]) for bound in ("lower", "upper"))
    assert lower < dead < upper


@pytest.mark.slow
def test_05_says_what_the_checks_say(monkeypatch):
    fits = {name: frame.iloc[0] for name, frame in run("05", monkeypatch)["fits"].items()}
    assert fits["as above"]["lower"] < 4_000 < fits["as above"]["upper"]
    peace = fits["peacetime, 2017 and 2018"]
    assert peace["lower"] < 0 < peace["upper"]
    width = fits["as above"]["upper"] - fits["as above"]["lower"]
    assert abs(fits["without control ages"]["median"] - fits["as above"]["median"]) < width / 10


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "path", [one for one in NOTEBOOKS if one not in EXECUTED], ids=lambda path: path.stem
)
def test_a_notebook_without_outputs_runs(path, monkeypatch):
    import jupytext
    from nbclient import NotebookClient

    monkeypatch.setenv("ESTIMATOR_QUICK", os.environ.get("ESTIMATOR_QUICK", "1"))
    notebook = jupytext.read(path)
    NotebookClient(
        notebook, timeout=560, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    ).execute()
