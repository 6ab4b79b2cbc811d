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
# # The registry: from records to war dead
#
# An heir mostly opens a case of inheritance within half a year. The registry of cases is a record of deaths by day,
# with two gaps: not every death gets a case (**capture**), and cases open late (**delay**). Before we believe a model
# of both, it must find a truth that is known.

# %% tags=["setup"]
import tempfile
from pathlib import Path

import numpy as np

import estimator as est
from estimator.calibration.simulate.registry import simulate_registry
from estimator.published import registry2023
from estimator.report.plots.style import ORANGE

# %% [markdown]
# ## A registry with a known truth
#
# Five million records of who died when and when the case was opened: deaths by season and age, an epidemic in 2020 and
# 2021, soldiers from February 2022, with capture and delays as they were published. Nothing in it is drawn from the
# model that is fitted below.

# %%
made = simulate_registry(seed=11)
print(f"{made.records.height:,} records, extracted on {made.extracted_on}")
print(f"true war dead aged 15-49 to that day: {made.total():,}")

# %% [markdown]
# Records are read as a user would read them: columns recognised by their names, faults counted, persons reduced to
# sex, age and dates, and all of it to a **reporting triangle** of month of death by delay.

# %%
with tempfile.TemporaryDirectory() as folder:
    file = Path(made.write(folder, kind="parquet")[0])
    triangle, quality = est.read_registry(file, extracted_on=made.extracted_on, resolution="month")
triangle

# %%
axes = est.plots.plot_triangle(triangle)

# %%
axes = est.plots.plot_delay(triangle, ages=(20, 34))

# %% [markdown]
# ## The fit
#
# One model has the sex ratio of cases, both delays, capture and the war dead. Here for ages 20–34, in a few seconds.

# %%
periods = est.Periods(baseline=(2014, 2019), masked=(2020, 2021), target=(2022, 2023))
model = est.RegistryModel(triangle, made.matched, periods, ages=(20, 34), control_ages=(55, 64))
estimate = est.fit(model, seed=1)
estimate

# %% [markdown]
# By month, with the true number of dead. The interval opens towards the end: of the last months few cases were
# opened yet.

# %%
truth = made.war_dead("month").sel(age=list(estimate.excess["age"].values)).sum("age")
truth = truth.sel(period=estimate.excess["period"])
axis = estimate.plot("time")
months = np.append(truth["period"].values, np.datetime64("2023-06-01", "ns"))
steps = np.append(truth, truth[-1])
line = axis.step(months, steps, where="post", color=ORANGE, lw=2, label="true number of dead")
text = axis.text(0.98, 0.9, "line: true number of dead", color=ORANGE, ha="right", transform=axis.transAxes)

# %%
total = estimate.total().to_frame()[["median", "lower", "upper"]].round(-2)
total.assign(truth=int(truth.sum()))

# %% [markdown]
# How many of the dead have a case at all is estimated from a sample of soldiers looked up by name:

# %%
prior = model.capture_prior(seed=1)
axes = est.plots.plot_capture(made.matched, estimate.posterior["capture"], prior=prior)

# %% [markdown]
# ## July 2023
#
# The real extract is not public. The estimate published of it can be computed again from its own inputs, exactly:

# %%
published = registry2023.weekly_total()
{name: round(value, 2) for name, value in published.items()}

# %% [markdown]
# The page on [the registry route](../docs/registry.md) has the model's estimate on a reconstruction of the extract. Its
# interval is much wider than the published one, which has the error of capture alone, and a later vintage of the
# publication lies in its lower part: how late cases of soldiers open is hardly known without a triangle.
