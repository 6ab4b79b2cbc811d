"""Small registries for tests, made in memory."""

import numpy as np
import pandas as pd

from estimator.data.matched_sample import MatchedSample
from estimator.data.periods import Periods
from estimator.data.triangle import ReportingTriangle
from estimator.models.registry.model import RegistryModel

AGES = ("20-24", "25-29", "30-34", "35-39")
PERIODS = Periods(baseline=(2015, 2019), masked=(2020, 2021), target="2022")
DELAYS = 12
MONTHS = 96
WAR = 86
"""Months from January 2015; the war begins in March 2022 and the extract is of 31 December."""


def triangle(seed=1, war=40.0, ratio=2.5, women=60.0, late=6, ages=AGES):
    """Return monthly cases: women constant, men `ratio` times as many, soldiers opened `late` months on."""
    rng = np.random.default_rng(seed)
    civil = np.exp(-np.arange(DELAYS) / 3.0)
    military = np.exp(-0.5 * ((np.arange(DELAYS) - late) / 1.5) ** 2)
    civil, military = civil / civil.sum(), military / military.sum()
    mean = np.zeros((2, len(AGES), MONTHS, DELAYS))
    mean[0] = women * civil
    mean[1] = ratio * women * civil
    mean[1, :3, WAR:] += war * military
    return ReportingTriangle.from_array(
        rng.poisson(mean), first="2015-01-01", ages=ages, resolution="month",
        extracted_on="2022-12-31", source="made for tests", hide=True,
    )  # fmt: skip


def matched(ages=AGES, **more):
    data = pd.DataFrame({"found": [60, 65, 35], "sampled": [100, 100, 50]}, list(ages[:3]))
    return MatchedSample(data, "2023-06-30", "made for tests", **more)


def model(cases=None, sample=None, **more):
    options = {"war_began": "2022-03-01", "ages": (20, 34), "control_ages": (35, 39), "horizon": 12}
    return RegistryModel(
        triangle() if cases is None else cases,
        matched() if sample is None else sample,
        PERIODS,
        **(options | more),
    )
