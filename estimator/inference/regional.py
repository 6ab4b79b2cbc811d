"""Fit all regions around the nation: the nation first, then every region given each of its draws.

The nation's surface is drawn by the marginal engine. Given it, regions are independent but for four
hyperparameters that they share. These are integrated: their mode is sought with a gradient that costs as much
as one inverse a region, points are proposed around it and weighted by their exact posterior density under the
Gaussian core, and each draw of the nation gets one of these points. Binomial likelihoods are linearised at
each region's mode; importance ratios of the exact ones, region by region, say whether that is good enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy.linalg import lapack
from scipy.optimize import minimize
from scipy.special import expit
from threadpoolctl import threadpool_limits

from estimator.estimate.described import software
from estimator.estimate.estimate import Estimate, join_bands
from estimator.inference.convergence import ESS_LIMIT, PARETO_K_LIMIT, Diagnostics, check_convergence, psis
from estimator.inference.marginal import (
    INFLATION,
    ROUNDS,
    adapted_proposal,
    binomial_correction,
    copies_together,
    draw_proposal,
    sample_marginal,
    systematic,
)
from estimator.models.regional.deviation import add_up, deviation_covariances
from estimator.models.regional.model import RegionalModel
from estimator.models.vital.surface import Surface, draw_control, root
from estimator.progress import progress_bar

DRAWS = 2000
POINTS, PROPOSALS = 16, 200
"""Points of the shared scales that draws are spread over, resampled from so many proposals. Counts of all
regions leave little doubt about them: most of an interval's width is the nation's and the counts' own."""
STEP = 1e-3


@dataclass
class Region:
    """A region's observed cells, by their place in a raveled (age, year) array, and their linearisation."""

    surface: Surface
    at: np.ndarray
    pattern: int
    successes: np.ndarray
    trials: np.ndarray
    pseudo: np.ndarray
    variance: np.ndarray

    @classmethod
    def of(cls, surface: Surface, at: np.ndarray, pattern: int) -> Region:
        """Start the linearisation at the empirical log ratio."""
        successes = surface.target.ravel()[at]
        failures = surface.control.ravel()[at]
        up, down = successes + 0.5, failures + 0.5
        return cls(
            surface, at, pattern, successes, successes + failures, np.log(up / down), 1 / up + 1 / down
        )  # fmt: skip


