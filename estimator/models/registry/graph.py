"""The registry model as a PyMC graph, assembled from its components: its definition.

The fast engine evaluates the same density without PyMC (`estimator.inference.registry_kernel`); tests hold
both equal.
"""

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.models.baseline import JITTER, LEVEL_MEAN, age_correlation, time_covariance
from estimator.models.baseline_graph import add_hyperparameters
from estimator.models.likelihood import add_binomial, add_poisson
from estimator.models.preconditioning import add_scaled
from estimator.models.registry.arrays import RegistryData
from estimator.models.registry.capture import add_capture, add_follow_up, add_unknown_age
from estimator.models.registry.delay import add_seen
from estimator.models.registry.preconditioner import Preconditioner
from estimator.models.registry.priors import SEASON_SD, UNSEEN, drift_basis
from estimator.models.registry.war_deaths import add_war_cases
from estimator.models.registry.women import add_women


def build_registry(data: RegistryData, units: Preconditioner | None = None) -> pm.Model:
    """Build the PyMC model of a registry, sampled in given units or in first guesses from the counts.

    Deterministic are ``log_sex_ratio`` (age, period in years), ``capture`` (matched_age), ``war_cases`` and
    ``war_dead`` (target_age, war_period), ``civilian_men`` (target_age, war_period), expected cases of men as
    in peace, ``military_delay`` (delay), ``civilian_seen`` and ``military_seen`` (cell), as
    `estimator.models.registry.delay` has them.
    """
    units = units or Preconditioner.of(data)
    member, targets = data.cell_membership, len(data.target)
    drift = np.arange(len(drift_basis(data)[1]) * targets)
    with pm.Model(coords=data.coords() | {"drift_mode": drift}) as graph:
        ratio = _add_ratio(data, units, add_hyperparameters(data.priors))
        season = _add_season()
        _add_baseline(data, ratio, season)
        log_ratio = pt.dot(ratio, data.war_years.T) + _seasonal(data, season, data.war_season)
        seen = add_seen(data, units)
        log_opened = [pt.log(pt.dot(member, share) + UNSEEN) for share in seen]
        women = add_women(data, units, log_opened[0])
        opened = add_follow_up(data)
        capture = add_capture(data.matched, opened, units.capture, units.capture_information)
        capture = capture[[list(data.matched.data.index).index(label) for label in data.target]]
        peace = pm.Deterministic(
            "civilian_men", pt.exp(women + log_ratio)[:targets], dims=("target_age", "war_period")
        )
        in_peace = peace.sum(axis=0) * pt.dot(member, seen[0])
        cases = add_war_cases(data, units, capture, log_opened[1], in_peace)
        # cases of unknown sex or age are in no cell: both sexes are thinned, so the ratio is not
        dead = pm.Deterministic(
            "war_dead",
            cases / (capture[:, None] * data.identified),
            dims=("target_age", "war_period"),
        )
        if targets == len(data.matched.data):
            total = dead.sum(axis=1)
            add_unknown_age(data.matched, capture, total / total.sum(), opened)
        _add_likelihood(data, women, log_ratio, cases, seen)
    return graph


def _add_ratio(
    data: RegistryData, units: Preconditioner, hyper: dict[str, pt.TensorVariable]
) -> pt.TensorVariable:
    """Add ``log_sex_ratio``, whose modes are sampled in units of prior and counts together.

    The prior precision of mode v is v' (K^-1 x C^-1) v at the hyperparameters sampled with it.
    """
    ages, years = len(data.midpoint), len(data.years)
    scales = {name: hyper[name] for name in ("level_sd", "slope_sd", "damping", "transient_sd")}
    over_time = time_covariance(years, **scales) + JITTER * np.eye(years)
    over_age = age_correlation(data.midpoint, shared=hyper["shared"]) + JITTER * np.eye(ages)
    # K = shared * smooth + (1 - shared) I has fixed eigenvectors
    eigenvalues, vectors = np.linalg.eigh(age_correlation(data.midpoint, shared=1.0))
    parts = 1 / (hyper["shared"] * eigenvalues + 1 - hyper["shared"] + JITTER)
    turned = np.einsum("ai,ayj->iyj", vectors, units.ratio.modes.reshape(ages, years, -1))
    inverse = pt.linalg.inv(over_time)
    inside = (pt.tensordot(turned, inverse, axes=[[1], [0]]) * turned.transpose(0, 2, 1)).sum(axis=2)
    free = add_scaled(
        "ratio_free", pt.dot(parts, inside), units.ratio.information,
        precision=units.ratio.precision, dims="ratio_mode",
    )  # fmt: skip
    surface = LEVEL_MEAN + pt.dot(units.ratio.modes, free).reshape((ages, years))
    prior = pm.MatrixNormal.dist(
        mu=np.full((ages, years), LEVEL_MEAN),
        rowchol=pt.linalg.cholesky(over_age),
        colchol=pt.linalg.cholesky(over_time),
    )
    pm.Potential("ratio_surface", pm.logp(prior, surface))
    return pm.Deterministic("log_sex_ratio", surface, dims=("age", "period"))


def _add_season() -> tuple[pt.TensorVariable, pt.TensorVariable]:
    """Add a season of the ratio: the same at all ages, and one that grows towards the young."""
    return (
        pm.Normal("season", sigma=SEASON_SD, dims="harmonic"),
        pm.Normal("season_of_young", sigma=SEASON_SD, dims="harmonic"),
    )


def _seasonal(
    data: RegistryData, season: tuple[pt.TensorVariable, pt.TensorVariable], harmonics: np.ndarray
) -> pt.TensorVariable:
    return pt.dot(harmonics, season[0])[None, :] + data.age_contrast[:, None] * pt.dot(harmonics, season[1])


def _add_baseline(
    data: RegistryData,
    ratio: pt.TensorVariable,
    season: tuple[pt.TensorVariable, pt.TensorVariable],
) -> None:
    logit = pt.dot(ratio, data.base_years.T) + _seasonal(data, season, data.base_season)
    dims = ("age", "baseline_period")
    both = data.base_men + data.base_women
    add_binomial("baseline_men", both, logit, observed=data.base_men, dims=dims)


def _add_likelihood(
    data: RegistryData,
    women: pt.TensorVariable,
    log_ratio: pt.TensorVariable,
    war_cases: pt.TensorVariable,
    seen: tuple[pt.TensorVariable, pt.TensorVariable],
) -> None:
    civilian, military = seen
    by_period = pt.dot(data.cell_membership, civilian)
    rate = pt.exp(women)
    peace = pt.exp(women + log_ratio)
    targets = len(data.target)
    dims = ("age", "war_period")
    add_poisson("women_opened", rate * by_period[None, :], observed=data.women, dims=dims)
    if data.control:
        mean = peace[targets:] * by_period[None, :]
        add_poisson("control_men", mean, observed=data.men[targets:])
    at = data.cell_period
    mean = peace[:targets, at] * civilian[None, :] + war_cases[:, at] * military[None, :]
    add_poisson("men_opened", mean, observed=data.men_by_cell, dims=("target_age", "cell"))
