"""`estimator report`, from all sources, and `report vital` and `report registry`, each from one."""

from __future__ import annotations

import hashlib
import shlex
import sys
from contextlib import nullcontext
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal

from typer import Context, Option

from estimator.cli import options
from estimator.errors import DataError

UNNAMED = ("out", "force", "as_json", "quiet")
"""Options that change no number."""
TABLES = (
    "rnd2023_weekly_excess", "registry_estimate_vintages_weekly", "registry2026_weekly_decomposed",
    "published_figures", "named_list_vintages_weekly", "named_by_role_weekly_2026_05", "named_list_series",
    "named_totals_after_2026_05", "court_filings_by_period", "rosstat_deaths_russia",
)  # fmt: skip
"""Bundled tables that the answer is made from."""
ROUTE_TABLES = ("registry_reconstruction_2023", "rnd2023_matched_sample")
"""Bundled tables that the registry route is made from."""


def report(
    context: Context,
    as_of: Annotated[
        str | None,
        options.day("Use only what was known on this day, and count the dead to it; by default 2026-05-22."),
    ] = None,
    contributions: Annotated[
        bool,
        Option(
            "--contributions/--no-contributions",
            help="Fit without each source in turn: what it contributes, and where it conflicts.",
        ),
    ] = True,
    registry: Annotated[
        bool,
        Option(
            "--registry/--no-registry",
            help="Fit the registry route by itself too, on the reconstruction of the registry of 2023.",
        ),
    ] = True,
    weeks: Annotated[bool, Option("--weeks", help="Print weeks of death too; JSON has them always.")] = False,
    level: options.Level = 0.95,
    jobs: options.Jobs = 2,
    seed: options.Seed = 1,
    out: options.Out = None,
    force: options.Force = False,
    language: options.Language = "en",
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Estimate how many have died in the war by a day, from all that was known on it.

    All dead are those of ordinary registration and those declared late, also the ones not yet declared on
    the day. Sources are published estimates of the inheritance registry, the named list, court filings
    and vital registration. `estimator report vital` and `estimator report registry` estimate from one
    source, yours or the bundled one.

    Exit codes: 0 done, 2 input or usage is wrong, 3 the posterior did not converge.
    """
    if context.invoked_subcommand is not None:
        return
    if out is not None and not contributions:
        raise DataError("--out: the page shows what sources contribute. Leave out --no-contributions.")
    from estimator.report import prose
    from estimator.report.console.synthesis import answer_parts

    document, answer = _all_sources(
        as_of, seed=seed, level=level, jobs=jobs, contributions=contributions, registry=registry,
        shown=options.shows_progress(quiet),
    )  # fmt: skip
    document |= {
        "files": dict(map(bundled_checksum, TABLES + ROUTE_TABLES * registry)),
        "command": reproduce(context, as_of=answer.as_of, level=f"{level:g}"),
    }
    with prose.language(language):
        files = []
        if out is not None:
            from estimator.report.pages.synthesis import write_answer

            files = write_answer(document, answer, out, level=level, force=force)
        wrote = (prose.say("wrote {file}", file=file) for file in files)
        options.print_answer(document, chain(answer_parts(document, weeks=weeks), wrote), as_json=as_json)


def _all_sources(
    as_of: str | None, *, seed: int, level: float, jobs: int, contributions: bool, registry: bool, shown: bool
) -> tuple[dict[str, Any], Any]:
    """Return the answer's document and estimate.

    The registry route is the longest part: another process begins with it before anything is fitted here.
    """
    from estimator.calibration import study
    from estimator.nowcast import contributions as sources
    from estimator.nowcast.answer import answer_document
    from estimator.nowcast.present import bundled_record, day_of_answer, estimate_of, sample_record
    from estimator.nowcast.registry_route import registry_draws, registry_part
    from estimator.progress import progress_bar

    pool = study.process_pool(jobs - 1) if (contributions or registry) and jobs > 1 else nullcontext()
    with progress_bar("fitting all sources", shown=shown), pool as executor:
        day = day_of_answer(as_of)
        route = executor.submit(registry_draws, seed) if registry and executor else None
        known = bundled_record(day, seed=seed)
        begun = sources.samples_without(known, day, seed=seed, executor=executor) if contributions else None
        sample = sample_record(known, day, seed=seed)
        answer = estimate_of(sample, known, day, seed=seed)
        contributed = None
        if contributions:
            contributed = sources.contributions(sample, known, day, seed=seed, level=level, fitted=begun)
        part = None
        if registry:
            draws = route.result() if route else registry_draws(seed)
            part = registry_part(draws, known, level=level)
        document = answer_document(answer, known, level=level, sources=contributed, registry=part)
    return document, answer


def vital(
    context: Context,
    counts: Annotated[
        Path | None,
        Option(help="Your table: year, sex, age_low, age_high, deaths[, region][, population]."),
    ] = None,
    counts_vintage: Annotated[str | None, options.day("The day it was seen, YYYY-MM-DD.")] = None,
    unknown_age: Annotated[
        Literal["refuse", "drop"],
        Option(help="With --counts: deaths without age whose share differs by more than 2% between years."),
    ] = "refuse",
    timezone: Annotated[
        str | None, Option(help="Zone of instants in --counts or --minimum, such as Europe/Moscow.")
    ] = None,
    cumulative: Annotated[
        bool | None,
        options.running_totals("--counts holds running totals since the year began, or new deaths"),
    ] = None,
    encoding: options.Encoding = None,
    baseline: options.Baseline = None,
    masked: options.Masked = None,
    target: options.Target = None,
    ages: options.Ages = "15:49",
    control_ages: options.ControlAges = "55:69",
    subtract_hiv: Annotated[
        bool, Option("--subtract-hiv", help="Bundled Russian table only: subtract deaths from HIV.")
    ] = False,
    minimum: options.Minimum = None,
    minimum_vintage: options.MinimumVintage = None,
    minimum_cumulative: options.MinimumCumulative = None,
    engine: Annotated[
        Literal["marginal", "nuts"],
        Option(help="marginal: seconds. nuts: samples the PyMC model, to confirm."),
    ] = "marginal",
    level: options.Level = 0.95,
    draws: options.OptionalDraws = None,
    seed: options.Seed = 1,
    name: options.Place = None,
    out: options.Out = None,
    force: options.Force = False,
    language: options.Language = "en",
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    allow_unconverged: options.AllowUnconverged = False,
) -> None:
    """Estimate excess deaths in vital registration and set them against the documented minimum.

    Without options: men aged 15-49 in Russia, 2022 and 2023.

    Example, of your own table and list:
    `estimator report vital --counts deaths.csv --baseline 1990:2010 --masked none --target 2012,2013
    --minimum names.csv --minimum-vintage 2014-06-30 --out report`

    Exit codes: 0 done, 2 input or usage is wrong, 3 the posterior did not converge.
    """
    for option, value in (
        ("--counts-vintage", counts_vintage), ("--cumulative", cumulative), ("--encoding", encoding)
    ):  # fmt: skip
        check_companion(option, value, "--counts", counts)
    reading = {
        "vintage": counts_vintage or "unknown", "unknown_age": unknown_age, "timezone": timezone,
        "cumulative": cumulative, "encoding": encoding,
    }  # fmt: skip
    model = _vital_model(counts, reading, subtract_hiv, *model_periods(context))
    tables = ["rosstat_deaths_russia", *(["rosstat_hiv_deaths_russia"] if subtract_hiv else [])]
    files = [checksum(counts)] if counts else [bundled_checksum(table) for table in tables]
    _estimate(context, model, files, engine=engine)


def registry(
    context: Context,
    triangle: Annotated[
        Path | None,
        Option(help="What `estimator ingest` wrote; by default the reconstruction of published figures."),
    ] = None,
    matched: Annotated[
        Path | None,
        Option(help="Your table of named dead looked up: age_low, age_high, found, sampled."),
    ] = None,
    matched_vintage: Annotated[
        str | None, options.day("With it: the day they were looked up, YYYY-MM-DD.")
    ] = None,
    outage: options.Outage = None,
    war_began: Annotated[str | None, options.day("First day of the war, YYYY-MM-DD.")] = None,
    baseline: options.Baseline = None,
    masked: options.Masked = None,
    target: options.Target = None,
    ages: options.Ages = "15:49",
    control_ages: options.ControlAges = "55:69",
    minimum: options.Minimum = None,
    minimum_vintage: options.MinimumVintage = None,
    minimum_cumulative: options.MinimumCumulative = None,
    engine: Annotated[
        Literal["hmc", "nuts"],
        Option(help="hmc: seconds. nuts: samples the PyMC model, to confirm; faster with the extra jax."),
    ] = "hmc",
    level: options.Level = 0.95,
    draws: options.OptionalDraws = None,
    seed: options.Seed = 1,
    name: options.Place = None,
    out: options.Out = None,
    force: options.Force = False,
    language: options.Language = "en",
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    allow_unconverged: options.AllowUnconverged = False,
) -> None:
    """Estimate war dead by week or month and age from cases of an inheritance registry; some minutes.

    Without options: men aged 15-49 in Russia, 2022 and 2023, from published figures.

    Exit codes: 0 done, 2 input or usage is wrong, 3 the posterior did not converge.
    """
    check_companion("--matched-vintage", matched_vintage, "--matched", matched)
    bands = model_periods(context)
    model = _registry_model(triangle, matched, matched_vintage, war_began, outage or [], *bands)
    if model.outage_note:
        sys.stderr.write(f"warning: {model.outage_note}\n")
    files = [
        checksum(triangle) if triangle else bundled_checksum("registry_reconstruction_2023"),
        checksum(matched) if matched else bundled_checksum("rnd2023_matched_sample"),
    ]
    _estimate(context, model, files, engine=engine)


def model_periods(context: Context) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the periods that were given, by name, and the ages, as arguments of a model."""
    given = context.params
    years = {name: given[name] for name in ("baseline", "masked", "target")}
    years = {name: value for name, value in years.items() if value is not None}
    return years, options.model_ages(given["ages"], given["control_ages"])


def check_companion(option: str, value: Any, of: str, file: Any) -> None:
    """Check that an option about a file is not given without it: it would do nothing."""
    if value is not None and file is None:
        raise DataError(f"{option} is of a file of yours. Add {of} FILE, or leave it out.")


def _vital_model(
    counts: Path | None, reading: dict[str, Any], subtract_hiv: bool, years: dict[str, Any],
    ages: dict[str, Any],
) -> Any:  # fmt: skip
    from estimator.data.periods import Periods
    from estimator.models.vital.model import VitalModel
    from estimator.published.specification import RUSSIA
    from estimator.sources.deaths import read_counts
    from estimator.sources.rosstat import load_rosstat

    if counts is None:
        return VitalModel(load_rosstat(subtract_hiv=subtract_hiv), replace(RUSSIA, **years), **ages)
    if counts.is_dir():
        raise DataError(f"--counts: {counts.resolve().name} is a folder. Name a file in it.")
    if "baseline" not in years or "target" not in years:
        raise DataError(f"{counts.name}: say --baseline and --target, such as 1990:2010 and 2012.")
    if subtract_hiv:
        raise DataError(f"{counts.name}: --subtract-hiv belongs to the bundled Russian table only.")
    table = read_counts(counts, **reading)
    try:
        periods = Periods(**years)
    except DataError as problem:
        raise DataError(f"{counts.name}: {problem}") from None
    return VitalModel(table, periods, **ages)


def _registry_model(
    triangle: Path | None, matched: Path | None, matched_vintage: str | None, war_began: str | None,
    outages: list[str], years: dict[str, Any], ages: dict[str, Any],
) -> Any:  # fmt: skip
    from estimator.data.periods import days_of, parse_day
    from estimator.data.triangle import ReportingTriangle
    from estimator.models.registry.model import WAR_BEGAN, RegistryModel
    from estimator.published.specification import RUSSIA_REGISTRY
    from estimator.sources.matched_sample import load_matched_sample, read_matched_sample
    from estimator.sources.registry.bundled import load_registry_reconstruction

    if matched is not None and matched_vintage is None:
        raise DataError(f"{matched.name}: say --matched-vintage, the day they were looked up.")
    return RegistryModel(
        ReportingTriangle.load(triangle) if triangle else load_registry_reconstruction(),
        read_matched_sample(matched, vintage=str(matched_vintage)) if matched else load_matched_sample(),
        replace(RUSSIA_REGISTRY, **years),
        war_began=parse_day(war_began or WAR_BEGAN, "--war-began"),
        outages=tuple(days_of(*one.split(":")) for one in outages),
        **ages,
    )


def _documented_minimum(
    chosen: str | None, vintage: str | None, counts: Path | None, usual: str | None, reading: dict[str, Any]
) -> Any:
    """Return the named list of a bundled vintage or a file, or None; `usual` where none was chosen."""
    from estimator.sources.minimum import read_minimum
    from estimator.sources.named_list import load_named_list

    file = Path(chosen) if chosen and Path(chosen).suffix else None
    check_companion("--minimum-vintage", vintage, "--minimum", file)
    check_companion("--minimum-cumulative", reading["cumulative"], "--minimum", file)
    chosen = chosen or usual
    if chosen is None or chosen.lower() == "none":
        return None
    if file is not None:
        if vintage is None:
            raise DataError(
                f"{file.name}: say --minimum-vintage YYYY-MM-DD. A minimum grows from week to week."
            )
        return read_minimum(chosen, vintage=vintage, **reading)
    minimum = load_named_list(chosen)
    if counts is not None:
        sys.stderr.write(
            f"warning: the bundled list --minimum {chosen} is of Russia's war since 2022; set it against "
            f"{counts.name} only if that is Russia's table.\n"
        )
    return minimum


def _estimate(context: Context, model: Any, files: list[tuple[str, str]], **engine: Any) -> None:
    """Fit a model and print the estimate, with its report where wanted."""
    from estimator.inference.fit import fit
    from estimator.published import comparison
    from estimator.published.figures import vital_figures
    from estimator.published.specification import MINIMUM
    from estimator.report import prose
    from estimator.report.console import show
    from estimator.report.console.report import report_parts
    from estimator.report.report import Report

    given = context.params
    counts = given.get("counts")
    own = counts or given.get("triangle")
    usual = None if own else MINIMUM
    minimum = _documented_minimum(
        given["minimum"],
        given["minimum_vintage"],
        counts,
        usual,
        {"timezone": given.get("timezone"), "cumulative": given["minimum_cumulative"]},
    )
    if minimum is not None and "counts" in given:
        minimum.against_years(model.periods.target)  # refused before anything is fitted
    estimate = fit(
        model, seed=given["seed"], draws=given["draws"], progress=options.shows_progress(given["quiet"]),
        allow_unconverged=given["allow_unconverged"], **engine,
    )  # fmt: skip
    record: dict[str, Any] = {
        "place": given["name"] or (own.stem if own else "Russia"),
        "command": reproduce(context),
        "files": dict([*files, *_minimum_file(given["minimum"], minimum)]),
    }
    if minimum is not None:
        names = ("source", "vintage", "total", "population", "notes")
        record["minimum"] = {name: getattr(minimum, name) for name in names}
        record["minimum"]["notes"] = list(minimum.notes)
        record["minimum"]["vintage"] = str(minimum.vintage)
    estimate = replace(estimate, provenance=estimate.provenance | record)
    totals = None
    if not own and model.ages == (15, 49):
        of_cases = estimate.unit != "deaths"
        totals = comparison.registry_figures(estimate) if of_cases else vital_figures()
    report = Report(
        estimate, minimum, level=given["level"], model=model, command=record["command"],
        published=None if own else comparison.compare_with_published, totals=totals,
        weeks=None if own else comparison.weekly_figures, files=record["files"],
    )  # fmt: skip
    with prose.language(given["language"]):
        written = report.write(given["out"], force=given["force"]) if given["out"] else []
        if given["as_json"]:
            options.print_json(report.document())
        else:
            show(*report_parts(report), *(prose.say("wrote {file}", file=file) for file in written))


def reproduce(context: Context, **forced: Any) -> str:
    """Return the command with the seed and the options that decide its numbers; of paths the name.

    Values in `forced` replace what was typed, where a default may come to mean something else.
    """
    root = context.find_root().command_path
    command = ["estimator", *context.command_path.removeprefix(root).split()]
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        typed = source is not None and source.name == "COMMANDLINE"
        value = forced.get(name, context.params.get(name))
        if name in UNNAMED or not (typed or name == "seed" or name in forced):
            continue
        off = value is False and parameter.secondary_opts
        for one in value if isinstance(value, list) else [value]:
            command.append(parameter.secondary_opts[0] if off else parameter.opts[0])
            command += [] if isinstance(one, bool) else [_without_folder(one)]
    return shlex.join(command)


def _without_folder(value: Any) -> str:
    # a folder of the user's says nothing to others, and may hold a name
    text = str(value)
    return Path(text).name if Path(text).suffix and "/" in text else text


def _minimum_file(chosen: str | None, minimum: Any) -> list[tuple[str, str]]:
    from estimator.sources.named_list import AGES, WEEKS

    if minimum is None:
        return []
    if Path(chosen or "").suffix:
        return [checksum(Path(str(chosen)))]
    day = str(minimum.vintage)
    return [bundled_checksum(WEEKS[day][0] if day in WEEKS else AGES.get(day, "named_list_series"))]


def bundled_checksum(table: str) -> tuple[str, str]:
    """Return place and SHA-256 of a bundled table."""
    from estimator.data.bundled import manifest

    row = manifest().loc[table]
    return str(row["path"]), str(row["sha256"])


def checksum(path: Path) -> tuple[str, str]:
    """Return name and SHA-256 of a user's file."""
    with path.open("rb") as file:
        return path.name, hashlib.file_digest(file, "sha256").hexdigest()
