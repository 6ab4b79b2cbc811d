"""Where the commands find the named list."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from estimator.list_vintages import ListVintages

VINTAGES = "named_list_vintages_weekly.csv"


def list_vintages(file: Path | None) -> ListVintages:
    """Return the list in a file, else in ESTIMATOR_DATA, else the bundled vintage."""
    from estimator.sources.list_vintages import (
        load_bundled_vintage,
        load_list_totals,
        read_list_vintages,
    )

    folder = os.environ.get("ESTIMATOR_DATA")
    if file is None and folder and (Path(folder) / VINTAGES).is_file():
        file = Path(folder) / VINTAGES
    if file is None:
        return load_bundled_vintage()
    # the totals published are those of the list that the file of this name holds
    totals = load_list_totals() if file.name == VINTAGES else None
    return read_list_vintages(file, totals=totals)
