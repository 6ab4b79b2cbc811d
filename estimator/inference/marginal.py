"""The marginal engine: states integrated out, hyperparameters by smoothed importance sampling.

It needs no compilation and no PyMC, and targets the same posterior as NUTS on the PyMC model: find the
mode of the hyperparameters, propose from a wide t distribution around it, draw the surface given each
proposal, and weight by the exact posterior. Pareto smoothing steadies the weights and its k-hat says
whether to trust them.
"""

import numpy as np
import xarray as xr
from scipy.linalg import lapack
from scipy.optimize import minimize
from scipy.special import expit, logsumexp
from threadpoolctl import threadpool_limits

from estimator.errors import DataError
from estimator.inference.convergence import ESS_LIMIT, PARETO_K_LIMIT, Diagnostics, psis
from estimator.models.vital.surface import Surface, root
from estimator.progress import tracked


class GaussianCore:
    """Log marginal likelihood and conditional draws of a surface, given hyperparameters.

    Parameters
    ----------
    surface : Surface
        Counts over age × year, with at least one observed cell.
    """

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.names = surface.names
        self.location, self.scale = surface.priors.moments(self.names)
        seen = surface.cohort_basis[surface.observed.ravel()]
        self._cohort = seen @ seen.T
        allowed = surface.allowance[surface.observed]
        self._allowed = allowed @ allowed.T
        self._age, self._year = np.nonzero(surface.observed)
        self._successes = surface.target[surface.observed]
        self._trials = self._successes + surface.control[surface.observed]
        self._mean = surface.mean[surface.observed]
        # starting point of the linearisation; the half count keeps a cell without deaths finite
        failures = self._trials - self._successes
        self.pseudo = np.log((self._successes + 0.5) / (failures + 0.5))
        self.variance = 1 / (self._successes + 0.5) + 1 / (failures + 0.5)

    def hyper(self, x: np.ndarray) -> dict[str, float]:
        """Return hyperparameters by name from a point on the unbounded scale."""
        return self.surface.priors.bounded(self.names, x)

    def log_prior(self, x: np.ndarray) -> float:
        """Log prior density of a point on the unbounded scale, up to a constant."""
        return float(-0.5 * np.sum(((x - self.location) / self.scale) ** 2))

    def _factor(
        self, hyper: dict[str, float], over_age: np.ndarray, over_time: np.ndarray
    ) -> np.ndarray | None:
        total = self._among_observed(hyper, over_age, over_time)
        total.ravel()[:: len(total) + 1] += self.variance
        # it is symmetric: its transpose has the order that LAPACK works in, without a copy
        lower, failed = lapack.dpotrf(total.T, lower=1, overwrite_a=1, clean=0)
        return None if failed else lower

    def _among_observed(
        self, hyper: dict[str, float], over_age: np.ndarray, over_time: np.ndarray
    ) -> np.ndarray:
        # rows, then columns: four times as fast as np.ix_, on which most of a fit was spent
        total = over_age.take(self._age, axis=0).take(self._age, axis=1)
        total *= over_time.take(self._year, axis=0).take(self._year, axis=1)
        if self.surface.cohorts is not None:
            total += hyper["cohort_sd"] ** 2 * self._cohort
        total += self._allowed
        return total

    def log_posterior(self, x: np.ndarray) -> float:
        """Log posterior density of hyperparameters with the surface integrated out."""
        hyper = self.hyper(x)
        lower = self._factor(hyper, *self.surface.covariance(hyper))
        if lower is None:
            return -1e12
        white = _solve(lower, self.pseudo - self._mean)
        return float(-0.5 * white @ white - np.log(np.diag(lower)).sum()) + self.log_prior(x)

    def linearise(self, x: np.ndarray, *, steps: int = 8, tolerance: float = 1e-6) -> None:
        """Move the linearisation to the posterior mode of the surface, given hyperparameters."""
        hyper = self.hyper(x)
        prior = self._among_observed(hyper, *self.surface.covariance(hyper))
        for _ in range(steps):
            gain = np.linalg.solve(prior + np.diag(self.variance), self.pseudo - self._mean)
            mode = self._mean + prior @ gain
            share = expit(mode)
            self.variance = 1 / np.maximum(self._trials * share * (1 - share), 1e-6)
            before, self.pseudo = (
                self.pseudo,
                mode + (self._successes - self._trials * share) * self.variance,
            )
            if np.max(np.abs(self.pseudo - before) / np.sqrt(self.variance)) < tolerance:
                break

    def draw(self, x: np.ndarray, rng: np.random.Generator, count: int = 1) -> tuple[float, np.ndarray]:
        """Draw whole surfaces given hyperparameters, by Matheron's rule.

        Returns
        -------
        float
            Log posterior density of the hyperparameters.
        array, shape (count, ages, years)
            The log sex ratio, all cells.
        """
        shape = (count, *self.surface.observed.shape)
        hyper = self.hyper(x)
        over_age, over_time = self.surface.covariance(hyper)
        lower = self._factor(hyper, over_age, over_time)
        if lower is None:
            return -np.inf, np.full(shape, np.nan)
        white = _solve(lower, self.pseudo - self._mean)
        density = float(-0.5 * white @ white - np.log(np.diag(lower)).sum()) + self.log_prior(x)
        directions = self.surface.directions(hyper)
        trend = root(over_age) @ rng.standard_normal(shape) @ root(over_time).T
        added = rng.standard_normal((count, directions.shape[1])) @ directions.T
        prior = self.surface.mean + trend + added.reshape(shape)
        noise = np.sqrt(self.variance) * rng.standard_normal((count, self.variance.size))
        misfit = self.pseudo - prior[:, self._age, self._year] - noise
        weight = np.zeros(shape)
        weight[:, self._age, self._year] = _solve(lower, _solve(lower, misfit.T), transposed=True).T
        carried = (weight.reshape(count, -1) @ directions) @ directions.T
        return density, prior + over_age @ weight @ over_time + carried.reshape(shape)

    def exact_correction(self, surfaces: np.ndarray) -> np.ndarray:
        """Log ratio of the binomial to the linearised likelihood at drawn surfaces, up to a constant."""
        ratio = surfaces[..., self._age, self._year]
        return binomial_correction(ratio, self._successes, self._trials, self.pseudo, self.variance)


