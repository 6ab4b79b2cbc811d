"""Capture: bands lend each other strength, and no share is above one."""

import numpy as np
import pymc as pm
import pytest

import estimator as est
from estimator.inference.nuts import compile_graph, sample_compiled
from estimator.models.registry.capture import add_capture
from estimator.models.registry.preconditioner import initial_capture

pytestmark = pytest.mark.slow  # a graph is compiled


@pytest.fixture(scope="module")
def published():
    return est.load_matched_sample()


@pytest.fixture(scope="module")
def compiled(published):
    with pm.Model(coords={"matched_age": [str(age) for age in published.data.index]}) as graph:
        add_capture(published, 1.0, *initial_capture(published, 1.0))
    return compile_graph(graph)


def sampled(compiled):
    draws, diagnostics = sample_compiled(compiled, seed=1, draws=8000)
    assert diagnostics.max_rhat < 1.01
    return draws["capture"]


@pytest.fixture(scope="module")
def capture(compiled):
    return sampled(compiled)


def test_no_share_is_above_one(capture):
    assert float(capture.max()) < 1
    assert float(capture.min()) > 0


def test_twelve_of_fifteen_do_not_run_away(capture, published):
    raw = published.data["found"] / published.data["sampled"]
    last = capture.sel(matched_age="45-49")
    assert raw["45-49"] == pytest.approx(0.8)
    others = (published.data["found"].sum() - 12) / (published.data["sampled"].sum() - 15)
    assert others < float(last.mean()) < 0.75
    # and the Wald interval, which ends above one, is not ours
    assert raw["45-49"] + 1.96 * np.sqrt(raw["45-49"] * 0.2 / 15) > 1
    assert float(last.quantile(0.975)) < 0.92


def test_large_samples_speak_for_themselves(compiled):
    shares = np.array([0.3, 0.6, 0.45, 0.5, 0.2, 0.7, 0.65])
    large = compiled.with_data(sampled=np.full(7, 10_000.0), found_counts=10_000 * shares)
    means = sampled(large).mean(("chain", "draw"))
    np.testing.assert_allclose(means, shares, atol=0.015)
