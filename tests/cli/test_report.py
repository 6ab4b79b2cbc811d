"""`estimator report vital --out`, as a user calls it."""

import hashlib
import json
import subprocess
import sys

import pandas as pd
import pytest

from tests.command import run
from tests.report.pages import Page
from tests.simulated import simulate_counts

WINDOWS = (
    "--baseline", "1995:2006", "--target", "2010,2011", "--ages", "20:39", "--control-ages", "55:64",
)  # fmt: skip


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A user's regional table without populations, in a folder of his, and a list of his."""
    home = tmp_path_factory.mktemp("own")
    (home / "my tables").mkdir()
    parts = [
        simulate_counts(seed=seed).to_frame().rename(columns={"count": "deaths"}).assign(region=name)
        for seed, name in ((1, "<script>alert(1)</script>"), (2, "South & North"))
    ]
    pd.concat(parts).to_csv(home / "my tables" / "mine.csv", index=False)
    weeks = pd.date_range("2010-01-04", "2011-12-26", freq="7D")
    pd.DataFrame({"date": weeks, "count": 3}).to_csv(home / "list.csv", index=False)
    done = run(
        "report", "vital", "--counts", "my tables/mine.csv", "--counts-vintage", "2013-06-01", *WINDOWS,
        "--minimum", "list.csv", "--minimum-vintage", "2012-01-05", "--level", "0.9",
        "--out", "out/here", cwd=home,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return home, done.stdout


def test_everything_is_written_and_named(own):
    home, printed = own
    files = {
        str(file.relative_to(home / "out/here")) for file in (home / "out/here").rglob("*") if file.is_file()
    }
    pictures = {"total", "by_age"}  # a running total of years shows nothing that their sum does not
    assert files == {"report.html", "estimates.csv", "estimates.json", "posterior.nc"} | {
        f"figures/{name}.{ending}" for name in pictures for ending in ("svg", "png")
    }
    assert printed.count("wrote ") == len(files)


def test_page_agrees_with_the_json_beside_it(own):
    home, _ = own
    page = Page((home / "out/here/report.html").read_text())
    document = json.loads((home / "out/here/estimates.json").read_text())
    known = {(row["period"], row["age"]): row for row in document["estimates"]}
    shown = [one for one in page.all("data") if "data-field" in one]
    assert {one["data-field"] for one in shown} >= {"median", "lower", "upper", "minimum"}
    for one in shown:
        assert known[one["data-period"], one["data-age"]][one["data-field"]] == float(one["value"])
    regions = [one["text"] for one in page.all("th")]
    assert "<script>alert(1)</script>" in regions
    assert page.fetched == []
    assert not page.all("script")
    assert "90% equal-tailed credible interval" in page.text


def test_the_page_names_the_files_by_their_checksums_and_the_command(own):
    home, _ = own
    text = Page((home / "out/here/report.html").read_text()).text
    for file in ("my tables/mine.csv", "list.csv"):
        digest = hashlib.sha256((home / file).read_bytes()).hexdigest()
        assert f"SHA-256 of {file.split('/')[-1]} {digest}" in text
    assert (
        "estimator report vital --counts mine.csv --counts-vintage 2013-06-01 --baseline 1995:2006 "
        "--target 2010,2011 --ages 20:39 --control-ages 55:64 --minimum list.csv "
        "--minimum-vintage 2012-01-05 --level 0.9"
    ) in text
    assert "my tables" not in text
    assert "--seed 1" in text
    assert "mine: excess male deaths" in text
    provenance = json.loads((home / "out/here/estimates.json").read_text())["provenance"]
    assert provenance["command"].startswith("estimator report vital --counts mine.csv")
    assert set(provenance["files"]) == {"mine.csv", "list.csv"}
    assert provenance["minimum"]["vintage"] == "2012-01-05"
    assert "--out" not in text


def test_both_vintages_are_told_wherever_the_estimate_is(own):
    home, printed = own
    apart = "as known on 2013-06-01, 513 days after the list"
    assert apart in " ".join(printed.split())
    assert "vintage 2012-01-05" in " ".join(printed.split())
    text = Page((home / "out/here/report.html").read_text()).text
    assert "2013-06-01" in text
    assert "513 days after the list" in text
    assert "2012-01-05" in text
    document = json.loads((home / "out/here/estimates.json").read_text())
    assert (document["vintage"], document["minimum_vintage"]) == ("2013-06-01", "2012-01-05")
    assert {row["vintage"] for row in document["estimates"]} == {"2013-06-01"}
    table = pd.read_csv(home / "out/here/estimates.csv")
    assert set(table["vintage"]) == {"2013-06-01"}


def test_the_bundled_tables_are_named_by_those_of_the_manifest(tmp_path):
    from estimator.data.bundled import manifest

    asked = ["--target", "2022", "--subtract-hiv", "--draws", "1000"]
    done = run("report", "vital", *asked, "--out", str(tmp_path), "--quiet")
    assert done.returncode == 0, done.stderr
    page = Page((tmp_path / "report.html").read_text())
    table = manifest()
    for name in (
        "rosstat_deaths_russia", "rosstat_hiv_deaths_russia", "registry2026_weekly_estimate",
    ):  # fmt: skip
        assert table.loc[name, "sha256"] in page.text
    assert page.text.count("estimator report vital --target 2022 --subtract-hiv --draws 1000 --seed 1") == 1
    assert "Kobak et al., Demography" in page.text


def test_an_empty_folder_name_is_refused(tmp_path):
    done = run("report", "vital", "--out", "", cwd=tmp_path)
    assert done.returncode == 2
    assert "--out is empty" in " ".join(done.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_nothing_is_drawn():
    code = (
        "import sys; from estimator.cli.main import app; "
        "app(['report', 'vital', '--json', '--draws', '1000'], standalone_mode=False); "
        "loaded = {'matplotlib', 'estimator.report.pages.html', 'pymc'} & set(sys.modules); "
        "sys.stderr.write(str(sorted(loaded)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]"


def test_figures_of_other_ages_are_not_set_beside_ours():
    done = run("report", "vital", "--ages", "20:29", "--draws", "1000", "--quiet")
    assert done.returncode == 0, done.stderr
    assert "Kobak" not in done.stdout
    assert "documented" in done.stdout
