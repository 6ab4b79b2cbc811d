"""What columns mean: found by name, and converted to numbers, days, sexes and age bands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import ArrayLike

from estimator.data.ages import parse_band
from estimator.data.redaction import check_rows, letters, missing_column, place_name
from estimator.errors import DataError
from estimator.sources.days import FLOOR, REASONS, check_timezone, date_form, parse_dates
from estimator.sources.tables import Tabular, name_of, read_table
from estimator.sources.vocabulary import MORE_SEX_CODES, SEX_CODES, SEX_LABELS

Aliases = Mapping[str, Sequence[str]]
"""Canonical name of a column to the other names users write, in lower case."""
ISO_WEEK = r"(?i)^(\d{4})[- ]?W(\d{1,2})(?:-1)?$"
MANY = 20
"""Numbers such as 1.234, and no 1.2, that are enough to see that the point parts thousands."""
NUMBERS = ("count", "cases", "population", "found", "sampled")
"""Columns of a table that are written in one notation."""
WRITE_DATE = "Write 2022-02-24."


@dataclass(frozen=True, eq=False)
class Table:
    """The known columns of a file, as text under canonical names; the index holds its rows."""

    name: str
    frame: pd.DataFrame
    columns: Mapping[str, str]
    """Canonical to the file's own column names, which errors name."""

    @classmethod
    def read(cls, path: Tabular, aliases: Aliases, required: Sequence[str] = ()) -> Table:
        """Read the known columns of a file; a DataError names a required one that is missing."""
        return cls.of(read_table(path), aliases, name_of(path), required)

    @classmethod
    def of(cls, frame: pd.DataFrame, aliases: Aliases, name: str, required: Sequence[str] = ()) -> Table:
        """Return the known columns of what `read_table` gave; see `read`."""
        columns = find_columns(frame.columns, aliases, name)
        chosen = choose_columns(frame, aliases, required, name)
        return cls(name, chosen, dict(zip(aliases, aliases)) | columns)

    def __contains__(self, column: str) -> bool:
        return column in self.frame

    def __getitem__(self, column: str) -> pd.Series:
        """Return a column under the file's own name."""
        return self.frame[column].rename(self.columns[column])

    def where(self, mask: ArrayLike) -> Table:
        """Return the rows of a mask."""
        return replace(self, frame=self.frame[np.asarray(mask, bool)])

    def assign(self, **columns: object) -> Table:
        """Return the table with columns replaced or added."""
        return replace(self, frame=self.frame.assign(**columns))

    def drop(self, *columns: str) -> Table:
        """Return the table without columns, which it may lack."""
        return replace(self, frame=self.frame.drop(columns=list(columns), errors="ignore"))

    def named(self, **columns: str) -> Table:
        """Return the table with other names of columns for errors."""
        return replace(self, columns={**self.columns, **columns})

    def check(
        self, column: str, wrong: ArrayLike, fault: str | Callable[[int], str], remedy: str,
        *, dates: bool = False,
    ) -> None:  # fmt: skip
        """Refuse rows at fault; see `check_rows`."""
        check_rows(self[column], wrong, fault, remedy, source=self.name, dates=dates)

    def number(self, column: str, **rules: Any) -> pd.Series:
        """Return a column as numbers; see `to_number`, which takes the rules."""
        others = [self[other] for other in NUMBERS if other in self and other != column]
        return to_number(self[column], self.name, others=others, **rules)

    def days(
        self, column: str, *forms: str, weeks: bool = False, blank: bool = False,
        remedy: str = WRITE_DATE, timezone: str | None = None,
    ) -> pd.Series:  # fmt: skip
        """Return a column as days, where `weeks` are read of ``2022-W08`` too, as their Monday.

        `forms` are more formats, such as those of months. A DataError names the first that is not a
        date, or may be read in two ways; where `blank` is allowed it becomes NaT.
        """
        check_timezone(timezone)
        text = self[column]
        days = pd.Series(pd.NaT, index=text.index, dtype="datetime64[s]")
        for form in forms:
            days = days.fillna(pd.to_datetime(text, format=form, errors="coerce").astype(days.dtype))
        if weeks:
            days = days.fillna(to_monday(text))
        rest = days.isna()
        days[rest], codes = to_date(text[rest], timezone)
        for code, (fault, instead) in REASONS.items():
            wrong = pd.Series(codes == code, index=text.index[rest]).reindex(text.index, fill_value=False)
            self.check(column, wrong, f"{{}}: dates {fault}", instead, dates=True)
        wrong = days.isna() & (text.notna() if blank else True)
        self.check(column, wrong, "{} is not a date", remedy, dates=True)
        return days

    def sex(self, *, both: bool) -> tuple[pd.Series, bool]:
        """Return ``female``, ``male`` and, if allowed, ``both`` and ``unknown``, and whether coded.

        The WHO's codes, 1 and 2, are read only where a file has no other label of a sex.
        """
        labels = plain_text(self["sex"]).str.replace(r"^(\d)\.0+$", r"\1", regex=True)
        meaning = {label: sex for sex, known in SEX_LABELS.items() for label in (sex, *known)}
        given = set(labels.dropna())
        if "h" in given and len(given & {"f", "m"}) == 1:  # hombres, mujeres; hommes, femmes
            meaning |= {"h": "male", "m": "female"}
        sex = labels.map(meaning)
        codes = set(SEX_CODES) <= given and not sex.isin(["female", "male"]).any()
        if codes:
            sex = labels.map(meaning | SEX_CODES | MORE_SEX_CODES)
        self.check(
            "sex", sex.isna(), "{} is not a sex",
            "Write female or male (or f, m, women, men, ж, м; or throughout 2 and 1)"
            + ("; rows for both sexes may be marked total." if both else "."),
        )  # fmt: skip
        if not both:
            self.check("sex", sex == "both", "a row for both sexes", "Leave such rows out.")
            self.check("sex", sex == "unknown", "a row of unknown sex", "Leave such rows out.")
        return sex.astype(object), codes

    def bands(self, column: str = "age", *, blank: bool = False) -> pd.DataFrame:
        """Return the first and last completed year of age, columns age_low and age_high (Int64)."""
        labels = self[column]
        if not blank:
            self.check(column, labels.isna(), "{}", "Write 15-19, 85+ or 40.")
        known: dict[str, tuple[int, int | None]] = {}
        for label in labels.dropna().unique():
            try:
                known[label] = parse_band(label)
            except DataError as problem:
                row = labels.index[(labels == label).to_numpy()][0]
                text = f"{self.name}: column {labels.name}, row {row}: {problem}"
                raise DataError(text) from None
        return pd.DataFrame({
            name: pd.array([None if pd.isna(x) else known[x][i] for x in labels], dtype="Int64")
            for i, name in enumerate(("age_low", "age_high"))
        }, index=labels.index)  # fmt: skip

    def repeated_cells(self, *columns: str) -> np.ndarray:
        """Return whether a row has the values of an earlier one in these columns."""
        return self.frame.duplicated(list(columns)).to_numpy()


