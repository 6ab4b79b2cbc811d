"""What was opened in an outage and its backlog is taken together, and an outage is found by its backlog."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.data.cases import CasesByPeriod
from estimator.data.triangle import ReportingTriangle
from estimator.errors import DataError
from estimator.models.registry.delay_bins import DelayBins
from tests import registries
from tests.inference.kernel_cases import weekly

OUTAGE = ("2022-06-08", "2022-08-17")
CASES = {"month": registries.triangle(), "week": weekly()}


def model(resolution="month", cases=None, **more):
    return registries.model(CASES[resolution] if cases is None else cases, mixed_vintages=True, **more)


def opened(cases):
    """Return the number of each cell's period of opening, (periods, delays)."""
    return np.add.outer(np.arange(len(cases.periods)), np.arange(cases.max_delay + 1))


def rebuilt(cases, values, **more):
    options = {"resolution": cases.resolution, "extracted_on": cases.extracted_on} | more
    return ReportingTriangle.from_array(
        values, first=cases.periods[0], ages=cases.ages.labels, hide=True, **options
    )


def postponed(cases, first, last, share=1.0):
    """Return cases of which that share of those opened since one period are opened in a later one."""
    values, when = np.nan_to_num(cases.cases.values), opened(cases)
    for number in range(first, last):
        for period, delay in zip(*np.nonzero(when == number)):
            moved = np.floor(share * values[:, :, period, delay])
            values[:, :, period, delay] -= moved
            if (later := delay + last - number) <= cases.max_delay:
                values[:, :, period, later] += moved
    return rebuilt(cases, values)


@pytest.mark.parametrize("resolution", ["month", "week"])
@given(
    day=st.dates(np.datetime64("2022-01-01").item(), np.datetime64("2022-10-01").item()),
    days=st.integers(1, 60),
)
@settings(max_examples=15, deadline=None)
def test_no_case_is_lost(resolution, day, days):
    """Of each period of death cases and shares add up to what they are without an outage."""
    last = day + np.timedelta64(days, "D").item()
    horizon = {"month": 12, "week": 50}[resolution]
    plain = model(resolution, horizon=horizon).arrays()
    data = model(resolution, outages=[(day, last)], horizon=horizon).arrays()
    np.testing.assert_array_equal(data.women, plain.women)
    np.testing.assert_array_equal(data.men, plain.men)
    for one in (plain, data):
        np.testing.assert_array_equal(one.men_by_cell @ one.cell_membership.T, one.men[:3])
    np.testing.assert_array_equal(*(one.cell_membership @ one.civilians_by_cell for one in (plain, data)))
    shares = [one.cell_membership @ one.cell_visible for one in (plain, data)]
    np.testing.assert_allclose(*shares, atol=1e-12 if resolution == "month" else 0.1)
    assert (data.cell_visible.sum(1) > 0).all()


@pytest.mark.parametrize("outage", [OUTAGE, ("2019-05-08", "2019-07-17")])
@pytest.mark.parametrize("resolution", ["month", "week"])
def test_what_happens_within_the_outage_does_not_matter(resolution, outage):
    """The same arrays, to the digit, whether all was entered in time or on the backlog's last days.

    Before the war an outage would change the usual curve.
    """
    cases = CASES[resolution]
    days = cases.periods.astype("datetime64[D]")
    first, last = (int(np.searchsorted(days, np.datetime64(day), side="right")) - 1 for day in outage)
    late = postponed(cases, first, last)
    assert not np.array_equal(np.nan_to_num(late.cases), np.nan_to_num(cases.cases))
    one, other = (model(resolution, one, outages=[outage]).arrays() for one in (cases, late))
    for field in fields(one):
        values = getattr(one, field.name), getattr(other, field.name)
        if isinstance(values[0], np.ndarray) and not field.name.startswith("base_"):
            np.testing.assert_array_equal(*values, err_msg=field.name)
    assert one.prewar_delay_dispersion == other.prewar_delay_dispersion


def test_an_outage_is_one_cell_of_each_death():
    data = model(outages=[OUTAGE]).arrays()
    several = (data.cell_visible > 0).sum(1) > 1
    number = data.cell_membership @ several
    # deaths of March to August; those of August have no other cells in the outage
    np.testing.assert_array_equal(number, [1] * 5 + [0] * 5)
    assert (np.abs(data.cell_visible[several] - 1) < 0.2).sum() == 3 * 4 + 2
    curve = model().arrays()
    plain = curve.usual[(curve.cell_period == 0)][3:6].sum()
    assert data.usual[several][0] == pytest.approx(plain, rel=0.05)


def test_outages_that_share_a_month_are_one():
    both = model(outages=[("2022-07-20", "2022-08-17"), ("2022-06-08", "2022-07-03")]).arrays()
    np.testing.assert_array_equal(both.cell_visible, model(outages=[OUTAGE]).arrays().cell_visible)


