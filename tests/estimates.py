"""Estimates and a list for tests, made by hand: one factory, and the two kinds that tests share."""

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


def make_estimate(
    *, seed=1, years=tuple(YEARS), expected=100, observed=(110, 130), shape=(2, 60), regions=(),
    population=True, **changes,
):  # fmt: skip
    """Return an estimate of observed counts less a Poisson counterfactual; `changes` replace its parts.

    `observed` are the bounds of the counts of a cell, `expected` is the mean of the counterfactual,
    `shape` is (chains, draws).
    """
    rng = np.random.default_rng(seed)
    coords = {"age": AGES, "period": list(years)} | ({"region": list(regions)} if regions else {})
    dims, sizes = tuple(coords), tuple(len(labels) for labels in coords.values())
    draws = xr.Dataset(
        {
            "observed": (dims, rng.integers(*observed, sizes) * 1.0),
            "counterfactual": (
                ("chain", "draw", *dims), rng.poisson(expected, (*shape, *sizes)) * 1.0
            ),
        },
        coords={"chain": np.arange(shape[0]), "draw": np.arange(shape[1]), **coords},
    )  # fmt: skip
    if population:
        draws["population"] = (dims, rng.uniform(1e4, 2e4, sizes))
    parts = {"draws": draws, "unit": "deaths", "diagnostics": DIAGNOSTICS, "ages": "20-34"}
    return Estimate(**(parts | {"provenance": PROVENANCE, "years": tuple(years)} | changes))


def seen_on(vintage, **changes):
    """Return an estimate of data of a vintage, as its provenance gives it."""
    data = {"source": "a table", "vintage": vintage}
    return make_estimate(provenance=PROVENANCE | {"data": data}, **changes)


def excess_of(estimate):
    """Return draws of the excess in numpy: (chain and draw, age, period[, region])."""
    made = estimate.draws
    excess = (made["observed"] - made["counterfactual"]).transpose("chain", "draw", ...).values
    return excess.reshape(-1, *excess.shape[2:])


def a_list(weeks=True, **changes):
    days = pd.to_datetime(["2022-03-07", "2022-12-26", "2023-01-02", "2023-12-25"])
    by_week = pd.Series([30, 20, 40, 25], index=days)
    given = {"total": 120, "vintage": "2024-01-12", "source": "a list"}
    return DocumentedMinimum(**(given | {"by_week": by_week if weeks else None} | changes))


def deaths_to_date(names=True):
    """Return deaths by week in two years, with their parts, as deaths to date are estimated."""
    rng = np.random.default_rng(3)
    weeks = pd.date_range("2022-12-19", periods=4, freq="7D")
    ordinary, declared = rng.gamma(50, 2, (2, 1, 40, 4))
    variables = {
        "deaths": (("chain", "draw", "period"), ordinary + declared),
        "ordinary": (("chain", "draw", "period"), ordinary),
        "declared": (("chain", "draw", "period"), declared),
        "overlap_share": (("chain", "draw"), rng.beta(2, 8, (1, 40))),
    }
    if names:
        variables["names"] = ("period", np.array([50.0, 60.0, 70.0, 5.0]))
    draws = xr.Dataset(variables, coords={"chain": [0], "draw": np.arange(40), "period": weeks.to_numpy()})
    return Estimate(
        draws=draws, unit="deaths", diagnostics={"engine": "laplace", "converged": True},
        provenance={"as_of": "2023-02-01", "data": {"vintage": "2023-01-27"}, "warnings": ["<few>"]},
        years=(2022, 2023), ages="all", dates=("2022-12-19", "2023-01-15"), quantity="deaths",
    )  # fmt: skip
