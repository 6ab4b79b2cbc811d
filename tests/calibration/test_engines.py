"""Placebo fits repeated with NUTS: the same windows, one graph a shape, the same forecasts."""

import pytest

import estimator as est
from estimator.calibration import placebo_nuts as engines
from estimator.calibration.placebo import PlaceboResult, placebo
from estimator.inference.marginal import sample_marginal
from tests.simulated import simulate_counts

SMALL = {
    "seed": 1, "baseline_years": 10, "since": 1990, "ages": (20, 34), "control_ages": (55, 64),
    "every": 4, "draws": 2000,
}  # fmt: skip


@pytest.fixture(scope="module")
def territories():
    return {"north": simulate_counts(seed=1, women=3000.0), "south": simulate_counts(seed=2)}


@pytest.fixture(scope="module")
def result(territories):
    return placebo(territories, **SMALL)


def test_the_same_windows_are_fitted_again(territories, result, monkeypatch):
    """With the marginal engine in NUTS's place, another seed is all that differs."""

    def same(surface, graphs, seed, draws):
        return sample_marginal(surface, seed=seed, draws=draws)

    monkeypatch.setattr(engines, "_sample", same)
    found = engines.refit_with_nuts(result, territories, number=4, seed=3)
    assert len(found[["territory", "origin"]].drop_duplicates()) == 4
    assert set(found["territory"]) <= set(territories)
    assert found["difference"].abs().max() < 0.15
    assert found["sd_ratio"].between(0.9, 1.1).all()
    everything = engines.refit_with_nuts(result, territories, number=99, seed=3)
    assert len(everything) == result.to_dict()["windows"]
    with pytest.raises(est.DataError, match="Give 1 or more"):
        engines.refit_with_nuts(result, territories, number=0, seed=1)


@pytest.mark.slow
def test_nuts_agrees_with_one_compilation(territories, monkeypatch):
    from estimator.inference import nuts

    result = placebo(territories, **SMALL | {"every": 2})  # two origins of a territory have one shape
    compiled = []

    def once(graph):
        compiled.append(graph)
        return compile_graph(graph)

    compile_graph = nuts.compile_graph
    monkeypatch.setattr(nuts, "compile_graph", once)
    whole = result.fits.groupby("territory")["origin"].nth([0, 1]).index
    part = PlaceboResult(result.windows, result.fits.loc[whole], result.settings)
    found = engines.refit_with_nuts(part, territories, number=2, seed=1, draws=3000)
    assert len(compiled) == 1
    assert found["converged"].all()
    assert found["difference"].abs().max() < 0.2
    assert found["sd_ratio"].between(0.85, 1.15).all()