def test_deaths_whose_last_delay_is_within_the_outage_lose_the_cells_inside():
    """Cases that the outage moved beyond the longest delay are in no cell: the others would be too few."""
    data = model(outages=[OUTAGE], horizon=4).arrays()
    plain = model(horizon=4).arrays()
    kept = data.cell_membership @ data.cell_visible
    # the last of four delays of a death in March is June, the outage's first month
    whole = (plain.cell_membership @ plain.cell_visible)[:3]
    np.testing.assert_allclose(kept[:3], whole * [[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1]])
    assert data.women[:, :2].sum() < plain.women[:, :2].sum()
    np.testing.assert_array_equal(data.women[:, 2:], plain.women[:, 2:])


@pytest.mark.parametrize(
    ("outages", "message"),
    [
        ("2022-06-08", "pairs of days"),
        (("2022-06-08", "2022-08-17"), "pairs of days"),
        ([("2022-06-08",)], "pairs of days"),
        ([("June", "2022-08-17")], "'June' is not a date"),
        ([("2022-08-17", "2022-06-08")], "runs backwards. Write 2022-06-08 to 2022-08-17"),
        ([("2014-06-08", "2022-08-17")], "begins before the triangle, on 2015-01-01"),
        ([("2023-02-08", "2023-08-17")], "later than the extraction on 2022-12-31"),
        ([("2022-11-08", "2023-01-17")], r"Take an extract of 2023-01-31 .*truncate\(\"2022-10-31\"\)"),
        ([("2021-06-08", "2022-06-17")], "longer than the model's 12 months of delay"),
    ],
)
def test_an_outage_that_cannot_be_used_is_refused(outages, message):
    with pytest.raises(DataError, match=message):
        model(outages=outages)


def test_cases_by_period_have_no_outages():
    settled = CasesByPeriod.of(CASES["month"], 5)
    assert model(cases=settled).suggest_outages() == ()
    with pytest.raises(DataError, match="do not say when each was opened"):
        model(cases=settled, outages=[OUTAGE])


def test_the_remedy_for_an_outage_that_is_not_over_works():
    cut = CASES["month"].truncate("2022-07-31")
    with pytest.raises(DataError, match=r"truncate\(\"2022-05-31\"\)"):
        model(cases=cut, outages=[OUTAGE])
    assert model(cases=cut.truncate("2022-05-31")).arrays().women.shape[1] == 3


def test_the_model_says_which_outages_it_has():
    one = model(outages=[OUTAGE])
    assert "outage from 2022-06-08 to 2022-08-17" in str(one)
    assert one.specification()["outages"] == [list(OUTAGE)]
    assert model().specification()["outages"] == []


def country(resolution, seed=1, women=3000.0):
    """Return a registry of a larger country, nine years long, with holidays each January."""
    rng = np.random.default_rng(seed)
    number, delays = (108, 24) if resolution == "month" else (468, 100)
    bins = DelayBins.of(resolution, delays)
    curve = np.concatenate(
        [np.full(b - a, share / (b - a)) for (a, b), share in zip(bins.edges, bins.civilian)]
    )
    season = 1 + 0.1 * np.cos(2 * np.pi * np.arange(number) / (number / 9))
    per = women if resolution == "month" else women * 12 / 52
    values = rng.poisson(
        per * season[:, None] * curve * np.array([1.0, 2.5])[:, None, None, None], (2, 4, number, delays)
    )
    first = "2014-01-01" if resolution == "month" else "2013-12-30"
    made = ReportingTriangle.from_array(
        values, first=first, ages=registries.AGES, resolution=resolution, extracted_on="2022-12-31", hide=True
    )
    days = made.periods.astype("datetime64[D]")
    for january in np.searchsorted(days, np.arange("2014", "2023", dtype="datetime64[Y]").astype(days.dtype)):
        made = postponed(made, january, january + 1, 0.25 if resolution == "month" else 0.9)
    return made


@pytest.mark.parametrize("resolution", ["month", "week"])
@pytest.mark.parametrize("women", [100.0, 3000.0])
def test_holidays_are_no_outage_and_an_outage_is_found(resolution, women):
    calm, horizon = country(resolution, women=women), {"month": 18, "week": 78}[resolution]
    assert model(cases=calm, horizon=horizon).suggest_outages() == ()
    days = calm.periods.astype("datetime64[D]")
    first, last = (int(np.searchsorted(days, np.datetime64(day))) for day in ("2022-05-01", "2022-07-01"))
    struck = postponed(calm, first, last, 0.8)
    ((begin, end),) = found = model(cases=struck, horizon=horizon).suggest_outages()
    assert 0 <= (begin - days[first].item()).days <= 7
    assert 0 <= (days[last + 1].item() - end).days <= 15
    # known outages are not suggested again, and one that is not over is none
    assert model(cases=struck, horizon=horizon, outages=found).suggest_outages() == ()
    assert model(cases=struck.truncate("2022-06-30"), horizon=horizon).suggest_outages() == ()
