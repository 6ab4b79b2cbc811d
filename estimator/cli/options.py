"""What the commands share: forms that users type in, and JSON that they get out."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from estimator.errors import DataError

Seed = Annotated[int, typer.Option(min=0, help="Same seed, same machine: same digits.")]


class Commands(TyperGroup):
    """Commands whose flags are listed in --help without a type: they take no value."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options of the command line itself."""
        return _flags_without_type(super().get_params(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by name."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            _flags_without_type(command.get_params(ctx))
        return command


def _flags_without_type(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    return parameters


def age_span(text: str, option: str) -> tuple[int, int]:
    """Return the first and last age of a span written ``15:49``.

    Parameters
    ----------
    text : str
        What the user wrote.
    option : str
        The option, named in the error.

    Raises
    ------
    DataError
        If it is not two whole numbers with a colon between, the first not above the last.
    """
    first, separator, last = text.partition(":")
    if not separator or not first.strip().isdigit() or not last.strip().isdigit():
        raise DataError(
            f"{option}: {text!r} is not a span of ages. Write first:last, such as 15:49."
        )
    if int(last) < int(first):
        raise DataError(
            f"{option}: {int(first)}:{int(last)} runs backwards. Write {int(last)}:{int(first)}."
        )
    return int(first), int(last)


def age_span_or_none(text: str, option: str) -> tuple[int, int] | None:
    """Return a span of ages, or None where the user wrote ``none``; see `age_span` for the parameters."""
    return None if text.lower() == "none" else age_span(text, option)


def given_options(context: typer.Context) -> dict[str, str]:
    """Return the options that stand on the command line: name of the parameter to how it is written."""
    return {
        str(parameter.name): parameter.opts[0]
        for parameter in context.command.params
        if str(context.get_parameter_source(str(parameter.name))).endswith("COMMANDLINE")
    }


def refuse_place_of_folder(path: Path | None, option: str) -> None:
    """Refuse, before anything is computed, a folder that cannot be made or written into.

    Parameters
    ----------
    path : Path or None
        The folder; None is nothing to refuse.
    option : str
        The option, named in the error.

    Raises
    ------
    DataError
        If a file is in the way, or the folder, or the one it would be made in, cannot be written.
    """
    if path is None:
        return
    place = path.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        what = "is a file" if place == path.absolute() else f"lies below {place.name}, a file"
        raise DataError(f"{option}: {path.name} {what}. Name a folder, which is made if not there.")
    if not os.access(place, os.W_OK | os.X_OK):
        raise DataError(f"{option}: {place.name or place} cannot be written into. Choose another.")


def refuse_place_of_file(path: Path | None, option: str) -> None:
    """Refuse, before anything is computed, a file that cannot be written.

    Parameters
    ----------
    path : Path or None
        The file; None is nothing to refuse.
    option : str
        The option, named in the error.

    Raises
    ------
    DataError
        If it is a folder, or its folder is not there or cannot be written.
    """
    if path is None:
        return
    if path.is_dir():
        raise DataError(f"{option}: {path.name} is a folder. Name a file in it.")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise DataError(f"{option}: no folder {path.parent}. Make it first.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DataError(
            f"{option}: {folder.name or folder} cannot be written into. Choose another."
        )


def print_json(document: Any) -> None:
    """Print a document as JSON on stdout; NaN is an error and never printed."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
