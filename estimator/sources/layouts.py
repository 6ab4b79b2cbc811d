"""Offices' layouts brought to one row a cell: years or sexes side by side, keys in one column."""

import re

import pandas as pd

from estimator.data.redaction import letters
from estimator.errors import DataError
from estimator.sources.columns import Aliases, find_columns
from estimator.sources.vocabulary import COUNTED, SEX_LABELS

PERIOD = re.compile(
    r"x?(\d{4}(?:-?[mqw]\d{1,2}|-\d{2})?)(?:\.0)?(?:\s*(?:\*+|\(?[a-z]{1,2}\)?))?", re.IGNORECASE
)
"""A column of a year, month or week, perhaps with a flag; R puts an x before a number."""
FLAGS = r"\s*[a-z]*$"
"""What follows a number in bulk files of Eurostat: provisional, break in series."""
NOT_AVAILABLE = (":", "", "..", "…", "-", "n/a", "na")


def lay_out(raw: pd.DataFrame, aliases: Aliases, name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table with one row a cell, under columns that `aliases` know, and notes of what was left out.

    The index holds the rows of the file, several times where columns were side by side.
    """
    notes: list[str] = list(raw.attrs.get("notes", ()))
    table = _without_labels(_split_key(raw))
    table = _without_marked_totals(table, notes)
    table = _ages_of_widths(table, aliases, name)
    known = find_columns(table.columns, aliases, name)
    if "count" in known:
        return table, tuple(notes)
    periods = [column for column in table.columns if PERIOD.fullmatch(column)]
    if periods and not known.keys() & {"year", "date", "time"}:
        table = _side_by_side(table, periods, "year", name)
        table["year"] = table["year"].str.extract(PERIOD.pattern, flags=re.IGNORECASE)[0]
        return _without_gaps(table, notes), tuple(notes)
    sexes = _sex_columns(table.columns)
    if "sex" not in known and {"female", "male"} <= sexes.keys():
        table = table.drop(columns=[sexes.pop("both")]) if "both" in sexes else table
        table = _side_by_side(table, list(sexes.values()), "sex", name)
        table["sex"] = table["sex"].map({column: sex for sex, column in sexes.items()})
    return table, tuple(notes)


def _split_key(table: pd.DataFrame) -> pd.DataFrame:
    r"""Part a first column such as ``freq,sex,age,geo\time``, and the flags from its numbers."""
    key = table.columns[0]
    if "\\" not in key or "," not in key:
        return table
    names = key.partition("\\")[0].split(",")
    parts = table[key].str.split(",", n=len(names) - 1, expand=True).reindex(columns=range(len(names)))
    numbers = table.drop(columns=key).apply(lambda column: column.str.replace(FLAGS, "", regex=True))
    return pd.concat([parts.set_axis([part.strip() for part in names], axis=1), numbers], axis=1)


def _without_labels(table: pd.DataFrame) -> pd.DataFrame:
    """Return the codes of columns of codes with their labels, as ``F:Females`` in SDMX-CSV."""
    labelled = [
        place for place in range(table.shape[1])
        if (text := table.iloc[:, place].dropna()).str.match(r"[A-Z][A-Z0-9_-]*:\s?\S").all() and len(text)
    ]  # fmt: skip
    if not labelled:
        return table
    table = table.copy()
    for place in labelled:
        table.isetitem(place, table.iloc[:, place].str.partition(":")[0])
    return table


def _without_marked_totals(table: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Leave out rows that a column of notes marks as totals, as CDC WONDER does."""
    if "notes" not in table:
        return table
    marked = table["notes"].astype("string").str.strip().str.casefold().isin(["total", "subtotal"])
    if not marked.any():
        return table
    notes.append(f"{int(marked.sum()):,} rows marked as totals left out")
    return table[~marked.to_numpy()]


def _ages_of_widths(table: pd.DataFrame, aliases: Aliases, name: str) -> pd.DataFrame:
    """Return ages as bands, where a column of lower bounds has one of widths: 15 and 5 are 15-19."""
    known = find_columns(table.columns, aliases, name)
    if "age" not in known or "age_width" not in known:
        return table
    age, width = (table[known[column]].astype("string").str.strip() for column in ("age", "age_width"))
    low = age.str.extract(r"^(\d{1,3})(?:\.0+)?$")[0]
    years = pd.to_numeric(width.str.replace(r"\.0+$", "", regex=True), errors="coerce")
    is_open = width.isna() | width.str.casefold().isin(["+", "open", "inf", "na", "nan", "-"])
    if (wrong := (low.notna() & ~is_open & ~years.ge(1).fillna(False)).to_numpy(bool)).any():
        row = table.index[int(wrong.argmax())]
        raise DataError(
            f"{name}: column {known['age_width']}, row {row}: not a number of years (such rows: "
            f"{int(wrong.sum())}). Write how many years of age the row holds, or + where it is open-ended."
        )
    last = (pd.to_numeric(low, errors="coerce") + years - 1).astype("Int64").astype("string")
    band = low + "-" + last
    band = band.mask(is_open, low + "+").where(low.notna(), age)
    return table.assign(**{known["age"]: band.astype(object)}).drop(columns=known["age_width"])


def _sex_columns(columns: pd.Index) -> dict[str, str]:
    """Return the columns that are counts of one sex, such as ``Female`` or ``deaths_male``, by sex."""
    meaning = {letters(label): sex for sex, known in SEX_LABELS.items() for label in (sex, *known)}
    counted = sorted({letters(word) for labels in COUNTED.values() for word in labels}, key=len, reverse=True)
    sexes: dict[str, str] = {}
    for column in columns:
        plain = letters(column)
        for word in counted:
            plain = plain.removeprefix(word).removesuffix(word)
        sex = meaning.get(plain)
        if sex in ("female", "male", "both") and plain:
            sexes.setdefault(sex, column)
    return sexes


def _side_by_side(table: pd.DataFrame, columns: list[str], key: str, name: str) -> pd.DataFrame:
    others = [column for column in table.columns if column not in columns]
    if len(set(table.columns)) < len(table.columns):
        twice = table.columns[table.columns.duplicated()][0]
        place = list(table.columns).index(twice) + 1
        raise DataError(f"{name}: row 1: column {place} has the name of another. Name each column once.")
    return table.melt(others, columns, key, "value", ignore_index=False)


def _without_gaps(table: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Leave out cells of no value; a year that then lacks some cells, not all, is refused later."""
    gap = table["value"].isna() | table["value"].str.strip().str.casefold().isin(NOT_AVAILABLE)
    if gap.any():
        notes.append(f"{int(gap.sum()):,} cells of no value left out")
    return table[~gap.to_numpy()]
