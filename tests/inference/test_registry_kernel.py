"""The fast engine's density is the PyMC graph's, and its gradient is that of its density."""

import pickle
from dataclasses import replace

import numpy as np
import pytensor
import pytest
from pytensor.compile.mode import Mode

from estimator.inference.hmc import curvature
from estimator.inference.nuts import quiet_compilation
from estimator.inference.registry_engine import prepared
from estimator.inference.registry_kernel import RegistryKernel
from estimator.models.registry.graph import build_registry
from estimator.models.registry.preconditioner import Preconditioner
from tests.inference.kernel_cases import KINDS, arrays


@pytest.fixture(scope="module", params=KINDS)
def case(request):
    data = arrays(request.param)
    units = Preconditioner.of(data)
    return data, units, RegistryKernel(data, units)


def points(kernel, number=3, spread=0.3, seed=1):
    """Return points about where the prior has its scales and the counts the rest."""
    at, rng = kernel.at, np.random.default_rng(seed)
    centre = np.zeros(kernel.size)
    centre[:5] = kernel.ratio.locations
    for name, value in {
        "cell_shock_sd": -3.0, "women_step_sd": -2.7, "capture_spread": -0.7, "war_step_sd": -1.2,
        "war_persistence": -0.8, "war_drift_scale": 0.2, "weekly_shock_scale": 0.05,
    }.items():  # fmt: skip
        if name in at:
            centre[at[name]] = value
    noise = spread * rng.standard_normal((number, kernel.size))
    for name in ("war_drift_scale", "weekly_shock_scale", "season", "season_of_young"):
        if name in at:
            noise[:, at[name]] *= 0.1
    return centre + noise


def test_the_gradient_is_that_of_the_density(case):
    _, _, kernel = case
    point = points(kernel, 1)[0]
    _, gradient = kernel(point[None])
    step = 1e-5 * np.eye(kernel.size)
    differences = (kernel(point + step)[0] - kernel(point - step)[0]) / 2e-5
    for name, part in kernel.at.items():
        np.testing.assert_allclose(gradient[0, part], differences[part], rtol=1e-4, atol=2e-3, err_msg=name)


def test_a_kernel_that_is_sent_has_its_digits_and_no_tables(case):
    _, _, kernel = case
    sent = pickle.loads(pickle.dumps(kernel))
    assert not hasattr(sent.data, "matched")
    for ours, theirs in zip(kernel(points(kernel)), sent(points(kernel))):
        np.testing.assert_array_equal(ours, theirs)


def test_the_density_is_the_graphs(case):
    """To a constant, over points far from each other, by PyTensor's Python linker: nothing is compiled."""
    data, units, kernel = case
    with quiet_compilation():
        graph = build_registry(data, units)
        values = [graph.rvs_to_values[one] for one in graph.free_RVs]
        terms = [term.sum() for term in graph.logp(sum=False)]
        evaluate = pytensor.function(values, terms, mode=Mode("py", None), on_unused_input="ignore")
    names = [value.name.removesuffix("_log__").removesuffix("_logodds__") for value in values]
    assert names == list(kernel.at)
    first = graph.initial_point()
    shapes = [np.shape(first[value.name]) for value in values]

    def expected(point):
        parts = [point[part].reshape(shape) for part, shape in zip(kernel.at.values(), shapes)]
        return sum(float(term) for term in evaluate(*parts))

    there = points(kernel)
    found = kernel(there)[0] - [expected(point) for point in there]
    assert np.ptp(kernel(there)[0]) > 10
    np.testing.assert_allclose(found, found[0], rtol=0, atol=1e-6)


def in_own_units(kernel, z):
    """Return every variable of the model in the units that its prior has, of points by month (B, n)."""
    g = np.zeros_like(z)
    ratio = kernel.ratio.surface(z, g)[0]
    military = kernel.delay.curve_of(z, g, "military_delay")[0]
    shock = kernel.delay.shocks(z, g)[0]
    seen = kernel.delay.seen(z, g, military)[0]
    log_opened = [np.log(kernel.by_period(one) + 1e-4) for one in seen]
    peace = kernel.density_and_quantities(z)[1]["civilian_men"].sum(1) * kernel.by_period(seen[0])
    women = kernel.women.cases(z, g, log_opened[0])[0]
    opened = kernel.capture.open_then(z, g, military)[0]
    capture, capture_mean = kernel.capture.shares(z, g, opened)[0]
    moved = kernel.war.drift(z, g)[1]
    walk = kernel.war.walk(z, g, log_opened[1], peace, moved)[0]
    profile = kernel.war.profile(z, g, capture, moved)[0] @ kernel.war.contrast
    kept = [part for name, part in kernel.at.items() if not name.endswith("_free")]
    logs = np.log(military[:, 1:] / military[:, :1])
    parts = [ratio, logs, shock, women, capture, capture_mean, moved, walk, profile]
    return np.concatenate(
        [*(z[:, part] for part in kept), *(part.reshape(len(z), -1) for part in parts)], axis=1
    )


def slopes(kernel, point):
    step = 1e-5 * np.eye(kernel.size)
    return (in_own_units(kernel, point + step) - in_own_units(kernel, point - step)).T / 2e-5


def test_units_change_no_prior():
    """Densities of one point in two sets of units differ by their Jacobians, and by nothing else."""
    data = arrays("month")
    other = replace(data, women=data.women * 4 + 3, men=data.men * 4 + 9, base_men=data.base_men * 2)
    kernels = [RegistryKernel(data, Preconditioner.of(one)) for one in (data, other)]
    differences = []
    for point in points(kernels[0], 3):
        meant, place = in_own_units(kernels[0], point[None])[0], point.copy()
        for _ in range(25):
            away = meant - in_own_units(kernels[1], place[None])[0]
            place = place + np.linalg.solve(slopes(kernels[1], place), away)
        np.testing.assert_allclose(in_own_units(kernels[1], place[None])[0], meant, atol=1e-7)
        assert np.abs(place - point).max() > 0.5
        densities = [
            kernel(at[None])[0][0] - np.linalg.slogdet(slopes(kernel, at))[1]
            for kernel, at in zip(kernels, (point, place))
        ]
        differences.append(densities[1] - densities[0])
    np.testing.assert_allclose(differences, differences[0], atol=1e-4)


def test_refined_units_are_about_standard_normal():
    """What the curvature at the mode says of the blocks that are refined: neither ridges nor funnels."""
    kernel, units = prepared(arrays("month"))
    hessian = curvature(kernel, units.centre)
    for name in ("ratio_free", "capture_free", "war_drift_free"):
        inside = np.linalg.eigvalsh(hessian[kernel.at[name], kernel.at[name]])
        assert 0.3 < inside.min(), name
        assert inside.max() < 8, name
