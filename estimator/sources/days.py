"""Dates as offices and programs write them: days since 1970, or the reason why one cannot be read."""

from datetime import time
from zoneinfo import available_timezones

import numpy as np
import polars as pl

from estimator.errors import DataError

FORMS = {"iso": "%Y-%m-%d", "day first": "%d.%m.%Y"}
SHAPES = {"iso": r"^\d{4}-\d{1,2}-\d{1,2}", "day first": r"^\d{1,2}\.\d{1,2}\.\d{4}"}
TWO_DIGITS = r"^\d{1,2}[./-]\d{1,2}[./-]\d{2}(\D|$)"
SLASHES = r"^(\d{1,2}[/-]\d{1,2}[/-]\d{4}|\d{4}[/.]\d{1,2}[/.]\d{1,2})"
SERIAL = r"^\d{5}(?:\.0*)?$"
"""A date as spreadsheets count it, in days since 1899-12-30."""
SERIALS, SERIAL_EPOCH = (10_000, 60_000), 25_569
CLOCK = r"[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"
OFFSET = r"(?:Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)"
UTC_TIME = CLOCK + r"\s*(?:Z|z|UTC|GMT|[+-]00(?::?00)?)$"
MIDNIGHT = r"[T ]0?0:00(?::00(?:[.,]0*)?)?\s*"
AFTER_DAY = rf"(?:{CLOCK}\s*(?:[AaPp][Mm])?\s*{OFFSET}?|\s*г\.?|\s+года)$"
"""What may follow a day: a time, or in Russian the word for year."""
BORN = r"(?:\s*(?:г\.?|года)(?:\s?р(?:\.|ождения)?)?)?$"
YEAR_ALONE = r"^(?:00\.00\.)?([12]\d{3})(?:-?00-?00)?" + BORN
MONTHS_ALONE = {r"^((?:1[89]|20)\d{2})-?([01]\d)-?00$": (1, 2), r"^((?:1[89]|20)\d{2})-([01]\d)$": (1, 2),
                r"^(?:00\.)?([01]\d)\.((?:1[89]|20)\d{2})$": (2, 1)}  # fmt: skip
"""Dates of which only the month is known, and the places of year and month."""
UNREADABLE, OTHER_FORM, TWO_DIGIT, SLASHED, INSTANT = 1, 2, 3, 4, 5
"""Why a date is none; a missing one is null."""
REASONS = {
    TWO_DIGIT: ("years of two digits", "Write all four."),
    OTHER_FORM: ("written otherwise than the others: day-first and ISO dates are mixed",
                 "One of them may be wrong: write all as YYYY-MM-DD."),
    INSTANT: ("instants in UTC, or times of one hour that look like them: their local day may be another",
              "Write the local day, or say the zone: timezone='Europe/Moscow' of read_registry, read_counts "
              "and read_minimum, --timezone of ingest and report vital."),
    SLASHED: ("with slashes, or hyphens after the day: day and month cannot be distinguished",
              "Write YYYY-MM-DD."),
}  # fmt: skip
MIDNIGHT_TIME = time(0)
SAME_HOURS, MOST_HOURS = 5, 4
"""So many times without a zone, of so few hours of the day, are a midnight of elsewhere: its offset from
UTC has changed with summer and by law."""
UTC = ("UTC", "Etc/UTC", "GMT", "+00:00")
FLOOR = -2_000_000_000
"""A date as days since 1970, or this minus one of the codes above."""
CALENDAR_DAYS = np.arange("1000-01-01", "3000-01-01", dtype="datetime64[D]")


def check_timezone(timezone: str | None) -> None:
    """Refuse the name of a time zone that there is not."""
    if timezone is not None and timezone not in available_timezones():
        raise DataError(f"timezone {timezone!r} is not known. Write one such as Europe/Moscow.")


def date_form(values: pl.Series) -> str:
    """Return how most of these dates are written, ``iso`` or ``day first``."""
    if values.dtype != pl.String:
        return "iso"
    text = values.drop_nulls().str.strip_chars()
    return max(FORMS, key=lambda form: int(text.str.contains(SHAPES[form]).sum()))


