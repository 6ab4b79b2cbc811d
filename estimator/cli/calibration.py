"""Command line of calibration: `estimator placebo` and `estimator known-truth`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from estimator.cli.options import (
    Seed,
    age_span,
    age_span_or_none,
    print_json,
    refuse_place_of_file,
    refuse_place_of_folder,
)
from estimator.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from estimator.data.counts import Counts

app = typer.Typer()


@app.command()
def placebo(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Tables of deaths, a territory each (or several regions); none: Russia, bundled.",
            show_default=False,
        ),
    ] = None,
    baseline_years: Annotated[
        int, typer.Option(help="Years up to the origin that are learned from.")
    ] = 20,
    minimum_baseline: Annotated[
        int | None,
        typer.Option(help="Fewest years behind an origin; by default --baseline-years."),
    ] = None,
    horizons: Annotated[
        str, typer.Option(help="Target years after the origin, forecast jointly.")
    ] = "3,4",
    every: Annotated[int, typer.Option(help="Take every n-th origin.")] = 1,
    since: Annotated[int, typer.Option(help="First year used.")] = 1960,
    until: Annotated[int | None, typer.Option(help="Last target year.")] = None,
    ages: Annotated[str, typer.Option(help="Target ages, first:last.")] = "15:49",
    control_ages: Annotated[
        str, typer.Option(help="Ages that tell of common shocks, first:last; or none.")
    ] = "55:69",
    exclude: Annotated[
        str | None,
        typer.Option(help="Wars and pandemics: windows with these years are left out."),
    ] = None,
    rosstat: Annotated[
        bool,
        typer.Option(
            "--rosstat", help="Files are Rosstat's regions, as Kobak et al. publish them."
        ),
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    draws: Annotated[int, typer.Option(help="Posterior draws of each fit.")] = 1000,
    seed: Seed = 1,
    folder: Annotated[
        Path | None,
        typer.Option(help="Keep fits here, and the scored windows; started again, repeat none."),
    ] = None,
    nuts: Annotated[
        int,
        typer.Option(min=0, help="Fit so many origins, at random, again with NUTS and compare."),
    ] = 0,
    plot: Annotated[Path | None, typer.Option(help="Scoreboard as a plot, SVG or PNG.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Forecast peacetime, where the truth is known, and score intervals beside rival rules."""
    from estimator.calibration import placebo as study
    from estimator.calibration.placebo_window import OURS
    from estimator.calibration.study import process_pool

    refuse_place_of_file(plot, "--plot")
    refuse_place_of_folder(folder, "--folder")
    ahead = [step.strip() for step in horizons.split(",")]
    if not all(step.isdigit() for step in ahead):
        raise DataError(f"--horizons: {horizons!r} are not years. Write 3,4.")
    territories = _territories(files or [], rosstat)
    with process_pool(jobs) as pool:
        result = study.placebo(
            territories,
            seed=seed,
            horizons=[int(step) for step in ahead],
            baseline_years=baseline_years,
            minimum_baseline=minimum_baseline,
            since=since,
            until=until,
            every=every,
            ages=age_span(ages, "--ages"),
            control_ages=age_span_or_none(control_ages, "--control-ages"),
            exclude=exclude,
            draws=draws,
            executor=pool,
            folder=folder,
            progress=not quiet and sys.stderr.isatty(),
        )
    if folder is not None:
        result.windows.to_csv(folder / "windows.csv", index=False)
    if plot is not None:
        from estimator.report.plots.placebo import plot_scoreboard
        from estimator.report.plots.style import save_plot

        save_plot(plot_scoreboard(result.scoreboard(), result.windows), plot)
    document = result.to_dict()
    if nuts:
        from estimator.calibration.placebo_nuts import refit_with_nuts

        again = refit_with_nuts(result, territories, number=nuts, seed=seed)
        document["nuts"] = again.to_dict("records")
    if as_json:
        print_json(document)
        return
    from rich.console import Console

    console = Console()
    console.print(_board(result.scoreboard(), document["windows"]))
    console.print(
        f"{document['fits']} fits, {result.unconverged} unconverged. crps and bias are relative to the "
        "count; ratios are to ratio-5, with 95% bootstrap intervals over territories.",
        highlight=False,
    )
    cells = document["rules"][OURS]["cells"]
    told = [
        f"{part['number']:,} {name} {part['coverage']['95']:.1%}"
        for name, part in cells.items()
        if part["number"]
    ]
    console.print(f"95% intervals of age cells cover: {', '.join(told)}.", highlight=False)
    if nuts:
        console.print(_engines(again))


