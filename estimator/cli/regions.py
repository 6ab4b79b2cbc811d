"""`estimator report regions` and `report composition`: where the dead came from, and who they were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from typer import Context, Option

from estimator.cli import options
from estimator.cli.report import bundled_checksum, check_companion, checksum, model_periods, reproduce
from estimator.errors import DataError

if TYPE_CHECKING:
    from estimator.models.regional.model import RegionalModel


def regions(
    context: Context,
    counts: Annotated[
        Path | None, Option(help="Your table: region, year, sex, age_low, age_high, deaths.")
    ] = None,
    counts_vintage: Annotated[str | None, options.day("The day it was seen, YYYY-MM-DD.")] = None,
    men: Annotated[Path | None, Option(help="Your men at risk by region: region, men.")] = None,
    names: Annotated[Path | None, Option(help="Your names by region: region, names, vintage.")] = None,
    baseline: options.Baseline = None,
    masked: options.Masked = None,
    target: options.Target = None,
    ages: options.Ages = "15:49",
    control_ages: options.ControlAges = "55:69",
    level: options.Level = 0.95,
    draws: options.Draws = 2000,
    seed: options.Seed = 1,
    name: options.Place = None,
    out: options.Out = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    allow_unconverged: options.AllowUnconverged = False,
) -> None:
    """Estimate excess deaths of all regions at once, around the nation; a minute.

    Without options: men aged 15-49 in Russia's 85 regions, 2022 and 2023, per 10,000 men aged 16-61 of the
    2021 census, with names by vintage and the published figures of 2022.

    Exit codes: 0 done, 2 input or usage is wrong, 3 the posterior did not converge.
    """
    check_companion("--counts-vintage", counts_vintage, "--counts", counts)
    from estimator.inference.fit import fit
    from estimator.report.console.regions import regions_parts
    from estimator.report.regions import regional_document

    for option, file in (("--men", men), ("--names", names)):
        if file is not None and counts is None:
            raise DataError(f"{option} is of regions of yours. Add --counts FILE, or leave it out.")
    model = _regional_model(counts, counts_vintage, *model_periods(context))
    known = _men_and_names(counts, men, names)
    settings: dict[str, Any] = {"seed": seed, "draws": draws, "allow_unconverged": allow_unconverged}
    estimate = fit(model, progress=options.shows_progress(quiet), **settings)
    nation = fit(model.nation, **settings)
    tables = ("rosstat_deaths_by_region", "regions", "named_by_region_vintages")
    own = [checksum(file) for file in (counts, men, names) if file is not None]
    document = regional_document(estimate, nation, model, *known, level=level, bundled=counts is None) | {
        "place": name or (counts.stem if counts else "Russia"),
        "command": reproduce(context),
        "files": dict(own if counts else map(bundled_checksum, tables)),
    }
    written = []
    if out is not None:
        from estimator.report.pages.regions import write_regions

        written = write_regions(document, estimate, out, force=force)
    options.print_answer(
        document, [*regions_parts(document), *(f"wrote {p}" for p in written)], as_json=as_json
    )


def _regional_model(
    counts: Path | None, vintage: str | None, years: dict[str, Any], ages: dict[str, Any]
) -> RegionalModel:
    from dataclasses import replace

    from estimator.data.periods import Periods
    from estimator.models.regional.model import RegionalModel
    from estimator.published.specification import RUSSIA
    from estimator.sources.deaths import read_counts
    from estimator.sources.rosstat import load_rosstat_regions

    if counts is None:
        return RegionalModel(load_rosstat_regions(), replace(RUSSIA, **years), **ages)
    if "baseline" not in years or "target" not in years:
        raise DataError(f"{counts.name}: say --baseline and --target, such as 1990:2010 and 2012.")
    try:
        periods = Periods(**years)
    except DataError as problem:
        raise DataError(f"{counts.name}: {problem}") from None
    return RegionalModel(read_counts(counts, vintage=vintage or "unknown"), periods, **ages)


def _men_and_names(counts: Path | None, men: Path | None, names: Path | None) -> tuple[Any, Any]:
    from estimator.sources import regions as known

    if counts is None:
        return known.load_regions()[known.MEN], known.load_named_by_region()
    return (
        known.read_men_by_region(men) if men else None,
        known.read_named_by_region(names) if names else None,
    )


def composition(
    context: Context,
    file: Annotated[
        Path | None, Option("--names", help="Your names by role and week: week_start, role, n.")
    ] = None,
    names_vintage: Annotated[str | None, options.day("The day that list was seen, YYYY-MM-DD.")] = None,
    by: Annotated[Literal["month", "week"], Option(help="Length of a period.")] = "month",
    until: Annotated[
        str | None, options.day("Last day of death; by default 2025-12-31 of the bundled list.")
    ] = None,
    missing_odds: Annotated[
        str | None, Option(help="Odds of roles among names without one, such as volunteers=2,prisoners=0.5.")
    ] = None,
    dead: Annotated[
        bool, Option("--dead/--no-dead", help="All dead by role too: shares times the estimate of all dead.")
    ] = True,
    completeness: Annotated[
        str | None, Option(help="How complete the list is for a role, against others: prisoners=0.5.")
    ] = None,
    level: options.Level = 0.95,
    draws: options.Draws = 4800,
    seed: options.Seed = 1,
    name: options.Place = None,
    out: options.Out = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    allow_unconverged: options.AllowUnconverged = False,
) -> None:
    """Estimate the shares of roles among the named dead by month of death, and all dead by role; a minute.

    Without options: 20 roles of Russia's list of May 2026, to the end of 2025; names without a role are taken
    as missing at random within a month, and the list as equally complete for all roles.

    Exit codes: 0 done, 2 input or usage is wrong, 3 the posterior did not converge.
    """
    from estimator.inference.composition import fit_composition
    from estimator.models.composition import CompositionModel
    from estimator.progress import progress_bar
    from estimator.report.composition import composition_document
    from estimator.report.console.regions import composition_parts
    from estimator.sources.named_by_role import load_named_by_role, read_named_by_role

    check_companion("--names-vintage", names_vintage, "--names", file)
    if file is None:
        listed = load_named_by_role(by=by, until=until or "2025-12-31")
    else:
        listed = read_named_by_role(file, vintage=names_vintage or "unknown", by=by, until=until)
    model = CompositionModel(listed, _pairs("--missing-odds", missing_odds))
    relative = _pairs("--completeness", completeness)
    with progress_bar("fitting roles", shown=options.shows_progress(quiet)):
        estimate = fit_composition(model, seed=seed, draws=draws, allow_unconverged=allow_unconverged)
        deaths = _all_dead(seed) if dead and file is None else None
    table = "named_by_role_weekly_2026_05"
    document = composition_document(
        estimate, model, deaths, completeness=relative, level=level, seed=seed, bundled=file is None
    ) | {
        "place": name or (file.stem if file else "Russia"),
        "command": reproduce(context),
        "files": dict([checksum(file) if file else bundled_checksum(table)]),
    }
    written = []
    if out is not None:
        from estimator.report.pages.regions import write_composition

        written = write_composition(document, estimate, out, force=force)
    lines = [*composition_parts(document), *(f"wrote {path}" for path in written)]
    options.print_answer(document, lines, as_json=as_json)


def _all_dead(seed: int) -> Any:
    """Return deaths to date from all bundled sources, as `estimator report` has them."""
    from estimator.nowcast.present import present

    return present(seed=seed)


def _pairs(option: str, text: str | None) -> dict[str, float]:
    """Return numbers by role, written ``role=number`` and parted by commas."""
    pairs: dict[str, float] = {}
    for part in (text or "").split(",") if text else []:
        role, _, number = part.partition("=")
        try:
            pairs[role.strip()] = float(number)
        except ValueError:
            raise DataError(f"{option}: write role=number, such as prisoners=0.5.") from None
        if not pairs[role.strip()] > 0:
            raise DataError(f"{option}: {role.strip()} needs a positive number, such as prisoners=0.5.")
    return pairs
