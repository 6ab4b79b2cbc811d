"""`estimator report regions` and `estimator report composition` on a user's files."""

import json

import pandas as pd
import pytest

from tests import command
from tests.models.test_composition import simulate
from tests.simulated_regions import simulate_regions

PERIODS = ["--baseline", "1998:2011", "--masked", "2012,2013", "--target", "2014,2015"]
AGES = ["--ages", "20:49", "--control-ages", "55:64"]


def run(*arguments, code=0):
    done = command.run(*arguments)
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    folder = tmp_path_factory.mktemp("country")
    frame = simulate_regions(seed=8, number=5)
    frame.to_csv(folder / "deaths.csv", index=False)
    regions = sorted(frame["region"].unique())
    pd.DataFrame({"region": regions, "men": 50_000}).to_csv(folder / "men.csv", index=False)
    names = pd.DataFrame({"region": regions, "names": 40, "vintage": "2015-12-30"})
    names.to_csv(folder / "names.csv", index=False)
    return folder


def test_regions_of_any_country(country, tmp_path):
    given = ["--counts", str(country / "deaths.csv"), *PERIODS, *AGES, "--draws", "600"]
    men, names = (["--" + name, str(country / f"{name}.csv")] for name in ("men", "names"))
    out = tmp_path / "out"
    document = json.loads(run("report", "regions", *given, *men, *names, "--json", "--out", str(out)).stdout)
    assert len(document["regions"]) == 5
    assert {"per_10k", "rank_lower", "share"} <= set(document["regions"][0])
    assert len(document["names"]) == 5
    assert "published_2022" not in document
    assert (out / "report.html").exists()
    assert (out / "figures" / "ranked.svg").exists()
    assert not (out / "figures" / "tiles.svg").exists()
    assert set(document["files"]) == {"deaths.csv", "men.csv", "names.csv"}
    shown = run("report", "regions", *given).stdout
    assert "5 regions" in " ".join(shown.split())
    assert "per 10,000 men" not in shown


def test_wrong_options_are_one_line(country):
    table = str(country / "deaths.csv")
    for given, message in (
        (["--counts", table], "say --baseline and --target"),
        (["--men", str(country / "men.csv")], "--men is of regions of yours"),
        (["--counts-vintage", "2020-01-01"], "Add --counts FILE"),
    ):
        told = run("report", "regions", *given, code=2)
        assert message in told.stderr
    told = run("report", "composition", "--missing-odds", "volunteers", code=2)
    assert "write role=number" in told.stderr


def test_roles_of_a_users_list(tmp_path):
    listed, _ = simulate(1)
    table = listed.names.assign(nd=listed.unknown).rename_axis("week_start").reset_index()
    table = table.melt("week_start", var_name="role", value_name="n")
    file = tmp_path / "roles.csv"
    table.assign(week_start=table["week_start"].dt.strftime("%Y-%m-%d")).to_csv(file, index=False)
    out = tmp_path / "out"
    told = run("report", "composition", "--names", str(file), "--draws", "4000", "--json", "--out", str(out))
    document = json.loads(told.stdout)
    assert [row["role"] for row in document["largest"]][-1] == "prisoners"
    assert document["without_role"] == int(listed.without.sum())
    assert "dead" not in document
    assert (out / "figures" / "shares.svg").exists()
