"""The registry model as a PyMC graph, assembled from its components."""

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from estimator.models.baseline import LEVEL_MEAN, age_correlation, time_covariance
from estimator.models.baseline_graph import add_hyperparameters, add_scaled_surface, initial_surface
from estimator.models.likelihood import add_binomial, add_poisson
from estimator.models.registry.arrays import RegistryData
from estimator.models.registry.capture import add_capture, add_unknown_age
from estimator.models.registry.delay import add_seen
from estimator.models.registry.preconditioner import initial_cases, initial_peace
from estimator.models.registry.war_deaths import add_war_cases, drift_knots
from estimator.models.registry.women import add_women

SEASON_SD = 0.1
"""Prior sd of a harmonic of the log sex ratio: summer drownings move it by some hundredths."""
UNSEEN = 1e-4
"""Added to a share that was opened: of the last days nothing may have been."""


def build_registry(data: RegistryData) -> pm.Model:
    """Build the PyMC model of a registry.

    Parameters
    ----------
    data : RegistryData
        As `RegistryModel.arrays` gives it.

    Returns
    -------
    pymc.Model
        Free variables of the components; deterministic ``log_sex_ratio`` (age, period in years),
        ``capture`` (matched_age), ``war_cases`` and ``war_dead`` (target_age, war_period),
        ``civilian_men`` (target_age, war_period): expected cases of men as in peace;
        ``military_delay`` (delay), ``civilian_seen`` and ``military_seen`` (cell), as
        `estimator.models.registry.delay` has them. Data are `pm.Data`: the same periods and ages
        compile once.
    """
    with pm.Model(coords=_coords(data)) as graph:
        hyper = add_hyperparameters(data.priors)
        ratio = _add_ratio(data, hyper)
        season = _add_season(data)
        _add_baseline(data, ratio, season)
        log_ratio = pt.dot(ratio, data.war_years.T) + _seasonal(data, season, data.war_season)
        seen = add_seen(data)
        log_opened = [pt.log(pt.dot(data.cell_membership, share) + UNSEEN) for share in seen]
        women = add_women(data, log_opened[0])
        opened = 1.0
        if (data.share_followed_up < 1).any():
            opened = pt.dot(graph["military_delay"], data.share_followed_up)
        capture = add_capture(data.matched, opened)
        chosen = [list(data.matched.data.index).index(label) for label in data.target]
        targets = len(data.target)
        peace = pm.Deterministic(
            "civilian_men", pt.exp(women + log_ratio)[:targets], dims=("target_age", "war_period")
        )
        men = pm.Data("men_counts", data.men_by_cell, dims=("target_age", "cell"))
        cases = add_war_cases(
            capture[chosen],
            data.midpoint[:targets],
            data.war_exposure,
            data.resolution,
            log_opened[1],
            pt.dot(data.cell_membership, men.sum(axis=0)),
            peace.sum(axis=0) * pt.dot(data.cell_membership, seen[0]),
            *initial_cases(data),
        )
        # cases of unknown sex or age are in no cell: both sexes are thinned, so the ratio is not
        identified = pm.Data("identified", data.identified)
        dead = pm.Deterministic(
            "war_dead",
            cases / (capture[chosen][:, None] * identified),
            dims=("target_age", "war_period"),
        )
        if len(chosen) == len(data.matched.data):
            total = dead.sum(axis=1)
            add_unknown_age(data.matched, capture[chosen], total / total.sum(), opened)
        _add_likelihood(data, women, log_ratio, cases, seen, men)
    return graph


def _coords(data: RegistryData) -> dict[str, Any]:
    ages = [*data.target, *data.control]
    return {
        "age": ages,
        "target_age": list(data.target),
        "contrast": np.arange(len(data.target) - 1),
        "matched_age": [str(label) for label in data.matched.data.index],
        "period": data.years.tolist(),
        "ratio_cell": np.arange(len(ages) * len(data.years)),
        "war_period": [str(day)[:10] for day in data.war_periods.astype("datetime64[D]")],
        "delay": [f"{low}-{high - 1}" for low, high in data.bins.edges],
        "bin_contrast": np.arange(len(data.bins.edges) - 1),
        "quarter": np.arange(drift_knots(data.women.shape[1], data.resolution).shape[1]),
        "women_mode": np.arange(len(ages)),
        "knot": np.arange(data.knots.shape[1]),
        "harmonic": ["cos", "sin", "cos2", "sin2"],
        "cell": np.arange(len(data.cell_bin)),
        "baseline_period": np.arange(data.base_women.shape[1]),
    }


def _add_ratio(data: RegistryData, hyper: dict[str, pt.TensorVariable]) -> pt.TensorVariable:
    mean = np.full((len(data.midpoint), len(data.years)), LEVEL_MEAN)
    return add_scaled_surface(*_covariance(data, hyper), mean, initial_ratio(data))


def _covariance(data: RegistryData, hyper: dict[str, Any]) -> tuple[Any, Any]:
    over_time = time_covariance(
        len(data.years),
        level_sd=hyper["level_sd"],
        slope_sd=hyper["slope_sd"],
        damping=hyper["damping"],
        transient_sd=hyper["transient_sd"],
    )
    return age_correlation(data.midpoint, shared=hyper["shared"]), over_time


def initial_ratio(data: RegistryData) -> tuple[np.ndarray, np.ndarray]:
    """Fit the log ratios of cases by year, of control ages since the war too: units of sampling.

    Parameters
    ----------
    data : RegistryData
        The arrays.

    Returns
    -------
    (array, array)
        As `estimator.models.baseline_graph.initial_surface` returns it.
    """
    targets = len(data.target)
    control = (np.arange(len(data.midpoint)) >= targets)[:, None]
    women = data.base_women @ data.base_years + control * (data.women @ data.war_years)
    men = data.base_men @ data.base_years + control * (data.men @ data.war_years)
    # the war's own cases tell of peace too, which makes the fit narrower; where to, the sampler finds
    more = np.zeros(men.shape)
    more[:targets] = initial_peace(data) @ data.war_years
    return initial_surface(
        data.priors, lambda hyper: _covariance(data, hyper),
        np.full(men.shape, LEVEL_MEAN), men, women, seen=women > 0.5, more=more,
    )  # fmt: skip


def _add_season(data: RegistryData) -> tuple[pt.TensorVariable, pt.TensorVariable]:
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
    both = pm.Data("baseline_cases", data.base_men + data.base_women, dims=dims)
    men = pm.Data("baseline_men_cases", data.base_men, dims=dims)
    add_binomial("baseline_men", both, logit, observed=men, dims=dims)


def _add_likelihood(
    data: RegistryData,
    women: pt.TensorVariable,
    log_ratio: pt.TensorVariable,
    war_cases: pt.TensorVariable,
    seen: tuple[pt.TensorVariable, pt.TensorVariable],
    men: pt.TensorVariable,
) -> None:
    civilian, military = seen
    by_period = pt.dot(data.cell_membership, civilian)
    rate = pt.exp(women)
    peace = pt.exp(women + log_ratio)
    targets = len(data.target)
    dims = ("age", "war_period")
    counts = pm.Data("women_counts", data.women, dims=dims)
    add_poisson("women_opened", rate * by_period[None, :], observed=counts, dims=dims)
    if data.control:
        controls = pm.Data("control_counts", data.men[targets:])
        add_poisson("control_men", peace[targets:] * by_period[None, :], observed=controls)
    at = data.cell_period
    mean = peace[:targets, at] * civilian[None, :] + war_cases[:, at] * military[None, :]
    add_poisson("men_opened", mean, observed=men, dims=("target_age", "cell"))
