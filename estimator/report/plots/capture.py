"""Plot of the capture probability by age: posterior and raw shares of the matched sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy.stats import binomtest, norm

from estimator.data.matched_sample import MatchedSample
from estimator.errors import DataError
from estimator.estimate.intervals import credible_interval
from estimator.report.plots.style import BLUE, GREEN, GREY, ORANGE, canvas, is_narrow
from estimator.report.prose import dashed, decimal, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_capture(
    matched: MatchedSample,
    draws: xr.DataArray | None = None,
    *,
    prior: xr.DataArray | None = None,
    level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Plot the share of named dead who have a case, by age: matched sample, prior and posterior.

    ``draws`` and ``prior`` are draws of the capture probability over (sample, age) or (chain, draw, age);
    the dim of age may have any name, and DataError says so where none has the sample's age bands.
    Wald's interval is p ± z sqrt(p(1 - p)/n), as published, and may leave 0 to 1; Wilson's (1927, doi
    10.1080/01621459.1927.10502953) does not; those of draws are equal-tailed.
    """
    ages = list(matched.data.index)
    place = np.arange(len(ages))
    raw = 100 * share_intervals(matched, level)
    with canvas(ax, figsize=(8.2, 4.4)) as drawn:
        axis = drawn.axes[0]
        for bound in (0, 100):
            axis.axhline(bound, color=GREY, lw=0.9)
        for kind, shift, colour, mark in (("Wald", -0.22, ORANGE, "s"), ("Wilson", 0, GREEN, "D")):
            axis.vlines(place + shift, *raw.sel(kind=kind).values.T, color=colour, lw=1.8)
            axis.plot(
                place + shift, 100 * matched.share, mark, color=colour, ms=5, mec="white", mew=0.8,
                label=say(f"found of sampled, {kind} interval"),
            )  # fmt: skip
        if prior is not None:
            lower, upper = credible_interval(100 * _by_age(prior, ages), level=level, axis=0)
            axis.bar(
                place, upper - lower, 0.8, lower, color=GREY, alpha=0.18, lw=0,
                label=say("prior, equal-tailed interval"),
            )  # fmt: skip
        if draws is not None:
            values = 100 * _by_age(draws, ages)
            axis.vlines(place + 0.22, *credible_interval(values, level=level, axis=0), color=BLUE, lw=1.8)
            axis.plot(
                place + 0.22, np.median(values, axis=0), "o", color=BLUE, ms=5.5, mec="white",
                mew=0.8, label=say("posterior median, equal-tailed interval"),
            )  # fmt: skip
        counts = zip(ages, matched.with_case, matched.sampled)
        labels = [dashed(age) + "\n" + say("{part} of {number}", part=k, number=n) for age, k, n in counts]
        axis.set_xticks(place, labels, fontsize=9, rotation=90 if is_narrow() else 0)
        axis.grid(axis="x", visible=False)
        axis.set_ylim(min(-3.0, float(raw.min()) - 3), max(104, float(raw.max()) + 3))
        axis.yaxis.set_major_formatter("{x:.0f}%")
        mass = decimal(100 * level)
        axis.set_title(say("Named dead who have a case, {level}% intervals", level=mass))
        axis.set_xlabel(say("age at death, years; found of sampled persons"))
        axis.set_ylabel(say("capture probability"))
        drawn.legend(columns=3)
        unknown = matched.unknown_age
        note = ""
        if unknown:
            note = say("of unknown age {part} of {number} found", part=unknown[0], number=unknown[1])
        drawn.note(note, say(matched.source), say("vintage {day}", day=dashed(str(matched.vintage))))
    return axis


def share_intervals(matched: MatchedSample, level: float) -> xr.DataArray:
    """Return Wald and Wilson intervals of found of sampled, dims (kind, age, bound); Wald's is not cut."""
    share, sampled = matched.share.to_numpy(), matched.sampled
    half = norm.ppf((1 + level) / 2) * np.sqrt(share * (1 - share) / sampled)
    wilson = [
        binomtest(int(k), int(n)).proportion_ci(level, "wilson") for k, n in zip(matched.with_case, sampled)
    ]
    values = [np.column_stack([share - half, share + half]), np.array([tuple(w) for w in wilson])]
    coords = {
        "kind": ["Wald", "Wilson"],
        "age": list(matched.data.index),
        "bound": ["lower", "upper"],
    }
    return xr.DataArray(values, coords, ("kind", "age", "bound"))


def _by_age(draws: xr.DataArray, ages: list[str]) -> np.ndarray:
    """Return draws as (sample, age), in the sample's order."""
    for dim in draws.dims:
        labels = [str(label) for label in draws[dim].values] if dim in draws.coords else []
        if set(ages) <= set(labels):
            chosen = draws.assign_coords({dim: labels}).sel({dim: ages})
            return chosen.transpose(..., dim).values.reshape(-1, len(ages))
    there = ", ".join(str(dim) for dim in draws.dims)
    raise DataError(
        f"draws of capture: none of the dims {there} holds the ages {', '.join(ages)}. Give draws with "
        "a coordinate of the sample's age bands."
    )
