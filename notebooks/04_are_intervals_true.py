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
# # Are the intervals right?
#
# A 95% interval makes a promise: of a hundred such intervals, ninety-five contain the truth. That can be counted
# wherever the truth is known: in **peacetime**, where the excess is zero; in **old wars**, whose dead were counted
# afterwards; and in **simulated wars**.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import estimator as est
from estimator.calibration.known_truth import known_truth
from estimator.report.plots.style import BLUE, ORANGE, house_style, write_note

# %% [markdown]
# ## Peacetime
#
# Take a country and an end of peacetime, learn from the twenty years before, forecast the third and fourth year
# after, and compare with what happened. Rivals run in the same windows. Here every third window of Russia, with
# figures that ship; [calibration](../docs/calibration.md) has twelve territories of the Human Mortality Database.

# %%
scored = est.placebo(seed=1, every=3, draws=1000)
board = scored.scoreboard()
board[["windows", "coverage_50", "coverage_80", "coverage_95", "crps_ratio"]].round(2)

# %%
axes = est.plots.plot_scoreboard(board, scored.windows)

# %% [markdown]
# Coverage should be near 0.50, 0.80 and 0.95. A rule that claims less error than it makes is not better: CRPS counts
# both, and its ratio to the published rule is below one where forecasts are better.
#
# ## An old war whose dead were counted
#
# England and Wales lost soldiers in 1914–18 whose number is known: 619,596 at ages 15–49. Here they are added to
# the deaths of men, and the model, which sees only the sum, must find them. The tables are those of the Human
# Mortality Database, which does not ship; the estimate's recorded figures do, and a test keeps them.

# %%
recorded = pd.read_csv("../tests/recorded_known_truth.csv", dtype={"period": str})
whole = recorded[(recorded["age"] == "all") & recorded["period"].isin([str(y) for y in range(1914, 1919)])]
war = whole.pivot(index="period", columns="statistic", values="value")
with house_style():
    figure, axis = plt.subplots(figsize=(8, 3.6), layout="constrained")
    axis.vlines(war.index, war["lower"], war["upper"], color=BLUE, lw=4, alpha=0.5)
    axis.plot(war.index, war["median"], "o", color=BLUE, label="estimate, median and 95% interval")
    axis.yaxis.set_major_formatter("{x:,.0f}")
    axis.set_ylim(bottom=0)
    axis.set_title("England and Wales: soldiers found among all deaths of men, ages 15–49")
    axis.set_ylabel("persons")
    axis.legend(loc="upper left")
    write_note(figure, "estimated from deaths by sex and age of the Human Mortality Database with soldiers added")
figure

# %%
total = recorded[(recorded["age"] == "all") & ~recorded["period"].isin(war.index)].set_index("statistic")["value"]
print(f"known 619,596; estimate {total['median']:,.0f} ({total['lower']:,.0f} to {total['upper']:,.0f})")

# %% [markdown]
# The estimate is 1.8% too high, and its interval contains the count. Excess deaths of men are not all war deaths: the
# sex ratio of civilian deaths rose in those years too.
#
# ## A simulated war
#
# A country of eleven age bands whose ratio trends and wanders by itself, and soldiers whose number is known.

# %%
rng = np.random.default_rng(5)
lows, years = range(15, 70, 5), range(1990, 2024)
level = np.cumsum(rng.normal(0, 0.02, (len(years), 1)) + rng.normal(0, 0.01, (len(years), len(lows))), 0)
rows, dead = [], []
for i, year in enumerate(years):
    for j, low in enumerate(lows):
        women = 300 * np.exp(0.06 * (low - 15))
        soldiers = rng.poisson(900 if year >= 2022 and low < 50 else 0)
        men = rng.poisson(women * np.exp(1.0 + level[i, j])) + soldiers
        rows += [(year, "female", low, low + 4, rng.poisson(women)), (year, "male", low, low + 4, men)]
        dead += [(year, low, low + 4, soldiers)] if soldiers else []
columns = ["year", "sex", "age_low", "age_high"]
counts = est.Counts.from_frame(pd.DataFrame(rows, columns=[*columns, "count"]), source="simulated")
truth = pd.DataFrame(dead, columns=["year", "age_low", "age_high", "war_deaths"])
periods = est.Periods(baseline=(1990, 2019), masked=(2020, 2021), target=(2022, 2023))
result = known_truth(est.VitalModel(counts, periods), truth, seed=1)
result.summary().round(2)

# %%
excess = result.estimate
by_age = excess.by("age").to_frame()
true = truth.groupby("age_low")["war_deaths"].sum().to_numpy()
axes = est.plots.plot_excess_by_age(excess.by("age"))
axes[0].plot(np.arange(len(true)), true, "_", color=ORANGE, ms=22, mew=2.5, label="true number")
axes[0].legend(loc="upper left")
axes[0].figure

# %% [markdown]
# ## What cannot be tested so
#
# Placebo years are peacetime. They say nothing about a registry whose rules change with the war, about deaths that
# nobody registers, or about men who leave the country. Those are on the page of limits, and no interval contains
# them.
