"""Plots show the numbers that the tables hold, and leave the user's style alone."""

import io
import subprocess
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import estimator as est
from estimator.errors import DataError
from estimator.report.plots.age import plot_excess_by_age
from estimator.report.plots.style import figure_of, save_plot
from estimator.report.plots.time import plot_cumulative, plot_weekly
from estimator.report.plots.total import plot_total
from estimator.report.tables_weekly import names_by_period, period_edges
from tests.estimates import deaths_to_date
from tests.report.conftest import AGES, annual_estimate


def texts(figure):
    return [text.get_text() for text in figure.findobj(mpl.text.Text)]


def line(axis, label):
    (found,) = [one for one in axis.get_lines() if one.get_label() == label]
    return found


def test_ages_are_the_medians_and_intervals_of_the_table(annual):
    shown = plot_excess_by_age(annual, level=0.9)
    assert [axis.get_title(loc="left") for axis in shown] == ["2010", "2011", "2010–2011"]
    table = annual.by("age").to_frame(level=0.9)
    np.testing.assert_allclose(line(shown[2], "median").get_ydata(), table["median"])
    segments = np.array([path[:, 1] for path in shown[2].collections[0].get_segments()])
    np.testing.assert_allclose(segments, table[["lower", "upper"]])
    assert [text.get_text() for text in shown[0].get_xticklabels()] == ["20–24", "25–29", "30–34"]


def test_ages_of_weeks_are_by_calendar_year(weekly):
    titles = [axis.get_title(loc="left") for axis in plot_excess_by_age(weekly)]
    assert titles == [
        "2022-02-24 to 2022-12-31", "2023-01-01 to 2023-07-02", "2022-02-24 to 2023-07-02",
    ]  # fmt: skip


def test_ages_already_summed_are_refused(annual):
    with pytest.raises(DataError, match="ages were summed"):
        plot_excess_by_age(annual.by("period"))


def test_regions_are_summed():
    axes = plot_excess_by_age(annual_estimate(regions=["North", "South"]))
    assert len(axes[0].get_xticks()) == len(AGES)


def test_weeks_show_medians_and_names(weekly, listed):
    axis = plot_weekly(weekly, listed)
    table = weekly.by("period").to_frame()
    np.testing.assert_allclose(line(axis, "estimate, median").get_ydata(), table["median"])
    (names,) = [patch for patch in axis.patches if "named dead" in patch.get_label()]
    assert set(names.get_data().values) == {10.0}
    assert axis.get_ylabel() == "persons a week"


def test_few_periods_are_bars(annual):
    axis = plot_weekly(annual)
    assert axis.get_ylabel() == "persons a year"
    assert len(line(axis, "estimate, median").get_xdata()) == 2


def test_running_totals_have_no_weeks(weekly):
    with pytest.raises(DataError, match="running totals"):
        plot_weekly(weekly.by("period").cumulative())


def test_cumulative_ends_at_the_total(weekly, listed):
    published = pd.DataFrame({
        "name": ["A", "A", "B"], "period_end": ["2022-12-31", "2023-06-30", "2023-03-01"],
        "estimate": [5000.0, 9000.0, np.nan], "lower": [4000.0, np.nan, 6000.0],
        "upper": [6000.0, np.nan, 8000.0], "interval": ["95%", "95%", "range"],
    })  # fmt: skip
    axis = plot_cumulative(weekly, listed, published)
    median = line(axis, "estimate, median").get_ydata()
    assert median[-1] == float(weekly.total().excess.median())
    names = line(axis, "named dead, vintage 2023-08-01").get_ydata()
    assert names[-1] == listed.against_dates(*weekly.dates)
    assert list(line(axis, "A (95%)").get_ydata()) == [5000.0, 9000.0]
    assert "persons since 2022-02-24" in texts(axis.figure)


def test_a_list_without_weeks_is_a_point_at_its_vintage(weekly):
    bare = est.DocumentedMinimum(total=500, vintage="2023-07-10", source="a list")
    point = line(plot_cumulative(weekly, bare), "named dead, vintage 2023-07-10")
    assert list(point.get_ydata()) == [500]


