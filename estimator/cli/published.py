"""`estimator compare`, `replicate` and `fetch`: what others published."""

import sys
from typing import Annotated

from typer import Argument, Exit, Option, echo

from estimator.cli import options
from estimator.errors import DataError


def compare(
    plot: options.Plot = None,
    force: options.Force = False,
    everything: Annotated[
        bool, Option("--all", help="Print figures of other ages, people and periods too.")
    ] = False,
    figures: Annotated[
        bool, Option("--figures", help="Only list the published figures, without an estimate.")
    ] = False,
    quantity: Annotated[str | None, Option(help="With --figures: quantities that contain this text.")] = None,
    level: options.Level = 0.95,
    seed: options.Seed = 1,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Compare our estimate with every published figure of the same period and population.

    Ours is of men 15-49 in vital registration of Russia, 2022 and 2023. Figures of other ages, people
    and periods are printed with --all. JSON has all, with the whole note and address of each.
    """
    if quantity is not None and not figures:
        raise DataError("--quantity is of --figures. Add --figures, or leave it out.")
    if plot is not None and figures:
        raise DataError("--plot draws the comparison. Leave out --figures.")
    if figures:
        _list_figures(quantity, as_json)
        return
    from estimator.inference.fit import fit
    from estimator.models.vital.model import VitalModel
    from estimator.published.comparison import compare_with_published
    from estimator.published.specification import MINIMUM, RUSSIA
    from estimator.report import plots
    from estimator.report.console.published import comparison_tables
    from estimator.report.tables import estimate_rows, plain_rows
    from estimator.sources.named_list import load_named_list
    from estimator.sources.rosstat import load_rosstat

    progress = options.shows_progress(quiet)
    estimate = fit(VitalModel(load_rosstat(), RUSSIA), seed=seed, progress=progress)
    minimum = load_named_list(MINIMUM)
    rows = compare_with_published(estimate, estimate_rows(estimate, minimum, level=level), minimum)
    options.save_drawn(plot, lambda: plots.plot_comparison(rows))
    if plot is not None and not quiet:
        sys.stderr.write(f"wrote {plot}\n")
    tables = comparison_tables(rows, everything=everything)
    options.print_answer(plain_rows(rows), tables, as_json=as_json)


def _list_figures(quantity: str | None, as_json: bool) -> None:
    from estimator.published.figures import load_published
    from estimator.report.console.published import figures_table
    from estimator.report.tables import plain_rows

    table = load_published()
    if quantity:
        table = table[table["quantity"].str.contains(quantity, case=False, regex=False)]
        if table.empty:
            raise DataError(
                f"--quantity: no published quantity has {quantity!r} in it. Leave it out to see all."
            )
    options.print_answer(plain_rows(table), [figures_table(table)], as_json=as_json)


def replicate(as_json: options.Json = False, quiet: options.Quiet = False) -> None:
    """Recompute published estimates from published inputs and compare, to the printed digit."""
    from estimator.progress import progress_bar
    from estimator.published.replicate import replicate as recompute
    from estimator.report.console.report import replication_table

    with progress_bar("recomputing published figures", shown=options.shows_progress(quiet)):
        parts = recompute()
    options.print_answer(parts, [replication_table(parts)], as_json=as_json)
    if any(part["mismatches"] for part in parts.values()):
        raise Exit(1)


def fetch(
    names: Annotated[
        list[str] | None,
        Argument(metavar="[NAME]...", help="None: list what there is.", show_default=False),
    ] = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Bring public files from their publishers into the cache, checked, with licence and citation.

    ESTIMATOR_DATA names a folder to use instead of the cache. Without the internet the message says
    what to download by hand and where to put it. Without a name, the files are listed.
    """
    from estimator.report.console.published import remote_lines
    from estimator.sources import remote

    if not names:
        files = remote.remote_files().values()
        lines = remote_lines(files, remote.data_folder())
        options.print_answer([vars(file) for file in files], lines, as_json=as_json)
        return
    documents = []
    for name in names:
        fetched = remote.fetch(name, progress=options.shows_progress(quiet))
        documents.append({
            "name": name, "path": str(fetched.path), "sha256": fetched.sha256,
            "checksum": "verified" if fetched.verified else "unknown beforehand, computed here",
            "downloaded": fetched.downloaded, "licence": fetched.file.licence,
            "citation": fetched.file.citation, "read_with": fetched.file.read_with,
        })  # fmt: skip
        if not as_json:
            echo("\n".join(f"{key}: {value}" for key, value in documents[-1].items()))
    if as_json:
        options.print_json(documents)
