"""The answer from all sources, its back-test, and the named list carried forward, for the terminal."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from estimator.report.console import records_table, table
from estimator.report.prose import dashed, decimal, estimated, percent, persons, say
from estimator.report.prose_synthesis import (
    answer_sentence,
    conflict_lines,
    forecast_sentence,
    named,
    period,
    plain,
    range_of,
    recorded_sentence,
    registry_sentence,
    whose_sentence,
)


def answer_parts(document: dict[str, Any], *, weeks: bool = False) -> Iterator[Any]:
    """Yield what `estimator report` prints of its document: the sentence, years, sources, publications."""
    yield answer_sentence(document)
    yield whose_sentence(document)
    yield recorded_sentence(document)
    yield forecast_sentence(document)
    yield periods_table(document["by_period"])
    if weeks:
        yield weeks_table(document["weeks"])
    if document["contributions"]:
        yield contributions_table(document["contributions"])
        yield say("Conflicts: statements about the same deaths with p below {level}:", level=decimal(0.05))
        yield from (f"  {line}" for line in conflict_lines(document["conflicts"]) or [say("none")])
    yield from filter(None, [registry_sentence(document)])
    yield published_table(document["published"])
    yield say("learned from {sources}", sources="; ".join(map(named, document["learned_from"])))
    yield from (say("note: {warning}", warning=warning) for warning in document["warnings"])


def periods_table(rows: list[dict[str, Any]]) -> Any:
    """Lay out the dead by year: all, ordinary, late, and the dated names."""
    cells = (
        (
            period(row["period"]) + ("*" if row["partly"] else ""), _estimate(row, "war_dead"),
            _estimate(row, "ordinary"), _estimate(row, "late"), persons(row["named"]),
        )
        for row in rows
    )  # fmt: skip
    return table(
        None, [say(one) for one in ("period", "war dead", "ordinary", "late", "named")], cells,
        caption=say(
            "* in part forecast by the publisher, or after the last publication; names by year are those "
            "with a date of death"
        ),
    )  # fmt: skip


def weeks_table(weeks: list[dict[str, Any]]) -> Any:
    """Lay out deaths by week, deaths to date, completeness, and what a week rests on."""
    headings = ("week", "deaths", "to date", "completeness", "from")
    return table(
        say("By week of death"), [say(one) for one in headings],
        (
            (
                dashed(row["week"]), _estimate(row, "deaths"), _estimate(row, "cumulative_deaths"),
                decimal(row["completeness"], 2), say(row["basis"]),
            )
            for row in weeks
        ),
    )  # fmt: skip


def contributions_table(rows: list[dict[str, Any]]) -> Any:
    """Lay out what the answer is without each source, and the source's share of the precision."""
    cells = (
        (
            say(row["name"]), percent(row["share"]),
            *(
                (percent(row["shift"], signed=True), _bounds_of(row["without"]))
                if row["without"] else ("", say("no answer"))
            ),
        )
        for row in rows
    )  # fmt: skip
    headings = ("source", "share of precision", "moves it by", "without it")
    return table(say("What each source contributes"), [say(one) for one in headings], cells)


def published_table(rows: list[dict[str, Any]]) -> Any:
    """Lay out published totals, with ours to the same day."""
    cells = (
        (
            dashed(row["to"]),
            f"{say(plain(row['publisher']))} ({dashed(row['published_on']) or say('undated')})",
            _published(row), _estimate(row, "ours"),
        )
        for row in rows
    )  # fmt: skip
    headings = [say(one) for one in ("to", "publisher", "published", "ours")]
    return table(say("Published totals; ours to the same day"), headings, cells, text=2)


def _published(row: dict[str, Any]) -> str:
    if row["estimate"] is not None:
        return persons(row["estimate"])
    return say("{lower} to {upper}", lower=persons(row["lower"]), upper=persons(row["upper"]))


def present_backtest_parts(document: dict[str, Any]) -> Iterator[Any]:
    """Yield one row a day of a back-test of the answer, and the scores of the answer and its rivals."""
    rows = [row for row in document["rows"] if row["period"] == "to the day"]
    ordinary = {row["as_of"]: row for row in rows if row["quantity"] == "ordinary"}
    cells = (
        (
            row["as_of"], ("at least " if row["lower_bound"] else "") + persons(row["later"]),
            _bounds_of(row), _verdict(row), persons(row["published"]),
            persons(ordinary[row["as_of"]]["later"]),
            _bounds_of(ordinary[row["as_of"]]), _verdict(ordinary[row["as_of"]]),
        )
        for row in rows if row["quantity"] == "deaths"
    )  # fmt: skip
    headings = (
        "as of", "known later", "answer then", "", "published then", "ordinary,\nlater",
        "ordinary,\nthen", "",
    )  # fmt: skip
    yield table(None, headings, cells)
    summary = document["summary"]
    yield (
        f"95% intervals hold the later value of all dead on {summary['deaths_covered']} of "
        f"{summary['days']} days, of ordinary deaths on {summary['ordinary_covered']}, and of "
        f"{summary['half_years']} half-years in {summary['half_years_covered']:.0%}."
    )
    yield table(
        "Mean CRPS of all dead, persons", ("method", "CRPS"),
        [("this answer", persons(summary["crps"]))]
        + [(document["rivals"][name], persons(value)) for name, value in summary["rivals"].items()],
    )  # fmt: skip


def _verdict(row: dict[str, Any]) -> str:
    return "holds" if row["covered"] else "misses"


def _bounds_of(row: dict[str, Any]) -> str:
    return f"{estimated(row)}\n{range_of(row)}"


def nowcast_table(weeks: pd.DataFrame) -> Any:
    """Lay out the named of each week now and at a later day, as `list_table` has them."""
    columns = {name: f"{{{name}:,.0f}}" for name in ("named", "mean", "median", "lower", "upper")}
    rows = weeks.rename_axis("week").reset_index().to_dict("records")
    return records_table(None, rows, {"week": "{week:%Y-%m-%d}"} | columns)


def backtest_parts(document: dict[str, Any]) -> Iterator[Any]:
    """Yield one row a vintage of a backtest of the list's nowcast, and the scores of all."""
    scores = ("weeks_covered", "weeks_crps", "weeks_chain_ladder_crps")
    rows = (
        (
            row["vintage"], persons(row["named"]), persons(row["observed"]),
            f"{persons(row['median'])}\n{range_of(row)}", persons(row["chain_ladder"]),
            *(f"{row[name]:.2f}" for name in scores),
        )
        for row in document["vintages"]
    )  # fmt: skip
    headings = (
        "vintage", "named", "later", "nowcast", "ladder", "weeks\ncovered", "CRPS", "ladder's",
    )  # fmt: skip
    yield table(None, headings, rows)
    summary = document["summary"]
    yield (
        f"{summary['vintages']} vintages, {summary['weeks']} weeks scored. 90% intervals cover "
        f"{summary['coverage_90']:.1%} of weeks and 95% intervals {summary['coverage_95']:.1%}; "
        f"CRPS {summary['crps']:.1f} against the chain ladder's {summary['chain_ladder_crps']:.1f}, "
        f"{summary['crps_gain']:.0%} better (its absolute error; that of our median is "
        f"{summary['median_error']:.1f})."
    )


def _estimate(row: dict[str, Any], name: str) -> str:
    row = {"median": row[name], "lower": row[f"{name}_lower"], "upper": row[f"{name}_upper"]}
    if row["median"] is None or pd.isna(row["median"]):
        return ""
    return _bounds_of(row)
