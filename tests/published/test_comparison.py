"""Our estimate and every published figure: which count as the same, and which do not."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import estimator as est
from estimator.errors import DataError
from estimator.published.comparison import (
    COLUMNS,
    OTHER,
    PERIOD_ONLY,
    SAME,
    ages_of,
    compare_with_published,
    registry_figures,
)
from estimator.published.figures import load_published
from estimator.published.specification import MINIMUM
from estimator.report.tables import estimate_rows


@pytest.fixture(scope="module")
def russia(russia_estimate):
    return russia_estimate


@pytest.fixture(scope="module")
def named():
    return est.load_named_list(MINIMUM)


@pytest.fixture(scope="module")
def rows(russia, named):
    return compare_with_published(russia, estimate_rows(russia, named), named)


@pytest.mark.parametrize(
    ("population", "ages"),
    [
        ("men 15-49", "15-49"),
        ("men under 50, Russian citizens", "15-49"),
        ("Russian citizens; men under 50 (15-49)", "15-49"),
        ("men 18-59", "18-59"),
        ("men all ages", None),
        ("men", None),
        ("Russian forces", None),
        ("", None),
    ],
)
def test_ages_of_a_population(population, ages):
    assert ages_of(population) == ages


def test_every_published_figure_is_listed_once(rows):
    assert tuple(rows.columns) == COLUMNS
    theirs = rows.loc[rows["id"] != "", "id"]
    assert sorted(theirs) == sorted(load_published()["id"])


def test_ours_is_listed_where_period_and_population_are_the_same(rows, russia):
    """Kobak et al. 2025 are men 15-49: 20,600, 37,900, 58,500; ours is the total of those years."""
    assert set(rows.loc[rows["ours"], "group"]) == {SAME}
    for period in ("2022", "2023", "2022-2023"):
        part = rows[(rows["group"] == SAME) & (rows["period"] == period) & (rows["ages"] == "15-49")]
        assert part["ours"].tolist() == [True] + [False] * (len(part) - 1)
        assert part["name"].str.startswith("Kobak et al.").any()
    own = rows[rows["ours"] & (rows["period"] == "2022-2023")]["estimate"].iloc[0]
    assert own == float(russia.total().excess.median())
    banded = rows[rows["ours"] & (rows["ages"] == "20-24")]
    assert banded["period"].tolist() == ["2022"]


@pytest.mark.parametrize(
    ("figure", "group"),
    [
        ("kobak-2025-2022", SAME),
        ("rnd-2024-02-2023end", SAME),
        ("rnd-2023-07-2022-age20", SAME),
        ("rosstat-2023-07-2022-50-54", PERIOD_ONLY),
        ("rnd-2026-05-2022", PERIOD_ONLY),
        ("ukmod-2024-01", PERIOD_ONLY),
        ("economist-2024-02", OTHER),  # killed and wounded
        ("rnd-2023-07-total", OTHER),
        ("ukr-gs-2024-02", OTHER),
    ],
)
def test_groups(rows, figure, group):
    assert rows.set_index("id").loc[figure, "group"] == group


def test_values_are_the_published_ones(rows):
    theirs = rows[rows["id"] != ""].set_index("id")[["estimate", "lower", "upper"]].sort_index()
    table = load_published().set_index("id")[["estimate", "lower", "upper"]].sort_index()
    pd.testing.assert_frame_equal(theirs, table)


def test_named_dead_are_a_minimum_of_all_ages(rows):
    named = rows[rows["name"] == "named dead"]
    assert named["estimate"].tolist() == [20934, 49678, 70612]
    assert set(named["kind"]) == {"minimum"}
    assert set(named["group"]) == {PERIOD_ONLY}


def test_refuses_what_is_not_comparable(russia):
    with pytest.raises(DataError, match="needs ages and periods"):
        compare_with_published(russia.total(), estimate_rows(russia))


def test_war_dead_by_week_are_compared_with_figures_of_their_dates(named):
    """Weeks are added up: the year 2022 and all 65 weeks, as published in July 2023."""
    weeks = pd.date_range("2022-02-21", "2023-05-15", freq="7D")
    drawn = np.random.default_rng(1).poisson(60, (2, 50, 2, len(weeks)))
    coords = {"age": ["15-19", "20-24"], "period": weeks}
    excess = xr.DataArray(drawn, coords, ("chain", "draw", "age", "period"))
    estimate = est.Estimate(
        xr.Dataset({"excess": excess}), "war dead", {"converged": True}, {}, (2022, 2023), "15-49",
        dates=("2022-02-24", "2023-05-21"),
    )  # fmt: skip
    table = compare_with_published(estimate, estimate_rows(estimate, named), named)
    ours = table[table["ours"]].set_index(["period", "ages"])["estimate"]
    year, whole = "2022-02-24 to 2022-12-31", "2022-02-24 to 2023-05-21"
    assert set(ours.index.get_level_values("period")) == {year, "2023-01-01 to 2023-05-21", whole}
    assert ours[whole, "15-49"] == pytest.approx(2 * 60 * 65, rel=0.02)
    assert ours[year, "20-24"] == pytest.approx(60 * 45, rel=0.02)
    theirs = table[(table["group"] == SAME) & ~table["ours"]].set_index("id")
    assert theirs.loc["rnd-2023-07-total-exact", ["period", "estimate"]].tolist() == [
        whole,
        46583.6,
    ]
    assert theirs.loc["rnd-2023-07-2022-age20", "estimate"] == 2721.34
    totals = registry_figures(estimate).set_index("period")
    assert totals["estimate"].to_dict() == {year: 24759.43, whole: 46583.6}


def test_forest_plot_has_a_panel_a_period(rows):
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    from estimator.report.plots.published import plot_comparison

    before = dict(mpl.rcParams)
    axes = plot_comparison(rows)
    assert [axis.get_title(loc="left") for axis in axes] == ["2022", "2023", "2022–2023"]
    labels = [label.get_text() for label in axes[1].get_yticklabels()]
    assert labels[0] == "registry-excess (men 15–49, 95%)"
    assert "Kobak et al., Demography, 2025-03 (men 15–49, 1 sd)" in labels
    axes[0].figure.canvas.draw()
    assert dict(mpl.rcParams) == before
    plt.close(axes[0].figure)
