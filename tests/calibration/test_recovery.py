from functools import partial

import numpy as np
import pytest

from estimator.calibration import recovery
from estimator.calibration.recovery import QUANTILES, recovery_table
from estimator.calibration.recovery_scores import recovery_scores
from estimator.cli.calibration import read_records
from estimator.inference import registry_engine
from estimator.report.console.studies import recovery_tables

AGES = [f"{age}-{age + 4}" for age in range(15, 50, 5)]


def fit(truth, centre, *, cut=None, spread=0.1, alarms=()):
    """Return a fit whose quantities have normal posteriors on the log scale."""
    from scipy.stats import norm

    def quantity(kind, label, actual, middle):
        quantiles = [float(middle * np.exp(spread * norm.ppf(q))) for q in QUANTILES]
        return {
            "kind": kind, "label": label, "truth": actual, "quantiles": quantiles, "rank": 0.5,
            "naive": actual / 2 if kind != "age" else None,
        }  # fmt: skip

    months = [f"2022-{month:02d}-01" for month in range(3, 9)]
    return {
        "cut": cut, "outages": [],
        "diagnostics": {"converged": True},
        "checks": [{"part": part, "alarm": True} for part in alarms],
        "quantities": [
            quantity("total", "all", truth, centre), quantity("age", "20-24", truth, centre),
            *(quantity("period", month, truth / 6, centre / 6) for month in months),
        ],
    }  # fmt: skip


def registry(seed, truth, centre, faults=(), rules=None, **more):
    return {
        "seed": seed, "faults": list(faults), "rules": rules or {},
        "fits": [fit(truth, centre, **more)],
    }  # fmt: skip


def test_an_interval_that_holds_the_truth_counts_and_another_does_not():
    table = recovery_table([registry(1, 100.0, 103.0), registry(2, 100.0, 200.0)])
    totals = table[table["kind"] == "total"]
    assert totals["covered"].tolist() == [True, False]
    assert totals["error"].tolist() == pytest.approx(np.log([1.03, 2.0]))


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
def test_levels_are_those_of_the_quantiles(level):
    table = recovery_table([registry(1, 100.0, 100.0)], level=level)
    from scipy.stats import norm

    width = np.log(table["upper"] / table["lower"])
    np.testing.assert_allclose(width, 0.2 * norm.ppf(0.5 + level / 2), rtol=1e-6)


def test_scores_tell_faults_apart_and_say_what_was_said():
    results = [registry(seed, 100.0, 100.0 + seed) for seed in range(8)]
    results += [registry(9, 100.0, 300.0, ("outage",), {"duplicate": 4}, alarms=("delays of civilians",))]
    scores = recovery_scores(results)
    clean, broken = scores["coverage"]["without faults"], scores["coverage"]["outage"]
    assert clean["total"]["covered"] == clean["total"]["of"] == 8
    assert broken["total"]["covered"] == 0
    assert scores["coverage"]["all"]["period"]["of"] == 54
    assert scores["bias"]["without faults"]["mean_log_error"] == pytest.approx(
        np.log1p(np.arange(8) / 100).mean()
    )
    told = scores["faults"][0]
    assert told["rules"] == {"duplicate": 4}
    assert told["alarms"] == ["delays of civilians"]
    assert scores["fits"] == {"all": 9, "converged": 9}
    titles = [str(table.title) for table in recovery_tables(scores)]
    assert titles == [
        "90% intervals that contain the truth", "Each age and each period", "Faults, and what noticed them"
    ]  # fmt: skip


def test_cuts_are_scored_by_the_total_and_their_last_two_months():
    one = registry(1, 100.0, 110.0, cut="2022-09-01")
    one["fits"].append(fit(100.0, 300.0, cut="2022-12-01"))
    two = registry(2, 100.0, 110.0, cut="2022-09-01")
    first, second = recovery_scores([one, two])["nowcast"]
    assert (first["cut"], first["of_war"], second["cut"]) == ("2022-09-01", 6, "2022-12-01")
    assert (first["total"]["covered"], first["total"]["of"]) == (2, 2)
    assert (first["recent"]["covered"], first["recent"]["of"]) == (4, 4)
    assert first["recent"]["median_log_error"] == pytest.approx(np.log(1.1))
    assert first["recent"]["naive_median_log_error"] == pytest.approx(np.log(0.5))
    assert (second["total"]["covered"], second["recent"]["covered"], second["recent"]["of"]) == (0, 0, 2)
    assert len(recovery_tables(recovery_scores([one, two]))) == 3


