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
# # The question, and the data
#
# How many Russian men has the war in Ukraine killed? The state does not say. Journalists and volunteers
# keep a **named list** of those whose death is confirmed by an obituary, a grave or a notice. Such a list
# is a minimum: it has only those who were found.
#
# The rest leaves traces in records made for other purposes. A death is registered; an heir opens a case
# of inheritance. Those records have all deaths, not only those of the war. Sex separates the two:
# soldiers are men. Women of the same ages and years show what happened to everybody (an epidemic, a colder
# winter, a backlog at the registry office). The **sex ratio** of earlier years shows how many men die for
# each woman in peacetime. What lies above it is the excess.

# %% tags=["setup"]
import matplotlib.pyplot as plt

import estimator as est
from estimator.report.plots.style import house_style, write_note

# %% [markdown]
# ## Deaths by age and sex
#
# The package ships Rosstat's national table, as published with Kobak et al. (2025).

# %%
deaths = est.load_rosstat()
deaths

# %% [markdown]
# Men of working age die three to four times as often as women. The ratio drifts over decades, with
# alcohol, roads and AIDS, and differently at every age. A baseline must learn that drift; how far it can go
# in a few years decides how wide an honest interval is.

# %%
count = deaths.data["count"]
ratio = count.sel(sex="male") / count.sel(sex="female")
with house_style():
    figure, axis = plt.subplots(figsize=(8, 4.4), layout="constrained")
    for age in ("20-24", "30-34", "40-44", "60-64"):
        axis.plot(ratio["period"], ratio.sel(age=age), label=age.replace("-", "–"), lw=1.8)
    axis.axvspan(2021.5, 2023.5, color="0.9", zorder=0)
    axis.set_title("Deaths of men for each death of a woman, Russia")
    axis.set_xlabel("year of death; the war years are shaded")
    axis.set_ylabel("sex ratio")
    axis.legend(title="age, years")
    write_note(figure, "Rosstat, published 2025-03-25")
figure

# %% [markdown]
# In 2022 and 2023 the ratio of the young leaves its path; that of ages 60–64, few of whom fight, does not in
# 2022 and rises a little in 2023.

# %%
ratio.sel(age=["20-24", "60-64"], period=[2019, 2021, 2022, 2023]).to_pandas().round(2)

# %% [markdown]
# ## The documented minimum
#
# A list of names is only useful together with the day on which it was read: it grows.

# %%
named = est.load_named_list("2026-05-22")
weekly = named.by_week
with house_style():
    figure, axis = plt.subplots(figsize=(8, 3.6), layout="constrained")
    axis.bar(weekly.index, weekly, width=6, color="0.45")
    axis.set_title(f"Named dead by week of death, as the list was on {named.vintage}")
    axis.set_xlabel("week of death")
    axis.set_ylabel("persons named")
    write_note(figure, named.source)
figure

# %% [markdown]
# The fall at the end is not peace. Names of recent weeks are not yet found: the list is a **reporting
# triangle**, right-truncated at its vintage (notebook 06).
#
# ## What has been published
#
# Every published figure is in one table, with its kind (a minimum, an estimate, a claim), its interval where
# one was given, and its source. Those from the inheritance registry with an interval:

# %%
published = est.load_published()
shown = published[published["quantity"].str.contains("probate registry") & published["lower"].notna()]
shown[["publisher", "published_on", "period_end", "estimate", "lower", "upper"]].head(8)

# %% [markdown]
# The next notebook computes the 58,500 of Kobak et al. again, and asks how certain that figure is.
