"""Shares of roles: density and curvature, recovery, missing roles, spells, and all dead by role."""

import numpy as np
import pandas as pd
import pytest

from estimator.data.roles import NamesByRole
from estimator.errors import DataError
from estimator.inference.composition import fit_composition
from estimator.models.composition import CompositionModel
from estimator.nowcast.composition import (
    crossings,
    dead_by_role,
    largest_role,
    officers_by_vintage,
    role_shares,
)
from estimator.sources.named_by_role import load_named_by_role, read_named_by_role
from tests.estimates import deaths_to_date, make_estimate

MONTHS = pd.date_range("2022-03-01", periods=12, freq="MS")
ROLES = ["rifle", "prisoners", "volunteers"]


def simulate(seed, total=400, missing=0.2, odds=(1.0, 1.0, 1.0)):
    """Return names by role of a year in which prisoners overtake riflemen, and the true shares of all."""
    rng = np.random.default_rng(seed)
    drift = np.array([-0.25, 0.3, 0.0])
    logits = np.cumsum(np.vstack([[1.0, -1.5, 0.0], drift + 0.1 * rng.standard_normal((11, 3))]), axis=0)
    share = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    counts = np.array([rng.multinomial(total, row) for row in share])
    hidden = rng.binomial(counts, np.clip(missing * np.array(odds), 0, 1))
    names = pd.DataFrame(counts - hidden, index=MONTHS, columns=ROLES)
    listed = NamesByRole(names, pd.Series(hidden.sum(axis=1), index=MONTHS), "simulated", "2024-01-01")
    return listed, share


@pytest.fixture(scope="module")
def fitted():
    listed, share = simulate(1)
    return fit_composition(CompositionModel(listed), seed=1, draws=4000), share


def test_gradient_and_curvature_are_those_of_the_density():
    model = CompositionModel(simulate(2)[0])
    step_sd = np.array([0.2, 0.3, 0.1])
    point = np.random.default_rng(1).normal(size=model.counts.size)
    steps = 1e-5 * np.eye(point.size)
    up, down = (model.log_density(point + sign * steps, step_sd) for sign in (1, -1))
    value, gradient = model.log_density(point[None], step_sd)
    assert np.isfinite(value).all()
    np.testing.assert_allclose(gradient[0], (up[0] - down[0]) / 2e-5, rtol=1e-5, atol=1e-4)
    second = (down[1] - up[1]) / 2e-5
    np.testing.assert_allclose(model.curvature(point, step_sd), second, rtol=1e-4, atol=1e-3)


def test_shares_are_recovered_and_pass_their_diagnostics(fitted):
    names, share = fitted
    assert names.converged
    assert names.dims == ("period", "role")
    table = role_shares(names)
    inside = table["lower"].le(share.ravel()) & table["upper"].ge(share.ravel())
    assert inside.mean() >= 0.85
    np.testing.assert_allclose(names.by("period").values, 400)


def test_names_without_a_role_move_shares_as_assumed():
    listed, share = simulate(3, total=2000, missing=0.2, odds=(0.5, 2.0, 1.0))
    at_random = fit_composition(CompositionModel(listed), seed=1, draws=4000)
    # twice as often missing, against once: odds among the missing relative to those with a role
    odds = {"rifle": (0.1 / 0.9) / (0.2 / 0.8), "prisoners": (0.4 / 0.6) / (0.2 / 0.8)}
    told = fit_composition(CompositionModel(listed, odds), seed=1, draws=4000)
    truth = share[:, 1].mean()
    errors = [
        abs(float((one.values / one.values.sum("role")).sel(role="prisoners").mean()) - truth)
        for one in (at_random, told)
    ]
    assert errors[1] < 0.012 < errors[0]


def test_spells_say_who_was_largest_and_how_surely(fitted):
    names, share = fitted
    chance = largest_role(names, "prisoners").to_series()
    assert chance.iloc[0] < 0.01
    assert chance.iloc[-1] > 0.99
    spells = crossings(names)
    assert spells["role"].iloc[0] == "rifle"
    assert spells["role"].iloc[-1] == "prisoners"
    assert (spells["probability"] >= 0.95).all()
    assert share[-1].argmax() == 1
    with pytest.raises(DataError, match="no role 'cooks'"):
        largest_role(names, "cooks")


def test_all_dead_by_role_add_up_to_all_dead():
    listed, _ = simulate(1)
    names = fit_composition(CompositionModel(listed), seed=1, draws=4000)
    deaths = deaths_to_date()
    dead = dead_by_role(names, deaths, seed=1)
    # weeks of 2022-12 and 2023-01 are in its year; each of their draws is in a sum of roles
    together = np.unique(dead.by("period").array()[0].round(6))
    assert together.size == deaths.values.sizes["draw"]
    assert dead.quantity == "deaths"
    half = dead_by_role(names, deaths, completeness={"prisoners": 0.5}, seed=1)
    share = [one.by("role").array()[1].mean() / one.total().array().mean() for one in (dead, half)]
    assert share[1] == pytest.approx(2 * share[0] / (1 + share[0]), rel=0.03)
    with pytest.raises(DataError, match="completeness of 'cooks'"):
        dead_by_role(names, deaths, completeness={"cooks": 1.0}, seed=1)
    with pytest.raises(DataError, match="not by year"):
        dead_by_role(names, make_estimate(), seed=1)


def test_the_bundled_list_is_whole():
    listed = load_named_by_role()
    assert listed.counts.sum() + listed.without.sum() == 201_998
    assert listed.without.sum() == 37_033
    assert len(listed.roles) == 20
    assert load_named_by_role(by="week", until="2022-12-31").periods[-1] == pd.Timestamp("2022-12-29")
    officers = officers_by_vintage()
    assert officers["share"].is_monotonic_decreasing
    assert officers["added_share"].iloc[-1] < officers["share"].iloc[-1]


def test_a_users_table_is_read_and_faults_are_named(tmp_path):
    file = tmp_path / "roles.csv"
    rows = [("2022-03-03", "a", 5), ("2022-03-03", "b", 3), ("2022-04-07", "a", 2), ("2022-04-07", "nd", 4)]
    pd.DataFrame(rows, columns=["week_start", "role", "n"]).to_csv(file, index=False)
    listed = read_named_by_role(file, vintage="2023-01-01")
    assert listed.roles == ("a", "b")
    assert listed.without.tolist() == [0, 4]
    file.write_text(file.read_text().replace("2022-04-07,a", "April,a"))
    with pytest.raises(DataError, match=r"roles\.csv: column week_start, row 4: .* is not a day"):
        read_named_by_role(file)
    with pytest.raises(DataError, match="missing odds c=2"):
        CompositionModel(listed, {"c": 2.0})
    empty = listed.names.assign(a=0, b=0)
    with pytest.raises(DataError, match="no name of known role died in the period from 2022-03-01"):
        NamesByRole(empty, listed.unknown)
