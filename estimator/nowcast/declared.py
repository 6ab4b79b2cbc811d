"""Court-declared deaths, as known on a day, and their sum with those that the registry estimate holds."""

from datetime import date

import numpy as np
import pandas as pd
import xarray as xr

from estimator.data.court_filings import CourtFilings
from estimator.data.periods import parse_vintage
from estimator.errors import DataError
from estimator.estimate.described import software
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import interval_of
from estimator.models.named_list.declared import DeclaredPriors, sample_declared

OVERLAPS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
"""Overlaps at which the total is shown for sensitivity."""
STEPS = ("beyond_peace", "military", "declared", "overlap_share")
"""What is drawn on the way from filings to deaths: persons, and a share."""


def declared_deaths(
    filings: CourtFilings, *, as_of: date | str, seed: int, draws: int = 3000,
    priors: DeclaredPriors | None = None,
) -> Estimate:  # fmt: skip
    """Return court-declared deaths from counts known by a day, each step from filings to deaths a part."""
    known, day = filings.as_of(as_of), parse_vintage(as_of)
    rows, rng = known.latest(), np.random.default_rng(seed)
    table = sample_declared(rows, priors or DeclaredPriors(), draws, rng)
    first, last = rows["first_day"].min().date(), rows["last_day"].max().date()
    seen = str(rows["known_on"].max().date())
    cells = {name: (("chain", "draw"), table[name].to_numpy()[None]) for name in STEPS}
    provenance = {
        "model": "court-declared deaths", "seed": seed, "as_of": str(day),
        "data": {"source": known.source, "vintage": seen},
        "filings": {
            "known_on": seen, "filings": int(rows["filings"].sum()),
            "persons": str(rows["persons"].iloc[0]), "filed_until": str(last),
        },
        "versions": software(),
    }  # fmt: skip
    return Estimate(
        draws=xr.Dataset(cells, coords={"chain": [0], "draw": np.arange(draws)}),
        quantity="declared", unit="deaths", provenance=provenance, ages="all",
        diagnostics={"engine": "simulation", "converged": True},
        years=tuple(range(first.year, last.year + 1)), dates=(str(first), str(last)),
    )  # fmt: skip


def total_with_declared(
    ordinary: np.ndarray, declared: np.ndarray, overlap_share: np.ndarray, *, guard: bool = True
) -> np.ndarray:
    r"""Return :math:`\text{ordinary} + \text{declared} - \text{overlap}`, draw by draw.

    The overlap is a share of the court-declared deaths, and never more than the ordinary ones. Without
    the guard the two are added as if no man were in both: the mistake, for simulations that show it.
    """
    parts = [np.asarray(part, float) for part in (ordinary, declared, overlap_share)]
    if len({part.shape for part in parts}) != 1:
        raise DataError(
            f"draws of ordinary, declared and overlap differ in number: {[p.shape for p in parts]}. "
            "Take as many of each."
        )
    if not all(np.isfinite(part).all() and (part >= 0).all() for part in parts):
        raise DataError("ordinary, declared and overlap must be numbers of at least zero.")
    ordinary, declared, share = parts
    if (share > 1).any():
        raise DataError(f"an overlap of {share.max():.3g} is more than all declared deaths. Write 0.2.")
    overlap = np.minimum(share * declared, ordinary) if guard else 0.0
    return ordinary + declared - overlap


def sensitivity(
    ordinary: np.ndarray, declared: np.ndarray, *, overlaps: tuple[float, ...] = OVERLAPS,
    level: float = 0.95,
) -> pd.DataFrame:  # fmt: skip
    """Return the total at fixed overlaps: median, lower and upper (equal-tailed), by overlap."""
    rows = [
        interval_of(total_with_declared(ordinary, declared, np.full(len(declared), share)), level)
        for share in overlaps
    ]
    return pd.DataFrame(rows, index=pd.Index(overlaps, name="overlap"))
