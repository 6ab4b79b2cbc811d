"""What the routes of `estimator report` fit, and which options belong to which."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer

from estimator.cli.options import given_options
from estimator.errors import DataError

RUSSIA = {
    "baseline": "2000:2019",
    "masked": "2020,2021",
    "target": "2022,2023",
    "minimum": "2026-05-22",
}
OF_ROUTE = {
    "vital": ("counts", "counts_vintage", "subtract_hiv", "engine"),
    "registry": ("triangle", "matched", "matched_vintage", "war_began"),
}
"""Options that one route alone reads; those of the joint route stand in `estimator.cli.synthesis`."""

PERIODS = {"baseline": "2014:2019", "masked": "2020,2021", "target": "2022,2023"}
MINIMUM = "2026-05-22"


def registry_model(
    triangle: Path | None,
    matched: Path | None,
    matched_vintage: str | None,
    *,
    ages: tuple[int, int],
    control_ages: tuple[int, int] | None,
    periods: dict[str, str | None],
    war_began: str | None,
) -> Any:
    """Return the model of a registry: the reconstruction, or the user's triangle.

    Parameters
    ----------
    triangle : Path or None
        What `estimator ingest` wrote; the reconstruction from published figures if None.
    matched : Path or None
        A table of a matched sample; the published one of July 2023 if None.
    matched_vintage : str or None
        The day on which that table's persons were looked up.
    ages, control_ages
        Of the model.
    periods : dict
        baseline, masked and target as given, or None.
    war_began : str or None
        First day of the war, ``YYYY-MM-DD``.
    """
    from estimator.data.dates import parse_day
    from estimator.data.periods import Periods
    from estimator.data.triangle import ReportingTriangle
    from estimator.models.registry.model import WAR_BEGAN, RegistryModel
    from estimator.sources.matched_sample import load_matched_sample, read_matched_sample
    from estimator.sources.registry.bundled import load_registry_reconstruction

    if matched is not None and matched_vintage is None:
        raise DataError(f"{matched.name}: say --matched-vintage, the day they were looked up.")
    given = {name: value for name, value in periods.items() if value is not None}
    return RegistryModel(
        ReportingTriangle.load(triangle) if triangle else load_registry_reconstruction(),
        read_matched_sample(matched, vintage=str(matched_vintage))
        if matched
        else load_matched_sample(),
        Periods(**(PERIODS | given)),
        ages=ages,
        control_ages=control_ages,
        war_began=parse_day(war_began or WAR_BEGAN, "--war-began"),
    )


def refuse_options_of_other_routes(context: typer.Context, route: str) -> None:
    """Refuse an option that the chosen route does not read: it would do nothing.

    Parameters
    ----------
    context : typer.Context
        Of `estimator report`.
    route : str
        ``vital`` or ``registry``.

    Raises
    ------
    DataError
        Naming the first such option and what to do.
    """
    given = given_options(context)
    for other, names in OF_ROUTE.items():
        for name in names:
            # nuts is what the registry's model is sampled with
            same = name == "engine" and str(context.params[name]) == "nuts"
            if other != route and name in given and not same:
                raise DataError(
                    f"{given[name]} is of the {other} route, and would do nothing in the {route} route. "
                    f"Leave it out, or say --route {other}."
                )
    if "matched_vintage" in given and "matched" not in given:
        raise DataError(
            "--matched-vintage is of a table of yours. Add --matched FILE, or leave it out."
        )
    if "counts_vintage" in given and "counts" not in given:
        raise DataError(
            "--counts-vintage is of a table of yours. Add --counts FILE, or leave it out."
        )
    own = Path(str(context.params.get("minimum") or "")).suffix
    if "minimum_vintage" in given and not own:
        raise DataError(
            "--minimum-vintage is of a list of yours. Add --minimum FILE, or leave it out."
        )


def vital_model(
    counts: Path | None,
    subtract_hiv: bool,
    *,
    vintage: str | None = None,
    ages: tuple[int, int],
    control_ages: tuple[int, int] | None,
    periods: dict[str, str | None],
) -> tuple[Any, dict[str, str]]:
    """Return the model of a table of deaths, and what is usual for the bundled one.

    Parameters
    ----------
    counts : Path or None
        The user's table; Rosstat's if None.
    subtract_hiv : bool
        Whether to subtract deaths from HIV.
    vintage : str or None
        The day on which the user's table was seen.
    ages, control_ages
        Of the model.
    periods : dict
        baseline, masked and target as given, or None.
    """
    from estimator.data.dates import parse_day
    from estimator.data.periods import Periods
    from estimator.models.vital.model import VitalModel
    from estimator.sources.deaths import read_counts
    from estimator.sources.rosstat import load_rosstat

    given = {name: value for name, value in periods.items() if value is not None}
    if counts is None:
        usual = {name: value for name, value in RUSSIA.items() if name in periods}
        table, spans = load_rosstat(subtract_hiv=subtract_hiv), Periods(**(usual | given))
        return VitalModel(table, spans, ages=ages, control_ages=control_ages), RUSSIA
    if periods["baseline"] is None or periods["target"] is None:
        raise DataError(f"{counts.name}: say --baseline and --target, such as 1990:2010 and 2012.")
    if subtract_hiv:
        raise DataError(f"{counts.name}: --subtract-hiv belongs to the bundled Russian table only.")
    seen = "unknown" if vintage is None else parse_day(vintage, "--counts-vintage").isoformat()
    table = read_counts(counts, vintage=seen)
    try:
        spans = Periods(**given)
    except DataError as problem:
        raise DataError(f"{counts.name}: {problem}") from None
    return VitalModel(table, spans, ages=ages, control_ages=control_ages), {}


def documented_minimum(chosen: str | None, vintage: str | None, counts: Path | None) -> Any:
    """Return the list of names that was chosen, or None.

    Parameters
    ----------
    chosen : str or None
        The date of a bundled vintage, a file, or ``none``.
    vintage : str or None
        When the list in the file was seen.
    counts : Path or None
        The user's table of deaths: beside it, a bundled list draws a warning.
    """
    from estimator.sources.minimum import read_minimum
    from estimator.sources.named_list import load_named_list

    if chosen is None or chosen.lower() == "none":
        return None
    if Path(chosen).suffix:
        if vintage is None:
            raise DataError(
                f"{Path(chosen).name}: say --minimum-vintage YYYY-MM-DD. A minimum grows from week to week."
            )
        return read_minimum(chosen, vintage=vintage)
    minimum = load_named_list(chosen)
    if counts is not None:
        sys.stderr.write(
            f"warning: the bundled list --minimum {chosen} is of Russia's war since 2022; set it against "
            f"{counts.name} only if that is Russia's table.\n"
        )
    return minimum
