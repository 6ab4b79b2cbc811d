"""A country of simulated regions whose excess is known, drawn from the model of all regions."""

import numpy as np
import pandas as pd

from estimator.data.counts import Counts
from estimator.models.baseline import time_covariance
from estimator.models.regional.deviation import deviation_covariances
from tests.simulated import TRUTH

DEVIATION = {"deviation_sd": 0.1, "persistence": 0.95, "deviation_shared": 0.9, "shock_sd": 0.01}


def simulate_regions(
    *, seed, number=12, years=range(1998, 2016), lows=(20, 25, 30, 35, 40, 45, 50, 55, 60), women=(40, 400)
):
    """Return deaths of a country's regions; women's numbers a cell lie between two bounds, in log steps."""
    rng = np.random.default_rng(seed)
    years, midpoint = list(years), np.array(lows) + 2.5
    shape = (len(lows), len(years))
    steps = time_covariance(len(years), **TRUTH) - 1.5**2  # without the spread of the first level
    over_time = np.linalg.cholesky(steps + 1e-9 * np.eye(len(years)))
    nation = 1.0 + np.outer(np.ones(len(lows)), over_time @ rng.standard_normal(len(years)))
    ages, times, own_ages, own_times = deviation_covariances(DEVIATION, midpoint, len(years))
    total = np.kron(ages, times) + np.kron(own_ages, own_times)
    root = np.linalg.cholesky(total + 1e-12 * np.eye(len(total)))
    rows = []
    for region, level in enumerate(np.geomspace(*women, number)):
        ratio = nation + (root @ rng.standard_normal(len(total))).reshape(shape)
        female, male = rng.poisson(level, shape), rng.poisson(level * np.exp(ratio))
        rows += [
            (f"region {region + 1:02d}", year, sex, low, low + 4, table[i, j])
            for sex, table in (("female", female), ("male", male))
            for i, low in enumerate(lows)
            for j, year in enumerate(years)
        ]
    columns = ["region", "year", "sex", "age_low", "age_high", "deaths"]
    return pd.DataFrame(rows, columns=columns)


def counts_of(frame):
    return Counts.from_frame(frame.rename(columns={"deaths": "count"}), source="simulated country")
