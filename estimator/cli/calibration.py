"""`estimator study`: how far the estimates can be trusted, where the truth is known."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from typer import Argument, Exit, Option, Typer

from estimator.cli import options
from estimator.data.drafts import draft_of
from estimator.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from estimator.calibration.multiverse import Multiverse
    from estimator.data.counts import Counts
    from estimator.data.periods import Resolution
    from estimator.data.triangle import ReportingTriangle

app = Typer(
    cls=options.Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Studies: are intervals true, and what does the estimate depend on?",
)


@contextmanager
def _workers(jobs: int, folder: Path | None, quiet: bool) -> Iterator[dict[str, Any]]:
    """Open worker processes; yield the arguments of a study that say where and how it runs."""
    from estimator.calibration import study

    try:
        with study.process_pool(jobs) as executor:
            yield {"executor": executor, "folder": folder, "progress": options.shows_progress(quiet)}
    except KeyboardInterrupt:
        if folder is not None:
            sys.stderr.write(f"stopped; {folder} keeps what is done, and the same command goes on\n")
        raise


def _check_horizons(value: str) -> str:
    if not all(step.strip().isdigit() and int(step) for step in value.split(",")):
        raise DataError(f"--horizons: {value!r} are not years after the origin. Write 3,4.")
    return value


def _check_kept_level(value: float) -> float:
    if value not in (0.5, 0.8, 0.9, 0.95):
        raise DataError(f"--level: {value:g} is not kept. Write 0.5, 0.8, 0.9 or 0.95.")
    return value


BaselineYears = Annotated[int, Option(min=1, help="Years learned from, up to the origin.")]
Horizons = Annotated[
    str, Option(callback=_check_horizons, help="Target years after the origin, forecast jointly.")
]
Every = Annotated[int, Option(min=1, help="Take every n-th origin.")]
Since = Annotated[int, Option(help="First year used.")]
Until = Annotated[int | None, Option(help="Last target year; for Russia 2019.")]
Exclude = Annotated[str | None, Option(help="Wars and pandemics: windows with these years are left out.")]


@app.command()
def placebo(
    files: Annotated[
        list[Path] | None,
        Argument(
            metavar="[FILE]...",
            help="Tables of deaths, a territory each (or several regions); none: Russia, bundled.",
            show_default=False,
        ),
    ] = None,
    baseline_years: BaselineYears = 20,
    minimum_baseline: Annotated[
        int | None,
        Option(help="Fewest years behind an origin; by default --baseline-years, for Russia 9."),
    ] = None,
    horizons: Horizons = "3,4",
    every: Every = 1,
    since: Since = 1960,
    until: Until = None,
    ages: options.Ages = "15:49",
    control_ages: options.ControlAges = "55:69",
    exclude: Exclude = None,
    rosstat: Annotated[
        bool, Option("--rosstat", help="Files are Rosstat's regions, as Kobak et al. publish them.")
    ] = False,
    jobs: options.Jobs = 1,
    draws: options.Draws = 6000,
    seed: options.Seed = 1,
    folder: options.Folder = None,
    nuts: Annotated[int, Option(min=0, help="So many origins are fitted with NUTS too.")] = 0,
    plot: options.Plot = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Forecast peacetime, where the truth is known; score our intervals and those of other methods."""
    from estimator.calibration import placebo as study
    from estimator.report import plots
    from estimator.report.console.studies import placebo_nuts_table, placebo_parts

    territories = _territories(files or [], rosstat)
    with _workers(jobs, folder, quiet) as running:
        result = study.placebo(
            territories, seed=seed, horizons=[int(step) for step in horizons.split(",")],
            baseline_years=baseline_years, minimum_baseline=minimum_baseline, since=since,
            until=until, every=every, exclude=exclude, draws=draws,
            **options.model_ages(ages, control_ages), **running,
        )  # fmt: skip
    _keep_windows(result.windows, folder)
    board, document = result.scoreboard(), result.to_dict()
    options.save_drawn(plot, lambda: plots.plot_scoreboard(board, result.windows))
    parts = [*placebo_parts(board, document)]
    if nuts:
        from estimator.calibration.placebo_nuts import refit_with_nuts
        from estimator.sources.rosstat import load_rosstat

        fitted = territories or {"Russia": load_rosstat()}
        again = refit_with_nuts(result, fitted, number=nuts, seed=seed)
        document["nuts"] = again.to_dict("records")
        parts.append(placebo_nuts_table(again))
    options.print_answer(document, parts, as_json=as_json)


