"""Placebo fits repeated with NUTS: whether the engine that studies use says what the PyMC model says.

Windows of one shape (ages, years, which are observed) share one compiled graph: counts are its data and are
swapped, so that compilation is paid once. The women's expected deaths are drawn outside the graph, in the
same way for both engines (`estimator.models.vital.surface`); this compares the sex ratio's part.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from estimator.calibration.placebo import PlaceboResult, roll
from estimator.calibration.placebo_window import OURS, TOTAL
from estimator.data.counts import Counts
from estimator.errors import DataError
from estimator.models.vital.model import VitalModel
from estimator.models.vital.surface import Surface, draw_counterfactual


def refit_with_nuts(
    result: PlaceboResult,
    territories: Mapping[str, Counts],
    *,
    number: int,
    seed: int,
    draws: int = 3000,
    specification: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Fit ``number`` random origins of a placebo again with NUTS and compare both forecasts.

    ``territories`` and ``specification`` are those that `placebo` was given. Returns one row an origin
    and target year, for the total of the target ages: territory, origin, year, ``mean`` and ``sd`` of
    the marginal engine's forecast, ``mean_nuts`` and ``sd_nuts``, ``difference`` of the means in sd,
    ``sd_ratio`` (NUTS over marginal), and NUTS's ``converged``, ``max_rhat`` and ``min_ess``. Raises
    DataError if ``number`` is below 1.
    """
    if number < 1:
        raise DataError(f"placebo: {number} origins cannot be fitted again. Give 1 or more.")
    rng = np.random.default_rng(seed)
    places = result.fits[["territory", "origin"]]
    chosen = places.iloc[np.sort(rng.permutation(len(places))[:number])]
    ours = result.windows[(result.windows["rule"] == OURS) & (result.windows["age"] == TOTAL)]
    known = ours.set_index(["territory", "origin", "year"])[["mean", "sd"]]
    graphs: dict[bytes, Any] = {}
    rows = []
    for name, origin in chosen.itertuples(index=False):
        surface = _surface(result, territories[name], int(origin), specification or {})
        own = np.random.SeedSequence((seed, int(origin)))
        posterior, diagnostics = _sample(surface, graphs, own, draws)
        peace = draw_counterfactual(posterior["log_sex_ratio"], surface, rng=rng)
        total = peace.sum("age").stack(sample=("chain", "draw"))
        for year in surface.periods.target:
            mean, sd = known.loc[(name, origin, year)]
            values = total.sel(period=year).values
            rows.append({
                "territory": name, "origin": int(origin), "year": year, "mean": mean, "sd": sd,
                "mean_nuts": values.mean(), "sd_nuts": values.std(ddof=1),
                "difference": (values.mean() - mean) / sd, "sd_ratio": values.std(ddof=1) / sd,
                "converged": diagnostics.converged, "max_rhat": diagnostics.max_rhat,
                "min_ess": diagnostics.min_ess_bulk,
            })  # fmt: skip
    return pd.DataFrame(rows)


def _sample(surface: Surface, graphs: dict[bytes, Any], seed: Any, draws: int) -> Any:
    from estimator.inference.nuts import compile_graph, sample_compiled
    from estimator.models.vital.graph import build_vital, swapped_vital

    shape = repr((surface.ages, surface.observed.shape)).encode() + surface.observed.tobytes()
    if shape not in graphs:
        graphs[shape] = compile_graph(build_vital(surface))
    compiled = graphs[shape].with_data(**swapped_vital(surface))
    posterior, diagnostics = sample_compiled(compiled, seed=seed, draws=draws)
    return posterior.assign_coords(period=list(surface.years)), diagnostics


def _surface(result: PlaceboResult, counts: Counts, origin: int, specification: Mapping[str, Any]) -> Surface:
    asked = result.settings
    names = ("horizons", "baseline_years", "minimum_baseline", "since", "until")
    options = {name: asked[name] for name in names}
    exclude = frozenset(asked["exclude"])
    rolled = roll(counts.years, exclude=exclude, **options)
    periods = next(one for one in rolled if one.baseline[-1] == origin)
    control = tuple(asked["control_ages"]) if asked["control_ages"] else None
    ages = {"ages": tuple(asked["ages"]), "control_ages": control}
    return VitalModel(counts, periods, **(ages | dict(specification))).surface()
