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
# # The registry: from records to war dead
#
# An heir opens a case of inheritance within half a year, mostly. The registry of cases is a record of
# deaths by day, with two gaps: not every death gets a case (**capture**), and cases open late
# (**delay**). Before believing a model of both, let it find a truth that is known.

# %%
import os
import tempfile
from pathlib import Path

import numpy as np

import estimator as est
from estimator.calibration.simulate.registry import simulate_registry
from estimator.published import registry2023
from estimator.report.plots import plot_capture, plot_delay, plot_triangle, plot_weekly

QUICK = bool(os.environ.get("ESTIMATOR_QUICK"))

# %% [markdown]
# ## A registry with a known truth
#
# Five million records of who died when and when the case was opened: deaths by season and age, an
# epidemic in 2020 and 2021, soldiers from February 2022, with the capture and the delays that were
# published. Nothing in it is drawn from the model that will be fitted.

# %%
made = simulate_registry(seed=11)
print(f"{made.records.height:,} records, extracted on {made.extracted_on}")
print(f"true war dead of 15-49, to that day: {made.total():,}")

# %% [markdown]
# Records are read as a user would read them: columns found by their names, faults counted, persons
# reduced to sex, age and dates, and the whole to a **reporting triangle** of month of death by delay.

# %%
with tempfile.TemporaryDirectory() as folder:
    file = Path(made.write(folder, kind="parquet")[0])
    triangle, quality = est.read_registry(file, extracted_on=made.extracted_on, resolution="month")
print(triangle)
print(quality)

# %%
axes = plot_triangle(triangle)

# %%
axes = plot_delay(triangle, ages=(20, 34))

# %% [markdown]
# ## The fit
#
# One model holds the sex ratio of cases, both delays, capture and the war dead. Quick runs take three
# ages.

# %%
ages = (20, 34) if QUICK else (15, 49)
model = est.RegistryModel(
    triangle,
    made.matched,
    est.Periods(baseline=(2014, 2019), masked=(2020, 2021), target=(2022, 2023)),
    ages=ages,
    control_ages=(55, 64) if QUICK else (55, 69),
)
estimate = est.fit(model, seed=1)
assert estimate.converged
print(estimate)
# the extract is of 25 June; the estimate is of months that were over, and so is the truth beside it
found = made.war_dead("month").sel(age=list(estimate.excess["age"].values)).sum("age")
found = found.sel(period=estimate.excess["period"])
truth = int(found.sum())
lower, upper = np.quantile(estimate.total().excess, [0.025, 0.975])
print(f"true {truth:,}; 95% interval {lower:,.0f} to {upper:,.0f}")
assert lower < truth < upper, f"{truth:,} is not between {lower:,.0f} and {upper:,.0f}"

# %% [markdown]
# By month, the interval opens towards the end: of the last months few cases were opened.

# %%
axes = plot_weekly(estimate)

# %%
months = estimate.excess.sum("age").stack(sample=("chain", "draw"))
bounds = months.quantile([0.05, 0.95], "sample")
held = ((found >= bounds[0]) & (found <= bounds[1])).mean()
print(f"90% intervals hold {float(held):.0%} of {found.size} months")
assert held > 0.6
width = (bounds[1] - bounds[0]) / months.median("sample")
assert width[-1] > 2 * width[4]

# %% [markdown]
# How many of the dead have a case at all is told by a sample of soldiers looked up by name:

# %%
posterior = estimate.posterior["capture"]
axes = plot_capture(made.matched, posterior, prior=model.capture_prior(seed=1))

# %% [markdown]
# ## July 2023
#
# The real extract is not public. What was published of it fixes a **reconstruction** of weekly cases,
# built step by step by `docs/make_reconstruction.py`, which also prints how well it agrees with figures
# that it does not use; and the published estimate can be computed again from its own inputs, exactly.

# %%
weekly = registry2023.weekly_total()
print({name: round(value, 2) for name, value in weekly.items()})
assert round(weekly["estimate"], 2) == 46_583.60
chain = registry2023.chain_20_24()
print(chain)

# %% [markdown]
# The reconstruction has settled cases: delays of single cases are unknown, and with the soldiers' own
# delay (half of sixty followed men had a case at all) the last weeks are hardly known. That is why the
# interval below is so much wider than the published one, which has the error of capture alone.

# %%
if not QUICK:
    cases = est.load_registry_reconstruction()
    settled = est.RegistryModel(
        cases,
        est.load_matched_sample(),
        est.Periods(baseline=(2014, 2019), masked=(2020, 2021), target=(2022, 2023)),
    )
    real = est.fit(settled, seed=1)
    print(real)
    named = est.load_named_list("2026-05-22")
    # the list is three years younger than the cases: a better minimum of the same weeks, but later knowledge
    print(real.against(named, mixed_vintages=True))
    lower, upper = np.quantile(real.total().excess, [0.025, 0.975])
    assert lower < 46_584 < upper
else:
    print("left out of the quick run")

# %%
if not QUICK:
    plot_weekly(real, named)