@app.command("placebo-regions")
def regions_placebo(
    file: Annotated[
        Path | None,
        Argument(help="Your table with a column region; none: Russia's regions.", show_default=False),
    ] = None,
    baseline_years: BaselineYears = 20,
    minimum_baseline: Annotated[int, Option(help="Fewest years that a region has behind an origin.")] = 9,
    horizons: Horizons = "3,4",
    every: Every = 1,
    since: Since = 1990,
    until: Until = None,
    ages: options.Ages = "15:49",
    control_ages: options.ControlAges = "55:69",
    exclude: Exclude = None,
    alone: Annotated[
        bool, Option("--alone/--no-alone", help="Fit each region on its own too, for comparison.")
    ] = True,
    jobs: options.Jobs = 1,
    draws: options.Draws = 1000,
    seed: options.Seed = 1,
    folder: options.Folder = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Forecast peacetime of all regions at once; score regions and their sum, with and without pooling."""
    from estimator.calibration.placebo_regions import placebo_regions
    from estimator.report.console.studies import placebo_parts, placebo_sums_table
    from estimator.sources.deaths import read_counts
    from estimator.sources.rosstat import load_rosstat_regions

    counts = read_counts(file) if file else load_rosstat_regions(okrugs="joined")
    with _workers(jobs, folder, quiet) as running:
        result = placebo_regions(
            counts, seed=seed, horizons=[int(step) for step in horizons.split(",")],
            baseline_years=baseline_years, minimum_baseline=minimum_baseline, since=since,
            until=until if file or until else 2019, every=every, exclude=exclude, alone=alone,
            draws=draws, **options.model_ages(ages, control_ages), **running,
        )  # fmt: skip
    _keep_windows(result.windows, folder)
    parts = [*placebo_parts(result.scoreboard(), result.to_dict()), placebo_sums_table(result.sums_board())]
    options.print_answer(result.to_dict(), parts, as_json=as_json)


def _keep_windows(windows: pd.DataFrame, folder: Path | None) -> None:
    if folder is not None:
        with draft_of(folder / "windows.csv") as draft:
            windows.to_csv(draft, index=False)


def _territories(files: list[Path], rosstat: bool) -> dict[str, Counts] | None:
    from estimator.sources.deaths import read_counts
    from estimator.sources.rosstat import read_rosstat_regions

    if rosstat and not files:
        raise DataError("--rosstat: name the file of regions, such as rosstat_deaths_by_region.csv.gz.")
    if not files:
        return None
    territories: dict[str, Counts] = {}
    for path in files:
        name = path.name.partition(".")[0]
        counts = read_rosstat_regions(path) if rosstat else read_counts(path)
        parts = {f"{name}: {r}": counts.select(region=r) for r in counts.regions}
        for key, part in (parts or {name: counts}).items():
            if key in territories:
                raise DataError(f"{path.name}: a territory {key} is there already. Rename a file.")
            territories[key] = part
    return territories


@app.command()
def known_truth(
    total: Annotated[Path, Argument(help="All deaths, the war's among them.")],
    truth: Annotated[Path, Argument(help="The war's true dead: year, age_low, war_deaths[, sex].")],
    baseline: Annotated[str, Option(help="Peacetime years, such as 1895:1913.")],
    target: Annotated[str, Option(help="War years, such as 1914:1918.")],
    masked: options.Masked = None,
    ages: options.Ages = "15:49",
    control_ages: options.ControlAges = "55:69",
    seed: options.Seed = 1,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Estimate a war whose deaths are known as if they were not, and score the estimate."""
    from estimator.calibration.known_truth import known_truth as run
    from estimator.data.periods import Periods
    from estimator.models.vital.model import VitalModel
    from estimator.progress import progress_bar
    from estimator.report.console.studies import known_truth_table
    from estimator.sources.deaths import read_counts

    periods = Periods(baseline=baseline, target=target, masked=masked)
    model = VitalModel(read_counts(total), periods, **options.model_ages(ages, control_ages))
    with progress_bar("fitting", shown=options.shows_progress(quiet)):
        result = run(model, truth, seed=seed)
    table = known_truth_table(result.summary())
    options.print_answer(result.to_dict(), [table], as_json=as_json)


@app.command()
def sbc(
    model: Annotated[Literal["vital", "registry"], Option(help="Which model.")] = "vital",
    replicates: Annotated[
        int | None,
        Option(
            min=1,
            help="How many tables are drawn and fitted; 500 of the vital model, 200 of the registry's.",
        ),
    ] = None,
    seed: options.Seed = 1,
    jobs: options.Jobs = 1,
    folder: options.Folder = None,
    plot: options.Plot = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Calibrate a model on data drawn from itself: ranks must be uniform.

    Exit code 1 if the ranks of a quantity are not, at 1% after Holm's correction.
    """
    from estimator.calibration.sbc.ranks import calibrate
    from estimator.calibration.sbc.registry import registry_replicate
    from estimator.calibration.sbc.vital import vital_replicate
    from estimator.report import plots
    from estimator.report.console.studies import sbc_table

    of_vital = model == "vital"
    with _workers(jobs, folder, quiet) as running:
        result = calibrate(
            vital_replicate if of_vital else registry_replicate,
            replicates=replicates or (500 if of_vital else 200),
            seed=seed, label=f"{model} model", **running,
        )  # fmt: skip
    options.save_drawn(plot, lambda: plots.plot_ranks(result.ranks))
    document = result.to_dict()
    options.print_answer(document, [sbc_table(document)], as_json=as_json)
    if document["rejected"]:
        raise Exit(1)


@app.command()
def recover(
    registries: Annotated[int, Option(min=0, help="Simulated registries without faults.")] = 20,
    faulty: Annotated[int, Option(min=0, help="Simulated registries with one fault each.")] = 20,
    seed: Annotated[int, Option(min=0, help="Of the first; the others count on.")] = 1,
    weekly: Annotated[bool, Option("--weekly", help="The weekly model.")] = False,
    cut: Annotated[
        list[str] | None,
        Option(callback=options.check_days, help="Replay: cut at this date; repeat it."),
    ] = None,
    level: Annotated[
        float, Option(callback=_check_kept_level, help="Of the intervals: 0.5, 0.8, 0.9 or 0.95.")
    ] = 0.9,
    jobs: options.Jobs = 1,
    folder: options.Folder = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Fit simulated registries and count how often intervals contain the truth.

    Each has its own seed and truth: level and course of the war, ages, capture, delays, the peacetime
    ratio. With --cut the triangle is cut at dates, and the last weeks before each are scored.
    """
    from estimator.calibration.recovery import study_recovery
    from estimator.calibration.recovery_scores import recovery_scores
    from estimator.report.console.studies import recovery_tables

    if not registries + faulty:
        raise DataError("--registries and --faulty are both 0. Simulate some, such as 20.")
    last = seed + registries
    with _workers(jobs, folder, quiet) as running:
        results = study_recovery(
            range(seed, last), read=read_records, faulty=range(last, last + faulty),
            cuts=cut or (), resolution="week" if weekly else "month", **running,
        )  # fmt: skip
    scores = recovery_scores(results, level=level)
    options.print_answer(scores, recovery_tables(scores), as_json=as_json)


def read_records(
    path: Path, extracted_on: date, resolution: Resolution
) -> tuple[ReportingTriangle, dict[str, Any]]:
    """Read simulated records as a user who heeds warnings, and return how many each rule touched."""
    from estimator.sources.registry.read import read_registry

    read = partial(
        read_registry, path, extracted_on=extracted_on, resolution=resolution, source="simulated registry"
    )
    triangle, quality = read()
    if any(rule.records for rule in quality.rules if rule.name == "heaped on 1 January"):
        triangle, quality = read(january="drop")
    return triangle, {rule.name: rule.records for rule in quality.rules if rule.records}


@app.command()
def multiverse(
    placebo: Annotated[
        list[Path] | None,
        Option(
            "--placebo",
            metavar="FILE",
            help="Peacetime tables that weigh the trends; by default Russia's own past. Repeat it.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[int, Option(min=1, help="Take every n-th placebo origin.")] = 1,
    out: options.OutFile = None,
    plot: options.Plot = None,
    force: options.Force = False,
    jobs: options.Jobs = 1,
    draws: options.Draws = 2000,
    level: options.Level = 0.95,
    seed: options.Seed = 1,
    folder: options.Folder = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Fit Russia 2022-2023 under 720 specifications; weigh trends by their placebo forecasts."""
    from estimator.calibration.multiverse import multiverse as run
    from estimator.published.specification import RUSSIA
    from estimator.report.console.studies import multiverse_parts
    from estimator.sources.deaths import read_counts
    from estimator.sources.rosstat import load_rosstat

    russia = load_rosstat()
    variants = {"all deaths": russia, "without HIV": load_rosstat(subtract_hiv=True)}
    past = {file.stem: read_counts(file) for file in placebo or []}
    years = {"since": 1960} if past else {"since": 1990, "until": 2019, "minimum_baseline": 10}
    with _workers(jobs, folder, quiet) as running:
        result = run(variants, RUSSIA, seed=seed, draws=draws, level=level, **running)
        result = result.stacked(
            past or {"Russia": russia}, seed=seed, every=every, draws=1000, **years, **running
        )
    if out is not None:
        with draft_of(out) as draft:
            result.table.assign(vintage=russia.vintage).to_csv(draft, index=False)
    options.save_drawn(plot, lambda: _drawn_multiverse(result, russia.vintage))
    assert result.weights is not None
    specifications = result.table.drop(columns="period").drop_duplicates(list(result.axes))
    document = {
        "specifications": len(specifications), "vintage": russia.vintage,
        "interval": {"kind": "eti", "level": level},
        "periods": result.summary().to_dict("records"),
        "weights": result.weights.to_dict("records"),
    }  # fmt: skip
    parts = multiverse_parts(result.summary(), result.weights, russia.vintage)
    options.print_answer(document, parts, as_json=as_json)


def _drawn_multiverse(result: Multiverse, vintage: str) -> Any:
    from estimator.published.specification import MINIMUM, RUSSIA
    from estimator.report import plots
    from estimator.sources.named_list import load_named_list

    row, named = result.summary().iloc[-1], load_named_list(MINIMUM)
    return plots.plot_specifications(
        result.table, result.axes, period=row["period"], level=result.level,
        minimum=named.against_years(RUSSIA.target),
        stacked=(row["stacked"], row["stacked_lower"], row["stacked_upper"]),
        source=f"Rosstat, vintage {vintage}; named dead: vintage {named.vintage}",
    )  # fmt: skip


@app.command()
def backtest(
    file: Annotated[
        Path | None,
        Argument(
            metavar="[FILE]",
            help="Names by vintage and week of death: score this list's nowcast instead.",
            show_default=False,
        ),
    ] = None,
    ahead: Annotated[int, Option(min=30, help="With FILE: days between nowcast and score.")] = 365,
    every: Annotated[int, Option(min=1, help="With FILE: take every n-th vintage.")] = 1,
    draws: Annotated[int, Option(min=1, max=options.MOST, help="With FILE: posterior draws.")] = 2000,
    cumulative: options.ListCumulative = None,
    out: options.OutFile = None,
    plot: options.Plot = None,
    seed: options.Seed = 1,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Issue the answer of `estimator report` on earlier days; score it by what was learned later.

    Ten days from July 2023 to December 2025, each with what was known then alone, against the figures
    published on those days and two rules. With FILE: the nowcast of a named list at each of its
    vintages, and a chain ladder's, scored by the list a year later.
    """
    shown = options.shows_progress(quiet)
    if file is not None:
        document = _list_document(file, ahead, every, draws, seed, cumulative, shown=shown)
        from estimator.report.console.synthesis import backtest_parts

        options.print_answer(document, backtest_parts(document), as_json=as_json)
        return
    from estimator.calibration.present_backtest import present_backtest
    from estimator.report import plots
    from estimator.report.console.synthesis import present_backtest_parts

    result = present_backtest(seed=seed, progress=shown)
    if out is not None:
        result.rows.to_csv(out, index=False)
    options.save_drawn(plot, lambda: plots.plot_present_backtest(result))
    document = result.to_dict()
    options.print_answer(document, present_backtest_parts(document), as_json=as_json)


def _list_document(
    file: Path, ahead: int, every: int, draws: int, seed: int, cumulative: bool | None, *, shown: bool
) -> dict[str, Any]:
    from datetime import timedelta

    from estimator.calibration.nowcast_backtest import list_backtest
    from estimator.sources.named_list_vintages import read_list_vintages

    return list_backtest(
        read_list_vintages(file, cumulative=cumulative), seed=seed, ahead=timedelta(days=ahead),
        every=every, draws=draws, progress=shown,
    ).to_dict()  # fmt: skip


@app.command()
def present_recovery(
    wars: Annotated[int, Option(min=2, help="How many wars to simulate.")] = 100,
    seed: options.Seed = 1,
    jobs: options.Jobs = 1,
    folder: options.Folder = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Simulate publications, list and courts of known wars, and recover the totals."""
    from estimator.calibration.simulate.present import recover_present

    with _workers(jobs, folder, quiet) as running:
        result = recover_present(wars, seed=seed, **running)
    options.print_answer(result.to_dict(), [str(result)], as_json=as_json)