def test_an_age_that_is_always_missed_is_seen_among_others_that_are_not():
    results = [registry(seed, 100.0, 100.0) for seed in range(5)]
    for result in results:
        (age,) = (one for one in result["fits"][0]["quantities"] if one["kind"] == "age")
        age["truth"] = 10.0
    cells = {one["label"]: one for one in recovery_scores(results)["cells"]}
    assert (cells["20-24"]["covered"], cells["20-24"]["of"], cells["20-24"]["below"]) == (0, 5, 5)
    assert cells["20-24"]["mean_log_error"] == pytest.approx(np.log(10))
    assert (cells["2022-03-01"]["covered"], cells["2022-03-01"]["above"]) == (5, 0)


def test_single_ages_and_periods_are_those_of_the_last_cut():
    one = registry(1, 100.0, 100.0, cut="2022-09-01")
    one["fits"].append(fit(100.0, 300.0, cut="2022-12-01"))
    assert {cell["of"] for cell in recovery_scores([one])["cells"]} == {1}
    assert {cell["covered"] for cell in recovery_scores([one])["cells"]} == {0}


def test_a_replay_is_compared_with_the_dead_of_its_own_months(monkeypatch):
    """A small country cut at two days; a few draws, which need not have converged."""
    monkeypatch.setattr(recovery, "simulate_registry", partial(recovery.simulate_registry, scale=0.02))
    monkeypatch.setattr(registry_engine, "ROUNDS", 1)
    monkeypatch.setattr(registry_engine, "WARM", (3, 5, 3))
    cuts = ("2022-08-31", "2022-12-31")
    results = [recovery.recover(1, read=read_records, cuts=cuts, draws=64)]
    table = recovery.recovery_table(results)
    war = recovery.simulate_registry(seed=1).war_dead("month").sel(age=AGES)
    for cut, part in table.groupby("cut"):
        months = part[part["kind"] == "period"]
        dead = war.sel(period=slice(None, cut)).sum("age")
        assert months["truth"].tolist() == dead.values.tolist()
        assert part.loc[part["kind"] == "total", "truth"].item() == dead.sum()
    scored = recovery_scores(results)["nowcast"]
    assert [one["of_war"] for one in scored] == [7, 11]


def test_an_outage_that_is_suggested_is_given_to_the_model(monkeypatch):
    monkeypatch.setattr(recovery, "simulate_registry", partial(recovery.simulate_registry, scale=0.02))
    monkeypatch.setattr(registry_engine, "ROUNDS", 1)
    monkeypatch.setattr(registry_engine, "WARM", (3, 5, 3))
    found = recovery.recover(1, read=read_records, faults=("outage",), draws=64)
    ((outage,),) = (fit["outages"] for fit in found["fits"])
    assert outage[0] == "2022-09-01"
    assert "2022-12-31" <= outage[1] <= "2023-03-31"
    (delays,) = (one for one in found["fits"][0]["checks"] if one["part"] == "delays of civilians")
    assert (delays["alarm"], delays["remedy"]) == (False, "")
    assert recovery_scores([found])["faults"][0]["outages"] == [outage]


@pytest.mark.slow
def test_a_simulated_registry_is_recovered_from_its_records():
    found = recovery.recover(2, read=read_records)
    total = found["fits"][0]["quantities"][0]
    assert total["quantiles"][0] < total["truth"] < total["quantiles"][-1]
    assert abs(np.log(total["quantiles"][4] / total["truth"])) < 0.25
    sexes = next(c for c in found["fits"][0]["checks"] if c["part"] == "sex ratio in peace")
    assert not sexes["alarm"]
