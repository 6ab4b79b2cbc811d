"""All regions at once: coverage on a simulated country, sums, order, gaps, and NUTS on a few regions."""

import numpy as np
import pytest

import estimator as est
from estimator.inference.regional import DeviationCore
from estimator.models.regional.deviation import DeviationPriors, add_up
from estimator.models.regional.model import RegionalModel
from tests.record_reference import reference, regions
from tests.simulated_regions import counts_of, simulate_regions

PERIODS = est.Periods((1998, 2011), (2014, 2015), masked=(2012, 2013))
AGES = {"ages": (20, 49), "control_ages": (55, 64)}


def covered(estimate, level=0.95):
    """Say of each region's total whether its interval holds the truth, an excess of zero."""
    bounds = estimate.by("region").interval(level)
    return ((bounds["lower"] <= 0) & (bounds["upper"] >= 0)).values


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    file = tmp_path_factory.mktemp("country") / "deaths.csv"
    simulate_regions(seed=4).to_csv(file, index=False)
    return est.read_counts(file)


@pytest.fixture(scope="module")
def model(table):
    return RegionalModel(table, PERIODS, **AGES)


@pytest.fixture(scope="module")
def fitted(model):
    return est.fit(model, seed=1, draws=800)


def test_a_country_read_from_a_file_is_estimated_by_region(model, fitted):
    assert fitted.values.dims == ("chain", "draw", "region", "age", "period")
    assert fitted.values.sizes == {"chain": 1, "draw": 800, "region": 12, "age": 6, "period": 2}
    assert fitted.converged
    assert fitted.provenance["model"] == "RegionalModel"
    assert covered(fitted).sum() >= 10
    assert "12 regions" in str(model)


def test_scales_are_near_those_that_regions_were_drawn_with(fitted):
    # smaller by what the largest regions have in common with the sum they dominate
    assert float(fitted.posterior["deviation_sd"].mean()) == pytest.approx(0.1, rel=0.4)
    assert float(fitted.posterior["persistence"].mean()) == pytest.approx(0.95, abs=0.04)


def test_regions_add_up_to_the_nation(model, fitted):
    women = (
        model.counts.data["count"].sel(
            sex="female", age=list(model.target_labels), period=list(PERIODS.target)
        )
        + 0.5
    )
    women = women.rename(age="target_age", period="target_period")
    together = (women * np.exp(fitted.posterior["deviation"])).sum("region") / women.sum("region")
    assert float(np.abs(np.log(together)).max()) < 1e-3
    nation = est.fit(model.nation, seed=1, draws=800).total().values
    whole = fitted.total().values
    assert float(abs(whole.mean() - nation.mean())) < 0.15 * float(nation.std())
    assert float(whole.std()) == pytest.approx(float(nation.std()), rel=0.15)
    parts = fitted.by("region").values.sum("region")
    np.testing.assert_allclose(parts.values, whole.values)


def test_order_of_regions_changes_nothing(model, fitted):
    data = model.counts.data
    turned = est.Counts(data.isel(region=np.random.default_rng(1).permutation(12)), source="turned")
    again = est.fit(RegionalModel(turned, PERIODS, **AGES), seed=1, draws=800)
    np.testing.assert_array_equal(again.values.sel(region=data["region"]).values, fitted.values.values)


def test_engine_and_saved_file(model, fitted, tmp_path):
    with pytest.raises(est.DataError, match="marginal engine alone"):
        est.fit(model, engine="nuts", seed=1)
    loaded = est.Estimate.load(fitted.save(tmp_path / "regions.nc"))
    np.testing.assert_array_equal(loaded.values.values, fitted.values.values)
    assert fitted.to_datatree()["posterior"].dataset["deviation"].sizes["region"] == 12


def test_a_region_that_begins_late_borrows_and_is_no_part_of_the_nation():
    frame = simulate_regions(seed=5, number=4)
    late = (frame["region"] == "region 01") & (frame["year"] < 2003)
    model = RegionalModel(counts_of(frame[~late]), PERIODS, **AGES)
    assert model.counted == ("region 02", "region 03", "region 04")
    estimate = est.fit(model, seed=1, draws=400, minimum_ess=100)
    assert np.isfinite(estimate.values.values).all()
    by_region = estimate.by("region").values.std(("chain", "draw"))
    assert float(by_region.sel(region="region 01")) < float(by_region.sel(region="region 04"))


