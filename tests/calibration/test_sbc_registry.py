"""The registry drawn from its model: consistent, reproducible, and centred where priors are."""

import numpy as np
import pytest

from estimator.calibration.sbc.registry import draw_registry, small_registry


@pytest.fixture(scope="module")
def template():
    return small_registry()


@pytest.fixture(scope="module")
def many(template):
    return [draw_registry(template, np.random.default_rng(seed)) for seed in range(300)]


def test_a_registry_has_the_shapes_of_its_template(template, many):
    """And what its priors are set about is the template's, not its own counts'."""
    for drawn in many[:20]:
        for name, values in vars(template).items():
            if isinstance(values, np.ndarray):
                again = getattr(drawn.data, name)
                assert again.shape == values.shape
                assert np.isfinite(again).all(), name
        assert drawn.data.war_level == template.war_level
        np.testing.assert_array_equal(drawn.data.women_level, template.women_level)


def test_cases_are_counted_once(template, many):
    """Cells that tell the delay hold women and control men; men of a period are those of its cells."""
    for drawn in many[:20]:
        data = drawn.data
        told = data.women.sum(0) + data.men[len(data.target) :].sum(0)
        np.testing.assert_array_equal(data.cell_membership @ data.civilians_by_cell, told)
        in_cells = data.men_by_cell @ data.cell_membership.T
        np.testing.assert_array_equal(data.men[: len(data.target)], in_cells)
        both = template.base_men + template.base_women
        np.testing.assert_array_equal(data.base_men + data.base_women, both)


def test_the_same_seed_draws_the_same_registry(template, many):
    again = draw_registry(template, np.random.default_rng(7))
    assert again.truth == many[7].truth
    np.testing.assert_array_equal(again.data.men_by_cell, many[7].data.men_by_cell)


def test_truths_are_spread_as_priors_say(many):
    truth = {name: np.array([drawn.truth[name] for drawn in many]) for name in many[0].truth}
    assert np.median(truth["level_sd"]) == pytest.approx(0.02, rel=0.1)
    assert np.median(truth["war_step_sd"]) == pytest.approx(0.35, rel=0.15)
    assert np.median(truth["cell_shock_sd"]) == pytest.approx(0.05, rel=0.15)
    assert np.median(truth["capture, youngest"]) == pytest.approx(0.57, abs=0.05)
    # the number drawn scatters about its expectation, and nowhere else
    expected, drawn = truth["war dead expected, total"], truth["war dead drawn, total"]
    score = (drawn - expected) / np.sqrt(expected)
    assert abs(score.mean()) < 0.2
    assert score.std() < 3
