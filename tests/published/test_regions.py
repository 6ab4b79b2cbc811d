"""Regional tables, names beside them, the published year, and slopes of the loss."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from estimator.errors import DataError
from estimator.published.regions import (
    loss_gradient,
    name_draws,
    names_by_region,
    published_2022,
    regional_table,
)
from estimator.sources.regions import (
    load_named_by_region,
    load_regions,
    read_men_by_region,
    read_named_by_region,
)
from estimator.sources.rosstat import load_rosstat_regions
from tests.estimates import make_estimate

PLACES = ("Tuva", "Moscow", "Samara")


@pytest.fixture
def estimate():
    return make_estimate(regions=PLACES, shape=(2, 300))


def test_a_table_has_rates_shares_and_intervals_of_ranks(estimate):
    men = pd.Series([1000.0, 100_000.0, 10_000.0], index=PLACES)
    table = regional_table(estimate, men)
    assert table.index[0] == "Tuva"
    by_region = estimate.by("region").array()
    assert table.loc["Moscow", "excess"] == pytest.approx(np.median(by_region[1]))
    assert table.loc["Tuva", "per_10k"] == pytest.approx(10 * np.median(by_region[0]))
    shares = by_region / by_region.sum(axis=0)
    assert table.loc["Samara", "share_upper"] == pytest.approx(np.quantile(shares[2], 0.975))
    assert table["rank_lower"].min() == 1
    assert table["rank_upper"].max() == 3
    assert "per_10k" not in regional_table(estimate)
    with pytest.raises(DataError, match="men of 1 regions are not given, first of Samara"):
        regional_table(estimate, men.drop("Samara"))
    with pytest.raises(DataError, match="no regions"):
        regional_table(estimate.by("period"))


def test_a_share_is_of_sums_above_zero(estimate):
    expected, observed = estimate.draws["counterfactual"], estimate.draws["observed"]
    level = expected.where(expected["draw"] >= 20, observed)
    some = replace(estimate, draws=estimate.draws.assign(counterfactual=level))
    by_region = some.by("region").array()
    whole = by_region.sum(axis=0)
    wanted = by_region[2, whole > 0] / whole[whole > 0]
    assert regional_table(some).loc["Samara", "share"] == pytest.approx(np.median(wanted))
    none = replace(estimate, draws=estimate.draws.assign(counterfactual=expected + 1000))
    assert "share" not in regional_table(none)


def test_names_are_set_against_the_years_they_cover(estimate):
    names = pd.DataFrame(
        {
            "vintage": ["2022-12-20", "2023-06-01", "2024-01-10"],
            "publisher": "a",
            "region": "Tuva",
            "names": [10, 20, 30],
        }
    )
    table = names_by_region(estimate, names, pd.Series({"Tuva": 1000.0})).set_index("vintage")
    draws = estimate.draws.sel(region="Tuva")
    draws = (draws["observed"] - draws["counterfactual"]).sum("age").transpose("period", ...)
    draws = draws.values.reshape(2, -1)
    assert table.loc["2022-12-20", "names_over_excess"] == pytest.approx(10 / np.median(draws[0]))
    assert table.loc["2024-01-10", "names_over_excess"] == pytest.approx(30 / np.median(draws.sum(axis=0)))
    assert np.isnan(table.loc["2023-06-01", "names_over_excess"])
    assert table.loc["2023-06-01", "names_per_10k"] == 200


def test_published_figures_outside_have_a_reason(estimate):
    deaths = load_rosstat_regions().to_frame()
    deaths = deaths[deaths["region"].isin(PLACES) & (deaths["age_low"] < 50)]
    table = published_2022(estimate, deaths)
    assert sorted(table.index) == sorted(PLACES)
    assert table.loc["Samara", "published"] == 340
    assert (table["contained"] == table["published"].between(table["lower"], table["upper"])).all()
    assert (table["reason"] != "").eq(~table["contained"]).all()


def test_slopes_are_recovered_and_errors_of_losses_widen_them():
    rng = np.random.default_rng(1)
    men = rng.uniform(1e4, 1e6, 80)
    covariates = pd.DataFrame({"poverty": rng.normal(size=80), "income": rng.normal(size=80)})
    standard = (covariates - covariates.mean()) / covariates.std()
    rate = 2e-3 * np.exp(0.4 * standard["poverty"] + 0.2 * rng.normal(size=80))
    names = rng.poisson(men * rate)
    table = loss_gradient(name_draws(names, 400, seed=1), men, covariates, seed=1)
    alone = table[table["model"] == "alone"].set_index("covariate")
    assert alone.loc["poverty", "lower"] < 0.4 < alone.loc["poverty", "upper"]
    assert alone.loc["poverty", "probability_positive"] > 0.99
    assert alone.loc["income", "lower"] < 0 < alone.loc["income", "upper"]
    noisy = names[:, None] + 0.5 * names.mean() * rng.standard_normal((80, 400))
    wide = loss_gradient(noisy, men, covariates, seed=1).set_index(["model", "covariate"])
    width = wide.loc[("alone", "poverty"), "upper"] - wide.loc[("alone", "poverty"), "lower"]
    assert width > alone.loc["poverty", "upper"] - alone.loc["poverty", "lower"]


def test_bundled_regions_agree_with_one_another():
    regions, counts = load_regions(), load_rosstat_regions()
    assert sorted(counts.regions) == sorted(regions.index)
    assert len(load_rosstat_regions(okrugs="joined").regions) == 82
    assert not regions.duplicated(["tile_row", "tile_column"]).any()
    assert counts.data["count"].sel(region="Krasnoyarsk", period=2016, sex="male").sum() > 5000
    names = load_named_by_region()
    assert set(names["region"]) <= set(regions.index)
    assert names[names["vintage"] == "2026-06-24"]["names"].sum() == 207_165


def test_users_tables_of_men_and_names(tmp_path):
    men, names = tmp_path / "men.csv", tmp_path / "names.csv"
    men.write_text("region,men\nNorth,1000\nSouth,0\n")
    with pytest.raises(DataError, match=r"men\.csv: column men, row 3: .*not a number of men"):
        read_men_by_region(men)
    men.write_text("region,men\nNorth,1000\nSouth,2000\n")
    assert read_men_by_region(men).to_dict() == {"North": 1000, "South": 2000}
    names.write_text("region,names,vintage\nNorth,5,2020-12-31\n")
    assert read_named_by_region(names)["names"].tolist() == [5]
    names.write_text("region,names,vintage\nNorth,5,winter\n")
    with pytest.raises(DataError, match=r"names\.csv: column vintage, row 2"):
        read_named_by_region(names)
