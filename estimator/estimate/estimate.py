"""Estimate: joint draws of one quantity, from which every total and interval is read off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from estimator.data.ages import AgeBands
from estimator.data.dates import day_of
from estimator.data.minimum import DocumentedMinimum
from estimator.data.periods import describe_years
from estimator.errors import DataError
from estimator.estimate.comparison import SAMPLE, against_minimum, refuse_mixed_vintages, spans_of
from estimator.estimate.intervals import Kind, credible_interval
from estimator.estimate.provenance import as_of, data_vintage
from estimator.estimate.storage import read_parts, write_parts

FACTS = ("unit", "ages", "years", "dates", "running", "diagnostics", "provenance")
"""Fields of an estimate that are no arrays."""


@dataclass(frozen=True)
class Estimate:
    """Joint posterior draws of excess deaths over age × period[ × region].

    Excess is observed minus counterfactual, draw by draw, and may be negative in a cell: cutting it off
    at zero would bias totals upwards. The registry route draws war dead. It loads without PyMC.

    Parameters
    ----------
    draws : xarray.Dataset
        Variables ``counterfactual`` (chain, draw, age, period[, region]), ``observed`` (age,
        period[, region]) and, where known, ``population`` of the target sex, all in persons; or
        ``excess`` alone (chain, draw, age, period).
    unit : str
        What is counted: ``"deaths"`` or ``"cases"``.
    diagnostics : dict
        What the engine says of its sample.
    provenance : dict
        Model, data hashes, seed and versions: enough to compute the estimate again.
    posterior : xarray.Dataset or None
        All sampled parameters, dims (chain, draw, …), for ArviZ.
    years, ages : tuple of int, str
        Calendar years of the target period, and the target ages together, such as ``15-49``.
    running : bool
        Whether periods are running totals, as `cumulative` makes them.
    dates : (str, str) or None
        First and last day of the target period, where periods are weeks or months and not years.
    """

    draws: xr.Dataset
    unit: str
    diagnostics: dict[str, Any]
    provenance: dict[str, Any]
    years: tuple[int, ...]
    ages: str
    posterior: xr.Dataset | None = field(default=None, repr=False)
    running: bool = False
    dates: tuple[str, str] | None = None

    @property
    def excess(self) -> xr.DataArray:
        """Draws of the excess, dims (chain, draw, …)."""
        if "excess" in self.draws:
            return self.draws["excess"].transpose(*SAMPLE, *self.dims)
        excess = self.draws["observed"] - self.draws["counterfactual"]
        return excess.rename("excess").transpose(*SAMPLE, *self.dims)

    @property
    def dims(self) -> tuple[str, ...]:
        """The labelled dims: those of age, period and region that have not been summed over."""
        cells = self.draws["excess" if "excess" in self.draws else "observed"]
        return tuple(str(dim) for dim in cells.dims if dim not in SAMPLE)

    @property
    def target(self) -> str:
        """The target period in words: years, or the first and last day."""
        return " to ".join(self.dates) if self.dates else describe_years(self.years)

    @property
    def vintage(self) -> date | None:
        """The day on which the data were seen; None where that is unknown, or not told to the day."""
        return day_of(data_vintage(self.provenance))

    @property
    def converged(self) -> bool:
        """Whether the posterior passed its convergence test."""
        return bool(self.diagnostics.get("converged", False))

    def by(self, *dims: str) -> Estimate:
        """Sum over all dims but these, draw by draw.

        Raises
        ------
        DataError
            If a dim is not one of the estimate's, or running totals would be added up.
        """
        if unknown := [dim for dim in dims if dim not in self.dims]:
            there = ", ".join(self.dims) or "none"
            raise DataError(f"the estimate has no {unknown[0]!r}; it has {there}.")
        drop = [dim for dim in self.dims if dim not in dims]
        if "period" in drop and self.running:
            raise DataError("running totals cannot be added up. Sum before calling cumulative().")
        return replace(self, draws=self.draws.sum(drop, skipna=False)) if drop else self

    def total(self) -> Estimate:
        """Sum over everything, draw by draw."""
        return self.by()

    def cumulative(self) -> Estimate:
        """Return running totals over periods, draw by draw.

        Raises
        ------
        DataError
            If periods were already summed over.
        """
        if "period" not in self.dims:
            raise DataError("cumulative needs periods, which were summed. Call it before total().")
        if self.running:
            return self
        draws = self.draws.cumsum("period", skipna=False).assign_coords(self.draws.coords)
        return replace(self, draws=draws, running=True)

    def interval(self, level: float = 0.95, kind: Kind = "eti") -> xr.Dataset:
        """Return the credible interval of the excess: variables ``lower`` and ``upper``."""
        return _interval(self.excess, level, kind)

    def probability_above(self, value: float) -> xr.DataArray:
        """Posterior probability that the excess is greater than a number of persons."""
        return (self.excess > value).where(self.excess.notnull()).mean(SAMPLE, skipna=False)

    def p_score(self, level: float = 0.95, kind: Kind = "eti") -> pd.DataFrame:
        """Return the excess as a share of the counterfactual, with its interval.

        Raises
        ------
        DataError
            If a draw of the counterfactual is zero, as in cells of few deaths.
        """
        if "counterfactual" not in self.draws:
            raise DataError("the registry route has no deaths to compare with. Use the excess.")
        if (self.draws["counterfactual"] == 0).any():
            raise DataError("some cells may have no counterfactual deaths. Sum over ages or years.")
        return self._summary(self.excess / self.draws["counterfactual"], level, kind)

    def rate(self, level: float = 0.95, kind: Kind = "eti") -> pd.DataFrame:
        """Return the excess per 100,000 of the target sex at mid-period, with its interval.

        Raises
        ------
        DataError
            If the counts came without populations.
        """
        if "population" not in self.draws:
            raise DataError("rates need populations. Add a population column to the counts.")
        return self._summary(1e5 * self.excess / self.draws["population"], level, kind)

    def to_frame(self, level: float = 0.95, kind: Kind = "eti") -> pd.DataFrame:
        """Return one row a cell: labels, observed, counterfactual, excess, its interval, vintage."""
        frame = self._summary(self.excess, level, kind)
        if "observed" not in self.draws:
            return frame
        middle = self.draws["counterfactual"].mean(SAMPLE).transpose(*self.dims)
        frame.insert(
            len(self.dims), "observed", np.atleast_1d(self.draws["observed"].values).ravel()
        )
        frame.insert(len(self.dims) + 1, "counterfactual", np.atleast_1d(middle.values).ravel())
        return frame

    def to_dataset(self) -> xr.Dataset:
        """Return the draws with the excess added: a plain xarray Dataset, open to ArviZ."""
        return self.draws.assign(excess=self.excess)

    def _summary(self, quantity: xr.DataArray, level: float, kind: Kind) -> pd.DataFrame:
        bounds = _interval(quantity, level, kind)
        table = bounds.assign(
            mean=quantity.mean(SAMPLE), median=quantity.median(SAMPLE), sd=quantity.std(SAMPLE)
        )[["mean", "median", "sd", "lower", "upper"]]
        if self.dims:
            frame = table.to_dataframe(dim_order=list(self.dims)).reset_index()
        else:
            frame = pd.DataFrame([{name: float(value) for name, value in table.items()}])
        return frame.assign(level=level, kind=kind, vintage=data_vintage(self.provenance))

    def against(
        self,
        minimum: DocumentedMinimum,
        *,
        level: float = 0.95,
        kind: Kind = "eti",
        mixed_vintages: bool = False,
    ) -> pd.DataFrame:
        """Set the excess against the documented minimum, all ages and regions together.

        Parameters
        ----------
        minimum : DocumentedMinimum
            The named list at a vintage. With dates of death it is compared year by year; a bare
            total is compared with all target periods together only.
        level, kind
            Of the credible interval.
        mixed_vintages : bool
            Whether the list may have been seen more than a month (`minimum.GRACE`) before or after
            the data: a later list of the same weeks is a better minimum, but it is later knowledge.
            Nothing is refused where the estimate does not know when its data were seen.

        Returns
        -------
        DataFrame
            One row a period: excess (median), lower, upper, minimum, minimum_vintage, vintage (when
            the data were seen, ``unknown`` where nobody said), ratio (excess to minimum),
            completeness (minimum to excess, of the medians) and the posterior probability that the
            excess is above the minimum.

        Raises
        ------
        DataError
            If the list's weeks of death end before a period begins, or periods are running totals.
        VintageError
            If a list without weeks covers other years than the target period, or vintages are mixed
            and that was not asked for.
        """
        if self.running:
            raise DataError("running totals are not of single years. Call against() before.")
        periods = self.draws["period"] if "period" in self.dims else None
        single = minimum.by_week is not None
        rows = []
        for span in spans_of(periods, self.years, self.dates, single=single):
            chosen = self.draws
            if span.periods is not None:
                chosen = chosen.sel(period=list(span.periods))
            draws = replace(self, draws=chosen).total().excess
            rows.append(against_minimum(draws, span, minimum, level, kind))
        if not mixed_vintages:  # last: what a list without weeks refuses cannot be asked for
            refuse_mixed_vintages(self.vintage, minimum)
        table = pd.DataFrame(rows)
        beside = table.columns.get_loc("minimum_vintage") + 1
        table.insert(beside, "vintage", data_vintage(self.provenance))
        return table

    def save(self, path: str | Path) -> Path:
        """Write draws, posterior, diagnostics and provenance: netCDF, or zarr by that ending."""
        facts = {name: getattr(self, name) for name in FACTS}
        return write_parts(path, self.draws, self.posterior, facts)

    @classmethod
    def load(cls, path: str | Path) -> Estimate:
        """Read what `save` wrote.

        Raises
        ------
        DataError
            If the file is missing or is not an estimate.
        """
        draws, posterior, facts = read_parts(path)
        pairs = {name: tuple(facts.pop(name) or ()) for name in ("years", "dates")}
        return cls(
            draws, posterior=posterior, years=pairs["years"], dates=pairs["dates"] or None, **facts
        )

    def __str__(self) -> str:
        what = "Running totals of excess" if self.running else "Excess"
        head = f"{what} {self.unit}, ages {self.ages}, {self.target}; {as_of(self.provenance)}"
        frame = self.by("period").to_frame() if "period" in self.dims else self.to_frame()
        if "period" in frame and len(frame) > 1 and not self.running:
            frame = pd.concat([frame, self.total().to_frame().assign(period="together")])
        shown = frame.drop(columns=["level", "kind", "vintage"]).round(0)
        engine = self.diagnostics.get("engine", "unknown")
        lines = [head, shown.to_string(index=False), f"95% ETI, engine {engine}"]
        if not self.converged:
            lines.append(f"NOT CONVERGED: {'; '.join(self.diagnostics.get('problems', []))}")
        return "\n".join(lines)


def _interval(quantity: xr.DataArray, level: float, kind: Kind) -> xr.Dataset:
    stacked = quantity.stack(sample=SAMPLE).transpose(..., "sample")
    lower, upper = credible_interval(stacked.values, level=level, kind=kind)
    dims = [dim for dim in stacked.dims if dim != "sample"]
    coords = {dim: quantity[dim] for dim in dims}
    return xr.Dataset({"lower": (dims, lower), "upper": (dims, upper)}, coords=coords)


def span_of(labels: Sequence[str]) -> str:
    """Write bands together: ``15-19`` to ``45-49`` become ``15-49``."""
    bands = AgeBands.from_labels(labels)
    return f"{bands.low[0]}+" if bands.high[-1] is None else f"{bands.low[0]}-{bands.high[-1]}"
