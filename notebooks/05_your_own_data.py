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
# # Your own data
#
# Another country, another war: a table of deaths by year, sex and age is enough. Here a small country with a war in
# 2021 and 2022 that kills 4,000 men.

# %% tags=["setup"]
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import estimator as est
from estimator.report.report import Report

rng, rows = np.random.default_rng(3), []
for year in range(1995, 2023):
    for low in range(15, 75, 5):
        high = low + 4 if low < 70 else None
        women = 150 * np.exp(0.07 * (low - 15))
        men = women * np.exp(1.0 - 0.005 * (year - 1995)) + (4_000 / 14 if year >= 2021 and low < 50 else 0)
        rows += [(year, "F", low, high, rng.poisson(women)), (year, "M", low, high, rng.poisson(men))]
table = pd.DataFrame(rows, columns=["Year", "Sex", "age_from", "age_to", "Deaths"])
folder = Path(tempfile.mkdtemp())

# %%
table.head(4)

# %% [markdown]
# Columns are recognised by usual names in several languages; the last age may be open; a file or a data frame
# will do. What is not clear is refused with the row and the remedy, not guessed.

# %%
deaths = est.read_counts(table, vintage="2023-06-01", source="my statistical office")
periods = est.Periods(baseline=(2000, 2019), masked=(2020,), target=(2021, 2022))
model = est.VitalModel(deaths, periods, ages=(15, 49), control_ages=(55, 69))
estimate = est.fit(model, seed=1)
estimate

# %%
axes = estimate.plot("sex_ratio", model=model)

# %%
axes = estimate.plot("age")

# %% [markdown]
# ## Compare with your own list
#
# A documented minimum is a total with the day on which it was read. The deaths were seen in June, months after the
# list: you opt in to comparing different days.

# %%
named = est.DocumentedMinimum(1_950, vintage="2023-01-15", since="2021-01-01", source="volunteers' list")
against = estimate.total().against(named, mixed_vintages=True)
against[["period", "excess", "lower", "upper", "minimum", "vintage", "minimum_vintage"]].round(0)

# %% [markdown]
# ## Check before you publish
#
# Fit the same model to peacetime: there must be no excess. And leave the control ages out: if the estimate moves by
# more than its width, something other than war moved one sex.

# %%
peace = replace(model, periods=est.Periods(baseline=(1995, 2014), target=(2017, 2018)))
without = replace(model, control_ages=None)
checks = {"as above": model, "peacetime, 2017 and 2018": peace, "without control ages": without}
fits = {name: est.fit(one, seed=1).total().to_frame() for name, one in checks.items()}
pd.concat(fits)[["median", "lower", "upper"]].round(-1).droplevel(1)

# %% [markdown]
# ## Publish
#
# One page to send, with its numbers as CSV and JSON. `estimator report vital --counts deaths.csv --baseline 2000:2019
# --masked 2020 --target 2021:2022 --out report` does the same.

# %%
written = Report(estimate, named, model=model, name="A small country").write(folder / "report")
sorted(path.name for path in written)
