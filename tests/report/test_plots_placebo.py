import numpy as np
import pandas as pd
import pytest

import estimator as est
from estimator.report.plots.placebo import plot_scoreboard


@pytest.fixture(scope="module")
def result():
    return est.placebo(
        {"Russia": est.load_rosstat()}, seed=1, since=1990, until=2019, minimum_baseline=15, every=5,
        draws=300,
    )  # fmt: skip


def test_every_rule_is_drawn_at_its_coverage(result):
    board = result.scoreboard()
    coverage, ratio, transform = plot_scoreboard(board, result.windows)
    assert [text.get_text() for text in coverage.get_yticklabels()] == list(board.index)
    (drawn,) = [line for line in coverage.get_lines() if str(line.get_label()).startswith("95%")]
    np.testing.assert_allclose(drawn.get_xdata(), 100 * board["coverage_95"])
    points = ratio.collections[-1].get_offsets()[:, 0]
    np.testing.assert_allclose(points, board["crps_ratio"])
    ours = result.windows.query("rule == 'registry-excess' and age == 'total'")
    assert sum(bar.get_height() for bar in transform.patches) == len(ours)
    coverage.figure.canvas.draw()


def test_bootstrap_intervals_are_drawn_where_there_are_territories(result):
    board = result.scoreboard()
    board["coverage_95_low"], board["coverage_95_high"] = 0.8, 1.0
    lines = plot_scoreboard(board, result.windows)[0].collections
    assert any(np.allclose(part.get_segments()[0][:, 0], [80, 100]) for part in lines)
    assert isinstance(board, pd.DataFrame)
