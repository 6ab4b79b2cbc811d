"""Plots of an estimate: its posterior by year, and the sex ratio of deaths that it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from estimator.data.minimum import DocumentedMinimum
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import credible_interval
from estimator.report.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    canvas,
    is_narrow,
    list_note,
    source_of,
)
from estimator.report.prose import dashed, decimal, heading_of, persons_axis, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from estimator.models.vital.model import VitalModel

COLUMNS = 4
DRAWN = 4000
"""Most draws of which a band is made: more change no picture."""
ROLES: dict[str, dict[str, Any]] = {
    "baseline": {"marker": ".", "color": GREY, "ms": 4, "label": "observed, baseline"},
    "masked": {"marker": "x", "color": GREY, "ms": 4, "label": "observed, left out of the fit"},
    "target": {"marker": "o", "color": "black", "ms": 5, "label": "observed, years estimated"},
}
"""How years of each role are drawn."""


def plot_total(
    estimate: Estimate,
    minimum: DocumentedMinimum | None = None,
    published: pd.DataFrame | None = None,
    *,
    level: float = 0.95,
    ax: Axes | Sequence[Axes] | None = None,
) -> np.ndarray:
    """Plot the posterior of each calendar year and of all together, a panel each.

    The minimum is a vertical line: by year if the list has dates of death, else for all together.
    ``published`` has columns period, name, estimate, lower, upper and interval.
    """
    periods = estimate.reporting_periods()
    names = {}
    if minimum is not None:
        # the foot of the plot names both vintages
        table = estimate.against(minimum, level=level, mixed_vintages=True)
        names = dict(zip(table["period"], table["minimum"]))
    size = (7.2, (1.6 if is_narrow() else 1.35) * len(periods) + 1.1)
    with canvas(ax, len(periods), sharex=True, figsize=size) as drawn:
        for axis, period in zip(drawn.axes, periods):
            draw_density(axis, estimate.within(period).total().array(), level)
            if period.label in names:
                label = say("named dead (documented minimum)")
                axis.axvline(names[period.label], color=ORANGE, lw=2.2, label=label)
            _mark_published(axis, published, period.label)
            axis.set_yticks([])
            axis.spines["left"].set_visible(False)
            if is_narrow():
                axis.set_title(dashed(period.label))
                continue
            label = period.label.replace(" to ", " to\n")
            axis.set_ylabel(dashed(label), rotation=0, ha="right", va="center", fontweight="bold")
        drawn.axes[-1].xaxis.set_major_formatter(persons_axis)
        drawn.axes[-1].set_xlabel(say("{heading}, persons", heading=dashed(heading_of(estimate))))
        drawn.legend()
        drawn.note(say("dashed: median"), source_of(estimate), list_note(minimum))
        drawn.mark(estimate)
    return drawn.axes


def plot_sex_ratio(
    estimate: Estimate,
    model: VitalModel,
    *,
    level: float = 0.95,
    ax: Axes | Sequence[Axes] | None = None,
) -> np.ndarray:
    """Plot the sex ratio of deaths, as in peacetime and as observed before and in the war, by age.

    The band is predictive: a ratio of a year in peacetime, with the counting noise of that year's deaths
    on top of each draw of the ratio. So about as many dots of the baseline lie inside as the level
    says. Excess is the distance from the line, not from the band. Returns one axes an age band.
    """
    ratios = ratio_panels(estimate, model, level=level)
    ages, years = [str(age) for age in ratios["age"].values], ratios["period"].values
    columns = 2 if is_narrow() else COLUMNS
    rows = -(-len(ages) // columns)
    size = (9, (1.7 if is_narrow() else 2.1) * rows + 0.7)
    unit = say(f"{model.target_sex} deaths per {model.control_sex} death")
    with canvas(ax, rows, columns, panels=len(ages), sharex=True, figsize=size) as drawn:
        for i, (axis, age) in enumerate(zip(drawn.axes, ages)):
            part = ratios.isel(age=i)
            axis.fill_between(
                years, part["lower"], part["upper"], color=BLUE, alpha=0.22, lw=0,
                label=say("{level}% of years in peacetime", level=decimal(100 * level)),
            )  # fmt: skip
            axis.plot(years, part["median"], color=BLUE, lw=1.3, label=say("as in peacetime, median"))
            for role, style in ROLES.items():
                dots = part["observed"].values[part["role"] == role]
                if len(dots):
                    label = say(style["label"])
                    axis.plot(years[part["role"] == role], dots, ls="", **style | {"label": label})
            role = say(" (border)") if age in model.border_labels else say(" (control)")
            axis.set_title(dashed(age) + role * (age not in model.target_labels), fontsize=10)
            axis.yaxis.set_major_formatter(lambda value, _: decimal(round(value, 2)))
            axis.tick_params(labelbottom=i + columns >= len(ages))
        drawn.legend(columns=3)
        drawn.label(unit)
        drawn.note(
            say("each panel has its own scale, which does not begin at zero"),
            say("band: {level}% of a year's ratios in peacetime, counting noise included",
                level=decimal(100 * level)),
            say("excess is the distance of a dot from the line"), source_of(estimate),
        )  # fmt: skip
        drawn.mark(estimate)
    return drawn.axes


def ratio_panels(estimate: Estimate, model: VitalModel, *, level: float = 0.95) -> xr.Dataset:
    """Return ratios of deaths, target to control sex, over (age, period).

    ``observed``, and ``median``, ``lower`` and ``upper`` of a year in peacetime, as in `ratio_band`; the
    ``role`` of a period is baseline, masked or target.
    """
    surface = model.surface()
    ratios = estimate.require_posterior()["log_sex_ratio"]
    ratios = ratios.transpose("chain", "draw", "age", "period")
    draws = ratios.values.reshape(-1, *ratios.shape[2:])
    draws = np.exp(draws[:: max(1, len(draws) // DRAWN)])
    counts = model.counts.data["count"].sel(age=list(surface.ages))
    counts = counts.reindex(period=list(surface.years)).transpose("sex", "age", "period")
    control = counts.sel(sex=model.control_sex).values
    observed = counts.sel(sex=model.target_sex).values / np.where(control > 0, control, np.nan)
    lower, upper = ratio_band(draws, control, level=level)
    values = {
        "observed": observed, "median": np.median(draws, axis=0), "lower": lower, "upper": upper,
    }  # fmt: skip
    masked = np.isin(surface.years, model.periods.masked)
    target = np.isin(surface.years, model.periods.target)
    role = np.select([masked, target], ["masked", "target"], "baseline")
    return xr.Dataset(
        {name: (("age", "period"), array) for name, array in values.items()},
        {"age": list(surface.ages), "period": list(surface.years), "role": ("period", role)},
    )


def ratio_band(
    ratios: np.ndarray, control: np.ndarray, *, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Return the equal-tailed interval of ratios that a year in peacetime would have shown.

    With F deaths of the control sex and a ratio r, F(1 + r) deaths of both are split at random:
    binomial with probability r / (1 + r).

    ``ratios`` are draws of the ratio of deaths, shape (draws, ages, years). ``control`` are deaths of
    the control sex, shape (ages, years): where none are known (NaN) the bounds are NaN too.
    """
    known = np.nan_to_num(control)
    both = np.rint(known * (1 + ratios)).astype(np.int64)
    rng = np.random.default_rng(1)  # the same estimate gives the same picture
    target = rng.binomial(both, ratios / (1 + ratios))
    ratio = target / np.maximum(both - target, 0.5)
    lower, upper = credible_interval(ratio, level=level, axis=0)
    empty = known == 0
    return np.where(empty, np.nan, lower), np.where(empty, np.nan, upper)


