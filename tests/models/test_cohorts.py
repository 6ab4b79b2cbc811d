"""The cohort process: birth years of cells, its covariance, and the density of a surface with it."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from estimator.models.baseline import Cohorts, age_correlation, cohort_correlation, time_covariance
from estimator.models.baseline_graph import surface_density

BANDS = {
    "one year": [(age, age) for age in range(20, 32)],
    "five years": [(low, low + 4) for low in range(15, 70, 5)],
    "unequal": [(15, 17), (18, 19), (20, 29), (30, 49), (55, 69)],
}


@pytest.mark.parametrize("bands", BANDS.values(), ids=BANDS)
def test_covariance_of_cells_is_that_of_mean_birth_years(bands):
    found = Cohorts.of(*zip(*bands), range(2000, 2013))
    np.testing.assert_allclose(found.share.sum(-1), 1)
    flat = found.share.reshape(-1, len(found.births))
    exact = flat @ cohort_correlation(found.births) @ flat.T
    basis = found.basis.reshape(len(flat), -1)
    np.testing.assert_allclose(basis @ basis.T, exact, atol=1e-3)
    over_age = age_correlation(np.array([(low + high + 1) / 2 for low, high in bands]), shared=0.8)
    over_time = time_covariance(13, level_sd=0.02, slope_sd=0.01, damping=0.7, transient_sd=0.01)
    total = np.kron(over_age, over_time) + 0.3**2 * basis @ basis.T
    assert np.linalg.eigvalsh(total).min() > 0


def test_who_died_at_an_age_was_born_in_one_of_two_years():
    found = Cohorts.of([20, 21], [20, 25], [2000, 2001])
    born = {
        (age, year): dict(zip(found.births[row > 0].tolist(), row[row > 0].tolist()))
        for age, rows in zip(("20", "21-25"), found.share)
        for year, row in zip((2000, 2001), rows)
    }
    assert born["20", 2000] == {1979: 0.5, 1980: 0.5}
    assert born["20", 2001] == {1980: 0.5, 1981: 0.5}
    assert born["21-25", 2000] == {
        1974: 0.1, 1975: 0.2, 1976: 0.2, 1977: 0.2, 1978: 0.2, 1979: 0.1
    }  # fmt: skip


def test_five_ages_of_one_year_make_a_band_of_five():
    years = range(2000, 2010)
    single = Cohorts.of(range(20, 25), range(20, 25), years)
    band = Cohorts.of([20], [24], years)
    np.testing.assert_allclose(single.share.mean(0), band.share[0])


def test_density_of_a_surface_is_that_of_its_covariance():
    bands = BANDS["unequal"]
    cohorts = Cohorts.of(*zip(*bands), range(2000, 2008))
    over_age = age_correlation(np.array([np.mean(band) + 0.5 for band in bands]), shared=0.8)
    over_time = time_covariance(8, level_sd=0.02, slope_sd=0.01, damping=0.7, transient_sd=0.01)
    surfaces = np.random.default_rng(1).normal(size=(2, 5, 8))
    fixed = 0.1 * np.random.default_rng(2).normal(size=(5, 8, 3))
    without = fixed[..., :0]
    cases = (
        (0.3, cohorts.basis, without),
        (0.3, cohorts.basis, fixed),
        (0.0, without, fixed),
        (0.0, without, without),
    )
    for sd, basis, extra in cases:
        flat = np.concatenate([sd * basis, extra], axis=-1).reshape(40, -1)
        exact = multivariate_normal(np.zeros(40), np.kron(over_age, over_time) + flat @ flat.T)
        ours = [float(surface_density(s, over_age, over_time, sd, basis, extra).eval()) for s in surfaces]
        theirs = exact.logpdf(surfaces.reshape(2, 40))
        assert ours[0] - ours[1] == pytest.approx(theirs[0] - theirs[1], rel=1e-4)
        constant = -20 * np.log(2 * np.pi)
        assert ours[0] + constant == pytest.approx(theirs[0], rel=1e-4)
