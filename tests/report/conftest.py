"""Estimates that the report's tests share, and figures closed after each test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import estimator as est
from tests.estimates import AGES, make_estimate

PROVENANCE = {
    "model": "VitalModel", "baseline": [2000, 2001, 2002, 2003, 2004], "masked": [], "seed": 7,
    "target": [2010, 2011], "ages": [20, 34], "control_ages": None, "target_sex": "male",
    "engine": "marginal", "draws": 500, "priors": {"level_sd": [-3.9, 0.35]},
    "versions": {"python": "3.13", "registry-excess": "0.1.0"},
    "data": {"source": "mine.csv", "vintage": "2012-01-01", "sha256": "ab" * 32, "notes": ["a note"]},
}  # fmt: skip
PASSED = {
    "engine": "marginal", "draws": 500, "max_rhat": None, "min_ess_bulk": 450.0,
    "min_ess_tail": None, "divergences": None, "pareto_k": 0.21, "worst": "", "minimum_ess": 400,
    "converged": True, "problems": [],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _close_figures():
    from matplotlib import pyplot as plt

    yield
    plt.close("all")


def annual_estimate(regions=(), seed=3, **changes):
    """Excess of men in 2010 and 2011, with the provenance that pages print."""
    made = {
        "years": (2010, 2011), "expected": 1000, "observed": (1100, 1300), "shape": (1, 500),
        "population": False, "diagnostics": PASSED, "provenance": PROVENANCE,
    }  # fmt: skip
    return make_estimate(**(made | {"regions": regions, "seed": seed} | changes))


@pytest.fixture
def annual():
    return annual_estimate()


@pytest.fixture(scope="session")
def weekly():
    """War dead by week from 24 February 2022 to 1 January 2023, as a registry route gives them."""
    rng = np.random.default_rng(5)
    weeks = pd.date_range("2022-02-21", "2023-06-26", freq="7D")
    dead = rng.poisson(40, (2, 250, len(AGES), len(weeks))).astype(float)
    coords = {"age": AGES, "period": weeks.values}
    diagnostics = PASSED | {
        "engine": "nuts", "max_rhat": 1.004, "min_ess_tail": 420.0, "divergences": 0,
        "pareto_k": None,
    }  # fmt: skip
    provenance = PROVENANCE | {
        "model": "RegistryModel", "engine": "nuts", "resolution": "week",
        "matched": {"source": "a sample", "vintage": "2023-07-01", "found": 60, "sampled": 100},
    }  # fmt: skip
    return est.Estimate(
        draws=xr.Dataset({"excess": (("chain", "draw", "age", "period"), dead)}, coords),
        unit="war dead", diagnostics=diagnostics, provenance=provenance, years=(2022, 2023),
        ages="20-34", dates=("2022-02-24", "2023-07-02"),
    )  # fmt: skip


@pytest.fixture
def listed():
    """Ten names a week from the end of February 2022, seen in August 2023."""
    weeks = pd.date_range("2022-02-21", "2023-07-24", freq="7D")
    return est.DocumentedMinimum(
        total=10 * len(weeks), vintage="2023-08-01", source="a list", population="soldiers, all ages",
        by_week=pd.Series(10, index=weeks),
    )  # fmt: skip
