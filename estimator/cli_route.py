"""What `estimator report --route registry` fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from estimator.errors import DataError

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
    from estimator.models.registry import WAR_BEGAN, RegistryModel
    from estimator.periods import Periods
    from estimator.sources.matched_sample import load_matched_sample, read_matched_sample
    from estimator.sources.registry_weekly import load_registry_reconstruction
    from estimator.triangle import ReportingTriangle
    from estimator.triangle_cells import parse_day

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
