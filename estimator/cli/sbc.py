"""Command line: `estimator sbc`, simulation-based calibration."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from estimator.cli.options import print_json, refuse_place_of_file, refuse_place_of_folder

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


class Model(StrEnum):
    """Models that have a small version."""

    VITAL = "vital"
    REGISTRY = "registry"


@app.command()
def sbc(
    model: Annotated[Model, typer.Option(help="Which model; the registry's takes NUTS.")] = (
        Model.VITAL
    ),
    replicates: Annotated[
        int | None,
        typer.Option(
            help="How many tables are drawn and fitted; 500 of the vital model, 200 of the registry's."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same ranks.")] = 1,
    jobs: Annotated[int, typer.Option(help="Worker processes.")] = 1,
    folder: Annotated[
        Path | None, typer.Option(help="Keep results here: a study begun again goes on.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Rank plots, SVG or PNG.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Calibrate a model on data drawn from itself: ranks must be uniform.

    Exit code 1 if the ranks of a quantity are not, at 1% after Holm's correction.
    """
    from estimator.calibration.sbc.ranks import calibrate
    from estimator.calibration.sbc.registry import registry_replicate
    from estimator.calibration.sbc.vital import vital_replicate
    from estimator.calibration.study import process_pool

    refuse_place_of_folder(folder, "--folder")
    refuse_place_of_file(plot, "--plot")
    vital = model is Model.VITAL
    with process_pool(jobs) as executor:
        found = calibrate(
            vital_replicate if vital else registry_replicate,
            replicates=replicates or (500 if vital else 200),
            seed=seed,
            label=f"{model} model",
            executor=executor,
            folder=folder,
            progress=not quiet and sys.stderr.isatty(),
        )
    if plot is not None:
        from estimator.report.plots.ranks import plot_ranks
        from estimator.report.plots.style import save_plot

        save_plot(plot_ranks(found.ranks), plot)
    document = found.to_dict()
    if as_json:
        print_json(document)
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table(title=f"Ranks of {document['replicates']} replicates")
        for column in ("quantity", "p", "p, corrected", "mean", "sd"):
            table.add_column(column, justify="left" if column == "quantity" else "right")
        for row in document["quantities"]:
            table.add_row(
                row["quantity"], f"{row['probability']:.3f}", f"{row['corrected']:.3f}",
                f"{row['mean']:.2f}", f"{row['sd']:.2f}",
            )  # fmt: skip
        table.caption = (
            f"mean and sd are 1 where calibrated; {document['unconverged']} did not converge"
        )
        Console().print(table)
    if document["rejected"]:
        raise typer.Exit(1)
