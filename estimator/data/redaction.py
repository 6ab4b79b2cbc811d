"""What an error may quote of a file: nothing that can be a person's name.

A table given in the place of another may hold persons, and one without a header has them for column
names. So a column is named only by a word that a reader knows, and a value is quoted only where it is
a short number, an age or one of a few words; of dates only in a column of dates. Of the rest the place
and the length are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from estimator.errors import DataError

LONGEST = 9
"""Characters of a number that is quoted: longer ones can be those of a passport."""
NUMBER = re.compile(r"[-+−]?[\d.,  ]+(?:e[-+]?\d{1,3})?%?", re.IGNORECASE)
AGE = re.compile(r"\[?(?:y|y_ge|y_lt|[<>≥]=?)?\d{1,3}(?:\s?[-–:/]\s?\d{1,3}|\+)?\]?", re.IGNORECASE)
DATE = re.compile(
    r"-?\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[ T]\d{2}:\d{2}:\d{2})?"
    r"|\d{4}-?W\d{2}|\d{4}[-./]\d{2}|\d{2}[-./]\d{4}|(?:18|19|20)\d{6}"
)
WORDS = frozenset(
    "nan na n/a nat none null inf -inf infinity total all both unknown unk missing always never "
    "male female всего итого неизвестно".split()
)
PERSON = re.compile(r"\d{4}|(?:ич|[вчш]на|оглы|кызы|v[iy]ch|[eo]vna|ichna)\b", re.IGNORECASE)
"""Signs of a person in the place of a region: a patronymic, or digits of a date or document."""


def quoted(value: object, *, dates: bool = False) -> str:
    """Return a value in quotation marks, or how long it is where it could be a person's.

    Parameters
    ----------
    value : object
        A field of a file.
    dates : bool
        Whether dates are expected there, and may be quoted.
    """
    text = str(value)
    plain = text.strip()
    date = DATE.fullmatch(plain) is not None
    short = len(plain) <= LONGEST and (NUMBER.fullmatch(plain) or AGE.fullmatch(plain))
    if (date and dates) or (short and not date) or len(plain) == 1 or plain.casefold() in WORDS:
        return repr(value) if isinstance(value, str) else text
    return f"a text of {len(text)} characters"


def place_name(label: object) -> str:
    """Return the name of a region, unless it looks like a person's.

    Parameters
    ----------
    label : object
        What stands in the column of regions.
    """
    text = str(label)
    if PERSON.search(text) or len(text) > 60:
        return f"a text of {len(text)} characters"
    return text


def letters(text: str) -> str:
    """Return a column name as it is compared: case, spaces, hyphens and underscores are nothing."""
    return re.sub(r"[\W_]+", "", text.casefold())


def known_columns(columns: Iterable[str], aliases: Mapping[str, Sequence[str]]) -> str:
    """Return the columns found, those by name that a reader knows, and of the others the place.

    Parameters
    ----------
    columns : iterable of str
        The columns of the file.
    aliases : mapping
        Canonical name to the other names users write.
    """
    columns = [str(column) for column in columns]
    words = {letters(word) for name, others in aliases.items() for word in (name, *others)}
    known = [column for column in columns if letters(column) in words]
    other = [str(i) for i, column in enumerate(columns, 1) if letters(column) not in words]
    if not known:
        return f"{len(columns)} columns, none of a known name (is row 1 the header?)"
    if not other:
        return ", ".join(known)
    if len(other) > 6:
        return f"{', '.join(known)} and {len(other)} columns of unknown names"
    if len(other) == 1:
        return f"{', '.join(known)} and column {other[0]} of an unknown name"
    return f"{', '.join(known)} and columns {', '.join(other)} of unknown names"


def missing_column(
    column: str,
    columns: Iterable[str],
    aliases: Mapping[str, Sequence[str]],
    name: str,
    remedy: str,
    *,
    encoding: str | None = None,
) -> DataError:
    """Return the error of a column that is not there.

    Parameters
    ----------
    column : str
        What is missing.
    columns : iterable of str
        The columns of the file.
    aliases : mapping
        Canonical name to the other names users write.
    name : str
        The file's name.
    remedy : str
        What to do, in a sentence.
    encoding : str, optional
        How the file was read: in cp1251 any bytes are letters, so that unknown names that are not
        ASCII mean another encoding.
    """
    columns = [str(column) for column in columns]
    words = {letters(word) for known, others in aliases.items() for word in (known, *others)}
    strange = [text for text in columns if not text.isascii() and letters(text) not in words]
    if encoding == "cp1251" and strange:
        remedy = (
            "The file is not UTF-8, and read as cp1251 its column names are no known words: it may "
            "be in another encoding. Save it as UTF-8."
        )
    return DataError(
        f"{name}: row 1: column {column} is missing; found {known_columns(columns, aliases)}. {remedy}"
    )
