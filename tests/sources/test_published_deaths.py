"""What completeness is learned from: each publication with its own day, figures as printed."""

import numpy as np
import pytest

from estimator.sources.published_deaths import load_evidence


@pytest.fixture(scope="module")
def anchors():
    return load_evidence()


def test_publications_in_order_of_appearance(anchors):
    days = [str(anchor.published_on) for anchor in anchors]
    assert days == [
        "2023-07-11",
        "2024-02-24",
        "2025-02-24",
        "2025-08-29",
        "2026-05-22",
        "2026-05-22",
    ]


def test_totals_are_those_published(anchors):
    by = {str(anchor.published_on): anchor for anchor in anchors}
    assert by["2024-02-24"].periods["deaths"].tolist() == [75_000]
    assert by["2025-02-24"].periods["deaths"].tolist() == [20_000, 50_000, 100_000]
    assert by["2025-08-29"].periods["deaths"].max() == 220_000
    assert by["2023-07-11"].periods["deaths"].sum() == pytest.approx(46_583.6, abs=0.05)


def test_shared_error_is_the_width_published(anchors):
    total = next(a for a in anchors if str(a.published_on) == "2024-02-24")
    assert total.common_sd == pytest.approx(np.log(88 / 66) / 3.92)


def test_no_figure_made_from_the_list_is_learned_from(anchors):
    names = " ".join(anchor.name for anchor in anchors)
    assert "July 2024" not in names


def test_a_forecast_stands_apart_and_errs_more(anchors):
    # the series of 2026 goes on to December 2025; its last half year was forecast
    seen, foreseen = anchors[-2:]
    assert str(seen.periods["end"].max().date()) < "2025-07-08"
    assert str(foreseen.periods["end"].max().date()) == "2025-12-28"
    whole = seen.periods["deaths"].sum() + foreseen.periods["deaths"].sum()
    assert whole == pytest.approx(351_816.8, abs=0.1)
    assert foreseen.common_sd > 3 * seen.common_sd
    assert foreseen.holds_late
    assert foreseen.family != seen.family
