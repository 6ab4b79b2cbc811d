"""What a report of regions contains, as plain values."""

from __future__ import annotations

from typing import Any

import pandas as pd

from estimator.estimate.described import data_vintage
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import interval_of
from estimator.models.regional.model import RegionalModel
from estimator.published import regions
from estimator.report.tables import DIAGNOSTICS, plain_rows


def regional_document(
    estimate: Estimate,
    nation: Estimate,
    model: RegionalModel,
    men: pd.Series | None,
    names: pd.DataFrame | None,
    *,
    level: float,
    bundled: bool,
) -> dict[str, Any]:
    """Return the report of regions: their table, the sum and the nation, names, and what was published.

    ``bundled`` says that the regions are Russia's: then covariates and published figures are known.
    """
    table = regions.regional_table(estimate, men, level=level)
    part = estimate.draws["region"].isin(list(model.counted))
    same = estimate.by("region").values.isel(region=part.values).sum("region")
    document: dict[str, Any] = {
        "quantity": "excess deaths, persons",
        "ages": estimate.ages,
        "years": list(estimate.years),
        "interval": {"level": level, "kind": "eti"},
        "vintage": data_vintage(estimate.provenance),
        "sum": interval_of(estimate.total().array(), level),
        "sum_of_complete_regions": interval_of(same.values.ravel(), level),
        "nation": interval_of(nation.total().array(), level),
        "complete_regions": len(model.counted),
        "regions": plain_rows(table.reset_index()),
        "names": [],
        "diagnostics": {name: estimate.diagnostics.get(name) for name in DIAGNOSTICS},
        "provenance": estimate.provenance,
    }
    if names is not None:
        by_vintage = regions.names_by_region(estimate, names, men, level=level)
        document["names"] = plain_rows(by_vintage)
    if bundled and 2022 in estimate.years:
        published = regions.published_2022(estimate, model.counts.to_frame(), level=level)
        document["published_2022"] = {
            "contained": int(published["contained"].sum()),
            "regions": plain_rows(published.reset_index()),
        }
    if bundled:
        gradients = regions.russia_gradients(estimate, seed=estimate.provenance["seed"], level=level)
        document["gradients"] = plain_rows(gradients)
        document["statements"] = regions.russia_statements(table, gradients)
    return document