def binomial_correction(
    ratio: np.ndarray, successes: np.ndarray, trials: np.ndarray, pseudo: np.ndarray, variance: np.ndarray
) -> np.ndarray:
    """Log ratio of the binomial to the linearised likelihood at log ratios (..., cells), over all cells."""
    exact = successes * ratio - trials * np.logaddexp(0, ratio)
    gaussian = -0.5 * (pseudo - ratio) ** 2 / variance
    return np.sum(exact - gaussian, axis=-1)


def _solve(lower: np.ndarray, right: np.ndarray, *, transposed: bool = False) -> np.ndarray:
    solution, _ = lapack.dtrtrs(lower, right, lower=1, trans=int(transposed))
    return solution


DEGREES = 7.0
"""Degrees of freedom of the t proposal: tails heavier than the posterior's keep weights bounded."""
INFLATION = 1.3
PROPOSALS = 2000
"""Most proposals of a first round: with more draws than these each carries several surfaces, whose noise is
most of an interval's Monte Carlo error and which cost a tenth of a proposal."""
PROPOSALS_A_DRAW = 5
"""Most proposals of a first round for each effective draw asked for. Fewer proposals with more surfaces each
give as many effective draws in a quarter of the time, and steadier weights: each averages its surfaces'."""
ROUNDS = 4


