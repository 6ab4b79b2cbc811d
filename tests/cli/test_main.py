"""The command line, as a user calls it."""

import json

import pytest

from tests.command import run


@pytest.fixture(scope="module")
def russia(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "out"
    done = run("report", "vital", "--json", "--out", str(folder))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), folder


def row(document, period, age):
    (found,) = [r for r in document["estimates"] if (r["period"], r["age"]) == (period, age)]
    return found


def test_report_rows_are_bands_and_totals(russia):
    document, _ = russia
    assert len(document["estimates"]) == 8 * 3
    for period in ("2022", "2023", "2022-2023"):
        total = row(document, period, "15-49")
        bands = [r for r in document["estimates"] if r["period"] == period and r["age"] != "15-49"]
        assert sum(b["mean"] for b in bands) == pytest.approx(total["mean"])
        assert sum(b["observed"] for b in bands) == total["observed"]
        assert total["lower"] < total["median"] < total["upper"]
        assert total["level"] == 0.95


def test_report_sets_the_excess_against_the_list(russia):
    """Names by year of death, registry2026_weekly_estimate, column named, summed by year of week."""
    document, _ = russia
    names = [row(document, period, "15-49")["minimum"] for period in ("2022", "2023", "2022-2023")]
    assert names == [20934, 49678, 70612]
    assert row(document, "2022", "15-49")["minimum_vintage"] == "2026-05-22"
    assert row(document, "2022", "15-49")["vintage"] == "2025-03-25"
    assert (document["vintage"], document["minimum_vintage"]) == ("2025-03-25", "2026-05-22")
    assert 0 <= row(document, "2022", "15-49")["probability_above_minimum"] <= 1
    assert row(document, "2022", "20-24")["minimum"] is None


def test_report_diagnostics(russia):
    found = russia[0]["diagnostics"]
    assert found["engine"] == "marginal"
    assert found["pareto_k"] < 0.7
    assert found["min_ess_bulk"] >= 400
    assert found["max_rhat"] is None
    assert found["divergences"] is None


def test_report_writes_what_it_prints(russia):
    import pandas as pd

    import estimator as est

    document, folder = russia
    written = json.loads((folder / "estimates.json").read_text())
    assert written == document
    assert {"ages", "kind"} <= set(written["provenance"]["published"][0])
    table = pd.read_csv(folder / "estimates.csv")
    assert table["median"].tolist() == [r["median"] for r in document["estimates"]]
    loaded = est.Estimate.load(folder / "posterior.nc")
    total = row(document, "2022-2023", "15-49")
    assert float(loaded.total().excess.median()) == total["median"]


def test_recorded_estimate_has_not_moved(russia):
    """A change beyond Monte Carlo error means the method changed: say so in the CHANGELOG."""
    recorded = {"2022": (RECORDED_2022, 5400), "2023": (RECORDED_2023, 6700)}
    for period, (value, sd) in recorded.items():
        now = row(russia[0], period, "15-49")
        moved = now["mean"] - value
        assert abs(moved) < 5 * sd / 400**0.5, f"excess of {period} moved by {moved:,.0f} from {value:,}"
        assert now["sd"] == pytest.approx(sd, rel=0.15), f"its sd is {now['sd']:,.0f}, was {sd:,}"


RECORDED_2022, RECORDED_2023 = 16_500, 31_200


def test_replicate_json():
    found = json.loads(run("replicate", "--json").stdout)
    assert found["ratio2025"]["cells"] == 216
    assert found["ratio2025"]["mismatches"] == 0


def test_compare_lists_publications():
    done = run("compare", "--figures", "--json", "--quantity", "registry")
    assert done.returncode == 0
    assert any(f["id"] == "rnd-2023-07-total" for f in json.loads(done.stdout))


def test_own_counts_from_a_file(tmp_path):
    from tests.simulated import simulate_counts

    frame = simulate_counts(seed=1).to_frame().rename(columns={"count": "deaths"})
    frame.to_csv(tmp_path / "mine.csv", index=False)
    done = run(
        "report",
        "vital",
        "--counts",
        "mine.csv",
        "--baseline",
        "1995:2006",
        "--target",
        "2010,2011",
        "--ages",
        "20:39",
        "--control-ages",
        "55:64",
        "--json",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert row(document, "2010-2011", "20-39")["minimum"] is None
    assert done.stdout.lstrip().startswith("{")
