"""Hamiltonian Monte Carlo with many chains at once, in units of a Gaussian approximation at the mode.

For densities that evaluate a batch of points with their gradients faster than one by one. Metropolis steps
make it exact whatever the approximation; the better that is, the fewer gradients a draw takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from scipy.linalg import solve_triangular
from scipy.optimize import minimize

from estimator.errors import ConvergenceError

if TYPE_CHECKING:
    from estimator.inference.convergence import Diagnostics

Density = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Takes points (B, n), returns log densities (B,) and gradients (B, n)."""

RIDGE = 0.05
"""Least precision, in the units sampled in, that a direction is taken to have."""
PATH = 3.0
"""Length of a trajectory in standard deviations: a quarter of a period, 1.6, would do for a normal
distribution; directions that are longer than unit, in which chains are slowest, gain from twice that."""
ACCEPT = 0.8
CAREFUL, FINE = 0.2, 0.3
"""A share of trajectories takes steps this much shorter, and as many: they move a chain out of places where
the density bends so much that it would be rejected for long."""
SHORTER = 0.7
"""What the step is multiplied by where a round had divergences."""
BROKEN = 1000.0
"""An error of the energy beyond this is a divergence, as in Stan."""
LONGEST = 250
"""Most steps of a trajectory: a sample whose steps become tiny fails, and does not hang."""
FAR, HALVINGS = 6.0, 20
"""Standard deviations of a normal draw's log density within which chains start, and how often a place further
down is moved half of the way to the centre."""
BATCH = 128
NOWHERE = 1e30
"""Minus the log density of a step so long that it has none."""


def curvature(density: Density, point: np.ndarray, width: float = 1e-4) -> np.ndarray:
    """Return minus the Hessian of a log density at a point, by differences of gradients."""
    size = len(point)
    steps, slopes = width * np.eye(size), np.empty((size, size))
    origin = density(point[None])[1]
    for low in range(0, size, BATCH):
        slopes[low : low + BATCH] = origin - density(point + steps[low : low + BATCH])[1]
    return (slopes + slopes.T) / (2 * width)


def factor(hessian: np.ndarray, ridge: float = RIDGE) -> np.ndarray:
    """Return the lower Cholesky factor of a curvature, made positive definite by as much as it takes."""
    if not np.isfinite(hessian).all():
        raise ConvergenceError('the density has no finite curvature near its mode. Try engine="nuts".')
    while True:
        try:
            return np.linalg.cholesky(hessian + ridge * np.eye(len(hessian)))
        except np.linalg.LinAlgError:
            ridge *= 4


def find_mode(
    density: Density, start: np.ndarray, *, tolerance: float = 0.3, rounds: int = 12
) -> tuple[np.ndarray, np.ndarray]:
    """Return about the mode of a log density, and its curvature there.

    Quasi-Newton steps in the density's own units, then in those of its curvature, which is measured anew
    until a Newton step would raise the log density by less than the tolerance: that is a typical point, and
    more than that the sampler does not need. The curvature costs as much as a hundred steps, so it is
    measured twice, seldom three times.
    """
    units = Gaussian(start, np.eye(len(start)))
    for _ in range(rounds):
        point = _climb(density, units)
        stays = np.array_equal(point, units.centre)
        hessian = curvature(density, point)
        units = Gaussian.at(point, hessian)
        slope = density(point[None])[1][0] @ units.root
        if stays or slope @ slope < 2 * tolerance:
            break
    return point, hessian


