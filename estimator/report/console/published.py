"""Published figures and ours: for the terminal, as plain values, and in Markdown."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from rich.text import Text

from estimator.report.console import Columns, table
from estimator.report.plots.style import short_interval
from estimator.sources.remote import RemoteFile

FOLDED = ("period, people", "published by, on", "figure", "quantity, source")
"""Headings in the terminal, where two things share a column: nothing is cut at 80 columns."""
WHAT = {
    "same period and population": "Same period and population: ours and what was published",
    "same period, other population": "Same period, other populations: not the same quantity as ours",
    "other period or quantity": "Other periods or quantities: listed without ours",
}


def comparison_tables(rows: pd.DataFrame, *, everything: bool = True) -> Iterator[Columns]:
    """Yield one table a group of comparability, of the rows of `compare_with_published`.

    Unless `everything` is shown, figures of other ages, people and periods than ours are left out.
    """
    chosen = rows
    if not everything:
        chosen = rows[rows["group"] == rows["group"].iloc[0]]
        chosen = chosen[chosen["ages"] == chosen["ages"].iloc[0]]
    for group, part in chosen.groupby("group", sort=False):
        cells = []
        for row in part.to_dict("records"):
            period, people, publisher, vintage, kind, figure, quantity = _cells(row)
            source = urlsplit(row["source"]).netloc or row["source"]
            written = (
                f"{period}\n{people}", f"{publisher}\n{vintage}", f"{figure}\n{kind}".strip(),
                f"{quantity}\n{source}",
            )  # fmt: skip
            cells.append([Text(cell, "bold" if row["ours"] else "") for cell in written])
        more = f"{len(rows) - len(chosen)} more figures, of other ages, people and periods: "
        caption = f"{more}estimator compare --all" if len(chosen) < len(rows) else None
        yield table(WHAT[str(group)], FOLDED, cells, text=4, caption=caption, show_lines=True)


def figures_table(figures: pd.DataFrame) -> Columns:
    """Lay out published figures: whose, of what and whom, for which period, with source and kind."""
    rows = []
    for row in figures.to_dict("records"):
        spread = "" if pd.isna(row["lower"]) else f"{row['lower']:,.0f} to {row['upper']:,.0f}"
        value = "" if pd.isna(row["estimate"]) else f"{row['estimate']:,.0f}"
        source = urlsplit(row["source_url"].split(" ")[0]).netloc or row["source_url"]
        people = row["population"] or "not stated"
        rows.append((
            f"{row['period_start']} to {row['period_end']}\n{people}",
            f"{row['publisher']}\n{row['published_on']}",
            "\n".join(filter(None, (value, spread, row["kind"]))), f"{row['quantity']}\n{source}",
        ))  # fmt: skip
    return table(f"{len(figures)} published figures", FOLDED, rows, text=4, show_lines=True)


def remote_lines(files: Iterable[RemoteFile], folder: Path) -> Iterator[Text]:
    """Yield the public files that `estimator fetch` can bring, two lines each."""
    yield Text(f"Public files; kept in {folder}")
    for file in files:
        checksum = "checksum known" if file.sha256 else "checksum unknown"
        how = "" if file.address else ", by hand"
        yield Text.assemble((file.name, "bold"), f"  {file.what}")
        yield Text(f"    {file.page}{how}; {checksum}; licence: {file.licence}", "dim")


def comparison_markdown(rows: pd.DataFrame) -> str:
    """Write the rows as Markdown: a heading and a table of four columns a group of comparability."""
    lines: list[str] = []
    for group, part in rows.groupby("group", sort=False):
        lines += [f"## {WHAT[str(group)]}", "", "| period | published by | figure | of whom, what |"]
        lines.append("|---|---|---|---|")
        for row in part.to_dict("records"):
            _, people, name, vintage, kind, _, quantity = map(_plain, _cells(row))
            whom, day = _link(row["source"], name), vintage.split(",")[0]
            published = f"{whom}, {day}" + ("" if kind == "estimate" else f" ({kind})")
            figure = _plain(_figure(row | {"interval": short_interval(row["interval"])}))
            cells = [row["period"], published, figure, f"{people}; {quantity}"]
            lines.append("| " + " | ".join(f"**{one}**" if row["ours"] else one for one in cells) + " |")
        lines.append("")
    return "\n".join(lines)


def _plain(cell: str) -> str:
    return cell.replace("|", "\\|").replace("<", "&lt;").replace("~", "\\~")


def _link(source: str, name: str) -> str:
    """Return a name as a link to the address that a source begins with, or the name alone."""
    return f"[{name}]({source.split(' ')[0]})" if urlsplit(source).netloc else name


def _figure(row: dict[str, Any]) -> str:
    figure = [] if pd.isna(row["estimate"]) else [f"{row['estimate']:,.0f}"]
    if pd.notna(row["lower"]):
        bounds = f"{row['lower']:,.0f} to {row['upper']:,.0f}; {row['interval']}"
        figure.append(f"({bounds})" if figure else bounds)
    return " ".join(figure)


def _cells(row: dict[str, Any]) -> list[str]:
    vintage, period, people = row["vintage"] or "not stated", row["period"], row["population"]
    return [period, people, row["name"], vintage, row["kind"], _figure(row), row["quantity"]]
