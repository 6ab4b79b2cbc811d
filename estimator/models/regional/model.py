"""Excess deaths of all regions of a country at once, around the nation."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from estimator.data.counts import Counts
from estimator.data.display import Displayed
from estimator.data.periods import Periods, describe_years
from estimator.data.redaction import place_name
from estimator.errors import DataError
from estimator.models.baseline import BaselinePriors
from estimator.models.regional.deviation import DeviationPriors
from estimator.models.vital.model import VitalModel
from estimator.models.vital.surface import ControlPriors, Surface

if TYPE_CHECKING:
    import pymc


@dataclass(frozen=True, repr=False)
class RegionalModel(Displayed):
    r"""Counts by region, periods and priors: an unfitted model of all regions of a country.

    For region :math:`r`, age band :math:`a` and year :math:`t`, with :math:`M` deaths of the target sex and
    :math:`F` of the control sex,

    .. math::

        M^r_{a,t} \mid M^r_{a,t} + F^r_{a,t} &\sim
            \mathrm{Binomial}(M^r_{a,t} + F^r_{a,t},\ \mathrm{logistic}\,\lambda^r_{a,t}) \\
        \lambda^r &= \lambda + d^r + e^r

    where :math:`\lambda` is the nation's surface, that of `VitalModel` given the deaths of all regions
    together, :math:`d^r` the region's own damped deviation and :math:`e^r` its shocks of one year
    (`estimator.models.regional.deviation`). The nation is learned from the sum of its regions alone, so
    that regions change no national figure: its posterior is cut from theirs. Given the nation, regions
    are independent, and cost grows linearly with their number. The excess is that of `VitalModel`, a
    region each.

    Parameters
    ----------
    counts : Counts
        Deaths by region, sex, age and year. A region may lack whole years.
    periods : Periods
        Baseline, masked and target years.
    ages, control_ages, target_sex, damping, cohorts, priors, control_priors
        As for `VitalModel`; damping, cohorts and priors are the nation's. Border ages are left out.
    deviation_priors : DeviationPriors
        Priors of the scales that regions share.

    Raises
    ------
    DataError
        If the counts have fewer than two regions, a region lacks a target year, or regions with all years
        hold less than half of all deaths, so that their sum would not be the nation.
    """

    counts: Counts
    periods: Periods
    ages: tuple[int, int] = (15, 49)
    control_ages: tuple[int, int] | None = (55, 69)
    target_sex: str = "male"
    damping: float | None = None
    cohorts: bool = True
    priors: BaselinePriors = field(default_factory=BaselinePriors)
    deviation_priors: DeviationPriors = field(default_factory=DeviationPriors)
    control_priors: ControlPriors = field(default_factory=ControlPriors)

    def __post_init__(self) -> None:
        if len(self.counts.regions) < 2:
            raise DataError(
                f"{self.counts.source}: {len(self.counts.regions) or 'no'} regions; at least 2 are needed. "
                "Give deaths of several regions, or estimate the one with VitalModel."
            )
        _ = self.regions, self.nation  # which check themselves

    @cached_property
    def regions(self) -> VitalModel:
        """The specification of single regions: what is counted and asked for in each."""
        return self._vital(self.counts)

    @cached_property
    def nation(self) -> VitalModel:
        """The model of the regions' sum, over those that have every year."""
        counts, whole = self.counts, list(self.counted)
        if not whole or self._deaths(whole) < 0.5 * self._deaths(list(counts.regions)):
            used = describe_years((*self.periods.baseline, *self.periods.target))
            lacking = next(name for name in counts.regions if name not in whole)
            raise DataError(
                f"{counts.source}: regions with all years {used} hold less than half of the deaths; "
                f"{place_name(lacking)} lacks some. Choose a baseline that most regions have."
            )
        total = counts.data[["count"]].sel(region=whole).sum("region", skipna=False)
        source = f"{counts.source}, {len(whole)} regions together"
        return self._vital(Counts(total, counts.unit, source, counts.vintage, counts.notes))

    @cached_property
    def counted(self) -> tuple[str, ...]:
        """Regions that have every baseline and target year: their sum is the nation."""
        used = [*self.periods.baseline, *self.periods.target]
        known = self.counts.data["count"].sel(period=used).notnull().all(("sex", "age", "period"))
        return tuple(str(name) for name in known["region"].values[known.values])

    def _deaths(self, regions: list[str]) -> float:
        used = self.counts.data["count"].sel(region=regions, period=list(self.periods.target))
        return float(used.sum())

    def _vital(self, counts: Counts) -> VitalModel:
        return VitalModel(
            counts, self.periods, self.ages, self.control_ages, self.target_sex, self.damping,
            cohorts=self.cohorts, priors=self.priors, control_priors=self.control_priors, border_ages=None,
        )  # fmt: skip

    @property
    def target_labels(self) -> tuple[str, ...]:
        """Labels of the target age bands."""
        return self.regions.target_labels

    def surface(self, region: str) -> Surface:
        """Return the arrays of one region."""
        return self.regions.surface(region)

    def build(self, nation: np.ndarray) -> pymc.Model:
        """Build the PyMC model of all regions, given the nation's log sex ratio (age × year).

        It is the definition that the marginal engine must meet; NUTS on it takes minutes for a few regions.
        """
        from estimator.models.regional.graph import build_regions

        surfaces = {name: self.surface(name) for name in self.counts.regions}
        return build_regions(surfaces, nation, self.deviation_priors)

    def __str__(self) -> str:
        nation = str(self.nation).split("\n")[1:]
        return "\n".join(
            [
                f"RegionalModel of {self.counts.unit}, {self.counts.source}",
                f"  {len(self.counts.regions)} regions, of which {len(self.counted)} with all years make up "
                "the nation",
                *nation,
            ]
        )

    def specification(self) -> dict[str, Any]:
        """Return what defines the model, for provenance."""
        pairs = {name: list(getattr(self.deviation_priors, name)) for name in self.deviation_priors.NAMES}
        return {
            **self.regions.specification(),
            "model": "RegionalModel",
            "deviation_priors": pairs,
            "nation": {"regions": len(self.counted), "sha256": self.nation.counts.checksum},
        }
