"""Known wars seen by registry, list and courts: totals are recovered, and no man counted twice."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from estimator.calibration.simulate.sources import recover_present, simulate_war
from estimator.cli.main import app
from estimator.errors import DataError
from estimator.models.named_list.declared import DeclaredPriors

HALF = DeclaredPriors(overlap=(10.0, 10.0))


@pytest.fixture(scope="module")
def heavy():
    """Many missing, half of them in the registry's figure too: where a double count shows."""
    return recover_present(8, seed=3, missing=0.4, priors=HALF, draws=400)


def test_what_is_seen_overlaps_as_it_says():
    war = simulate_war(np.random.default_rng(1), priors=HALF, missing=0.4)
    assert 0 < war.overlap < war.total
    listed = war.vintages.counts.iloc[:, -1].sum()
    assert listed < war.evidence.periods["deaths"].sum() < war.total
    assert war.filings.latest()["filings"].iloc[0] > 8000 * 1.8
    again = simulate_war(np.random.default_rng(1), priors=HALF, missing=0.4)
    pd.testing.assert_frame_equal(war.vintages.counts, again.vintages.counts)


def test_the_guard_counts_once_and_the_plain_sum_twice(heavy):
    told = heavy.summary()
    assert abs(told["guarded"]["error"]) < 0.08
    # the plain sum is too high by the overlap
    excess = told["plain_sum"]["error"] - told["guarded"]["error"]
    assert excess == pytest.approx(told["overlap"], rel=0.25)
    assert told["plain_sum"]["coverage"]["80"] <= 0.25
    assert told["guarded"]["coverage"]["95"] >= 0.75
    assert (heavy.table["guard_off"] > heavy.table["median"]).all()


def test_it_says_both(heavy):
    text = str(heavy)
    assert "ordinary + declared - overlap: coverage 50%" in text
    assert "plain sum: coverage" in text


def test_a_share_that_is_none_is_refused():
    with pytest.raises(DataError, match=r"missing: 1\.5 is not a share"):
        recover_present(2, seed=1, missing=1.5)


def test_command():
    done = CliRunner().invoke(app, ["study", "present-recovery", "--wars", "2", "--json"])
    assert json.loads(done.stdout)["summary"]["wars"] == 2
    done = CliRunner().invoke(app, ["study", "present-recovery", "--overlap", "half"])
    assert "write two numbers, such as 2:8" in str(done.exception)


@pytest.mark.slow
def test_nominal_coverage():
    """60 wars: each level within three standard errors of a binomial."""
    told = recover_present(60, seed=1).summary()
    for level, found in told["guarded"]["coverage"].items():
        nominal = int(level) / 100
        error = np.sqrt(nominal * (1 - nominal) / told["wars"])
        assert abs(found - nominal) < 3 * error, level
    assert abs(told["guarded"]["error"]) < 0.04
    assert told["plain_sum"]["error"] > told["guarded"]["error"] + 0.03
