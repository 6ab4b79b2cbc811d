import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
import pytest
from scipy.special import expit
from scipy.stats import lognorm, multivariate_normal, norm

from estimator.data.bundled import read_bundled
from estimator.models.preconditioning import walk_density
from estimator.models.registry.preconditioner import Preconditioner, WalkPenalty
from estimator.models.registry.priors import (
    RECRUITS_SD,
    WAR_PERSISTENCE,
    WAR_STEP,
    profile_prior,
    war_innovations,
)
from estimator.models.registry.war_deaths import add_war_cases
from tests import registries
from tests.graphs import compiled


def test_a_steady_war_makes_no_step_wherever_in_a_month_it_begins():
    data = registries.model(war_began="2022-03-29").arrays()
    units, periods = Preconditioner.of(data), len(data.war_exposure)
    opened = np.linspace(-0.1, -3.0, periods)
    with pm.Model(coords=data.coords() | {"drift_mode": range(len(units.drift.information))}) as graph:
        cases = add_war_cases(
            data, units, pt.constant([0.6, 0.6, 0.6]), pt.constant(opened), pt.ones(periods)
        )
    density = next(one for one in graph.potentials if one.name == "war_walk")
    evaluate, point = compiled(graph, [pt.log(cases.sum(axis=0)), density])

    def at(free):
        found = evaluate(war_free=free)
        return found[0], float(found[1])

    origin = at(np.zeros(periods))[0]
    slope = np.stack([at(row)[0] - origin for row in np.eye(periods)], axis=1)
    level = data.war_level
    steady = at(np.linalg.solve(slope, level + np.log(data.war_exposure) - origin))
    np.testing.assert_allclose(np.exp(steady[0]) / data.war_exposure, np.exp(level))
    jump = at(np.linalg.solve(slope, level - origin))  # as many in the three days as in a month
    assert steady[1] > jump[1] + 1
    step = float(np.exp(point["war_step_sd_log__"]))
    kept = float(expit(point["war_persistence_logodds__"]))
    none = walk_density(np.zeros(periods), first_sd=2.0, step_sd=step, persistence=kept).eval()
    assert steady[1] == pytest.approx(float(none))


PUBLISHED = [
    ("rnd2023_weekly_excess", "week_start", "excess_deaths", 0.31, 0.65),
    ("registry2026_weekly_estimate", "week", "named", 0.33, 0.45),
    ("registry2026_weekly_estimate", "week", "estimate", 0.46, 0.17),
]


def steps_of_months(table, week, column):
    """Return steps of the log number a day, by month, of a published course by week."""
    found = read_bundled(table)
    daily = pd.Series(found[column].to_numpy(float) / 7, pd.to_datetime(found[week]))
    daily.iloc[0] *= 7 / 4  # the war began on a Thursday
    by_month = daily.resample("D").ffill().resample("MS").mean()
    return np.diff(np.log(by_month.to_numpy()))


def persistence(steps):
    """Return the correlation of steps about zero with the steps before them."""
    return (steps[1:] * steps[:-1]).mean() / (steps**2).mean()


@pytest.mark.parametrize(("table", "week", "column", "size", "kept"), PUBLISHED)
def test_steps_of_published_courses_are_those_that_the_prior_was_made_for(table, week, column, size, kept):
    """The figures of the docstrings of WAR_STEP and WAR_PERSISTENCE; the prior has them well inside."""
    steps = steps_of_months(table, week, column)[:12]
    assert np.sqrt(np.mean(steps**2)) == pytest.approx(size, abs=0.005)
    assert persistence(steps) == pytest.approx(kept, abs=0.005)
    location, scale = WAR_STEP["month"]
    below = lognorm.cdf(size, scale, scale=np.exp(location))
    assert 0.25 < below < 0.75


@pytest.mark.parametrize(("column", "kept"), [("named", 0.26), ("estimate", 0.07)])
def test_steps_of_four_years_persist_as_the_prior_says(column, kept):
    steps = steps_of_months("registry2026_weekly_estimate", "week", column)
    assert persistence(steps) == pytest.approx(kept, abs=0.005)


