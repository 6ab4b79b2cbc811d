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
# # The question, and the data
#
# How many Russian men has the war in Ukraine killed? The state does not say. Journalists and volunteers
# keep a **named list** of those whose death is confirmed by an obituary, a grave, a notice. Such a list
# is a minimum: it holds those who were found.
#
# The rest leaves traces in records made for other purposes. A death is registered; an heir opens a case
# of inheritance. Those records hold all deaths, not those of the war. What tells the two apart is sex:
# soldiers are men. Women of the same ages and years show what would have happened to everybody (an
# epidemic, a colder winter, a registrar's backlog), and the **sex ratio** of earlier years shows how
# many men go with so many women in peace. What lies above it is the excess.

# %%
import matplotlib.pyplot as plt

import estimator as est
from estimator.report.plots.style import house_style, write_note

# %% [markdown]
# ## Deaths by age and sex
#
# The package ships the national table of Rosstat, as Kobak and others published it.

# %%
deaths = est.load_rosstat()
print(f"{deaths.source}: {deaths.years[0]} to {deaths.years[-1]}, {len(deaths.ages.labels)} age bands")
assert (deaths.years[0], deaths.years[-1]) == (1990, 2023)

# %% [markdown]
# Men of working age die three to four times as often as women. The ratio drifts over decades, with
# alcohol and roads and AIDS, and the drift is different at every age. That drift is what a baseline
# must learn, and how far it may go in a few years is what decides the width of an honest interval.

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
    write_note(figure, "Rosstat, as published with Kobak et al. 2025")
figure

# %% [markdown]
# In 2022 and 2023 the ratio of the young leaves its path; that of the ages past sixty, where nobody
# fights, does not. In numbers, at 20–24:

# %%
young = ratio.sel(age="20-24").to_series().loc[2015:].round(2)
print(young.to_string())
assert young[2022] > 1.3 * young[2019]
older = ratio.sel(age="60-64").to_series()
assert abs(older[2022] / older[2019] - 1) < 0.05

# %% [markdown]
# ## The documented minimum
#
# A list of names is only worth something together with the day on which it was read: it grows.

# %%
named = est.load_named_list("2026-05-22")
print(named)
assert named.for_years([2022]) == 20_934
assert named.for_years([2023]) == 49_678
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

# %% [markdown]
# ## What has been published
#
# Every figure that the package compares itself with is in one table, with its kind (a minimum, an
# estimate, a claim), its interval where one was given, and its source.

# %%
published = est.load_published()
shown = published[published["quantity"].str.contains("probate registry") & published["lower"].notna()]
print(shown[["publisher", "published_on", "period_end", "estimate", "lower", "upper"]].to_string())
kobak = published.set_index("id").loc["kobak-2025-total", "estimate"]
assert kobak == 58_500
print(published["kind"].value_counts().to_string())

# %% [markdown]
# The next notebook computes those 58,500 again, and asks how sure one can be of them.
