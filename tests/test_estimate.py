"""Estimate: everything it says is read off the same draws, here made by hand."""

import json
import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import example, given
from hypothesis import strategies as st

from estimator.errors import DataError, VintageError
from estimator.estimate import Estimate, span_of
from estimator.intervals import credible_interval
from estimator.minimum import GRACE, DocumentedMinimum

AGES = ["20-24", "25-29", "30-34"]
YEARS = [2022, 2023]
CELLS = ("age", "period")
PROVENANCE = {"seed": 7, "model": {"ages": [20, 34]}, "versions": {"numpy": "2"}}
DIAGNOSTICS = {"engine": "marginal", "converged": True, "problems": [], "pareto_k": 0.3}


def make_estimate(*, seed=1, population=True, posterior=None, regions=0, **changes):
    rng = np.random.default_rng(seed)
    coords = {"age": AGES, "period": YEARS}
    dims, shape = CELLS, (3, 2)
    if regions:
        coords["region"] = [f"region {i}" for i in range(regions)]
        dims, shape = (*CELLS, "region"), (3, 2, regions)
    draws = xr.Dataset(
        {
            "counterfactual": (("chain", "draw", *dims), rng.poisson(100, (2, 60, *shape)) * 1.0),
            "observed": (dims, rng.poisson(120, shape) * 1.0),
        },
        coords={"chain": [0, 1], "draw": np.arange(60), **coords},
    )
    if population:
        draws["population"] = (dims, rng.uniform(1e4, 2e4, shape))
    parts = {"draws": draws, "diagnostics": DIAGNOSTICS, "posterior": posterior}
    parts |= {"provenance": PROVENANCE} | changes
    return Estimate(unit="deaths", years=tuple(YEARS), ages="20-34", **parts)


def seen_on(vintage, **changes):
    """Return an estimate of data of a vintage, as its provenance words it."""
    return make_estimate(
        provenance=PROVENANCE | {"data": {"source": "a table", "vintage": vintage}}, **changes
    )


def excess_of(estimate):
    """Return draws of the excess in numpy: (chain and draw, age, period[, region])."""
    made = estimate.draws
    excess = made["observed"].values - made["counterfactual"].values
    return excess.reshape(-1, *excess.shape[2:])


def a_list(weeks=True, **changes):
    days = pd.to_datetime(["2022-03-07", "2022-12-26", "2023-01-02", "2023-12-25"])
    by_week = pd.Series([30, 20, 40, 25], index=days)
    given = {"total": 120, "vintage": "2024-01-12", "source": "a list"}
    return DocumentedMinimum(**(given | {"by_week": by_week if weeks else None} | changes))


def test_sums_are_taken_draw_by_draw():
    estimate = make_estimate(regions=2)
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


def test_against_a_list_with_dates_by_hand():
    estimate = make_estimate()
    excess = excess_of(estimate).sum(axis=1)
    table = estimate.against(a_list(), level=0.8).set_index("period")
    assert list(table.index) == ["2022", "2023", "2022-2023"]
    assert table["minimum"].to_dict() == {"2022": 50, "2023": 65, "2022-2023": 115}
    assert set(table["minimum_vintage"]) == {"2024-01-12"}
    for name, draws in {"2022": excess[:, 0], "2022-2023": excess.sum(axis=1)}.items():
        row = table.loc[name]
        median, names = np.median(draws), row["minimum"]
        assert row["excess"] == pytest.approx(median)
        assert [row["lower"], row["upper"]] == pytest.approx(list(np.quantile(draws, [0.1, 0.9])))
        assert row["ratio"] == pytest.approx(median / names)
        assert row["completeness"] == pytest.approx(names / median)
        assert row["probability_above_minimum"] == pytest.approx((draws > names).mean())
        assert (row["level"], row["kind"]) == (0.8, "eti")


def test_against_a_total_only_the_whole_period_counts():
    table = make_estimate().against(a_list(weeks=False))
    assert table["period"].tolist() == ["2022-2023"]
    assert table["minimum"].tolist() == [120]


def test_against_sums_over_what_is_left():
    estimate = make_estimate(regions=3)
    expected = estimate.against(a_list())
    pd.testing.assert_frame_equal(estimate.by("period").against(a_list()), expected)
    whole = expected.tail(1).reset_index(drop=True)
    pd.testing.assert_frame_equal(estimate.total().against(a_list()), whole)


def test_against_a_list_of_other_years_is_refused():
    later = a_list(weeks=False, vintage="2025-12-05")
    with pytest.raises(VintageError, match=r"2025-12-05.*2022-2023.*seen by 2024-01-31"):
        make_estimate().against(later)
    early = a_list(by_week=pd.Series([5], index=pd.to_datetime(["2022-03-07"])))
    with pytest.raises(DataError, match="end on 2022-03-13"):
        make_estimate().against(early)


@pytest.mark.parametrize(
    ("vintage", "days"),
    [("2023-12-01", "42 days after"), ("2025-03-25, data to 2023", "438 days before")],
)
def test_a_list_seen_long_before_or_after_the_data_is_refused(vintage, days):
    estimate = seen_on(vintage)
    remedy = "Take a list seen within 31 days of"
    with pytest.raises(VintageError, match=f"{vintage[:10]}.*2024-01-12, {days} .*{remedy}"):
        estimate.against(a_list())
    with pytest.raises(VintageError, match="ask for this one with mixed_vintages=True"):
        estimate.total().against(a_list())


