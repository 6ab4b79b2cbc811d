r"""Shares of roles among named dead by month or week of death.

With :math:`n_{t,k}` names of role :math:`k` who died in period :math:`t`, of :math:`N_t` whose role is known,

.. math::

    n_{t,\cdot} &\sim \mathrm{Multinomial}(N_t, p_t), \qquad
    p_{t,k} = e^{\eta_{t,k}} / \textstyle\sum_j e^{\eta_{t,j}} \\
    \eta_{t+1,k} &\sim N(\eta_{t,k},\ \sigma_k^2), \qquad \eta_{1,k} \sim N(0, \tau^2)

a logistic-normal random walk with a step of its own for each role: contract soldiers and volunteers come and
go in other months than pilots. Names without a role are missing. By default they are so at random within a
period; otherwise the odds of having role :math:`k` among them are :math:`w_k` times those among the others,

.. math::

    s_{t,k} = (1 - m_t)\, p_{t,k} + m_t\, \frac{w_k\, p_{t,k}}{\sum_j w_j\, p_{t,j}}

with :math:`m_t` the share without a role: :math:`s` are the shares of all names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import logsumexp

from estimator.data.display import Displayed
from estimator.data.roles import NamesByRole
from estimator.errors import DataError

STEP_SD = (float(np.log(0.25)), 0.7)
"""Log-normal prior of a role's step, by period: median 25%, a role doubles or halves in a season. The scale
of 0.7 lets it be 6% or 100%."""
FIRST_SD = 2.0
"""Prior sd of the first period's logits: shares of one role to another from 1:50 to 50:1 are usual."""


@dataclass(frozen=True, repr=False)
class CompositionModel(Displayed):
    """Names by role and period of death: an unfitted model of the shares of roles.

    Parameters
    ----------
    listed : NamesByRole
        Names by role and period, and names without a role.
    missing_odds : mapping of str to float
        Odds of a role among names without one, relative to those with one; 1 where not given.

    Raises
    ------
    DataError
        If odds are of a role that is not there, or not positive.
    """

    listed: NamesByRole
    missing_odds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.listed, NamesByRole):
            raise DataError(
                f"{type(self.listed).__name__}: no names by role. Give what load_named_by_role or "
                "read_named_by_role returns."
            )
        for role, odds in self.missing_odds.items():
            if role not in self.roles or not 0 < odds < np.inf:
                raise DataError(
                    f"missing odds {role}={odds:g}: give a positive number for one of "
                    f"{', '.join(self.roles)}."
                )

    @property
    def counts(self) -> np.ndarray:
        """Names by period and role, shape (periods, roles)."""
        return self.listed.counts

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles."""
        return self.listed.roles

    def shares(self, logits: np.ndarray) -> np.ndarray:
        """Return shares of all names from logits (..., periods, roles), those without a role included."""
        known = np.exp(logits - logsumexp(logits, axis=-1, keepdims=True))
        odds = known * np.array([self.missing_odds.get(role, 1.0) for role in self.roles])
        without = self.listed.without
        missing = (without / (without + self.counts.sum(axis=1)))[:, None]
        return np.asarray((1 - missing) * known + missing * odds / odds.sum(axis=-1, keepdims=True))

    def log_density(self, points: np.ndarray, step_sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return log densities (B,) and gradients (B, n) of logits, raveled (period, role), given steps."""
        logits = points.reshape(len(points), *self.counts.shape)
        level = logsumexp(logits, axis=-1)
        total = self.counts.sum(axis=1)
        steps = np.diff(logits, axis=1) / step_sd
        first = logits[:, 0] / FIRST_SD
        value = (self.counts * logits).sum((1, 2)) - level @ total
        value -= 0.5 * (steps**2).sum((1, 2)) + 0.5 * (first**2).sum(1)
        gradient = self.counts - total[:, None] * np.exp(logits - level[..., None])
        gradient[:, 1:] -= steps / step_sd
        gradient[:, :-1] += steps / step_sd
        gradient[:, 0] -= first / FIRST_SD
        return value, gradient.reshape(points.shape)

    def curvature(self, point: np.ndarray, step_sd: np.ndarray) -> np.ndarray:
        """Return minus the Hessian of the log density at a point."""
        periods, roles = self.counts.shape
        logits = point.reshape(periods, roles)
        share = np.exp(logits - logsumexp(logits, axis=-1, keepdims=True))
        walk = 2 * np.eye(periods) - np.eye(periods, k=1) - np.eye(periods, k=-1)
        walk[0, 0] = walk[-1, -1] = 1
        start = np.zeros((periods, periods))
        start[0, 0] = 1 / FIRST_SD**2
        hessian = np.kron(walk, np.diag(step_sd**-2.0)) + np.kron(start, np.eye(roles))
        for t, (total, p) in enumerate(zip(self.counts.sum(axis=1), share)):
            at = slice(t * roles, (t + 1) * roles)
            hessian[at, at] += total * (np.diag(p) - np.outer(p, p))
        return hessian

    def __str__(self) -> str:
        odds = ", ".join(f"{role} {odds:g}" for role, odds in self.missing_odds.items()) or "at random"
        return f"Composition of {self.listed}; missing: {odds}"

    def specification(self) -> dict[str, Any]:
        """Return what defines the model, for provenance."""
        return {
            "model": "CompositionModel",
            "roles": list(self.roles),
            "missing_odds": dict(self.missing_odds),
            "step_sd": list(STEP_SD),
            "names": int(self.counts.sum()),
            "without_role": int(self.listed.without.sum()),
            "data": {"source": self.listed.source, "vintage": self.listed.vintage},
        }
