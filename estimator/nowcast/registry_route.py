"""The registry route on the bundled reconstruction: a part of the answer, of 65 weeks, from one source."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from estimator.data.record import Record
from estimator.estimate.intervals import interval_of
from estimator.inference.fit import fit
from estimator.models.registry.model import RegistryModel
from estimator.published.specification import RUSSIA_REGISTRY
from estimator.sources.matched_sample import load_matched_sample
from estimator.sources.registry.bundled import EXTRACTED_ON, load_registry_reconstruction


@dataclass(frozen=True, eq=False)
class RegistryDraws:
    """War dead of the route, (draws,), with their ages, first and last day, and how they were sampled."""

    dead: np.ndarray
    ages: str
    first: str
    last: str
    diagnostics: dict[str, Any]


def registry_draws(seed: int) -> RegistryDraws:
    """Fit the route as `estimator report registry` does: the same seed gives the same number."""
    model = RegistryModel(load_registry_reconstruction(), load_matched_sample(), RUSSIA_REGISTRY)
    estimate = fit(model, seed=seed)
    assert estimate.dates is not None
    return RegistryDraws(estimate.total().array(), estimate.ages, *estimate.dates, estimate.diagnostics)


def registry_part(route: RegistryDraws, known: Record, *, level: float) -> dict[str, Any]:
    """Return the route's dead, and what had been published and named of the same weeks."""
    first, last = pd.Timestamp(route.first), pd.Timestamp(route.last)
    published: dict[str, dict[str, Any]] = {}
    for one in known.weekly:
        weeks = one.deaths.index
        if one.stream == "forecast" or weeks[0] > first or weeks[-1] + pd.Timedelta(days=6) < last:
            continue
        row = {"name": one.name, "published_on": str(one.published_on), "deaths": 0.0}
        published.setdefault(one.name, row)["deaths"] += float(one.deaths[weeks <= last].sum())
    names = known.names[-1].names if known.names else pd.Series(dtype=float)
    return {
        "quantity": "war dead, men", "ages": route.ages, "first": route.first, "last": route.last,
        "extracted_on": str(EXTRACTED_ON), **interval_of(route.dead, level),
        "published": list(published.values()),
        "named": int(names[(names.index >= first) & (names.index <= last)].sum()),
        "diagnostics": route.diagnostics,
    }  # fmt: skip
