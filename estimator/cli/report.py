"""What `estimator report` records beside its numbers, and what it writes with `--out`."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from estimator.errors import DataError

UNNAMED = ("out", "as_json", "quiet")
"""Options that change no number."""


def write_pages(
    context: typer.Context, folder: Path, estimate: Any, minimum: Any, level: float, model: Any
) -> list[Path]:
    """Write a report into a folder, with the command that makes it and the files it was made of."""
    from estimator.published.comparison import compare_with_published
    from estimator.report.report import Report

    known, own = estimate.provenance, _own(context.params)
    report = Report(
        estimate,
        minimum,
        level=level,
        published=None if own else compare_with_published,
        weeks=None if own else _weeks(estimate),
        model=model,
        command=known.get("command", ""),
        files=known.get("files", {}),
    )
    return report.write(folder)


def with_record(context: typer.Context, estimate: Any, minimum: Any) -> Any:
    """Return the estimate with its place, command, files and minimum in its provenance."""
    given = context.params
    told: dict[str, Any] = {
        "place": _place(given),
        "command": reproduce(context),
        "files": dict(_checksums(given, minimum)),
    }
    if minimum is not None:
        told["minimum"] = {
            "source": minimum.source, "vintage": str(minimum.vintage), "total": minimum.total,
            "population": minimum.population,
        }  # fmt: skip
    return replace(estimate, provenance=estimate.provenance | told)


def folder(text: str) -> Path:
    """Read the option --out.

    Raises
    ------
    DataError
        If it is empty: files would fall into the working folder.
    """
    if not text.strip():
        raise DataError("--out is empty. Name a folder, or write --out . for the present one.")
    return Path(text)


Name = Annotated[
    str | None, typer.Option(help="Whose deaths: a country or place. Else the file's name.")
]
Out = Annotated[
    Path | None,
    typer.Option(
        parser=folder,
        metavar="FOLDER",
        help="Folder for report.html, figures, tables and posterior.nc.",
    ),
]


def _own(given: dict[str, Any]) -> bool:
    """Whether the table is the user's."""
    return any(given.get(name) is not None for name in ("counts", "triangle"))


def _place(given: dict[str, Any]) -> str:
    """Return the name given, else that of the user's file, else the country of the bundled tables."""
    file = given.get("counts") or given.get("triangle")
    return given.get("name") or (Path(file).stem if file else "Russia")


def reproduce(context: typer.Context) -> str:
    """Return the command with the options that decide its numbers and the seed; of paths the name."""
    words = ["estimator", context.info_name or ""]
    for parameter in context.command.params:
        name = parameter.name or ""
        value = context.params.get(name)
        source = context.get_parameter_source(name)
        typed = source is not None and source.name == "COMMANDLINE"
        if name in UNNAMED or not (typed or name == "seed"):
            continue
        told = [] if parameter.param_type_name == "argument" else [parameter.opts[0]]
        if not isinstance(value, bool):
            told += [_plain(one) for one in (value if isinstance(value, list | tuple) else [value])]
        words += told
    return shlex.join(words)


def _plain(value: Any) -> str:
    # a folder of the user's says nothing to others, and may hold a name
    text = str(getattr(value, "value", value))
    return Path(text).name if Path(text).suffix and "/" in text else text


def _weeks(estimate: Any) -> Any:
    from estimator.published.comparison import weekly_figures

    return weekly_figures(estimate)


def beside_totals(estimate: Any) -> Any:
    """Return the published totals of the same men, to print in a table with ours."""
    if estimate.unit == "deaths":
        from estimator.published.figures import vital_figures

        return vital_figures()
    from estimator.published.comparison import registry_figures

    return registry_figures(estimate)


def _checksums(given: dict[str, Any], minimum: Any) -> Iterator[tuple[str, str]]:
    """Yield each file that was read: the user's by name, the bundled ones by their place."""
    if given.get("counts") is not None:
        yield _sha256(given["counts"])
    elif getattr(given.get("route"), "value", "") == "registry":
        yield _registry_file(given, "triangle", "registry_reconstruction_2023")
        yield _registry_file(given, "matched", "rnd2023_matched_sample")
    else:
        yield _bundled("rosstat_deaths_russia")
        if given.get("subtract_hiv"):
            yield _bundled("rosstat_hiv_deaths_russia")
    if minimum is None:
        return
    chosen = Path(given.get("minimum") or "")
    if chosen.suffix:
        yield _sha256(chosen)
        return
    from estimator.sources.named_list import AGES, WEEKS

    day = str(minimum.vintage)
    yield _bundled(WEEKS[day][0] if day in WEEKS else AGES.get(day, "named_list_series"))


def _registry_file(given: dict[str, Any], option: str, table: str) -> tuple[str, str]:
    return _sha256(given[option]) if given.get(option) else _bundled(table)


def _bundled(table: str) -> tuple[str, str]:
    from estimator.data.bundled import manifest

    row = manifest().loc[table]
    return str(row["path"]), str(row["sha256"])


def _sha256(path: Path) -> tuple[str, str]:
    with path.open("rb") as file:
        return path.name, hashlib.file_digest(file, "sha256").hexdigest()
