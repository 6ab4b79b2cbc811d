"""Chains that step by forces in single precision are accepted by the density in double precision."""

import numpy as np
import pytest

from estimator.inference.registry_chains import RegistryChains, in_single_precision
from estimator.inference.registry_engine import prepared
from tests.inference.kernel_cases import arrays


@pytest.fixture(scope="module", params=["month", "settled"])
def chains(request):
    data = arrays(request.param)
    kernel, units = prepared(data)
    made = RegistryChains(kernel, units, 8, np.random.default_rng(1))
    made.run(6, path=1.2, adapt=True)
    return made


def test_forces_have_half_the_digits_and_are_nearly_the_gradient(chains):
    value, force = in_single_precision(chains.kernel)(chains.point.astype(np.float32))
    assert value.dtype == force.dtype == np.float32
    exact = chains.kernel(chains.point)[1]
    away = (force - exact) @ chains.units.root
    assert np.abs(away).max() < 1e-3


def test_the_kernel_itself_keeps_its_digits(chains):
    in_single_precision(chains.kernel)
    assert chains.kernel.data.base_men.dtype == np.float64
    assert chains.kernel(chains.point)[0].dtype == np.float64


def test_densities_and_quantities_are_those_of_the_points(chains):
    """After rejections and turned signs too."""
    before, drawn = chains.point, chains.draw(5)
    again, values = chains.kernel.density_and_quantities(chains.point)
    np.testing.assert_allclose(chains.value, again, rtol=0, atol=1e-6)
    for name, value in values.items():
        np.testing.assert_allclose(drawn[name][:, -1], value, rtol=1e-9, err_msg=name)
    assert (chains.point != before).any(axis=1).all()


def test_a_warm_up_turns_chains_to_one_side_and_draws_do_not(chains):
    """With a scale and its shocks turned a point is the same; its units are not."""
    scales = [scale.start for scale, _ in chains.mirrored]
    for scale, shocks in chains.mirrored:
        chains.point[::2, scale] *= -1
        chains.point[::2, shocks] *= -1
        chains.force[::2, scale] *= -1
        chains.force[::2, shocks] *= -1
    chains.run(1)
    assert (chains.point[:, scales] > 0).all()
    value, force = chains.kernel(chains.point)
    np.testing.assert_allclose(chains.value, value, rtol=0, atol=1e-6)
    assert np.abs((chains.force - force) @ chains.units.root).max() < 1e-3
    lowest = np.inf
    for _ in range(20):
        chains.draw(1)
        lowest = min(lowest, chains.point[:, scales].min())
    assert lowest < 0
