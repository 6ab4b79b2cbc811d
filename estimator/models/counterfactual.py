"""Deaths that peace would have brought: predictive draws, every source of noise included."""

from __future__ import annotations

import numpy as np
import xarray as xr

from estimator.models.vital import Surface


def draw_counterfactual(
    log_sex_ratio: xr.DataArray, surface: Surface, *, rng: np.random.Generator
) -> xr.DataArray:
    r"""Draw counterfactual deaths of the target sex in target ages and years.

    .. math::

        \mu_{a,t} \mid F_{a,t} \sim \mathrm{Gamma}(F_{a,t} + \tfrac12, 1), \qquad
        M^0_{a,t} \sim \mathrm{Poisson}(e^{\lambda_{a,t}} \mu_{a,t})

    The gamma is the posterior of the control sex's expected deaths under Jeffreys' prior: observed
    women are a noisy measure of the shocks that both sexes share, and are not plugged in as if exact.

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
    control = surface.control[np.ix_(rows, columns)]
    women = rng.gamma(control + 0.5, 1.0, size=chosen.shape)
    deaths = rng.poisson(np.exp(chosen.values) * women)
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
