"""Bayesian estimates of a war's hidden dead from public records, against the documented minimum.

Names load when first used: importing this package loads neither PyMC nor pandas.

Examples
--------
>>> import estimator as est
>>> periods = est.Periods(baseline=(2000, 2019), masked=(2020, 2021), target=(2022, 2023))
>>> print(periods)
baseline 2000-2019, masked 2020-2021, target 2022-2023
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from estimator.ages import AgeBands as AgeBands
    from estimator.calibration.placebo import placebo as placebo
    from estimator.counts import Counts as Counts
    from estimator.errors import ConvergenceError as ConvergenceError
    from estimator.errors import DataError as DataError
    from estimator.errors import VintageError as VintageError
    from estimator.estimate import Estimate as Estimate
    from estimator.fitting import fit as fit
    from estimator.matched import MatchedSample as MatchedSample
    from estimator.minimum import DocumentedMinimum as DocumentedMinimum
    from estimator.models.baseline import BaselinePriors as BaselinePriors
    from estimator.models.registry import RegistryModel as RegistryModel
    from estimator.models.vital import VitalModel as VitalModel
    from estimator.periods import Periods as Periods
    from estimator.predictive import posterior_predictive as posterior_predictive
    from estimator.predictive import prior_predictive as prior_predictive
    from estimator.published.comparison import load_published as load_published
    from estimator.published.replicate import replicate as replicate
    from estimator.settled import SettledCases as SettledCases
    from estimator.sources.matched_sample import load_matched_sample as load_matched_sample
    from estimator.sources.matched_sample import read_matched_sample as read_matched_sample
    from estimator.sources.minimum_table import read_minimum as read_minimum
    from estimator.sources.named_list import load_named_list as load_named_list
    from estimator.sources.registry import read_registry as read_registry
    from estimator.sources.registry_tables import read_triangle as read_triangle
    from estimator.sources.registry_weekly import load_registry_20_24 as load_registry_20_24
    from estimator.sources.registry_weekly import (
        load_registry_reconstruction as load_registry_reconstruction,
    )
    from estimator.sources.rosstat import load_rosstat as load_rosstat
    from estimator.sources.rosstat import read_rosstat_regions as read_rosstat_regions
    from estimator.sources.tidy import read_counts as read_counts
    from estimator.triangle import ReportingTriangle as ReportingTriangle
    from estimator.versions import show_versions as show_versions

__version__ = "0.1.0"

_HOME = {
    "MatchedSample": "matched",
    "RegistryModel": "models.registry",
    "ReportingTriangle": "triangle",
    "SettledCases": "settled",
    "load_matched_sample": "sources.matched_sample",
    "read_registry": "sources.registry",
    "read_triangle": "sources.registry_tables",
    "AgeBands": "ages",
    "BaselinePriors": "models.baseline",
    "ConvergenceError": "errors",
    "Counts": "counts",
    "DataError": "errors",
    "DocumentedMinimum": "minimum",
    "Estimate": "estimate",
    "Periods": "periods",
    "VintageError": "errors",
    "VitalModel": "models.vital",
    "fit": "fitting",
    "load_named_list": "sources.named_list",
    "load_published": "published.comparison",
    "load_registry_20_24": "sources.registry_weekly",
    "load_registry_reconstruction": "sources.registry_weekly",
    "load_rosstat": "sources.rosstat",
    "placebo": "calibration.placebo",
    "posterior_predictive": "predictive",
    "prior_predictive": "predictive",
    "read_counts": "sources.tidy",
    "read_matched_sample": "sources.matched_sample",
    "read_minimum": "sources.minimum_table",
    "read_rosstat_regions": "sources.rosstat",
    "replicate": "published.replicate",
    "show_versions": "versions",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'estimator' has no attribute {name!r}")
    value = getattr(import_module(f"estimator.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
