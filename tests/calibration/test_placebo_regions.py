"""The placebo of regions: windows of regions and sums, with and without pooling."""

import pytest

from estimator.calibration.placebo_regions import ALONE, NATION, TOGETHER, placebo_regions
from estimator.calibration.placebo_window import OURS
from estimator.errors import DataError
from tests.simulated_regions import counts_of, simulate_regions

SETTINGS = {"seed": 1, "since": 1998, "ages": (20, 34), "control_ages": (55, 64), "draws": 200,
            "minimum_ess": 50}  # fmt: skip


@pytest.fixture(scope="module")
def country():
    return counts_of(simulate_regions(seed=9, number=3))


def test_regions_and_their_sum_are_scored_in_the_same_windows(country):
    result = placebo_regions(country, minimum_baseline=13, every=2, **SETTINGS)
    # one origin, 2010, of two horizons; the next, 2012, reaches 2015 with one
    assert set(result.windows["origin"]) == {2010, 2012}
    board = result.scoreboard()
    assert board.loc[OURS, "windows"] == board.loc[ALONE, "windows"] == 3 * 3
    assert board.loc["ratio-5", "crps_ratio"] == 1
    sums = result.sums_board()
    assert list(sums.index) == [OURS, ALONE, NATION]
    assert (sums["windows"] == 3).all()
    assert set(result.sums["territory"]) == {TOGETHER}
    document = result.to_dict()
    assert document["sums"][OURS]["windows"] == 3
    assert len(result.fits) == 2 * (2 + 3)


def test_without_single_regions_and_without_windows(country):
    result = placebo_regions(country, minimum_baseline=14, alone=False, **SETTINGS)
    assert ALONE not in result.scoreboard().index
    with pytest.raises(DataError, match="no window is left"):
        placebo_regions(country, baseline_years=30, minimum_baseline=18, **SETTINGS)
