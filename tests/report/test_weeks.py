"""Our weeks, those published and the named list, and the folder they are written to."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from estimator.errors import DataError
from estimator.report.pages.write import write_files, write_report
from estimator.report.plots.published import bar_kind
from estimator.report.plots.time import plot_weekly
from estimator.report.plots.total import plot_sex_ratio, ratio_band
from estimator.report.report import Report
from estimator.report.tables_weekly import weekly_table


@pytest.fixture
def published():
    weeks = pd.date_range("2022-02-21", "2022-12-26", freq="7D")
    return pd.DataFrame({
        "week": weeks.strftime("%Y-%m-%d"), "estimate": 100.0, "lower": 80.0, "upper": 130.0,
        "name": "others, July 2023", "interval": "95%",
    })  # fmt: skip


def test_weeks_come_with_those_published_and_the_names(weekly, listed, published):
    table = weekly_table(weekly, listed, published, level=0.9)
    ours = weekly.by("period").to_frame(0.9)
    for name in ("median", "lower", "upper"):
        np.testing.assert_allclose(table[name], ours[name])
    inside = table["start"] <= "2022-12-26"
    assert set(table.loc[inside, "published"]) == {100.0}
    assert set(table.loc[inside, "published_upper"]) == {130.0}
    assert table.loc[~inside, "published"].isna().all()
    assert set(table["named"]) == {10.0}
    assert set(table["vintage"]) == {"2012-01-01"}
    assert set(table["named_vintage"]) == {"2023-08-01"}
    alone = weekly_table(weekly)
    assert not {"published", "named", "named_vintage"} & set(alone)
    assert set(alone["vintage"]) == {"2012-01-01"}


def test_weeks_are_added_up_to_the_years_of_an_estimate(annual):
    weeks = pd.date_range("2010-01-04", "2011-12-26", freq="7D").strftime("%Y-%m-%d")
    every = pd.DataFrame({"week": weeks, "estimate": 1.0, "lower": 0.0, "upper": 2.0})
    assert list(weekly_table(annual, None, every)["published"]) == [52, 52]


def test_running_totals_are_refused(weekly):
    with pytest.raises(DataError, match="running totals"):
        weekly_table(weekly.by("period").cumulative())


def test_the_plot_shows_both(weekly, listed, published):
    axis = plot_weekly(weekly, listed, published)
    (line,) = [one for one in axis.get_lines() if "published" in str(one.get_label())]
    assert line.get_label() == "published: others, July 2023 (95% dotted)"
    assert np.nanmax(line.get_ydata()) == 100


def test_a_report_leaves_nothing_of_an_earlier_one(weekly, published, tmp_path):
    (tmp_path / "figures").mkdir()
    stale = [tmp_path / "figures" / "published.png", tmp_path / "joint.json"]
    for file in [*stale, tmp_path / "mine.txt"]:
        file.write_text("before")
    files = write_report(Report(weekly, weeks=published), tmp_path, force=True)
    assert not any(file.exists() for file in stale)
    assert (tmp_path / "mine.txt").exists()
    assert tmp_path / "weeks.csv" in files
    assert len(pd.read_csv(tmp_path / "weeks.csv")) == weekly.draws.sizes["period"]


def test_the_band_holds_the_counting_noise_of_the_year():
    ratios = np.full((4000, 1, 2), 2.0)
    few, many = 50.0, 50_000.0
    lower, upper = ratio_band(ratios, np.array([[few, many]]))
    assert upper[0, 0] - lower[0, 0] > 10 * (upper[0, 1] - lower[0, 1])
    # the sd of the log ratio of two counts
    width = np.log(upper[0, 1] / lower[0, 1]) / 3.92
    assert width == pytest.approx(np.sqrt(1 / many + 1 / (2 * many)), rel=0.05)
    empty, _ = ratio_band(ratios[:, :, :1], np.array([[np.nan]]))
    assert np.isnan(empty).all()


def test_the_sex_ratio_names_only_what_it_shows():
    import estimator as est
    from tests.simulated import simulate_counts

    periods = est.Periods(baseline=(1995, 2009), target=(2010, 2011))
    model = est.VitalModel(simulate_counts(seed=1), periods, ages=(20, 39), control_ages=(55, 64))
    estimate = est.fit(model, seed=1, draws=200, minimum_ess=50)
    figure = plot_sex_ratio(estimate, model)[0].figure
    shown = {text.get_text() for text in figure.legends[0].findobj(mpl.text.Text)}
    assert not any("left out" in text for text in shown)
    assert any("of years in peacetime" in text for text in shown)


@pytest.mark.parametrize(
    ("interval", "ours", "kind"),
    [
        ("1 sd as published (+-2,500)", False, "1 SD"),
        ("95% as printed (2 sd)", False, "credible or 95%"),
        ("model range", False, "other range"),
        ("90% equal-tailed credible interval", True, "credible or 95%"),
    ],
)  # fmt: skip
def test_bars_of_one_sd_are_not_drawn_as_those_of_95_per_cent(interval, ours, kind):
    assert bar_kind({"interval": interval, "ours": ours}) == kind


def test_a_report_that_fails_leaves_the_earlier_one_whole(tmp_path):
    def fail(path):
        path.write_text("half")
        raise OSError("disk full")

    folder, page = tmp_path / "report", "<title>a report</title>"
    with pytest.raises(DataError, match=r"report: cannot be written \(OSError\)"):
        write_files({"report.html": page, "posterior.nc": fail}, folder)
    assert list(tmp_path.iterdir()) == []
    before = write_files({"report.html": page, "weeks.csv": "b"}, folder)
    assert before == [folder / "report.html", folder / "weeks.csv"]
    whole = (folder / "report.html").read_text()
    with pytest.raises(DataError, match=r"report: cannot be written \(OSError\)"):
        write_files({"report.html": page, "posterior.nc": fail}, folder)
    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        "report.html": whole, "weeks.csv": "b",
    }  # fmt: skip
