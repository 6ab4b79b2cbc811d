"""Court filings to declare persons missing or dead, as the press counted them."""

from __future__ import annotations

from pathlib import Path

from estimator.data.bundled import read_bundled
from estimator.data.court_filings import COLUMNS, CourtFilings
from estimator.errors import DataError
from estimator.sources.tables import read_table


def load_court_filings() -> CourtFilings:
    """Load the counts that ship with the package, 2022 to December 2025.

    Returns
    -------
    CourtFilings
        Each count with its period and the day from which it was known.
    """
    return CourtFilings(
        read_bundled("court_filings_by_period"), "court filings, press counts with their addresses"
    )


def read_court_filings(path: str | Path) -> CourtFilings:
    """Read counts of court filings, one row a count.

    Parameters
    ----------
    path : str or Path
        A table with the columns first_day, last_day, known_on (dates), persons (all or military),
        filings and, where told, identified.

    Returns
    -------
    CourtFilings
        The counts.

    Raises
    ------
    DataError
        If the file cannot be read, a column is missing, or `CourtFilings` refuses the counts.
    """
    name = Path(path).name
    table = read_table(path)
    if "identified" not in table:
        table = table.assign(identified=float("nan"))
    if missing := [column for column in COLUMNS if column not in table]:
        raise DataError(f"{name}: column {missing[0]} is missing. Add it.")
    return CourtFilings(table, name)
