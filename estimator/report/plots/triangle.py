"""Plots of the registry: its reporting triangle and the delay with which cases are opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from estimator.data.triangle import ReportingTriangle
from estimator.errors import DataError
from estimator.report.plots.style import BLUE, GREY, ORANGE, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOUR = {"female": ORANGE, "male": BLUE}
SHOWN = {"female": "women", "male": "men"}


def plot_triangle(
    triangle: ReportingTriangle,
    *,
    sex: str | None = None,
    ages: tuple[int, int] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot cases by period of death and delay as a heat map; cells not yet observable are hatched.

    Both sexes and all ages together unless ``sex`` ("female" or "male") or the first and last age are
    given. Shades are on a logarithmic scale of cases, so that the tail of the delay is seen.
    """
    chosen = triangle if ages is None else triangle.select(ages=ages)
    cells = _of_sex(chosen.cases, sex).sum(("sex", "age"), skipna=True).where(chosen.observed)
    # delays longer than the oldest period can show hold nothing
    values = cells.transpose("delay", "period").dropna("delay", how="all").values
    starts = chosen.periods.astype("datetime64[D]")
    step = np.diff(starts)[-1] if len(starts) > 1 else np.timedelta64(30, "D")
    edges = np.append(starts, starts[-1] + step)
    delays = np.arange(values.shape[0] + 1) - 0.5
    with canvas(ax, figsize=(8.6, 4.8)) as drawn:
        from matplotlib.colors import ListedColormap, LogNorm

        axis = drawn.axes[0]
        axis.set_facecolor("#F1F2F4")
        axis.patch.set_hatch("///")
        axis.patch.set_edgecolor("#D5D9DE")
        # cells without cases stay white: on a scale of shades they would outshine the rest
        empty = np.where(values == 0, 0.0, np.nan)
        axis.pcolormesh(edges, delays, empty, cmap=ListedColormap(["white"]), rasterized=True)
        norm = LogNorm(1, max(10.0, float(np.nanmax(values))))
        cases = np.where(values > 0, values, np.nan)
        mesh = axis.pcolormesh(edges, delays, cases, cmap="cividis_r", norm=norm, rasterized=True)
        axis.grid(visible=False)
        axis.set_ylabel(f"delay from death to case, {chosen.resolution}s")
        axis.set_xlabel(f"{chosen.resolution} of death")
        axis.set_title(_who(chosen, sex))
        bar = axis.figure.colorbar(mesh, ax=axis, pad=0.015, aspect=30)
        bar.set_label("cases a cell")
        bar.ax.yaxis.set_major_formatter("{x:,.0f}")
        hatched = f"hatched: not over by the extraction on {chosen.extracted_on}"
        drawn.note("white: no case", hatched, chosen.source)
    return axis


def plot_delay(
    triangle: ReportingTriangle,
    *,
    ages: tuple[int, int] | None = None,
    max_delay: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot the share of cases opened by each delay, women and men apart, corrected for truncation.

    The curves are 1 at ``max_delay`` periods: the longest delay observed, unless given.
    """
    chosen = triangle if ages is None else triangle.select(ages=ages)
    curves = delay_curves(chosen, max_delay=max_delay)
    delays = curves["delay"].values
    with canvas(ax, figsize=(7.2, 4.2)) as drawn:
        axis = drawn.axes[0]
        for sex, width, alpha in (("female", 5, 0.45), ("male", 1.6, 1)):
            axis.step(
                delays, 100 * curves.sel(sex=sex).values, where="post", color=COLOUR[sex], lw=width,
                alpha=alpha, label=SHOWN[sex],
            )  # fmt: skip
        law = 6 if chosen.resolution == "month" else 26
        if delays[-1] > law:
            axis.axvline(law, color=GREY, lw=1, ls=":", label="six months, the legal term")
        axis.set_ylim(0, 102)
        axis.set_xlim(0, delays[-1])
        axis.yaxis.set_major_formatter("{x:.0f}%")
        axis.set_ylabel(f"opened, of cases within {delays[-1]} {chosen.resolution}s")
        axis.set_xlabel(f"delay from death to case, {chosen.resolution}s")
        axis.set_title(_who(chosen, None))
        axis.legend(loc="lower right")
        drawn.note(
            "right truncation removed by the chain ladder", chosen.source,
            f"extracted on {chosen.extracted_on}",
        )  # fmt: skip
    return axis


def delay_curves(triangle: ReportingTriangle, *, max_delay: int | None = None) -> xr.DataArray:
    r"""Return the share of cases opened by each delay, of those within the longest one.

    Recent periods show their short delays only. The chain ladder uses them all the same: the share
    opened by delay :math:`d` is

    .. math::

        G_d = \prod_{j=d+1}^{D} \Big(1 - \frac{n_j}{c_j}\Big),

    with :math:`n_j` the cases of delay :math:`j` and :math:`c_j` those of delay :math:`j` or less, both
    from periods of death in which delay :math:`j` is observed. It is the product-limit estimate of
    right-truncated delays (Kalbfleisch and Lawless 1989, doi 10.1080/01621459.1989.10478780).

    :math:`D` is ``max_delay``, the longest delay observed unless given; ages are added up. Returns dims
    (sex, delay), between 0 and 1, not falling. DataError is raised if the triangle does not reach to
    that delay, or a sex has no cases.
    """
    observed = triangle.observed.transpose("period", "delay").values
    reached = int(np.flatnonzero(observed.any(axis=0))[-1])
    last = reached if max_delay is None else max_delay
    if not 0 < last <= reached:
        raise DataError(
            f"{triangle.source}: delays are observed from 0 to {reached} {triangle.resolution}s, "
            f"not {last}. Ask for one from 1 to {reached}."
        )
    cells = triangle.cases.sum("age", skipna=True).transpose("sex", "period", "delay").values
    curves = np.ones((cells.shape[0], last + 1))
    for j in range(last, 0, -1):
        shown = observed[:, j]
        opened = cells[:, shown, : j + 1].sum(axis=(1, 2))
        if not opened.all():
            raise DataError(
                f"{triangle.source}: a sex has no cases in periods observed to a delay of {j} "
                f"{triangle.resolution}s. Choose a shorter max_delay, or more ages."
            )
        curves[:, j - 1] = curves[:, j] * (1 - cells[:, shown, j].sum(axis=1) / opened)
    return xr.DataArray(
        curves, {"sex": triangle.data["sex"].values, "delay": np.arange(last + 1)}, ("sex", "delay")
    )


def _of_sex(cases: xr.DataArray, sex: str | None) -> xr.DataArray:
    if sex is None:
        return cases
    if sex not in SHOWN:
        raise DataError(f"sex {sex!r}: write 'female' or 'male', or leave it out for both.")
    return cases.sel(sex=[sex])


def _who(triangle: ReportingTriangle, sex: str | None) -> str:
    bands = triangle.ages
    span = f"{bands.low[0]}+" if bands.high[-1] is None else f"{bands.low[0]}–{bands.high[-1]}"
    return f"Cases of {SHOWN[sex] if sex else 'women and men'} aged {span}"
