"""Checks of the registry model: replicated against observed cases, and where its uncertainty comes from."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit
from scipy.stats import f

from estimator.estimate.estimate import Estimate
from estimator.models.registry.arrays import RegistryData
from estimator.models.registry.model import RegistryModel

DRAWS = 200
DELAY_ALARM = 3.0
"""Delays count as disturbed from this ratio of their scatter since the war to that before it."""
ALARM = 1.5
"""A part counts as misfitting from this ratio of the discrepancy to its expectation: variances half as large
again as the model's."""


def check_registry(model: RegistryModel, estimate: Estimate, *, seed: int) -> pd.DataFrame:
    r"""Replicate the cases from a fitted model and compare Pearson discrepancies, part by part.

    For cells :math:`y_i` with mean :math:`m_i` and variance :math:`v_i` given a draw, the discrepancy is
    :math:`T = \sum_i (y_i - m_i)^2 / v_i`, computed for the data and for a replicate of each draw
    (Gelman, Meng and Stern 1996, Statistica Sinica 6:733). Delays of civilians have no model to replicate
    from but the curve before the war: an F test compares their scatter about it with the scatter then.

    One row a part (``delays of civilians``, ``sex ratio in peace``, ``men since the war``): ``cells``,
    ``ratio`` of the mean discrepancy of the data to that of replicates, ``probability`` that a replicate's
    is as large, ``alarm``, whether the ratio is above `ALARM`, and ``remedy``: of delays, an outage that the
    model does not know, which is an alarm whatever the ratio is.
    """
    rng = np.random.default_rng(seed)
    data = model.arrays()
    flat = estimate.require_posterior().stack(sample=("chain", "draw")).transpose("sample", ...)
    number = flat.sizes["sample"]
    draws = flat.isel(sample=rng.choice(number, min(DRAWS, number), replace=False))
    parts = {"sex ratio in peace": _baseline(draws, data, rng)}
    parts["men since the war"] = _men(draws, data, rng)
    rows = [] if data.published_delays else [_delays(data, model.outage_note)]
    for part, (cells, observed, replicated) in parts.items():
        ratio = float(observed.mean() / replicated.mean())
        rows.append({
            "part": part, "cells": cells, "ratio": ratio,
            "probability": float((replicated >= observed).mean()), "alarm": bool(ratio > ALARM), "remedy": "",
        })  # fmt: skip
    return pd.DataFrame(rows)


Discrepancies = tuple[int, np.ndarray, np.ndarray]
"""Number of cells, and the discrepancies of the data and of the replicate, one a draw."""


def _baseline(draws: xr.Dataset, data: RegistryData, rng: np.random.Generator) -> Discrepancies:
    ratio = draws["log_sex_ratio"].transpose("sample", "age", "period").values
    season = data.seasonal(draws["season"].values, draws["season_of_young"].values, data.base_season)
    chance = expit(ratio @ data.base_years.T + season)
    total = (data.base_men + data.base_women).astype(int)
    mean, variance = total * chance, np.maximum(total * chance * (1 - chance), 1e-9)
    return total.size, *_discrepancies(data.base_men, rng.binomial(total, chance), mean, variance)


def _delays(data: RegistryData, remedy: str) -> dict[str, Any]:
    """Compare the scatter of civilians' delays about the usual curve with that before the war."""
    total = data.cell_membership @ data.civilians_by_cell
    usual = data.usual / (data.cell_membership @ data.usual)[data.cell_period]
    mean = np.maximum(total[data.cell_period] * usual, 1e-9)
    dispersion = float(((data.civilians_by_cell - mean) ** 2 / mean).mean())
    before, cells = data.prewar_delay_dispersion
    ratio = dispersion / before
    probability = float(f.sf(ratio, data.civilians_by_cell.size, cells)) if cells else float("nan")
    alarm = bool(remedy or (cells and ratio > DELAY_ALARM))
    return {
        "part": "delays of civilians", "cells": data.civilians_by_cell.size, "ratio": ratio,
        "probability": probability, "alarm": alarm, "remedy": remedy,
    }  # fmt: skip


