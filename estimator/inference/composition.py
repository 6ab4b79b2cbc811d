"""Fit shares of roles: steps at the mode of their marginal density, logits by Hamiltonian Monte Carlo.

The EM algorithm, with a Gaussian approximation of the logits, gives the steps' standard deviations; hundreds
of names a month leave little doubt about them. Given them, many short chains of `estimator.inference.hmc`
sample the logits exactly.
"""

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from estimator.errors import DataError
from estimator.estimate.described import software
from estimator.estimate.estimate import Estimate
from estimator.inference.convergence import ESS_LIMIT, check_convergence, diagnose_chains
from estimator.inference.hmc import Chains, Gaussian
from estimator.models.composition import STEP_SD, CompositionModel

CHAINS, TUNING = 4, 100
QUARTER = 1.8
"""Length of a trajectory: about a quarter of a period of so nearly normal a density, which forgets most."""
NEWTON_STEPS, EM_STEPS = 20, 10


def fit_composition(
    model: CompositionModel,
    *,
    seed: int,
    draws: int = 4800,
    minimum_ess: int = ESS_LIMIT,
    allow_unconverged: bool = False,
) -> Estimate:
    """Fit shares of roles and return names by role: shares times the names of each period.

    Parameters
    ----------
    model : CompositionModel
        The specification.
    seed : int
        Same seed, same machine: same digits.
    draws : int
        Posterior draws kept, of all chains together.
    minimum_ess : int
        Effective sample size that each share must reach.
    allow_unconverged : bool
        Return a sample that failed its test, marked.

    Returns
    -------
    Estimate
        Its quantity is ``names``, dims period and role; those without a role are spread over roles by the
        model's assumption. `estimator.nowcast.composition` makes shares and statements of it.

    Raises
    ------
    DataError
        If the model is none of roles.
    ConvergenceError
        If the sample does not pass and `allow_unconverged` is false.
    """
    if not isinstance(model, CompositionModel):
        raise DataError(f"{type(model).__name__}: no model of roles. Give CompositionModel(names by role).")
    rng = np.random.default_rng(seed)
    with threadpool_limits(limits=1, user_api="blas"):
        mode, step_sd = _modes(model)
        units = Gaussian.at(mode, model.curvature(mode, step_sd))
        chains = Chains(lambda points: model.log_density(points, step_sd), units, CHAINS, rng)
        chains.run(TUNING, adapt=True)
        kept = chains.run(-(-draws // CHAINS), path=QUARTER)
        logits = units.points(kept.reshape(-1, mode.size)).reshape(*kept.shape[:2], *model.counts.shape)
    shares = model.shares(logits)
    totals = model.counts.sum(axis=1) + model.listed.without
    coordinates = {
        "chain": np.arange(CHAINS), "draw": np.arange(kept.shape[1]),
        "period": model.listed.periods.to_numpy(), "role": list(model.roles),
    }  # fmt: skip
    dims = ("chain", "draw", "period", "role")
    posterior = xr.Dataset({"share": (dims, shares), "step_sd": ("role", step_sd)}, coordinates)
    diagnostics = diagnose_chains(
        posterior[["share"]], divergences=chains.divergences, engine="hmc", minimum_ess=minimum_ess
    )
    check_convergence(diagnostics, allow_unconverged=allow_unconverged)
    days = [str(day)[:10] for day in model.listed.periods]
    return Estimate(
        draws=xr.Dataset({"names": (dims, shares * totals[:, None])}, coordinates),
        unit="names",
        diagnostics=diagnostics.to_dict(),
        provenance={
            **model.specification(), "engine": "hmc", "seed": seed, "draws": draws, "versions": software(),
        },
        years=tuple(sorted({int(day[:4]) for day in days})),
        ages="all",
        dates=(days[0], days[-1]),
        posterior=posterior,
        quantity="names",
    )  # fmt: skip


def _modes(model: CompositionModel) -> tuple[np.ndarray, np.ndarray]:
    """Return the mode of the logits, raveled, and that of the steps' standard deviations by role."""
    location, scale = STEP_SD
    step_sd = np.full(len(model.roles), np.exp(location))
    smoothed = model.counts + 0.5
    point = np.log(smoothed / smoothed.mean(axis=1, keepdims=True)).ravel()
    steps = len(model.counts) - 1
    for _ in range(EM_STEPS):
        point = _logits_at_mode(model, point, step_sd)
        covariance = np.linalg.inv(model.curvature(point, step_sd))
        shape = (*model.counts.shape, *model.counts.shape)
        by_role = np.einsum("akbk->kab", covariance.reshape(shape))
        at = np.arange(steps)
        spread = by_role[:, at, at] + by_role[:, at + 1, at + 1] - 2 * by_role[:, at, at + 1]
        squares = (np.diff(point.reshape(model.counts.shape), axis=0) ** 2).sum(axis=0) + spread.sum(axis=1)
        step_sd = _step_at_mode(squares, steps, location, scale)
    return _logits_at_mode(model, point, step_sd), step_sd


def _logits_at_mode(model: CompositionModel, point: np.ndarray, step_sd: np.ndarray) -> np.ndarray:
    for _ in range(NEWTON_STEPS):
        gradient = model.log_density(point[None], step_sd)[1][0]
        move = np.linalg.solve(model.curvature(point, step_sd), gradient)
        point = point + np.clip(move, -2.0, 2.0)
        if np.abs(move).max() < 1e-4:
            break
    return point


def _step_at_mode(squares: np.ndarray, steps: int, location: float, scale: float) -> np.ndarray:
    """Return the standard deviation of steps of expected squares that is likeliest under its prior."""
    log_sd = 0.5 * np.log(squares / steps)
    for _ in range(20):
        slope = squares * np.exp(-2 * log_sd) - steps - (log_sd - location) / scale**2
        log_sd = log_sd + slope / (2 * squares * np.exp(-2 * log_sd) + 1 / scale**2)
    return np.exp(log_sd)
