"""How all plots look: one palette, one context that leaves the user's rcParams as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from estimator.data.minimum import DocumentedMinimum
from estimator.errors import DataError
from estimator.estimate.described import data_vintage, is_publication_day
from estimator.estimate.estimate import Estimate
from estimator.report.prose import chosen_language, dashed, decimal, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#5F6670"
"""Okabe and Ito's colours, distinct in all common forms of colour blindness.

Ours is blue, named dead are orange, figures that others published green, all else grey.
"""
LISTS = {"named_list_vintages_weekly.csv": "named list of Mediazona and the BBC News Russian Service"}
"""Files of lists that others publish, by name."""
SHEET = Path(__file__).with_name("registry.mplstyle")
UNCONVERGED: dict[str, Any] = {
    "s": "NOT CONVERGED", "rotation": 25, "ha": "center", "va": "center", "fontsize": 38,
    "color": ORANGE, "alpha": 0.4,
}  # fmt: skip


WIDEST, PHONE = 9.0, 358 / 96
"""Widths of figures in inches: the text column of a page on a desktop and on a phone, pixel by pixel.

Letters of 8.3 points are then 11 pixels, and none is smaller."""
_PHONE: ContextVar[bool] = ContextVar("phone", default=False)


@contextmanager
def for_phones() -> Iterator[None]:
    """Draw the plots of this context as narrow as a phone: one column, labels above what they name."""
    token = _PHONE.set(True)
    try:
        yield
    finally:
        _PHONE.reset(token)


def is_narrow() -> bool:
    """Whether plots are drawn for a phone."""
    return _PHONE.get()


@contextmanager
def house_style() -> Iterator[Any]:
    """Draw or save in the style of this project, leave the user's as it is, and close what was opened."""
    from matplotlib import pyplot as plt

    before = set(plt.get_fignums())
    try:
        with _style():
            yield plt
    finally:
        for number in set(plt.get_fignums()) - before:
            plt.close(number)


@contextmanager
def _style() -> Iterator[None]:
    """Set the style of this project for a while.

    The first figure of a notebook loads its backend, which switches interactive drawing on; that stays, or
    no later figure would be shown.
    """
    import matplotlib as mpl

    with mpl.rc_context(fname=SHEET):
        yield
        interactive = mpl.is_interactive()
    mpl.interactive(interactive)


@dataclass(frozen=True, eq=False)
class Canvas:
    """Axes to draw in: the caller's own, or those of a new figure, which has room for legend and note."""

    axes: np.ndarray
    is_new: bool

    @property
    def figure(self) -> Figure:
        """The figure of the axes."""
        return self.axes[0].figure

    def legend(self, columns: int = 2, handles: Sequence[Any] | None = None) -> None:
        """Explain what is drawn, each label once: above a new figure, else inside the first axes."""
        if handles is None:
            pairs = [zip(*axis.get_legend_handles_labels()) for axis in self.axes]
            handles = list({label: handle for pair in pairs for handle, label in pair}.values())
        where = self.figure if self.is_new else self.axes[0]
        columns = 1 if is_narrow() else columns
        place = {"loc": "outside upper left", "ncols": columns} if self.is_new else {"loc": "best"}
        labels = [
            fill(str(handle.get_label()), 46) if is_narrow() else handle.get_label() for handle in handles
        ]
        where.legend(handles, labels, fontsize=8.5, **place)

    def label(self, text: str) -> None:
        """Write what the vertical axes of all panels show."""
        if self.is_new:
            self.figure.supylabel(text, fontsize=10)
        else:
            self.axes[0].set_ylabel(text)

    def note(self, *parts: str) -> None:
        """Write at the foot of a new figure what bands are and where data come from."""
        if self.is_new:
            write_note(self.figure, *parts)

    def mark(self, estimate: Estimate) -> None:
        """Write NOT CONVERGED across the drawing of an estimate that failed its test."""
        if not estimate.converged and self.is_new:
            self.figure.text(0.5, 0.5, **UNCONVERGED)
        elif not estimate.converged:
            for axis in self.axes:
                axis.text(0.5, 0.5, transform=axis.transAxes, **(UNCONVERGED | {"fontsize": 18}))


@contextmanager
def canvas(
    axes: Axes | Sequence[Axes] | np.ndarray | None,
    rows: int = 1,
    columns: int = 1,
    *,
    panels: int | None = None,
    **layout: Any,
) -> Iterator[Canvas]:
    """Yield the caller's axes, or those of a new figure in the house style.

    ``panels`` is how many are drawn, if fewer than rows x columns. A new figure stays open in pyplot: a
    notebook shows it once, after its cell. DataError says how many axes are needed, where too few are
    given.
    """
    number = panels or rows * columns
    if axes is not None:
        given = np.ravel(np.asarray(axes, dtype=object))
        if len(given) < number:
            raise DataError(f"{number} panels are to be drawn: give {number} axes, not {len(given)}.")
        yield Canvas(given[:number], is_new=False)
        return
    from matplotlib import pyplot as plt

    width, height = layout.pop("figsize")
    layout["figsize"] = (PHONE if is_narrow() else min(width, WIDEST), height)
    with _style():
        grid = plt.subplots(rows, columns, layout="constrained", squeeze=False, **layout)[1].ravel()
        for axis in grid[number:]:
            axis.set_visible(False)
        yield Canvas(grid[:number], is_new=True)
        for axis in grid[:number]:
            _write_dates(axis)
        if is_narrow():
            for axis in grid[:number]:
                _fit_phone(axis, columns)


