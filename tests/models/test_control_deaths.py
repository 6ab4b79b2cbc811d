"""The women's expected deaths: what large counts say, what small ones leave to their past."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import estimator as est
from estimator.models.baseline import LEVEL_SD, age_correlation
from estimator.models.vital import surface as control_deaths
from estimator.models.vital.surface import ControlPriors, draw_control
from tests.simulated import simulate_counts

PERIODS = est.Periods(baseline=(2000, 2017), masked=(2018, 2019), target=(2020, 2021))


def surface_of(women):
    """Return a surface whose women are given by age × year."""
    return replace(model().surface(), control=np.asarray(women, float))


def model():
    counts = simulate_counts(seed=1, years=range(2000, 2022), lows=(15, 65))
    return est.VitalModel(counts, PERIODS, border_ages=None)


def drawn(women, count=4000):
    return draw_control(surface_of(women), count, rng=np.random.default_rng(1))


def test_large_counts_speak_for_themselves():
    women = np.full((10, 22), 400_000.0)
    women[:, -2:] = 700_000.0  # a shock that no past foretells
    found = drawn(women)
    assert found.shape == (4000, 7, 2)
    assert found.mean(0) == pytest.approx(700_000, rel=0.003)
    assert found.std(0) == pytest.approx(np.sqrt(700_000), rel=0.1)


def test_small_counts_lean_on_their_past():
    women = np.full((10, 22), 20.0)
    women[2, -1] = 32
    found = drawn(women)
    alone = np.sqrt(32.5)
    assert 20 < found[:, 2, 1].mean() < 28
    assert found[:, 2, 1].std() < 0.7 * alone
    assert found[:, 5, 1].mean() == pytest.approx(20, rel=0.1)


def test_a_shock_of_all_ages_is_followed_where_one_age_is_not():
    everywhere, alone = np.full((10, 22), 60.0), np.full((10, 22), 60.0)
    everywhere[:, -2:] = 90
    alone[3, -1] = 90
    assert drawn(everywhere)[:, 3, 1].mean() > 84
    assert drawn(alone)[:, 3, 1].mean() < 78


def test_a_past_in_turmoil_is_trusted_less():
    calm, wild = np.full((10, 22), 400.0), np.full((10, 22), 400.0)
    wild[:, 1::2] *= 1.5
    for women in (calm, wild):
        women[3, -2:] = 560
    assert abs(drawn(wild)[:, 3].mean() - 560) < abs(drawn(calm)[:, 3].mean() - 560)


def test_a_cell_without_women_has_some_expected():
    women = np.full((10, 22), 3.0)
    women[0, -2:] = 0
    found = drawn(women)
    assert np.isfinite(found).all()
    assert 0.3 < found[:, 0].mean() < 3


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.2, 5.0, 300.0, 1e6]))
@settings(max_examples=15, deadline=None)
def test_draws_are_positive_and_finite_for_any_counts(seed, level):
    women = np.random.default_rng(seed).poisson(level, (10, 22))
    found = drawn(women, 100)
    assert (found > 0).all()
    assert np.isfinite(found).all()


def test_one_cell_agrees_with_its_exact_posterior():
    """A log-normal prior and a Poisson count, integrated on a grid."""
    prior_mean, prior_sd, count = np.log(10.0), 0.4, 17.0
    mode = control_deaths._mode(
        np.array([[prior_sd**2]]), np.array([prior_mean]), np.array([True]), np.array([count]),
        np.array([prior_mean]),
    )  # fmt: skip
    x = np.linspace(prior_mean - 4, prior_mean + 4, 40_001)
    density = count * x - np.exp(x) - 0.5 * ((x - prior_mean) / prior_sd) ** 2
    evidence = np.log(np.trapezoid(np.exp(density), x) / (prior_sd * np.sqrt(2 * np.pi)))
    assert mode.evidence == pytest.approx(evidence, abs=0.01)
    weights = np.exp(density - density.max())
    mean = np.average(x, weights=weights)
    sd = np.sqrt(np.average((x - mean) ** 2, weights=weights))
    draws = control_deaths._draw(
        mode, np.array([prior_mean]), np.array([True]), np.array([True]), 100_000,
        np.random.default_rng(1),
    )  # fmt: skip
    assert draws.mean() == pytest.approx(mean, abs=0.02)
    assert draws.std() == pytest.approx(sd, rel=0.02)


def test_coverage_of_the_expected_deaths():
    """Women drawn from the prior, with its scale and shock: 90% intervals hold the truth."""
    template = surface_of(np.full((10, 22), 1.0))
    rng = np.random.default_rng(7)
    target = np.isin(template.years, PERIODS.target)
    over_age = age_correlation(template.midpoint, shared=template.control_priors.shared)
    level = LEVEL_SD**2 * np.kron(over_age, np.ones((22, 22)))  # given here, not drawn
    held = []
    for _ in range(30):
        scale, shock = np.exp(rng.normal([0, np.log(0.03)], [0.4, 1.0]))
        covariance = control_deaths.control_covariance(template, scale, shock) - level
        root = np.linalg.cholesky(covariance + 1e-8 * np.eye(220))
        expected = np.exp(np.log(40) + (root @ rng.standard_normal(220)).reshape(10, 22))
        made = surface_of(rng.poisson(expected))
        draws = draw_control(made, 400, rng=rng)
        low, high = np.quantile(draws.sum(1), [0.05, 0.95], axis=0)
        truth = expected[:7, target].sum(0)
        held.append((low <= truth) & (truth <= high))
    assert 0.83 <= np.mean(held) <= 0.97


def few_ages(women):
    """Return a surface of three ages and eight years, whose posterior can be sampled by other means."""
    counts = simulate_counts(seed=1, years=range(2000, 2008), lows=(20, 30))
    periods = est.Periods(baseline=(2000, 2004), masked=(2005,), target=(2006, 2007))
    made = est.VitalModel(counts, periods, ages=(20, 34), control_ages=None).surface()
    return replace(made, control=np.asarray(women, float))


def slice_sample(surface, count, rng):
    """Sample grid and logarithm together: elliptical slices, and the grid by its exact conditional."""
    priors = surface.control_priors
    mean = control_deaths._mean(surface).ravel()
    seen = (surface.observed | surface.asked).ravel()
    counts = surface.control.ravel()[seen]
    grid = product(priors.scales, priors.shocks)
    roots = [np.linalg.cholesky(control_deaths.control_covariance(surface, *point)) for point in grid]
    halves = np.array([np.log(np.diag(root)).sum() for root in roots])
    inverses = np.array([np.linalg.inv(root) for root in roots])

    def log_likelihood(at):
        return counts @ (mean + at)[seen] - np.exp((mean + at)[seen]).sum()

    where, place, found = 0.0 * mean, 3, np.empty((count, mean.size))
    where[seen] = np.log(counts + 0.5) - mean[seen]
    for i in range(count):
        other = roots[place] @ rng.standard_normal(mean.size)
        bar = log_likelihood(where) - rng.exponential()
        angle = rng.uniform(0, 2 * np.pi)
        low, high = angle - 2 * np.pi, angle
        while log_likelihood(there := where * np.cos(angle) + other * np.sin(angle)) < bar:
            low, high = (angle, high) if angle < 0 else (low, angle)
            angle = rng.uniform(low, high)
        where = there
        squares = ((inverses @ where) ** 2).sum(1)
        density = priors.log_weights.ravel() - halves - 0.5 * squares
        chance = np.exp(density - density.max())
        place = rng.choice(len(roots), p=chance / chance.sum())
        found[i] = mean + where
    return found.reshape(count, *surface.observed.shape)[:, :, -2:]


@pytest.mark.parametrize("level", [2, 12])
def test_the_whole_posterior_agrees_with_an_exact_sampler(level):
    rng = np.random.default_rng(level)
    surface = few_ages(rng.poisson(level, (3, 8)))
    chains = [slice_sample(surface, 6000, np.random.default_rng(seed))[500:] for seed in (1, 2, 3)]
    exact = np.concatenate(chains)
    ours = np.log(draw_control(surface, 20_000, rng=rng))
    between = np.std([chain.mean(0) for chain in chains], axis=0).max()
    sd = exact.std(0)
    assert between < 0.25 * sd.min()  # the exact sampler has mixed
    assert np.abs(ours.mean(0) - exact.mean(0)).max() < 0.25 * sd.min()
    assert ours.std(0) == pytest.approx(sd, rel=0.15)


def test_constants_are_in_the_provenance_and_may_be_chosen():
    surface = surface_of(np.full((10, 22), 20.0))
    assert model().specification()["control_priors"]["shock_sd"] == 0.03
    priors = ControlPriors(shock_sd=1.0, shock_spread=0.1)
    loose = replace(model(), control_priors=priors)
    assert loose.specification()["control_priors"]["shock_sd"] == 1.0
    assert loose.surface().control_priors == priors
    spread = drawn(surface.control).std(0)
    wide = draw_control(replace(surface, control_priors=priors), 4000, rng=np.random.default_rng(1)).std(0)
    assert (wide > 1.2 * spread).all()


def test_the_grid_has_the_prior_of_its_sds():
    priors = ControlPriors()
    weights = np.exp(priors.log_weights)
    weights /= weights.sum()
    scale, shock = np.log(priors.scales), np.log(priors.shocks / priors.shock_sd)
    assert scale[3] == 0
    assert np.sqrt(weights.sum(1) @ scale**2) == pytest.approx(priors.scale_sd, rel=0.05)
    assert np.sqrt(weights.sum(0) @ shock**2) == pytest.approx(priors.shock_spread, rel=0.1)


def test_a_pandemic_is_followed_and_quiet_years_are_steadied():
    """A third more women of all ages; the same with the shock's size fixed, as the model once had it."""
    quiet, pandemic = np.full((10, 22), 40.0), np.full((10, 22), 40.0)
    pandemic[:, -2:] *= 4 / 3
    fixed = ControlPriors(shock_sd=0.1, shock_spread=1e-3, shock_span=(1e-6, 2))

    def in_all(women, priors):
        surface = replace(surface_of(women), control_priors=priors)
        drawn = draw_control(surface, 4000, rng=np.random.default_rng(1)).sum(1)
        return drawn.mean() / women[:7, -1].sum(), drawn.std(0).mean() / drawn.mean()

    missed, _ = in_all(pandemic, fixed)
    followed, wide = in_all(pandemic, ControlPriors())
    assert missed < 0.96 < 0.97 < followed < 1.01
    _, once = in_all(quiet, fixed)
    level, narrow = in_all(quiet, ControlPriors())
    assert level == pytest.approx(1, abs=0.01)
    assert narrow < 0.8 * once < once < wide
