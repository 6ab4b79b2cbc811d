"""The war's dead up to a day, from everything that was known on a day."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from estimator.data.bundled import manifest
from estimator.data.periods import parse_vintage
from estimator.data.record import Record, YearOfExcess
from estimator.errors import VintageError
from estimator.estimate.described import software
from estimator.estimate.estimate import Estimate
from estimator.inference.fit import fit
from estimator.inference.fit_present import PresentSample, sample_present
from estimator.models.present.arrays import DAYS, PresentArrays, present_arrays
from estimator.models.present.priors import PresentPriors
from estimator.models.vital.model import VitalModel
from estimator.nowcast.weeks import share_until
from estimator.published.specification import RUSSIA
from estimator.sources.named_list import KEEPER
from estimator.sources.record import load_record
from estimator.sources.rosstat import load_rosstat

VITAL_DRAWS = 4000
CELLS = ("chain", "draw", "period")


def present(
    as_of: date | str | None = None, *, seed: int, record: Record | None = None,
    priors: PresentPriors | None = None, minimum_ess: int = 400, allow_unconverged: bool = False,
) -> Estimate:  # fmt: skip
    """Return the war's dead by week up to a day, as known on that day.

    Parameters
    ----------
    as_of : date or str, optional
        The last day of death, and the day whose knowledge is used: nothing known later is. By default
        the last day on which the list was seen by week of death.
    seed : int
        Of the sampler.
    record : Record, optional
        What was published when; by default the bundled record (`bundled_record`).
    priors : PresentPriors, optional
        Other priors than the package's.
    minimum_ess, allow_unconverged
        As for `estimator.fit`.

    Returns
    -------
    Estimate
        Draws of ``deaths`` by week, all of them, and the parts ``ordinary``, ``late`` and ``declared``
        (of the late, those declared by the day); ``names`` are those of the list's last vintage.

    Raises
    ------
    VintageError
        If no estimate had been published by the day, or nothing is known as late as that.
    ConvergenceError
        If the chains do not agree.
    """
    if record is None:
        day = day_of_answer(as_of)
        known = bundled_record(day, seed=seed)
    else:
        day = _day_of(record, as_of)
        known = record.as_of(day)
    return estimate_present(
        known, day, seed=seed, priors=priors, minimum_ess=minimum_ess, allow_unconverged=allow_unconverged
    )


def day_of_answer(as_of: date | str | None) -> date:
    """Return the day of an answer from the bundled record; VintageError if there can be none for it."""
    whole = load_record()
    day = _day_of(whole, as_of)
    whole.as_of(day)
    return day


def _day_of(whole: Record, as_of: date | str | None) -> date:
    day = whole.names[-1].seen_on if as_of is None else parse_vintage(as_of)
    if day > whole.last_day:
        raise VintageError(
            f"nothing is known as late as {day}: the last statement is of {whole.last_day}. Take that day "
            "or an earlier one."
        )
    return day


def bundled_record(day: date, *, seed: int) -> Record:
    """Return the bundled record as of a day, with excess deaths of the vital route once these were known."""
    published = parse_vintage(str(manifest().loc["rosstat_deaths_russia", "published_on"]))
    years = _bundled_years(published, seed) if day >= published else ()
    return replace(load_record(), years=years).as_of(day)


@cache
def _bundled_years(published: date, seed: int) -> tuple[YearOfExcess, ...]:
    excess = fit(VitalModel(load_rosstat(), RUSSIA), seed=seed, draws=VITAL_DRAWS)
    return years_of_excess(excess, known_on=published)


def years_of_excess(excess: Estimate, *, known_on: date) -> tuple[YearOfExcess, ...]:
    """Return an estimate of vital registration as statements about ordinary deaths, in logs.

    A year whose lower bound is not above zero says nothing in logs, and is left out.
    """
    yearly = excess.by("period")
    rows = []
    for year, draws in zip(yearly.draws["period"].to_numpy(), yearly.array(), strict=True):
        low, middle, high = np.quantile(draws, [0.025, 0.5, 0.975])
        if low > 0:
            sd = float(np.log(high / low) / 3.92)
            rows.append(YearOfExcess(int(year), known_on, float(middle), sd))
    return tuple(rows)


def estimate_present(
    known: Record, day: date, *, seed: int, priors: PresentPriors | None = None, minimum_ess: int = 400,
    allow_unconverged: bool = False,
) -> Estimate:  # fmt: skip
    """Return the war's dead by week to a day from a record that holds only what was known then."""
    sample = sample_record(
        known, day, seed=seed, priors=priors, minimum_ess=minimum_ess,
        allow_unconverged=allow_unconverged,
    )  # fmt: skip
    return estimate_of(sample, known, day, seed=seed)