def _write_dates(axis: Axes) -> None:
    """Write the days of a time axis as the language has them, four at most on a phone."""
    from matplotlib.dates import AutoDateFormatter, AutoDateLocator

    if not isinstance(axis.xaxis.get_major_locator(), AutoDateLocator):
        return
    locator = AutoDateLocator(minticks=3, maxticks=4 if is_narrow() else 9)
    formatter = AutoDateFormatter(locator)
    if chosen_language() == "ru":
        formatter.scaled |= {30.0: "%m.%Y", 1.0: "%d.%m.%Y"}
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(formatter)


def _fit_phone(axis: Axes, columns: int) -> None:
    """Break headings where a phone ends, and leave so many ticks as have room."""
    from matplotlib.ticker import MaxNLocator

    room = 44 // columns
    axis.set_title(fill(axis.get_title(loc="left"), room - 8))
    axis.set_xlabel(fill(axis.get_xlabel(), room + 4))
    axis.set_ylabel(fill(axis.get_ylabel(), 34))
    if isinstance(axis.xaxis.get_major_locator(), MaxNLocator):
        axis.locator_params(axis="x", nbins=4 if columns == 1 else 2)


def figure_of(drawn: Any) -> Figure:
    """Return the figure of the axes that a plot returned."""
    return np.ravel(np.asarray(drawn, dtype=object))[0].figure


def save_plot(drawn: Any, file: Any, **options: Any) -> None:
    """Save the figure of the axes that a plot returned, and let pyplot forget it."""
    figure = figure_of(drawn)
    # text of an SVG is made on saving, by the style of that moment
    with house_style() as plt:
        kind = str(options.get("format") or Path(getattr(file, "name", str(file))).suffix[1:])
        program = {"Software" if kind == "png" else "Creator": "registry-excess"}
        figure.savefig(file, **options | {"metadata": program | options.pop("metadata", {})})
        plt.close(figure)


def interval_bars(
    axis: Axes, place: Any, table: Any, inner: Any, level: float, middle: str = "median"
) -> None:
    """Draw the intervals of a table as thin bars, inner ones as thick bars, and medians as dots."""
    axis.vlines(
        place,
        table["lower"],
        table["upper"],
        color=BLUE,
        lw=1.5,
        label=say("{level}% interval", level=decimal(100 * level)),
    )
    half = say("{level}% interval", level=50)
    axis.vlines(place, inner["lower"], inner["upper"], color=BLUE, lw=5, alpha=0.45, label=half)
    axis.plot(place, table["median"], "o", color=BLUE, ms=5, mec="white", mew=0.8, label=say(middle))


def source_of(estimate: Estimate) -> str:
    """Return whose data an estimate rests on, with their vintage; empty where that is not known."""
    data = estimate.provenance.get("data") or {}
    vintage = data.get("vintage")
    source = say(str(data.get("source", "")))
    if not vintage:
        return source
    form = (
        "{source}, published {day}" if is_publication_day(estimate.provenance) else "{source}, vintage {day}"
    )
    return say(form, source=source, day=dashed(data_vintage(estimate.provenance)))


def list_note(minimum: DocumentedMinimum | None) -> str:
    """Return whose list it is, at which vintage, and of whom; empty where there is none."""
    if minimum is None:
        return ""
    return say(
        "{source}, vintage {day}: {population}", source=say(minimum.source),
        day=dashed(str(minimum.vintage)), population=say(minimum.population),
    )  # fmt: skip


def publisher_of(source: str) -> str:
    """Return who publishes a list that is known by the name of its file."""
    return LISTS.get(source, source)


def write_note(figure: Figure, *parts: str) -> None:
    """Write what bands are and where data come from at the foot of a figure of constrained layout."""
    width = int(figure.get_figwidth() * 15)
    # no mathematics in a user's source: a dollar sign is a dollar sign
    text = fill("; ".join(part for part in parts if part).replace("$", r"\$"), width)
    figure.supxlabel(text, x=0.99, ha="right", fontsize=8.3, color=GREY, linespacing=1.25)


def short_interval(kind: str) -> str:
    """Return what published bounds are without remarks: ``1 sd as published (+-2,500)`` is ``1 sd``."""
    return kind.split(" (")[0].replace(" as published", "").replace(" as printed", "")