def _climb(density: Density, units: Gaussian, steps: int = 40) -> np.ndarray:
    """Return the point that quasi-Newton steps in some units reach from their centre."""

    def negative(y: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = density(units.points(y)[None])
        if not np.isfinite(value[0] + gradient.sum()):
            return NOWHERE, np.zeros(len(y))
        return -value[0], -gradient[0] @ units.root

    options = {"maxiter": steps, "maxcor": steps, "gtol": 0.05}
    ended = minimize(negative, np.zeros(len(units.centre)), jac=True, method="L-BFGS-B", options=options)
    return units.points(ended.x)


@dataclass
class Gaussian:
    """Units y in which a density is about standard normal: point = centre + root @ y."""

    centre: np.ndarray
    root: np.ndarray

    @classmethod
    def at(cls, mode: np.ndarray, hessian: np.ndarray) -> Self:
        """Return the Gaussian with a density's mode and curvature."""
        lower = factor(hessian)
        return cls(mode, solve_triangular(lower, np.eye(len(mode)), lower=True).T.copy())

    def points(self, y: np.ndarray) -> np.ndarray:
        """Return points of the density's own units."""
        return np.asarray(self.centre + y @ self.root.T)

    def starts(self, density: Density, number: int, rng: np.random.Generator) -> np.ndarray:
        """Draw places y, (number, n), for chains to start from.

        A place further below the centre than normal draws are is moved towards it: where the density bends
        more than at the centre, a chain would need so small steps to come back that it never does.
        """
        size = len(self.centre)
        y = rng.standard_normal((number, size))
        with np.errstate(all="ignore"):
            lowest = density(self.centre[None])[0][0] - size / 2 - FAR * np.sqrt(size / 2)
            for _ in range(HALVINGS):
                low = ~(density(self.points(y))[0] > lowest)
                if not low.any():
                    break
                y[low] /= 2
        return y

    def stretched(
        self, draws: np.ndarray, directions: np.ndarray, limit: float = 2.0
    ) -> tuple[Self, Callable[[np.ndarray], np.ndarray]]:
        """Widen or narrow the units along named directions in which draws do not have unit variance.

        `draws` (N, n) are in y, `directions` are rows of the root. Only variances are taken that noise does
        not make of a unit one. The second value turns old units into new ones.
        """
        basis = np.linalg.qr(self.root[directions].T)[0]
        inside = draws @ basis
        mean = inside.mean(0)
        variance, turned = np.linalg.eigh(np.cov(inside.T))
        noise = (1 + np.sqrt(len(directions) / (len(draws) / 6))) ** 2
        limit = max(limit, noise)
        kept = (variance > limit) | (variance < 1 / limit)
        basis, scale = basis @ turned[:, kept], np.sqrt(np.clip(variance[kept], 0.2, 60.0))
        shift = basis @ (turned[:, kept].T @ mean)
        root = self.root + ((self.root @ basis) * (scale - 1)) @ basis.T

        def change(y: np.ndarray) -> np.ndarray:
            y = y - shift
            return np.asarray(y + ((y @ basis) * (1 / scale - 1)) @ basis.T)

        return type(self)(self.centre + self.root @ shift, root), change


class Chains:
    """A batch of chains that take trajectories of one length together."""

    def __init__(self, density: Density, units: Gaussian, number: int, rng: np.random.Generator) -> None:
        self.density, self.units, self.rng = density, units, rng
        self.step, self.divergences, self.gradients = 0.25, 0, 0
        self.y = units.starts(density, number, rng)
        self.value, self.slope = self._evaluate(self.y)

    def _evaluate(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with np.errstate(all="ignore"):
            value, gradient = self.density(self.units.points(y))
        self.gradients += len(y)
        bad = ~np.isfinite(value + gradient.sum(1))
        if bad.any():
            value, gradient = np.where(bad, -np.inf, value), np.where(bad[:, None], 0.0, gradient)
        return value, gradient @ self.units.root

    def _trajectory(self, step: float, number: int) -> np.ndarray:
        """Move every chain, and return the probabilities of acceptance.

        A chain whose energy is lost on the way goes no further: beyond, gradients grow without bound.
        """
        momentum = self.rng.standard_normal(self.y.shape)
        before = self.value - 0.5 * (momentum**2).sum(1)
        y, slope, value = self.y, self.slope, self.value
        lost = np.zeros(len(y), bool)
        momentum = momentum + 0.5 * step * slope
        for i in range(number):
            y = y + step * momentum
            value, slope = self._evaluate(y)
            lost |= ~(value > before - BROKEN)
            momentum = momentum + (step if i < number - 1 else 0.5 * step) * np.where(lost[:, None], 0, slope)
            y, momentum = np.where(lost[:, None], self.y, y), np.where(lost[:, None], 0, momentum)
        change = np.where(lost, -np.inf, value - 0.5 * (momentum**2).sum(1) - before)
        self.divergences += int((change < -BROKEN).sum())
        accepted = np.log(self.rng.random(len(y))) < change
        self.y = np.where(accepted[:, None], y, self.y)
        self.value = np.where(accepted, value, self.value)
        self.slope = np.where(accepted[:, None], slope, self.slope)
        return np.exp(np.minimum(change, 0))

    def run(self, number: int, *, path: float = PATH, adapt: bool = False) -> np.ndarray:
        """Take trajectories, and return the chains' places in y after each, (chains, number, n)."""
        return np.stack([self.y.copy() for _ in self.moves(number, path=path, adapt=adapt)], axis=1)

    def moves(self, number: int, *, path: float = PATH, adapt: bool = False) -> Iterator[None]:
        """Take trajectories, with a stop after each."""
        log_step, later = np.log(self.step), []
        for i in range(number):
            step = float(np.exp(log_step)) * self.rng.uniform(0.9, 1.1)
            length = int(np.clip(round(path * self.rng.uniform(0.6, 1.4) / step), 1, LONGEST))
            if not adapt and self.rng.random() < CAREFUL:
                step *= FINE
            chance = self._trajectory(step, length)
            if adapt:
                log_step += (chance.mean() - ACCEPT) * 2.0 / np.sqrt(i + 4)
                later.append(log_step)
            yield
        if adapt:
            self.step = float(np.exp(np.mean(later[number // 2 :])))

    def change_units(self, units: Gaussian, change: Callable[[np.ndarray], np.ndarray]) -> None:
        """Go on from the same points in other units."""
        self.units, self.y = units, change(self.y)
        self.value, self.slope = self._evaluate(self.y)


class Stepping(Protocol):
    """What moves in steps, of one length, that may diverge."""

    step: float
    divergences: int


def lengthen(
    draw: Callable[[int], Any], judge: Callable[[list[Any], int], tuple[Any, Diagnostics]],
    groups: Sequence[Stepping], *, first: int, later: int, rounds: int,
) -> tuple[Any, Diagnostics]:  # fmt: skip
    """Draw in rounds, of `first` trajectories and then of `later`, until what is kept passes its test.

    ``judge`` takes the draws of the rounds that are kept and how many transitions of the last diverged. A
    round with divergences is thrown away and taken again with shorter steps: they were too long for where
    the density bends most. After so many rounds the last judgement is returned as it is.
    """
    kept: list[Any] = []
    for left in reversed(range(rounds)):
        for group in groups:
            group.divergences = 0
        kept.append(draw(later if kept else first))
        lost = sum(group.divergences for group in groups)
        sample, diagnostics = judge(kept, lost)
        if diagnostics.converged or not left:
            break
        if lost:
            kept.pop()
            for group in groups:
                group.step *= SHORTER
    return sample, diagnostics
