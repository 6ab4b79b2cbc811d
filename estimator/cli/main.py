"""Command line: parses, calls, prints.

Exit codes: 0 done; 1 a check failed (`replicate`); 2 input or usage is wrong; 3 the posterior did not
converge.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from estimator.cli.calibration import app as calibration_app
from estimator.cli.multiverse import app as multiverse_app
from estimator.cli.nowcast import app as present_app
from estimator.cli.options import (
    Commands,
    Seed,
    age_span,
    age_span_or_none,
    print_json,
    refuse_place_of_folder,
)
from estimator.cli.published import app as sources_app
from estimator.cli.recovery import app as recovery_app
from estimator.cli.registry import HELP as INGEST_HELP
from estimator.cli.registry import ingest
from estimator.cli.report import Name, Out, beside_totals, with_record, write_pages
from estimator.cli.route import (
    MINIMUM,
    documented_minimum,
    refuse_options_of_other_routes,
    registry_model,
    vital_model,
)
from estimator.cli.sbc import app as sbc_app
from estimator.cli.simulate import app as simulate_app
from estimator.cli.synthesis import joint_route
from estimator.errors import ConvergenceError, DataError

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""Estimate a war's hidden dead from public records, against the documented minimum.

    Start with `estimator report`: Russia 2022-2023, from the figures that ship with the package.
    Then `estimator report --counts FILE --baseline 1990:2010 --target 2012` for your own table, and
    `estimator replicate` to see the published estimates recomputed.

    Exit codes: 0 done, 1 a check failed, 2 input or usage is wrong, 3 the posterior did not converge.
    """,
)

app.add_typer(calibration_app)
app.add_typer(sources_app)
app.add_typer(simulate_app)
app.add_typer(recovery_app)
app.add_typer(sbc_app)
app.add_typer(multiverse_app)
app.add_typer(present_app)
app.command(help=INGEST_HELP)(ingest)


class Route(StrEnum):
    """What the estimate is made from."""

    VITAL = "vital"
    REGISTRY = "registry"
    JOINT = "joint"


class Engine(StrEnum):
    """The two engines."""

    MARGINAL = "marginal"
    NUTS = "nuts"


def _version(asked: bool) -> None:
    if asked:
        from estimator import __version__

        typer.echo(f"registry-excess {__version__}")
        raise typer.Exit()