# matrices of a few hundred rows: threads cost more than they bring, and the digits stay the same
@threadpool_limits.wrap(limits=1, user_api="blas")
def sample_marginal(
    surface: Surface,
    *,
    seed: int | np.random.SeedSequence,
    draws: int = 2000,
    minimum_ess: int = ESS_LIMIT,
    progress: bool = False,
) -> tuple[xr.Dataset, Diagnostics]:
    """Sample hyperparameters and the log sex ratio surface.

    Parameters
    ----------
    surface : Surface
        What is observed and asked for.
    seed : int or SeedSequence
        Same seed, same machine, same digits.
    draws : int
        Equally weighted draws returned; up to `PROPOSALS` of them, or `PROPOSALS_A_DRAW` times
        `minimum_ess` if that is less, are as many proposals of the first round. Further rounds adapt the
        proposal and double their number while the effective sample size is too small.
    minimum_ess : int
        Effective sample size of the importance weights that ends the rounds.
    progress : bool
        Show a progress bar on stderr.

    Returns
    -------
    Dataset
        Variables by hyperparameter, and ``log_sex_ratio`` (age, period); dims chain (one) and draw.
    Diagnostics
        Pareto k-hat and effective sample size.

    Raises
    ------
    DataError
        If no cell is observed.
    """
    if not surface.observed.any():
        raise DataError("no cell of the baseline period is observed. Choose another period or region.")
    rng = np.random.default_rng(seed)
    core = GaussianCore(surface)
    mode = find_mode(core)
    centre, spread = mode, INFLATION * _inverse_curvature(core, mode)
    first = min(draws, PROPOSALS, PROPOSALS_A_DRAW * minimum_ess)
    for round_number in range(ROUNDS):
        points, surfaces, log_weights = _propose(
            core, centre, spread, first * 2**round_number, -(-draws // first), rng=rng, progress=progress
        )
        weights, by_point, pareto_k = _weights(log_weights)
        ess = _effective(surfaces[..., surface.asked].mean(-1), weights, by_point)
        if ess >= minimum_ess and pareto_k < PARETO_K_LIMIT:
            break
        centre, spread = adapted_proposal(points, by_point, core.scale)
    chosen = systematic(weights, draws, rng)
    point, one = np.divmod(chosen, surfaces.shape[1])
    diagnostics = Diagnostics(
        engine="marginal",
        draws=draws,
        min_ess_bulk=float(ess),
        pareto_k=float(pareto_k),
        worst="importance weights",
        minimum_ess=minimum_ess,
        sample_stats=xr.Dataset(
            {
                "importance_weight": (("chain", "draw"), weights[chosen][None]),
                "proposal": (("chain", "draw"), point[None]),
                "pareto_k": float(pareto_k),
            },
            {"chain": [0], "draw": np.arange(len(chosen))},
        ),
    )
    return _to_dataset(core, points, point, surfaces[point, one]), diagnostics


def find_mode(core: GaussianCore) -> np.ndarray:
    """Return the mode of the hyperparameters, moving the linearisation to it on the way."""
    mode = core.location.copy()
    for _ in range(2):
        optimum = minimize(
            lambda x: -core.log_posterior(x),
            mode,
            method="L-BFGS-B",
            bounds=[(m - 6 * s, m + 6 * s) for m, s in zip(core.location, core.scale)],
            options={"ftol": 1e-7, "gtol": 1e-2, "maxiter": 60},
        )
        mode = optimum.x
        core.linearise(mode)
    return mode


def _inverse_curvature(core: GaussianCore, mode: np.ndarray) -> np.ndarray:
    """Covariance of the Laplace approximation, from central differences; capped by the prior's."""
    size, step = len(mode), 0.1
    shift = step * np.eye(size)
    here = core.log_posterior(mode)
    plus = np.array([core.log_posterior(mode + e) for e in shift])
    minus = np.array([core.log_posterior(mode - e) for e in shift])
    curvature = np.diag((2 * here - plus - minus) / step**2)
    for i in range(size):
        for j in range(i):
            both = core.log_posterior(mode + shift[i] + shift[j])
            none = core.log_posterior(mode - shift[i] - shift[j])
            mixed = (both - plus[i] - plus[j] + 2 * here - minus[i] - minus[j] + none) / (2 * step**2)
            curvature[i, j] = curvature[j, i] = -mixed
    values, vectors = np.linalg.eigh(curvature)
    values = np.maximum(values, 1 / (1.5 * core.scale.max()) ** 2)
    return (vectors / values) @ vectors.T


def draw_proposal(
    centre: np.ndarray, spread: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw points of a multivariate t, (count, size), and return them with its log density, (count,)."""
    size = len(centre)
    normal = rng.standard_normal((count, size))
    mixing = rng.chisquare(DEGREES, count) / DEGREES
    points = centre + (normal / np.sqrt(mixing)[:, None]) @ np.linalg.cholesky(spread).T
    squared = np.sum(normal**2, axis=1) / mixing
    return points, -0.5 * (DEGREES + size) * np.log1p(squared / DEGREES)


def adapted_proposal(
    points: np.ndarray, weights: np.ndarray, prior_sd: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return centre and spread of the next round's proposal, from weighted points of this one."""
    centre = weights @ points
    spread = INFLATION * (weights[:, None] * (points - centre)).T @ (points - centre)
    return centre, spread + 1e-4 * np.diag(prior_sd**2)


def _propose(
    core: GaussianCore,
    centre: np.ndarray,
    spread: np.ndarray,
    count: int,
    each: int,
    *,
    rng: np.random.Generator,
    progress: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points, surfaces (count, each, ages, years) and log weights (count, each)."""
    points, log_proposal = draw_proposal(centre, spread, count, rng)
    surfaces = np.empty((count, each, *core.surface.observed.shape))
    log_target = np.empty((count, each))
    proposals = tracked(points, "sampling, marginal engine", shown=True) if progress else points
    for i, point in enumerate(proposals):
        density, surfaces[i] = core.draw(point, rng, each)
        log_target[i] = density
        if np.isfinite(density):
            log_target[i] += core.exact_correction(surfaces[i])
    return points, surfaces, log_target - log_proposal[:, None]


def _effective(values: np.ndarray, weights: np.ndarray, by_point: np.ndarray) -> float:
    """Effective sample size of a mean: surfaces of one proposal share their hyperparameters.

    The share of the variance that lies between proposals averages over these, the rest over all surfaces.
    """
    all_surfaces, points = 1 / np.sum(weights**2), 1 / np.sum(by_point**2)
    if values.shape[1] == 1:
        return float(points)
    flat = values.ravel()
    total = np.nansum(weights * (flat - np.nansum(weights * flat)) ** 2)
    within = np.nansum(by_point * values.var(axis=1, ddof=1))
    between = np.clip(1 - within / total, 0.0, 1.0)
    return float(1 / (between / points + (1 - between) / all_surfaces))


def _weights(log_weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return weights of surfaces, raveled, those of proposals and k-hat, from log weights (proposals, each).

    Proposals are the independent draws: k-hat of all surfaces would count each tail weight `each` times.
    """
    together = logsumexp(log_weights, axis=1)
    by_point, pareto_k = psis(together)
    within = np.exp(log_weights - np.where(np.isfinite(together), together, 0)[:, None])
    return (by_point[:, None] * within).ravel(), by_point, pareto_k


def systematic(weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Resample indices with one uniform, then shuffle so that draws are exchangeable."""
    positions = (rng.uniform() + np.arange(count)) / count
    chosen = np.searchsorted(np.cumsum(weights), positions).clip(max=len(weights) - 1)
    return rng.permutation(chosen)


def copies_together(draws: xr.Dataset | None, diagnostics: Diagnostics) -> xr.Dataset | None:
    """Return draws with those of one proposal in a row, so that ArviZ counts the copies of one draw once.

    The marginal engine resamples by importance: copies spread at random would pass for independent draws.
    Proposals stay in random order.
    """
    if draws is None or diagnostics.sample_stats is None or diagnostics.engine != "marginal":
        return draws
    proposal = diagnostics.sample_stats["proposal"].values[0]
    _, first, group = np.unique(proposal, return_index=True, return_inverse=True)
    order = np.argsort(first[group], kind="stable")
    return draws.isel(draw=order).assign_coords(draw=np.arange(len(order)))


def _to_dataset(
    core: GaussianCore, points: np.ndarray, chosen: np.ndarray, surfaces: np.ndarray
) -> xr.Dataset:
    hyper = [core.hyper(point) for point in points]
    variables: dict[str, tuple[tuple[str, ...], np.ndarray]] = {
        name: (("chain", "draw"), np.array([h[name] for h in hyper])[chosen][None]) for name in core.names
    }
    variables["log_sex_ratio"] = (("chain", "draw", "age", "period"), surfaces[None])
    return xr.Dataset(
        variables,
        coords={
            "chain": [0],
            "draw": np.arange(len(chosen)),
            "age": list(core.surface.ages),
            "period": list(core.surface.years),
        },
    )
