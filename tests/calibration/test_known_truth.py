"""Known truth: simulated, refused, and England & Wales 1914-18."""

import json

import numpy as np
import pandas as pd
import pytest

import estimator as est
from estimator.calibration.known_truth import known_truth
from estimator.data.counts import Counts
from tests.simulated import simulate_counts

AGES = ("20-24", "25-29", "30-34")
YEARS = (2009, 2010, 2011)


@pytest.fixture(scope="module")
def war():
    """Counts with a war of known size added, the model that asks for it, and the truth."""
    data = simulate_counts(seed=3, women=3000.0).data.copy(deep=True)
    rows = []
    for i, age in enumerate(AGES):
        for j, year in enumerate(YEARS):
            dead = 3000.0 * (i + 1) * (j + 1)
            data["count"].loc[{"sex": "male", "age": age, "period": year}] += dead
            rows.append((year, "male", 20 + 5 * i, 24 + 5 * i, dead))
    truth = pd.DataFrame(rows, columns=["year", "sex", "age_low", "age_high", "war_deaths"])
    periods = est.Periods((1995, 2006), (2009, 2011), masked=(2007, 2008))
    return est.VitalModel(Counts(data), periods, ages=(20, 34), control_ages=(55, 64)), truth


@pytest.fixture(scope="module")
def result(war):
    return known_truth(*war, seed=1)


def test_a_simulated_war_is_found(result):
    ours = result.summary().loc["registry-excess"]
    assert ours["truth"] == 3000 * 6 * 6
    assert ours["covered"]
    assert abs(ours["error_relative"]) < 0.2
    assert ours["cells"] == 9
    assert ours["coverage_95"] >= 7 / 9
    assert "ratio-5" in result.summary().index


def test_margins_are_sums(result):
    for _, part in result.cells.groupby("rule"):
        table = part.pivot(index="age", columns="year", values="mean")
        np.testing.assert_allclose(table.loc[list(AGES)].sum(), table.loc["total"])
        np.testing.assert_allclose(table[list(YEARS)].sum(axis=1), table["total"])
    ours = result.cells[result.cells["rule"] == "registry-excess"].set_index(["age", "year"])
    whole = ours.loc[("total", "total")]
    assert whole["mean"] == pytest.approx(float(result.estimate.total().excess.mean()))


def test_document_is_json(result):
    document = json.loads(result.to_json())
    assert set(document["rules"]["registry-excess"]) >= {"truth", "estimate", "lower", "covered"}
    assert len(document["cells"]) == 16 * len(document["rules"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(index=4), "no male war deaths for ages 25-29 in 2010"),
        (lambda t: pd.concat([t, t.iloc[:1]], ignore_index=True), "twice"),
        (lambda t: t.assign(age_low=t["age_low"].replace(25, 26)), "same age bands"),
        (lambda t: t.assign(age_high=t["age_high"].replace(29, 34)), "same age bands"),
        (lambda t: t.drop(columns="war_deaths"), "truth is missing"),
        (lambda t: t.assign(sex="female"), "no male war deaths"),
    ],
)
def test_a_truth_that_does_not_fit_is_refused(war, change, message):
    model, truth = war
    with pytest.raises(est.DataError, match=message):
        known_truth(model, change(truth), seed=1)


@pytest.mark.external
def test_england_and_wales_1914_to_1918(external_data):
    folder = external_data / "england_wales_ww1"
    model = est.VitalModel(
        est.read_counts(folder / "deaths_total.csv"), est.Periods((1895, 1913), (1914, 1918))
    )
    summary = known_truth(model, folder / "truth_total_minus_civilian.csv", seed=1).summary()
    ours, published = summary.loc["registry-excess"], summary.loc["ratio-5"]
    assert ours["truth"] == pytest.approx(619_596, abs=1)
    assert abs(ours["error_relative"]) < 0.03
    assert ours["crps"] < published["crps"]
    assert ours["cell_crps"] < published["cell_crps"]