def parse_dates(
    values: pl.Series, form: str, timezone: str | None = None, *, months: int | None = None
) -> pl.Series:
    """Return dates as days since 1970, `FLOOR` less a code where unreadable, null where missing.

    Read are the column's form, ``20220224``, serial numbers of spreadsheets and, where `months`, a month
    alone as this day of it, and where that is its middle also a year alone. A time is one of the registry's
    time zone, if that is known: else one in UTC is unclear, and with another offset, or none, it is local.
    """
    if values.dtype.is_temporal():
        return _in_calendar(_temporal_days(values, timezone))
    days = _days(values, form)
    at = (days.is_null() & values.is_not_null()).arg_true()
    if not len(at):
        return days
    rest = values.gather(at).str.strip_chars()
    text = pl.col("text")
    frame = pl.DataFrame({"text": rest, "days": _days(rest.str.replace(AFTER_DAY, ""), form)})
    frame = frame.with_columns(instant=_instants(rest, timezone))
    other = next(shape for name, shape in SHAPES.items() if name != form)
    code = (
        pl.when(text == "").then(None)
        .when("instant").then(INSTANT)
        .when(text.str.contains(other)).then(OTHER_FORM)
        .when(text.str.contains(TWO_DIGITS)).then(TWO_DIGIT)
        .when(text.str.contains(SLASHES)).then(SLASHED)
        .when(text.is_not_null()).then(UNREADABLE)
    )  # fmt: skip
    serial = pl.when(text.str.contains(SERIAL)).then(text.cast(pl.Float64, strict=False))
    serial = pl.when(serial.is_between(*SERIALS)).then(serial.cast(pl.Int32) - SERIAL_EPOCH)
    compact = text.str.to_date("%Y%m%d", strict=False)
    compact = pl.when(text.str.contains(r"^(?:1[89]|20)\d{6}$")).then(compact.cast(pl.Int32))
    readable: list[pl.Expr] = [pl.when(~pl.col("instant")).then("days"), compact, serial]
    if months is not None:
        alone = [
            text.str.extract(shape, year) + "-" + text.str.extract(shape, month) + f"-{months:02}"
            for shape, (year, month) in MONTHS_ALONE.items()
        ]
        alone += [text.str.extract(YEAR_ALONE) + "-07-01"] if months > 1 else []
        readable += [written.str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32) for written in alone]
    if timezone is not None:
        frame = frame.with_columns(local=_local_days(rest, timezone))
        readable = [pl.when("instant").then("local"), *readable]
    dates = frame.select(pl.coalesce(*readable, (FLOOR - code).cast(pl.Int32)))
    return days.scatter(at, _in_calendar(dates.to_series()))


def _instants(text: pl.Series, timezone: str | None) -> pl.Series:
    """Return which texts are moments, not days: midnight in UTC is a day if all others are."""
    in_utc = text.str.contains(UTC_TIME)
    if timezone is not None:
        in_utc |= text.str.contains(CLOCK + r"\s*[+-]\d{2}:?\d{2}$")
    moments = in_utc & ~text.str.contains(MIDNIGHT + rf"{OFFSET}?$")
    instants = in_utc if moments.any() else moments
    bare = text.str.contains(CLOCK + "$") & ~text.str.contains(MIDNIGHT + "$")
    hours = text.filter(bare.fill_null(False)).str.extract(r"[T ](\d{1,2}:\d{2})").drop_nulls()
    if len(hours) >= SAME_HOURS and hours.n_unique() <= MOST_HOURS:
        instants |= bare
    return instants


def _local_days(text: pl.Series, timezone: str) -> pl.Series:
    """Return the days of moments in a time zone; those without an offset are in UTC."""
    plain = text.str.replace(" ", "T").str.replace(r"\s*(?:Z|z|UTC|GMT)$", "+0000")
    plain = plain.str.replace(r"([+-]\d{2}):?(\d{2})?$", "${1}${2}").str.replace(r"([+-]\d{2})$", "${1}00")
    plain = plain.str.replace(rf"({CLOCK})$", "${1}+0000").str.replace(
        r"T(\d{1,2}:\d{2})([+-])", "T${1}:00${2}"
    )
    moments = plain.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", strict=False, time_zone="UTC")
    return moments.dt.convert_time_zone(timezone).dt.date().cast(pl.Int32)


def _temporal_days(values: pl.Series, timezone: str | None) -> pl.Series:
    """Return the local days of dates and times of a Parquet file; those in UTC are instants."""
    if values.dtype == pl.Date:
        return values.cast(pl.Int32)
    zone = getattr(values.dtype, "time_zone", None)
    clock = values.drop_nulls().dt.time()
    moments = bool((clock != MIDNIGHT_TIME).any())
    if zone is None:
        others = clock.filter(clock != MIDNIGHT_TIME)
        unclear = len(others) >= SAME_HOURS and others.n_unique() <= MOST_HOURS
        values = values.dt.replace_time_zone("UTC") if unclear and timezone else values
    else:
        unclear = moments and zone in UTC
    if unclear and not timezone:
        codes = pl.when(pl.col("t").is_not_null()).then(pl.lit(FLOOR - INSTANT, pl.Int32))
        return values.to_frame("t").select(codes).to_series()
    if timezone and moments and (zone is not None or unclear):
        values = values.dt.convert_time_zone(timezone)
    return values.dt.replace_time_zone(None).cast(pl.Date).cast(pl.Int32)


def _days(values: pl.Series, form: str) -> pl.Series:
    return _in_calendar(values.str.to_date(FORMS[form], strict=False, cache=False).cast(pl.Int32), None)


def _in_calendar(days: pl.Series, other: int | None = FLOOR - UNREADABLE) -> pl.Series:
    """Return days since 1970, or codes, with `other` in the place of days outside `CALENDAR_DAYS`."""
    first, last = (int(day.astype("int64")) for day in CALENDAR_DAYS[[0, -1]])
    if len(days) == days.null_count() or (days.min() >= first and days.max() <= last):  # type: ignore[operator]
        return days
    day = pl.col("d")
    kept = day.is_between(first, last) | (day <= FLOOR)
    return days.to_frame("d").select(pl.when(day.is_null() | kept).then(day).otherwise(other))["d"]
