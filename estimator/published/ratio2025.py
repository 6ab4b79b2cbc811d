r"""The sex-ratio estimator of Kobak et al. 2025, as printed, with its twelve variants.

Source: War fatalities in Russia in 2022-2023 estimated via excess male mortality, Demography 2025,
doi 10.1215/00703370-11862998, and the notebook published with it
(github.com/dkobak/excess-mortality-war, demography2025/models.ipynb).

For one age band, :math:`M_t` and :math:`F_t` are deaths of men and women in year t, both less
deaths from HIV in the variants that subtract them, and :math:`r_t = M_t / F_t`. The fit window W
is the last n = 1, 5 or 10 years up to 2019; the targets are 2022 and 2023.

- linear: :math:`y_t = r_t`, ordinary least squares :math:`\hat y_t = \alpha + \beta t` over W, and
  :math:`\hat r_t = \hat y_t`;
- exponential: :math:`y_t = \log(r_t - 1)`, the same fit, and :math:`\hat r_t = 1 + e^{\hat y_t}`;
- one year: :math:`\hat r_t = r_{2019}` in both forms, without uncertainty.

Excess is :math:`M_t - \hat r_t F_t`. One predictive standard deviation of y in target year t is

.. math:: s_t^2 = \frac{RSS}{n - 2}
          \Bigl(1 + \frac1n + \frac{(t - \bar t)^2}{\sum_W (u - \bar t)^2}\Bigr).

The printed ± is :math:`s_t F_t` in the linear form. In the exponential form it is
:math:`\Delta F_t`, with a single

.. math:: \Delta = \max_{u, v} \{e^{\hat y_u + s_v} - e^{\hat y_u},\;
                                 e^{\hat y_u} - e^{\hat y_u - s_v}\}

over every year u from the first of the window to the last target and both targets v. As
:math:`e^s - 1 \ge 1 - e^{-s}` and :math:`\hat y` is linear in u, that is
:math:`e^{\max(\hat y_{first}, \hat y_{last})}(e^{\max s} - 1)`. Ages 15-49 are added; their
standard deviations are added in quadrature.
"""

from itertools import product

import numpy as np
import pandas as pd

from estimator.data.bundled import read_bundled
from estimator.published.ratio_rule import ratio_forecast

LAST_FIT_YEAR = 2019
TARGET_YEARS = (2022, 2023)
AGE_LOW = tuple(range(15, 60, 5))
IN_TOTAL = tuple(low < 50 for low in AGE_LOW)
TRENDS = {"lin": "linear", "exp": "exponential"}
FIT_YEARS = (1, 5, 10)


def rosstat_matrix(sex: str, *, hiv: bool = False) -> pd.DataFrame:
    """Return bundled deaths of one sex, all or from HIV, by age (first year of the band) and year."""
    table = read_bundled("rosstat_hiv_deaths_russia" if hiv else "rosstat_deaths_russia")
    deaths = table[table["sex"] == sex].pivot(index="age_low", columns="year", values="deaths")
    return deaths.loc[list(AGE_LOW)]


def ratio_estimate(*, hiv_subtracted: bool, trend: str, fit_years: int) -> pd.DataFrame:
    """Recompute one published variant: age, year, excess, std_error, nine ages and the total 15-49.

    The trend is ``"lin"`` or ``"exp"``, as the publication abbreviates; the window of `fit_years` (1, 5, 10)
    ends in 2019.
    """
    male, female = rosstat_matrix("male"), rosstat_matrix("female")
    if hiv_subtracted:
        hiv_male, hiv_female = rosstat_matrix("male", hiv=True), rosstat_matrix("female", hiv=True)
        male = (male - hiv_male).loc[:, hiv_male.columns]
        female = (female - hiv_female).loc[:, hiv_female.columns]
    baseline = [year for year in male.columns if year <= LAST_FIT_YEAR]
    target = list(TARGET_YEARS)
    counterfactual, sd = ratio_forecast(
        baseline, male[baseline], female[baseline], target, female[target], fit_years=fit_years,
        trend=TRENDS[trend],
    )  # fmt: skip
    excess = male[target].to_numpy() - counterfactual
    under_50 = np.array(IN_TOTAL)
    excess = np.vstack([excess, excess[under_50].sum(0)])
    sd = np.vstack([sd, np.sqrt((sd[under_50] ** 2).sum(0))])
    labels = [f"{low}-{low + 4}" for low in AGE_LOW] + ["15-49"]
    cells = pd.DataFrame(product(labels, target), columns=["age", "year"])
    return cells.assign(excess=excess.ravel(), std_error=sd.ravel())


def variants() -> pd.DataFrame:
    """Recompute the twelve published variants, in the columns of ``ratio2025_model_variants``."""
    parts = []
    for hiv_subtracted, trend, fit_years in product((0, 1), TRENDS, FIT_YEARS):
        part = ratio_estimate(hiv_subtracted=bool(hiv_subtracted), trend=trend, fit_years=fit_years)
        variant = {"hiv_subtracted": hiv_subtracted, "trend": trend, "fit_years": fit_years}
        parts.append(part.assign(**variant)[[*variant, *part.columns]])
    return pd.concat(parts, ignore_index=True)
