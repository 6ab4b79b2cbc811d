"""What the commands share: forms that users type in, and JSON that they get out."""

from __future__ import annotations

import json
import sys
from typing import Any

from estimator.errors import DataError


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
        If it is not two whole numbers with a colon between.
    """
    first, separator, last = text.partition(":")
    if not separator or not first.strip().isdigit() or not last.strip().isdigit():
        raise DataError(
            f"{option}: {text!r} is not a span of ages. Write first:last, such as 15:49."
        )
    return int(first), int(last)


def age_span_or_none(text: str, option: str) -> tuple[int, int] | None:
    """Return a span of ages, or None where the user wrote ``none``; see `age_span` for the parameters."""
    return None if text.lower() == "none" else age_span(text, option)


def print_json(document: Any) -> None:
    """Print a document as JSON on stdout; NaN is an error and never printed."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
