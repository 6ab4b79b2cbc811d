"""What parts of the registry kernel share: places of variables in a point, scaled units, signed scales."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from estimator.models.registry import priors
from estimator.models.registry.preconditioner import Preconditioner

if TYPE_CHECKING:
    from estimator.models.registry.arrays import RegistryData

Back = Callable[..., Any]
FEW_CELLS = 10_000
"""Up to this many pairs of a cell and a period, a product with all of them is faster than sums of each."""


READ = (
    "base_men", "base_women", "cell_period", "cell_visible", "civilians_by_cell", "control",
    "follow_up_unknown", "followed_up", "identified", "knots", "men", "men_by_cell", "midpoint",
    "published_delays", "resolution", "share_followed_up", "usual", "women", "years",
)  # fmt: skip
"""What parts read of the data at every point."""


def layout(data: RegistryData) -> dict[str, slice]:
    """Return where each free variable of the graph is in a point, in the graph's order."""
    ages, periods, bins = len(data.midpoint), data.women.shape[1], len(data.bins.edges)
    targets, week = len(data.target), data.resolution == "week"
    sizes: dict[str, int] = dict.fromkeys(data.priors.SURFACE, 1)
    sizes |= {"ratio_free": ages * len(data.years), "season": 4, "season_of_young": 4}
    sizes |= {"military_delay_free": bins - 1}
    if data.published_delays:
        sizes |= {"civilian_delay_free": bins - 1}
    else:
        sizes |= {"cell_shock_sd": 1, "cell_free": len(data.cell_period), "period_shock": periods}
    sizes |= {"women_step_sd": 1, "women_free": ages * data.knots.shape[1]}
    if week:
        sizes |= {"weekly_shock_scale": 1, "weekly_shock_free": periods}
    if data.follow_up_unknown:
        sizes |= {"follow_up_score": 1}
    sizes |= {"capture_spread": 1, "capture_mean_free": 1, "capture_free": len(data.matched.data)}
    drift = targets * len(priors.drift_basis(data)[1])
    sizes |= {"war_step_sd": 1} | ({} if week else {"war_persistence": 1})
    sizes |= {"war_drift_scale": 1, "war_drift_free": drift, "war_free": periods}
    if targets > 1:
        sizes |= {"war_profile_free": targets - 1}
    ends = np.cumsum([0, *sizes.values()])
    return {name: slice(int(a), int(b)) for name, a, b in zip(sizes, ends, ends[1:])}


def mirrored(data: RegistryData) -> list[tuple[slice, slice]]:
    """Return pairs of a signed scale and its shocks: with both signs turned, a point is the same."""
    at = layout(data)
    pairs = [("war_drift_scale", "war_drift_free"), ("weekly_shock_scale", "weekly_shock_free")]
    return [(at[scale], at[shock]) for scale, shock in pairs if scale in at]


def scaled(
    free: np.ndarray, stiffness: Any, information: Any, mean: Any, precision: Any
) -> tuple[np.ndarray, np.ndarray, Back]:
    """Return what `add_scaled` does, with its log Jacobian by point.

    Backwards it returns gradients by the free variable, stiffness, information, mean and precision.
    """
    total = precision + stiffness
    narrow = 1 / np.sqrt(total)
    centre = (information + stiffness * mean) / total
    spread = narrow * free

    def back(dx: np.ndarray) -> tuple[np.ndarray, ...]:
        dtotal = -(dx * (centre + 0.5 * spread) + 0.5) / total
        inner = dx / total
        return dx * narrow, dtotal + inner * mean, inner, inner * stiffness, dtotal

    return centre + spread, total_of(np.log(narrow)), back


def product(values: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return a product over the last axis, as one of matrices: over stacks NumPy makes one for each."""
    return np.asarray(values.reshape(-1, len(matrix)) @ matrix).reshape(*values.shape[:-1], -1)


def total_of(values: np.ndarray) -> np.ndarray:
    """Sum over all axes but that of points."""
    return np.asarray(values.reshape(len(values), -1).sum(1))


class Part:
    """A part of the model: its data, its units, and where its free variables are."""

    def __init__(self, data: RegistryData, units: Preconditioner) -> None:
        self.data, self.units, self.at = data, units, layout(data)
        self.starts = np.flatnonzero(np.r_[True, np.diff(data.cell_period) > 0])
        self.member = data.cell_membership
        self._prepare()

    def _prepare(self) -> None:
        """Compute what does not depend on the point."""

    def __getstate__(self) -> dict[str, Any]:
        """Leave the data's tables here: to load pandas would take a helper longer than all else it needs."""
        read = SimpleNamespace(**{name: getattr(self.data, name) for name in READ})
        return vars(self) | {"data": read}

    def by_period(self, by_cell: np.ndarray) -> np.ndarray:
        """Sum over the cells of each period, along the last axis."""
        if self.data.published_delays:
            return by_cell
        if self.member.size <= FEW_CELLS:
            return product(by_cell, self.member.T)
        return np.add.reduceat(by_cell, self.starts, axis=-1)

    def by_cell(self, by_period: np.ndarray) -> np.ndarray:
        """Repeat what periods have for each of their cells, along the last axis; a new array."""
        if self.member.size <= FEW_CELLS:
            return product(by_period, self.member)
        return np.take(by_period, self.data.cell_period, axis=-1)

    def signed(
        self, z: np.ndarray, g: np.ndarray, name: str, information: Any, precision: Any
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, Back]:
        """Return standard normal shocks whose scale, with a sign, is sampled too, and the scale."""
        scale = z[:, self.at[f"{name}_scale"].start]
        wide = scale[:, None]
        x, lp, back_scaled = scaled(
            z[:, self.at[f"{name}_free"]], 1.0, wide * information, 0.0, precision * wide**2
        )

        def back(dx: np.ndarray) -> None:
            dfree, _, dinformation, _, dprecision = back_scaled(dx - x)
            g[:, self.at[f"{name}_free"]] = dfree
            g[:, self.at[f"{name}_scale"].start] = (
                dinformation * information + 2 * dprecision * precision * wide
            ).sum(1)

        return x, scale, lp - 0.5 * (x**2).sum(1), back
