"""Notebooks are articles with outputs; what they say is asserted here, of the names they compute."""

import io
import json
import os
import re
from contextlib import redirect_stdout

import pytest

import estimator as est
from tests.conftest import ROOT
from tests.docs.conftest import PLACEBO

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
EXECUTED = [path for path in NOTEBOOKS if path.with_suffix(".ipynb").exists()]


def cells_of(path):
    import jupytext

    return jupytext.read(path).cells


def test_all_notebooks_are_executed():
    assert [path.name[:2] for path in EXECUTED] == ["01", "02", "03", "04", "05", "06", "07"]
    assert EXECUTED == NOTEBOOKS


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
            for old in [old for old in replaced if old in source]:
                source = source.replace(old, replaced.pop(old))
            with redirect_stdout(io.StringIO()):
                exec(compile(source, path.name, "exec"), names)
    mpl.pyplot.close("all")
    assert not replaced, "the notebook has no such code"
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
def test_02_says_what_the_scores_say(monkeypatch, russias_placebo):
    def known(**asked):
        assert asked == PLACEBO
        return russias_placebo

    monkeypatch.setattr(est, "placebo", known)
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


def shown(stem):
    """Return what an executed notebook shows: the plain text of each output, joined, and its prose."""
    import nbformat

    (path,) = (ROOT / "notebooks").glob(f"{stem}*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    outputs = [one.get("data", {}).get("text/plain", "") for c in cells for one in c.get("outputs", [])]
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return "\n".join(outputs), " ".join(prose.split())


def test_06_shows_the_answer_of_the_readme_and_ends_in_a_conclusion():
    """Within a quarter of a standard deviation; else `python run.py notebooks 06`."""
    outputs, prose = shown("06")
    kept = json.loads((ROOT / "docs" / "figures" / "answer.json").read_text(encoding="utf-8"))
    total, completeness = kept["total"], kept["completeness"]["median"]
    (printed,) = re.findall(
        r"median: ([\d,]+) \(95% equal-tailed interval ([\d,]+) to ([\d,]+)\)\n  by: period", outputs
    )
    sd = (total["upper"] - total["lower"]) / 4
    for name, text in zip(("median", "lower", "upper"), printed):
        assert abs(float(text.replace(",", "")) - total[name]) < 0.25 * sd, name
    assert str(kept["minimum"]) in outputs
    conclusion = prose.partition("## Conclusion")[2]
    assert "twice as many" in conclusion
    assert 0.4 < completeness < 0.6
    assert kept["minimum"] < total["lower"], "the whole interval lies above the documented minimum"


def test_07_shows_regions_and_roles_and_ends_in_a_conclusion():
    outputs, prose = shown("07")
    first, last = outputs.index("Tuva"), outputs.index("Kamchatka")
    assert first < outputs.index("Buryatia") < last
    assert "2022-10-01 2023-05-01" in outputs
    assert "2023-08-01 2025-12-01" in outputs
    conclusion = prose.partition("## Conclusion")[2]
    assert "autumn 2022 to spring 2023" in conclusion
    assert "since August 2023" in conclusion


@pytest.mark.slow
def test_06_says_what_the_answer_says(monkeypatch):
    names = run("06", monkeypatch)
    document, earlier = names["document"], names["earlier"]
    assert names["shares"].idxmax() == "published estimates of the registry"
    assert names["shares"].max() < 0.5
    assert document["minimum"] < document["total"]["lower"]
    (rest,) = [row["without"] for row in document["contributions"] if row["source"] == "publications"]
    assert rest["upper"] - rest["lower"] > document["total"]["upper"] - document["total"]["lower"]
    assert (earlier["lower"] < earlier["estimated now"]).all()
    assert (earlier["estimated now"] < earlier["upper"]).all()


@pytest.mark.slow
def test_07_says_what_regions_and_roles_say(monkeypatch):
    """With half of the draws of the regions: the notebook's own are in its outputs."""
    fewer = {"fit(model, seed=1)": "fit(model, seed=1, draws=1000)"}
    names = run("07", monkeypatch, **fewer)
    table, cities = names["table"], names["table"].loc[["Moscow", "St Petersburg"]]
    assert len(names["model"].counts.regions) == 85
    assert {"Tuva", "Buryatia", "Altai Republic"} <= set(table.index[:8])
    assert (cities["rank_lower"] > 40).all()
    assert (cities["per_10k_upper"] < table.loc["Tuva", "per_10k_lower"]).all()
    poverty = names["alone"].xs("poverty", level="covariate")
    assert (poverty["slope"] > 0).all()
    assert (poverty["probability_positive"] > 0.95).all()
    assert poverty["correlation_with_poverty"].between(0.15, 0.6).all()
    assert 0.3 < names["np"].median(names["slope"]) < 2
    spells = names["spells"].set_index("role")
    prisoners, volunteers = spells.loc["prisoners"], spells.loc[["volunteers"]].iloc[-1]
    assert (str(prisoners["first"])[:7], str(prisoners["last"])[:7]) == ("2022-10", "2023-05")
    assert str(volunteers["first"])[:7] == "2023-08"
    chance = est.largest_role(names["shares"], "volunteers").to_series()
    assert (chance["2024"] > 0.99).all()
    assert names["officers"]["officers"].iloc[-1] == 6100
    assert names["officers"]["share"].is_monotonic_decreasing