@app.command("known-truth")
def known_truth(
    total: Annotated[Path, typer.Argument(help="All deaths, the war's among them.")],
    truth: Annotated[
        Path, typer.Argument(help="The war's true dead: year, age_low, war_deaths[, sex].")
    ],
    baseline: Annotated[str, typer.Option(help="Peacetime years, such as 1895:1913.")],
    target: Annotated[str, typer.Option(help="War years, such as 1914:1918.")],
    masked: Annotated[str | None, typer.Option(help="Years observed but not used.")] = None,
    ages: Annotated[str, typer.Option(help="Target ages, first:last.")] = "15:49",
    control_ages: Annotated[
        str, typer.Option(help="Ages that tell of common shocks, first:last; or none.")
    ] = "55:69",
    seed: Seed = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Estimate a war whose deaths are known as if they were not, and score the estimate."""
    from estimator.calibration import known_truth as known
    from estimator.data.periods import Periods
    from estimator.models.vital.model import VitalModel
    from estimator.sources.deaths import read_counts

    model = VitalModel(
        read_counts(total),
        Periods(baseline=baseline, target=target, masked=masked),
        ages=age_span(ages, "--ages"),
        control_ages=age_span_or_none(control_ages, "--control-ages"),
    )
    result = known.known_truth(model, truth, seed=seed)
    if as_json:
        sys.stdout.write(result.to_json() + "\n")
        return
    from rich.console import Console

    Console().print(_truth_table(result.summary()))


def _territories(files: list[Path], rosstat: bool = False) -> dict[str, Counts]:
    from estimator.sources.deaths import read_counts
    from estimator.sources.rosstat import load_rosstat, read_rosstat_regions

    if rosstat and not files:
        raise DataError(
            "--rosstat: name the file of regions, such as rosstat_deaths_by_region.csv.gz."
        )
    if not files:
        return {"Russia": load_rosstat()}
    found: dict[str, Counts] = {}
    for path in files:
        name, counts = (
            path.name.partition(".")[0],
            (read_rosstat_regions if rosstat else read_counts)(path),
        )
        parts = {f"{name}: {r}": counts.select(region=r) for r in counts.regions}
        for key, part in (parts or {name: counts}).items():
            if key in found:
                raise DataError(f"{path.name}: a territory {key} is there already. Rename a file.")
            found[key] = part
    return found


def _board(board: pd.DataFrame, windows: int) -> Table:
    names = ("rule", "50%", "80%", "95%", "crps", "crps ratio", "rmse\nratio", "bias")
    table = _table(f"Placebo: coverage and scores of the total, {windows} windows", names)
    for rule, row in board.iterrows():
        table.add_row(
            str(rule),
            *(f"{row[f'coverage_{level}']:.1%}" for level in (50, 80, 95)),
            f"{row['crps']:.2%}",
            f"{row['crps_ratio']:.3f}{_bounds(row, 'crps_ratio')}",
            f"{row['rmse_ratio']:.3f}",
            f"{row['bias']:+.1%}",
        )
    return table


def _bounds(row: pd.Series, name: str) -> str:
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return "" if low is None or low != low or low == high else f" ({low:.2f}-{high:.2f})"


def _engines(again: pd.DataFrame) -> Table:
    names = ("territory", "origin", "year", "mean", "sd", "NUTS mean", "NUTS sd", "difference, sd")
    table = _table("The same windows with NUTS", names)
    for row in again.itertuples():
        table.add_row(
            f"{row.territory}{'' if row.converged else ' (did not converge)'}",
            str(row.origin), str(row.year), f"{row.mean:,.0f}", f"{row.sd:,.0f}",
            f"{row.mean_nuts:,.0f}", f"{row.sd_nuts:,.0f}", f"{row.difference:+.2f}",
        )  # fmt: skip
    return table


def _truth_table(summary: pd.DataFrame) -> Table:
    table = _table("Known truth", ("", *(str(rule) for rule in summary.index)))
    rows = {
        "truth": lambda row: f"{row['truth']:,.0f}",
        "estimate": lambda row: f"{row['estimate']:,.0f}",
        "error": lambda row: f"{row['error_relative']:+.1%}",
        "95% interval": lambda row: f"{row['lower']:,.0f} to {row['upper']:,.0f}",
        "holds the truth": lambda row: "yes" if row["covered"] else "no",
        "crps": lambda row: f"{row['crps']:,.0f}",
        "age-year cells": lambda row: f"{row['cells']}",
        "95% covers cells": lambda row: f"{row['coverage_95']:.0%}",
        "mean cell crps": lambda row: f"{row['cell_crps']:,.0f}",
    }
    for name, write in rows.items():
        table.add_row(name, *(write(row) for _, row in summary.iterrows()))
    return table


def _table(title: str, names: tuple[str, ...]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), title_justify="left")
    for place, name in enumerate(names):
        # where it is narrow, bounds and names go on to the next line: a number is never cut
        table.add_column(name, justify="right" if place else "left", overflow="fold")
    return table
