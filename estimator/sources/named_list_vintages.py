"""The vintages of the named list: names by week of death as seen at many dates."""

from pathlib import Path

import pandas as pd

from estimator.data.bundled import read_bundled
from estimator.data.named_list import NamedListVintages
from estimator.errors import DataError
from estimator.sources.columns import Table, join_year
from estimator.sources.named_list import KEEPER, POPULATION
from estimator.sources.running_totals import read_new_counts

COLUMNS = {
    "vintage": ("vintage_first_seen", "seen", "as_of", "snapshot", "дата версии"),
    "week": ("week_of_death_start_thu", "week_start", "week_of_death", "неделя", "неделя смерти"),
    "year": ("iso_year", "год"),
    "count": ("named", "names", "deaths", "dead", "confirmed", "n", "число", "количество"),
}


def read_list_vintages(
    path: str | Path | pd.DataFrame,
    *,
    source: str | None = None,
    totals: pd.Series | None = None,
    cumulative: bool | None = None,
) -> NamedListVintages:
    """Read names by week of death and vintage, one row a cell.

    Columns, under these names or usual others: vintage (when the list was seen), week (first day of
    the week of death), count. Rows may be in any order; a week that a vintage does not show is
    not known, except between weeks that it shows, where it is zero. `source` says who keeps the list
    (by default the file's name), `totals` are those of `load_list_totals`. Where `cumulative`, counts are all
    names up to each week, of which the first is then not known; by default such counts are refused.
    """
    table = join_year(Table.read(path, COLUMNS, ["vintage", "week", "count"]))
    name = table.name
    cells = table.assign(
        vintage=table.days("vintage"),
        week=table.days("week", weeks=True),
        count=table.number(
            "count", whole=True, least=0, remedy="Write how many names, zero where there are none."
        ),
    )
    _check_cells(cells)
    new = read_new_counts(
        cells, "count", ["vintage"], "week", cumulative=cumulative,
        remedy="Give the names of each week of death, not all up to it.",
    )  # fmt: skip
    frame = cells.frame.assign(count=new)
    if cumulative:
        frame = frame[frame["week"] > frame.groupby("vintage")["week"].transform("min")]
    counts = frame.pivot(index="week", columns="vintage", values="count").sort_index()
    weeks = pd.date_range(counts.index[0], counts.index[-1], freq="7D", name="week")
    if strange := sorted(set(counts.index) - set(weeks)):
        raise DataError(
            f"{name}: column {table.columns['week']}: {strange[0].date()} is another day of the week than "
            f"{weeks[0].date()}. Write the first day of each week."
        )
    counts = counts.sort_index(axis=1).reindex(weeks)
    inside = counts.bfill().notna() & counts.ffill().notna()
    counts = counts.mask(inside & counts.isna(), 0.0)
    vintages = counts.set_axis([day.date() for day in counts.columns], axis=1)
    if totals is not None:
        totals = totals[totals.index <= counts.columns[-1]]
    return NamedListVintages(vintages, source or name, totals, POPULATION)


def load_list_totals(publisher: str = KEEPER) -> pd.Series:
    """Load all names on the list, undated ones among them, by the date they were published.

    ``"Mediazona"`` and ``"BBC"`` publish on other days and disagree by thousands. A total that is less
    than an earlier one is kept, as published.
    """
    series = read_bundled("named_list_series")
    series = series[series["publisher"] == publisher].drop_duplicates("date", keep="last")
    days = pd.DatetimeIndex(pd.to_datetime(series["date"]), name="vintage")
    return pd.Series(series["count"].to_numpy(float), index=days, name="names").sort_index()


def load_dead_by_age_and_unit() -> pd.DataFrame:
    """Load the named dead of the vintage 2023-04-12, by age band (then ``unknown``) and kind of unit.

    The months of the table are of confirmation, not of death, and are added up.
    """
    table = read_bundled("named_dead_2023_04_by_month_age_unit")
    frame = table.pivot_table(
        index="age_group", columns="unit_type", values="n", aggfunc="sum", fill_value=0
    ).rename_axis(index="age", columns="unit")
    source = "A. Bessudnov, of the list of Mediazona and BBC"
    frame.attrs = {"vintage": "2023-04-12", "source": source}
    return frame


def _check_cells(cells: Table) -> None:
    week, vintage = cells["week"], cells["vintage"]
    cells.check(
        "week", week > vintage,
        lambda at: f"the week of death {week.iloc[at].date()} begins after the vintage "
        f"{vintage.iloc[at].date()}",
        "Correct the week, or the vintage.",
    )  # fmt: skip
    cells.check(
        "week", cells.repeated_cells("vintage", "week"),
        lambda at: f"week {week.iloc[at].date()} is given twice at vintage {vintage.iloc[at].date()}",
        "Keep one row, or add the counts up.",
    )  # fmt: skip
