"""Schemas of the bundled tables: the data dictionary of the site, and what the tests hold them to."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from estimator.data.bundled import read_bundled
from estimator.errors import DataError

DAY = r"\d{4}-\d{2}-\d{2}"
PARTIAL_DATE = r"\d{4}(-\d{2}(-\d{2})?)?"
BAND = r"\d{1,2}-\d{1,2}"
ADDRESS = r"https?://\S+.*|second-hand: republished"


def text(pattern: str = ".+", nullable: bool = False) -> pa.Column:
    """Return a column of texts that match a pattern wholly."""
    return pa.Column(str, pa.Check.str_matches(rf"^(?:{pattern})$"), nullable=nullable)


def one_of(*values: str) -> pa.Column:
    """Return a column of texts out of these."""
    return pa.Column(str, pa.Check.isin(values))


def integer(low: float, high: float = float("inf")) -> pa.Column:
    """Return a column of whole numbers within bounds."""
    return pa.Column(int, pa.Check.in_range(low, high))


def real(low: float = float("-inf"), high: float = float("inf"), nullable: bool = False) -> pa.Column:
    """Return a column of numbers within bounds."""
    return pa.Column(float, pa.Check.in_range(low, high), nullable=nullable)


def ordered(low: str, middle: str, high: str) -> pa.Check:
    """Return a check that a figure lies within its bounds, where they are given."""

    def inside(table: pd.DataFrame) -> pd.Series:
        given = table[middle].where(table[middle].notna(), table[low])
        return table[low].isna() | (table[low].le(given) & given.le(table[high]))

    return pa.Check(inside, error=f"{low} <= {middle} <= {high}")


def complete(*keys: str) -> pa.Check:
    """Return a check that the table is a full grid of its keys."""

    def is_full_grid(table: pd.DataFrame) -> bool:
        cells = 1
        for key in keys:
            cells *= table[key].nunique()
        return len(table) == cells

    return pa.Check(is_full_grid, error=f"every combination of {', '.join(keys)} occurs once")


def weekly(column: str) -> pa.Check:
    """Return a check that a column runs in weeks."""

    def steps_are_weeks(table: pd.DataFrame) -> bool:
        return bool(pd.to_datetime(table[column]).diff().dropna().eq(pd.Timedelta(days=7)).all())

    return pa.Check(steps_are_weeks, error=f"{column} runs in steps of seven days")


def rising(column: str) -> pa.Check:
    """Return a check that a column never falls."""
    return pa.Check(lambda table: table[column].is_monotonic_increasing, error=f"{column} never falls")


def schema_of(key: str, *checks: pa.Check, **columns: pa.Column) -> pa.DataFrameSchema:
    """Return the schema of a table: its key, checks and columns, no others, in this order."""
    return pa.DataFrameSchema(columns, checks=list(checks), unique=key.split(), strict=True, ordered=True)


def _deaths(first: int, age_high: pa.Column) -> pa.DataFrameSchema:
    return schema_of(
        "year sex age_low",
        complete("year", "sex", "age_low"),
        year=integer(first, 2023),
        sex=one_of("female", "male"),
        age_low=integer(0, 85),
        age_high=age_high,
        deaths=integer(0),
    )


AGE_OR_UNKNOWN = r"\d{2}|unknown"
SCHEMAS: dict[str, pa.DataFrameSchema] = {
    "rosstat_deaths_russia": _deaths(1990, real(4, 84, nullable=True)),
    "rosstat_hiv_deaths_russia": _deaths(2006, integer(4, 84)),
    "ratio2025_model_variants": schema_of(
        "hiv_subtracted trend fit_years age year",
        complete("hiv_subtracted", "trend", "fit_years", "age", "year"),
        hiv_subtracted=integer(0, 1),
        trend=one_of("lin", "exp"),
        fit_years=pa.Column(int, pa.Check.isin([1, 5, 10])),
        age=text(BAND),
        year=integer(2022, 2023),
        excess=real(),
        std_error=real(0),
    ),
    "ratio2025_regional_excess_2022": schema_of(
        "region_ru",
        iso=text(r"[A-Z]{2}(-[A-Z0-9]{2,3})?"),
        region_ru=text(),
        excess_2022_rounded10=integer(float("-inf")),
        std_error_rounded10=integer(0),
        z=real(),
        p_score_percent=integer(-100),
    ),
    "rnd2023_matched_sample": schema_of(
        "age_low",
        pa.Check(lambda t: t["found_in_registry"] <= t["sampled"], error="found <= sampled"),
        age_low=text(AGE_OR_UNKNOWN),
        found_in_registry=integer(0),
        sampled=integer(1),
    ),
    "rnd2023_capture_intervals": schema_of(
        "age_low",
        ordered("military_lower95", "military_percent", "military_upper95"),
        ordered("civilian_lower95", "civilian_percent", "civilian_upper95"),
        age_low=text(AGE_OR_UNKNOWN),
        military_percent=real(0, 100),
        military_lower95=real(0),
        military_upper95=real(0),
        civilian_percent=real(0, 100, nullable=True),
        civilian_lower95=real(0, nullable=True),
        civilian_upper95=real(0, nullable=True),
    ),
    "rnd2023_cases_and_deaths_2020": schema_of(
        "age_low",
        pa.Check(lambda t: t["cases_male"] <= t["deaths_male"], error="male cases <= deaths"),
        pa.Check(lambda t: t["cases_female"] <= t["deaths_female"], error="female cases <= deaths"),
        age_low=integer(10, 95),
        deaths_male=real(0),
        cases_male=real(0),
        deaths_female=real(0),
        cases_female=real(0),
    ),
    "rnd2023_estimates_by_age_2022": schema_of(
        "age_low",
        age_low=integer(15, 55),
        registry_estimate_2022=real(nullable=True),
        rosstat_ratio_estimate_2022=real(),
        named_list_2022=real(0),
    ),
    "rnd2023_weekly_excess": schema_of(
        "week_start",
        ordered("lower95", "excess_deaths", "upper95"),
        weekly("week_start"),
        week_start=text(DAY),
        excess_deaths=real(),
        lower95=real(),
        upper95=real(),
        named_list=integer(0),
    ),
    "rnd2023_weekly_cases_age20_24": schema_of(
        "week_start",
        weekly("week_start"),
        week_start=text(DAY),
        cases_female=integer(0),
        cases_male=integer(0),
    ),
    "registry_reconstruction_2023": schema_of(
        "week_start sex age_low",
        complete("week_start", "sex", "age_low"),
        week_start=text(DAY),
        sex=one_of("female", "male"),
        age_low=integer(15, 65),
        cases=integer(0),
    ),
    "rnd2023_weekly_male_index": schema_of(
        "iso_year iso_week age_low",
        iso_year=integer(2014, 2023),
        iso_week=integer(1, 53),
        age_low=integer(20, 60),
        male_cases_percent_of_expected=real(0),
    ),
    "rnd2023_tail_coefficients": schema_of(
        "days_since_death",
        days_since_death=integer(0),
        tail_coefficient=real(1),
        sd=real(0),
    ),
    "rnd2023_case_delay_by_year": schema_of(
        "days_since_death year_of_death",
        complete("days_since_death", "year_of_death"),
        days_since_death=integer(1, 366),
        year_of_death=integer(2014, 2018),
        percent_of_cases_opened=real(0, 100),
    ),
    "rnd2023_military_delay": schema_of(
        "days_since_death",
        rising("killed_percent_with_case"),
        rising("missing_percent_with_case"),
        days_since_death=integer(0),
        killed_percent_with_case=real(0, 100),
        missing_percent_with_case=real(0, 100),
    ),
    "registry2026_weekly_estimate": schema_of(
        "week",
        weekly("week"),
        week=text(DAY),
        named=integer(0),
        estimate=real(0),
    ),
    "registry_estimate_vintages_weekly": schema_of(
        "vintage week_start kind",
        vintage=one_of("2024-07", "2025-02", "2025-10", "2026-05"),
        week_start=text(DAY),
        kind=one_of("flash", "flash_training", "predicted", "registry", "total_with_late"),
        estimate=real(nullable=True),
        lower95=real(nullable=True),
        upper95=real(nullable=True),
        named=real(0, nullable=True),
    ),
    "registry2026_weekly_decomposed": schema_of(
        "week_start",
        weekly("week_start"),
        week_start=text(DAY),
        iso_year=integer(2022, 2026),
        iso_week=integer(1, 53),
        named_now=integer(0),
        **{f"named_known_by_end_{year}": integer(0) for year in range(2022, 2026)},
        late_cases_floor=real(),
        late_deaths_central=real(),
        late_deaths_from_courts=real(),
        **{
            f"{part}_deaths{end}": real(nullable=part != "total")
            for part in ("excess", "predicted", "total")
            for end in ("", "_upper95", "_lower95")
        },
    ),
    "named_list_vintages_weekly": schema_of(
        "vintage_first_seen week_of_death_start_thu",
        vintage_first_seen=text(DAY),
        week_of_death_start_thu=text(DAY),
        count=integer(0),
    ),
    "named_total_and_dated_by_vintage": schema_of(
        "seen_on confirmed_total",
        seen_on=text(DAY),
        confirmed_total=integer(0),
        with_known_date_of_death=integer(1),
    ),
    "named_totals_after_2026_05": schema_of("as_of", as_of=text(DAY), count=integer(1), source=text()),
    "published_estimates_both_sides_to_2026_07": schema_of(
        "as_of side type source estimate estimate_low estimate_high",
        as_of=text(DAY),
        side=one_of("russia", "ukraine"),
        type=text(),
        estimate_low=real(0, nullable=True),
        estimate_high=real(0, nullable=True),
        estimate=real(0, nullable=True),
        source=text(),
        source_url=text(nullable=True),
        from_warring_party=text(nullable=True),
    ),
    "named_list_series": schema_of(
        "date publisher",
        date=text(DAY),
        count=integer(1),
        source_url=text(ADDRESS),
        publisher=one_of("BBC", "Mediazona"),
        date_basis=text(),
    ),
    "named_dead_2023_04_by_month_age_unit": schema_of(
        "month age_group unit_type",
        month=text(r"\d{4}-\d{2}"),
        age_group=text(BAND + r"|60\+|unknown"),
        unit_type=text(),
        n=integer(1),
    ),
    "court_filings": schema_of(
        "date",
        date=text(PARTIAL_DATE),
        cumulative_filings=real(0, nullable=True),
        source_url=text(ADDRESS),
        note=text(),
    ),
    "court_filings_by_period": schema_of(
        "known_on persons last_day",
        first_day=text(DAY),
        last_day=text(DAY),
        known_on=text(DAY),
        persons=one_of("all", "military"),
        filings=integer(0),
        identified=real(0, nullable=True),
        row=text(PARTIAL_DATE),
        how_read=text(),
    ),
    "court_decisions_on_missing_2021_2023": schema_of(
        "iso_week year",
        iso_week=integer(1, 53),
        year=integer(2021, 2023),
        cumulative_decisions=integer(0),
    ),
    "rosstat_deaths_by_region": schema_of(
        "iso year sex age_low",
        iso=text(r"(RU|UA)-[A-Z0-9]+\+?"),
        year=integer(1990, 2023),
        sex=one_of("female", "male"),
        age_low=integer(15, 65),
        age_high=integer(19, 69),
        deaths=integer(0),
    ),
    "regions": schema_of(
        "iso",
        iso=text(r"(RU|UA)-[A-Z0-9]+"),
        region=text(),
        region_ru=text(),
        men_16_61_census_2021=integer(1),
        poverty_percent_2020=real(0, 100),
        income_rub_month_2020=integer(1),
        urban_share_2019=real(0, 1),
        tile_row=integer(0, 20),
        tile_column=integer(0, 20),
    ),
    "named_by_region_vintages": schema_of(
        "vintage iso",
        vintage=text(DAY),
        publisher=text(),
        iso=text(r"[A-Z]{2}-[A-Z0-9]+|unknown|foreign"),
        n=integer(0),
    ),
    "named_by_role_weekly_2026_05": schema_of(
        "week_start role", week_start=text(DAY), role=text("[a-z]+"), n=integer(0)
    ),
    "named_by_category_statements": schema_of(
        "as_of category",
        as_of=text(PARTIAL_DATE),
        total_named=real(0, nullable=True),
        category=text(),
        n=real(0, nullable=True),
        percent=real(0, 100, nullable=True),
        source=text(),
    ),
    "published_figures": schema_of(
        "id",
        ordered("lower", "estimate", "upper"),
        pa.Check(lambda t: t["estimate"].notna() | t["lower"].notna(), error="a figure or a range"),
        pa.Check(lambda t: t["lower"].isna() == t["upper"].isna(), error="both bounds or none"),
        id=text(),
        publisher=text(),
        published_on=text(PARTIAL_DATE, nullable=True),
        quantity=text(),
        period_start=text(PARTIAL_DATE),
        period_end=text(PARTIAL_DATE),
        population=text(nullable=True),
        estimate=real(nullable=True),
        lower=real(nullable=True),
        upper=real(nullable=True),
        interval_level=text(nullable=True),
        kind=one_of("minimum", "estimate", "count"),
        source_url=text(ADDRESS, nullable=True),
        note=text(nullable=True),
    ),
}


def schema_for(table_id: str) -> pa.DataFrameSchema:
    """Return the schema of a bundled table."""
    if table_id not in SCHEMAS:
        raise DataError(f"no schema for table {table_id!r}. There are: {', '.join(sorted(SCHEMAS))}.")
    return SCHEMAS[table_id]


def validate_bundled(table_id: str) -> pd.DataFrame:
    """Return a bundled table whose every column, key and range was checked; name the first fault."""
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
