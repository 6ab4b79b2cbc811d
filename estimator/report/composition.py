"""What a report of roles contains, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from estimator.estimate.described import data_vintage
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import interval_of
from estimator.models.composition import CompositionModel
from estimator.nowcast import composition
from estimator.report.tables import DIAGNOSTICS, plain_rows

HALF = 0.5
"""Sensitivity: the largest role named half as completely as others."""
ODDS = 2.0
"""Sensitivity: the odds of the largest role are twice as high among names without a role."""


def composition_document(
    names: Estimate,
    model: CompositionModel,
    deaths: Estimate | None,
    *,
    completeness: Mapping[str, float],
    level: float,
    seed: int,
    bundled: bool,
) -> dict[str, Any]:
    """Return the report of roles: shares by period, spells of the largest role, totals, and sensitivity."""
    shares = composition.role_shares(names, level=level)
    spells = composition.crossings(names)
    totals = names.by("role")
    document: dict[str, Any] = {
        "quantity": "names by role",
        "interval": {"level": level, "kind": "eti"},
        "vintage": data_vintage(names.provenance),
        "named": int(model.counts.sum() + model.listed.without.sum()),
        "without_role": int(model.listed.without.sum()),
        "missing_odds": dict(model.missing_odds),
        "roles": _by_role(totals, level),
        "shares": plain_rows(shares.assign(period=shares["period"].astype(str).str[:10])),
        "largest": plain_rows(
            spells.assign(**{end: spells[end].astype(str).str[:10] for end in ("first", "last")})
        ),
        "sensitivity": _sensitivity(names, model, level),
        "diagnostics": {name: names.diagnostics.get(name) for name in DIAGNOSTICS},
        "provenance": names.provenance,
    }
    if deaths is not None:
        dead = composition.dead_by_role(names, deaths, completeness=completeness, seed=seed)
        top = max(document["roles"], key=lambda row: row["names"])["role"]
        other = composition.dead_by_role(names, deaths, completeness={**completeness, top: HALF}, seed=seed)
        document |= {
            "completeness": dict(completeness),
            "dead": _by_role(dead.by("role"), level, "deaths"),
            "dead_period": list(dead.dates or ()),
            "dead_if_half_named": {"role": top, "roles": _by_role(other.by("role"), level, "deaths")},
        }
    if bundled:
        officers = composition.officers_by_vintage(level)
        document["officers"] = plain_rows(officers)
        document["statements"] = composition.russia_composition_statements(names)
    return document


def _by_role(estimate: Estimate, level: float, name: str = "names") -> list[dict[str, Any]]:
    """Return one row a role, the largest first: number and share of all, with bounds."""
    draws = estimate.array()
    rows = []
    for role, number, share in zip(estimate.values["role"].values, draws, draws / draws.sum(axis=0)):
        count, part = interval_of(number, level), interval_of(share, level)
        rows.append(
            {"role": str(role), name: count["median"]}
            | {f"{name}_{end}": count[end] for end in ("lower", "upper")}
            | {"share": part["median"], "share_lower": part["lower"], "share_upper": part["upper"]}
        )
    return sorted(rows, key=lambda row: -row[name])


def _sensitivity(names: Estimate, model: CompositionModel, level: float) -> list[dict[str, Any]]:
    """Return shares of the largest roles if `ODDS` times as many names without one were theirs, or as few."""
    known = model.counts / model.counts.sum(axis=1, keepdims=True)
    without = model.listed.without
    rows = []
    for row in _by_role(names.by("role"), level)[:4]:
        place = model.roles.index(row["role"])
        shares = {}
        for label, odds in (("lower", 1 / ODDS), ("higher", ODDS)):
            weight = known.copy()
            weight[:, place] *= odds
            missing = (without * weight[:, place] / weight.sum(axis=1)).sum()
            shares[label] = (model.counts[:, place].sum() + missing) / (model.counts.sum() + without.sum())
        rows.append({"role": row["role"], "odds": ODDS, "share": row["share"], **shares})
    return rows