def find_columns(columns: Iterable[str], aliases: Aliases, name: str) -> dict[str, str]:
    """Return the file's own names of known columns, by canonical name; refuse two of one meaning.

    Case, spaces, hyphens and underscores do not matter: ``Age group`` is ``age_group``.
    """
    columns = list(columns)
    known: dict[str, str] = {}
    for canonical, names in aliases.items():
        known_names = {letters(alias) for alias in (canonical, *names)}
        places = [i for i, column in enumerate(columns) if letters(column) in known_names]
        if len(places) > 1:
            raise DataError(
                f"{name}: columns {' and '.join(columns[i] for i in places)} both mean {canonical} (in "
                f"row 1, columns {' and '.join(str(i + 1) for i in places)}). Remove one."
            )
        if places:
            known[canonical] = columns[places[0]]
    return known


def choose_columns(table: pd.DataFrame, aliases: Aliases, required: Sequence[str], name: str) -> pd.DataFrame:
    """Return the known columns of a table under their canonical names; refuse missing ones."""
    known = find_columns(table.columns, aliases, name)
    if missing := [column for column in required if column not in known]:
        remedy = f"Rename a column to {missing[0]}."
        raise missing_column(", ".join(missing), table.columns, aliases, name, remedy)
    return table[list(known.values())].set_axis(list(known), axis=1)