def draw_density(axis: Any, values: np.ndarray, level: float) -> None:
    """Draw the density of draws, in persons, with its interval shaded and its median dashed."""
    from scipy.stats import gaussian_kde

    if np.ptp(values) == 0:
        axis.axvline(values[0], color=BLUE, lw=1.4, label=say("our posterior: one value"))
        return
    first, last = (float(edge) for edge in np.quantile(values, [0.0005, 0.9995]))
    grid = np.linspace(first, last, 400)
    density = gaussian_kde(values)(grid)
    lower, upper = credible_interval(values, level=level)
    inside = (grid >= lower) & (grid <= upper)
    axis.plot(grid, density, color=BLUE, lw=1.4)
    label = say("our posterior, {level}% interval shaded", level=decimal(100 * level))
    axis.fill_between(grid[inside], density[inside], color=BLUE, alpha=0.25, lw=0, label=label)
    axis.axvline(np.median(values), color=BLUE, lw=1, ls="--")
    axis.axvline(0, color=GREY, lw=0.8)
    axis.set_ylim(0, density.max() * 1.15)


def _mark_published(axis: Any, published: pd.DataFrame | None, period: str) -> None:
    if published is None:
        return
    height = axis.get_ylim()[1]
    rows = published[published["period"] == period].to_dict("records")
    for i, (row, mark) in enumerate(zip(rows, "Ds^v")):
        y = height * (0.82 - 0.3 * i)
        if pd.notna(row["lower"]):
            axis.plot([row["lower"], row["upper"]], [y, y], color=GREEN, lw=2)
        suffix = "" if pd.isna(row["lower"]) else f" (bar: {row['interval']})"
        axis.plot(row["estimate"], y, mark, color=GREEN, ms=5.5, label=f"{row['name']}{suffix}")
