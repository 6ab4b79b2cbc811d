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
# # How many by now?
#
# The answer of `estimator report`, in Python: all war dead to a day from everything known on that day, ordinary
# and declared late, also those not yet declared.

# %%
from estimator.nowcast.answer import answer_document
from estimator.nowcast.present import bundled_record, present
from estimator.report.plots import plot_deaths, plot_so_far
from estimator.report.prose_synthesis import answer_sentence, recorded_sentence, whose_sentence

answer = present("2025-12-05", seed=1)
answer

# %%
document = answer_document(answer, bundled_record(answer.through, seed=1))
print(answer_sentence(document))
print(recorded_sentence(document))

# %% [markdown]
# ## By year, and by kind
#
# Parts are on the same draws, so that sums and shares of them have intervals too.

# %%
answer.by("year").to_frame()

# %%
answer.select("late").by("year").to_frame()

# %%
plot_so_far(answer)

# %%
plot_deaths(answer)

# %% [markdown]
# ## Whose number is it?
#
# Fitted again without each source in turn.

# %%
from estimator.nowcast.contributions import contributions

rows, statements = contributions(answer, bundled_record(answer.through, seed=1), seed=1)
for row in rows:
    without = row["without"] or {"median": float("nan")}
    print(f"{row['name']}: {row['share']:.0%} of the precision; without it {without['median']:,.0f}")
print(whose_sentence(document | {"contributions": rows}))

# %% [markdown]
# ## What was known earlier
#
# An earlier day uses nothing that was published later. `estimator study backtest` does this for ten days and scores them.

# %%
for day in ("2023-07-11", "2024-07-05"):
    earlier = present(day, seed=1)
    print(answer_sentence(answer_document(earlier, bundled_record(earlier.through, seed=1))))
