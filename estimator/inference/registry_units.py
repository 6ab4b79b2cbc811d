"""Units of the registry model from the curvature of its density: what data say of blocks, others unknown."""

from dataclasses import replace

import numpy as np
from scipy.linalg import cho_solve

from estimator.inference.hmc import factor
from estimator.inference.registry_kernel import RegistryKernel
from estimator.models.registry import priors
from estimator.models.registry.preconditioner import (
    Modes,
    Preconditioner,
    Scaled,
    capture_shift,
    ratio_precision,
)

SCALES = (
    "level_sd", "slope_sd", "damping", "transient_sd", "shared", "cell_shock_sd", "women_step_sd",
    "weekly_shock_scale", "follow_up_score", "capture_spread", "capture_mean_free", "war_step_sd",
    "war_persistence", "war_drift_scale",
)  # fmt: skip
FLOORS = {"war_drift_scale": 0.05, "capture_spread": float(np.log(0.15))}
"""Least values of scales whose square what data say is divided by."""


def above_floors(kernel: RegistryKernel, point: np.ndarray) -> np.ndarray:
    """Return a point whose scales are large enough for `refined`."""
    point = point.copy()
    for name, floor in FLOORS.items():
        point[kernel.at[name]] = np.maximum(point[kernel.at[name]], floor)
    return point


def refined(kernel: RegistryKernel, point: np.ndarray, hessian: np.ndarray) -> Preconditioner:
    """Return units in which the ratio, the drift and capture have the likelihood's own information.

    First guesses take each block as if the others were known. The curvature at a point, with scales as they
    are there and all other variables integrated out, says what is known of a block; its prior is taken off.
    """
    at, units, data = kernel.at, kernel.units, kernel.data
    latent = np.setdiff1d(np.arange(kernel.size), [at[n].start for n in SCALES if n in at])
    # a ridge as large as the sampler's would be taken for information, divided by the square of a small scale
    lower = factor(hessian[np.ix_(latent, latent)], ridge=1e-5)
    covariance = cho_solve((lower, True), np.eye(len(latent)))

    def precision(*names: str) -> np.ndarray:
        rows = [np.arange(at[name].start, at[name].stop) for name in names if name in at]
        inside = np.searchsorted(latent, np.concatenate(rows))
        return np.linalg.inv(covariance[np.ix_(inside, inside)])

    # the sex ratio
    modes, prior = units.ratio.modes, ratio_precision(data, point[:5])
    total = units.ratio.precision + np.einsum("ij,ik,kj->j", modes, prior, modes)
    whole = _turned(precision("ratio_free"), np.sqrt(total)[:, None] * np.linalg.inv(modes))
    value = modes @ (units.ratio.information / total + point[at["ratio_free"]] / np.sqrt(total))
    ratio = Scaled.of(_positive(whole - prior), whole @ value, prior)

    # capture
    modes, root = units.capture.modes, priors.capture_root(data.matched)
    smooth = np.linalg.inv(root @ root.T)
    mean, shift = _capture_mean(kernel, point)
    stiffness = units.capture.roughness * np.exp(-2 * point[at["capture_spread"].start])
    total = 1 + stiffness
    centre = units.capture_information + (shift + stiffness * mean) * units.capture.inverse.sum(1)
    value = modes @ (centre / total + point[at["capture_free"]] / np.sqrt(total))
    whole = _turned(precision("capture_free"), np.sqrt(total)[:, None] * units.capture.inverse)
    prior = smooth * np.exp(-2 * point[at["capture_spread"].start])
    capture = Modes.of(_positive(whole - prior) + 1e-4 * smooth, smooth)
    sample = capture.modes.T @ (whole @ value - prior.sum(1) * mean) - shift * capture.inverse.sum(1)

    # the drift, and what else is sampled free of it
    scale, modes = float(point[at["war_drift_scale"].start]), units.drift.modes
    total = 1 + scale**2 * units.drift.precision
    turn = np.sqrt(total)[:, None] * modes.T
    shocks = point[at["war_drift_free"]] / np.sqrt(total)
    shocks = modes @ (scale * units.drift.information / total + shocks)
    whole = _turned(precision("war_drift_free"), turn)
    drift = Scaled.of(_positive((whole - np.eye(len(whole))) / scale**2), whole @ shocks / scale)
    joint, taken = precision("war_profile_free", "war_free", "war_drift_free"), len(whole)
    others = joint[:-taken, :-taken]
    sheared = np.linalg.solve(others, joint[:-taken, -taken:]) @ turn / scale
    profile = len(units.drift_to_profile)
    return replace(
        units, ratio=ratio, drift=drift, capture=capture, capture_information=sample,
        drift_to_profile=units.drift_to_profile + sheared[:profile],
        drift_to_walk=units.drift_to_walk + sheared[profile:],
    )  # fmt: skip


def _capture_mean(kernel: RegistryKernel, point: np.ndarray) -> tuple[float, float]:
    """Return the mean logit of capture, and what the cases that were not open yet add to it."""
    z, nothing = point[None], np.zeros((1, kernel.size))
    military = kernel.delay.curve_of(z, nothing, "military_delay")[0]
    opened = kernel.capture.open_then(z, nothing, military)[0]
    mean = kernel.capture.shares(z, nothing, opened)[0][1]
    return float(mean[0]), float(capture_shift(kernel.capture.share, opened)[0])


def _turned(precision: np.ndarray, turn: np.ndarray) -> np.ndarray:
    return np.asarray(turn.T @ precision @ turn)


def _positive(matrix: np.ndarray) -> np.ndarray:
    """Return the nearest positive definite matrix, nearly."""
    values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    return np.asarray((vectors * np.clip(values, 1e-8 * values.max(), None)) @ vectors.T)
