# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
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
# Where did the dead come from, and who were they? Regions are estimated all at once, around the nation; roles of the
# named dead are shares that move from month to month. Everything here runs with what ships with the package.

# %% tags=["setup"]
import numpy as np
import pandas as pd

import estimator as est
from estimator.nowcast.composition import officers_by_vintage
from estimator.published.regions import dose_slope, russia_gradients

periods = est.Periods(baseline=(2000, 2019), masked=(2020, 2021), target=(2022, 2023))

# %% [markdown]
# ## All regions at once
#
# The log sex ratio of a region is the nation's, plus a deviation of its own that fades, plus its own shocks of a
# year. What regions have in common is in all of them alike, so that sums of regions are as uncertain as the nation.

# %%
model = est.RegionalModel(est.load_rosstat_regions(), periods)
excess = est.fit(model, seed=1)
excess

# %%
regions = est.load_regions()
men = regions["men_16_61_census_2021"]
table = est.regional_table(excess, men)
table[["excess", "per_10k", "per_10k_lower", "per_10k_upper", "rank_lower", "rank_upper"]].head(8).round(1)

# %% [markdown]
# Tuva, Buryatia and the Altai Republic lost the most per man, Moscow and St Petersburg among the fewest. Ranks have
# intervals: most neighbours in the table cannot be told apart.

# %%
axes = est.plots.plot_tiles(table, regions, "per_10k", label="Excess of 2022-23 per 10,000 men")

# %%
axes = est.plots.plot_ranked(table, "per_10k", label="excess per 10,000 men")

# %% [markdown]
# ## Were poor regions hit hardest?
#
# Slopes of the log loss per man, of the excess and of the named list. Both are steeper in poorer regions. The
# correlation with poverty is weak all the same: regions scatter widely about the line.

# %%
slopes = russia_gradients(excess, seed=1)
alone = slopes[slopes["model"] == "alone"].set_index(["covariate", "loss"]).drop(columns="model")
alone.round(2)

# %% [markdown]
# ## Does the excess rise with the names?
#
# A check: where a region has one more name per man in December 2022, how much more excess has it in 2022? About one man
# more. In years of peace the same regression gives zero ([regions](../docs/regions.md)).

# %%
names = est.load_named_by_region()
listed = names[names["vintage"] == "2022-12-09"].set_index("region")["names"]
losses = excess.by("region", "period").values.sel(period=2022).stack(draws=("chain", "draw")).to_pandas()
aligned = [column.reindex(losses.index).fillna(0).to_numpy(float) for column in (men, listed)]
slope = dose_slope(losses.to_numpy(), *aligned, seed=1)
pd.Series(np.quantile(slope, [0.5, 0.025, 0.975]), ["median", "lower", "upper"]).round(2).to_frame("per name")

# %% [markdown]
# ## Who they were
#
# Shares of roles by month of death; names without a role are missing at random within a month. Which role was the
# largest, from when to when?

# %%
shares = est.fit_composition(est.CompositionModel(est.load_named_by_role(until="2025-12-31")), seed=1)
spells = est.crossings(shares)
spells

# %%
shown = ["volunteers", "motorised rifle", "prisoners", "mobilised", "airborne", "tank"]
axes = est.plots.plot_shares(est.role_shares(shares), shown)

# %% [markdown]
# ## Officers
#
# Officers on each vintage of the list: their number rises, and their share falls, since each name that was added is an
# officer less often than the ones before.

# %%
officers = officers_by_vintage()
officers.round(3)

# %% [markdown]
# ## Conclusion
#
# The dead came from poor regions far from the capital more often than from rich ones, and regions differ more than
# poverty explains. Those who died changed: the regular army first, then prisoners from autumn 2022 to spring 2023, and
# volunteers ever since August 2023.
