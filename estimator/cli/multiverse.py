"""Command line: `estimator multiverse`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from estimator.cli.options import Seed, print_json, refuse_place_of_file, refuse_place_of_folder

if TYPE_CHECKING:
    from estimator.calibration.multiverse import Multiverse

app = typer.Typer()


@app.command()
def multiverse(
    placebo: Annotated[
        list[Path] | None,
        typer.Option(
            "--placebo",
            metavar="FILE",
            help="Peacetime tables that weigh the trends; by default Russia's own past. Repeat it.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[int, typer.Option(help="Take every n-th placebo origin.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Write every specification here, CSV.")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Specification curve of all years together, SVG or PNG.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    draws: Annotated[int, typer.Option(help="Posterior draws of each fit.")] = 2000,
    level: Annotated[float, typer.Option(help="Mass of intervals.")] = 0.95,
    seed: Seed = 1,
    folder: Annotated[
        Path | None, typer.Option(help="Keep fits here: a study begun again goes on.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Fit Russia 2022-2023 under 288 specifications; weigh trends by their placebo forecasts."""
    from estimator.calibration.multiverse import multiverse as run
    from estimator.calibration.study import process_pool
    from estimator.data.periods import Periods
    from estimator.sources.deaths import read_counts
    from estimator.sources.named_list import load_named_list
    from estimator.sources.rosstat import load_rosstat

    refuse_place_of_file(out, "--out")
    refuse_place_of_file(plot, "--plot")
    refuse_place_of_folder(folder, "--folder")
    russia = load_rosstat()
    variants = {"all deaths": russia, "without HIV": load_rosstat(subtract_hiv=True)}
    periods = Periods(baseline=(2000, 2019), masked=(2020, 2021), target=(2022, 2023))
    running: dict[str, Any] = {"folder": folder, "progress": not quiet and sys.stderr.isatty()}
    past = {file.stem: read_counts(file) for file in placebo or []}
    years = {"since": 1960} if past else {"since": 1990, "until": 2019, "minimum_baseline": 10}
    with process_pool(jobs) as executor:
        running["executor"] = executor
        found = run(variants, periods, seed=seed, draws=draws, level=level, **running)
        found = found.stacked(
            past or {"Russia": russia}, seed=seed, every=every, draws=1000, **years, **running
        )
    if out is not None:
        found.table.assign(vintage=russia.vintage).to_csv(out, index=False)
    if plot is not None:
        _draw(found, load_named_list("2026-05-22"), russia.vintage, plot)
    if as_json:
        assert found.weights is not None
        print_json({
            "specifications": len(found.table.drop(columns="period").drop_duplicates(list(found.axes))),
            "vintage": russia.vintage,
            "interval": {"kind": "eti", "level": level},
            "periods": found.summary().to_dict("records"),
            "weights": found.weights.to_dict("records"),
        })  # fmt: skip
        return
    _print(found, russia.vintage)


def _draw(found: Multiverse, named: Any, vintage: str, file: Path) -> None:
    from estimator.report.plots.multiverse import plot_specifications
    from estimator.report.plots.style import save_plot

    row = found.summary().iloc[-1]
    axes = plot_specifications(
        found.table, found.axes, period=row["period"], level=found.level,
        minimum=named.against_years([2022, 2023]),
        stacked=(row["stacked"], row["stacked_lower"], row["stacked_upper"]),
        source=f"Rosstat, vintage {vintage}; named dead: vintage {named.vintage}",
    )  # fmt: skip
    save_plot(axes, file)


def _print(found: Multiverse, vintage: str) -> None:
    from rich.console import Console
    from rich.table import Table

    summary = found.summary()
    console = Console()
    table = Table(title=f"Excess under {summary['specifications'].iloc[0]} specifications")
    for name in ("", "default", "medians from", "to", "stacked by placebo", "lower above 0"):
        table.add_column(name, justify="right" if name else "left")
    for row in summary.to_dict("records"):
        table.add_row(
            row["period"],
            f"{row['default']:,.0f} ({row['lower']:,.0f} to {row['upper']:,.0f})",
            f"{row['lowest_median']:,.0f}", f"{row['highest_median']:,.0f}",
            f"{row['stacked']:,.0f} ({row['stacked_lower']:,.0f} to {row['stacked_upper']:,.0f})",
            f"{row['above_zero']:.0%}",
        )  # fmt: skip
    table.caption = f"Rosstat, vintage {vintage}"
    console.print(table)
    assert found.weights is not None
    weighed = Table(title=f"Weights, from {found.weights['windows'].iloc[0]} placebo windows")
    for name in ("baseline", "trend", "weight", "mean log density"):
        weighed.add_column(
            name, justify="right" if name in ("weight", "mean log density") else "left"
        )
    for row in found.weights.to_dict("records"):
        weighed.add_row(
            row["baseline"], row["trend"], f"{row['weight']:.2f}", f"{row['log_density']:.3f}"
        )
    console.print(weighed)
    failed = int(summary["unconverged"].iloc[0])
    if failed:
        console.print(
            f"{failed} specifications did not converge; they are in the range all the same."
        )
