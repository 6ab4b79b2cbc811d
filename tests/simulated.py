"""Small surfaces with a known truth, for tests."""

import numpy as np
import pandas as pd

from estimator.data.counts import Counts
from estimator.models.baseline import age_correlation, time_covariance

TRUTH = {"level_sd": 0.02, "slope_sd": 0.01, "damping": 0.7, "transient_sd": 0.01}


def simulate_counts(
    *, seed: int, years=range(1995, 2012), lows=(20, 25, 30, 35, 55, 60), women=2000.0, mean=1.0
) -> Counts:
    """Draw counts from the model itself; bands between 39 and 55 are filled so that ages touch."""
    rng = np.random.default_rng(seed)
    years = list(years)
    lows = list(range(min(lows), max(lows) + 1, 5))
    over_time = time_covariance(len(years), **TRUTH)
    over_age = age_correlation(np.array(lows) + 2.5, shared=0.8)
    tiny = 1e-9
    shocks = rng.standard_normal((len(lows), len(years)))
    surface = mean + (
        np.linalg.cholesky(over_age + tiny * np.eye(len(lows)))
        @ shocks
        @ np.linalg.cholesky(over_time + tiny * np.eye(len(years))).T
    ).clip(-2, 2)
    rate = np.broadcast_to(women, surface.shape)
    female, male = rng.poisson(rate), rng.poisson(rate * np.exp(surface))
    rows = [
        (year, sex, low, low + 4, table[i, j])
        for sex, table in (("female", female), ("male", male))
        for i, low in enumerate(lows)
        for j, year in enumerate(years)
    ]
    frame = pd.DataFrame(rows, columns=["year", "sex", "age_low", "age_high", "count"])
    return Counts.from_frame(frame, source="simulated")
