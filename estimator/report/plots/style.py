"""How all plots look: one palette, one context that leaves the user's rcParams as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from estimator.data.minimum import DocumentedMinimum
from estimator.estimate.estimate import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#5F6670"
"""Okabe and Ito's colours, told apart by all common forms of colour blindness.

Ours is blue, named dead are orange, figures that others published green, all else grey.
"""
LISTS = {
    "named_list_vintages_weekly.csv": "named list of Mediazona and the BBC News Russian Service"
}
"""Files of lists that others publish, by name."""
SHEET = Path(__file__).with_name("registry.mplstyle")


@contextmanager
def house_style() -> Iterator[Any]:
    """Draw in the style of this project, and leave no trace of it.

    Figures drawn inside are the caller's alone: pyplot forgets them, so that a notebook shows what a
    function returns once and not twice, and a study that draws hundreds keeps none.
    """
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    before = set(plt.get_fignums())
    try:
        with mpl.rc_context(fname=SHEET):
            yield plt
    finally:
        for number in set(plt.get_fignums()) - before:
            plt.close(number)


def source_of(estimate: Estimate) -> str:
    """Say whose data an estimate rests on, with their vintage; empty where it does not know.

    Parameters
    ----------
    estimate : Estimate
        With provenance.
    """
    data = estimate.provenance.get("data") or {}
    vintage = data.get("vintage")
    return f"{data.get('source', '')}{f' (vintage {vintage})' if vintage else ''}"


def list_note(minimum: DocumentedMinimum | None) -> str:
    """Say whose list it is, at which vintage, and of whom; empty where there is none.

    Parameters
    ----------
    minimum : DocumentedMinimum or None
        The named list.
    """
    if minimum is None:
        return ""
    return f"{minimum.source}, vintage {minimum.vintage}: {minimum.population}"


def publisher_of(source: str) -> str:
    """Say who publishes a list that is known by the name of its file.

    Parameters
    ----------
    source : str
        As an object holds it.
    """
    return LISTS.get(source, source)


def write_note(figure: Figure, *parts: str) -> None:
    """Write what bands are and where data come from at the foot of a figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        With constrained layout, which keeps the room.
    parts : str
        Joined by semicolons; empty ones are left out.
    """
    width = int(figure.get_figwidth() * 17)
    # no mathematics in a user's source: a dollar sign is a dollar sign
    text = fill("; ".join(part for part in parts if part).replace("$", r"\$"), width)
    figure.supxlabel(text, x=0.99, ha="right", fontsize=7.5, color=GREY, linespacing=1.25)


def mark_unconverged(figure: Figure, estimate: Estimate) -> None:
    """Write NOT CONVERGED across a figure whose estimate failed its test.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn already.
    estimate : Estimate
        What it shows.
    """
    if not estimate.converged:
        figure.text(
            0.5, 0.5, "NOT CONVERGED", rotation=25, ha="center", va="center", fontsize=38,
            color=ORANGE, alpha=0.4,
        )  # fmt: skip


def short_interval(kind: str) -> str:
    """Return what published bounds are without its remarks, for the narrow room of a plot.

    Parameters
    ----------
    kind : str
        As published: ``1 sd as published (+-2,500)`` becomes ``1 sd``.
    """
    return kind.split(" (")[0].replace(" as published", "").replace(" as printed", "")
