"""Published figures beside ours: for the terminal, as plain values, and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from rich.table import Table

HEADINGS = ("period", "people", "published by", "vintage", "kind", "figure", "quantity", "source")
MIN_WIDTH = {"published by": 15, "vintage": 10, "figure": 16}
WHAT = {
    "same period and population": "Same period and population: ours beside what was published",
    "same period, other population": "Same period, other people: not the same quantity as ours",
    "other period or quantity": "Other periods or quantities: listed without ours",
}


def comparison_tables(rows: pd.DataFrame) -> Iterator[Table]:
    """Yield one table a group of comparability.

    Parameters
    ----------
    rows : DataFrame
        As `estimator.published.beside.beside` returns it.
    """
    for group, part in rows.groupby("group", sort=False):
        table = Table(title=WHAT[str(group)], title_justify="left")
        for heading in HEADINGS:
            table.add_column(heading, overflow="fold", min_width=MIN_WIDTH.get(heading))
        for row in part.to_dict("records"):
            cells = [*_cells(row), urlsplit(row["source"]).netloc or row["source"]]
            table.add_row(*cells, style="bold" if row["ours"] else None)
        yield table


def comparison_document(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain values, ready for JSON: None where no number was published.

    Parameters
    ----------
    rows : DataFrame
        As for `comparison_tables`.
    """
    plain = rows.astype(object).where(rows.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in plain.to_dict("records")]


def comparison_markdown(rows: pd.DataFrame) -> str:
    """Write the rows as Markdown: a heading and a table a group of comparability.

    Parameters
    ----------
    rows : DataFrame
        As for `comparison_tables`.
    """
    lines: list[str] = []
    for group, part in rows.groupby("group", sort=False):
        lines += [f"## {WHAT[str(group)]}", ""]
        lines += ["| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
        for row in part.to_dict("records"):
            cells = [_plain(cell) for cell in _cells(row)]
            cells = [f"**{cell}**" if row["ours"] and cell else cell for cell in cells]
            lines.append("| " + " | ".join([*cells, _link(row["source"])]) + " |")
        lines.append("")
    return "\n".join(lines)


def _plain(cell: str) -> str:
    return cell.replace("|", "\\|").replace("<", "&lt;").replace("~", "\\~")


def _link(source: str) -> str:
    address = urlsplit(source)
    if not address.netloc:
        return _plain(source)
    first, _, rest = source.partition(" ")
    return f"[{address.netloc}]({first}) {_plain(rest)}".strip()


def _cells(row: dict[str, Any]) -> list[str]:
    figure = [] if pd.isna(row["estimate"]) else [f"{row['estimate']:,.0f}"]
    if pd.notna(row["lower"]):
        bounds = f"{row['lower']:,.0f} to {row['upper']:,.0f}; {row['interval']}"
        figure.append(f"({bounds})" if figure else bounds)
    return [
        row["period"],
        row["population"],
        row["name"],
        row["vintage"] or "not stated",
        row["kind"],
        " ".join(figure),
        row["quantity"],
    ]
