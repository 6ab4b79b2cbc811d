"""Forest plot: our estimate and published figures of the same periods."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from estimator.report.plots.style import BLUE, GREEN, GREY, ORANGE, canvas, is_narrow, short_interval
from estimator.report.prose import dashed, persons_axis, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOUR = {"estimate": GREEN, "minimum": GREEN, "claim": GREY, "count": GREY}
MARKER = {"estimate": "o", "minimum": ">", "claim": "s", "count": "s"}
"""A minimum points to the right: at least so many."""
LONGEST = 46
BARS: dict[str, dict[str, Any]] = {
    "credible or 95%": {"lw": 2.4, "ls": "-"},
    "1 SD": {"lw": 5.0, "ls": "-", "alpha": 0.45, "solid_capstyle": "butt"},
    "other range": {"lw": 1.6, "ls": ":"},
}
"""How bars of each kind are drawn: one standard deviation holds about 68%, and must not look like 95%."""


def plot_comparison(rows: pd.DataFrame, *, ax: Axes | Sequence[Axes] | None = None) -> np.ndarray:
    """Plot published figures of our periods with ours, a panel a period; single bands of age are left out.

    ``rows`` are those of `estimator.published.comparison.compare_with_published`. Figures of the same
    population are filled, of other populations hollow.
    """
    shown = _whole(rows)
    periods = list(dict.fromkeys(shown["period"]))
    counts = [int((shown["period"] == period).sum()) for period in periods]
    size = (9, (0.52 if is_narrow() else 0.27) * sum(counts) + 0.45 * len(periods) + 1.1)
    with canvas(ax, len(periods), sharex=True, figsize=size, height_ratios=counts) as drawn:
        for axis, period in zip(drawn.axes, periods):
            _panel(axis, shown[shown["period"] == period], period)
        last = drawn.axes[-1]
        last.xaxis.set_major_formatter(persons_axis)
        last.set_xlabel(say("deaths of men, persons"))
        last.set_xlim(left=min(0.0, last.get_xlim()[0]))
        drawn.legend(3, _legend(shown))
        own = shown.loc[shown["ours"], "source"].iloc[0]
        drawn.note(
            say("bars are what each publication calls its range"), say("ours: {source}", source=own),
            say("the others: as published by those named, on the dates given"),
        )  # fmt: skip
    return drawn.axes


def _whole(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of our periods, without single bands of age."""
    ours = rows[rows["ours"]]
    inside = rows["period"].isin(ours["period"]) & ~rows["group"].str.startswith("other")
    total = ours["ages"].iloc[0]
    same = rows["group"].str.startswith("same period and")
    low, high = (int(age) for age in total.split("-"))
    ages = rows["ages"].str.extract(r"^(?P<low>\d+)-(?P<high>\d+)$").astype(float)
    wide = ages["low"].isna() | (ages["high"] - ages["low"] >= high - low)
    return rows[inside & wide & (~same | (rows["ages"] == total))]


def _panel(axis: Any, rows: pd.DataFrame, period: str) -> None:
    height = np.arange(len(rows))[::-1]
    for y, row in zip(height, rows.to_dict("records")):
        same = row["group"].startswith("same period and")
        colour = BLUE if row["ours"] else ORANGE if _is_list(row) else COLOUR[row["kind"]]
        if pd.notna(row["lower"]):
            axis.plot([row["lower"], row["upper"]], [y, y], color=colour, **BARS[bar_kind(row)])
        if pd.notna(row["estimate"]):
            mark = "D" if row["ours"] else MARKER[row["kind"]]
            face = colour if same else "white"
            axis.plot(row["estimate"], y, mark, color=colour, mfc=face, ms=6, clip_on=False)
    for row in rows[rows["ours"]].to_dict("records"):
        axis.axvspan(row["lower"], row["upper"], color=BLUE, alpha=0.08, lw=0)
    labels = [_label(row) for row in rows.to_dict("records")]
    weights = ["bold" if ours else "normal" for ours in rows["ours"]]
    if is_narrow():  # labels lie above their rows
        axis.set_yticks([])
        for y, label, weight in zip(height, labels, weights):
            axis.text(0, y + 0.2, fill(label, 54), transform=axis.get_yaxis_transform(), va="bottom",
                      fontsize=8.3, weight=weight, linespacing=1)  # fmt: skip
    else:
        axis.set_yticks(height, labels, fontsize=8.5)
        for label, weight in zip(axis.get_yticklabels(), weights):
            label.set_fontweight(weight)
    axis.set_ylim(-0.7, len(rows) - 0.3)
    axis.grid(axis="y", visible=False)
    axis.set_title(dashed(period))


def bar_kind(row: dict[str, Any]) -> str:
    """Return which of `BARS` the bounds of a figure are, from its interval in words."""
    text = str(row["interval"]).casefold()
    if row["ours"] or "95%" in text:
        return "credible or 95%"
    return "1 SD" if text.startswith("1 sd") else "other range"


def _is_list(row: dict[str, Any]) -> bool:
    return "named" in row["name"] or "named" in row["quantity"]


def _label(row: dict[str, Any]) -> str:
    if row["ours"]:
        ages, mass = dashed(row["ages"]), row["interval"].partition(" ")[0]
        return say("registry-excess (men {ages}, {mass})", ages=ages, mass=mass)
    name = say(row["name"])
    who = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
    people = say("men {ages}", ages=dashed(row["ages"])) if row["ages"] else row["population"]
    people = people if len(people) <= 16 else (say("all ages") if "all ages" in people else people[:16])
    when = row["vintage"][:7] or say("undated")
    kind = "" if row["interval"] == "none published" else f", {say(short_interval(row['interval']))}"
    return f"{who}, {when}{_route(row['quantity'])} ({people}{kind})"


def _route(quantity: str) -> str:
    """Return from which records a figure was made, where its publisher has several."""
    records = [word for word in ("registry", "Rosstat") if word in quantity]
    return f", {records[0]}" if records else ""


def _legend(rows: pd.DataFrame) -> list[Any]:
    from matplotlib.lines import Line2D

    def mark(label: str, colour: str, marker: str, **style: Any) -> Any:
        return Line2D([], [], color=colour, marker=marker, ls="", label=say(label), **style)

    handles = [mark("ours", BLUE, "D")]
    for kind, name in (("estimate", "published estimate"), ("minimum", "published as a minimum")):
        if (~rows["ours"] & (rows["kind"] == kind)).any():
            handles.append(mark(name, COLOUR[kind], MARKER[kind]))
    if any(map(_is_list, rows.to_dict("records"))):
        handles.append(mark("named dead", ORANGE, ">", mfc="white"))
    handles.append(mark("other populations", GREY, "o", mfc="white"))
    bounded = {bar_kind(row) for row in rows[rows["lower"].notna()].to_dict("records")}
    for kind in BARS:
        if kind in bounded:
            handles.append(Line2D([], [], color=GREY, label=say("bar: {kind}", kind=say(kind)), **BARS[kind]))
    return handles
