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
# # How many by now?
#
# How many have died on the Russian side, up to the last day on which the named list was seen? The answer of
# `estimator report`, in Python: all war dead, also those not yet declared dead, with the documented minimum.

# %% tags=["setup"]
import pandas as pd

import estimator as est
from estimator.nowcast.answer import answer_document
from estimator.nowcast.contributions import contributions
from estimator.nowcast.present import bundled_record, sample_record

# %%
answer = est.present(seed=1)
answer

# %% [markdown]
# Parts of the answer are on the same draws, so that sums and shares of them have intervals too. **Ordinary** deaths were
# registered within months, as deaths usually are. **Late** ones are of missing men whom a court declares dead, often
# after more than a year.

# %%
known = bundled_record(answer.through, seed=1)
document = answer_document(answer, known)
table = pd.DataFrame(document["by_period"]).set_index("period")
table[["war_dead", "war_dead_lower", "war_dead_upper", "late", "named", "probability_above_named"]].round(2)

# %%
axes = answer.plot("so_far")

# %%
axes = est.plots.plot_deaths(answer)

# %% [markdown]
# ## Who has been declared dead
#
# Not all of the late are declared yet. Those who are not yet in any register are in the answer, and in no publication.

# %%
parts = {name: answer.select(name).total() for name in ("ordinary", "late", "declared")}
pd.concat({name: part.to_frame()[["median", "lower", "upper"]] for name, part in parts.items()}).droplevel(1).round(-2)

# %% [markdown]
# ## Whose number is it?
#
# The answer without each source in turn. What widens the interval most carries most of the answer.

# %%
sample = sample_record(known, answer.through, seed=1)  # as in the answer, with the parameters
document = answer_document(answer, known, sources=contributions(sample, known, answer.through, seed=1))
shares = pd.DataFrame(document["contributions"]).set_index("name")["share"]
shares.map("{:.0%}".format).to_frame("share of the precision")

# %%
axes = est.plots.plot_contributions(document)

# %% [markdown]
# ## What was known earlier
#
# An earlier day uses nothing that was published later. Here the answers of two earlier days, next to what is now
# estimated for the same dead. `estimator study backtest` does this for ten days and scores them.

# %%
so_far, rows = answer.cumulative(), []
for day in ("2023-07-11", "2024-07-05"):
    then = est.present(day, seed=1).total().to_frame().iloc[0]
    week = so_far.draws["period"].sel(period=day, method="ffill").item()
    now = so_far.to_frame().set_index("period").loc[pd.Timestamp(week)]
    rows.append((day, then["median"], then["lower"], then["upper"], now["median"]))
earlier = pd.DataFrame(rows, columns=["died by", "estimated then", "lower", "upper", "estimated now"])
earlier.round(-2)

# %% [markdown]
# ## Conclusion
#
# - About **twice as many** have died as are known by name; the whole interval lies above the documented minimum.
# - What Mediazona and Meduza estimated from the inheritance registry carries more of the answer than any other source,
#   though less than half of its precision. It is not an independent confirmation of their number.
# - Without their estimates the answer is wider: the named list says that no fewer have died than are named, and how its
#   growth slows down.
# - The last year is the least certain: no observed registry figure covers it yet.
# - Intervals of earlier days contain what is estimated for the same dead now; they were wide, and had to be.
#   [The present](../docs/present.md) has all ten days, and what the answer assumes.
