"""`estimator compare` and `estimator fetch`, as a user calls them."""

import json
from xml.etree import ElementTree

from tests.test_cli import run


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
