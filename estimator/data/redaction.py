"""What an error may quote of a file: nothing that can be a person's name.

A table given in the place of another may hold persons, and one without a header has them for column
names. So a column is named only by a word that a reader knows, and a value is quoted only where it is
a short number, an age or one of a few words; of dates only in a column of dates. Of the rest the place
and the length are given.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from estimator.errors import DataError

LONGEST = 9
"""Characters of a number that is quoted: longer ones can be those of a passport."""
NUMBER = re.compile(r"[-+−]?[\d.,  ]+(?:e[-+]?\d{1,3})?%?", re.IGNORECASE)
AGE = re.compile(r"\[?(?:y|y_ge|y_lt|[<>≥]=?)?\d{1,3}(?:\s?[-–:/]\s?\d{1,3}|\+)?\]?", re.IGNORECASE)
DATE = re.compile(
    r"-?\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[ T]\d{2}:\d{2}:\d{2})?"
    r"|\d{4}-?W\d{2}|\d{4}[-./]\d{2}|\d{2}[-./]\d{4}|(?:18|19|20)\d{6}"
)
VOCABULARY = frozenset(
    "nan na n/a nat none null inf -inf infinity total all both unknown unk missing always never "
    "suppressed unreliable .. : … male female всего итого неизвестно".split()
)
USUAL_COLUMNS = frozenset(
    "age ages cause causes code codes comment country crude data dataflow date day decimals flag footnote "
    "freq frequency gender group groups icd id index iso iso2 iso3 iso3c iso3n last list metric month name "
    "note notes number obs order rate rates record region reliability remarks series sex source state status "
    "subdivision time ten type unit update url variant version week year years five single country unnamed "
    "region код источник страна примечание округ показатель ед измерения".split()
)
"""Words of column names that are no part of a person's."""
PERSON = re.compile(r"\d{4}|(?:ич|[вчш]на|оглы|кызы|v[iy]ch|[eo]vna|ichna)\b", re.IGNORECASE)
"""Signs of a person in the place of a region: a patronymic, or digits of a date or document."""


def quoted(value: object, *, dates: bool = False) -> str:
    """Return a value in quotation marks, or how long it is where it could be a person's."""
    text = str(value)
    plain = text.strip()
    date = DATE.fullmatch(plain) is not None
    short = len(plain) <= LONGEST and (NUMBER.fullmatch(plain) or AGE.fullmatch(plain))
    if (date and dates) or (short and not date) or len(plain) == 1 or plain.casefold() in VOCABULARY:
        return repr(value) if isinstance(value, str) else text
    return f"a text of {len(text)} characters"


def place_name(label: object) -> str:
    """Return the name of a region, unless it looks like a person's."""
    text = str(label)
    if PERSON.search(text) or len(text) > 60:
        return f"a text of {len(text)} characters"
    return text


def letters(text: str) -> str:
    """Return a column name as it is compared: case, spaces, hyphens and underscores are nothing."""
    return re.sub(r"[\W_]+", "", text.casefold())


def ignored_columns(columns: Iterable[str], aliases: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a note of the columns that are not read, by name or, where it may be a person's, by place."""
    names = {letters(alias) for name, others in aliases.items() for alias in (name, *others)}
    ignored = {}
    for place, column in enumerate(map(str, columns), 1):
        if column.strip() and letters(column) not in names:
            terms = set(re.split(r"[\W_]+", column.casefold())) - {""}
            ignored[column] = column if terms and terms <= USUAL_COLUMNS else f"column {place}"
    return [f"columns not read: {', '.join(ignored.values())}"] if ignored else []


def known_columns(columns: Iterable[str], aliases: Mapping[str, Sequence[str]]) -> str:
    """Return the names of known columns (canonical to others) for a message, and the places of others."""
    columns = [str(column) for column in columns]
    names = {letters(alias) for name, others in aliases.items() for alias in (name, *others)}
    known = [column for column in columns if letters(column) in names]
    other = [str(i) for i, column in enumerate(columns, 1) if letters(column) not in names]
    if not known:
        return f"{len(columns)} columns, none of a known name (is row 1 the header?)"
    if not other:
        return ", ".join(known)
    places = f"{len(other)} columns" if len(other) > 6 else f"columns {', '.join(other)}"
    rest = f"column {other[0]} of an unknown name" if len(other) == 1 else f"{places} of unknown names"
    return f"{', '.join(known)} and {rest}"


def missing_column(
    column: str,
    columns: Iterable[str],
    aliases: Mapping[str, Sequence[str]],
    name: str,
    remedy: str,
) -> DataError:
    """Return the error of a column that is missing from the file `name`."""
    known = known_columns(columns, aliases)
    return DataError(f"{name}: row 1: column {column} is missing; found {known}. {remedy}")


def check_file(path: Path) -> None:
    """Refuse a name of which there is no file, or only a folder."""
    if path.is_dir():
        raise DataError(f"{path.name}: this is a folder. Name a file in it.")
    if not path.is_file():
        raise DataError(f"{path.name}: no such file. Check the path.")


def check_columns(frame: pd.DataFrame, columns: Iterable[str], source: str) -> None:
    """Refuse a table that lacks one of these columns."""
    if missing := [name for name in columns if name not in frame]:
        raise DataError(f"{source}: column {missing[0]} is missing. Add it.")


def not_counts(numbers: pd.Series) -> pd.Series:
    """Return which numbers are not whole persons, zero or more; missing ones are not."""
    return ~numbers.between(0, np.inf, inclusive="left") | (numbers % 1 != 0)


def check_rows(
    column: pd.Series,
    wrong: ArrayLike,
    fault: str | Callable[[int], str],
    remedy: str,
    *,
    source: str,
    dates: bool = False,
) -> None:
    """Refuse a column with rows at fault: name the first, its value and how many there are.

    `fault` says what is wrong, with ``{}`` for the value, or is made of the place of the first row.
    The column's name and index are those of the file; `dates` may be quoted where they are expected.
    """
    wrong = np.asarray(wrong, bool)
    if not wrong.any():
        return
    at = int(wrong.argmax())
    value = column.iloc[at]
    known = "missing" if pd.isna(value) else quoted(value, dates=dates)
    text = fault.replace("{}", known) if isinstance(fault, str) else fault(at)
    raise DataError(
        f"{source}: column {column.name}, row {column.index[at]}: {text} (such rows: "
        f"{int(wrong.sum())}). {remedy}"
    )
