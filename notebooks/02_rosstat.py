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
# # Rosstat: the published estimate, and how wide its interval should be
#
# Kobak et al. (Demography 2025, doi 10.1215/00703370-11862998) fit a line to the sex ratio of five years,
# extend it to 2022 and 2023, and compute the excess from it. First that estimate again, to the printed digit;
# then a Bayesian baseline of the same data; then why the second interval is so much wider.

# %% tags=["setup"]
import estimator as est
from estimator.published.figures import vital_figures
from estimator.published.ratio2025 import variants

# %% [markdown]
# ## The published estimate, again
#
# All twelve published variants: with and without deaths from HIV, linear or exponential, lines of one, five or ten
# years. Not one of 216 cells differs.

# %%
replicated = est.replicate()["ratio2025"]
table = variants().query("hiv_subtracted == 1 and trend == 'lin' and fit_years == 5")
young = table[table["age"].isin([f"{low}-{low + 4}" for low in range(15, 50, 5)])]
totals = young.groupby("year")["excess"].sum().round().astype(int)
print("cells:", replicated["cells"], " differing:", replicated["mismatches"])
totals

# %% [markdown]
# ## The baseline as a posterior
#
# The log sex ratio follows a damped trend, correlated over age, with cohorts; counts are binomial given both sexes.
# 2020 and 2021 are masked, and ages 55–69 stay in the target years as a control.

# %%
periods = est.Periods(baseline=(2000, 2019), masked=(2020, 2021), target=(2022, 2023))
model = est.VitalModel(est.load_rosstat(), periods, ages=(15, 49), control_ages=(55, 69))
estimate = est.fit(model, seed=1)
estimate

# %% [markdown]
# The list was seen a year after the deaths were published: a better minimum of the same weeks, but later
# information, so that you opt in.

# %%
named = est.load_named_list("2026-05-22")
against = estimate.against(named, mixed_vintages=True)
against[["period", "excess", "lower", "upper", "minimum", "probability_above_minimum"]].round(2)

# %%
axes = estimate.plot("sex_ratio", model=model)

# %%
axes = estimate.plot("total", minimum=named, published=vital_figures())

# %% [markdown]
# Our estimate is lower than the published figures, and its interval is several times as wide. Lower, because the
# ratio had been falling and a damped trend lets it fall a little further, where a line through five years extends it.
# The list of 2023 lies above the estimate: vital registration misses deaths that the list has.

# %%
axes = estimate.plot("age")

# %% [markdown]
# ## Why the interval is wider
#
# Ask all methods about peacetime, where the excess is zero and the truth is known. Move the end of the baseline
# through the years, forecast three and four years ahead, and count how often the 95% interval contains what
# happened. Here for Russia; notebook 04 says more.

# %%
scored = est.placebo(seed=1, draws=1000)
board = scored.scoreboard()
board[["windows", "coverage_50", "coverage_80", "coverage_95", "crps_ratio"]].round(2)

# %% [markdown]
# A line through five years reflects only how far the points lie from it, not that trends break: its 95% interval
# contains the truth in about a third of Russia's peacetime windows. Ours does in nearly all. By CRPS, which rewards
# narrow intervals and punishes wrong ones, ours is better than the published rules and the structural model; the
# spline forecasts about as well, with intervals that are too narrow.
#
# How wide an interval must be is measured, not a matter of taste.