class DeviationCore:
    """Log posterior of the scales that regions share, and draws of deviations, given the nation.

    Parameters
    ----------
    model : RegionalModel
        The specification.
    nation : array, shape (draws, cells)
        Draws of the nation's log sex ratio. Scales and linearisation use their mean, whose error is a
        fraction of a region's counting noise.
    """

    def __init__(self, model: RegionalModel, nation: np.ndarray) -> None:
        self.priors = model.deviation_priors
        self.location, self.scale = self.priors.moments()
        self.nation, self.centre = nation, nation.mean(axis=0)
        # one order whatever that of the table: the same regions get the same random numbers
        self.names = sorted(model.counts.regions)
        surfaces = [model.surface(name) for name in self.names]
        cells = [np.flatnonzero(surface.observed) for surface in surfaces]
        # most regions have all cells: what depends on the cells alone is computed once a pattern
        patterns = {at.tobytes(): at for at in cells}
        places = {key: place for place, key in enumerate(patterns)}
        self.patterns = list(patterns.values())
        self.regions = [Region.of(surface, at, places[at.tobytes()]) for surface, at in zip(surfaces, cells)]
        first = surfaces[0]
        self._midpoint, self._years = first.midpoint, len(first.years)
        self.wanted = np.flatnonzero(np.outer(*_target(first)))

    def covariance(self, x: np.ndarray) -> np.ndarray:
        """Return the prior covariance of a region's deviations and shocks, all cells."""
        hyper = self.priors.bounded(self.priors.NAMES, x)
        ages, times, own_ages, own_times = deviation_covariances(hyper, self._midpoint, self._years)
        return np.kron(ages, times) + np.kron(own_ages, own_times)

    def log_posterior(self, x: np.ndarray) -> float:
        """Return the log posterior density of the shared scales, deviations integrated out."""
        standard = (x - self.location) / self.scale
        density = -0.5 * float(standard @ standard)
        blocks = self._blocks(self.covariance(x))
        for region in self.regions:
            lower = _factor(blocks, region)
            white, _ = lapack.dtrtrs(lower, region.pseudo - self.centre[region.at], lower=1)
            density += -0.5 * float(white @ white) - float(np.log(np.diag(lower)).sum())
        return density

    def slope(self, x: np.ndarray) -> np.ndarray:
        """Return the gradient of `log_posterior`: one inverse a region, however many scales there are."""
        blocks = self._blocks(self.covariance(x))
        inner = [np.zeros_like(block) for block in blocks]
        for region in self.regions:
            lower = _factor(blocks, region)
            weight, _ = lapack.dpotrs(lower, region.pseudo - self.centre[region.at], lower=1)
            inverse, _ = lapack.dpotri(lower, lower=1, overwrite_c=1)
            total = inner[region.pattern]
            total += np.multiply.outer(weight, weight)
            total -= np.tril(inverse) + np.tril(inverse, -1).T
        gradient = -(x - self.location) / self.scale**2
        for place, shift in enumerate(STEP * np.eye(len(x))):
            change = self.covariance(x + shift) - self.covariance(x - shift)
            for total, block in zip(inner, self._blocks(change)):
                gradient[place] += 0.5 * float(np.sum(total * block)) / (2 * STEP)
        return gradient

    def _blocks(self, covariance: np.ndarray) -> list[np.ndarray]:
        """Return the covariance among the observed cells of each pattern."""
        return [covariance.take(at, axis=0).take(at, axis=1) for at in self.patterns]

    def find_mode(self) -> np.ndarray:
        """Return the mode of the shared scales, moving the linearisation of every region on the way."""
        mode = self.location.copy()
        for _ in range(2):
            self._linearise(mode)
            mode = minimize(
                lambda x: -self.log_posterior(x), mode, jac=lambda x: -self.slope(x), method="L-BFGS-B",
                bounds=[(m - 6 * s, m + 6 * s) for m, s in zip(self.location, self.scale)],
                options={"maxiter": 40},
            ).x  # fmt: skip
        self._linearise(mode)
        return mode

    def _linearise(self, x: np.ndarray, *, steps: int = 8, tolerance: float = 1e-4) -> None:
        blocks = self._blocks(self.covariance(x))
        for region in self.regions:
            prior, mean = blocks[region.pattern], self.centre[region.at]
            for _ in range(steps):
                lower = _factor(blocks, region)
                mode = mean + prior @ lapack.dpotrs(lower, region.pseudo - mean, lower=1)[0]
                share = expit(mode)
                region.variance = 1 / np.maximum(region.trials * share * (1 - share), 1e-6)
                before = region.pseudo
                region.pseudo = mode + (region.successes - region.trials * share) * region.variance
                if np.max(np.abs(region.pseudo - before) / np.sqrt(region.variance)) < tolerance:
                    break

    def sample(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
        """Return points of the shared scales, their weights, and k-hat; the proposal is a t around the mode.

        Where few regions leave a wide posterior, further rounds adapt the proposal and have more points.
        """
        centre = self.find_mode()
        spread = INFLATION * self._inverse_curvature(centre)
        for round_number in range(ROUNDS):
            points, log_proposal = draw_proposal(centre, spread, PROPOSALS * 2**round_number, rng)
            log_target = np.array([self.log_posterior(point) for point in points])
            weights, pareto_k = psis(log_target - log_proposal)
            if pareto_k < PARETO_K_LIMIT - 0.1:
                break
            centre, spread = adapted_proposal(points, weights, self.scale)
        return points, weights, pareto_k

    def _inverse_curvature(self, mode: np.ndarray) -> np.ndarray:
        steps = 0.05 * np.eye(len(mode))
        rows = np.array([self.slope(mode - e) - self.slope(mode + e) for e in steps]) / 0.1
        values, vectors = np.linalg.eigh((rows + rows.T) / 2)
        return (vectors / np.maximum(values, 1 / (1.5 * self.scale.max()) ** 2)) @ vectors.T

    def draw(
        self, x: np.ndarray, chosen: slice, rng: np.random.Generator
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield each region's draws given the shared scales and the chosen draws of the nation.

        Each is: deviations in target cells, shape (draws, cells); their covariance given the nation; and
        the log ratio of the binomial to the linearised likelihood, shape (draws,).
        """
        covariance = self.covariance(x)
        lower_prior = root(covariance)
        nation, blocks = self.nation[chosen], self._blocks(covariance)
        for region in self.regions:
            at = region.at
            gain = lapack.dpotrs(_factor(blocks, region), covariance[at], lower=1)[0]
            prior = rng.standard_normal(nation.shape) @ lower_prior.T
            noise = np.sqrt(region.variance) * rng.standard_normal((len(nation), at.size))
            drawn = prior + (region.pseudo - nation[:, at] - prior[:, at] - noise) @ gain
            left = covariance[np.ix_(self.wanted, self.wanted)]
            left = left - covariance[np.ix_(self.wanted, at)] @ gain[:, self.wanted]
            correction = binomial_correction(
                nation[:, at] + drawn[:, at], region.successes, region.trials, region.pseudo, region.variance
            )
            yield drawn[:, self.wanted], left, correction


def _factor(blocks: list[np.ndarray], region: Region) -> np.ndarray:
    """Return the lower Cholesky factor of the covariance of a region's pseudo-data."""
    total = blocks[region.pattern].copy()
    total.ravel()[:: len(total) + 1] += region.variance
    # it is symmetric: its transpose has the order that LAPACK works in, without a copy
    return lapack.dpotrf(total.T, lower=1, overwrite_a=1, clean=0)[0]


def _target(surface: Surface) -> tuple[np.ndarray, np.ndarray]:
    return surface.asked.any(axis=1), surface.asked.any(axis=0)


def fit_regional(
    model: RegionalModel,
    *,
    seed: int,
    draws: int = DRAWS,
    minimum_ess: int | None = None,
    allow_unconverged: bool = False,
    progress: bool = False,
) -> Estimate:
    """Fit all regions; arguments and errors are those of `estimator.inference.fit.fit`."""
    least = minimum_ess or ESS_LIMIT
    for_nation, for_regions, for_deaths = np.random.SeedSequence(seed).spawn(3)
    regions = list(model.counts.regions)
    with (
        threadpool_limits(limits=1, user_api="blas"),
        progress_bar("regions", 2 * len(regions), shown=progress) as advance,
    ):
        posterior, national = sample_marginal(
            model.nation.surface(), seed=for_nation, draws=draws, minimum_ess=least
        )
        check_convergence(national, allow_unconverged=allow_unconverged)
        posterior = copies_together(posterior, national) or posterior
        nation = posterior["log_sex_ratio"].values[0].reshape(draws, -1)
        core = DeviationCore(model, nation)
        hyper, deviation, ours = _sample_deviations(core, model, np.random.default_rng(for_regions), least)
        check_convergence(ours, allow_unconverged=allow_unconverged)
        advance(len(regions))
        rng = np.random.default_rng(for_deaths)
        ratio = nation[:, core.wanted] + deviation
        counterfactual = []
        for region, own in zip(core.regions, ratio):
            women = draw_control(region.surface, draws, rng=rng).reshape(draws, -1)
            counterfactual.append(rng.poisson(np.exp(own) * women))
            advance(1)
    return Estimate(
        draws=_cells(model, core, np.array(counterfactual, float)).sel(region=regions),
        unit=model.counts.unit,
        diagnostics=max((national, ours), key=lambda one: one.pareto_k or 0.0).to_dict(),
        provenance={
            **model.specification(), "engine": "marginal", "seed": seed, "draws": draws,
            "versions": software(),
        },
        years=model.periods.target,
        ages=join_bands(model.target_labels),
        posterior=posterior.assign(_parameters(core, hyper, deviation)).sel(region=regions),
        sample_stats=copies_together(national.sample_stats, national),
    )  # fmt: skip


def _sample_deviations(
    core: DeviationCore, model: RegionalModel, rng: np.random.Generator, minimum_ess: int
) -> tuple[np.ndarray, np.ndarray, Diagnostics]:
    """Return shared scales by draw, deviations in target cells (region, draw, cell), and diagnostics."""
    draws = len(core.nation)
    points, weights, pareto_k = core.sample(rng)
    chosen = points[systematic(weights, POINTS, rng)]
    ends = np.linspace(0, draws, POINTS + 1).astype(int)
    counted = np.isin(core.names, model.counted)
    control = np.array([region.surface.control.ravel()[core.wanted] for region in core.regions])
    parts, corrections = [], []
    for point, start, end in zip(chosen, ends, ends[1:]):
        drawn, left, correction = (np.array(part) for part in zip(*core.draw(point, slice(start, end), rng)))
        parts.append(add_up(drawn, left, control, counted))
        corrections.append(correction)
    by_region = [psis(ratios) for ratios in np.concatenate(corrections, axis=1)]
    effective = [1 / np.sum(weight**2) for weight, _ in by_region]
    # where ratios hardly vary, k-hat is noise, and the largest of many noisy ones says nothing
    worst = int(np.argmin(effective))
    from_region = by_region[worst][1] > pareto_k
    diagnostics = Diagnostics(
        engine="marginal",
        draws=draws,
        min_ess_bulk=float(effective[worst]),
        pareto_k=float(max(pareto_k, by_region[worst][1])),
        worst=core.names[worst] if from_region else "importance weights of the shared scales",
        minimum_ess=minimum_ess,
    )
    return np.repeat(chosen, np.diff(ends), axis=0), np.concatenate(parts, axis=1), diagnostics


def _coordinates(core: DeviationCore) -> dict[str, list[Any]]:
    surface = core.regions[0].surface
    ages, years = (np.flatnonzero(part) for part in _target(surface))
    return {
        "region": core.names,
        "age": [surface.ages[i] for i in ages],
        "period": [surface.years[i] for i in years],
    }


def _cells(model: RegionalModel, core: DeviationCore, counterfactual: np.ndarray) -> xr.Dataset:
    """Return draws and observed deaths of target cells, with populations where they are known."""
    labels = _coordinates(core)
    shape = tuple(len(labels[name]) for name in ("age", "period"))
    data = model.counts.data.sel({"sex": model.target_sex} | labels)
    drawn = np.moveaxis(counterfactual, 1, 0).reshape(1, -1, len(labels["region"]), *shape)
    parts = {
        "counterfactual": (("chain", "draw", "region", "age", "period"), drawn),
        "observed": (("region", "age", "period"), np.rint(data["count"].values)),
    }
    if model.counts.has_population:
        parts["population"] = (("region", "age", "period"), data["population"].values)
    return xr.Dataset(parts, coords={"chain": [0], "draw": np.arange(drawn.shape[1]), **labels})


def _parameters(core: DeviationCore, points: np.ndarray, deviation: np.ndarray) -> dict[str, Any]:
    """Return shared scales by draw, and deviations of target cells, as variables of the posterior."""
    names = core.priors.NAMES
    hyper = [core.priors.bounded(names, point) for point in points]
    labels = _coordinates(core)
    shape = tuple(len(labels[name]) for name in ("age", "period"))
    cells = xr.DataArray(
        np.moveaxis(deviation, 1, 0).reshape(1, -1, len(labels["region"]), *shape),
        dims=("chain", "draw", "region", "target_age", "target_period"),
        coords={
            "region": labels["region"], "target_age": labels["age"], "target_period": labels["period"],
        },
    )  # fmt: skip
    shared = {name: (("chain", "draw"), np.array([[one[name] for one in hyper]])) for name in names}
    return {**shared, "deviation": cells}
