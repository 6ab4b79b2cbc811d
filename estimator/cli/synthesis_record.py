"""What the joint view was made of: files, windows, priors, versions, command, and what was published."""

from __future__ import annotations

import hashlib
import shlex
from pathlib import Path
from typing import Any

import pandas as pd

from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import interval_of
from estimator.nowcast.synthesis import SEEN
from estimator.nowcast.total import deaths_through

SLACK = pd.Timedelta(days=7)
"""A total to the end of a year is set beside ours to the last week that the list shows."""
READ = (
    "rosstat_deaths_russia", "rnd2023_weekly_excess", "registry2026_weekly_estimate",
    "published_figures", "rnd2023_matched_sample", "court_filings_by_period",
)  # fmt: skip
"""Bundled tables that the joint view is made of."""


def joint_record(
    view: Estimate,
    file: Path | None,
    *,
    level: float,
    seed: int,
    draws: int,
    periods: dict[str, tuple[int, int]],
) -> dict[str, Any]:
    """Return the record of a joint view as plain values.

    Parameters
    ----------
    view : Estimate
        All sources together.
    file : Path or None
        The list that was given.
    level, seed, draws
        As `joint_report` has them.
    periods : dict
        Windows of vital registration.
    """
    from estimator.estimate.provenance import software

    windows = {name: f"{first}-{last}" for name, (first, last) in periods.items()}
    return {
        "command": _command(view, file, level, seed, draws),
        "files": _files(file),
        "windows": windows,
        "priors": _priors(),
        "versions": software(),
        "draws": view.draws.sizes["draw"],
        "published": published_totals(view, level),
    }


def published_totals(view: Estimate, level: float) -> list[dict[str, Any]]:
    """Return every published total since the invasion beside ours to the same day, a week apart at most.

    Parameters
    ----------
    view : Estimate
        All sources together.
    level : float
        Mass of our intervals.
    """
    from estimator.published.comparison import NOT_DEATHS, ages_of
    from estimator.published.figures import INVASION, date_bounds, load_published

    table, end = load_published(), pd.Timestamp(view.through)
    rows = []
    for row in table.to_dict("records"):
        first, last = date_bounds(row["period_start"])[0], date_bounds(row["period_end"])[1]
        deaths = row["kind"] != "count" and not NOT_DEATHS.search(row["quantity"])
        part = row["quantity"].startswith("of which") or "since start of" in row["quantity"]
        near = abs((first - INVASION).days) <= 7 and last <= end + SLACK
        some = row["population"] == "officers" or _is_narrow(ages_of(row["population"]))
        if not deaths or part or some or not near:
            continue
        known = str(row["published_on"])
        ours = interval_of(deaths_through(view, last), level)
        rows.append({
            "to": str(row["period_end"]), "publisher": row["publisher"], "published_on": known,
            "estimate": _number(row["estimate"]), "lower": _number(row["lower"]),
            "upper": _number(row["upper"]), "interval": row["interval_level"],
            "kind": row["kind"], "population": row["population"], "source": row["source_url"],
            "ours": ours["median"], "ours_lower": ours["lower"], "ours_upper": ours["upper"],
            "later": bool(known) and known > str(view.as_of),
        })  # fmt: skip
    return sorted(rows, key=lambda row: (row["to"], row["published_on"]))


def _is_narrow(ages: str | None) -> bool:
    """Whether ages are a band of a table, and not all men of fighting age."""
    low, _, high = (ages or "0-99").partition("-")
    return int(high) - int(low) < 20


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _command(view: Estimate, file: Path | None, level: float, seed: int, draws: int) -> str:
    words = ["estimator", "joint", "--as-of", str(view.as_of)]
    words += [] if file is None else ["--list", file.name]
    words += ["--level", f"{level:g}", "--draws", str(draws), "--seed", str(seed)]
    return shlex.join(words)


def _files(file: Path | None) -> dict[str, str]:
    from estimator.data.bundled import manifest
    from estimator.sources.named_list_vintages import find_list_file

    file = find_list_file(file)
    table = manifest()
    found = {str(table.loc[name, "path"]): str(table.loc[name, "sha256"]) for name in READ}
    if file is not None:
        found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest()} | found
    return found


def _priors() -> dict[str, str]:
    from estimator.models.named_list.declared import DeclaredPriors
    from estimator.sources.published_deaths import CAPTURE_SD

    late = DeclaredPriors()
    mean, sd = late.peacetime
    return {
        "share of the ordinary dead that vital registration sees": _beta(SEEN),
        "court filings a year in peace": f"{mean:,.0f} ({mean - 1.96 * sd:,.0f}–{mean + 1.96 * sd:,.0f})",
        "share of soldiers among filings beyond peace that show no military link": _beta(
            late.military
        ),
        "share of filings that are granted, of men who died": _beta(late.granted),
        "overlap: share of men declared dead whom the ordinary deaths hold already": _beta(
            late.overlap
        ),
        "error that all figures of one registry publication share, where none was published": (
            f"{CAPTURE_SD:.0%} (one standard deviation)"
        ),
    }


def _beta(parameters: tuple[float, float]) -> str:
    from scipy.stats import beta

    middle, low, high = beta.ppf([0.5, 0.025, 0.975], *parameters)
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"
