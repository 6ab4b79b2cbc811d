"""Record the present's figures anew, where a change is meant: ``python tests/record_present.py``."""

from pathlib import Path

import numpy as np
import pandas as pd

from estimator.nowcast.declared import declared_deaths, total_with_declared
from estimator.nowcast.flash import flash
from estimator.nowcast.weeks import weeks_of
from estimator.sources.court_filings import load_court_filings
from estimator.sources.named_list_vintages import load_bundled_vintage
from estimator.sources.published_deaths import load_evidence

FILE = Path(__file__).with_name("recorded_present.csv")
QUANTILES = {"median": 0.5, "lower": 0.025, "upper": 0.975}
BLOCKS = 10
ORDINARY = 220_000
"""Published in August 2025; here without error, so that the total is the courts' doing."""


def present_figures(seed=1):
    """Return flash of the bundled list, court-declared deaths and a total with known ordinary deaths."""
    weeks = flash(load_bundled_vintage(), load_evidence(), as_of="2026-05-22", seed=seed)
    courts = declared_deaths(load_court_filings(), as_of="2025-12-05", seed=seed)
    declared, share = (courts.select(part).array() for part in ("declared", "overlap_share"))
    seen = weeks_of(weeks) < "2025-07-01"
    draws = {
        "flash to 2025-12-28": weeks.array().sum(axis=0),
        "flash to 2025-07-06": weeks.array()[seen].sum(axis=0),
        "declared late by 2025-12-05": declared,
        "total of 220,000 and those": total_with_declared(
            np.full(len(share), float(ORDINARY)), declared, share
        ),
    }
    rows = [
        (name, "all", statistic, np.quantile(values, at), _error(values, at))
        for name, values in draws.items()
        for statistic, at in QUANTILES.items()
    ]
    return pd.DataFrame(rows, columns=["period", "age", "statistic", "value", "error"])


def _error(values, at):
    # draws that share one draw of the list stand together: blocks keep them so
    parts = [np.quantile(block, at) for block in np.array_split(values, BLOCKS)]
    return np.std(parts, ddof=1) / np.sqrt(BLOCKS)


if __name__ == "__main__":
    present_figures().round(2).to_csv(FILE, index=False)
    print(f"wrote {FILE.name}: say in CHANGELOG.md what moved and why")
