"""The vital-registration route: excess deaths of men, with women as the control."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from estimator.data.counts import SEXES, Counts
from estimator.data.display import Displayed
from estimator.data.periods import Periods, describe_years
from estimator.data.redaction import place_name
from estimator.errors import DataError
from estimator.models.baseline import LEVEL_MEAN, BaselinePriors, Cohorts
from estimator.models.vital.surface import BORDER_SD, ControlPriors, Surface, war_allowance

if TYPE_CHECKING:
    import pymc


@dataclass(frozen=True, repr=False)
class VitalModel(Displayed):
    r"""Counts, periods and priors: an unfitted model of the sex ratio of deaths.

    For age band :math:`a` and year :math:`t`, with :math:`M` deaths of the target sex (men) and
    :math:`F` of the control sex (women),

    .. math::

        M_{a,t} \mid M_{a,t} + F_{a,t} &\sim
            \mathrm{Binomial}(M_{a,t} + F_{a,t},\ \mathrm{logistic}\,\lambda_{a,t}) \\
        \lambda &= c + s, \qquad s \sim MN(m, K, C_t)

    in the years of the baseline, and at control ages in the target years too. At border ages, next to
    those of the war, the ratio of target years may be off by what the war took there
    (`estimator.models.vital.surface.BORDER_SD`). Conditioning on the sum drops the women's rate
    exactly. :math:`\lambda` contains a transient shock, correlated over age, so
    the counts are overdispersed (logistic-normal binomial). The surface :math:`s` is that of
    `estimator.models.baseline`; :math:`c` is what men and women of a birth year keep as they grow older
    (`estimator.models.baseline`).

    The estimand is the excess :math:`M_{a,t} - M^0_{a,t}` in target years and ages, where
    :math:`M^0_{a,t}` is the number of men who would have died in peace, given what women did:

    .. math::

        F_{a,t} \sim \mathrm{Poisson}(\mu_{a,t}), \qquad
        M^0_{a,t} \sim \mathrm{Poisson}(e^{\lambda_{a,t}} \mu_{a,t})

    with :math:`\mu` smooth over age and time but for a shock of the target years
    (`estimator.models.vital.surface`); so level, slope, transient shock, the women's counting noise
    and the men's own are all in it.

    Parameters
    ----------
    counts : Counts
        Deaths (or cases) by sex, age and year. Fractions, which some sources have after
        sharing out deaths of unknown age, are rounded to whole counts.
    periods : Periods
        Baseline, masked and target years.
    ages : (int, int)
        Target ages, inclusive.
    control_ages : (int, int) or None
        Ages with few war deaths, whose sex ratio in the target years measures common shocks. None
        switches them off. Bands that fall within the target ages are refused.
    target_sex : {"male", "female"}
        Whose excess is estimated; the other sex is the control. ``"female"`` is the reverse control.
    damping : float or None
        None estimates the damping of the trend; a number fixes it: 1 extrapolates trends undamped, 0
        has no trend.
    ratio_of : {"deaths", "rates"}
        Whether :math:`\lambda` is the ratio of deaths or of death rates, which needs populations.
    cohorts : bool
        Whether the baseline follows cohorts; without them :math:`c = 0`.
    priors : BaselinePriors
        Priors of the hyperparameters.
    control_priors : ControlPriors
        Those of the control sex's expected deaths.
    border_ages : (int, int) or None
        Ages between target and control ages, where some war deaths are: in the target years their sex
        ratio says less than that of control ages and more than nothing. Bands that are target or control
        ages, or not in the data, are left out; where there are no control ages, all are. None switches
        them off.

    Raises
    ------
    DataError
        If the counts, or those of a region, lack a year or age that the model needs, or lack
        populations it needs.
    """

    counts: Counts
    periods: Periods
    ages: tuple[int, int] = (15, 49)
    control_ages: tuple[int, int] | None = (55, 69)
    target_sex: str = "male"
    damping: float | None = None
    ratio_of: str = "deaths"
    cohorts: bool = True
    priors: BaselinePriors = field(default_factory=BaselinePriors)
    control_priors: ControlPriors = field(default_factory=ControlPriors)
    border_ages: tuple[int, int] | None = (50, 54)

    def __post_init__(self) -> None:
        for name, given, kind in (("counts", self.counts, Counts), ("periods", self.periods, Periods)):
            if not isinstance(given, kind):
                raise DataError(
                    f"{name}: {type(given).__name__} is not {kind.__name__}. Give what read_counts returns, "
                    "and Periods(baseline, target)."
                )
        if self.target_sex not in SEXES:
            raise DataError(f"target_sex must be one of {SEXES}, got {self.target_sex!r}.")
        if self.ratio_of not in ("deaths", "rates"):
            raise DataError(f"ratio_of must be 'deaths' or 'rates', got {self.ratio_of!r}.")
        if self.damping is not None and not 0 <= self.damping <= 1:
            raise DataError(f"damping must be between 0 and 1, got {self.damping}.")
        if self.ratio_of == "rates" and not self.counts.has_population:
            raise DataError(
                f"{self.counts.source}: ratio_of='rates' needs a population column. Add it, or use "
                "ratio_of='deaths'."
            )
        if self.control_ages and not (
            self.control_ages[0] > self.ages[1] or self.control_ages[1] < self.ages[0]
        ):
            raise DataError(
                f"control ages {self.control_ages[0]}:{self.control_ages[1]} overlap the target ages "
                f"{self.ages[0]}:{self.ages[1]}: an age with war deaths cannot be its own control. "
                f"Choose others{self._other_control()}, or none."
            )
        self._refuse_ages("target", self.ages)
        if self.control_ages:
            self._refuse_ages("control", self.control_ages)
        used = (*self.periods.baseline, *self.periods.target)
        if absent := sorted(set(used) - set(self.counts.years)):
            roles = [
                role for role in ("baseline", "target") if set(absent) & set(getattr(self.periods, role))
            ]
            raise DataError(
                f"{self.counts.source}: {' and '.join(roles)} years {describe_years(absent)} are not in "
                f"the data, which has {describe_years(self.counts.years)}. Choose other periods, or add "
                "these years."
            )
        self._refuse_regions_without_years()

    def _other_control(self) -> str:
        """Return the usual control ages as an example, where they do not overlap the target ages."""
        return ", such as 55:69" if self.ages[1] < 55 or self.ages[0] > 69 else ""

    def _refuse_ages(self, role: str, ages: tuple[int, int]) -> None:
        try:
            self.counts.ages.within(*ages)
        except DataError as problem:
            none = "" if role == "target" else " Or leave control ages out: none."
            raise DataError(f"{self.counts.source}: {role} {problem}{none}") from None

    def _refuse_regions_without_years(self) -> None:
        if not self.counts.has_regions:
            return
        known = self.counts.data["count"].notnull().any(("sex", "age"))
        for region in self.counts.regions:
            there = set(known["period"].values[known.sel(region=region).values].tolist())
            if absent := sorted(set(self.periods.target) - there):
                raise DataError(
                    f"{self.counts.source}: region {place_name(region)}: target years "
                    f"{describe_years(absent)} are not in the data, which has {describe_years(there)}. "
                    "Add these years, leave the region out, or choose other target years."
                )
            learned = len(there & set(self.periods.baseline))
            if learned < Periods.MINIMUM_BASELINE:
                raise DataError(
                    f"{self.counts.source}: region {place_name(region)}: {learned} of the baseline's "
                    f"years are in the data; at least {Periods.MINIMUM_BASELINE} are needed. Add years, "
                    "leave the region out, or choose another baseline."
                )

    @property
    def control_sex(self) -> str:
        """The sex that takes out common shocks."""
        return SEXES[1 - SEXES.index(self.target_sex)]

    @property
    def target_labels(self) -> tuple[str, ...]:
        """Labels of the target age bands."""
        return self.counts.ages.within(*self.ages)

    @property
    def border_labels(self) -> tuple[str, ...]:
        """Labels of the border ages' bands: those that lie between target ages and control ages."""
        if not (self.border_ages and self.control_ages):
            return ()
        first = max(self.border_ages[0], self.ages[1] + 1)
        last = min(self.border_ages[1], self.control_ages[0] - 1)
        ages = self.counts.ages
        return tuple(
            label
            for label, low, high in zip(ages.labels, ages.low, ages.high)
            if high is not None and first <= low and high <= last
        )

    @property
    def model_labels(self) -> tuple[str, ...]:
        """Labels of all bands in the model, target, border and control ages, ascending."""
        control = self.counts.ages.within(*self.control_ages) if self.control_ages else ()
        used = {*self.target_labels, *self.border_labels, *control}
        return tuple(sorted(used, key=self.counts.ages.labels.index))

    def surface(self, region: str | None = None) -> Surface:
        """Return the arrays that both engines work on, for one region where there are several."""
        counts = self.counts.select(region=region) if region else self.counts
        years, labels = self.periods.all_years, self.model_labels
        data = counts.data.sel(age=list(labels)).reindex(period=list(years))
        table = {sex: np.rint(np.nan_to_num(data["count"].sel(sex=sex).values)) for sex in SEXES}
        known = ~np.isnan(data["count"].sel(sex=self.target_sex).values)
        base = np.isin(years, self.periods.baseline)
        aims = np.isin(years, self.periods.target)
        is_target = np.isin(labels, self.target_labels)[:, None]
        offset = np.zeros(known.shape)
        if self.ratio_of == "rates":
            people = data["population"]
            ratio = people.sel(sex=self.target_sex) / people.sel(sex=self.control_sex)
            offset = np.nan_to_num(np.log(ratio.values))
        return Surface(
            target=table[self.target_sex],
            control=table[self.control_sex],
            observed=known & (base[None, :] | (aims[None, :] & ~is_target)),
            asked=known & aims[None, :] & is_target,
            offset=offset,
            midpoint=self.counts.ages.midpoint[np.isin(self.counts.ages.labels, labels)],
            ages=labels,
            years=years,
            periods=self.periods,
            mean=(LEVEL_MEAN if self.target_sex == "male" else -LEVEL_MEAN) + offset,
            damping=self.damping,
            cohorts=self._cohorts(labels) if self.cohorts else None,
            allowance=war_allowance(np.isin(labels, self.border_labels), aims),
            priors=self.priors,
            control_priors=self.control_priors,
        )

    def _cohorts(self, labels: tuple[str, ...]) -> Cohorts:
        ages = self.counts.ages
        bands = [
            (low, high)
            for label, low, high in zip(ages.labels, ages.low, ages.high)
            if label in labels and high is not None  # an open band is never in the model
        ]
        low, high = zip(*bands)
        return Cohorts.of(low, high, self.periods.all_years)

    def build(self, region: str | None = None) -> pymc.Model:
        """Build the PyMC model: readable, extensible, and the definition that engines must meet."""
        from estimator.models.vital.graph import build_vital

        return build_vital(self.surface(region))

    def __str__(self) -> str:
        control = f"{self.control_ages[0]}-{self.control_ages[1]}" if self.control_ages else "none"
        border = f" (border ages {', '.join(self.border_labels)})" if self.border_labels else ""
        damping = "estimated" if self.damping is None else f"{self.damping:g}"
        return (
            f"VitalModel of {self.counts.unit}, {self.counts.source}\n"
            f"  {self.periods}\n"
            f"  excess of {self.target_sex}s aged {self.ages[0]}-{self.ages[1]}, control: "
            f"{self.control_sex}s, and ages {control} in target years{border}\n"
            f"  sex ratio of {self.ratio_of}, damping {damping}, "
            f"{'with' if self.cohorts else 'without'} cohorts"
        )

    def specification(self) -> dict[str, Any]:
        """Return what defines the model, for provenance."""
        return {
            "model": "VitalModel",
            "baseline": list(self.periods.baseline),
            "masked": list(self.periods.masked),
            "target": list(self.periods.target),
            "ages": list(self.ages),
            "control_ages": list(self.control_ages) if self.control_ages else None,
            "border_ages": ", ".join(self.border_labels) or None,
            "border_sd": BORDER_SD if self.border_labels else None,
            "target_sex": self.target_sex,
            "damping": self.damping,
            "ratio_of": self.ratio_of,
            "cohorts": self.cohorts,
            "priors": {name: list(getattr(self.priors, name)) for name in self.priors.NAMES},
            "control_priors": self.control_priors.to_dict(),
            "data": {
                "source": self.counts.source,
                "vintage": self.counts.vintage,
                "sha256": self.counts.checksum,
                "notes": list(self.counts.notes),
            },
        }
