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
# # Are the intervals true?
#
# A 95% interval makes a promise: of a hundred such intervals ninety-five hold the truth. The promise
# can be kept or broken, and that can be counted, wherever the truth is known.
#
# Two such places: **peace**, where the excess is zero, and **old wars**, whose dead were counted
# afterwards.

# %%
import os
from pathlib import Path

import numpy as np
import pandas as pd

import estimator as est

QUICK = bool(os.environ.get("ESTIMATOR_QUICK"))
DATA = Path(os.environ.get("ESTIMATOR_DATA") or "../../shared/data")
HERE = DATA.is_dir()
print("third-party files:", "found" if HERE else "absent; Russia and a simulated country instead")

# %% [markdown]
# ## Placebo
#
# Take a country and an end of peace, learn from the twenty years before, forecast the third and
# fourth year after, and compare with what happened. Roll the end through the decades. The rivals run
# in the same windows: the published rule (a line through five ratios), its ten-year form, a constant
# ratio, and the structural model of statsmodels.

# %%
if HERE:
    names = ("DNK", "PRT") if QUICK else None
    files = sorted((DATA / "hmd").glob("*.csv"))
    if names:
        files = [file for file in files if file.stem in names]
    territories = {file.stem: est.read_counts(file) for file in files}
else:
    territories = {"Russia": est.load_rosstat()}
scored = est.placebo(
    territories,
    seed=1,
    since=1960 if HERE else 1990,
    until=2019,
    minimum_baseline=None if HERE else 10,
    every=6 if QUICK else 3,
    draws=400 if QUICK else 1000,
)
board = scored.scoreboard()
columns = ["windows", "coverage_50", "coverage_80", "coverage_95", "crps_ratio", "rmse_ratio"]
print(board[columns].round(3).to_string())

# %%
from estimator.report.plots import plot_scoreboard

axes = plot_scoreboard(board, scored.windows)

# %% [markdown]
# Coverage should read 0.50, 0.80, 0.95. A rule that claims less error than it makes is not sharper: CRPS
# counts both, and the ratio to the published rule is below one where forecasts are better.

# %%
ours, theirs = board.loc["registry-excess"], board.loc["ratio-5"]
# The published rule draws nothing: what it covers is a count. Ours moves with its draws. Over seeds 1 to 3 the
# ratio of CRPS was 0.625 to 0.646 in the 24 windows of the quick setting (sd 0.010), and 0.638 and 0.642 with
# seeds 1 and 2 in the 288 of the full one (sd 0.003): four sds are allowed. Seed 2 held the truth in three
# windows more at 95%, so that one of 24 and four of 288 may be on the other side of a bound.
recorded = {(2, 24): (24, 20, 0.635, 0.042, 1), (12, 288): (271, 238, 0.64, 0.012, 4)}
tables = (len(territories), int(ours["windows"]))
if tables in recorded:
    holds, published_holds, ratio, off, near = recorded[tables]
    assert abs(ours["coverage_95"] * tables[1] - holds) < near + 0.5, ours["coverage_95"]
    assert round(theirs["coverage_95"] * tables[1]) == published_holds, theirs["coverage_95"]
    assert abs(ours["crps_ratio"] - ratio) < off, ours["crps_ratio"]
else:  # other files than those, whose figures nobody recorded
    assert ours["coverage_95"] >= 0.85
    assert ours["coverage_95"] > theirs["coverage_95"]
    assert ours["crps_ratio"] < 0.9
print(f"95%: ours {ours['coverage_95']:.0%}, published rule {theirs['coverage_95']:.0%}")

# %% [markdown]
# ## A war whose dead were counted
#
# A war is added to a peace: a country of ten age bands whose ratio trends and wanders by itself, and
# soldiers of whom we know the number.

# %%
rng = np.random.default_rng(5)
ages = [f"{low}-{low + 4}" for low in range(15, 70, 5)]
years = np.arange(1990, 2024)
rows, dead = [], []
level = np.cumsum(rng.normal(0, 0.02, (len(years), 1)) + rng.normal(0, 0.01, (len(years), len(ages))), 0)
for i, year in enumerate(years):
    for j, age in enumerate(ages):
        low = int(age[:2])
        women = 300 * np.exp(0.06 * (low - 15))
        war = 900 if year >= 2022 and low < 50 else 0
        soldiers = rng.poisson(war)
        men = rng.poisson(women * np.exp(1.0 + level[i, j])) + soldiers
        rows += [(year, "female", low, low + 4, rng.poisson(women)), (year, "male", low, low + 4, men)]
        if year >= 2022 and low < 50:
            dead.append((year, low, low + 4, soldiers))
counts = est.Counts.from_frame(
    pd.DataFrame(rows, columns=["year", "sex", "age_low", "age_high", "count"]),
    unit="deaths", source="simulated", vintage="2024-01-01",
)
truth = pd.DataFrame(dead, columns=["year", "age_low", "age_high", "war_deaths"])

# %%
from estimator.calibration.known_truth import known_truth

periods = est.Periods(baseline=(1990, 2019), masked=(2020, 2021), target=(2022, 2023))
result = known_truth(est.VitalModel(counts, periods), truth, seed=1)
print(result.summary().to_string())
summary = result.summary()

# %%
excess = result.estimate.total()
lower, upper = np.quantile(excess.excess, [0.025, 0.975])
total = truth["war_deaths"].sum()
print(f"true {total:,}; 95% interval {lower:,.0f} to {upper:,.0f}")
assert lower < total < upper
# recorded with their Monte Carlo errors; four errors of a difference are allowed. Seeds 2 and 3 stay within
# one and a half.
median = float(excess.excess.median())
for found, recorded, error in ((median, 11_552, 42), (lower, 9_729, 92), (upper, 13_468, 63)):
    assert abs(found - recorded) < 4 * 2**0.5 * error, f"{found:,.0f}, recorded {recorded:,}"

# %% [markdown]
# `estimator study known-truth TOTAL TRUTH` does the same with two tables; the page on calibration has England
# and Wales in 1914–18, where the estimate is 2.3% from the count of the dead.

# %% [markdown]
# ## What cannot be tested so
#
# Placebo years are peace. They say nothing of a registry whose rules change with the war, of deaths
# that nobody registers, of men who leave the country. Those are in the page on limits; no interval
# holds them.
