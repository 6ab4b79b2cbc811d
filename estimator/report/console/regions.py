"""Regions and roles for the terminal."""

from collections.abc import Iterator
from typing import Any

from estimator.report.console import records_table, table
from estimator.report.prose import persons


def _bounds(row: dict[str, Any], name: str, form: str = "{:,.0f}") -> str:
    low, high = (form.format(row[f"{name}_{end}"]) for end in ("lower", "upper"))
    return f"{form.format(row[name])} ({low} to {high})"


def _interval(one: dict[str, float]) -> str:
    return f"{persons(one['median'])} ({persons(one['lower'])} to {persons(one['upper'])})"


def regions_parts(document: dict[str, Any]) -> Iterator[Any]:
    """Yield what `estimator report regions` prints: the sum, each region, the published year, statements."""
    mass = f"{100 * document['interval']['level']:g}% credible interval"
    years = "-".join(str(year) for year in sorted({document["years"][0], document["years"][-1]}))
    yield (
        f"{document['place']}, excess of ages {document['ages']}, {years}, {len(document['regions'])} "
        f"regions together: {_interval(document['sum'])}, {mass}; data vintage {document['vintage']}"
    )
    yield (
        f"{document['complete_regions']} regions with every year: "
        f"{_interval(document['sum_of_complete_regions'])}; the nation's own model of them: "
        f"{_interval(document['nation'])}"
    )
    has_men, has_shares = (name in document["regions"][0] for name in ("per_10k", "share"))
    headings = [
        "region", "excess", *(["per 10,000 men"] if has_men else []),
        *(["share"] if has_shares else []), "rank",
    ]  # fmt: skip
    yield table(
        None, headings,
        (
            (
                row["region"], _bounds(row, "excess"),
                *([_bounds(row, "per_10k", "{:.1f}")] if has_men else []),
                *([f"{row['share']:.1%}"] if has_shares else []),
                f"{row['rank_lower']:.0f} to {row['rank_upper']:.0f}",
            )
            for row in document["regions"]
        ),
    )  # fmt: skip
    if published := document.get("published_2022"):
        outside = [row for row in published["regions"] if not row["contained"]]
        yield (
            f"Published excess of 2022: {published['contained']} of {len(published['regions'])} figures lie "
            "in our intervals. The others:"
        )
        columns = {
            "region": "{region}", "published": "{published:,.0f}", "ours": "{ours:,.0f}",
            "interval": "{lower:,.0f} to {upper:,.0f}", "why": "{reason}",
        }  # fmt: skip
        yield records_table(None, outside, columns)
    yield from _statements(document)


def composition_parts(document: dict[str, Any]) -> Iterator[Any]:
    """Yield what `estimator report composition` prints: roles, spells of the largest, sensitivity."""
    mass = f"{100 * document['interval']['level']:g}% credible intervals"
    odds = ", ".join(f"{role} {value:g}" for role, value in document["missing_odds"].items())
    yield (
        f"{document['place']}: {document['named']:,} names by date of death, {document['without_role']:,} of "
        f"them without a role, taken as missing {f'with odds {odds}' if odds else 'at random'}; {mass}; list "
        f"of {document['vintage']}"
    )
    dead = {row["role"]: row for row in document.get("dead", [])}
    headings = ["role", "names", "share", *(["all dead"] if dead else [])]
    yield table(
        None, headings,
        (
            (
                row["role"], f"{row['names']:,.0f}",
                _bounds({key: 100 * row[key] for key in ("share", "share_lower", "share_upper")}, "share",
                        "{:.1f}%"),
                *([_bounds(dead[row["role"]], "deaths")] if dead else []),
            )
            for row in document["roles"]
        ),
    )  # fmt: skip
    columns = {
        "largest role": "{role}", "from": "{first}", "to": "{last}", "least probability": "{probability:.3f}",
    }  # fmt: skip
    yield records_table(
        "Periods in which one role is the largest, by date of death", document["largest"], columns
    )
    columns = {
        "role": "{role}", "share": "{share:.1%}", "odds 1/2": "{lower:.1%}", "odds 2": "{higher:.1%}",
    }  # fmt: skip
    title = "Share of all names, if the role's odds are other among names without a role"
    yield records_table(title, document["sensitivity"], columns)
    if half := document.get("dead_if_half_named"):
        first = half["roles"][0]
        yield (
            f"If {half['role']} were named half as completely as other roles, they would be "
            f"{_bounds(first, 'deaths')} of all dead from {' to '.join(document['dead_period'])}."
            if first["role"] == half["role"]
            else f"If {half['role']} were named half as completely, {first['role']} would be the largest."
        )
    yield from _statements(document)


def _statements(document: dict[str, Any]) -> Iterator[str]:
    if rows := document.get("statements"):
        yield "What is said, and what this says of it:"
        yield from (f"  {row['statement']}: {row['figure']}." for row in rows)
