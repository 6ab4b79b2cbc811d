"""Deaths that peace would have brought: predictive draws, every source of noise included."""

from __future__ import annotations

import numpy as np
import xarray as xr

from estimator.models.vital.control import draw_control
from estimator.models.vital.surface import Surface


def draw_counterfactual(
    log_sex_ratio: xr.DataArray, surface: Surface, *, rng: np.random.Generator
) -> xr.DataArray:
    r"""Draw counterfactual deaths of the target sex in target ages and years.

    .. math::

        M^0_{a,t} \sim \mathrm{Poisson}(e^{\lambda_{a,t}} \mu_{a,t})

    with :math:`\mu` the control sex's expected deaths given what was observed of it
    (`estimator.models.vital.control`): observed women are a noisy measure of the shocks that both sexes
    share, and are not plugged in as if exact.

    Parameters
    ----------
    log_sex_ratio : DataArray
        Draws over (chain, draw, age, period), offset included.
    surface : Surface
        The counts; cells in `asked` form a rectangle of target ages and years.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    DataArray
        Whole deaths, dims (chain, draw, age, period), target cells only.
    """
    rows, columns = surface.asked.any(axis=1), surface.asked.any(axis=0)
    chosen = log_sex_ratio.transpose("chain", "draw", "age", "period").isel(
        age=np.flatnonzero(rows), period=np.flatnonzero(columns)
    )
    women = draw_control(surface, chosen.sizes["chain"] * chosen.sizes["draw"], rng=rng)
    deaths = rng.poisson(np.exp(chosen.values) * women.reshape(chosen.shape))
    return chosen.copy(data=deaths.astype(float)).rename("counterfactual")


def observed_counts(surface: Surface) -> xr.DataArray:
    """Return observed deaths of the target sex in target ages and years, dims (age, period)."""
    rows, columns = surface.asked.any(axis=1), surface.asked.any(axis=0)
    return xr.DataArray(
        surface.target[np.ix_(rows, columns)],
        coords={
            "age": np.array(surface.ages)[rows].tolist(),
            "period": np.array(surface.years)[columns].tolist(),
        },
        dims=("age", "period"),
        name="observed",
    )
