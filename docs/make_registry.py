"""Compute the tables and figures of docs/registry.md: ``python docs/make_registry.py [--ages-only]``.

Fits the reconstruction by week (some minutes) and the real counts of ages 20-24, and sets both beside what was
published in July 2023, by age and by week.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

import estimator as est
from estimator.inference.checks_registry import split_variance
from estimator.published import registry2023
from estimator.published.comparison import weekly_figures
from estimator.published.specification import MINIMUM, RUSSIA_REGISTRY
from estimator.report.plots.style import save_plot
from estimator.report.plots.time import plot_weekly
from estimator.report.tables_weekly import weekly_table

FIGURES = Path(__file__).parent / "figures"
IN_2022 = slice("2022-02-21", "2022-12-26")


def told(draws):
    """Return a median and the bounds of a 95% interval, as text."""
    middle, lower, upper = np.quantile(draws.values, [0.5, 0.025, 0.975])
    return f"{middle:,.0f} ({lower:,.0f} to {upper:,.0f})"


def fitted(model):
    """Fit, and print what the sampler says of itself."""
    begun = time.perf_counter()
    estimate = est.fit(model, seed=1)
    found = estimate.diagnostics
    print(
        f"R-hat {found['max_rhat']:.3f}, ESS {found['min_ess_bulk']:.0f}, "
        f"{found['divergences']} divergences, {time.perf_counter() - begun:.0f} s"
    )
    return estimate


def published_weeks(estimate, published, whose):
    """Return the weeks that were published beside ours, and print how many lie in our intervals."""
    table = weekly_table(estimate, None, published).dropna(subset="published")
    held = table["published"].between(table["lower"], table["upper"]).mean()
    print(f"{held:.0%} of {len(table)} {whose} lie in our intervals")
    return table


def ages_20_24():
    """Fit the registry's own counts of men and women aged 20-24."""
    model = est.RegistryModel(
        est.load_registry_20_24(),
        est.load_matched_sample(),
        RUSSIA_REGISTRY,
        ages=(20, 24),
        control_ages=None,
    )
    estimate = fitted(model)
    chain = registry2023.chain_20_24()["deaths"]
    in_2022 = estimate.excess.sel(period=IN_2022).sum(("age", "period"))
    print(f"20-24 in 2022: {told(in_2022)}; published by the same counts {chain.sum():,.1f}")
    weeks = pd.DataFrame({"week": chain.index, "estimate": chain.to_numpy()})
    weeks = weeks.assign(lower=np.nan, upper=np.nan, name="method of July 2023, computed again", interval="")
    published_weeks(estimate, weeks, "weekly figures of the method")
    save_plot(plot_weekly(estimate, published=weeks), FIGURES / "registry_20_24.png", dpi=110)


def model_of(follow_up):
    """Return the model of the reconstruction with one follow-up of the matched sample."""
    sample = est.load_matched_sample(follow_up=follow_up)
    return est.RegistryModel(est.load_registry_reconstruction(), sample, RUSSIA_REGISTRY)


def both_ends():
    """Fit the reconstruction with either end of the follow-up, and print its totals."""
    for follow_up in ("complete", "named list"):
        excess = fitted(model_of(follow_up)).excess
        in_2022 = excess.sel(period=IN_2022).sum(("age", "period"))
        print(f"{follow_up}: 2022 {told(in_2022)}, 65 weeks {told(excess.sum(('age', 'period')))}")


def reconstruction():
    """Fit the reconstruction, and print its tables."""
    model = model_of("uncertain")
    estimate = fitted(model)
    share = estimate.posterior["follow_up"]
    print(f"follow-up as the named list's {float(share.mean()):.2f} ± {float(share.std()):.2f}")
    excess = estimate.excess
    print("2022", told(excess.sel(period=IN_2022).sum(("age", "period"))))
    print(
        "65 weeks",
        told(excess.sel(period=slice("2022-02-21", "2023-05-21")).sum(("age", "period"))),
    )
    for age in excess["age"].values:
        print(age, told(excess.sel(age=age, period=IN_2022).sum("period")))
    print(split_variance(model, estimate).round(2).to_string(index=False))
    published = weekly_figures(estimate)
    table = published_weeks(estimate, published, "published weekly figures")
    quarter = table.groupby(pd.PeriodIndex(table["start"], freq="Q"))
    sums = quarter[["median", "published", "published_lower", "published_upper"]].sum()
    print(sums.round(0).to_string())
    named = est.load_named_list(MINIMUM)
    axes = plot_weekly(estimate, named, published)
    save_plot(axes, FIGURES / "registry_weekly.png", dpi=110)


if __name__ == "__main__":
    ages_20_24()
    if "--ages-only" not in sys.argv:
        reconstruction()
        both_ends()
