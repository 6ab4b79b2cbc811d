"""Credible intervals: computed in one place, never without their kind and mass."""

from __future__ import annotations

from typing import Literal

import numpy as np

from estimator.errors import DataError

Kind = Literal["eti", "hdi"]


def credible_interval(
    draws: np.ndarray, *, level: float = 0.95, kind: Kind = "eti", axis: int = -1
) -> tuple[np.ndarray, np.ndarray]:
    """Return the bounds of a credible interval of equally weighted draws.

    Parameters
    ----------
    draws : array
        Draws along `axis`.
    level : float
        Probability inside, between 0 and 1.
    kind : {"eti", "hdi"}
        Equal-tailed: as much probability below as above. Highest density: the shortest interval.
    axis : int
        The axis of draws.

    Returns
    -------
    tuple of array
        Lower and upper bounds.

    Raises
    ------
    DataError
        If the level or kind is none of these.
    """
    if not 0 < level < 1:
        raise DataError(
            f"interval level must lie between 0 and 1, got {level}. Write 0.95 for 95%."
        )
    if kind == "eti":
        lower, upper = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=axis)
        return lower, upper
    if kind != "hdi":
        raise DataError(f"interval kind must be 'eti' or 'hdi', got {kind!r}.")
    ordered = np.sort(np.moveaxis(np.asarray(draws, float), axis, -1), axis=-1)
    count = ordered.shape[-1]
    inside = min(int(np.floor(level * count)), count - 1)
    width = ordered[..., inside:] - ordered[..., : count - inside]
    start = np.argmin(width, axis=-1)[..., None]
    return (
        np.take_along_axis(ordered, start, -1)[..., 0],
        np.take_along_axis(ordered, start + inside, -1)[..., 0],
    )
