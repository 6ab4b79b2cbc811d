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
# # How many by now
#
# Records lag. On 5 December 2025 the named list held 153,171 men, courts had nearly 90,000 applications
# to declare soldiers missing or dead, and the registry's last published estimate went to August 2025.
# What can be said of the dead so far, and how much of the gap do the courts explain?
#
# Everything below runs with the figures that ship with the package. The list at fifty vintages does
# not ship; where `ESTIMATOR_DATA` holds it, the last part uses it.

# %%
import os
from pathlib import Path

import numpy as np
import pandas as pd

from estimator.data.bundled import read_bundled
from estimator.errors import VintageError
from estimator.nowcast.declared import declared_deaths, sensitivity, total_with_declared
from estimator.nowcast.documents import headline, total_document
from estimator.nowcast.total import has_declared, with_declared
from estimator.report.plots import plot_completeness, plot_overlap, plot_so_far
from estimator.sources.court_filings import load_court_filings
from estimator.sources.named_list_vintages import load_bundled_vintage, load_list_totals
from estimator.sources.published_deaths import load_evidence

QUICK = bool(os.environ.get("ESTIMATOR_QUICK"))
DRAWS = 900 if QUICK else 4000
figures = read_bundled("published_figures").set_index("id")


def span(draws):
    low, middle, high = np.quantile(draws, [0.025, 0.5, 0.975])
    return f"{middle:,.0f} (95% {low:,.0f} to {high:,.0f})"


# %% [markdown]
# ## What was known on 5 December 2025

# %%
names = int(load_list_totals()[pd.Timestamp("2025-12-05")])
assert names == figures.loc["mediazona-2025-12-minimum", "estimate" if pd.notna(
    figures.loc["mediazona-2025-12-minimum", "estimate"]) else "lower"] == 153_171

filings = load_court_filings().as_of("2025-12-05")
assert filings.latest()["filings"].tolist() == [90_000]
print(filings)
filings.counts

# %% [markdown]
# ## Court-declared deaths
#
# Filings, less those of peacetime; of them soldiers; of these applications granted; and of these deaths
# a share that the registry counts already. Each step has a prior with its reason, see
# `estimator.models.named_list.declared`.

# %%
courts = declared_deaths(filings, as_of="2025-12-05", seed=1, draws=DRAWS)
print("court-declared deaths, as of", courts.as_of, span(courts.array()))
courts

# %%
pd.concat({part: courts.select(part).summary().iloc[0] for part in courts.parts}, axis=1).T

# %% [markdown]
# ## Counted once
#
# Ordinary deaths here are the registry's published 220,000 to August 2025, with the error that its
# intervals had when they were published. The total is ordinary + declared - overlap, never the plain sum.

# %%
rng = np.random.default_rng(1)
published = figures.loc["rnd-2025-08-total", "estimate"]
ordinary = published * np.exp(0.08 * rng.standard_normal(DRAWS))
declared, share = (courts.select(part).array() for part in ("declared", "overlap_share"))
total = total_with_declared(ordinary, declared, share)
plain = total_with_declared(ordinary, declared, share, guard=False)
explained = np.median((total - ordinary) / (total - names))
print("ordinary      ", span(ordinary))
print("total         ", span(total))
print("plain sum     ", span(plain), "- too many, by the overlap")
print(f"on the list    {np.median(names / total):.0%}; of the gap court-declared deaths explain {explained:.0%}")
assert np.median(plain) > np.median(total) > np.median(ordinary) > names
assert np.allclose(plain - total, share * declared)

# %%
sensitivity(ordinary, declared).round(0)

# %% [markdown]
# The split published in May 2026 is one without overlap: 261,000 ordinary and 90,000 late, 352,000.

# %%
parts = [np.array([figures.loc[f"rnd-2026-05-{part}", "estimate"]]) for part in ("ordinary", "late")]
assert parts[0][0] == 261_000
assert parts[1][0] == 90_000
whole = total_with_declared(*parts, np.zeros(1))[0]
assert abs(whole - figures.loc["rnd-2026-05-total", "estimate"]) < 1500
print(f"{whole:,.0f} against {figures.loc['rnd-2026-05-total', 'estimate']:,.0f} published, all rounded")

# %% [markdown]
# ## Known wars
#
# In simulation the dead are known. A large share of missing and a large overlap show what the plain
# sum does.

# %%
from estimator.calibration.simulate.sources import recover_present
from estimator.models.named_list.declared import DeclaredPriors

recovery = recover_present(
    3 if QUICK else 20, seed=1, missing=0.4, priors=DeclaredPriors(overlap=(10, 10)), draws=400
)
print(recovery)
assert (recovery.table["guard_off"] > recovery.table["median"]).all()

# %% [markdown]
# ## The list of May 2026
#
# One vintage by week of death ships. The registry's series of May 2026 holds court-declared
# deaths already: they are not added a second time. Since January 2026 list and registry were matched with
# each other, so that a cross-check of one by the other is refused.
#
# One vintage does not tell how a list grows. Where publications reach to the last days, as here, deaths
# are theirs with their errors, and the list is the minimum alone.

# %%
from estimator.nowcast.chapman import chapman
from estimator.nowcast.flash import flash
from estimator.sources.matched_sample import load_matched_sample

vintage = load_bundled_vintage()
may = flash(vintage, load_evidence(), as_of="2026-05-22", seed=1, draws=DRAWS)
everybody = with_declared(may, load_court_filings(), seed=1)
print("war dead to", everybody.through, span(everybody.total().array()))
display(everybody)  # noqa: F821
axes = plot_so_far(everybody)
assert not may.provenance["prior_only"]
assert abs(may.provenance["published"]["deaths"] - 351_817) < 1
# the median's Monte Carlo error is 1%, and publications' errors are skewed upwards
assert abs(headline(may)["median"] / 351_817 - 1) < 0.04
assert not has_declared(everybody)
assert np.array_equal(everybody.array(), may.array())
try:
    chapman(load_matched_sample(), 17_000, list_vintage=vintage.vintage)
except VintageError as refused:
    print("refused:", refused)
else:
    raise AssertionError("the cross-check must be refused")

# %% [markdown]
# ## With the list at fifty vintages
#
# The same day from the list itself: its nowcast, completeness learned from what had been published by
# then, and court-declared deaths.

# %%
file = Path(os.environ.get("ESTIMATOR_DATA", ".")) / "named_list_vintages_weekly.csv"
if file.is_file():
    from estimator.sources.named_list_vintages import read_list_vintages

    vintages = read_list_vintages(file, totals=load_list_totals())
    estimate = flash(vintages, load_evidence(), as_of="2025-12-05", seed=1, draws=DRAWS, mixed_vintages=True)
    december = with_declared(estimate, load_court_filings(), seed=1)
    for part in ("deaths", "ordinary", "court_declared"):
        print(part, "to", december.through, span(december.select(part).total().array()))
    assert total_document(december)["minimum"] == names
    assert total_document(december)["total"]["lower"] > names
    plot_so_far(december)
    plot_completeness(estimate)
    plot_overlap(december)
else:
    print("no list of vintages: set ESTIMATOR_DATA to its folder")