def plain_text(column: pd.Series) -> pd.Series:
    """Return text without brackets, end dots and capitals."""
    return column.astype("string").str.strip().str.strip(".[]").str.casefold()


def to_number(
    column: pd.Series, name: str, *, whole: bool = False, least: float = -math.inf,
    positive: bool = False, remedy: str = "Correct or remove these rows.",
    others: Sequence[pd.Series] = (),
) -> pd.Series:  # fmt: skip
    """Return text as numbers, whole ones as int64.

    A DataError names the first that is missing, not finite, not whole where it must be, below `least`,
    or not positive. Points and commas are read as the table decides; see `decimal_points`.
    """
    text = decimal_points(column, name, whole=whole, others=others)
    parsed = pd.to_numeric(text, errors="coerce").astype("Float64")
    numbers = pd.Series(parsed.to_numpy(float, na_value=math.nan), index=column.index)
    for wrong, kind in (
        (~numbers.between(-1e15, 1e15), "a number"),
        (whole & (numbers % 1 != 0), "a whole number"),
        (numbers < least, f"{least:g} or more"),
        (positive & (numbers <= 0), "more than zero"),
    ):
        blank = column[wrong].head(1).isna().any()
        fault = f"{{}}, and must be {kind}" if blank else f"{{}} is not {kind}"
        check_rows(column, wrong, fault, remedy, source=name)
    return numbers.astype("int64" if whole else "float64")


def decimal_points(
    column: pd.Series, name: str, *, whole: bool, others: Sequence[pd.Series] = ()
) -> pd.Series:
    """Return text with decimal points and nothing between thousands, whatever the locale.

    A sign is the decimal one if it is followed by other than three digits, and parts thousands if it
    is repeated or comes before the other. 1.234 may be either: other columns of numbers, `others`,
    may decide. Else it is 1234 if the column has numbers below 1000 without a sign and none above, and
    is of whole persons or long. What two columns write in two ways, or none decides, is refused.
    """
    text = _without_spaces(column)
    signed = text.str.contains(r"\d[.,]\d", na=False)
    if not signed.any():
        return text
    decimal, thousands, unclear = _roles(text[signed].str.lstrip("+-−"))
    elsewhere = [_roles(_without_spaces(other).dropna().str.lstrip("+-−")) for other in others]
    unsigned = pd.to_numeric(text[~signed], errors="coerce").dropna()
    below = len(unsigned) > 0 and unsigned.max() < 1000
    for sign, other in (".,", ",."):
        if not unclear[sign].any() or decimal[sign].any() or thousands[sign].any():
            continue
        points, parts = (any(role[n][sign].any() for role in elsewhere) for n in (0, 1))
        points |= any(role[1][other].any() for role in elsewhere)
        parts |= any(role[0][other].any() for role in elsewhere)
        parts |= decimal[other].any() or (below and (whole or int(unclear[sign].sum()) >= MANY))
        points |= thousands[other].any()
        if bool(points) == bool(parts):
            check_notation(column[signed], unclear[sign], name)
        (decimal if points else thousands)[sign] = unclear[sign]
    for sign, other in (".,", ",."):
        if decimal[sign].any():
            against = any(role[1][sign].any() or role[0][other].any() for role in elsewhere)
            wrong = thousands[sign] | decimal[other] | (decimal[sign] & against)
            check_notation(column[signed], wrong, name)
    mark = next((sign for sign in ",." if decimal[sign].any()), None)
    for sign in ".,":
        if sign != mark and (thousands[sign].any() or mark is not None):
            text = text.str.replace(sign, "", regex=False)
    return text if mark is None else text.str.replace(mark, ".", regex=False)


