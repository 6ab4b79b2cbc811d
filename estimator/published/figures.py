"""Published figures on Russian losses, to compare an estimate of the same period with."""

import re

import pandas as pd

from estimator.data.bundled import read_bundled
from estimator.errors import DataError

COLUMNS = (
    "id", "publisher", "published_on", "quantity", "period_start", "period_end", "population", "estimate",
    "lower", "upper", "interval_level", "kind", "source_url", "note",
)  # fmt: skip
NUMBERS = ("estimate", "lower", "upper")
BELLIGERENTS = ("Ukrainian General Staff", "Russian MoD")
INVASION = pd.Timestamp(2022, 2, 24)
PRECISION = {4: "year", 7: "month", 10: "day"}


def date_bounds(text: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and last day that ``2024-05-31``, ``2024-05`` or ``2024`` can mean."""
    if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", text):
        raise DataError(f"date {text!r} is not understood. Write 2024-05-31, 2024-05 or 2024.")
    try:
        period = pd.Period(text)
    except ValueError as wrong:
        raise DataError(f"date {text!r} is not in the calendar. Correct it.") from wrong
    return period.start_time, period.end_time.normalize()


def load_published(quantity: str | None = None) -> pd.DataFrame:
    """Return the bundled published figures, one row a statement.

    Parameters
    ----------
    quantity : str, optional
        Keep the rows whose quantity contains this text, in any case: ``"probate registry"``.

    Returns
    -------
    pandas.DataFrame
        id, publisher, published_on, quantity, period_start, period_end, population, estimate,
        lower, upper, interval_level, kind, source_url, note, published_precision. Dates stay text
        as given, with a day, a month or a year (published_precision says which; ``not stated``
        where there is none); numbers that were not given are NaN, texts empty. interval_level says
        what a range is: many are one standard deviation or no interval at all.

    Raises
    ------
    DataError
        If no row has that quantity.

    Notes
    -----
    Kinds. ``minimum``: at least so many, be it a list of names or an estimate given as a lower
    bound. ``estimate``: a best value or a range, whoever made it. ``claim``: a number stated by a
    party to the war without a method (Ukrainian General Staff, Russian Ministry of Defence).
    ``count``: a tally of something other than deaths, such as court filings. The table has claims
    and tallies of names as ``count`` too; publisher and quantity distinguish them.
    """
    table = read_bundled("published_figures")
    texts = [name for name in COLUMNS if name not in NUMBERS]
    table[texts] = table[texts].astype(object).where(table[texts].notna(), "")
    table[list(NUMBERS)] = table[list(NUMBERS)].astype(float)
    counted = table["kind"] == "count"
    table.loc[counted & table["publisher"].isin(BELLIGERENTS), "kind"] = "claim"
    table.loc[counted & table["quantity"].str.startswith("named dead"), "kind"] = "minimum"
    table["published_precision"] = table["published_on"].str.len().map(PRECISION)
    table["published_precision"] = table["published_precision"].fillna("not stated")
    table = table[[*COLUMNS, "published_precision"]]
    if quantity is None:
        return table
    named = table["quantity"].str.contains(quantity, case=False, regex=False)
    if not named.any():
        published = "; ".join(sorted(table["quantity"].unique()))
        raise DataError(f"no published figure has quantity {quantity!r}. There are: {published}.")
    return table[named].reset_index(drop=True)


def comparable(
    period_start: str, period_end: str, *, quantity: str | None = None, tolerance_days: int = 7
) -> pd.DataFrame:
    """Return the published figures of a period, which ``2022`` to ``2022`` or two days give.

    Both ends agree within the tolerance, a week by default since registry weeks overlap the year's end. There
    were no war dead before 24 February 2022, so earlier starts count as that day: a calendar year 2022
    compares with 2022-02-24 to 2022-12-31. A date known only to the month or year compares only if every
    day it can mean does. Losses that include wounded are among the figures unless a quantity is named.
    """
    start, end = date_bounds(period_start)[0], date_bounds(period_end)[1]
    if end < start:
        raise DataError(f"the period ends ({period_end}) before it starts ({period_start}).")
    figures = load_published(quantity)
    tolerance = pd.Timedelta(days=tolerance_days)

    def agrees(text: str, day: pd.Timestamp, floor: pd.Timestamp) -> bool:
        expected = max(day, floor)
        return all(abs(max(bound, floor) - expected) <= tolerance for bound in date_bounds(text))

    same = [
        agrees(begins, start, INVASION) and agrees(ends, end, pd.Timestamp.min)
        for begins, ends in zip(figures["period_start"], figures["period_end"])
    ]
    return figures[same].reset_index(drop=True)


def vital_figures() -> pd.DataFrame:
    """Return the published estimates of men under 50 in 2022 and 2023, to compare the vital route with.

    Columns period (``2022``, ``2023``, ``2022-2023``), name, interval (what the bounds are), estimate, lower,
    upper, in persons.
    """
    table = load_published().set_index("id")
    periods = {"2022": "2022", "2023": "2023", "2022-2023": "total"}
    kobak = table.loc[[f"kobak-2025-{suffix}" for suffix in periods.values()], list(NUMBERS)]
    by_year = table.loc[["rnd-2026-05-2022", "rnd-2026-05-2023"], "estimate"].tolist()
    registry = pd.DataFrame({"estimate": [*by_year, sum(by_year)]}).reindex(columns=list(NUMBERS))
    figures = pd.concat([
        kobak.assign(period=list(periods), name="Kobak et al. 2025", interval="1 SD"),
        registry.assign(
            period=list(periods), name="registry, May 2026", interval="none published"
        ),
    ])  # fmt: skip
    return figures[["period", "name", "interval", *NUMBERS]].reset_index(drop=True)
