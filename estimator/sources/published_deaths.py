"""Published estimates of war deaths from the inheritance registry, by date of publication."""

import numpy as np
import pandas as pd

from estimator.data.bundled import manifest, read_bundled
from estimator.data.evidence import DeathsEvidence
from estimator.data.periods import parse_vintage

CAPTURE_SD = 0.08
"""Shared error, in logs, where none was published: that of the intervals of July 2023."""
TOTALS = {
    "Mediazona and Meduza, February 2024": ("rnd-2024-02-2023end",),
    "Mediazona and Meduza, February 2025": ("rnd-2025-02-2022", "rnd-2025-02-2023",
                                            "rnd-2025-02-2024"),
    "Mediazona and Meduza, August 2025": ("rnd-2025-08-2023", "rnd-2025-08-2024",
                                          "rnd-2025-08-total"),
}  # fmt: skip
"""Publications of totals: rows of the published figures. Those made from the list are not among them."""
FORECAST_FROM = "2025-07-01"
"""In the series of May 2026 the second half of 2025 is a forecast."""
FORECAST = "registry, foreseen"
FORECAST_SD = 0.3
"""Its error, in logs. In that series 26 weeks differ from the quarter before with an sd of 0.43; half of
that variance is left, since the forecast knew cases and names."""


def load_evidence() -> list[DeathsEvidence]:
    """Load the registry's published estimates of war deaths, oldest first.

    Weekly: July 2023, and May 2026 with its forecast apart; totals: February 2024, February and August
    2025. Their shared error is the width of the published interval, or else `CAPTURE_SD`.
    """
    anchors = [_weekly_2023(), *(_totals(name) for name in TOTALS), *_weekly_2026()]
    return sorted(anchors, key=lambda anchor: anchor.published_on)


def _weekly_2023() -> DeathsEvidence:
    table = read_bundled("rnd2023_weekly_excess")
    width = np.log(table["upper95"] / table["lower95"]) / 3.92
    return DeathsEvidence(
        "Meduza and Mediazona, July 2023, weekly",
        parse_vintage(manifest().loc["rnd2023_weekly_excess", "published_on"]),
        _weeks(table["week_start"], table["excess_deaths"]),
        common_sd=float(np.average(width, weights=table["excess_deaths"])),
        item_sd=None,
    )


def _weekly_2026() -> list[DeathsEvidence]:
    table = read_bundled("registry2026_weekly_estimate")
    seen = table["week"] < FORECAST_FROM
    published = parse_vintage(manifest().loc["registry2026_weekly_estimate", "published_on"])
    return [
        DeathsEvidence(
            f"Mediazona and Meduza, May 2026, {kind}",
            published,
            _weeks(part["week"], part["estimate"]),
            common_sd=sd,
            item_sd=None,
            family=family,
            holds_late=True,
        )
        for kind, part, sd, family in (
            ("weekly", table[seen], CAPTURE_SD, "registry"),
            ("forecast", table[~seen], float(np.hypot(CAPTURE_SD, FORECAST_SD)), FORECAST),
        )
    ]


def _weeks(start: pd.Series, deaths: pd.Series) -> pd.DataFrame:
    first = pd.to_datetime(start)
    return pd.DataFrame({"start": first, "end": first + pd.Timedelta(days=6), "deaths": deaths})


def _totals(name: str) -> DeathsEvidence:
    figures = read_bundled("published_figures").set_index("id").loc[list(TOTALS[name])]
    width = np.log(figures["upper"].astype(float) / figures["lower"].astype(float)) / 3.92
    stated = width[figures["interval_level"].astype(str).str.startswith("95%")]
    names = {"period_start": "start", "period_end": "end", "estimate": "deaths"}
    published = parse_vintage(str(figures["published_on"].iloc[0]))
    sd = float(stated.mean()) if len(stated) else CAPTURE_SD
    return DeathsEvidence(name, published, figures.rename(columns=names), common_sd=sd)
