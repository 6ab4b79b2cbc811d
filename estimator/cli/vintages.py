"""Where the commands find the named list."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from estimator.data.minimum import parse_vintage
from estimator.errors import VintageError

if TYPE_CHECKING:
    from estimator.data.named_list import ListVintages

VINTAGES = "named_list_vintages_weekly.csv"


def list_vintages(file: Path | None) -> ListVintages:
    """Return the list in a file, else in ESTIMATOR_DATA, else the bundled vintage."""
    from estimator.sources.named_list_vintages import (
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


def known_vintages(file: Path | None, as_of: str | None) -> ListVintages:
    """Return the list of `list_vintages`, which must have been seen by a day.

    Raises
    ------
    VintageError
        If the list was first seen later.
    """
    vintages = list_vintages(file)
    first = vintages.vintages[0].date()
    if as_of is not None and parse_vintage(as_of) < first:
        raise VintageError(
            f"{vintages.source}: nothing is known as of {as_of}; the first vintage is {first}. Ask for "
            "that day or a later one, or give a list with earlier vintages: --list FILE, or the folder "
            f"ESTIMATOR_DATA with {VINTAGES} in it. `estimator fetch` names the public copies of the "
            "list (named-list-DAY) that such a table can be made from."
        )
    return vintages
