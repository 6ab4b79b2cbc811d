"""The density of the war dead to a day: gradients, delays, the walk's weights."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.stats import nbinom, weibull_min
from scipy.stats import t as student_t

from estimator.data.record import YearOfExcess
from estimator.models.present.arrays import LATE_AFTER, Minima, lag_until, present_arrays, share_until
from estimator.models.present.density import PresentDensity, _log_gamma, reverting_weights, step_weights
from estimator.models.present.point import student
from estimator.models.present.priors import PresentPriors
from estimator.sources.record import load_record


def density(day, years=()):
    known = replace(load_record().as_of(day), years=years)
    return PresentDensity(present_arrays(known, day), PresentPriors())


@pytest.mark.parametrize("day", [date(2023, 7, 11), date(2024, 3, 1), date(2026, 5, 22)])
def test_gradients_are_those_of_finite_differences(day):
    model = density(day, (YearOfExcess(2022, day, 15_000.0, 0.3), YearOfExcess(2023, day, 30_000.0, 0.2)))
    rng, step = np.random.default_rng(1), 1e-5
    point = model.start() + 0.2 * rng.standard_normal(model.size)
    moves = step * np.eye(model.size)
    slopes = (model(point + moves)[0] - model(point - moves)[0]) / (2 * step)
    assert model(point[None])[1][0] == pytest.approx(slopes, rel=1e-4, abs=2e-4)


def test_points_do_not_touch_one_another():
    model = density(date(2024, 3, 1))
    points = model.start() + 0.1 * np.random.default_rng(2).standard_normal((3, model.size))
    together = model(points)
    for row, point in enumerate(points):
        alone = model(point[None])
        assert together[0][row] == pytest.approx(alone[0][0])
        assert together[1][row] == pytest.approx(alone[1][0])


def test_a_scale_that_is_integrated_out_makes_a_student():
    x = np.array([[0.3, -1.2]])
    value, _ = student(x, 0.5, 4.0)
    exact = student_t.logpdf(x[0] / 0.5, 4.0)
    assert np.diff(value) == pytest.approx(np.diff(exact))


def test_stirling_is_near_the_gamma_function():
    names, size, mean = np.array([0.0, 3.0, 150.0]), 6.0, 40.0
    terms = _log_gamma(names + size)[0] - _log_gamma(np.array([size]))[0]
    ours = terms + names * np.log(mean / (size + mean))
    exact = nbinom.logpmf(names, size, size / (size + mean)) + np.array(
        [0.0, np.log(6.0), sum(np.log(np.arange(1, 151)))]
    )
    assert ours - ours[0] == pytest.approx(exact - exact[0], abs=1e-3)


def test_late_deaths_are_declared_after_half_a_year():
    model = density(date(2024, 3, 1))
    deaths, late, declared = model.deaths(model.start()[None])
    assert late / deaths == pytest.approx(0.25)
    lag = model.arrays.lag_of_day
    median, shape = (model.priors.positive[f"declared_{name}"][0] for name in ("delay", "shape"))
    assert declared / late == pytest.approx(
        weibull_min.cdf(lag, shape, scale=median / np.log(2) ** (1 / shape))[None]
    )
    recent = lag_until(model.arrays.starts, model.arrays.day) < LATE_AFTER
    assert (declared[0, recent] < 1e-3 * late[0, recent]).all()


def test_a_walk_keeps_its_steps():
    weights = np.array([[1.0, 0.5, 0.0, 0.0], [0.0, 0.5, 1.0, 0.5], [0.0, 0.0, 0.0, 0.5]])
    assert step_weights(weights).tolist() == [[0.0, 0.5, 1.0, 1.0], [0.0, 0.0, 0.0, 0.5]]


def test_a_share_goes_back_to_its_level():
    left = reverting_weights(np.eye(4), 0.5)
    assert left[1].tolist() == [0.0, 1.0, 0.5, 0.25]
    assert (left**2).sum(0) == pytest.approx(np.full(4, 1 / (1 - 0.25)))


def test_no_fewer_have_died_than_are_named():
    """Without any other statement but the names themselves, a point below the names is all but ruled out."""
    model = density(date(2024, 3, 1))
    minima, error = model.arrays.minima, model.priors.list_error
    assert np.exp(minima.log_names[0]) == pytest.approx(load_record().as_of("2024-03-01").minimum[1])
    dated = load_record().as_of("2024-03-01").names[-1].names
    assert np.exp(minima.log_names[1:]).sum() == pytest.approx(
        dated[dated.index >= model.arrays.starts[0]].sum()
    )
    without = PresentDensity(
        replace(model.arrays, minima=Minima(minima.weights[:0], minima.log_names[:0])), model.priors
    )
    point = model.start()[None].copy()

    def lost(logs):
        point[:, model.slices["u"]] = logs
        return without(point)[0][0] - model(point)[0][0]

    assert lost(20.0) == pytest.approx(0)
    dead = (minima.weights @ model.deaths(model.start()[None])[0].T)[:, 0]
    short = (minima.log_names - np.log(dead)).max()
    level = model.start()[model.slices["u"]][0] + short
    assert lost(level + 2 * error) < 5
    assert lost(level - 5 * error) > 12


def test_names_left_out_bound_nothing():
    known = load_record().as_of("2024-03-01").without("names")
    assert len(present_arrays(known, date(2024, 3, 1)).minima.weights) == 0


def test_small_figures_of_late_deaths_may_be_none():
    """A figure of zero says that few had been declared, however few the model expects."""
    model = density(date(2026, 5, 22))
    cells = model.arrays.cells
    late = (cells.kind == 2) & (cells.lag_declared < 1)
    assert late.any()
    assert (cells.deaths[late] == 0).all()
    deaths = np.where(late, 40.0, cells.deaths)
    other = PresentDensity(replace(model.arrays, cells=replace(cells, deaths=deaths)), model.priors)
    point = model.start()[None]
    assert abs(model(point)[0][0] - other(point)[0][0]) < 20


def test_a_block_counts_to_the_end_of_the_day():
    model = density(date(2024, 3, 1))
    starts = model.arrays.starts
    assert share_until(starts, model.arrays.day).sum() * 28 == (model.arrays.day - starts[0]).days + 1
