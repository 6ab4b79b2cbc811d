"""Registries of every kind that the fast engine's kernel must agree on with the PyMC graph."""

from dataclasses import replace

import numpy as np
import pandas as pd

from estimator.calibration.sbc.registry import small_registry
from estimator.data.cases import SettledCases
from estimator.data.triangle import ReportingTriangle
from tests import registries


def weekly():
    """Return a registry by week, half of it drawn with two ages only."""
    rng = np.random.default_rng(1)
    return ReportingTriangle.from_array(
        rng.poisson(2.0, (2, 4, 417, 60)), first="2014-12-29", ages=registries.AGES,
        resolution="week", extracted_on="2022-12-25", source="made for tests", hide=True,
    )  # fmt: skip


def arrays(kind):
    """Return the arrays of a kind of registry."""
    if kind == "unknown ages":
        return small_registry()
    outages = {"outages": [("2022-06-08", "2022-08-17")]} if "outage" in kind else {}
    if "week" in kind:
        return registries.model(cases=weekly(), mixed_vintages=True, **outages).arrays()
    if kind == "settled":
        settled = replace(SettledCases.of(registries.triangle(), 5), extracted_on="2022-12-31")
        return registries.model(cases=settled, mixed_vintages=True).arrays()
    if kind.startswith("follow-up"):
        weeks = pd.Series(1.0, index=pd.date_range("2022-03-07", periods=60, freq="7D"))
        more = {} if kind == "follow-up" else {"weeks_known": False, "unknown_age": (33, 60)}
        return registries.model(sample=registries.matched(deaths_by_week=weeks, **more)).arrays()
    if kind == "recruits":
        ages = ("15-19", *registries.AGES[:3])
        sample, cases = registries.matched(ages), registries.triangle(ages=ages)
        return registries.model(cases, sample, ages=(15, 29), control_ages=(30, 34)).arrays()
    if kind == "one age, no control":
        return registries.model(ages=(20, 24), control_ages=None).arrays()
    if kind.startswith("a war of"):
        begun = {"a war of one month": "2022-12-01", "a war of six weeks": "2022-11-17"}[kind]
        return registries.model(war_began=begun).arrays()
    return registries.model(**outages).arrays()


KINDS = (
    "month", "week", "settled", "follow-up", "follow-up unknown", "unknown ages", "one age, no control",
    "recruits", "outage", "outage, week", "a war of one month", "a war of six weeks",
)  # fmt: skip
