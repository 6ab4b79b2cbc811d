"""Sample the war dead to a day: chains in units of a normal approximation, until they agree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from estimator.inference.convergence import (
    ESS_LIMIT,
    RHAT_LIMIT,
    Diagnostics,
    check_convergence,
    diagnose_groups,
)
from estimator.inference.hmc import Chains, Gaussian, find_mode, lengthen
from estimator.models.present.arrays import PresentArrays
from estimator.models.present.density import PresentDensity
from estimator.models.present.priors import PresentPriors

CHAINS = 16
WARM_UP = (30, 80, 30)
"""Trajectories of each chain before its units are stretched, while they are learned, and after."""
PATH = 2.5
"""Length of a trajectory: shorter ones cost less, and are slow in the tails."""
FIRST, BATCH, ROUNDS = 250, 100, 20
"""Trajectories of the first round and of later ones, until the chains agree, and how many rounds at most."""
NEAR = 0.3
"""Chains begin so many standard deviations about the mode: farther out the density is no normal."""
GAUSSIAN = 1e4
"""Degrees of freedom of the approximation: at the mode of effects whose variance is integrated out,
curvature would be that of the least variance, not of a typical one."""
BLOCKS = ("deaths", "late", "declared")
SHARED = (
    "u", "late_level", "late_step", "declared_delay", "declared_shape", "filing_delay",
    "filing_shape",
)  # fmt: skip
"""Parameters of the dead themselves; the others are errors of statements."""


@dataclass(frozen=True, eq=False)
class PresentSample:
    """Draws of deaths by block, (chains, draws, blocks): all, the late among them, those declared."""

    deaths: np.ndarray
    late: np.ndarray
    declared: np.ndarray
    points: np.ndarray
    density: PresentDensity
    diagnostics: Diagnostics

    def expected(self, arrays: PresentArrays) -> dict[str, np.ndarray]:
        """Return what statements, these or others, are expected to state without error, (draws,)."""
        other = PresentDensity(arrays, self.density.priors)
        points = np.zeros((len(self.points), other.size))
        for name in SHARED:
            points[:, other.slices[name]] = self.points[:, self.density.slices[name]]
        return other.published(points)


@threadpool_limits.wrap(limits=1, user_api="blas")  # the same digits on any number of cores
def sample_present(
    arrays: PresentArrays, reported: Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]], *,
    seed: int, priors: PresentPriors | None = None, minimum_ess: int = ESS_LIMIT,
    largest_rhat: float = RHAT_LIMIT, warm_up: tuple[int, int, int] = WARM_UP, first: int = FIRST,
    allow_unconverged: bool = False,
) -> PresentSample:  # fmt: skip
    """Sample until every reported quantity has passed the test of convergence; ConvergenceError if not.

    ``reported`` takes deaths, late and declared, (chains, draws, blocks), and returns what is reported of
    them by name, (chains, draws). ``warm_up`` and ``first`` are numbers of trajectories, as `WARM_UP` and
    `FIRST` are.
    """
    density = PresentDensity(arrays, priors or PresentPriors())
    chains = _warmed_up(density, np.random.default_rng(seed), warm_up)

    def draw(number: int) -> np.ndarray:
        return chains.units.points(chains.run(number, path=PATH))

    def judge(kept: list[np.ndarray], lost: int) -> tuple[np.ndarray, Diagnostics]:
        points = np.concatenate(kept, axis=1)
        measures = _diagnose(reported(_blocks(density, points)), lost)
        return points, replace(measures, minimum_ess=minimum_ess, largest_rhat=largest_rhat)

    points, diagnostics = lengthen(draw, judge, [chains], first=first, later=BATCH, rounds=ROUNDS)
    check_convergence(diagnostics, allow_unconverged=allow_unconverged)
    flat = points.reshape(-1, density.size)
    return PresentSample(**_blocks(density, points), points=flat, density=density, diagnostics=diagnostics)


def _blocks(density: PresentDensity, points: np.ndarray) -> dict[str, np.ndarray]:
    values = density.deaths(points.reshape(-1, density.size))
    shape = (*points.shape[:2], -1)
    weight = density.arrays.weight_of_day
    return {name: (value * weight).reshape(shape) for name, value in zip(BLOCKS, values)}


def _warmed_up(density: PresentDensity, rng: np.random.Generator, warm_up: tuple[int, int, int]) -> Chains:
    scale = {name: (sd, GAUSSIAN) for name, (sd, _) in density.priors.scale.items()}
    plain = PresentDensity(density.arrays, replace(density.priors, scale=scale))
    chains = Chains(density, Gaussian.at(*find_mode(plain, plain.start())), CHAINS, rng)
    chains.change_units(chains.units, lambda y: NEAR * y)
    first, learned, last = warm_up
    chains.run(first, path=PATH, adapt=True)
    draws = chains.run(learned, path=PATH, adapt=True)[:, learned // 3 :]
    chains.change_units(*chains.units.stretched(draws.reshape(-1, density.size), np.arange(density.size)))
    chains.run(last, path=PATH, adapt=True)
    return chains


def _diagnose(reported: dict[str, np.ndarray], divergences: int) -> Diagnostics:
    posterior = xr.Dataset({name: (("chain", "draw"), value) for name, value in reported.items()})
    return diagnose_groups(posterior, divergences=divergences)