def test_too_few_regions_or_too_few_whole_ones_are_refused():
    frame = simulate_regions(seed=6, number=3)
    one = counts_of(frame[frame["region"] == "region 01"])
    with pytest.raises(est.DataError, match="1 regions; at least 2"):
        RegionalModel(one, PERIODS, **AGES)
    with pytest.raises(est.DataError, match="no regions"):
        RegionalModel(one.select(region="region 01"), PERIODS, **AGES)
    gaps = (frame["region"] != "region 01") & (frame["year"] == 2000)
    with pytest.raises(est.DataError, match=r"less than half of the deaths; region 02 lacks"):
        RegionalModel(counts_of(frame[~gaps]), PERIODS, **AGES)


def test_density_and_its_slope_agree(model):
    nation = np.full((1, 8 * 18), 1.0)
    core = DeviationCore(model, nation)
    point = core.location + 0.3
    steps = 1e-4 * np.eye(len(point))
    slopes = [(core.log_posterior(point + e) - core.log_posterior(point - e)) / 2e-4 for e in steps]
    np.testing.assert_allclose(core.slope(point), slopes, rtol=1e-3)


def test_draws_that_add_up_keep_what_does_not_concern_the_sum():
    rng = np.random.default_rng(2)
    drawn = 0.05 * rng.standard_normal((3, 500, 2))
    covariance = np.broadcast_to(0.05**2 * np.eye(2), (3, 2, 2))
    control = np.array([[100, 200], [300, 100], [50, 50]])
    counted = np.array([True, True, False])
    moved = add_up(drawn, covariance, control, counted)
    np.testing.assert_array_equal(moved[2], drawn[2])
    weight = control[:2, None, :] + 0.5
    together = (weight * np.exp(moved[:2])).sum(0) / weight.sum(0)
    np.testing.assert_allclose(together, 1, atol=1e-4)
    # equal variances: each takes its share of what is too much
    shift = moved[:2] - drawn[:2]
    expected = weight[..., 0, :] * np.exp(drawn[:2]).mean(1)
    np.testing.assert_allclose(shift[0] / shift[1], np.tile(expected[0] / expected[1], (500, 1)), rtol=1e-3)


@pytest.mark.slow
def test_intervals_of_simulated_countries_cover():
    hits = []
    for seed in range(14):
        model = RegionalModel(counts_of(simulate_regions(seed=100 + seed)), PERIODS, **AGES)
        hits.append(covered(est.fit(model, seed=seed, draws=800, minimum_ess=200)))
    share = np.mean(hits)
    assert 0.9 <= share <= 0.99  # 168 totals, of which those of a country move together


def test_nuts_on_a_few_regions_agrees():
    model, nation = regions()
    core = DeviationCore(model, np.repeat(nation.reshape(1, -1), 1000, axis=0))
    rng = np.random.default_rng(1)
    points, weights, _ = core.sample(rng)
    chosen = points[rng.choice(len(points), 30, p=weights)]
    drawn = [[one for one, _, _ in core.draw(x, slice(0, 100), rng)] for x in chosen]
    ours = np.concatenate(drawn, axis=1)
    nuts = reference("regions")
    cells = np.array([nuts[f"deviation[{cell}]"] for cell in range(3 * nation.size)])
    mean, sd, _ = np.moveaxis(cells.reshape(3, nation.size, 3)[:, core.wanted], 2, 0)
    assert np.abs((ours.mean(1) - mean) / sd).max() < 0.15
    np.testing.assert_allclose(ours.std(1), sd, rtol=0.15)
    for name in DeviationPriors.NAMES:
        scales = [model.deviation_priors.bounded(DeviationPriors.NAMES, x)[name] for x in chosen]
        middle, spread, _ = nuts[f"{name}[0]"]
        assert abs(np.mean(scales) - middle) < 0.6 * spread, name
