"""The Gaussian core against a Kalman filter and smoother written here, and against exact integrals."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logsumexp
from scipy.stats import multivariate_normal

from estimator.data.periods import Periods
from estimator.inference.marginal import GaussianCore, sample_marginal
from estimator.models.baseline import LEVEL_SD, age_correlation
from estimator.models.vital.model import VitalModel
from tests.simulated import simulate_counts

X = np.log([0.02, 0.01, 0.7 / 0.3, 0.01, 4.0])


@pytest.fixture(scope="module")
def core():
    counts = simulate_counts(seed=3, women=1e5)
    periods = Periods((1995, 2006), (2010, 2011), masked=(2007, 2008))
    model = VitalModel(counts, periods, ages=(20, 39), control_ages=(55, 64), cohorts=False, border_ages=None)
    return GaussianCore(model.surface())


def kalman(core, x):
    """Filter and smooth level and slope of every age; returns log likelihood and smoothed ratio."""
    hyper = core.hyper(x)
    surface = core.surface
    ages, steps = surface.observed.shape
    correlation = age_correlation(surface.midpoint, shared=hyper["shared"])
    phi, eye = hyper["damping"], np.eye(ages)
    move = np.block([[eye, eye], [0 * eye, phi * eye]])
    noise = np.block(
        [
            [hyper["level_sd"] ** 2 * correlation, 0 * eye],
            [0 * eye, hyper["slope_sd"] ** 2 * correlation],
        ]
    )
    state = np.concatenate([surface.mean[:, 0], np.zeros(ages)])
    spread = np.block(
        [
            [LEVEL_SD**2 * correlation, 0 * eye],
            [0 * eye, hyper["slope_sd"] ** 2 / (1 - phi**2) * correlation],
        ]
    )
    pseudo, variance = np.zeros((ages, steps)), np.ones((ages, steps))
    pseudo[surface.observed], variance[surface.observed] = core.pseudo, core.variance
    log_likelihood, predicted, filtered = 0.0, [], []
    for t in range(steps):
        if t:
            state, spread = move @ state, move @ spread @ move.T + noise
        predicted.append((state, spread))
        seen = np.flatnonzero(surface.observed[:, t])
        if len(seen):
            pick = np.zeros((len(seen), 2 * ages))
            pick[np.arange(len(seen)), seen] = 1
            error = hyper["transient_sd"] ** 2 * correlation[np.ix_(seen, seen)] + np.diag(variance[seen, t])
            total = pick @ spread @ pick.T + error
            miss = pseudo[seen, t] - pick @ state
            solved = np.linalg.solve(total, miss)
            log_likelihood += -0.5 * miss @ solved - 0.5 * np.linalg.slogdet(total)[1]
            gain = spread @ pick.T
            state = state + gain @ solved
            spread = spread - gain @ np.linalg.solve(total, gain.T)
        filtered.append((state, spread))
    smooth = [filtered[-1][0]]
    for t in range(steps - 2, -1, -1):
        gain = np.linalg.solve(predicted[t + 1][1].T, (filtered[t][1] @ move.T).T).T
        smooth.insert(0, filtered[t][0] + gain @ (smooth[0] - predicted[t + 1][0]))
    return log_likelihood, np.array(smooth)[:, :ages].T


def test_marginal_likelihood_equals_the_kalman_filters(core):
    other = X + np.array([0.5, -0.7, 0.4, 0.3, -0.6])
    ours = core.log_posterior(X) - core.log_prior(X) - (core.log_posterior(other) - core.log_prior(other))
    theirs = kalman(core, X)[0] - kalman(core, other)[0]
    assert ours == pytest.approx(theirs, abs=1e-6)


def test_drawn_surface_has_the_smoothers_mean(core):
    hyper = X.copy()
    hyper[3] = np.log(1e-6)  # without transient shocks the surface is the smoother's level
    rng = np.random.default_rng(0)
    draws = core.draw(hyper, rng, 3000)[1]
    error = draws.std(axis=0) / np.sqrt(len(draws))
    assert np.all(np.abs(draws.mean(axis=0) - kalman(core, hyper)[1]) < 5 * error + 1e-6)


def test_doubling_counts_halves_the_counting_variance(core):
    surface = core.surface
    twice = GaussianCore(replace(surface, target=2 * surface.target, control=2 * surface.control))
    np.testing.assert_allclose(twice.variance, core.variance / 2, rtol=1e-3)


def test_linearised_single_cell_matches_quadrature():
    """One age, few deaths, some cells without women: importance weights repair the Gaussian core."""
    counts = simulate_counts(seed=5, women=6.0, lows=(20, 20))
    data = counts.data.copy(deep=True)
    data["count"][{"sex": 0, "period": slice(3, 6)}] = 0
    model = VitalModel(
        type(counts)(data), Periods((1995, 2008), (2011, 2011)), ages=(20, 24), control_ages=None,
        cohorts=False,
    )  # fmt: skip
    core = GaussianCore(model.surface())
    core.linearise(X)
    rng = np.random.default_rng(2)
    draws = core.draw(X, rng, 6000)[1]
    log_weight = core.exact_correction(draws)
    weight = np.exp(log_weight - logsumexp(log_weight))
    ours = weight @ np.array([d[0, 0] for d in draws])
    # the same mean by weighting draws from the prior with the binomial likelihood alone
    age, time = core.surface.covariance(core.hyper(X))
    root = np.linalg.cholesky(age[0, 0] * time + 1e-9 * np.eye(len(time)))
    prior = 1.0 + rng.standard_normal((400_000, len(time))) @ root.T
    seen = core.surface.observed[0]
    men, women = core.surface.target[0, seen], core.surface.control[0, seen]
    share = expit(prior[:, seen])
    log_likelihood = (men * np.log(share) + women * np.log1p(-share)).sum(axis=1)
    brute = np.exp(log_likelihood - logsumexp(log_likelihood))
    error = np.sqrt(np.sum(brute**2 * (prior[:, 0] - brute @ prior[:, 0]) ** 2))
    assert abs(ours - brute @ prior[:, 0]) < 4 * error + 0.02


@pytest.mark.parametrize("border_ages", [None, (50, 54)])
def test_with_cohorts_density_and_draws_are_those_of_the_dense_covariance(border_ages):
    counts = simulate_counts(seed=3, women=1e5)
    periods = Periods((1995, 2006), (2010, 2011), masked=(2007, 2008))
    surface = VitalModel(
        counts, periods, ages=(20, 39), control_ages=(55, 64), border_ages=border_ages
    ).surface()
    core = GaussianCore(surface)
    points = [np.append(X, np.log(sd)) for sd in (0.05, 0.4)]
    seen = surface.observed.ravel()
    densities, whole = [], []
    for point in points:
        hyper = core.hyper(point)
        basis = hyper["cohort_sd"] * surface.cohort_basis
        allowance = surface.allowance.reshape(len(basis), -1)
        total = np.kron(*surface.covariance(hyper)) + basis @ basis.T + allowance @ allowance.T
        noisy = total[np.ix_(seen, seen)] + np.diag(core.variance)
        miss = core.pseudo - surface.mean[surface.observed]
        densities.append(multivariate_normal(np.zeros(len(noisy)), noisy).logpdf(miss))
        whole.append((total[:, seen] @ np.linalg.solve(noisy, miss)).reshape(seen.size))
    ours = [core.log_posterior(point) - core.log_prior(point) for point in points]
    assert ours[1] - ours[0] == pytest.approx(densities[1] - densities[0], abs=1e-5)
    draws = core.draw(points[1], np.random.default_rng(0), 4000)[1] - surface.mean
    error = draws.std(axis=0) / np.sqrt(len(draws))
    assert np.all(np.abs(draws.mean(axis=0) - whole[1].reshape(error.shape)) < 5 * error)


def test_cohorts_that_differ_are_followed_up_the_ages():
    """Men born 1972-79 die half as often again, at every age: the scale and the future follow them."""
    calm = simulate_counts(seed=3, women=1e5)
    frame = calm.to_frame()
    born = frame["year"] - frame["age_low"] - 2.5
    bump = np.exp(0.4 * np.exp(-0.5 * ((born - 1975) / 6) ** 2))
    frame["count"] = np.where(frame["sex"] == "male", frame["count"] * bump, frame["count"]).round()
    bumped = type(calm).from_frame(frame, source="simulated")
    periods = Periods((1995, 2006), (2010, 2011), masked=(2007, 2008))
    scale, error = {}, {}
    for name, counts in (("calm", calm), ("bumped", bumped)):
        for cohorts in (True, False):
            model = VitalModel(counts, periods, (20, 39), (55, 64), cohorts=cohorts)
            posterior, found = sample_marginal(model.surface(), seed=1, draws=1000, minimum_ess=100)
            assert found.converged
            ratio = posterior["log_sex_ratio"].sel(period=2011, age=list(model.target_labels))
            observed = counts.data["count"].sel(age=list(model.target_labels), period=2011)
            truth = np.log(observed.sel(sex="male") / observed.sel(sex="female"))
            miss = ratio.mean(("chain", "draw")) - truth
            error[name, cohorts] = float(np.sqrt((miss**2).mean()))
            if cohorts:
                scale[name] = float(posterior["cohort_sd"].median())
    assert scale["bumped"] > 1.5 * scale["calm"]
    assert error["bumped", True] < 0.8 * error["bumped", False]
