"""Estimates that the report's tests share, and figures closed after each test."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import estimator as est
from estimator.data.record import YearOfExcess
from estimator.nowcast import present
from estimator.nowcast.answer import answer_document
from estimator.nowcast.contributions import SOURCES
from estimator.nowcast.registry_route import RegistryDraws, registry_part
from estimator.published.comparison import compare_with_published
from estimator.published.figures import vital_figures
from estimator.published.specification import MINIMUM
from estimator.report import prose
from estimator.report.pages.html import report_html
from estimator.report.pages.synthesis import write_answer
from estimator.report.report import Report
from estimator.report.tables import estimate_rows
from estimator.sources.record import load_record
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


class Recorded(dict):
    """A catalogue that remembers which messages it was asked for, and which it lacks."""

    def __init__(self, messages):
        super().__init__(messages)
        self.used, self.missing = set(), set()

    def get(self, message, default=None):
        (self.used if message in self else self.missing).add(message)
        return super().get(message, default)


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


@pytest.fixture(scope="session")
def russia(russia_model, russia_estimate):
    """The report of `estimator report vital` without options."""
    minimum = est.load_named_list(MINIMUM)
    published = compare_with_published(russia_estimate, estimate_rows(russia_estimate, minimum), minimum)
    return Report(
        russia_estimate, minimum, published=published, totals=vital_figures(), model=russia_model,
        command="estimator report", files={"a.csv": "0" * 64}, name="Russia",
    )  # fmt: skip


@pytest.fixture(scope="session")
def russian_page(russia):
    """Its page, in English."""
    return report_html(russia)


@pytest.fixture(scope="session")
def answered():
    """The document and estimate of all sources in May 2026, with the real record and drawn numbers.

    Nothing is sampled: deaths by week are gamma draws about a course like the published one.
    """
    day = date(2026, 5, 22)
    years = tuple(YearOfExcess(year, date(2025, 3, 25), 20_000.0, 0.2) for year in (2022, 2023))
    known = replace(load_record(), years=years).as_of(day)
    weeks = pd.date_range("2022-02-21", day, freq="7D")
    rng = np.random.default_rng(4)
    level = rng.gamma(20, 1 / 20, (4, 200, 1))
    deaths = level * rng.gamma(50, 1 / 50, (4, 200, len(weeks))) * np.linspace(500, 3600, len(weeks))
    late = deaths * np.linspace(0.1, 0.6, len(weeks))
    parts = {"deaths": deaths, "ordinary": deaths - late, "late": late, "declared": late / 2}
    names = known.names[-1].names.reindex(weeks).fillna(0.0).to_numpy()
    cells = {name: (("chain", "draw", "period"), values) for name, values in parts.items()}
    draws = xr.Dataset(cells | {"names": ("period", names)}, {"period": weeks.values})
    diagnostics = PASSED | {
        "engine": "hmc", "draws": 800, "max_rhat": 1.004, "min_ess_tail": 420.0, "pareto_k": None,
    }  # fmt: skip
    answer = est.Estimate(
        draws=draws, quantity="deaths", unit="deaths", diagnostics=diagnostics, ages="all",
        provenance=present._provenance(known, day, 1), years=tuple(range(2022, 2027)),
        dates=(str(weeks[0].date()), str(day)),
    )  # fmt: skip
    total = {"median": 300_000.0, "lower": 150_000.0, "upper": 600_000.0}
    rows = [
        {"source": source, "name": name, "without": total if share else None, "shift": -0.11, "share": share}
        for (source, name), share in zip(SOURCES.items(), (0.6, 0.3, 0.1, 0.0))
    ]
    stated = [one.name for one in known.weekly if not one.name.endswith("forecast")]
    stated += [one.name for one in known.totals]
    stated += [f"court filings to {one.until}" for one in known.filings]
    stated += [f"vital registration, {one.year}" for one in known.years]
    statements = [
        {
            "source": SOURCES["publications"], "statement": name, "stated": 47_000.0, "expected": 60_000.0,
            "expected_lower": 50_000.0, "expected_upper": 72_000.0, "p": 0.03 if at < 2 else 0.4,
        }
        for at, name in enumerate(stated)
    ]  # fmt: skip
    route = RegistryDraws(np.arange(40_000.0, 80_000.0), "15-49", "2022-02-24", "2023-05-21", diagnostics)
    registry = registry_part(route, known, level=0.95)
    document = answer_document(answer, known, sources=(rows, statements), registry=registry)
    command = "estimator report --as-of 2026-05-22 --level 0.95 --seed 1"
    return document | {"files": {"rnd2023/rnd2023_weekly_excess.csv": "ab" * 32}, "command": command}, answer


@pytest.fixture(scope="session")
def answer_pages(answered, tmp_path_factory):
    """Folders ``answer`` and ``answer-russian`` of all sources, and the messages that lack Russian."""
    document, answer = answered
    folder, made = tmp_path_factory.mktemp("answers"), Recorded(prose.catalogue("ru"))
    write_answer(document, answer, folder / "answer", level=0.95)
    with pytest.MonkeyPatch.context() as patch, prose.language("ru"):
        patch.setattr(prose, "catalogue", lambda code: made)
        write_answer(document, answer, folder / "answer-russian", level=0.95)
    return SimpleNamespace(folder=folder, missing=made.missing)
