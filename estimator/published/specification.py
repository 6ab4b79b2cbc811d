"""The default specification for Russia, once: periods of either route and the list to compare with."""

from estimator.data.periods import Periods

RUSSIA = Periods(baseline=(2000, 2019), masked=(2020, 2021), target=(2022, 2023))
"""The vital route: Rosstat's deaths, with the years of the pandemic masked."""
RUSSIA_REGISTRY = Periods(baseline=(2014, 2019), masked=(2020, 2021), target=(2022, 2023))
"""The registry route: cases are recorded since 2014."""
MINIMUM = "2026-05-22"
"""The newest bundled vintage of the named list by week of death."""
