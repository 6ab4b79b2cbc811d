"""Densities without the data's constants are those of PyMC but for a constant."""

import numpy as np
import pymc as pm
import pytest

from estimator.models.likelihood import add_binomial, add_poisson

COUNTS = np.array([0.0, 3.0, 250.0])


def graph(ours, kind):
    with pm.Model() as made:
        x = pm.Flat("x", shape=3)
        seen = pm.Data("seen", COUNTS)
        if kind == "poisson":
            mean = pm.math.exp(x)
            if ours:
                add_poisson("y", mean, observed=seen)
            else:
                pm.Poisson("y", mean, observed=seen)
        elif ours:
            add_binomial("y", pm.Data("n", COUNTS + 40), x, observed=seen)
        else:
            pm.Binomial("y", n=pm.Data("n", COUNTS + 40), logit_p=x, observed=seen)
    return made


@pytest.mark.parametrize("kind", ["poisson", "binomial"])
def test_only_a_constant_is_left_out(kind):
    one, other = graph(True, kind), graph(False, kind)
    first, second = one.compile_logp(), other.compile_logp()
    points = [{"x": np.array(x)} for x in ([0.0, 1.0, 5.0], [-2.0, 0.5, 6.0], [1.0, -1.0, 0.1])]
    apart = [first(point) - second(point) for point in points]
    assert apart == pytest.approx([apart[0]] * 3)
    slope, same = one.compile_dlogp(), other.compile_dlogp()
    np.testing.assert_allclose(slope(points[1]), same(points[1]))


@pytest.mark.parametrize("kind", ["poisson", "binomial"])
def test_replicates_have_the_mean_they_should(kind):
    at = {"x": np.array([0.0, 1.0, 5.0])}
    with graph(True, kind) as made:
        drawn = pm.draw(pm.do(made, at)["y"], 4000, random_seed=1)
    wanted = np.exp(at["x"]) if kind == "poisson" else (COUNTS + 40) / (1 + np.exp(-at["x"]))
    np.testing.assert_allclose(drawn.mean(0), wanted, rtol=0.06)