def test_the_prior_of_persistence_is_the_one_its_docstring_states():
    location, scale = WAR_PERSISTENCE
    found = expit(norm.ppf([0.05, 0.5, 0.95], location, scale))
    np.testing.assert_allclose(found, [0.10, 0.30, 0.62], atol=0.005)


@pytest.mark.parametrize("kept", [0.0, 0.6])
@pytest.mark.parametrize("periods", [1, 2, 3, 9])
def test_the_density_of_a_walk_is_that_of_steps_with_its_correlation(kept, periods):
    levels = 0.5 * np.random.default_rng(1).standard_normal((2, periods))
    lag = np.abs(np.subtract.outer(np.arange(periods - 1), np.arange(periods - 1)))
    covariance = 0.4**2 * kept**lag
    found, expected = [], []
    for one in levels:
        density = walk_density(pt.constant(one), first_sd=2.0, step_sd=0.4, persistence=kept)
        found.append(float(density.eval()))
        steps = multivariate_normal.logpdf(np.diff(one), cov=covariance) if periods > 1 else 0.0
        expected.append(norm.logpdf(one[0], 0, 2.0) + steps)
    np.testing.assert_allclose(found, expected)


def test_units_of_a_walk_know_its_penalty_at_every_persistence():
    modes = np.random.default_rng(1).standard_normal((6, 6))
    penalty = WalkPenalty.of(modes)
    for kept in (0.0, 0.3, 0.8):
        walk = war_innovations(6, kept) @ modes
        np.testing.assert_allclose(penalty.at(kept), (walk**2).sum(0))
        slope = (penalty.at(kept + 1e-6) - penalty.at(kept - 1e-6)) / 2e-6
        np.testing.assert_allclose(penalty.slope(kept), slope, rtol=1e-6)


@pytest.mark.parametrize("kept", [0.0, 0.3])
@pytest.mark.parametrize("periods", [1, 2, 9])
def test_innovations_make_steps_of_one_sd_with_one_correlation(kept, periods):
    to_innovations = war_innovations(periods, kept)
    assert to_innovations.shape == (periods - 1, periods)
    np.testing.assert_allclose(to_innovations.sum(axis=1), 0, atol=1e-12)  # a level walks nowhere
    root = np.linalg.inv(to_innovations[:, 1:])  # of levels about the first
    root_of_steps = np.diff(np.eye(periods), axis=0)[:, 1:] @ root
    lag = np.abs(np.subtract.outer(np.arange(periods - 1), np.arange(periods - 1)))
    expected = kept**lag
    np.testing.assert_allclose(root_of_steps @ root_of_steps.T, expected, atol=1e-12)


def test_a_band_has_the_share_of_its_years_in_which_men_may_serve():
    mean, covariance = profile_prior(("10-14", "15-19", "20-24", "25-29"))
    np.testing.assert_allclose(np.exp(mean), [0.02, 0.4, 1, 1])
    apart = covariance[1:, 1:] + covariance[:-1, :-1] - covariance[1:, :-1] - covariance[:-1, 1:]
    assert np.exp(np.sqrt(apart[2, 2])) == pytest.approx(2, abs=0.3)  # grown men: half or twice


def test_wider_bands_have_more_of_the_dead_and_less_of_what_only_recruits_have():
    mean, covariance = profile_prior(("18-24", "25-34", "35-44"))
    np.testing.assert_allclose(np.exp(mean - mean[1]), [0.7, 1, 1])
    np.testing.assert_allclose(covariance[0, 0] - covariance[1, 1], RECRUITS_SD**2 * 2 / 7)


def test_the_prior_gives_room_to_few_recruits_as_were_published():
    """In 2022 a ninth as many died at 15-19 as at 20-24: within a standard deviation and a half."""
    table = read_bundled("rnd2023_estimates_by_age_2022").set_index("age_low")["registry_estimate_2022"]
    mean, covariance = profile_prior(("15-19", "20-24"))
    away = np.log(table.loc[15] / table.loc[20]) - (mean[0] - mean[1])
    sd = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert abs(away) < 1.5 * sd