def test_edges_of_years_weeks_and_months(annual, weekly):
    assert list(period_edges(annual).strftime("%Y-%m-%d")) == [
        "2010-01-01", "2011-01-01", "2012-01-01",
    ]  # fmt: skip
    edges = period_edges(weekly)
    assert len(edges) == weekly.draws.sizes["period"] + 1
    assert str(edges[-1].date()) == "2023-07-03"


def test_names_of_a_period_that_the_list_does_not_cover_are_unknown(listed):
    edges = pd.DatetimeIndex(["2023-06-26", "2023-07-03", "2023-08-07"])
    names = names_by_period(listed, edges)
    assert names[0] == 10
    assert np.isnan(names[1])


@pytest.mark.parametrize("plot", [plot_total, plot_excess_by_age, plot_weekly, plot_cumulative])
def test_style_does_not_leak_and_dollars_are_no_mathematics(plot, annual):
    from dataclasses import replace

    before = dict(mpl.rcParams)
    data = annual.provenance["data"] | {"source": "costs $5 and $6_x"}
    figure = figure_of(plot(replace(annual, provenance=annual.provenance | {"data": data})))
    figure.canvas.draw()
    assert dict(mpl.rcParams) == before
    assert any("costs" in text for text in texts(figure))


@pytest.mark.parametrize("plot", [plot_total, plot_excess_by_age, plot_weekly, plot_cumulative])
def test_unconverged_is_written_across(plot):
    failed = annual_estimate(diagnostics={"converged": False, "problems": ["k-hat 0.9"]})
    assert "NOT CONVERGED" in texts(figure_of(plot(failed)))
    assert "NOT CONVERGED" not in texts(figure_of(plot(annual_estimate())))


def test_plots_are_drawn_in_the_axes_given(annual, weekly):
    figure, grid = plt.subplots(2, 3)
    failed = annual_estimate(diagnostics={"converged": False, "problems": ["k-hat 0.9"]})
    assert plot_weekly(weekly, ax=grid[0, 0]) is grid[0, 0]
    assert plot_cumulative(failed, ax=grid[1, 0]) is grid[1, 0]
    assert grid[0, 0].get_legend() is not None
    assert "NOT CONVERGED" in texts(grid[1, 0])
    assert "NOT CONVERGED" not in texts(grid[0, 0])
    assert list(plot_total(annual, ax=grid[:, 1:])) == list(grid[:, 1:].flat[:3])
    assert plt.get_fignums() == [figure.number]
    with pytest.raises(DataError, match=r"3 panels .* give 3 axes, not 2"):
        plot_excess_by_age(annual, ax=grid[0, :2])


def test_a_new_figure_is_shown_once_by_a_notebook(annual):
    """Pyplot keeps it open until it is saved."""
    axis = plot_weekly(annual)
    assert plt.get_fignums() == [axis.figure.number]
    save_plot(axis, io.BytesIO(), format="svg")
    assert plt.get_fignums() == []


def test_plots_are_listed_before_matplotlib_is_loaded():
    code = (
        "import sys, estimator.report.plots as plots; assert 'plot_total' in dir(plots); "
        "print('matplotlib' in sys.modules); plots.plot_total"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_deaths_to_date_are_drawn_as_any_other_estimate():
    deaths = deaths_to_date()
    running = plot_cumulative(deaths)
    assert running.get_title(loc="left") == "War dead, all ages, running total"
    whole = np.median(deaths.total().array())
    assert whole in [pytest.approx(one.get_ydata()[-1]) for one in running.get_lines()]
    assert plot_weekly(deaths).get_ylabel() == "persons a week"
    assert len(plot_total(deaths)) == 3


def test_interactive_drawing_stays_on_after_a_first_figure():
    """A notebook's backend switches it on while the first figure is made, within our style."""
    import matplotlib as mpl

    from estimator.report.plots import style

    was = mpl.is_interactive()
    try:
        with style.canvas(None, figsize=(3, 2)):
            mpl.interactive(True)
        assert mpl.is_interactive()
    finally:
        mpl.interactive(was)
