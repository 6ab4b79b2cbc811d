"""What shares of roles say: shares with intervals, which role was the largest when, and all dead by role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import beta, gamma

from estimator.data.bundled import read_bundled
from estimator.errors import DataError
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import SAMPLE, interval_of_cells

SAID = (
    ("Motorised rifle and airborne troops first", "motorised rifle", "2022-03", "2022-05"),
    ("Prisoners are the largest group by March 2023", "prisoners", "2023-01", "2023-03"),
    ("Volunteers are the largest group again in 2024", "volunteers", "2024-01", "2024-12"),
)
"""What is said, the role it is about, and the first and last month."""
LAST_OFFICERS, GENERALS = "mediazona-2025-12-officers", 12
"""The last published number of officers, at least so many, and the generals among them."""


def _roles_of(names: Estimate) -> list[str]:
    """Return the roles of an estimate of names; refuse what has none."""
    if not isinstance(names, Estimate) or "role" not in names.dims:
        raise DataError(f"{type(names).__name__}: no estimate by role. Give what fit_composition returns.")
    return [str(role) for role in names.values["role"].values]


def role_shares(names: Estimate, *, level: float = 0.95) -> pd.DataFrame:
    """Return the share of each role by period.

    Parameters
    ----------
    names : Estimate
        By period and role, as `fit_composition` returns it.
    level : float
        Mass of equal-tailed intervals.

    Returns
    -------
    DataFrame
        One row a period and role: period, role, share (median), lower, upper.
    """
    _roles_of(names)
    values = names.values
    share = values / values.sum("role")
    bounds = interval_of_cells(share, level, "eti")
    table = xr.Dataset({"share": share.median(SAMPLE), **bounds})
    return table.to_dataframe(dim_order=[str(dim) for dim in names.dims]).reset_index()


def largest_role(names: Estimate, role: str, *, among: Sequence[str] | None = None) -> xr.DataArray:
    """Return the posterior probability, by period, that a role is the largest; ties go to none.

    Parameters
    ----------
    names : Estimate
        By period and role; `Estimate.cumulative` of it asks of all who died up to a period.
    role : str
        One of its roles.
    among : sequence of str, optional
        Roles to compare with; all unless given.

    Returns
    -------
    DataArray
        Probabilities, dim period.

    Raises
    ------
    DataError
        If there is no such role.
    """
    roles = _roles_of(names)
    if role not in roles:
        raise DataError(f"no role {role!r}. There are: {', '.join(roles)}.")
    others = [name for name in (among or roles) if name != role]
    values = names.values
    return (values.sel(role=role) > values.sel(role=others).max("role")).mean(SAMPLE)


def crossings(names: Estimate, *, certain: float = 0.95) -> pd.DataFrame:
    """Return spells in which one role is the largest: role, first and last period, least probability.

    A spell is a run of periods in which the posterior probability that the role is the largest is
    ``certain`` or more.

    Parameters
    ----------
    names : Estimate
        By period and role.
    certain : float
        Probability that a spell needs in each of its periods.

    Returns
    -------
    DataFrame
        One row a spell, in order of time: role, first, last, periods, probability (the least).
    """
    rows = []
    for role in _roles_of(names):
        chance = largest_role(names, role).to_series()
        run = (chance >= certain).ne((chance >= certain).shift()).cumsum()
        for _, spell in chance[chance >= certain].groupby(run[chance >= certain]):
            rows.append((role, spell.index[0], spell.index[-1], len(spell), float(spell.min())))
    columns = ["role", "first", "last", "periods", "probability"]
    return pd.DataFrame(rows, columns=columns).sort_values("first", ignore_index=True)


def dead_by_role(
    names: Estimate, deaths: Estimate, *, completeness: Mapping[str, float] | None = None, seed: int
) -> Estimate:
    """Return all dead by period and role: shares among names times an estimate of all dead.

    Parameters
    ----------
    names : Estimate
        By period and role.
    deaths : Estimate
        Deaths by week or month, such as `estimator.nowcast.present.present` returns.
    completeness : mapping of str to float, optional
        How complete the list is for a role, relative to others; 1, the same for all, unless given. A role
        that is named half as often has twice the share among the dead that it has among names.
    seed : int
        Draws of the two are matched at random.

    Returns
    -------
    Estimate
        Its quantity is ``deaths``, dims period and role, over the periods that the two have in common.

    Raises
    ------
    DataError
        If a role is not there, completeness is not positive, deaths are by year, or the two have no period in
        common.
    """
    roles = _roles_of(names)
    relative = dict.fromkeys(roles, 1.0) | dict(completeness or {})
    if strange := [role for role, part in relative.items() if role not in roles or not part > 0]:
        raise DataError(f"completeness of {strange[0]!r}: give a positive number for one of the roles.")
    if not isinstance(deaths, Estimate) or deaths.values["period"].dtype.kind != "M":
        raise DataError(
            "deaths by role need deaths by week or month, not by year. Take those of est.present."
        )
    starts = pd.DatetimeIndex(names.values["period"].values)
    weeks = pd.DatetimeIndex(deaths.values["period"].values)
    place = starts.searchsorted(weeks, side="right") - 1
    inside = (place >= 0) & (weeks < starts[-1] + (starts[-1] - starts[-2]))
    if not inside.any():
        raise DataError("names and deaths have no period in common. Give deaths of the same years.")
    by_week = deaths.array()[inside]
    used = np.unique(place[inside])
    total = np.array([by_week[place[inside] == at].sum(axis=0) for at in used])
    drawn = names.values.isel(period=used)
    weighted = drawn / xr.DataArray([relative[role] for role in roles], dims="role")
    share = weighted / weighted.sum("role")
    matched = np.random.default_rng(seed).integers(
        total.shape[1], size=drawn.sizes["chain"] * drawn.sizes["draw"]
    )
    dead = total[:, matched].T.reshape(drawn.sizes["chain"], drawn.sizes["draw"], len(used))
    cells = share * xr.DataArray(dead, dims=(*SAMPLE, "period"))
    return Estimate(
        draws=cells.transpose(*SAMPLE, "period", "role").to_dataset(name="deaths"),
        unit="deaths",
        diagnostics=names.diagnostics,
        provenance={
            **deaths.provenance,
            "composition": names.provenance,
            "completeness": {role: part for role, part in relative.items() if part != 1},
        },
        years=tuple(sorted(set(starts[used].year))),
        ages="all",
        dates=(str(starts[used[0]])[:10], str(weeks[inside][-1])[:10]),
        quantity="deaths",
    )


def officers_by_vintage(level: float = 0.95) -> pd.DataFrame:
    """Return the share of officers at each vintage of the list, and among names added since the one before.

    Counts are those of press reports, rounded; intervals are of Jeffreys' prior: of a binomial share, without
    the rounding.
    """
    table = read_bundled("named_by_category_statements")
    chosen = table[(table["category"] == "officers") & table["n"].notna()].sort_values("as_of")
    last = read_bundled("published_figures").set_index("id").loc[LAST_OFFICERS]
    listed = read_bundled("named_list_series").set_index("date")["count"]
    final = {
        "as_of": last["published_on"],
        "n": last["estimate"],
        "total_named": listed[last["published_on"]],
    }
    chosen = pd.concat([chosen, pd.DataFrame([final])])
    rows, before = [], (0.0, 0.0)
    for row in chosen.itertuples():
        added = row.n - before[0], row.total_named - before[1]
        share, new = (_binomial(count, total, level) for count, total in ((row.n, row.total_named), added))
        rows.append({"vintage": row.as_of, "officers": row.n, "named": row.total_named, **share})
        rows[-1] |= {f"added_{name}": value for name, value in new.items()}
        before = row.n, row.total_named
    return pd.DataFrame(rows)


def _binomial(count: float, total: float, level: float) -> dict[str, float]:
    law = beta(count + 0.5, total - count + 0.5)
    tail = (1 - level) / 2
    return {"share": law.median(), "lower": law.ppf(tail), "upper": law.ppf(1 - tail)}


def russia_composition_statements(names: Estimate) -> list[dict[str, str]]:
    """Return what is often said of who the named dead are, and what the shares say of it."""
    so_far = names.cumulative()
    rows = []
    for text, role, first, last in SAID:
        chance = largest_role(names, role).to_series()
        until = largest_role(so_far, role).to_series()
        of_month = chance[first:last]
        rows.append(
            {
                "statement": text,
                "figure": f"probability that {role} are the largest role of those who died in a month: "
                f"{of_month.min():.3f} or more from {first} to {last}; of all who died to the end of {last}: "
                f"{until[:last].iloc[-1]:.3f}",
            }
        )
    before, last = officers_by_vintage().iloc[-2:].to_dict("records")
    low, high = gamma(GENERALS + 0.5).ppf([0.025, 0.975])
    rows.append(
        {
            "statement": f"More than {last['officers']:,.0f} officers, {GENERALS} generals "
            f"({last['vintage']})",
            "figure": f"officers are {last['share']:.1%} of {last['named']:,.0f} names, "
            f"{before['share']:.1%} on {before['vintage']}; of names added between {last['added_share']:.1%} "
            f"({last['added_lower']:.1%} to {last['added_upper']:.1%}), after {before['added_share']:.1%} "
            "before: the count goes on as it was. Generals: counts of 12 come from expected numbers of "
            f"{low:.0f} to {high:.0f}",
        }
    )
    return rows
