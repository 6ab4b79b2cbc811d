"""An estimate and a list for tests, made by hand."""

import numpy as np
import pandas as pd
import xarray as xr

from estimator.data.minimum import DocumentedMinimum
from estimator.estimate.estimate import Estimate

AGES = ["20-24", "25-29", "30-34"]
YEARS = [2022, 2023]
CELLS = ("age", "period")
PROVENANCE = {"seed": 7, "model": {"ages": [20, 34]}, "versions": {"numpy": "2"}}
DIAGNOSTICS = {"engine": "marginal", "converged": True, "problems": [], "pareto_k": 0.3}


def make_estimate(*, seed=1, population=True, posterior=None, regions=0, **changes):
    rng = np.random.default_rng(seed)
    coords = {"age": AGES, "period": YEARS}
    dims, shape = CELLS, (3, 2)
    if regions:
        coords["region"] = [f"region {i}" for i in range(regions)]
        dims, shape = (*CELLS, "region"), (3, 2, regions)
    draws = xr.Dataset(
        {
            "counterfactual": (("chain", "draw", *dims), rng.poisson(100, (2, 60, *shape)) * 1.0),
            "observed": (dims, rng.poisson(120, shape) * 1.0),
        },
        coords={"chain": [0, 1], "draw": np.arange(60), **coords},
    )
    if population:
        draws["population"] = (dims, rng.uniform(1e4, 2e4, shape))
    parts = {"draws": draws, "diagnostics": DIAGNOSTICS, "posterior": posterior}
    parts |= {"provenance": PROVENANCE} | changes
    return Estimate(unit="deaths", years=tuple(YEARS), ages="20-34", **parts)


def seen_on(vintage, **changes):
    """Return an estimate of data of a vintage, as its provenance words it."""
    return make_estimate(
        provenance=PROVENANCE | {"data": {"source": "a table", "vintage": vintage}}, **changes
    )


def excess_of(estimate):
    """Return draws of the excess in numpy: (chain and draw, age, period[, region])."""
    made = estimate.draws
    excess = made["observed"].values - made["counterfactual"].values
    return excess.reshape(-1, *excess.shape[2:])


def a_list(weeks=True, **changes):
    days = pd.to_datetime(["2022-03-07", "2022-12-26", "2023-01-02", "2023-12-25"])
    by_week = pd.Series([30, 20, 40, 25], index=days)
    given = {"total": 120, "vintage": "2024-01-12", "source": "a list"}
    return DocumentedMinimum(**(given | {"by_week": by_week if weeks else None} | changes))
