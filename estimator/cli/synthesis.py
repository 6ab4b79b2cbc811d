"""What `estimator joint` and `estimator report --route joint` put together."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import typer

from estimator.cli.options import print_json
from estimator.cli.progress import working
from estimator.cli.synthesis_record import joint_record
from estimator.errors import DataError

HEADLINE = date(2025, 12, 5)
"""The list of this day, the court applications and the registry's figures up to August 2025."""
PERIODS = {"baseline": (2000, 2019), "masked": (2020, 2021), "target": (2022, 2023)}


USED = {"route", "level", "draws", "seed", "out", "as_json", "quiet"}


def joint_route(context: typer.Context) -> None:
    """Run `estimator report --route joint`; see `joint_report`.

    Raises
    ------
    DataError
        If an option of another route was given: it would do nothing.
    """
    given = [
        name for name in context.params
        if name not in USED and str(context.get_parameter_source(name)).endswith("COMMANDLINE")
    ]  # fmt: skip
    if given:
        raise DataError(
            f"--{given[0].replace('_', '-')} is of another route. Leave it out; for another day or "
            "list use `estimator joint --as-of DAY --list FILE`."
        )
    told = context.params
    joint_report(
        None, None, level=told["level"], seed=told["seed"], draws=told["draws"], out=told["out"],
        as_json=told["as_json"], quiet=told["quiet"],
    )  # fmt: skip


def joint_report(
    file: Path | None, as_of: str | None, *, level: float, seed: int, draws: int | None,
    out: Path | None, as_json: bool, quiet: bool = False,
) -> None:  # fmt: skip
    """Compute the joint view, print it, and write its page where asked.

    Parameters
    ----------
    file : Path or None
        Names by vintage and week of death.
    as_of : str or None
        The day; by default 5 December 2025, or the list's only vintage.
    level : float
        Mass of the intervals.
    seed : int
        Same seed, same digits.
    draws : int or None
        Draws.
    out : Path or None
        A folder for the page, its tables and figures.
    as_json : bool
        Print JSON and nothing else.
    quiet : bool
        Show no progress.
    """
    with working("fitting all sources, then without each in turn", quiet=quiet):
        document, view = joint_document(file, as_of, level=level, seed=seed, draws=draws or 3000)
    files = []
    if out is not None:
        from estimator.report.pages.synthesis import write_joint

        files = write_joint(document, view, out, level=level)
    if as_json:
        print_json(document)
        return
    from estimator.report.pages.synthesis import joint_text

    sys.stdout.write(joint_text(document) + "\n")
    for path in files:
        sys.stdout.write(f"wrote {path}\n")


def joint_document(
    file: Path | None, as_of: str | None, *, level: float, seed: int, draws: int
) -> tuple[dict[str, Any], Any]:
    """Return the joint view as plain values, and as it is; see `joint_report` for the parameters.

    Parameters
    ----------
    file, as_of, level, seed, draws
        As for `joint_report`.
    """
    from estimator.nowcast.conflict import conflicts, statements
    from estimator.nowcast.documents import total_document
    from estimator.nowcast.synthesis import by_period, synthesis
    from estimator.nowcast.total import has_declared, overlap_sensitivity
    from estimator.sources.court_filings import load_court_filings
    from estimator.sources.matched_sample import load_matched_sample
    from estimator.sources.named_list_vintages import find_list_vintages
    from estimator.sources.published_deaths import load_evidence

    vintages = find_list_vintages(file, as_of)
    day = as_of or str(_default_day(vintages))
    anchors = [_vital(seed), *load_evidence()]
    view = synthesis(
        vintages,
        anchors,
        load_court_filings(),
        as_of=day,
        seed=seed,
        draws=draws,
        mixed_vintages=True,
    )
    table = statements(view, vintages, anchors, load_matched_sample(), seed=seed, level=level)
    document = total_document(view, level) | {
        "quantity": "war deaths, persons", "seed": seed, "learned_from": view.provenance["learned_from"],
        "by_period": by_period(view, vintages, level).to_dict("records"),
        "statements": _plain(table), "conflicts": conflicts(table),
        "cross_check": _cross_check(str(vintages.as_of(day).vintage)),
        "overlap_sensitivity": None if not has_declared(view)
        else overlap_sensitivity(view, level).reset_index().to_dict("records"),
    } | joint_record(view, file, level=level, seed=seed, draws=draws, periods=PERIODS)  # fmt: skip
    return document, view


def _default_day(vintages: Any) -> date:
    if vintages.vintages[0].date() <= HEADLINE:
        return HEADLINE
    return vintages.vintage


def _vital(seed: int) -> Any:
    from estimator.data.bundled import manifest
    from estimator.data.periods import Periods
    from estimator.inference.fit import fit
    from estimator.models.vital.model import VitalModel
    from estimator.nowcast.synthesis import vital_evidence
    from estimator.sources.rosstat import load_rosstat

    excess = fit(VitalModel(load_rosstat(), Periods(**PERIODS)), seed=seed)
    published = str(manifest().loc["rosstat_deaths_russia", "published_on"])
    return vital_evidence(excess, published_on=published)


def _cross_check(list_vintage: str) -> dict[str, Any]:
    """Return Chapman's estimate of the dead of 2022, or why there is none."""
    from estimator.errors import VintageError
    from estimator.nowcast.chapman import chapman
    from estimator.published.registry2023 import by_age_2022
    from estimator.sources.matched_sample import load_matched_sample

    cases = float(by_age_2022()["excess_cases"].sum())
    told = {"method": "Chapman, list x registry", "period": "2022", "refused": None}
    try:
        return told | chapman(load_matched_sample(), cases, list_vintage=list_vintage)
    except VintageError as why:
        return told | {"refused": str(why)}


def _plain(table: Any) -> list[dict[str, Any]]:
    return [
        {name: None if value != value else value for name, value in row.items()}
        for row in table.astype(object).to_dict("records")
    ]
