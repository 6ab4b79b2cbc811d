"""The inheritance-registry route: war dead from cases by period of death and delay."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from estimator.data.cases import CasesByPeriod
from estimator.data.display import Displayed
from estimator.data.matched_sample import MatchedSample
from estimator.data.periods import Periods, parse_day, period_index
from estimator.data.triangle import ReportingTriangle
from estimator.errors import DataError, VintageError
from estimator.models.baseline import BaselinePriors
from estimator.models.registry.arrays import RegistryData, civilians_by_delay
from estimator.models.registry.backlog import describe_outages, outages_since
from estimator.models.registry.delay_bins import DelayBins
from estimator.models.registry.outages import Outage, parse_outages

if TYPE_CHECKING:
    import pymc
    import xarray as xr

WAR_BEGAN = date(2022, 2, 24)
FAR = timedelta(days=183)
"""A match later than this after the extraction searched another registry than the cases."""


@dataclass(frozen=True, repr=False)
class RegistryModel(Displayed):
    r"""Cases of the registry, a matched sample and periods: an unfitted model of war dead.

    For age band :math:`a`, period of death :math:`t` and delay :math:`d`, cases of women and men are

    .. math::

        F_{a,t,d} &\sim \mathrm{Poisson}(\mu_{a,t}\, g^c_d\, e^{\varepsilon_{t,d}}) \\
        M_{a,t,d} &\sim \mathrm{Poisson}\big((e^{\lambda_{a,t}} \mu_{a,t}\, g^c_d
                        + W_{a,t}\, p_a\, g^m_d)\, e^{\varepsilon_{t,d}}\big)

    with :math:`\mu` the women's cases, :math:`\lambda` the log sex ratio of cases as in peace,
    :math:`g^c, g^m` the delay of civilians' and soldiers' cases, :math:`\varepsilon` what both have in
    common in a cell (holidays, an outage), :math:`W` the war dead and :math:`p` the probability
    that a soldier's death has a case. :math:`\lambda` is the damped trend of
    `estimator.models.baseline`, by year, interpolated, plus a season; a rise of the share of deaths that
    have a case, different for the sexes, is part of that trend. In the baseline
    :math:`M \mid M + F` is binomial in :math:`\lambda`, as in `VitalModel`. Extra variation is
    modelled where it arises, by shocks that cells share (:math:`\mu`,
    :math:`\varepsilon`, :math:`\lambda`), not as noise of single cells: that would cancel in totals.

    The estimand is the number of war dead by age and period,

    .. math::

        D_{a,t} = \sum_d \mathrm{Binomial}(M_{a,t,d}, \text{share of soldiers in the mean})
                  + \mathrm{Poisson}(W_{a,t} (1 - p_a G_t)), \qquad
        G_t = \sum_{d \text{ seen}} g^m_d e^{\varepsilon_{t,d}}:

    those among the cases seen, and those who have no case (yet).

    **Capture and delay are not corrected for twice**: :math:`p` is the probability that a case is ever
    opened, within the horizon of the delays. A matched sample that was looked up before the cases of its
    members could all be open shows :math:`p\,\bar G`, with :math:`\bar G` the share of soldiers' cases open
    by then, if it says when they died (`MatchedSample.deaths_by_week`), and :math:`p` if it does not. Where
    it is unknown whether they died so late (`MatchedSample.weeks_known`), it shows
    :math:`p\,(1 - f + f \bar G)` with a uniform :math:`f`.

    Parameters
    ----------
    cases : ReportingTriangle or CasesByPeriod
        The registry. Of cases by period, delays are taken from published curves, if at all.
    matched : MatchedSample
        Soldiers looked up in the registry; bands outside the target ages are left out.
    periods : Periods
        Baseline, masked and target years; cases of other years are not used.
    war_began : datetime.date or str
        First day with war dead. Earlier periods of the target years are masked.
    ages : (int, int)
        Target ages, inclusive.
    control_ages : (int, int) or None
        Ages whose sex ratio in the target years measures common shocks; None switches them off.
    horizon : int, optional
        Delays of the model, in periods; a year and a half unless given, or what the triangle holds.
    priors : BaselinePriors
        Priors of the sex ratio, learned from long peacetime records of deaths, since the registry
        gives but a few years.
    mixed_vintages : bool
        Whether the sample may have been matched more than half a year after the cases' extraction.
    outages : pairs of datetime.date or str
        Times when the registry entered nothing, or little, and the rest later: first day without normal
        entries, and last day of the backlog, of each. `suggest_outages` finds them.

    Raises
    ------
    DataError
        If the cases lack a year or an age that the model needs, or the matched sample a target age; if an
        outage is not over at the extraction, or the cases are not a triangle.
    VintageError
        If it was, and that was not asked for.
    """

    cases: ReportingTriangle | CasesByPeriod
    matched: MatchedSample
    periods: Periods
    war_began: date = WAR_BEGAN
    ages: tuple[int, int] = (15, 49)
    control_ages: tuple[int, int] | None = (55, 69)
    horizon: int | None = None
    priors: BaselinePriors = field(default_factory=BaselinePriors)
    mixed_vintages: bool = False
    outages: tuple[Outage, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "war_began", parse_day(self.war_began, "beginning of the war"))
        if self.horizon is not None and self.horizon < 2:
            raise DataError(f"horizon must be at least 2 periods, got {self.horizon}.")
        bands = self.cases.ages
        target = bands.within(*self.ages)
        control = bands.within(*self.control_ages) if self.control_ages else ()
        if both := [label for label in control if label in target]:
            raise DataError(
                f"control ages hold the target age {both[0]}: an age with war dead cannot be its own "
                "control. Choose others, or None."
            )
        known = [str(label) for label in self.matched.data.index]
        if absent := [label for label in target if label not in known]:
            raise DataError(
                f"{self.matched.source}: nobody of age {absent[0]} was looked up, and the model needs "
                f"its capture probability. The sample has {', '.join(known)}; choose such ages."
            )
        self._refuse_absent_years()
        self._refuse_mixed_vintages()
        object.__setattr__(self, "outages", parse_outages(self.outages, self.cases, self._delays))

    def _refuse_mixed_vintages(self) -> None:
        # an earlier match is the normal use: capture and delay say what has been opened since
        seen = self.cases.extracted_on
        if seen is None or self.mixed_vintages or self.matched.vintage <= seen + FAR:
            return
        raise VintageError(
            f"cases were extracted on {seen} ({self.cases.source}), the sample matched on "
            f"{self.matched.vintage} ({self.matched.source}): it found cases opened long after these. "
            "Take a match of the same time, or ask for this one with mixed_vintages=True."
        )

    def _refuse_absent_years(self) -> None:
        first, last = self.cases.periods[[0, -1]].astype("datetime64[D]")
        source = self.cases.source
        # a week in early January belongs to the year of its Thursday
        if int(str(first + np.timedelta64(3, "D"))[:4]) > self.periods.baseline[0] + 1:
            raise DataError(
                f"{source}: cases begin on {first}, after the baseline's first year "
                f"{self.periods.baseline[0]}. Choose a later baseline."
            )
        if last < np.datetime64(self.war_began) - np.timedelta64(31, "D"):
            raise DataError(
                f"{source}: cases end on {last}, before the war began on {self.war_began}. Choose "
                "another beginning, or add later cases."
            )
        if self.war_began.year not in self.periods.target:
            raise DataError(
                f"the war began on {self.war_began}, outside the target years "
                f"{', '.join(map(str, self.periods.target))}. Correct one of them."
            )

    @property
    def target_labels(self) -> tuple[str, ...]:
        """Labels of the target age bands."""
        return self.cases.ages.within(*self.ages)

    @property
    def control_labels(self) -> tuple[str, ...]:
        """Labels of the control bands."""
        return self.cases.ages.within(*self.control_ages) if self.control_ages else ()

    @property
    def _delays(self) -> int:
        return DelayBins.of(self.cases.resolution, self.horizon).horizon

    def suggest_outages(self) -> tuple[Outage, ...]:
        """Return outages since the war began that the cases show, as `outages` takes them.

        They are found from civilians' cases, women's and those of men of control ages: times when far more
        of them than in a usual year wait to be opened, as compared with the usual delay, and which are over
        at the extraction. Of cases by period there are none to be found.
        """
        if isinstance(self.cases, CasesByPeriod):
            return ()
        labels, resolution = (self.target_labels, self.control_labels), self.cases.resolution
        civilians, seen = civilians_by_delay(self.cases, *labels, self._delays)
        first, war = (
            int(period_index(day, resolution))
            for day in (self.cases.periods[0], np.datetime64(self.war_began))
        )
        return outages_since(civilians, seen, first, war, resolution, self.outages)

    @property
    def outage_note(self) -> str:
        """What outages that the cases show, and that `outages` lacks, would change; empty if none."""
        return describe_outages(self.suggest_outages())

    def arrays(self) -> RegistryData:
        """Return the arrays that the model works on."""
        return RegistryData.of(
            self.cases, self.matched, self.periods, war_began=self.war_began, horizon=self.horizon,
            target=self.target_labels, control=self.control_labels, priors=self.priors,
            outages=self.outages,
        )  # fmt: skip

    def build(self) -> pymc.Model:
        """Build the PyMC model."""
        from estimator.models.registry.graph import build_registry

        return build_registry(self.arrays())

    def capture_prior(self, *, seed: int, draws: int = 2000) -> xr.DataArray:
        """Draw the capture probability from its prior, dims (sample, matched_age).

        Parameters
        ----------
        seed : int
            Same seed, same machine: same digits.
        draws : int
            How many.
        """
        from estimator.models.registry.priors import draw_capture_prior

        return draw_capture_prior(self.matched, seed=seed, draws=draws)

    def __str__(self) -> str:
        control = f"{self.control_ages[0]}-{self.control_ages[1]}" if self.control_ages else "none"
        with_case, sampled = self.matched.total
        outages = "".join(f"  outage from {first} to {last}\n" for first, last in self.outages)
        return (
            f"RegistryModel of cases by {self.cases.resolution}, {self.cases.source}\n"
            f"  {self.periods}, war since {self.war_began}\n"
            f"{outages}"
            f"  war dead aged {self.ages[0]}-{self.ages[1]}, control ages {control}\n"
            f"  matched sample {with_case} of {sampled}, vintage {self.matched.vintage}"
        )

    def specification(self) -> dict[str, Any]:
        """Return what defines the model, for provenance."""
        return {
            "model": "RegistryModel",
            "baseline": list(self.periods.baseline),
            "masked": list(self.periods.masked),
            "target": list(self.periods.target),
            "war_began": self.war_began.isoformat(),
            "ages": list(self.ages),
            "control_ages": list(self.control_ages) if self.control_ages else None,
            "resolution": self.cases.resolution,
            "horizon": self.horizon,
            "outages": [[str(first), str(last)] for first, last in self.outages],
            "priors": {name: list(getattr(self.priors, name)) for name in self.priors.SURFACE},
            "data": {
                "source": self.cases.source,
                "vintage": self.cases.vintage,
                "sha256": getattr(self.cases, "checksum", None),
                "notes": [*self.cases.notes, *filter(None, [self.outage_note])],
                "identified": self.cases.identified,
            },
            "matched": {
                "source": self.matched.source,
                "vintage": str(self.matched.vintage),
                "found": self.matched.total[0],
                "sampled": self.matched.total[1],
                "notes": list(self.matched.notes),
            },
        }
