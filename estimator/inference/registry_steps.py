"""Steps of the soldiers' walk in the registry kernel: persistent by month, independent by week."""

import numpy as np
from scipy.special import expit

from estimator.inference.registry_parts import Back, Part
from estimator.models.registry import priors
from estimator.models.registry.preconditioner import WalkPenalty

Density = tuple[np.ndarray, np.ndarray, np.ndarray, Back]
"""Sum of squared innovations over their variance (B,), the rest of the log density, the gradient by modes
(B, T), and what takes the gradient by stiffness backwards and returns that by the log of the steps' sd."""


class Steps(Part):
    """The prior of a walk, given in modes in which that of the usual persistence is diagonal."""

    def _prepare(self) -> None:
        modes = self.units.war.modes
        self.moves, self.penalty = np.diff(modes, axis=0), WalkPenalty.of(modes)
        self.number = len(self.moves)
        self.estimated = "war_persistence" in self.at
        self.row = self.at["war_persistence"].start if self.estimated else -1

    def stiffness(self, z: np.ndarray) -> np.ndarray:
        """Return the prior precision of each mode (B, T)."""
        return np.asarray(self.penalty.at(self._persistence(z)) * self._precision(z)[:, None])

    def density(self, z: np.ndarray, g: np.ndarray, apart: np.ndarray, stiffness: np.ndarray) -> Density:
        """Return the prior density of a walk about its mean (B, T), in modes."""
        persistence, precision = self._persistence(z), self._precision(z)
        fresh = 1 - persistence**2
        steps = apart @ self.moves.T
        before = steps[:, :-1]
        innovations = steps[:, 1:] - persistence * before
        scaled = innovations / fresh
        later = precision * (innovations * scaled).sum(1)
        square = precision * (steps[:, :1] ** 2).sum(1) + later
        dsteps = steps.copy()
        dsteps[:, 1:] = scaled
        dsteps[:, :-1] -= persistence * scaled
        count = max(self.number - 1, 0)

        def back(dstiffness: np.ndarray) -> np.ndarray:
            if self.estimated:
                slope = (scaled * before).sum(1) + (dstiffness * self.penalty.slope(persistence)).sum(1)
                flat = persistence[:, 0]
                slope = precision * slope + flat * (count - later) / fresh[:, 0]
                g[:, self.row] = slope * flat * (1 - flat) - self._score(z) / priors.WAR_PERSISTENCE[1]
            return np.asarray(square - 2 * (dstiffness * stiffness).sum(1))

        rest = -0.5 * count * np.log(fresh[:, 0])
        if self.estimated:
            rest -= 0.5 * self._score(z) ** 2
        return square, rest, -precision[:, None] * (dsteps @ self.moves), back

    def _precision(self, z: np.ndarray) -> np.ndarray:
        return np.asarray(np.exp(-2 * z[:, self.at["war_step_sd"].start]))

    def _persistence(self, z: np.ndarray) -> np.ndarray:
        """Return the correlation of a step with the one before it (B, 1)."""
        return expit(z[:, [self.row]]) if self.estimated else np.zeros((len(z), 1), z.dtype)

    def _score(self, z: np.ndarray) -> np.ndarray:
        location, width = priors.WAR_PERSISTENCE
        return np.asarray((z[:, self.row] - location) / width)
