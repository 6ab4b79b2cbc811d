"""Estimate: joint draws of one quantity, from which every total and interval is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from estimator.data.ages import AgeBands
from estimator.data.minimum import DocumentedMinimum
from estimator.data.periods import day_of
from estimator.errors import DataError
from estimator.estimate.datatree import groups_of
from estimator.estimate.described import Described, as_of, data_vintage
from estimator.estimate.intervals import (
    SAMPLE,
    Kind,
    ReportingPeriod,
    against_minimum,
    check_vintages,
    interval_of,
    interval_of_cells,
    reporting_periods,
    write_number,
    years_of,
)
from estimator.estimate.storage import read_parts, write_parts

FACTS = ("quantity", "unit", "ages", "years", "dates", "running", "diagnostics", "provenance")
"""Fields of an estimate that are no arrays."""
MOST_ROWS = 100
"""Periods that are printed one by one; more are printed by year."""
KINDS = {
    "total": "plot_total", "age": "plot_excess_by_age", "time": "plot_weekly",
    "cumulative": "plot_cumulative", "sex_ratio": "plot_sex_ratio", "so_far": "plot_so_far",
    "completeness": "plot_completeness",
}  # fmt: skip
"""Kinds of plot of an estimate, and the functions that draw them."""


@dataclass(frozen=True, repr=False)
class Estimate(Described):
    """Joint posterior draws of one quantity over age × period[ × region], or over period alone.

    Excess is observed minus counterfactual, draw by draw, and may be negative in a cell: cutting it off
    at zero would bias totals upwards. The registry route draws war dead, deaths to date are weekly
    draws of deaths, and a named list's nowcast those of names. It loads without PyMC.

    Parameters
    ----------
    draws : xarray.Dataset
        Variables ``counterfactual`` (chain, draw, age, period[, region]), ``observed`` (age,
        period[, region]) and, where known, ``population`` of the target sex, all in persons; or
        the quantity itself (chain, draw, …), such as ``excess`` or ``deaths``, with its parts on
        the same draws (`select`), and ``names`` on a list where known.
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
    quantity : str
        The variable of `draws` that is estimated; ``excess`` may be left to be computed.
    sample_stats, observations : xarray.Dataset or None
        What the engine recorded of each draw, and the counts of the likelihood by cell: for ArviZ.
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
    quantity: str = "excess"
    sample_stats: xr.Dataset | None = field(default=None, repr=False)
    observations: xr.Dataset | None = field(default=None, repr=False)

    @property
    def values(self) -> xr.DataArray:
        """Draws of the quantity, dims (chain, draw, …)."""
        if self.quantity in self.draws:
            return self.draws[self.quantity].transpose(*SAMPLE, *self.dims)
        excess = self.draws["observed"] - self.draws["counterfactual"]
        return excess.rename("excess").transpose(*SAMPLE, *self.dims)

    def array(self) -> np.ndarray:
        """Return the draws of the quantity as numpy: dims as in `dims`, draws of all chains last."""
        values = self.values.transpose(*self.dims, *SAMPLE)
        return np.asarray(values).reshape(*(values.sizes[dim] for dim in self.dims), -1)

    @property
    def excess(self) -> xr.DataArray:
        """Draws of the excess, or of what else is estimated, dims (chain, draw, …)."""
        return self.values

    @property
    def dims(self) -> tuple[str, ...]:
        """The labelled dims: those of age, period and region that have not been summed over."""
        cells = self.draws[self.quantity if self.quantity in self.draws else "observed"]
        return tuple(str(dim) for dim in cells.dims if dim not in SAMPLE)

    @property
    def vintage(self) -> date | None:
        """The day on which the data were seen; None where that is unknown, or not known to the day."""
        return day_of(data_vintage(self.provenance))

    @property
    def as_of(self) -> date | None:
        """The day whose knowledge it uses: nothing seen later is in it. Else the day of the data."""
        return day_of(str(self.provenance.get("as_of"))) or self.vintage

    @property
    def parts(self) -> tuple[str, ...]:
        """The variables that were drawn: the quantity, and what it is made of."""
        return tuple(str(name) for name, cells in self.draws.items() if set(SAMPLE) <= {*cells.dims})

    def select(self, part: str) -> Estimate:
        """Return the estimate of one of its parts, such as ``"ordinary"``, on the same draws.

        Raises
        ------
        DataError
            If there is no such part.
        """
        if part not in self.parts and part != self.quantity:
            raise DataError(f"the estimate has no part {part!r}; it has {', '.join(self.parts)}.")
        return replace(self, quantity=part)

    def by(self, *dims: str) -> Estimate:
        """Sum over all dims but these, draw by draw; ``"year"`` adds periods up by calendar year.

        A week or month belongs to the year in which it begins.

        Raises
        ------
        DataError
            If a dim is not one of the estimate's, or running totals would be added up.
        """
        if "year" in dims:
            yearly = self._yearly() if "period" in self.dims else self
            return yearly.by(*("period" if dim == "year" else dim for dim in dims))
        if unknown := [dim for dim in dims if dim not in self.dims]:
            there = ", ".join(self.dims) or "none"
            raise DataError(f"the estimate has no {unknown[0]!r}; it has {there}.")
        drop = [dim for dim in self.dims if dim not in dims]
        if "period" in drop:
            self._check_sums()
        return replace(self, draws=self.draws.sum(drop, skipna=False)) if drop else self

    def _yearly(self) -> Estimate:
        self._check_sums()
        years = years_of(self.draws["period"])

        def add(cells: xr.DataArray) -> xr.DataArray:
            if "period" not in cells.dims:
                return cells
            return cells.assign_coords(period=years).groupby("period").sum(skipna=False)

        return replace(self, draws=xr.Dataset({n: add(cells) for n, cells in self.draws.items()}))

    def _check_sums(self) -> None:
        if self.running:
            raise DataError("running totals cannot be added up. Sum before calling cumulative().")

    def reporting_periods(self) -> list[ReportingPeriod]:
        """Return its calendar years, as far as it keeps periods, and all of it together."""
        periods = self.draws["period"] if "period" in self.dims else None
        return reporting_periods(periods, self.years, self.dates)

    def within(self, period: ReportingPeriod) -> Estimate:
        """Return the part that lies in a reporting period, its periods summed, draw by draw."""
        draws = self.draws
        if period.periods is not None:
            draws = draws.sel(period=list(period.periods))
        return replace(self, draws=draws).by(*(dim for dim in self.dims if dim != "period"))

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
        """Return the credible interval: variables ``lower`` and ``upper``."""
        return interval_of_cells(self.values, level, kind)

    def probability_above(self, value: float) -> xr.DataArray:
        """Posterior probability that the quantity is greater than a number of persons."""
        return (self.values > value).where(self.values.notnull()).mean(SAMPLE, skipna=False)

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

    def completeness(self, level: float = 0.95, kind: Kind = "eti") -> pd.DataFrame:
        """Return the names on the list as a share of the quantity, with its interval.

        It can exceed 1: a list and publications date deaths differently and cover other men.

        Raises
        ------
        DataError
            If the estimate holds no names.
        """
        if "names" not in self.draws:
            raise DataError("the estimate holds no names of a list. Call against(minimum).")
        return self._summary(self.draws["names"] / self.values, level, kind)

    def to_frame(self, level: float = 0.95, kind: Kind = "eti") -> pd.DataFrame:
        """Return one row a cell: labels, what was observed, the quantity, its interval, vintage."""
        frame = self._summary(self.values, level, kind)
        fixed = {
            str(name): cells for name, cells in self.draws.items()
            if set(cells.dims) == set(self.dims) and name != "population"
        }  # fmt: skip
        if self.quantity not in self.draws:
            fixed["counterfactual"] = self.draws["counterfactual"].mean(SAMPLE)
        for place, (name, cells) in enumerate(fixed.items(), start=len(self.dims)):
            frame.insert(place, name, np.atleast_1d(cells.transpose(*self.dims).values).ravel())
        return frame

    def summary(
        self,
        level: float = 0.95,
        kind: Kind = "eti",
        *,
        minimum: DocumentedMinimum | None = None,
    ) -> pd.DataFrame:
        """Return one row a cell: median, mean, sd and interval, and what sampling adds to them.

        Parameters
        ----------
        level, kind
            Of the credible interval.
        minimum : DocumentedMinimum, optional
            Of a total: adds the posterior probability that it is above the minimum, as `against` has it.

        Returns
        -------
        DataFrame
            Labels, median, mean, sd, lower, upper; ``mcse``, the Monte Carlo standard error of the mean, and
            ``ess``, the bulk effective sample size, both as ArviZ has them; level, kind, vintage.

        Raises
        ------
        DataError
            If a minimum is given and periods are left: `against` compares those.
        """
        frame = self._summary(self.values, level, kind)
        frame.insert(len(self.dims), "median", frame.pop("median"))
        from arviz_stats import ess, mcse

        draws, at = self.values.to_dataset(name="values"), list(frame).index("upper") + 1
        for name, measure in (("ess", ess), ("mcse", mcse)):
            cells = measure(draws)["values"].transpose(*self.dims)
            frame.insert(at, name, np.atleast_1d(cells.values).ravel())
        if minimum is not None:
            if self.dims:
                raise DataError("a minimum is set against a total. Sum first, or call against().")
            rows = self.against(minimum, level=level, kind=kind)
            frame["probability_above_minimum"] = rows["probability_above_minimum"]
        return frame

    def to_dataset(self) -> xr.Dataset:
        """Return the draws with the excess added: a plain xarray Dataset, open to ArviZ."""
        return self.draws.assign({self.quantity: self.values})

    def to_datatree(self) -> xr.DataTree:
        """Return the estimate as ArviZ's groups; `save` writes the same.

        The group ``posterior`` has the quantity, what it is made of and all parameters; dims of the quantity
        are called ``target_period`` and so on, since parameters have more periods. Estimates of `fit` also
        have ``posterior_predictive``, ``log_likelihood``, ``sample_stats`` (k-hat and importance weights,
        or acceptance, energy and divergences), ``observed_data`` and ``constant_data``.

        Returns
        -------
        DataTree
            As `arviz.summary`, `arviz.plot_forest`, `arviz.loo` and others take it.
        """
        return xr.DataTree.from_dict(self._groups())

    def _groups(self) -> dict[str, xr.Dataset]:
        seed = int(self.provenance.get("seed") or 0)
        fitted = self.posterior, self.observations, self.sample_stats
        return groups_of(self.values, self.draws, *fitted, seed)

    def plot(self, kind: str = "total", **options: Any) -> Any:
        """Plot the estimate; `estimator.plots` has the same and other plots as functions.

        Parameters
        ----------
        kind : str
            ``"total"``: the posterior by year and together; ``"age"``; ``"time"``: by week, month or year;
            ``"cumulative"``; ``"sex_ratio"`` (with ``model``). Of deaths to date also ``"so_far"``,
            ``"completeness"`` and ``"overlap"``. Other arguments are the function's, such as ``minimum``,
            ``level`` and ``ax``.

        Returns
        -------
        Axes or array of Axes
            What was drawn in: the given ``ax``, or those of a new figure.

        Raises
        ------
        DataError
            If there is no such kind.

        Examples
        --------
        >>> axes = excess.plot("age", level=0.9)  # doctest: +SKIP
        """
        if kind not in KINDS:
            raise DataError(f"no plot {kind!r}. Choose one of {', '.join(KINDS)}.")
        # by its name: drawing is a layer above, and is loaded when it is first asked for
        return getattr(import_module("estimator.report.plots"), KINDS[kind])(self, **options)

    def require_posterior(self) -> xr.Dataset:
        """Return all sampled parameters.

        Raises
        ------
        DataError
            If the estimate was made without them.
        """
        if self.posterior is None:
            raise DataError("the estimate was made without its posterior. Fit the model again.")
        return self.posterior

    def _summary(self, quantity: xr.DataArray, level: float, kind: Kind) -> pd.DataFrame:
        bounds = interval_of_cells(quantity, level, kind)
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
        """Compare the quantity with the documented minimum, all ages and regions together.

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
            One row a period: the quantity under its name, such as excess (median), lower, upper,
            minimum, minimum_vintage, vintage (when the data were seen, ``unknown`` where nobody
            said), ratio (quantity to minimum), completeness (minimum to quantity, of the medians)
            and the posterior probability that the quantity is above the minimum.

        Raises
        ------
        DataError
            If it is no minimum, the list's weeks of death end before a period begins, or periods are running
            totals.
        VintageError
            If a list without weeks covers other years than the target period, or vintages are mixed
            and that was not asked for.
        """
        if not isinstance(minimum, DocumentedMinimum):
            raise DataError(
                f"a minimum is a list at a vintage, not {type(minimum).__name__} {minimum!r:.40}. Load one "
                "(load_named_list, read_minimum), or write DocumentedMinimum(total=5000, "
                'vintage="2023-07-10", source="who keeps the list").'
            )
        if self.running:
            raise DataError("running totals are not of single years. Call against() before.")
        whole = self if minimum.by_week is not None or "period" not in self.dims else self.total()
        rows = [
            against_minimum(self.within(period).total().values, period, minimum, level, kind)
            for period in whole.reporting_periods()
        ]
        if not mixed_vintages:  # last: what a list without weeks refuses cannot be asked for
            check_vintages(self.vintage, minimum)
        table = pd.DataFrame(rows)
        place = table.columns.get_loc("minimum_vintage") + 1
        table.insert(place, "vintage", data_vintage(self.provenance))
        return table

    def save(self, path: str | Path) -> Path:
        """Write draws, facts and the groups of `to_datatree`: netCDF, or zarr by that ending.

        ArviZ opens the file (`arviz.from_netcdf`), and `load` reads it back.
        """
        facts = {name: getattr(self, name) for name in FACTS}
        parameters = [] if self.posterior is None else list(self.posterior)
        return write_parts(path, self.draws, self._groups(), facts | {"parameters": parameters})

    @classmethod
    def load(cls, path: str | Path) -> Estimate:
        """Read what `save` wrote.

        Raises
        ------
        DataError
            If the file is missing or is not an estimate.
        """
        draws, groups, facts = read_parts(path)
        pairs = {name: tuple(facts.pop(name) or ()) for name in ("years", "dates")}
        return cls(draws, years=pairs["years"], dates=pairs["dates"] or None, **groups, **facts)

    def _facts(self, level: float = 0.95) -> list[tuple[str, str]]:
        """Return what a short display says, as pairs of a name and a sentence."""
        last = self.by("period").array()[-1] if self.running else self.total().array()
        middle, lower, upper = (write_number(value) for value in interval_of(last, level).values())
        day, seen = self.provenance.get("as_of"), as_of(self.provenance)
        known = f"as known on {day}" if day else ""
        if not (day and str(day) == data_vintage(self.provenance)):  # else the same day twice
            known = f"{known}; {seen}" if known else seen
        sizes = [f"{dim} ({self.draws.sizes[dim]})" for dim in self.dims]
        chains, number = (self.draws.sizes[dim] for dim in SAMPLE)
        engine = self.diagnostics.get("engine", "unknown")
        return [
            ("median", f"{middle} ({100 * level:g}% equal-tailed interval {lower} to {upper})"),
            ("by", ", ".join(sizes) or "summed over everything"),
            ("vintage", known),
            ("engine", f"{engine}, {chains} × {number:,} draws, {self._state}"),
            *(("warning", warning) for warning in self.warnings),
        ]  # fmt: skip

    def __str__(self) -> str:
        head = f"{self.heading}; {as_of(self.provenance)}"
        long = "period" in self.dims and self.draws.sizes["period"] > MOST_ROWS and not self.running
        shown = self._yearly() if long else self
        frame = shown.by("period").to_frame() if "period" in self.dims else self.to_frame()
        if "period" in frame and frame["period"].dtype.kind == "M":
            frame["period"] = frame["period"].dt.strftime("%Y-%m-%d")
        if "period" in frame and len(frame) > 1 and not self.running:
            frame = pd.concat([frame, self.total().to_frame().assign(period="together")])
        table = frame.drop(columns=["level", "kind", "vintage"]).round(0).to_string(index=False)
        engine = self.diagnostics.get("engine", "unknown")
        foot = f"95% ETI, engine {engine}{'; a week is in the year in which it begins' if long else ''}"
        lines = [head, table, foot]
        return "\n".join(lines if self.converged else [*lines, self._state])


def join_bands(labels: Sequence[str]) -> str:
    """Write bands together: ``15-19`` to ``45-49`` become ``15-49``."""
    bands = AgeBands.from_labels(labels)
    return f"{bands.low[0]}+" if bands.high[-1] is None else f"{bands.low[0]}-{bands.high[-1]}"
