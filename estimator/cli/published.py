"""Command line of sources: `estimator compare` and `estimator fetch`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from estimator.cli.options import Seed, print_json, refuse_place_of_file
from estimator.errors import DataError

app = typer.Typer()

PLOTS = (".svg", ".png", ".pdf")
MINIMUM = "2026-05-22"


@app.command()
def compare(
    plot: Annotated[
        Path | None, typer.Option(help="Write a forest plot here: .svg, .png or .pdf.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Print figures of other ages, people and periods too.")
    ] = False,
    level: Annotated[float, typer.Option(help="Mass of our equal-tailed interval.")] = 0.95,
    seed: Seed = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Set our estimate beside every published figure of the same period and population.

    Ours is the vital-registration route for men 15-49 in Russia, 2022 and 2023. Figures of other ages,
    people and periods are printed with --all. JSON has all, with the whole note and address of each.
    """
    if plot is not None and plot.suffix.lower() not in PLOTS:
        raise DataError(f"--plot: {plot.name} has no ending of a picture. Write forest.svg.")
    refuse_place_of_file(plot, "--plot")
    from estimator.data.periods import Periods
    from estimator.inference.fit import fit
    from estimator.models.vital.model import VitalModel
    from estimator.published.comparison import compare_with_published
    from estimator.report.console.published import comparison_document, comparison_tables
    from estimator.report.tables import estimate_rows
    from estimator.sources.named_list import load_named_list
    from estimator.sources.rosstat import load_rosstat

    periods = Periods(baseline=(2000, 2019), masked=(2020, 2021), target=(2022, 2023))
    estimate = fit(VitalModel(load_rosstat(), periods), seed=seed)
    minimum = load_named_list(MINIMUM)
    rows = compare_with_published(estimate, estimate_rows(estimate, minimum, level=level), minimum)
    if plot is not None:
        from estimator.report.plots.published import plot_comparison
        from estimator.report.plots.style import save_plot

        save_plot(plot_comparison(rows), plot)
        sys.stderr.write(f"wrote {plot}\n")
    if as_json:
        print_json(comparison_document(rows))
        return
    from rich.console import Console

    console = Console()
    for table in comparison_tables(rows, everything=everything):
        console.print(table)


@app.command()
def figures(
    quantity: Annotated[
        str | None, typer.Option(help="Only quantities that contain this text.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """List the published figures, each with its period, population, kind and source."""
    from estimator.published.figures import load_published

    table = load_published()
    if quantity:
        table = table[table["quantity"].str.contains(quantity, case=False, regex=False)]
    if as_json:
        print_json(json.loads(table.to_json(orient="records", date_format="iso")))
        return
    from rich.console import Console

    from estimator.report.console.published import figures_table

    Console().print(figures_table(table))


@app.command()
def fetch(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="None: list what there is.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Bring public files from their publishers into the cache, checked, with licence and citation.

    ESTIMATOR_DATA names a folder to use instead of the cache. Without the internet the message says
    what to download by hand and where to put it. Names alone are listed without arguments.
    """
    from estimator.sources import remote

    if not names:
        files = remote.remote_files()
        if as_json:
            print_json([vars(file) for file in files.values()])
        else:
            _list_files()
        return
    documents = []
    for name in names:
        found = remote.fetch(name, progress=not quiet and sys.stderr.isatty())
        file = found.file
        document = {
            "name": name,
            "path": str(found.path),
            "sha256": found.sha256,
            "checksum": "verified" if found.verified else "unknown beforehand, computed here",
            "downloaded": found.downloaded,
            "licence": file.licence,
            "citation": file.citation,
            "read_with": file.read_with,
        }
        documents.append(document)
        if not as_json:
            sys.stdout.write("".join(f"{key}: {value}\n" for key, value in document.items()))
    if as_json:
        print_json(documents)


def _list_files() -> None:
    from rich.console import Console

    from estimator.sources import remote

    console = Console(highlight=False)
    console.print(f"Public files; kept in {remote.data_folder()}")
    for file in remote.remote_files().values():
        checksum = "checksum known" if file.sha256 else "checksum unknown"
        how = "" if file.address else ", by hand"
        console.print(f"[bold]{file.name}[/]  {file.what}")
        console.print(f"    {file.page}{how}; {checksum}; licence: {file.licence}", style="dim")
