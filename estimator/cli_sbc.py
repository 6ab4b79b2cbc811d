"""Command line: `estimator sbc`, simulation-based calibration."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from estimator.cli_forms import print_json

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def sbc(
    replicates: Annotated[int, typer.Option(help="How many tables are drawn and fitted.")] = 500,
    seed: Annotated[int, typer.Option(help="Same seed, same ranks.")] = 1,
    jobs: Annotated[int, typer.Option(help="Worker processes.")] = 1,
    folder: Annotated[
        Path | None, typer.Option(help="Keep results here: a study begun again goes on.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Rank plots, SVG or PNG.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Calibrate the vital model on data drawn from itself: ranks must be uniform.

    Exit code 1 if the ranks of a quantity are not, at 1% after Holm's correction.
    """
    from estimator.calibration.sbc import calibrate, vital_replicate
    from estimator.calibration.study import process_pool

    with process_pool(jobs) as executor:
        found = calibrate(
            vital_replicate,
            replicates=replicates,
            seed=seed,
            label="vital model",
            executor=executor,
            folder=folder,
            progress=not quiet and sys.stderr.isatty(),
        )
    if plot is not None:
        from estimator.report.plots_ranks import plot_ranks

        plot_ranks(found.ranks).savefig(plot)
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
