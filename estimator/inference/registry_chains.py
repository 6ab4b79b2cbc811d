"""Chains of the registry model that step by cheap forces and are accepted by the exact density."""

from copy import copy
from typing import Any

import numpy as np

from estimator.inference.hmc import BROKEN, PATH, Chains, Gaussian
from estimator.inference.registry_kernel import RegistryKernel
from estimator.inference.registry_parts import mirrored


class RegistryChains(Chains):
    """Chains whose trajectories take gradients in single precision, at half the cost.

    A trajectory goes back the way it came whatever function of the place its forces are, and the density at
    its end, which decides, is in double precision: the posterior is exact. Steps are taken in the density's
    own units, where they need one product with a matrix and not two.
    """

    def __init__(
        self, kernel: RegistryKernel, units: Gaussian, number: int, rng: np.random.Generator
    ) -> None:
        self.kernel, self.rng = kernel, rng
        self.mirrored = mirrored(kernel.data)
        self.forces = in_single_precision(kernel)
        self.step, self.divergences, self.gradients = 0.25, 0, 0
        self._take(units)
        self.point = units.points(units.starts(kernel, number, rng))
        self.value, self.quantities = self._density(self.point)
        self.force = self._force(self.point)[1]

    def _take(self, units: Gaussian) -> None:
        self.units, self.inverse = units, np.linalg.inv(units.root)
        self.covariance = (units.root @ units.root.T).astype(np.float32)

    def _density(self, point: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        with np.errstate(all="ignore"):
            value, quantities = self.kernel.density_and_quantities(point)
        return np.where(np.isfinite(value), value, -np.inf), quantities

    def _force(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return densities, nearly, and gradients; where either is not a number, minus infinity and none."""
        with np.errstate(all="ignore"):
            value, force = self.forces(point.astype(np.float32))
        self.gradients += len(point)
        bad = ~np.isfinite(value + force.sum(1))
        if bad.any():
            value, force = np.where(bad, -np.inf, value), np.where(bad[:, None], 0, force)
        return value, force

    def _trajectory(self, step: float, number: int) -> np.ndarray:
        momentum = self.rng.standard_normal(self.point.shape)
        before = self.value - 0.5 * (momentum**2).sum(1)
        point, force = self.point, self.force
        lost = np.zeros(len(point), bool)
        velocity = momentum @ self.units.root.T + 0.5 * step * (force @ self.covariance)
        for i in range(number):
            point = point + step * velocity
            nearly, force = self._force(point)
            lost |= ~(nearly > before - BROKEN)
            if lost.any():
                point, force = np.where(lost[:, None], self.point, point), np.where(lost[:, None], 0, force)
                velocity = np.where(lost[:, None], 0, velocity)
            velocity = velocity + (step if i < number - 1 else 0.5 * step) * (force @ self.covariance)
        value, quantities = self._density(point)
        momentum = velocity @ self.inverse.T
        change = np.where(lost, -np.inf, value - 0.5 * (momentum**2).sum(1) - before)
        self.divergences += int((change < -BROKEN).sum())
        accepted = np.log(self.rng.random(len(point))) < change
        self.point, self.force = (
            np.where(accepted[:, None], new, old) for new, old in ((point, self.point), (force, self.force))
        )
        self.value = np.where(accepted, value, self.value)
        for name, old in self.quantities.items():
            old[accepted] = quantities[name][accepted]
        return np.exp(np.minimum(change, 0))

    def run(self, number: int, *, path: float = PATH, adapt: bool = False) -> np.ndarray:
        """Take trajectories of a warm-up, and return the places in y after each, (chains, number, n).

        Chains are turned to the positive side of each signed scale, so that units and steps are found for
        one side. Draws are not turned: the units depend on variables that are not turned, so that the
        reverse of a trajectory turned at its end is not one that the sampler could take, and the draws would
        have a wrong distribution.
        """
        places = []
        for _ in self.moves(number, path=path, adapt=adapt):
            for scale, shocks in self.mirrored:
                negative = self.point[:, scale.start] < 0
                for part in (scale, shocks):
                    self.point[negative, part] *= -1
                    self.force[negative, part] *= -1
            places.append((self.point - self.units.centre) @ self.inverse.T)
        return np.stack(places, axis=1)

    def change_units(self, units: Gaussian, change: Any = None) -> None:
        """Go on from the same points in other units."""
        self._take(units)

    def draw(self, number: int) -> dict[str, np.ndarray]:
        """Take trajectories; return scales and quantities after each by name, (chains, number, ...)."""
        points, kept = [], []
        for _ in self.moves(number):
            points.append(self.point.copy())
            kept.append({name: value.copy() for name, value in self.quantities.items()})
        return self.kernel.by_name(np.stack(points, axis=1), kept)


def in_single_precision(thing: Any) -> Any:
    """Return a copy of a kernel, or of any part of one, whose arrays have half the digits."""
    if isinstance(thing, np.ndarray | np.floating):
        return thing.astype(np.float32) if thing.dtype == np.float64 else thing
    if isinstance(thing, dict):
        return {name: in_single_precision(value) for name, value in thing.items()}
    if isinstance(thing, tuple):
        return tuple(in_single_precision(value) for value in thing)
    if not type(thing).__module__.startswith("estimator.") or not hasattr(thing, "__dict__"):
        return thing
    made = copy(thing)
    vars(made).update({name: in_single_precision(value) for name, value in vars(thing).items()})
    return made
