"""What `estimator report --out` writes: the same for all commands that end in an estimate."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

UNNAMED = ("out", "as_json", "quiet")
"""Options that change no number."""


def write_pages(
    context: typer.Context, folder: Path, estimate: Any, minimum: Any, level: float, model: Any
) -> list[Path]:
    """Write a report into a folder, with the command that makes it and the files it was made of."""
    from estimator.report.content import Report
    from estimator.report.folder import write_report

    given = context.params
    own = any(given.get(name) is not None for name in ("counts", "triangle"))
    report = Report(
        estimate,
        minimum,
        level,
        published=None if own else _beside(estimate, minimum, level),
        model=model,
        command=reproduce(context),
        files=dict(_checksums(given, minimum)),
    )
    return write_report(report, folder)


def reproduce(context: typer.Context) -> str:
    """Return the command with the options that decide its numbers; of paths the name is kept."""
    words = ["estimator", context.info_name or ""]
    for parameter in context.command.params:
        name = parameter.name or ""
        value = context.params.get(name)
        source = context.get_parameter_source(name)
        if name in UNNAMED or source is None or source.name != "COMMANDLINE":
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


def _beside(estimate: Any, minimum: Any, level: float) -> Any:
    """Return every published figure beside ours."""
    from estimator.published.beside import beside
    from estimator.report.tables import estimate_rows

    return beside(estimate, estimate_rows(estimate, minimum, level=level), minimum)


def beside_totals(estimate: Any) -> Any:
    """Return the published totals of the same men, to print in a table with ours."""
    if estimate.unit == "deaths":
        from estimator.published.comparison import beside_vital

        return beside_vital()
    from estimator.published.beside import beside_registry

    return beside_registry(estimate)


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
    from estimator.bundled import manifest

    row = manifest().loc[table]
    return str(row["path"]), str(row["sha256"])


def _sha256(path: Path) -> tuple[str, str]:
    with path.open("rb") as file:
        return path.name, hashlib.file_digest(file, "sha256").hexdigest()