def _without_spaces(column: pd.Series) -> pd.Series:
    """Return text whose thousands are parted by nothing, where they were by spaces or apostrophes."""
    text = column.astype("string").str.strip()
    grouped = text.str.fullmatch(r"[-+−]?\d{1,3}(?:[ \u00a0\u2009\u202f'’]\d{3})+(?:[.,]\d*)?").fillna(False)
    return text.where(~grouped, text.str.replace(r"[ \u00a0\u2009\u202f'’]", "", regex=True))


def _roles(body: pd.Series) -> tuple[dict[str, pd.Series], ...]:
    """Return where each sign is the decimal one, where it parts thousands, and where it may be either."""
    decimal, thousands, unclear = {}, {}, {}
    for sign, other in (".,", ",."):
        has = body.str.contains(sign, regex=False)
        last = has & (body.str.rfind(sign) > body.str.rfind(other))
        both = has & body.str.contains(other, regex=False)
        group = body.str.fullmatch(rf"[1-9]\d{{0,2}}(?:[{sign}]\d{{3}})+")
        once = body.str.count(rf"[{sign}]") == 1
        decimal[sign] = (has & ~both & ~group & once) | (both & last & once)
        thousands[sign] = (has & ~both & group & ~once) | (both & ~last)
        unclear[sign] = has & ~both & group & once
    return decimal, thousands, unclear


def check_notation(column: pd.Series, unclear: pd.Series, name: str) -> None:
    """Refuse numbers of which a point or comma may part thousands or decimals."""
    check_rows(
        column, unclear,
        "the point or comma of {} may part thousands or decimals: the table does not decide",
        "Write numbers without thousands separators and with a decimal point.", source=name,
    )  # fmt: skip


def to_date(column: pd.Series, timezone: str | None = None) -> tuple[pd.Series, np.ndarray]:
    """Return text as days, NaT where it is none, and the code of the reason; see `days.parse_dates`."""
    text = pl.Series([None if pd.isna(value) else str(value) for value in column], dtype=pl.String)
    days = parse_dates(text, date_form(text), timezone).cast(pl.Int64).to_numpy().astype(float)
    read = days > FLOOR
    # in seconds: in nanoseconds the years before 1678 would not fit
    dates = np.where(read, days, np.nan) * 86_400
    stamps = pd.Series(dates, column.index).astype("Int64").astype("datetime64[s]")
    return stamps, np.where(np.isnan(days) | read, 0, FLOOR - days)


def join_year(table: Table) -> Table:
    """Return a table whose weeks or months, numbers with a column year, are ``2022-W08``, ``2022-08``."""
    part = next((name for name in ("week", "month") if name in table), None)
    if "year" not in table or part is None:
        return table.drop("year")
    number = table[part].astype("string").str.strip().str.extract(r"^[WMwm]?(\d{1,2})(?:\.0+)?$")[0]
    year = table["year"].astype("string").str.strip().str.extract(r"^(\d{4})(?:\.0+)?$")[0]
    joined = year + ("-W" if part == "week" else "-") + number.str.zfill(2)
    joined = joined.where(number.notna() & year.notna(), table[part])
    return table.assign(**{part: joined.astype(object)}).drop("year")


def to_monday(column: pd.Series) -> pd.Series:
    """Return the Mondays of ISO weeks such as ``2022-W08``, NaT where it is none."""
    parts = column.astype("string").str.strip().str.extract(ISO_WEEK)
    days = parts[0].str.cat(parts[1].str.zfill(2)) + "1"
    monday = pd.to_datetime(days, format="%G%V%u", errors="coerce")
    return monday.astype("datetime64[s]").set_axis(column.index)


def list_places(names: Iterable[object]) -> str:
    """Return the first ten regions for a message, and how many more there are."""
    places = [place_name(label) for label in names]
    more = f" and {len(places) - 10} more" if len(places) > 10 else ""
    return ", ".join(places[:10]) + more