def estimate_of(sample: PresentSample, known: Record, day: date, *, seed: int) -> Estimate:
    """Return a sample by week, with its provenance."""
    arrays = sample.density.arrays
    weeks = pd.date_range(arrays.starts[0], pd.Timestamp(day), freq="7D", name="week")
    return Estimate(
        draws=_draws(sample, arrays, weeks, known), quantity="deaths", unit="deaths",
        diagnostics=sample.diagnostics.to_dict(), provenance=_provenance(known, day, seed),
        years=tuple(sorted(set(weeks.year.tolist()))), ages="all", dates=(str(weeks[0].date()), str(day)),
    )  # fmt: skip


def sample_record(known: Record, day: date, *, seed: int, **options: Any) -> PresentSample:
    """Sample the dead of blocks to a day; options are those of `sample_present`."""
    arrays = present_arrays(known, day)
    return sample_present(arrays, lambda blocks: _reported(blocks, arrays), seed=seed, **options)


def _reported(blocks: Mapping[str, np.ndarray], arrays: PresentArrays) -> dict[str, np.ndarray]:
    """Return what must have converged: all, ordinary and declared deaths, and both by year."""
    out = {name: values.sum(-1) for name, values in blocks.items()}
    out["ordinary"] = out["deaths"] - out.pop("late")
    years = arrays.starts.year.to_numpy()
    for year in np.unique(years):
        out[f"deaths of {year}"] = blocks["deaths"][..., years == year].sum(-1)
    return out


def _draws(
    sample: PresentSample, arrays: PresentArrays, weeks: pd.DatetimeIndex, known: Record
) -> xr.Dataset:
    """Return draws by week: deaths of a block are spread evenly over its days."""
    block = np.asarray((weeks - arrays.starts[0]).days // DAYS)
    inside = share_until(weeks, arrays.day)
    share = inside / np.bincount(block, inside)[block]
    blocks = {
        "deaths": sample.deaths, "ordinary": sample.deaths - sample.late, "late": sample.late,
        "declared": sample.declared,
    }  # fmt: skip
    cells: dict[str, Any] = {name: (CELLS, values[..., block] * share) for name, values in blocks.items()}
    if known.names:
        names = known.names[-1].names.reindex(weeks).fillna(0.0).to_numpy()
        cells["names"] = ("period", names)
    chains, draws = sample.deaths.shape[:2]
    labels = {"period": weeks.to_numpy(), "chain": np.arange(chains), "draw": np.arange(draws)}
    return xr.Dataset(cells, coords=labels)


def _provenance(known: Record, day: date, seed: int) -> dict[str, Any]:
    minimum = known.minimum
    last = max(one.deaths.index[-1] for one in known.weekly) if known.weekly else None
    forecast = [one.deaths.index[0] for one in known.weekly if one.stream == "forecast"]
    observed = [one.deaths.index[-1] for one in known.weekly if one.stream != "forecast"]
    return {
        "model": "war dead to a day", "seed": seed, "as_of": str(day), "place": "Russia",
        "data": {"source": KEEPER, "vintage": str(day)},
        "minimum": {"total": minimum[1], "vintage": str(minimum[0]), "source": KEEPER},
        "learned_from": known.sources(),
        "published_to": None if last is None else str((last + pd.Timedelta(days=6)).date()),
        "observed_to": None if not observed else str((max(observed) + pd.Timedelta(days=6)).date()),
        "forecast_from": str(min(forecast).date()) if forecast else None,
        "warnings": [], "versions": software(),
    }  # fmt: skip
