import numpy as np
import pandas as pd
import pytest

from estimator.calibration.sbc.ranks import LEVELS, Calibration, calibrate, rank_of
from estimator.calibration.sbc.vital import vital_replicate
from estimator.errors import DataError
from estimator.report.plots.ranks import plot_ranks


def ranks_of(posterior_sd, number=1000, seed=1):
    """Rank normal truths among draws whose sd is right or wrong."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(number):
        data = rng.normal()
        truth = data + rng.normal()
        found.append(rank_of(truth, data + posterior_sd * rng.normal(size=LEVELS + 1), rng))
    return found


def test_right_posteriors_pass_and_narrow_or_wide_ones_do_not():
    ranks = {"right": ranks_of(1.0), "narrow": ranks_of(0.7), "wide": ranks_of(1.5)}
    table = Calibration(pd.DataFrame(ranks)).uniformity().set_index("quantity")
    assert table["rejected"].to_dict() == {"right": False, "narrow": True, "wide": True}
    assert table.loc["narrow", "sd"] > 1.1 > 0.9 > table.loc["wide", "sd"]
    assert table.loc["right", ["mean", "sd"]].astype(float).tolist() == pytest.approx([1, 1], abs=0.06)


def test_holm_never_makes_a_probability_smaller_nor_changes_their_order():
    rng = np.random.default_rng(2)
    ranks = pd.DataFrame(rng.integers(0, LEVELS + 1, (400, 6)), columns=list("abcdef"))
    table = Calibration(ranks).uniformity().sort_values("probability")
    assert (table["corrected"] >= table["probability"]).all()
    assert table["corrected"].is_monotonic_increasing
    assert table["corrected"].max() <= 1


def test_ties_are_broken_at_random():
    rng = np.random.default_rng(3)
    ranks = [rank_of(0.0, np.zeros(LEVELS), rng) for _ in range(300)]
    assert min(ranks) < 10 < 90 < max(ranks)


def test_too_few_replicates_are_refused():
    with pytest.raises(DataError, match="99 replicates are too few"):
        calibrate(vital_replicate, replicates=99, seed=1, label="x")


def test_a_replicate_repeats_itself_and_ranks_what_it_says():
    one = vital_replicate(5)
    assert one == vital_replicate(5)
    assert one["converged"]
    assert len(one["ranks"]) == 12
    assert "counterfactual, all" in one["ranks"]
    assert all(0 <= rank <= LEVELS for rank in one["ranks"].values())


def test_ranks_are_drawn_one_panel_a_quantity():
    ranks = pd.DataFrame({"a": ranks_of(1.0, 200), "b": ranks_of(1.0, 200, 2)})
    shown = plot_ranks(ranks)
    assert [axis.get_title(loc="left") for axis in shown] == ["a", "b"]
    assert sum(patch.get_height() for patch in shown[0].patches if 1 < patch.get_width() < 10) == 200


@pytest.mark.slow
def test_the_vital_model_is_calibrated():
    found = calibrate(vital_replicate, replicates=100, seed=7, label="test")
    assert not found.uniformity()["rejected"].any()
    assert found.unconverged == 0
