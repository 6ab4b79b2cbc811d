"""Pages computed at each build: published figures, data dictionary, Python and command reference."""

import io
import logging
import math
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

import estimator as est
from estimator.data import bundled
from tests import schemas

log = logging.getLogger("mkdocs.hooks.pages")


def on_files(files: Any, config: Any) -> Any:
    """Add the generated pages and the forest plot."""
    log.info("Published figures compared: fitting the bundled counts")
    published, plot = _published()
    log.info("Data dictionary, Python and commands")
    made: dict[str, str | bytes] = {
        "published.md": published,
        "figures/compare.svg": plot,
        "dictionary.md": _dictionary(),
        "api.md": _api(),
        "commands.md": _commands(),
    }
    for name, content in made.items():
        files.append(File.generated(config, name, content=content))
    return files


def _published() -> tuple[str, bytes]:
    from estimator.published.comparison import compare_with_published
    from estimator.published.specification import MINIMUM, RUSSIA
    from estimator.report.console.published import comparison_markdown
    from estimator.report.plots.published import plot_comparison
    from estimator.report.plots.style import save_plot
    from estimator.report.tables import estimate_rows

    estimate = est.fit(est.VitalModel(est.load_rosstat(), RUSSIA), seed=1)
    minimum = est.load_named_list(MINIMUM)
    rows = compare_with_published(estimate, estimate_rows(estimate, minimum), minimum)
    picture = io.BytesIO()
    save_plot(plot_comparison(rows), picture, format="svg", metadata={"Date": None})
    text = f"""# Published figures compared

`estimator compare` prints these tables and `--plot forest.svg` draws this plot. Every figure keeps its
date of publication, its kind (minimum, estimate, claim, count), its interval under the name that its
publisher gave it, and its address. Figures of different vintages are not tests of one another. Many have
their wording second-hand, and then say so.

![Our estimate and published figures of 2022, 2023 and both](figures/compare.svg)

{comparison_markdown(rows)}
"""
    return text, picture.getvalue()


def _dictionary() -> str:
    lines = [
        "# Data dictionary",
        "",
        "Tables that ship with the package, from `fixtures/MANIFEST.csv` and the schemas that the tests",
        "hold them to. A checksum is verified whenever a table is read. Where each comes from in detail:",
        "`fixtures/SOURCES.md`. Files that do not ship: `estimator fetch`.",
        "",
    ]
    for row in bundled.manifest().to_dict("records"):
        lines += [
            f"## {row['id']}",
            "",
            f"{_cell(row['publication'])}. {_cell(row['how_read'])}.",
            "",
            f"File `{row['path']}`, in {_cell(row['unit'])}. Published {row['published_on']}, vintage "
            f"{_cell(row['vintage'])}. Licence: {_cell(row['licence'])}. From: {_cell(row['locator'])}.",
            "",
        ]
        lines += _columns(schemas.SCHEMAS[row["id"]])
    return "\n".join(lines)


def _columns(schema: Any) -> list[str]:
    lines = ["| column | type | allowed | may be blank |", "|---|---|---|---|"]
    for name, column in schema.columns.items():
        allowed = "; ".join(_cell(_allowed(check)) for check in column.checks)
        blank = "yes" if column.nullable else ""
        lines.append(f"| `{name}` | {_type(str(column.dtype))} | {allowed} | {blank} |")
    key = ", ".join(f"`{name}`" for name in schema.unique or [])
    return [*lines, "", f"One row for each {key}.", ""]


def _type(name: str) -> str:
    known = {"int": "whole number", "flo": "number", "str": "text", "obj": "text"}
    return known.get(name[:3], name)


def _allowed(check: Any) -> str:
    """Say in words what a check of a column allows."""
    told = check.statistics
    if "min_value" in told:
        low, high = told["min_value"], told["max_value"]
        if math.isinf(low) and math.isinf(high):
            return "any"
        if math.isinf(high):
            return f"{low} or more"
        return f"{high} or less" if math.isinf(low) else f"{low} to {high}"
    if "allowed_values" in told:
        return ", ".join(str(value) for value in told["allowed_values"])
    if "pattern" in told:
        pattern = str(getattr(told["pattern"], "pattern", told["pattern"]))
        known = {schemas.DAY: "YYYY-MM-DD", schemas.PARTIAL_DATE: "YYYY, YYYY-MM or YYYY-MM-DD"}
        known |= {schemas.BAND: "first-last age", ".+": "any text", schemas.ADDRESS: "an address"}
        inner = pattern.removeprefix("^(?:").removesuffix(")$")
        return known.get(inner, f"`{inner}`")
    return str(check.error or check.name)


def _cell(text: str) -> str:
    for letter in "[|~":
        text = text.replace(letter, f"\\{letter}")
    return text.replace("<", "&lt;").rstrip(".")


def _api() -> str:
    groups = tomllib.loads((Path(__file__).parents[1] / "reference.toml").read_text(encoding="utf-8"))
    lines = [
        "# Python",
        "",
        "Everything that `import estimator as est` offers, in the order of work. A name loads when it is first",
        "used: importing the package loads neither PyMC nor pandas. Examples build on one another.",
        "",
    ]
    for group, names in groups.items():
        lines += [f"## {group}", "", names["about"], ""]
        for name, example in names.items():
            if name != "about":
                lines += [*_entry(name), "```pycon", example.strip(), "```", ""]
    return "\n".join(lines)


def _entry(name: str) -> list[str]:
    one = getattr(est, name)
    if not hasattr(one, "__qualname__"):  # a module: its functions follow
        functions = [f"::: {getattr(one, plot).__module__}.{plot}" for plot in one.__all__]
        return [
            f"### {name}",
            "",
            *(line for entry in functions for line in (entry, "    options: {heading_level: 4}", "")),
        ]
    return [f"::: {one.__module__}.{one.__qualname__}", "    options: {heading_level: 3}", ""]


def _commands() -> str:
    from typer.main import get_command

    from estimator.cli.main import app

    root: Any = get_command(app)
    lines = ["# Commands", "", *_paragraphs(root.help), ""]
    for name, command in _walk(root, "estimator"):
        lines += [f"## {name}", "", *_paragraphs(command.help), ""]
        lines += ["| option | what | default |", "|---|---|---|"]
        for option in command.params:
            given = option.opts[0] if option.opts[0].startswith("-") else option.name.upper()
            default = "" if option.default in (None, False) else f"`{option.default}`"
            lines.append(f"| `{given}` | {_cell(getattr(option, 'help', '') or '')} | {default} |")
        lines.append("")
    return "\n".join(lines)


def _walk(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield every command with its full name; a group alone only where it does something itself."""
    for name, command in group.commands.items():
        if not hasattr(command, "commands"):
            yield f"{prefix} {name}", command
            continue
        if command.invoke_without_command:
            yield f"{prefix} {name}", command
        yield from _walk(command, f"{prefix} {name}")


def _paragraphs(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").replace("\f", "").splitlines()]