def test_mixed_vintages_are_asked_for_and_both_are_told():
    table = seen_on("2025-03-25, data to 2023").against(a_list(), mixed_vintages=True)
    assert set(table["vintage"]) == {"2025-03-25"}
    assert set(table["minimum_vintage"]) == {"2024-01-12"}
    plain = make_estimate().against(a_list())
    pd.testing.assert_frame_equal(table.drop(columns="vintage"), plain.drop(columns="vintage"))
    columns = list(table)
    assert columns.index("vintage") == columns.index("minimum_vintage") + 1


def test_what_a_list_without_weeks_refuses_cannot_be_asked_for():
    bare = a_list(weeks=False, vintage="2024-01-31")
    estimate = seen_on("2025-03-25")
    with pytest.raises(VintageError, match="the data of the estimate were seen on 2025-03-25"):
        estimate.against(bare)
    assert len(estimate.against(bare, mixed_vintages=True)) == 1
    late = a_list(weeks=False, vintage="2025-03-25")
    for asked in (False, True):
        with pytest.raises(VintageError, match="seen by 2024-01-31"):
            estimate.against(late, mixed_vintages=asked)


@given(seen=st.dates(date(2023, 12, 26), date(2026, 1, 1)), apart=st.integers(-500, 500))
@example(seen=date(2024, 2, 12), apart=31)
@example(seen=date(2024, 2, 12), apart=-32)
def test_vintages_are_mixed_more_than_a_month_apart_in_either_direction(seen, apart):
    listed = max(seen + timedelta(days=apart), date(2023, 12, 25))
    estimate, minimum = seen_on(seen.isoformat()).total(), a_list(vintage=listed)
    assert estimate.vintage == seen
    if abs(listed - seen) > GRACE:
        with pytest.raises(VintageError, match=f"{seen}.*{listed}"):
            estimate.against(minimum)
    else:
        assert estimate.against(minimum)["vintage"].tolist() == [seen.isoformat()]
    assert len(estimate.against(minimum, mixed_vintages=True)) == 1


@pytest.mark.parametrize(
    ("vintage", "told"),
    [
        ("unknown", "unknown"), ("", "unknown"), (None, "unknown"),
        ("2023-07", "2023-07"), ("2023-06 (day not stated)", "2023-06 (day not stated)"),
        ("2023-02-30", "2023-02-30"), ("2023-07-111", "2023-07-111"),
    ],
)  # fmt: skip
def test_data_of_unknown_vintage_are_refused_nothing_and_shown_as_unknown(vintage, told):
    estimate = seen_on(vintage)
    assert estimate.vintage is None
    assert set(estimate.against(a_list())["vintage"]) == {told}
    assert set(estimate.to_frame()["vintage"]) == {told}
    shown = "data of unknown vintage" if told == "unknown" else f"data as of {told}"
    assert shown in str(estimate)


def test_without_data_in_its_provenance_an_estimate_has_no_vintage():
    for data in ({}, {"data": None}, {"data": {}}):
        estimate = make_estimate(provenance=data)
        assert estimate.vintage is None
        assert "data of unknown vintage" in str(estimate)


@pytest.mark.parametrize("name", ["estimate.nc", "estimate.zarr"])
def test_the_vintage_survives_sums_and_the_disk(tmp_path, name):
    estimate = seen_on("2025-03-25, data to 2023")
    again = Estimate.load(estimate.save(tmp_path / name))
    for one in (estimate, again, again.total(), again.by("age"), again.cumulative()):
        assert one.vintage == date(2025, 3, 25)
        assert set(one.to_frame()["vintage"]) == {"2025-03-25"}
        assert "data as of 2025-03-25" in str(one)
    with pytest.raises(VintageError, match="mixed_vintages=True"):
        again.against(a_list())


def test_nobody_named_has_no_ratio_and_no_excess_no_completeness():
    none = a_list(weeks=False, total=0)
    row = make_estimate().against(none).iloc[0]
    assert np.isnan(row["ratio"])
    assert row["completeness"] == 0
    estimate = make_estimate()
    few = make_estimate(draws=estimate.draws.assign(observed=estimate.draws["observed"] * 0))
    assert np.isnan(few.against(a_list()).iloc[0]["completeness"])


@pytest.mark.parametrize("name", ["estimate.nc", "estimate.zarr"])
@pytest.mark.parametrize("running", [False, True])
def test_what_is_saved_is_loaded_again(tmp_path, name, running):
    posterior = xr.Dataset(
        {"log_sex_ratio": (("chain", "draw", "age", "period"), np.ones((2, 60, 3, 5)) / 3)},
        coords={"age": AGES, "period": np.arange(2019, 2024)},
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
    assert span_of(AGES) == "20-34"
    assert span_of(["80-84", "85+"]) == "80+"


def test_an_estimate_loads_and_reports_without_pymc(tmp_path):
    path = make_estimate().save(tmp_path / "a.nc")
    code = (
        "import json, sys; from estimator.estimate import Estimate; "
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
