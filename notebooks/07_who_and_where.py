# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Who and where
#
# Where did the dead come from, and who were they? Regions are estimated all at once, around the nation; roles
# of the named are shares that move from month to month. Everything below runs with what ships with the package.

# %%
import os

import numpy as np

import estimator as est
from estimator.nowcast.composition import officers_by_vintage
from estimator.published.regions import dose_slope, russia_gradients
from estimator.published.specification import RUSSIA
from estimator.report.plots import plot_ranked, plot_shares, plot_tiles

QUICK = bool(os.environ.get("ESTIMATOR_QUICK"))
DRAWS = 400 if QUICK else 2000

# %% [markdown]
# ## All regions at once
#
# The log sex ratio of a region is the nation's, plus a deviation of its own that fades, plus its own shocks of a
# year. What regions have in common is in all of them alike, so that sums of regions are as uncertain as the nation.

# %%
regions = est.load_regions()
model = est.RegionalModel(est.load_rosstat_regions(), RUSSIA)
excess = est.fit(model, seed=1, draws=DRAWS, minimum_ess=200)
print(model)
print(excess)

assert len(model.counts.regions) == 85
assert excess.converged

# %%
men = regions["men_16_61_census_2021"]
table = est.regional_table(excess, men)
table[["excess", "per_10k", "per_10k_lower", "per_10k_upper", "rank_lower", "rank_upper"]].head(10).round(1)

# %%
first, last = set(table.index[:8]), table.loc[["Moscow", "St Petersburg"]]
assert {"Tuva", "Buryatia", "Altai Republic"} <= first
assert (last["rank_lower"] > 40).all()
assert (last["per_10k_upper"] < table.loc["Tuva", "per_10k_lower"]).all()

# %%
plot_tiles(table, regions, "per_10k", label="Excess of 2022-23 per 10,000 men")

# %%
plot_ranked(table, "per_10k", label="excess per 10,000 men")

# %% [markdown]
# ## Poorest hit hardest?
#
# Slopes of the log loss per man, the errors of the excess and of the list carried through. The plain
# correlation with poverty is weak all the same: regions scatter widely about the line.

# %%
slopes = russia_gradients(excess, seed=1)
alone = slopes[slopes["model"] == "alone"].set_index(["loss", "covariate"])
poverty = alone.xs("poverty", level="covariate")
assert (poverty["slope"] > 0).all()
assert (poverty["probability_positive"] > 0.95).all()
assert poverty["correlation_with_poverty"].between(0.15, 0.6).all()
alone.round(2)

# %% [markdown]
# ## Does the excess rise with names?
#
# A check: one more name per man of December 2022 goes with about one more man of excess in 2022. In years of
# peace the same regression gives zero (docs/regions.md).

# %%
names = est.load_named_by_region()
listed = names[names["vintage"] == "2022-12-09"].set_index("region")["names"]
order = [str(name) for name in excess.draws["region"].values]
draws = excess.by("region", "period").values.sel(period=2022).transpose("region", "chain", "draw")
slope = dose_slope(
    draws.values.reshape(len(order), -1), men.reindex(order).to_numpy(float),
    listed.reindex(order).fillna(0).to_numpy(float), seed=1,
)  # fmt: skip
print(np.quantile(slope, [0.025, 0.5, 0.975]).round(2))
assert 0.3 < np.median(slope) < 2

# %% [markdown]
# ## Who they were
#
# Shares of roles by month of death; names without a role are missing at random within a month.

# %%
roles = est.load_named_by_role(until="2025-12-31")
shares = est.fit_composition(
    est.CompositionModel(roles), seed=1, draws=1200 if QUICK else 4800, allow_unconverged=QUICK
)
spells = est.crossings(shares)
spells

# %%
largest = spells.set_index("role")
prisoners, volunteers = largest.loc["prisoners"], largest.loc[["volunteers"]].iloc[-1]
assert str(prisoners["first"])[:7] == "2022-10"
assert str(prisoners["last"])[:7] == "2023-05"
assert str(volunteers["first"])[:7] == "2023-08"
chance = est.largest_role(shares, "volunteers").to_series()
assert (chance["2024"] > 0.99).all()

# %%
plot_shares(
    est.role_shares(shares),
    ["volunteers", "motorised rifle", "prisoners", "mobilised", "airborne", "tank"],
)

# %% [markdown]
# ## Officers
#
# Their number by vintage of the list; each name that was added is an officer less often than the ones before.

# %%
officers = officers_by_vintage()
assert officers["officers"].iloc[-1] == 6100
assert officers["share"].is_monotonic_decreasing
officers.round(3)
