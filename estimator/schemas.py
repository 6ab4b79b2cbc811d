"""Schemas of the bundled tables. The only module that loads pandera; a report never needs it."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from estimator.bundled import read_bundled
from estimator.errors import DataError

DAY = r"\d{4}-\d{2}-\d{2}"
PARTIAL_DATE = r"\d{4}(-\d{2}(-\d{2})?)?"
BAND = r"\d{1,2}-\d{1,2}"
ADDRESS = r"https?://\S+.*|second-hand: republished"


def _text(pattern: str = ".+", nullable: bool = False) -> pa.Column:
    return pa.Column(str, pa.Check.str_matches(rf"^(?:{pattern})$"), nullable=nullable)


def _one_of(*values: str) -> pa.Column:
    return pa.Column(str, pa.Check.isin(values))


def _integer(low: float, high: float = float("inf")) -> pa.Column:
    return pa.Column(int, pa.Check.in_range(low, high))


def _real(
    low: float = float("-inf"), high: float = float("inf"), nullable: bool = False
) -> pa.Column:
    return pa.Column(float, pa.Check.in_range(low, high), nullable=nullable)


def _ordered(low: str, middle: str, high: str) -> pa.Check:
    def inside(table: pd.DataFrame) -> pd.Series:
        given = table[middle].where(table[middle].notna(), table[low])
        return table[low].isna() | (table[low].le(given) & given.le(table[high]))

    return pa.Check(inside, error=f"{low} <= {middle} <= {high}")


def _complete(*keys: str) -> pa.Check:
    def is_full_grid(table: pd.DataFrame) -> bool:
        cells = 1
        for key in keys:
            cells *= table[key].nunique()
        return len(table) == cells

    return pa.Check(is_full_grid, error=f"every combination of {', '.join(keys)} occurs once")


def _weekly(column: str) -> pa.Check:
    def steps_are_weeks(table: pd.DataFrame) -> bool:
        return bool(pd.to_datetime(table[column]).diff().dropna().eq(pd.Timedelta(days=7)).all())

    return pa.Check(steps_are_weeks, error=f"{column} runs in steps of seven days")


def _rising(column: str) -> pa.Check:
    return pa.Check(
        lambda table: table[column].is_monotonic_increasing, error=f"{column} never falls"
    )


def _table(key: str, *checks: pa.Check, **columns: pa.Column) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        columns, checks=list(checks), unique=key.split(), strict=True, ordered=True
    )


def _deaths(first: int, age_high: pa.Column) -> pa.DataFrameSchema:
    return _table(
        "year sex age_low",
        _complete("year", "sex", "age_low"),
        year=_integer(first, 2023),
        sex=_one_of("female", "male"),
        age_low=_integer(0, 85),
        age_high=age_high,
        deaths=_integer(0),
    )


AGE_OR_UNKNOWN = r"\d{2}|unknown"
SCHEMAS: dict[str, pa.DataFrameSchema] = {
    "rosstat_deaths_russia": _deaths(1990, _real(4, 84, nullable=True)),
    "rosstat_hiv_deaths_russia": _deaths(2006, _integer(4, 84)),
    "ratio2025_model_variants": _table(
        "hiv_subtracted trend fit_years age year",
        _complete("hiv_subtracted", "trend", "fit_years", "age", "year"),
        hiv_subtracted=_integer(0, 1),
        trend=_one_of("lin", "exp"),
        fit_years=pa.Column(int, pa.Check.isin([1, 5, 10])),
        age=_text(BAND),
        year=_integer(2022, 2023),
        excess=_real(),
        std_error=_real(0),
    ),
    "ratio2025_regional_excess_2022": _table(
        "region_ru",
        iso=_text(r"[A-Z]{2}(-[A-Z0-9]{2,3})?"),
        region_ru=_text(),
        excess_2022_rounded10=_integer(float("-inf")),
        std_error_rounded10=_integer(0),
        z=_real(),
        p_score_percent=_integer(-100),
    ),
    "rnd2023_matched_sample": _table(
        "age_low",
        pa.Check(lambda t: t["found_in_registry"] <= t["sampled"], error="found <= sampled"),
        age_low=_text(AGE_OR_UNKNOWN),
        found_in_registry=_integer(0),
        sampled=_integer(1),
    ),
    "rnd2023_capture_intervals": _table(
        "age_low",
        _ordered("military_lower95", "military_percent", "military_upper95"),
        _ordered("civilian_lower95", "civilian_percent", "civilian_upper95"),
        age_low=_text(AGE_OR_UNKNOWN),
        military_percent=_real(0, 100),
        military_lower95=_real(0),
        military_upper95=_real(0),
        civilian_percent=_real(0, 100, nullable=True),
        civilian_lower95=_real(0, nullable=True),
        civilian_upper95=_real(0, nullable=True),
    ),
    "rnd2023_cases_and_deaths_2020": _table(
        "age_low",
        pa.Check(lambda t: t["cases_male"] <= t["deaths_male"], error="male cases <= deaths"),
        pa.Check(lambda t: t["cases_female"] <= t["deaths_female"], error="female cases <= deaths"),
        age_low=_integer(10, 95),
        deaths_male=_real(0),
        cases_male=_real(0),
        deaths_female=_real(0),
        cases_female=_real(0),
    ),
    "rnd2023_estimates_by_age_2022": _table(
        "age_low",
        age_low=_integer(15, 55),
        registry_estimate_2022=_real(nullable=True),
        rosstat_ratio_estimate_2022=_real(),
        named_list_2022=_real(0),
    ),
    "rnd2023_weekly_excess": _table(
        "week_start",
        _ordered("lower95", "excess_deaths", "upper95"),
        _weekly("week_start"),
        week_start=_text(DAY),
        excess_deaths=_real(),
        lower95=_real(),
        upper95=_real(),
        named_list=_integer(0),
    ),
    "rnd2023_weekly_cases_age20_24": _table(
        "week_start",
        _weekly("week_start"),
        week_start=_text(DAY),
        cases_female=_integer(0),
        cases_male=_integer(0),
    ),
    "registry_reconstruction_2023": _table(
        "week_start sex age_low",
        _complete("week_start", "sex", "age_low"),
        week_start=_text(DAY),
        sex=_one_of("female", "male"),
        age_low=_integer(15, 65),
        cases=_integer(0),
    ),
    "rnd2023_weekly_male_index": _table(
        "iso_year iso_week age_low",
        iso_year=_integer(2014, 2023),
        iso_week=_integer(1, 53),
        age_low=_integer(20, 60),
        male_cases_percent_of_expected=_real(0),
    ),
    "rnd2023_tail_coefficients": _table(
        "days_since_death",
        days_since_death=_integer(0),
        tail_coefficient=_real(1),
        sd=_real(0),
    ),
    "rnd2023_case_delay_by_year": _table(
        "days_since_death year_of_death",
        _complete("days_since_death", "year_of_death"),
        days_since_death=_integer(1, 366),
        year_of_death=_integer(2014, 2018),
        percent_of_cases_opened=_real(0, 100),
    ),
    "rnd2023_military_delay": _table(
        "days_since_death",
        _rising("killed_percent_with_case"),
        _rising("missing_percent_with_case"),
        days_since_death=_integer(0),
        killed_percent_with_case=_real(0, 100),
        missing_percent_with_case=_real(0, 100),
    ),
    "registry2026_weekly_estimate": _table(
        "week",
        _weekly("week"),
        week=_text(DAY),
        named=_integer(0),
        estimate=_real(0),
    ),
    "named_list_series": _table(
        "date publisher",
        date=_text(DAY),
        count=_integer(1),
        source_url=_text(ADDRESS),
        publisher=_one_of("BBC", "Mediazona"),
        date_basis=_text(),
    ),
    "named_dead_2023_04_by_month_age_unit": _table(
        "month age_group unit_type",
        month=_text(r"\d{4}-\d{2}"),
        age_group=_text(BAND + r"|60\+|unknown"),
        unit_type=_text(),
        n=_integer(1),
    ),
    "court_filings": _table(
        "date",
        date=_text(PARTIAL_DATE),
        cumulative_filings=_real(0, nullable=True),
        source_url=_text(ADDRESS),
        note=_text(),
    ),
    "court_decisions_on_missing_2021_2023": _table(
        "iso_week year",
        iso_week=_integer(1, 53),
        year=_integer(2021, 2023),
        cumulative_decisions=_integer(0),
    ),
    "published_figures": _table(
        "id",
        _ordered("lower", "estimate", "upper"),
        pa.Check(lambda t: t["estimate"].notna() | t["lower"].notna(), error="a figure or a range"),
        pa.Check(lambda t: t["lower"].isna() == t["upper"].isna(), error="both bounds or none"),
        id=_text(),
        publisher=_text(),
        published_on=_text(PARTIAL_DATE, nullable=True),
        quantity=_text(),
        period_start=_text(PARTIAL_DATE),
        period_end=_text(PARTIAL_DATE),
        population=_text(nullable=True),
        estimate=_real(nullable=True),
        lower=_real(nullable=True),
        upper=_real(nullable=True),
        interval_level=_text(nullable=True),
        kind=_one_of("minimum", "estimate", "count"),
        source_url=_text(ADDRESS, nullable=True),
        note=_text(nullable=True),
    ),
}


def schema_for(table_id: str) -> pa.DataFrameSchema:
    """Return the schema of a bundled table.

    Raises
    ------
    DataError
        If no schema is written for that id.
    """
    if table_id not in SCHEMAS:
        raise DataError(
            f"no schema for table {table_id!r}. There are: {', '.join(sorted(SCHEMAS))}."
        )
    return SCHEMAS[table_id]


def validate_bundled(table_id: str) -> pd.DataFrame:
    """Read a bundled table and hold it against its schema.

    Parameters
    ----------
    table_id : str
        Id of the table in the manifest.

    Returns
    -------
    pandas.DataFrame
        The table as read, every column, key and range checked.

    Raises
    ------
    DataError
        If the table has no schema, was changed, or breaks its schema; all faults are counted and
        the first is named.
    """
    schema = schema_for(table_id)
    try:
        return schema.validate(read_bundled(table_id), lazy=True)
    except pa.errors.SchemaErrors as broken:
        faults = broken.failure_cases
        first = faults.iloc[0]
        place = "" if pd.isna(first["index"]) else f", row {int(first['index']) + 2}"
        raise DataError(
            f"{table_id}: {len(faults)} fault(s), first in column {first['column']}{place}: "
            f"{first['check']}, found {first['failure_case']}. Restore the table, or correct its "
            "schema together with the reason in SOURCES.md."
        ) from broken
