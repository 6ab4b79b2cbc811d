"""Estimate: everything it says is read off the same draws, here made by hand."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from estimator.data.minimum import DocumentedMinimum
from estimator.errors import DataError
from estimator.estimate.estimate import Estimate, join_bands
from estimator.estimate.intervals import credible_interval
from tests.estimates import (
    AGES,
    CELLS,
    YEARS,
    a_list,
    deaths_to_date,
    excess_of,
    make_estimate,
)


def test_sums_are_taken_draw_by_draw():
    estimate = make_estimate(regions=("north", "south"))
    excess = excess_of(estimate)
    for dims, axes in (("age",), (2, 3)), (("period", "region"), (1,)), (CELLS, (3,)):
        found = estimate.by(*dims).excess.stack(sample=("chain", "draw"))
        np.testing.assert_allclose(found.transpose("sample", *dims), excess.sum(axis=axes))
        assert set(estimate.by(*dims).dims) == set(dims)
    total = estimate.total()
    np.testing.assert_allclose(total.excess.values.ravel(), excess.sum(axis=(1, 2, 3)))
    assert total.dims == ()
    assert estimate.by(*estimate.dims) is estimate


def test_summing_in_steps_changes_nothing():
    estimate = make_estimate()
    xr.testing.assert_allclose(estimate.by("period").total().draws, estimate.total().draws)


def test_running_totals_are_taken_draw_by_draw():
    estimate = make_estimate()
    running = estimate.cumulative()
    found = running.excess.values.reshape(-1, 3, 2)
    np.testing.assert_allclose(found, excess_of(estimate).cumsum(axis=2))
    assert running.excess["period"].values.tolist() == YEARS
    xr.testing.assert_identical(running.cumulative().draws, running.draws)
    by_year = running.by("period").excess.values.reshape(-1, 2)
    np.testing.assert_allclose(by_year, excess_of(estimate).sum(axis=1).cumsum(axis=1))


def test_running_totals_are_not_added_up_again():
    running = make_estimate().cumulative()
    with pytest.raises(DataError, match="Sum before calling cumulative"):
        running.total()
    with pytest.raises(DataError, match=r"Call against\(\) before"):
        running.against(a_list())
    text = str(running)
    assert "Running totals" in text
    assert "together" not in text


def test_a_table_by_cell():
    estimate = make_estimate()
    excess = excess_of(estimate)
    frame = estimate.to_frame(level=0.9)
    assert len(frame) == 6
    row = frame[(frame["age"] == "25-29") & (frame["period"] == 2023)].iloc[0]
    draws = excess[:, 1, 1]
    assert row["mean"] == pytest.approx(draws.mean())
    assert row["median"] == pytest.approx(np.median(draws))
    assert row["sd"] == pytest.approx(draws.std())
    assert [row["lower"], row["upper"]] == pytest.approx(list(np.quantile(draws, [0.05, 0.95])))
    assert row["observed"] == estimate.draws["observed"].values[1, 1]
    assert row["counterfactual"] + row["mean"] == pytest.approx(row["observed"])
    assert (row["level"], row["kind"]) == (0.9, "eti")


def test_a_table_does_not_depend_on_the_order_of_dims():
    estimate = make_estimate()
    turned = estimate.draws.transpose("period", "draw", "age", "chain")
    turned["observed"] = turned["observed"].transpose("age", "period")
    other = make_estimate(draws=turned)
    pd.testing.assert_frame_equal(other.to_frame(), estimate.to_frame())
    pd.testing.assert_frame_equal(other.p_score(), estimate.p_score())


def test_a_table_of_the_total_has_one_row():
    estimate = make_estimate()
    row = estimate.total().to_frame(kind="hdi").iloc[0]
    draws = excess_of(estimate).sum(axis=(1, 2))
    assert row["mean"] == pytest.approx(draws.mean())
    assert (row["lower"], row["upper"]) == credible_interval(draws, kind="hdi")
    assert row["kind"] == "hdi"


def test_intervals_and_probabilities_keep_their_labels():
    estimate = make_estimate()
    interval = estimate.by("age").interval(0.5)
    assert interval["lower"].dims == ("age",)
    assert (interval["lower"] <= interval["upper"]).all()
    above = estimate.by("period").probability_above(50)
    assert above.values == pytest.approx((excess_of(estimate).sum(axis=1) > 50).mean(axis=0))


def test_a_p_score_divides_draw_by_draw():
    estimate = make_estimate().total()
    made = estimate.draws
    scores = (made["observed"].values - made["counterfactual"].values) / made["counterfactual"]
    assert estimate.p_score().loc[0, "mean"] == pytest.approx(float(scores.mean()))


def test_a_p_score_needs_counterfactual_deaths():
    estimate = make_estimate()
    estimate.draws["counterfactual"][0, 0, 0, 0] = 0
    with pytest.raises(DataError, match="Sum over ages or years"):
        estimate.p_score()
    assert estimate.by("period").p_score().shape[0] == 2


def test_a_rate_is_per_hundred_thousand_person_years():
    estimate = make_estimate()
    people = estimate.draws["population"].values.sum()
    expected = 1e5 * excess_of(estimate).sum(axis=(1, 2)).mean() / people
    assert estimate.total().rate().loc[0, "mean"] == pytest.approx(expected)
    with pytest.raises(DataError, match="Add a population column"):
        make_estimate(population=False).rate()


@pytest.mark.parametrize("name", ["estimate.nc", "estimate.zarr"])
@pytest.mark.parametrize("running", [False, True])
def test_what_is_saved_is_loaded_again(tmp_path, name, running):
    posterior = xr.Dataset(
        {"log_sex_ratio": (("chain", "draw", "age", "period"), np.ones((2, 60, 3, 5)) / 3)},
        coords={"chain": [0, 1], "draw": np.arange(60), "age": AGES, "period": np.arange(2019, 2024)},
    )
    estimate = make_estimate(posterior=posterior)
    estimate = estimate.cumulative() if running else estimate
    path = estimate.save(tmp_path / name)
    assert estimate.save(path) == path
    again = Estimate.load(path)
    xr.testing.assert_identical(again.draws, estimate.draws)
    xr.testing.assert_identical(again.posterior, posterior)
    for field in ("unit", "years", "ages", "diagnostics", "provenance", "running"):
        assert getattr(again, field) == getattr(estimate, field)
    assert str(again) == str(estimate)


@pytest.mark.parametrize("dates", [None, ("2022-02-24", "2023-06-25")])
def test_a_file_of_version_0_1_is_loaded(tmp_path, dates):
    """Its facts were attributes, each for itself, and the quantity an excess."""
    estimate = replace(make_estimate(), dates=dates)
    as_json = ("years", "diagnostics", "provenance")
    attributes = {name: json.dumps(getattr(estimate, name)) for name in as_json}
    root = estimate.draws.assign_attrs(
        attributes, format="registry-excess estimate 1", unit=estimate.unit, ages=estimate.ages,
        running=0, dates=json.dumps(dates or ()),
    )  # fmt: skip
    xr.DataTree.from_dict({"/draws": root}).to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    again = Estimate.load(tmp_path / "a.nc")
    xr.testing.assert_identical(again.draws, estimate.draws)
    assert (again.quantity, again.dates, str(again)) == ("excess", dates, str(estimate))


def test_an_estimate_without_posterior_is_loaded_without(tmp_path):
    assert Estimate.load(make_estimate().save(tmp_path / "a.nc")).posterior is None


def test_what_is_not_an_estimate_is_not_loaded(tmp_path):
    with pytest.raises(DataError, match=r"none\.nc: no such file"):
        Estimate.load(tmp_path / "none.nc")
    (tmp_path / "text.nc").write_text("age,period\n")
    (tmp_path / "empty.zarr").mkdir()
    xr.Dataset({"x": 1}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    for name in ("text.nc", "empty.zarr", "other.nc"):
        with pytest.raises(DataError, match=f"{name}: not a saved estimate"):
            Estimate.load(tmp_path / name)


def test_an_unknown_dim_and_running_totals_without_periods():
    estimate = make_estimate()
    with pytest.raises(DataError, match="no 'region'; it has age, period"):
        estimate.by("region")
    with pytest.raises(DataError, match="it has none"):
        estimate.total().by("age")
    with pytest.raises(DataError, match="Call it before total"):
        estimate.total().cumulative()


def test_it_prints_years_and_their_total():
    estimate = make_estimate()
    text = str(estimate)
    for part in ("Excess deaths, ages 20-34, 2022-2023", "together", "95% ETI, engine marginal"):
        assert part in text
    assert "NOT CONVERGED" not in text
    assert "together" not in str(estimate.total())


def test_more_than_a_hundred_weeks_are_printed_by_year():
    weeks = pd.date_range("2021-12-27", periods=160, freq="7D")
    estimate = make_estimate(
        years=tuple(weeks), population=False, shape=(1, 5), dates=("2021-12-27", "2025-01-19")
    )
    lines = str(replace(estimate, years=(2021, 2022, 2023, 2024, 2025))).splitlines()
    assert [line.split()[0] for line in lines[2:-1]] == ["2021", "2022", "2023", "2024", "2025", "together"]
    assert lines[-1].endswith("a week is in the year in which it begins")


def test_an_unconverged_estimate_says_so_wherever_it_is_printed(tmp_path):
    marked = {"engine": "nuts", "converged": False, "problems": ["R-hat 1.200 of level_sd"]}
    estimate = make_estimate(diagnostics=marked)
    again = Estimate.load(estimate.save(tmp_path / "a.nc"))
    for one in (estimate, estimate.total(), estimate.cumulative(), again):
        assert not one.converged
        assert "NOT CONVERGED: R-hat 1.200 of level_sd" in str(one)
    assert "NOT CONVERGED" in str(make_estimate(diagnostics={}))


def test_draws_are_a_plain_dataset():
    data = make_estimate().to_dataset()
    assert data["excess"].dims == ("chain", "draw", *CELLS)
    expected = data["observed"].values - data["counterfactual"].values
    np.testing.assert_allclose(data["excess"], expected)


def test_bands_written_together():
    assert join_bands(AGES) == "20-34"
    assert join_bands(["80-84", "85+"]) == "80+"


def test_an_estimate_loads_and_reports_without_pymc(tmp_path):
    path = make_estimate().save(tmp_path / "a.nc")
    code = (
        "import json, sys; from estimator.estimate.estimate import Estimate; "
        f"estimate = Estimate.load({str(path)!r}); str(estimate); estimate.to_frame(); "
        "print(json.dumps([m for m in ('pymc', 'pytensor', 'nutpie') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_draws_that_are_not_numbers_give_no_probability():
    """Nothing is greater than NaN, which must not read as a probability of zero."""
    draws = make_estimate().draws.copy(deep=True)
    draws["counterfactual"][..., 0] = np.nan
    estimate = make_estimate(draws=draws).total()
    assert np.isnan(float(estimate.probability_above(0)))
    weeks = pd.Series([5, 6], index=pd.to_datetime(["2022-03-07", "2023-03-06"]))
    minimum = DocumentedMinimum(11, "2024-01-01", "a list", by_week=weeks)
    rows = make_estimate(draws=draws).against(minimum)
    assert rows["probability_above_minimum"].isna().tolist() == [True, False, True]


def test_any_quantity_is_summed_and_its_parts_are_on_the_same_draws():
    deaths = deaths_to_date()
    assert deaths.parts == ("deaths", "ordinary", "declared", "overlap_share")
    parts = [deaths.select(part).total().array() for part in ("ordinary", "declared")]
    np.testing.assert_allclose(deaths.total().array(), sum(parts))
    assert deaths.total().array().shape == (40,)
    assert deaths.array().shape == (4, 40)
    share = deaths.select("overlap_share")
    assert share.dims == ()
    np.testing.assert_array_equal(share.array(), deaths.total().select("overlap_share").array())
    running = deaths.cumulative()
    np.testing.assert_allclose(running.array(), deaths.array().cumsum(axis=0))
    np.testing.assert_array_equal(running.select("overlap_share").array(), share.array())
    with pytest.raises(DataError, match="no part 'late'; it has deaths, ordinary"):
        deaths.select("late")


def test_weeks_are_added_up_by_the_year_in_which_they_begin():
    deaths = deaths_to_date()
    yearly = deaths.by("year")
    assert yearly.draws["period"].values.tolist() == [2022, 2023]
    np.testing.assert_allclose(yearly.array()[0], deaths.array()[:2].sum(axis=0))
    assert yearly.draws["names"].values.tolist() == [110, 75]
    np.testing.assert_allclose(yearly.total().array(), deaths.total().array())
    with pytest.raises(DataError, match="Sum before calling cumulative"):
        deaths.cumulative().by("year")
    assert make_estimate().by("year").to_frame()["period"].tolist() == YEARS


def test_names_over_deaths_are_completeness():
    deaths = deaths_to_date()
    frame = deaths.total().completeness()
    assert frame.loc[0, "median"] == pytest.approx(np.median(185 / deaths.total().array()))
    assert deaths.completeness()["period"].tolist() == list(deaths.draws["period"].values)
    assert deaths.to_frame()["names"].tolist() == [50, 60, 70, 5]
    with pytest.raises(DataError, match="no names of a list"):
        deaths_to_date(names=False).completeness()


def test_deaths_by_week_against_a_list():
    index = pd.to_datetime(["2022-12-19", "2023-01-02"])
    minimum = DocumentedMinimum(200, "2023-01-27", "a list", by_week=pd.Series([110, 75], index))
    deaths = deaths_to_date()
    table = deaths.against(minimum)
    assert table["minimum"].tolist() == [110, 75, 185]
    assert table["deaths"].iloc[-1] == pytest.approx(np.median(deaths.total().array()))
    assert deaths.by("year").against(minimum)["minimum"].tolist() == [110, 75, 185]


def test_a_summary_says_what_sampling_adds():
    estimate = make_estimate()
    frame = estimate.by("period").summary()
    assert list(frame)[:8] == [
        "period", "median", "mean", "sd", "lower", "upper", "mcse", "ess"
    ]  # fmt: skip
    assert frame["mcse"].to_numpy() == pytest.approx(frame["sd"] / np.sqrt(frame["ess"]), rel=0.1)
    row = estimate.total().summary(minimum=a_list()).iloc[0]
    assert row["probability_above_minimum"] == (excess_of(estimate).sum(axis=(1, 2)) > 115).mean()
    assert "ess" in deaths_to_date().summary()  # one chain
    with pytest.raises(DataError, match=r"Sum first, or call against\(\)"):
        estimate.summary(minimum=a_list())


def test_its_dates_are_read_from_where_it_came_from():
    deaths = deaths_to_date()
    dates = [str(day) for day in (deaths.as_of, deaths.through, deaths.vintage)]
    assert dates == ["2023-02-01", "2023-01-15", "2023-01-27"]
    assert deaths.warnings == ("<few>",)
    assert (make_estimate().as_of, str(make_estimate().through)) == (None, "2023-12-31")


def test_it_shows_itself_in_a_few_lines():
    lines = repr(deaths_to_date()).splitlines()
    assert lines[0] == "Deaths, all ages, 2022-12-19 to 2023-01-15"
    assert lines[1].startswith("  median: ")
    assert "95% equal-tailed interval" in lines[1]
    assert lines[2:] == [
        "  by: period (4)",
        "  vintage: as known on 2023-02-01; data as of 2023-01-27",
        "  engine: laplace, 1 × 40 draws, converged",
        "  warning: <few>",
    ]
    assert "NOT CONVERGED" in repr(make_estimate(diagnostics={}))
    assert repr(deaths_to_date().select("ordinary")).startswith("Ordinary deaths, all ages")
    assert repr(deaths_to_date().select("overlap_share")).startswith("Overlap share, all ages")
    assert repr(make_estimate().cumulative()).startswith("Running totals of excess deaths")


def test_it_says_whose_deaths_and_a_day_once():
    estimate, deaths = make_estimate(), deaths_to_date()
    known = estimate.provenance | {"target_sex": "male", "place": "Russia"}
    assert repr(replace(estimate, provenance=known)).startswith("Russia: Excess male deaths, ages")
    known = deaths.provenance | {"as_of": str(deaths.vintage)}
    assert repr(replace(deaths, provenance=known)).count(str(deaths.vintage)) == 1


def test_weeks_are_printed_as_days_without_a_warning(recwarn):
    for estimate in (deaths_to_date(), deaths_to_date().cumulative()):
        assert "2022-12-19" in str(estimate)
        assert "00:00:00" not in str(estimate)
    assert not recwarn.list


def test_a_notebook_shows_a_table_with_nothing_unescaped():
    page = deaths_to_date()._repr_html_()
    assert "&lt;few&gt;" in page
    assert "<few>" not in page
    assert page.count("<tr>") == 5


@pytest.mark.parametrize("name", ["deaths.nc", "deaths.zarr"])
def test_any_quantity_is_saved(tmp_path, name):
    deaths = deaths_to_date().select("declared")
    again = Estimate.load(deaths.save(tmp_path / name))
    xr.testing.assert_identical(again.draws, deaths.draws)
    assert repr(again) == repr(deaths)
    assert again.dates == deaths.dates


def test_arviz_summarises_its_tree():
    from arviz_stats import summary

    posterior = xr.Dataset({"level_sd": (("chain", "draw"), np.random.default_rng(1).normal(size=(2, 60)))})
    estimate = make_estimate(posterior=posterior)
    table = summary(estimate.to_datatree())
    assert "level_sd" in table.index
    assert "excess[20-24, 2022]" in table.index
    assert estimate.require_posterior() is posterior
    with pytest.raises(DataError, match="without its posterior"):
        make_estimate().require_posterior()
