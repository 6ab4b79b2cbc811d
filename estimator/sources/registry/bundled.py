"""Weekly cases that ship with the package: the real counts of ages 20-24, and the reconstruction."""

from datetime import date

import pandas as pd

from estimator.data.bundled import read_bundled
from estimator.data.cases import CasesByPeriod
from estimator.data.counts import SEXES

REAL, RECONSTRUCTION = "rnd2023_weekly_cases_age20_24", "registry_reconstruction_2023"
EXTRACTED_ON = date(2023, 6, 23)
"""Inferred: the day that gives the published estimate from these counts; see `published.registry2023`."""
LABEL = "RECONSTRUCTION from published figures, not the registry's own counts"


def load_registry_20_24() -> CasesByPeriod:
    """Load the published weekly cases of men and women aged 20-24, 2014 to May 2023.

    They are real counts of the registry, by week of death, as of about 23 June 2023: recent weeks are
    incomplete.
    """
    table = read_bundled(REAL).rename(columns={"cases_female": "female", "cases_male": "male"})
    cases = table.melt("week_start", SEXES, "sex", "cases").assign(age="20-24")
    source = "Meduza and Mediazona, July 2023: registry cases of ages 20-24 by week of death"
    return _weekly_cases(cases, source)


def load_registry_reconstruction() -> CasesByPeriod:
    """Load the reconstruction of weekly cases by sex and age 15-69, 2014 to May 2023.

    It is put together from published figures (`docs/make_reconstruction.py`); only ages 20-24
    are the registry's own counts. Whatever is computed from it must say so.
    """
    table = read_bundled(RECONSTRUCTION)
    label = table["age_low"].astype(str) + "-" + (table["age_low"] + 4).astype(str)
    return _weekly_cases(table.assign(age=label), LABEL)


def _weekly_cases(table: pd.DataFrame, source: str) -> CasesByPeriod:
    """Return the cases of a table with columns sex, age, week_start and cases."""
    table = table.assign(period=pd.to_datetime(table["week_start"]))
    cases = table.set_index(["sex", "age", "period"])["cases"].to_xarray().sel(sex=list(SEXES))
    return CasesByPeriod(cases, "week", EXTRACTED_ON, source, ("day of extraction inferred",))