def _men(draws: xr.Dataset, data: RegistryData, rng: np.random.Generator) -> Discrepancies:
    at = data.cell_period
    dims = ("sample", "target_age", "war_period")
    peace = draws["civilian_men"].transpose(*dims).values[..., at]
    war = draws["war_cases"].transpose(*dims).values[..., at]
    civilian, military = (
        draws[name].transpose("sample", "cell").values[:, None, :]
        for name in ("civilian_seen", "military_seen")
    )
    mean = np.maximum(peace * civilian + war * military, 1e-9)
    return data.men_by_cell.size, *_discrepancies(data.men_by_cell, rng.poisson(mean), mean, mean)


def _discrepancies(
    observed: np.ndarray, replicated: np.ndarray, mean: np.ndarray, variance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    both = [((counts - mean) ** 2 / variance).sum((1, 2)) for counts in (observed, replicated)]
    return both[0], both[1]


def split_variance(model: RegistryModel, estimate: Estimate) -> pd.DataFrame:
    r"""Split the uncertainty of the total into baseline, delay, capture and counting.

    The total is nearly the explicit

    .. math::

        D = \sum_{a,t} \frac{M_{a,t} - m_{a,t} s^c_t}{p_a\, \iota\, s^m_t}

    with :math:`M` men's cases opened so far, :math:`m` those expected in peace, :math:`s` the shares
    opened, :math:`p` capture and :math:`\iota` the share of cases whose sex and age are known. Each
    source in turn has its posterior draws while the others are fixed at their means; counting is the
    Poisson noise of the cases and of those who have none. Sources are correlated in the posterior (a
    lower baseline goes with earlier soldiers), so that squares need not add up to the whole.

    One row a source (baseline, delay, capture, counting, all): ``sd`` in persons, and ``share`` of the sum of
    the squares of the four.
    """
    data = model.arrays()
    draws = _pieces(estimate.require_posterior(), data)
    means = {name: values.mean(axis=0, keepdims=True) for name, values in draws.items()}
    men = data.men[: len(data.target)]
    sources = {"baseline": ("peace",), "delay": ("civilian", "military"), "capture": ("capture",)}
    sd = {}
    for source, names in sources.items():
        pieces = means | {name: draws[name] for name in names}
        sd[source] = float(_war_dead(men, pieces).sum(axis=(1, 2)).std())
    divisor = means["capture"] * means["military"]
    unseen = np.maximum(_war_dead(men, means) * (1 - divisor), 0)
    sd["counting"] = float(np.sqrt((men[None] / divisor**2 + unseen).sum()))
    squares = sum(value**2 for value in sd.values())
    rows = [{"source": name, "sd": part, "share": part**2 / squares} for name, part in sd.items()]
    rows.append({"source": "all", "sd": float(estimate.total().excess.std()), "share": np.nan})
    return pd.DataFrame(rows)


def _pieces(posterior: xr.Dataset, data: RegistryData) -> dict[str, np.ndarray]:
    """Return draws of what the explicit total is made of, dims (sample, age, period) or with ones."""
    flat = posterior.stack(sample=("chain", "draw"))
    opened = {
        name: flat[f"{name}_seen"].transpose("sample", "cell").values @ data.cell_membership.T
        for name in ("civilian", "military")
    }
    ages = [str(label) for label in data.target]
    return {
        "peace": flat["civilian_men"].transpose("sample", "target_age", "war_period").values,
        "civilian": opened["civilian"][:, None, :],
        "military": np.maximum(opened["military"][:, None, :], 0.02),
        "capture": data.identified
        * flat["capture"].sel(matched_age=ages).transpose("sample", ...).values[:, :, None],
    }


def _war_dead(men: np.ndarray, pieces: dict[str, np.ndarray]) -> np.ndarray:
    """Return the explicit war dead, dims (sample, age, period)."""
    excess = men[None] - pieces["peace"] * pieces["civilian"]
    return excess / (pieces["capture"] * pieces["military"])
