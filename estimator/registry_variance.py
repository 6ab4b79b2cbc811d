"""Where the uncertainty of a registry estimate comes from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from estimator.estimate import Estimate
from estimator.models.registry import RegistryModel
from estimator.models.registry_data import RegistryData


def split_variance(model: RegistryModel, estimate: Estimate) -> pd.DataFrame:
    r"""Split the uncertainty of the total into baseline, delay, capture and counting.

    The total is nearly the explicit

    .. math::

        D = \sum_{a,t} \frac{M_{a,t} - m_{a,t} s^c_t}{p_a\, \iota\, s^m_t}

    with :math:`M` men's cases opened so far, :math:`m` those expected in peace, :math:`s` the shares
    opened, :math:`p` capture and :math:`\iota` the share of cases whose sex and age are known. Each
    source in turn has its posterior draws while the others stand at their means; counting is the
    Poisson noise of the cases and of those who have none. Sources are correlated in the posterior (a
    lower baseline goes with earlier soldiers), so that squares need not add up to the whole.

    Parameters
    ----------
    model : RegistryModel
        The model that was fitted.
    estimate : Estimate
        Its estimate, with its posterior.

    Returns
    -------
    DataFrame
        One row a source (baseline, delay, capture, counting, all): ``sd`` in persons, and ``share`` of
        the sum of the squares of the four.

    Raises
    ------
    ValueError
        If the estimate was made without its posterior.
    """
    if estimate.posterior is None:
        raise ValueError("the estimate was made without its posterior; fit the model again.")
    data = model.arrays()
    draws = _pieces(estimate.posterior, data)
    means = {name: values.mean(axis=0, keepdims=True) for name, values in draws.items()}
    men = data.men[: len(data.target)]
    found = {}
    for source, names in {
        "baseline": ("peace",),
        "delay": ("civilian", "military"),
        "capture": ("capture",),
    }.items():
        chosen = means | {name: draws[name] for name in names}
        found[source] = float(_total(men, chosen).std())
    divisor = means["capture"] * means["military"]
    dead = _cells(men, means)
    unseen = np.maximum(dead * (1 - divisor), 0)
    found["counting"] = float(np.sqrt((men[None] / divisor**2 + unseen).sum()))
    squares = sum(sd**2 for sd in found.values())
    rows = [{"source": name, "sd": sd, "share": sd**2 / squares} for name, sd in found.items()]
    rows.append({"source": "all", "sd": float(estimate.total().excess.std()), "share": np.nan})
    return pd.DataFrame(rows)


def _pieces(posterior: xr.Dataset, data: RegistryData) -> dict[str, np.ndarray]:
    """Return draws of what the explicit total is made of, dims (sample, age, period) or with ones."""
    flat = posterior.stack(sample=("chain", "draw"))
    seen = {
        name: flat[f"{name}_seen"].transpose("sample", "cell").values @ data.member.T
        for name in ("civilian", "military")
    }
    ages = [str(label) for label in data.target]
    return {
        "peace": flat["civilian_men"].transpose("sample", "target_age", "war_period").values,
        "civilian": seen["civilian"][:, None, :],
        "military": np.maximum(seen["military"][:, None, :], 0.02),
        "capture": data.identified
        * flat["capture"].sel(matched_age=ages).transpose("sample", ...).values[:, :, None],
    }


def _cells(men: np.ndarray, pieces: dict[str, np.ndarray]) -> np.ndarray:
    beyond = men[None] - pieces["peace"] * pieces["civilian"]
    return beyond / (pieces["capture"] * pieces["military"])


def _total(men: np.ndarray, pieces: dict[str, np.ndarray]) -> np.ndarray:
    return _cells(men, pieces).sum(axis=(1, 2))
