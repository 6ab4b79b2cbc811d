"""Court filings to declare persons missing or dead, as the press counted them."""

from pathlib import Path

import pandas as pd

from estimator.data.bundled import read_bundled
from estimator.data.court_filings import COLUMNS, CourtFilings
from estimator.sources.columns import Table


def load_court_filings() -> CourtFilings:
    """Load the counts that ship with the package, 2022 to December 2025."""
    return CourtFilings(
        read_bundled("court_filings_by_period"), "court filings, press counts with their addresses"
    )


def read_court_filings(path: str | Path | pd.DataFrame) -> CourtFilings:
    """Read counts of court filings, one row a count, with the columns of `CourtFilings`.

    The column identified may be missing.
    """
    table = Table.read(path, dict.fromkeys(COLUMNS, ()), COLUMNS[:-1])
    if "identified" not in table:
        table = table.assign(identified=float("nan"))
    return CourtFilings(table.frame, table.name)
