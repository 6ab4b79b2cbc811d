"""`estimator compare` and `estimator fetch`, as a user calls them."""

import json
from xml.etree import ElementTree

from tests.command import run


def test_compare_json_and_plot(tmp_path):
    done = run("compare", "--json", "--plot", "forest.svg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    (ours,) = [r for r in rows if r["ours"] and (r["period"], r["ages"]) == ("2022-2023", "15-49")]
    assert ours["group"] == "same period and population"
    assert ours["lower"] < ours["estimate"] < ours["upper"]
    assert {row["kind"] for row in rows} == {"minimum", "estimate", "claim", "count"}
    unpublished = next(row for row in rows if row["id"] == "rnd-2023-07-2022")
    assert unpublished["lower"] is None
    root = ElementTree.parse(tmp_path / "forest.svg").getroot()
    assert root.tag.endswith("svg")


def test_compare_refuses_a_plot_without_an_ending(tmp_path):
    done = run("compare", "--plot", "forest", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "error: --plot: forest has no ending of a picture. Write forest.svg.\n"
    assert list(tmp_path.iterdir()) == []


def test_fetch_lists_what_there_is(tmp_path):
    done = run("fetch", "--json", cwd=tmp_path)
    assert done.returncode == 0
    files = {file["name"]: file for file in json.loads(done.stdout)}
    assert files["rosstat-regions"]["sha256"]
    assert files["hmd-deaths"]["address"] is None
    assert "rosstat-regions" in run("fetch").stdout


def test_fetch_without_the_internet_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("ESTIMATOR_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    done = run("fetch", "patronymics", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "By hand: download https://raw.githubusercontent.com/" in done.stderr
    assert str(tmp_path / "data" / "patronymic_sex.csv") in done.stderr
