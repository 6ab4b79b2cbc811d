"""Plots of an estimate: one function each, returning the figure; the user's rcParams stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from estimator.data.minimum import DocumentedMinimum
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import credible_interval
from estimator.report.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    house_style,
    list_note,
    mark_unconverged,
    source_of,
    write_note,
)
from estimator.report.prose import heading_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from estimator.models.vital.model import VitalModel


def plot_total(
    estimate: Estimate,
    minimum: DocumentedMinimum | None = None,
    published: pd.DataFrame | None = None,
    *,
    level: float = 0.95,
) -> Figure:
    """Plot the posterior of the excess in each period, with the named dead and published estimates.

    Parameters
    ----------
    estimate : Estimate
        Its periods are years, weeks or months; shown by calendar year.
    minimum : DocumentedMinimum, optional
        Drawn as a vertical line: by period if the list has dates of death, else for all together.
    published : DataFrame, optional
        Columns period, name, estimate, lower, upper.
    level : float
        Of the shaded equal-tailed interval.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a year and one for all together, sharing the axis of persons.
    """
    periods = estimate.reporting_periods()
    names = {}
    if minimum is not None:
        # the foot of the plot tells both vintages
        table = estimate.against(minimum, level=level, mixed_vintages=True)
        names = dict(zip(table["period"], table["minimum"]))
    with house_style() as plt:
        figure, axes = plt.subplots(
            len(periods),
            1,
            figsize=(7.2, 1.35 * len(periods) + 1.1),
            sharex=True,
            layout="constrained",
        )
        for axis, period in zip(np.atleast_1d(axes), periods):
            draw_density(axis, estimate.within(period).total().array(), level)
            if period.label in names:
                axis.axvline(
                    names[period.label],
                    color=ORANGE,
                    lw=2.2,
                    label="named dead (documented minimum)",
                )
            _mark_published(axis, published, period.label)
            axis.set_yticks([])
            axis.spines["left"].set_visible(False)
            label = period.label.replace(" to ", " to\n")
            axis.set_ylabel(label, rotation=0, ha="right", va="center", fontweight="bold")
        figure.axes[-1].xaxis.set_major_formatter("{x:,.0f}")
        figure.axes[-1].set_xlabel(f"{heading_of(estimate)}, persons")
        handles = {
            label: h for a in figure.axes for h, label in zip(*a.get_legend_handles_labels())
        }
        figure.legend(
            handles.values(), handles.keys(), loc="outside upper left", ncols=2, fontsize=8.5
        )
        write_note(figure, "dashed: median", source_of(estimate), list_note(minimum))
        mark_unconverged(figure, estimate)
    return figure


def plot_sex_ratio(estimate: Estimate, model: VitalModel, *, level: float = 0.95) -> Figure:
    """Plot the sex ratio of deaths by age: as in peacetime, and as observed before and in the war.

    The band is predictive: a ratio of a year in peacetime, the counting noise of that year's deaths
    drawn on top of each draw of the ratio. So about as many dots of the baseline lie inside as the
    level says. Excess is the distance from the line, not from the band.

    Parameters
    ----------
    estimate : Estimate
        With its posterior, without regions.
    model : VitalModel
        What was fitted.
    level : float
        Of the equal-tailed band.

    Returns
    -------
    matplotlib.figure.Figure
        One panel an age band.
    """
    surface = model.surface()
    ratios = estimate.require_posterior()["log_sex_ratio"]
    ratios = ratios.transpose("chain", "draw", "age", "period")
    draws = np.exp(ratios.values.reshape(-1, *ratios.shape[2:]))
    counts = (
        model.counts.data["count"]
        .sel(age=list(surface.ages))
        .reindex(period=list(surface.years))
        .transpose("sex", "age", "period")
    )
    control = counts.sel(sex=model.control_sex)
    observed = counts.sel(sex=model.target_sex) / control.where(control > 0)
    lower, upper = ratio_band(draws, control.values, level=level)
    masked = np.isin(surface.years, model.periods.masked)
    target = np.isin(surface.years, model.periods.target)
    columns = 4
    rows = -(-len(surface.ages) // columns)
    years = np.array(surface.years)
    with house_style() as plt:
        figure, axes = plt.subplots(
            rows,
            columns,
            figsize=(11, 2.3 * rows + 0.6),
            sharex=True,
            layout="constrained",
            squeeze=False,
        )
        for i, axis in enumerate(axes.flat):
            if i >= len(surface.ages):
                axis.set_visible(False)
                continue
            values = observed.isel(age=i).values
            axis.fill_between(
                years, lower[i], upper[i], color=BLUE, alpha=0.22, lw=0,
                label=f"{level:.0%} of years in peacetime",
            )  # fmt: skip
            axis.plot(
                years, np.median(draws[:, i], axis=0), color=BLUE, lw=1.3,
                label="as in peacetime, median",
            )  # fmt: skip
            axis.plot(
                years[~masked & ~target],
                values[~masked & ~target],
                ".",
                color=GREY,
                ms=4,
                label="observed, baseline",
            )
            if masked.any():
                axis.plot(
                    years[masked], values[masked], "x", color=GREY, ms=4,
                    label="observed, left out of the fit",
                )  # fmt: skip
            axis.plot(
                years[target],
                values[target],
                "o",
                color="black",
                ms=5,
                label="observed, years estimated",
            )
            role = "" if surface.ages[i] in model.target_labels else " (control)"
            axis.set_title(f"{surface.ages[i]}{role}")
            axis.tick_params(labelbottom=i + columns >= len(surface.ages))
        handles, labels = axes.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=5, fontsize=9)
        figure.supylabel(f"{model.target_sex} deaths per {model.control_sex} death", fontsize=10)
        write_note(
            figure, f"band: {level:.0%} of a year's ratios in peacetime, counting noise included",
            "excess is the distance of a dot from the line", source_of(estimate),
        )  # fmt: skip
        mark_unconverged(figure, estimate)
    return figure


def ratio_band(
    ratios: np.ndarray, control: np.ndarray, *, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Return the equal-tailed interval of ratios that a year in peacetime would have shown.

    With F deaths of the control sex and a ratio r, F(1 + r) deaths of both are shared out anew:
    binomial with probability r / (1 + r).

    Parameters
    ----------
    ratios : array, shape (draws, ages, years)
        Draws of the ratio of deaths.
    control : array, shape (ages, years)
        Deaths of the control sex; NaN where there are none known, and so no bounds.
    level : float
        Of the interval.
    """
    known = np.nan_to_num(control)
    both = np.rint(known * (1 + ratios)).astype(np.int64)
    rng = np.random.default_rng(1)  # the same estimate gives the same picture
    target = rng.binomial(both, ratios / (1 + ratios))
    seen = target / np.maximum(both - target, 0.5)
    lower, upper = credible_interval(seen, level=level, axis=0)
    empty = known == 0
    return np.where(empty, np.nan, lower), np.where(empty, np.nan, upper)


def draw_density(axis: Any, values: np.ndarray, level: float) -> None:
    """Draw the density of draws with its interval shaded and its median dashed.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
        Where to.
    values : array, shape (draws,)
        Draws, in persons.
    level : float
        Of the equal-tailed interval.
    """
    from scipy.stats import gaussian_kde

    if np.ptp(values) == 0:
        axis.axvline(values[0], color=BLUE, lw=1.4, label="our posterior: one value")
        return
    first, last = (float(edge) for edge in np.quantile(values, [0.0005, 0.9995]))
    grid = np.linspace(first, last, 400)
    density = gaussian_kde(values)(grid)
    lower, upper = credible_interval(values, level=level)
    inside = (grid >= lower) & (grid <= upper)
    axis.plot(grid, density, color=BLUE, lw=1.4)
    axis.fill_between(
        grid[inside],
        density[inside],
        color=BLUE,
        alpha=0.25,
        lw=0,
        label=f"our posterior, {level:.0%} interval shaded",
    )
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
