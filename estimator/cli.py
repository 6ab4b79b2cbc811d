"""Command line: parses, calls, prints.

Exit codes: 0 done; 1 a check failed (`replicate`); 2 input or usage is wrong; 3 the posterior did not
converge.
"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from estimator.cli_calibration import app as calibration_app
from estimator.cli_forms import age_span, age_span_or_none, print_json
from estimator.cli_joint import joint_route
from estimator.cli_multiverse import app as multiverse_app
from estimator.cli_present import app as present_app
from estimator.cli_recovery import app as recovery_app
from estimator.cli_registry import HELP as INGEST_HELP
from estimator.cli_registry import ingest
from estimator.cli_report import Name, Out, beside_totals, with_record, write_pages
from estimator.cli_route import MINIMUM, registry_model
from estimator.cli_sbc import app as sbc_app
from estimator.cli_simulate import app as simulate_app
from estimator.cli_sources import app as sources_app
from estimator.errors import ConvergenceError, DataError

app = typer.Typer(
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

RUSSIA = {
    "baseline": "2000:2019",
    "masked": "2020,2021",
    "target": "2022,2023",
    "minimum": "2026-05-22",
}


class Route(StrEnum):
    """What the estimate is made from."""

    VITAL = "vital"
    REGISTRY = "registry"
    JOINT = "joint"


class Engine(StrEnum):
    """The two engines."""

    MARGINAL = "marginal"
    NUTS = "nuts"


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
    seed: Annotated[int, typer.Option(help="Same seed, same machine: same digits.")] = 1,
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
    """
    if route is Route.JOINT:
        return joint_route(context)
    from estimator.fitting import fit
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
        model, preset = _vital_model(counts, subtract_hiv, bands, spans)
    chosen = minimum if minimum is not None else preset.get("minimum")
    documented = _minimum(chosen, minimum_vintage)
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

    from estimator.report.console import print_report

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

        from estimator.report.console import replication_table

        Console().print(replication_table(found))
    if any(part["mismatches"] for part in found.values()):
        raise typer.Exit(1)


@app.command()
def figures(
    quantity: Annotated[
        str | None, typer.Option(help="Only quantities that contain this text.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """List the published figures, each with its period, population, kind and source."""
    from estimator.published.comparison import load_published

    table = load_published()
    if quantity:
        table = table[table["quantity"].str.contains(quantity, case=False, regex=False)]
    if as_json:
        print_json(json.loads(table.to_json(orient="records", date_format="iso")))
        return
    from rich.console import Console

    from estimator.report.console import figures_table

    Console().print(figures_table(table))


def _vital_model(
    counts: Path | None, subtract_hiv: bool, bands: Any, spans: dict[str, str | None]
) -> tuple[Any, dict[str, str]]:
    """Return the model of a table of deaths, and what is usual for the bundled one."""
    from estimator.models.vital import VitalModel
    from estimator.periods import Periods

    if counts is not None and (spans["baseline"] is None or spans["target"] is None):
        raise DataError(f"{counts.name}: say --baseline and --target, such as 1990:2010 and 2012.")
    if counts is not None and subtract_hiv:
        raise DataError(f"{counts.name}: --subtract-hiv belongs to the bundled Russian table only.")
    preset = {} if counts is not None else RUSSIA
    usual = {name: value for name, value in preset.items() if name in spans}
    given = {name: value for name, value in spans.items() if value is not None}
    model = VitalModel(
        _counts(counts, subtract_hiv),
        Periods(**(usual | given)),
        ages=bands[0],
        control_ages=bands[1],
    )
    return model, preset


def _counts(path: Path | None, subtract_hiv: bool) -> Any:
    if path is None:
        from estimator.sources.rosstat import load_rosstat

        return load_rosstat(subtract_hiv=subtract_hiv)
    from estimator.sources.tidy import read_counts

    return read_counts(path)


def _minimum(chosen: str | None, vintage: str | None) -> Any:
    from estimator.sources.minimum_table import read_minimum
    from estimator.sources.named_list import load_named_list

    if chosen is None or chosen.lower() == "none":
        return None
    if Path(chosen).suffix:
        if vintage is None:
            raise DataError(
                f"{Path(chosen).name}: say --minimum-vintage YYYY-MM-DD. A minimum grows from week to week."
            )
        return read_minimum(chosen, vintage=vintage)
    return load_named_list(chosen)


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