@app.callback()
def _all_commands(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


@app.command()
def report(
    context: typer.Context,
    route: Annotated[
        Route,
        typer.Option(help="vital: deaths. registry: cases, some minutes. joint: all sources."),
    ] = Route.VITAL,
    triangle: Annotated[
        Path | None, typer.Option(help="Registry route: what `estimator ingest` wrote.")
    ] = None,
    matched: Annotated[
        Path | None,
        typer.Option(help="Registry route: your table of age_low, age_high, found, sampled."),
    ] = None,
    matched_vintage: Annotated[
        str | None, typer.Option(help="With it: the day they were looked up, YYYY-MM-DD.")
    ] = None,
    war_began: Annotated[
        str | None, typer.Option(help="Registry route: first day of the war.")
    ] = None,
    counts: Annotated[
        Path | None,
        typer.Option(
            help="Your table: year, sex, age_low, age_high, deaths[, region][, population]."
        ),
    ] = None,
    counts_vintage: Annotated[
        str | None, typer.Option(help="With it: the day that table was seen, YYYY-MM-DD.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(help="Peacetime years to learn from, such as 2000:2019.")
    ] = None,
    masked: Annotated[
        str | None, typer.Option(help="Years observed but not used, such as 2020,2021; or none.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="Years to estimate, such as 2022,2023.")
    ] = None,
    ages: Annotated[str, typer.Option(help="Target ages, first:last.")] = "15:49",
    control_ages: Annotated[
        str,
        typer.Option(
            help="Ages with few war dead that tell of common shocks, first:last; or none."
        ),
    ] = "55:69",
    subtract_hiv: Annotated[
        bool,
        typer.Option(
            "--subtract-hiv", help="Bundled Russian table only: subtract deaths from HIV."
        ),
    ] = False,
    minimum: Annotated[
        str | None,
        typer.Option(
            help="Documented minimum: a bundled vintage (2026-05-22), a CSV of date,count, or none."
        ),
    ] = None,
    minimum_vintage: Annotated[
        str | None,
        typer.Option(help="With a CSV: the date at which that list was seen, YYYY-MM-DD."),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="marginal: seconds. nuts: samples the PyMC model, to confirm.")
    ] = Engine.MARGINAL,
    level: Annotated[float, typer.Option(help="Mass of the equal-tailed interval.")] = 0.95,
    draws: Annotated[int | None, typer.Option(help="Posterior draws.")] = None,
    seed: Seed = 1,
    name: Name = None,
    out: Out = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
    allow_unconverged: Annotated[
        bool,
        typer.Option("--allow-unconverged", help="Report a sample that failed its test, marked."),
    ] = False,
) -> None:
    """Estimate excess deaths and set them against the documented minimum.

    Without options: men aged 15-49 in Russia, 2022 and 2023.

    Example, of your own table and list:
    `estimator report --counts deaths.csv --baseline 1990:2010 --masked none --target 2012,2013
    --minimum names.csv --minimum-vintage 2014-06-30 --out report`

    Exit codes: 0 done, 2 input or usage is wrong, 3 the posterior did not converge.
    """
    refuse_place_of_folder(out, "--out")
    if route is Route.JOINT:
        return joint_route(context)
    refuse_options_of_other_routes(context, route.value)
    from estimator.inference.fit import fit
    from estimator.report.tables import report_document

    spans = {"baseline": baseline, "masked": masked, "target": target}
    bands = age_span(ages, "--ages"), age_span_or_none(control_ages, "--control-ages")
    if route is Route.REGISTRY:
        model = registry_model(
            triangle, matched, matched_vintage,
            ages=bands[0], control_ages=bands[1], periods=spans, war_began=war_began,
        )  # fmt: skip
        preset = {} if triangle else {"minimum": MINIMUM}
    else:
        model, preset = vital_model(
            counts, subtract_hiv, vintage=counts_vintage,
            ages=bands[0], control_ages=bands[1], periods=spans,
        )  # fmt: skip
    chosen = minimum if minimum is not None else preset.get("minimum")
    documented = documented_minimum(chosen, minimum_vintage, counts)
    if documented is not None and route is Route.VITAL:
        documented.against_years(model.periods.target)  # refused before anything is fitted
    estimate = fit(
        model,
        engine=None if route is Route.REGISTRY else engine.value,
        seed=seed,
        draws=draws,
        allow_unconverged=allow_unconverged,
        progress=not quiet and sys.stderr.isatty(),
    )
    estimate = with_record(context, estimate, documented)
    document = report_document(estimate, documented, level=level)
    files = write_pages(context, out, estimate, documented, level, model) if out else []
    if as_json:
        print_json(document)
        return
    from rich.console import Console

    from estimator.report.console.report import print_report

    console = Console()
    same_people = counts is None and triangle is None and model.ages == (15, 49)
    beside = beside_totals(estimate) if same_people else None
    print_report(console, estimate, documented, beside, level=level)
    for file in files:
        console.print(f"wrote {file}", highlight=False)


@app.command()
def replicate(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Recompute published estimates from published inputs and compare, to the printed digit."""
    from estimator.published.replicate import replicate as recompute

    found = recompute()
    if as_json:
        print_json(found)
    else:
        from rich.console import Console

        from estimator.report.console.report import replication_table

        Console().print(replication_table(found))
    if any(part["mismatches"] for part in found.values()):
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; errors are one line on stderr and an exit code."""
    try:
        app()
    except DataError as problem:
        sys.stderr.write(f"error: {problem}\n")
        raise SystemExit(2) from None
    except ConvergenceError as problem:
        sys.stderr.write(f"error: {problem}\n")
        raise SystemExit(3) from None
    except OSError as problem:
        where = f"{Path(str(problem.filename)).name}: " if problem.filename else ""
        told = problem.strerror or type(problem).__name__
        sys.stderr.write(f"error: {where}{told}. Choose another place, or make room.\n")
        raise SystemExit(2) from None
