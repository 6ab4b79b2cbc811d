"""Simulation-based calibration of the registry model: its small version, simulated without its graph."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, softmax

from estimator.calibration.sbc.ranks import rank_of
from estimator.models.baseline import LEVEL_MEAN, age_correlation, time_covariance
from estimator.models.registry import priors
from estimator.models.registry.arrays import RegistryData
from estimator.models.registry.preconditioner import idle_sd

AGES = ("15-19", "20-24", "25-29")
"""Two target bands and a control band."""
DELAYS = 12
DRAWS, EFFECTIVE = 640, 100
"""Draws and least effective sample size with which a truth is ranked: 99 of the draws are used."""


@dataclass(frozen=True)
class Drawn:
    """A registry drawn from the model: its arrays, and the truth behind them by name."""

    data: RegistryData
    truth: dict[str, float]


def registry_replicate(seed: int) -> dict[str, Any]:
    """Draw a small registry from the model, fit it, and rank the truth among its posterior.

    Five baseline years and ten months of war by month, two target ages and a control age, delays up to
    a year, a matched sample of two hundred. Ranked are the scales, the capture of the youngest, the
    soldiers' delay, the sex ratio in the war's year, and the war dead: expected in all and in the last
    month, and the number drawn.
    """
    from estimator.inference.fit_registry import draw_war_dead
    from estimator.inference.registry_engine import sample_fast

    rng = np.random.default_rng(seed)
    drawn = draw_registry(small_registry(), rng)
    posterior, diagnostics = sample_fast(
        drawn.data, seed=seed, draws=DRAWS, minimum_ess=EFFECTIVE, largest_rhat=1.05
    )
    dead = draw_war_dead(posterior, drawn.data, rng)
    values = {
        **{name: posterior[name].values for name in drawn.truth if name in posterior},
        "capture, youngest": posterior["capture"].values[..., 0],
        "soldiers' delay, half a year": posterior["military_delay"].values[..., DELAYS // 2],
        "ratio, year of the war": posterior["log_sex_ratio"].values[..., :2, -1].mean(-1),
        "war dead expected, total": posterior["war_dead"].sum(("target_age", "war_period")).values,
        "war dead expected, last month": posterior["war_dead"].values[..., -1].sum(-1),
        "war dead drawn, total": dead.sum(("age", "period")).values,
    }
    ranks = {name: rank_of(truth, values[name], rng) for name, truth in drawn.truth.items()}
    return {"ranks": ranks, "converged": diagnostics.converged}


def small_registry() -> RegistryData:
    """Return the arrays of the small version; their counts only set the scales that it is sampled in."""
    from estimator.data.matched_sample import MatchedSample
    from estimator.data.periods import Periods
    from estimator.data.triangle import ReportingTriangle
    from estimator.models.registry.model import RegistryModel

    civil = np.exp(-np.arange(DELAYS) / 3.0)
    mean = np.ones((2, len(AGES), 84, 1)) * civil / civil.sum()
    mean[0] *= 100.0
    mean[1] *= 100.0 * np.exp(LEVEL_MEAN)
    military = np.exp(-0.5 * ((np.arange(DELAYS) - 6) / 2.0) ** 2)
    mean[1, :2, 74:] += 60.0 * military / military.sum()
    cases = ReportingTriangle.from_array(
        np.rint(mean), first="2016-01-01", ages=AGES, resolution="month",
        extracted_on="2022-12-31", source="simulated", hide=True,
    )  # fmt: skip
    sample = pd.DataFrame({"found": [50, 60], "sampled": [100, 100]}, list(AGES[:2]))
    matched = MatchedSample(sample, date(2023, 6, 30), "simulated", unknown_age=(30, 50))
    periods = Periods(baseline=(2016, 2020), masked=(2021,), target=(2022,))
    return RegistryModel(
        cases, matched, periods, war_began=date(2022, 3, 1), ages=(15, 24), control_ages=(25, 29),
        horizon=DELAYS,
    ).arrays()  # fmt: skip


def draw_registry(template: RegistryData, rng: np.random.Generator) -> Drawn:
    """Draw parameters from the prior and cases from the model, written a second time in NumPy.

    The repetition is meant: a fault of the graph's potentials or Jacobians shows in the ranks. The
    template gives periods, ages, bins and the constants that priors are centred on.
    """
    hyper, ratio = _draw_ratio(template, rng)
    season, of_young = rng.normal(0, 0.1, (2, 1, 4))
    base = template.seasonal(season, of_young, template.base_season)[0]
    both = template.base_men + template.base_women
    base_men = rng.binomial(both.astype(int), expit(ratio @ template.base_years.T + base))
    seen, curves = _draw_seen(template, rng)
    women_sd, women = _draw_women(template, rng)
    by_period = template.cell_membership @ seen[0]
    war_season = template.seasonal(season, of_young, template.war_season)[0]
    peace = np.exp(women + ratio @ template.war_years.T + war_season)
    targets = len(template.target)
    capture = _draw_capture(template, rng)
    war, scales = _draw_war(template, capture, rng)
    at = template.cell_period
    soldiers = rng.poisson(war[:, at] * seen[1])
    civilians = rng.poisson(peace[:targets, at] * seen[0])
    control = rng.poisson(peace[targets:] * by_period)
    counted = rng.poisson(np.exp(women) * by_period)
    split = np.zeros(len(at))
    for period, number in enumerate(counted.sum(0) + control.sum(0)):
        inside = at == period
        split[inside] = rng.multinomial(number, seen[0][inside] / seen[0][inside].sum())
    dead = war / capture[:, None]
    unseen = rng.poisson(np.clip(dead - war * (template.cell_membership @ seen[1]), 0, None))
    matched = _draw_sample(template, capture, dead, rng)
    data = replace(
        template,
        matched=matched,
        base_men=base_men.astype(float),
        base_women=both - base_men,
        women=counted.astype(float),
        men=np.vstack([(soldiers + civilians) @ template.cell_membership.T, control]).astype(float),
        men_by_cell=(soldiers + civilians).astype(float),
        civilians_by_cell=split,
    )
    truth = {
        **hyper, **scales, **{name: value for name, value in curves.items() if name != "delay"},
        "women_step_sd": women_sd,
        "capture, youngest": capture[0],
        "soldiers' delay, half a year": curves["delay"][DELAYS // 2],
        "ratio, year of the war": ratio[:targets, -1].mean(),
        "war dead expected, total": dead.sum(),
        "war dead expected, last month": dead[:, -1].sum(),
        "war dead drawn, total": soldiers.sum() + unseen.sum(),
    }  # fmt: skip
    return Drawn(data, {name: float(value) for name, value in truth.items()})


def _draw_ratio(template: RegistryData, rng: np.random.Generator) -> tuple[dict[str, float], np.ndarray]:
    priors = template.priors
    location, scale = priors.moments(priors.SURFACE)
    point = location + scale * rng.standard_normal(len(location))
    hyper = {
        name: float(expit(value) if name in priors.BOUNDED else np.exp(value))
        for name, value in zip(priors.SURFACE, point)
    }
    over_age = age_correlation(template.midpoint, shared=hyper["shared"])
    steps = {name: value for name, value in hyper.items() if name != "shared"}
    over_time = time_covariance(len(template.years), **steps)
    noise = rng.standard_normal((len(over_age), len(over_time)))
    return hyper, LEVEL_MEAN + _root(over_age) @ noise @ _root(over_time).T


def _draw_women(template: RegistryData, rng: np.random.Generator) -> tuple[float, np.ndarray]:
    step = float(np.exp(rng.normal(*priors.WOMEN_STEP)))
    correlation = age_correlation(template.midpoint, shared=priors.WOMEN_SHARED)
    walk = _walk(template, step, priors.WOMEN_FIRST_SD, len(correlation), rng)
    return step, template.women_level[:, None] + _root(correlation) @ walk + np.log(template.calendar)


def _draw_seen(
    template: RegistryData, rng: np.random.Generator
) -> tuple[tuple[np.ndarray, np.ndarray], dict[str, Any]]:
    """Shares of civilians' and soldiers' cases seen in each cell."""
    location, basis, covariance = priors.curve_prior(template.bins.military, priors.MILITARY_WEIGHT)
    contrast = rng.multivariate_normal(np.zeros(len(covariance)), covariance)
    delay = softmax(location + basis @ contrast)
    scale = float(np.exp(rng.normal(*priors.CELL)))
    member, at = template.cell_membership, template.cell_period
    shock = scale * rng.standard_normal(len(at))
    # what all cells of a period have in common is narrower, as the graph has it
    number = member.sum(1)
    narrow = idle_sd(template)
    common = member @ shock / number
    shock += (common * (1 / np.sqrt(1 + (scale / narrow) ** 2) - 1))[at]
    moved = np.exp(shock)
    kept = (member @ (template.usual * moved)) / (member @ template.usual)
    whole = rng.normal(0, priors.PERIOD_SD, len(number))
    factor = moved * (np.exp(whole * template.unopened) / kept)[at]
    seen = template.usual * factor, (template.cell_visible @ delay) * factor
    return seen, {"delay": delay, "cell_shock_sd": scale}


def _draw_capture(template: RegistryData, rng: np.random.Generator) -> np.ndarray:
    root = priors.capture_root(template.matched)
    spread = abs(rng.normal(0, priors.CAPTURE_SPREAD))
    return expit(rng.normal(*priors.CAPTURE_MEAN) + spread * root @ rng.standard_normal(len(root)))


def _draw_war(
    template: RegistryData, capture: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, float]]:
    """Cases of soldiers that are ever opened, by target age and period."""
    periods = template.women.shape[1]
    step = float(np.exp(rng.normal(*priors.WAR_STEP["month"])))
    persistence = float(expit(rng.normal(*priors.WAR_PERSISTENCE)))
    walk = template.war_level + _war_walk(periods, step, persistence, rng)
    walk += np.log(template.war_exposure)
    mean, covariance = priors.profile_prior(template.target)
    level = mean + _root(covariance) @ rng.standard_normal(len(capture)) + np.log(capture)
    level -= np.log(np.exp(level).sum())
    drift_sd = abs(rng.normal(0, priors.DRIFT_SD))
    knots = priors.drift_knots(periods, "month")
    shocks = rng.standard_normal((len(capture), knots.shape[1]))
    root = priors.profile_root(template.midpoint[: len(capture)])
    drift = drift_sd * root @ np.cumsum(shocks, axis=1) @ knots.T
    drift -= drift.mean(0)
    cases = np.exp(walk + level[:, None] + drift)
    return cases, {"war_step_sd": step, "war_persistence": persistence, "war_drift_sd": drift_sd}


def _draw_sample(
    template: RegistryData, capture: np.ndarray, dead: np.ndarray, rng: np.random.Generator
) -> Any:
    matched = template.matched
    cases = rng.binomial(matched.sampled, capture)
    mean = (capture * dead.sum(1)).sum() / dead.sum()
    assert matched.unknown_age is not None
    number = matched.unknown_age[1]
    return replace(
        matched,
        data=matched.data.assign(**{"found": cases}),
        unknown_age=(int(rng.binomial(number, mean)), number),
    )


def _walk(
    template: RegistryData, step: float, first: float, rows: int, rng: np.random.Generator
) -> np.ndarray:
    shocks = rng.standard_normal((rows, template.women.shape[1]))
    return np.cumsum(np.column_stack([first * shocks[:, :1], step * shocks[:, 1:]]), axis=1)


def _war_walk(periods: int, step: float, persistence: float, rng: np.random.Generator) -> np.ndarray:
    to_innovations = priors.war_innovations(periods, persistence)[:, 1:]  # of a walk that begins at 0
    steps = np.linalg.solve(to_innovations, step * rng.standard_normal(periods - 1))
    return priors.WAR_FIRST_SD * rng.standard_normal() + np.concatenate([[0.0], steps])


def _root(covariance: np.ndarray) -> np.ndarray:
    return np.linalg.cholesky(covariance + 1e-9 * np.eye(len(covariance)))
